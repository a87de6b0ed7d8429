// The real program, started for one play: on free ports, with a store of its own.

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export async function dev(binary, ...args) {
    const data = await mkdtemp(join(tmpdir(), "cloakroom-"));
    const child = spawn(binary, ["dev", "--json", "--port", "0", "--data", join(data, "dev"), ...args], { stdio: ["ignore", "pipe", "pipe"] });
    let written = "";
    child.stderr.on("data", (bytes) => (written += bytes));
    const line = await new Promise((resolve, reject) => {
        let out = "";
        child.stdout.on("data", (bytes) => {
            out += bytes;
            if (out.includes("\n")) resolve(out.slice(0, out.indexOf("\n")));
        });
        child.once("exit", (code) => reject(new Error(`the program ended with ${code}: ${written}`)));
    });
    const told = JSON.parse(line);
    return {
        ...told,
        written: () => written,
        letters: async () => (await fetch(`${told.internal}/mail.json`)).json(),
        // The newest letter to somebody about something; letters take a moment.
        letter: async (to, subject) => {
            for (;;) {
                const letters = await (await fetch(`${told.internal}/mail.json`)).json();
                const found = letters.find((letter) => letter.to === to && (!subject || letter.subject.includes(subject)));
                if (found) return found;
                await new Promise((resolve) => setTimeout(resolve, 50));
            }
        },
        end: async () => {
            const ended = new Promise((resolve) => child.once("exit", resolve));
            child.kill("SIGTERM");
            const code = await ended;
            await rm(data, { recursive: true, force: true });
            return code;
        },
    };
}
