// What was seen, for people, and as lines of JSON.

const WORDS = {
  pair: (row) => {
    const side = (name) => row.results.find((result) => result.side === name);
    const { immune, lacks } = row.scenario;
    if (row.good && immune?.[row.engine]) return `does not work here, twin or not: ${immune[row.engine].why}`;
    if (row.good && lacks?.[row.engine]) return `${lacks[row.engine].ours === row.scenario.works ? 'WORKS HERE AGAINST US TOO' : 'stopped by us, not by this defence'}: ${lacks[row.engine].why}`;
    const twin = side('twin').good ? 'works against the twin' : 'DOES NOT WORK AGAINST THE TWIN';
    const stopped = row.results.filter((result) => result.side !== 'twin').every((result) => result.good);
    return `${twin}; ${stopped ? 'stopped by us' : 'NOT STOPPED BY US'}; ${row.scenario.switch}`;
  },
  'not stopped': (row) => (row.good ? 'works against us too, as the page says' : 'NOT AS THE PAGE SAYS'),
  fact: (row) => (row.good ? 'holds, without a switch' : 'DOES NOT HOLD'),
};

/** Prints everything; answers how much failed. */
export function report({ rows, extras, missing, engines, options, seconds }) {
  if (options.json) lines(rows);
  else table(rows, engines);
  for (const row of rows.filter((row) => !row.good)) {
    for (const { side, expect, seen, broke, good } of row.results) {
      if (!good) console.error(`failed: ${row.scenario.id} in ${row.engine}, ${side}: ${broke ?? `expected ${expect}, saw ${seen}`}`);
    }
  }
  for (const { engine, name, passed, wrong } of extras) {
    console.log(`${name}, ${engine}: ${passed} as expected, ${wrong.length} not`);
    for (const line of wrong) console.error(`failed: ${name} in ${engine}: ${line}`);
  }
  for (const { name, get } of missing) console.log(`skipped: ${name} is not here (${get})`);
  const sum = (list, of) => list.reduce((total, one) => total + of(one), 0);
  const failed = rows.filter((row) => !row.good).length + sum(extras, (extra) => extra.wrong.length);
  const passed = rows.filter((row) => row.good).length + sum(extras, (extra) => Math.max(extra.passed, 0));
  console.log(`e2e: ${passed} passed, ${failed} failed, ${missing.length} skipped, ${seconds.toFixed(0)} s`);
  return failed;
}

function lines(rows) {
  for (const { scenario, engine, results, good } of rows) {
    const { steps, world, file, ...about } = scenario;
    console.log(JSON.stringify({ ...about, engine, good, results }));
  }
}

function table(rows, engines) {
  const ids = [...new Set(rows.map((row) => row.scenario.id))];
  const wide = Math.max(...ids.map((id) => id.length));
  let group;
  for (const id of ids) {
    const mine = rows.filter((row) => row.scenario.id === id);
    if (mine[0].scenario.group !== group) {
      group = mine[0].scenario.group;
      console.log(`\n${group}`);
    }
    for (const [turn, row] of mine.entries()) {
      const name = turn === 0 ? id : '';
      console.log(`  ${name.padEnd(wide)}  ${row.engine.padEnd(8)}  ${WORDS[row.scenario.kind](row)}`);
    }
  }
  const alone = new Set(rows.filter((row) => row.scenario.oneEngine).map((row) => row.scenario.id)).size;
  const [first, ...others] = engines.map((engine) => engine.name);
  if (others.length > 0 && alone > 0) console.log(`\nNot played in ${others.join(' and ')}: ${alone} that the server decides alone; in ${first} they are.`);
  console.log(`\n${engines.map((engine) => `${engine.name} ${engine.version}`).join(', ')}`);
}
