// Scenarios are data: TOML under `scenarios/`, read here and refused if they are not whole.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { verbs } from './verbs.mjs';

const KINDS = ['pair', 'not stopped', 'fact'];
const WANTED = ['id', 'attack', 'actors', 'steps', 'fix', 'rfc'];

/** All scenarios, each with the group of its file. */
export function load(folder, switches) {
  const all = [];
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.toml')).sort()) {
    const { group, one_engine: oneEngine = false, scenario } = parse(readFileSync(join(folder, file), 'utf8'));
    for (const one of scenario) all.push({ kind: 'pair', given: [], world: {}, group, file, oneEngine, ...one });
  }
  const wrong = all.flatMap((one) => faults(one, switches).map((fault) => `${one.file}: ${one.id}: ${fault}`));
  const ids = all.map((one) => one.id);
  wrong.push(...ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => `${id}: twice`));
  const used = new Set(all.flatMap((one) => [one.switch, ...one.given]));
  wrong.push(...Object.keys(switches).filter((name) => !used.has(name)).map((name) => `switch ${name}: no scenario`));
  if (wrong.length > 0) throw new Error(`scenarios that are not whole:\n${wrong.join('\n')}`);
  return all;
}

function faults(one, switches) {
  const found = WANTED.filter((field) => !one[field] || one[field].length === 0).map((field) => `no ${field}`);
  if (!KINDS.includes(one.kind)) found.push(`kind ${one.kind}`);
  for (const name of [...one.given, ...(one.kind === 'pair' ? [one.switch] : [])]) {
    if (!(name in switches)) found.push(`switch ${name}`);
  }
  if (one.kind !== 'pair' && one.switch) found.push('a switch, and nothing to compare');
  const ends = { pair: ['works', 'stopped'], 'not stopped': ['works'], fact: ['holds'] }[one.kind] ?? [];
  found.push(...ends.filter((field) => one[field] === undefined).map((field) => `no ${field}`));
  const steps = one.steps ?? [];
  found.push(...steps.filter((step) => !(step.do in verbs)).map((step) => `no verb "${step.do}"`));
  const acting = new Set(steps.map((step) => step.who).filter(Boolean));
  const named = new Set(Object.keys(one.actors ?? {}));
  found.push(...[...acting].filter((who) => !named.has(who)).map((who) => `${who} is no actor`));
  found.push(...[...named].filter((who) => !acting.has(who)).map((who) => `${who} does nothing`));
  if (steps.at(-1)?.do !== 'see') found.push('the last step is not "see"');
  return found;
}

/**
 * The sides of a scenario in an engine: what is off on each, and what must be seen there. `immune`: the engine does not let the attack
 * work, with the defence or without. `lacks`: the engine does not know what the defence rests on.
 */
export function sides(one, engine) {
  const lacks = one.lacks?.[engine];
  const immune = one.immune?.[engine];
  const stopped = immune?.seen ?? one.stopped;
  switch (one.kind) {
    case 'not stopped': return [{ side: 'ours', off: [], expect: one.works }];
    case 'fact': return [{ side: 'ours', off: [], expect: one.holds }];
    default: return [
      { side: 'twin', off: [...one.given, one.switch], expect: immune ? stopped : one.works },
      ...(one.given.length > 0 ? [{ side: 'alone', off: one.given, expect: lacks ? one.works : stopped }] : []),
      { side: 'ours', off: [], expect: lacks?.ours ?? one.ours ?? stopped },
    ];
  }
}

/** Text is compared to the letter; `/…/` is a pattern. */
export function matches(expected, seen) {
  const pattern = /^\/(.*)\/$/s.exec(expected);
  return pattern ? new RegExp(pattern[1]).test(seen) : String(expected) === seen;
}
