// The guide and the scenarios hold each other to their word: the list of attacks is made of the scenarios, and a page names none
// that does not exist.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const HEAD = `# Every attack

Made of the scenarios under [e2e/scenarios](../../e2e/scenarios) by \`e2e/run --write\`. Most are pairs, run in real browsers: against a twin of the app that is without the one defence, where the
attack works, and against the app, where it does not. *The switch* is that defence; *given* is what both are without, because it would have stopped the attack too. *Nothing stops it* is
shown against the app alone; where the browser or the way a thing is made decides, there is no switch. The last group is played in one engine.
`;

const KINDS = {
  pair: (one) => `${one.switch}${one.given.length > 0 ? ` (given: ${one.given.join(', ')})` : ''}`,
  'not stopped': () => '**nothing stops it**',
  fact: () => 'the browser, or how the thing is made',
};

function engines(one) {
  const immune = Object.entries(one.immune ?? {}).map(([engine, { why }]) => `Does not work in ${engine}: ${why}.`);
  const lacks = Object.entries(one.lacks ?? {}).map(([engine, { why }]) => `The defence does nothing in ${engine}: ${why}.`);
  return [...immune, ...lacks].map((text) => ` ${text}`).join('');
}

function list(scenarios) {
  const groups = [...new Set(scenarios.map((one) => one.group))];
  const row = (one) => `| \`${one.id}\` | ${one.attack} | ${KINDS[one.kind](one)} | ${one.fix}${engines(one)} | ${one.rfc} |`;
  const table = (group) => scenarios.filter((one) => one.group === group).map((one) => row(one).replaceAll('<', '&lt;')).join('\n');
  const title = '| scenario | attack | the switch | the fix | the line |\n|---|---|---|---|---|';
  return [HEAD, ...groups.map((group) => `## ${group}\n\n${title}\n${table(group)}\n`)].join('\n');
}

/** What is wrong between the guide and the scenarios. */
export function guide(folder, scenarios, write) {
  const page = join(folder, 'attacks.md');
  const text = list(scenarios);
  if (write) writeFileSync(page, text);
  const stale = existsSync(page) && readFileSync(page, 'utf8') === text ? [] : ['attacks.md is not what the scenarios say (e2e/run --write)'];
  const ids = new Set(scenarios.map((one) => one.id));
  const pages = readdirSync(folder).filter((name) => name.endsWith('.md'));
  const unknown = pages.flatMap((name) => {
    const named = readFileSync(join(folder, name), 'utf8').matchAll(/`e2e: ([^`]*)`/g);
    return [...named].filter(([, id]) => !ids.has(id)).map(([, id]) => `${name} names ${id}, which is no scenario`);
  });
  return { engine: 'the guide', name: 'pages that name scenarios', passed: pages.length, wrong: [...stale, ...unknown] };
}
