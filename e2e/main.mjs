// Plays every scenario on both sides, in every engine that is here.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { engines } from './lib/engines.mjs';
import { fresh } from './lib/fresh.mjs';
import { guide } from './lib/guide.mjs';
import { course } from './lib/course.mjs';
import { compare, matrix } from './lib/matrix.mjs';
import { pages } from './lib/pages.mjs';
import { program } from './lib/program.mjs';
import { report } from './lib/report.mjs';
import { Run } from './lib/run.mjs';
import { load, matches, sides } from './lib/scenario.mjs';
import { tabs } from './lib/tabs.mjs';
import { Twin } from './lib/twin.mjs';

const here = dirname(fileURLToPath(import.meta.url));

const { values: options } = parseArgs({
  options: {
    twin: { type: 'string' },
    notes: { type: 'string' },
    program: { type: 'string' },
    engine: { type: 'string', multiple: true },
    only: { type: 'string' },
    json: { type: 'boolean' },
    table: { type: 'boolean', default: true },
    write: { type: 'boolean' },
  },
});

const switches = Object.fromEntries(JSON.parse(spawnSync(options.twin, ['--switches']).stdout));
const all = load(join(here, 'scenarios'), switches);
const scenarios = all.filter((one) => !options.only || one.id.includes(options.only));

/** One scenario in one engine: each of its sides, in an order that does not matter. */
async function play(twin, engine, scenario) {
  const results = [];
  const all = sides(scenario, engine.name);
  // What other defences do is the server's: one engine shows it.
  const isWhole = engine.isFirst || scenario.lacks?.[engine.name] || !all.some(({ side }) => side === 'alone');
  const mine = isWhole ? all : all.filter(({ side }) => side !== 'ours');
  for (const { side, off, expect } of mine) {
    let seen;
    let broke;
    // A play that breaks (a browser that hangs) says nothing: it is played once more, and that is said. What was seen and is wrong is not.
    for (let turn = 0; turn < 2; turn += 1) {
      broke = undefined;
      try {
        seen = await new Run(twin, engine, scenario, off).play();
        break;
      } catch (error) {
        broke = error.message;
        if (turn === 0) console.error(`once more: ${scenario.id} in ${engine.name}, ${side}: ${broke}`);
      }
    }
    results.push({ side, expect, seen, broke, good: broke === undefined && matches(expect, seen) });
  }
  return { scenario, engine: engine.name, results, good: results.every((result) => result.good) };
}

async function several(jobs, atOnce) {
  const done = [];
  const queue = jobs.entries();
  await Promise.all(Array.from({ length: atOnce }, async () => {
    for (const [at, job] of queue) done[at] = await job();
  }));
  return done;
}

/** The generated half: the ways to make the browser ask, compared with the guide. */
async function csrf(twin, engine) {
  const guide = join(here, '../docs/guide/csrf-matrix.md');
  let cells = 0;
  let wrong;
  try {
    const found = await matrix(twin, engine);
    cells = found.cells;
    wrong = compare(guide, found, options.write);
  } catch (error) {
    wrong = [error.message.split('\n')[0]];
  }
  return { engine: engine.name, name: 'CSRF matrix', passed: cells - wrong.length, wrong };
}

/** Tokens in the memory of a page, in many tabs. */
async function shared(twin, engine) {
  const { played, wrong } = await tabs(twin, engine);
  return { engine: engine.name, name: 'tokens in tabs', passed: played - wrong.length, wrong };
}

/** The example's pages, in every look. */
async function seen(engine) {
  const pictures = options.write ? join(here, 'pictures') : undefined;
  const { looked, wrong } = await pages(engine, options.notes, pictures);
  return { engine: engine.name, name: 'pages of the example', passed: looked, wrong };
}

/** The program's own pages: in every look in one engine, and whether what people do there works in the others. */
async function served(engine) {
  const pictures = options.write ? join(here, 'pictures/program') : undefined;
  const { looked, wrong } = engine.name === 'chromium' ? await program(engine, options.program, pictures) : await course(engine, options.program);
  return { engine: engine.name, name: 'pages of the program', passed: looked, wrong };
}

/** The way to a page that asks again. */
async function asked(engine) {
  const { looked, wrong } = await fresh(engine, options.program);
  return { engine: engine.name, name: 'a page that asks again', passed: looked, wrong };
}

const began = Date.now();
const twin = await Twin.start(options.twin);
const rows = [];
const extras = [guide(join(here, '../docs/guide'), all, options.write)];
const launched = [];
const found = engines(twin, options.engine);
for (const { name, launch } of found.here) {
  const engine = { ...await launch(), isFirst: name === found.here[0].name };
  launched.push(engine);
  const mine = scenarios.filter((one) => !one.oneEngine || engine.isFirst);
  rows.push(...await several(mine.map((scenario) => () => play(twin, engine, scenario)), engine.atOnce));
  if (!options.only || options.only === 'tabs') extras.push(await shared(twin, engine));
  if (name === 'chromium' && (!options.only || options.only === 'matrix')) extras.push(await csrf(twin, engine));
  if (name === 'chromium' && !options.only) extras.push(await seen(engine));
  if (!options.only || options.only === 'program') extras.push(await served(engine), await asked(engine));
  await engine.close();
}
twin.stop();
const failed = report({ rows, extras, missing: found.missing, engines: launched, options, seconds: (Date.now() - began) / 1000 });
// What is still open then is a browser that did not end: the hooks of its driver end it.
process.exit(failed === 0 && rows.length > 0 ? 0 : 1);
