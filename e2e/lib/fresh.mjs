// An app whose admin pages ask for the password once more: the way there and back, over two hosts, in a real browser.
import { spawn, spawnSync } from 'node:child_process';
import http from 'node:http';
import net from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve as whole } from 'node:path';
import { createInterface } from 'node:readline';
import { lived, Somebody } from './course.mjs';
import { within } from './twin.mjs';

const PASSWORD = 'correct horse';

const listening = (server) => new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));

async function freePort() {
  const server = net.createServer();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function serve(path) {
  const program = whole(path);
  const app = http.createServer((request, answer) => answer.setHeader('content-type', 'text/html').end(`<!doctype html><h1>App ${request.url}</h1>`));
  const [upstream, port] = [await listening(app), await freePort()];
  const folder = mkdtempSync(join(tmpdir(), 'cloakroom-fresh-'));
  writeFileSync(join(folder, 'cloakroom.toml'), `[server]
public_url = "http://localhost:${port}"
public_listen = "127.0.0.1:${port}"
internal_listen = "127.0.0.1:0"
[[app]]
host = "one.localhost"
upstream = "http://127.0.0.1:${upstream}"
fresh = ["/admin/"]
fresh_for = "5s"
`);
  const added = spawnSync(program, ['user', 'add', 'anna', '--password-stdin'], { cwd: folder, input: PASSWORD });
  if (added.status !== 0) throw new Error(`user add: ${added.stderr}`);
  const child = spawn(program, ['serve'], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
  process.once('exit', () => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout });
  await within(20_000, 'the program', new Promise((resolve) => lines.on('line', (line) => line.startsWith('cloakroom serves') && resolve())));
  const stop = async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await within(20_000, 'stopping the program', ended);
    app.closeAllConnections();
    app.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { app: `http://one.localhost:${port}`, stop };
}

async function day(told, engine) {
  const anna = new Somebody(await engine.visitor());
  await anna.opens(`${told.app}/admin/a`, 'Sign in');
  await anna.types({ '#username': 'anna', '#password': PASSWORD });
  await anna.presses('#submit', 'App /admin/a');
  // Five seconds are all that it takes.
  await within(20_000, 'a question', (async () => {
    for (;;) {
      await anna.tab.go(`${told.app}/admin/b`);
      if ((await anna.tab.text('h1')) !== 'App /admin/b') return;
    }
  })());
  await anna.sees('Confirm that it is you');
  await anna.opens(`${told.app}/elsewhere`, 'App /elsewhere');
  await anna.opens(`${told.app}/admin/c`, 'Confirm that it is you');
  await anna.types({ '#password': 'not this one' });
  await anna.presses('#submit', 'Confirm that it is you');
  await anna.types({ '#password': PASSWORD });
  await anna.presses('#submit', 'App /admin/c');
  await anna.visitor.close();
  return anna.steps;
}

/** Pages that ask again. */
export async function fresh(engine, program) {
  return lived(day, await serve(program), engine);
}
