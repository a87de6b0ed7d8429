// Ten ways in which one page can make the browser ask another host, with each SameSite, from three distances: what the browser sent, and
// what the server did. The table stands in the guide, and a run that sees anything else fails.
import { readFileSync, writeFileSync } from 'node:fs';
import { Run } from './run.mjs';
import { verbs } from './verbs.mjs';

const SAME_SITE = ['unset', 'None', 'Lax', 'Strict'];
const FROM = { 'same origin': 'bank', neighbour: 'blog', 'another site': 'evil' };
const BEGIN = '<!-- what `e2e/run` saw; `e2e/run --write` puts it here -->\n';
const END = '<!-- end -->\n';

const FIELDS = '<input name=to value=mallory><input name=amount value=1>';
const done = 'document.title = "done"';
const order = '{"to":"mallory","amount":1}';

/** Each makes a page that does it. `leaves`: the page itself goes there; else it says by its title that it is done. */
const VECTORS = {
  link: { leaves: true, page: (get) => `<a id=go href="${get}">x</a><script>document.getElementById('go').click()</script>` },
  'GET form': { leaves: true, page: (get) => form(get, 'get') },
  'POST form': { leaves: true, page: (get) => form(get, 'post') },
  img: { page: (get) => `<script>const i = new Image(); i.onload = i.onerror = () => { ${done} }; i.src = '${get}'</script>` },
  script: { page: (get) => `<script src="${get}" onload='${done}' onerror='${done}'></script>` },
  iframe: { page: (get) => `<iframe src="${get}" onload='${done}'></iframe>` },
  fetch: {
    page: (get, post) => `<script>fetch('${post}', { method: 'POST', mode: 'no-cors', credentials: 'include', body: '${order}' }).catch(() => {}).then(() => { ${done} })</script>`,
  },
  beacon: { waits: true, page: (get, post) => `<script>navigator.sendBeacon('${post}', '${order}')</script>` },
  WebSocket: {
    page: (get, post, socket) => `<script>const s = new WebSocket('${socket}'); s.onopen = () => s.send('${order}');
      s.onmessage = (said) => { if (said.data === 'done') ${done} }; s.onerror = () => { ${done} }</script>`,
  },
  prerender: {
    prerenders: true,
    page: (get) => `<script type=speculationrules>{"prerender":[{"source":"list","urls":["${get}"],"eagerness":"immediate"}]}</script>`,
  },
};

function form(get, method) {
  const [action, marker] = [get.split('?')[0], /cell=(\w+)/.exec(get)[1]];
  return `<form method=${method} action="${action}${method === 'post' ? `?cell=${marker}` : ''}">${FIELDS}<input name=cell value=${marker}></form>
    <script>document.forms[0].submit()</script>`;
}

/** All cells of one SameSite, on one side. */
async function column(twin, engine, sameSite, off) {
  const run = new Run(twin, engine, { world: { same_site: sameSite }, actors: {} }, off);
  const cells = {};
  await run.within(async () => {
    await verbs['sign in'](run, { who: 'anna' });
    for (const [vector, how] of Object.entries(VECTORS)) {
      for (const [distance, host] of Object.entries(FROM)) {
        cells[`${vector}, ${distance}`] = await cell(run, vector, how, host);
      }
    }
  });
  return cells;
}

async function cell(run, vector, how, host) {
  const marker = `${vector}${host}`.replace(/\W/g, '');
  const { bank } = run.places;
  const get = `${bank}/transfer?to=mallory&amount=1&cell=${marker}`;
  const html = how.page(get, `${bank}/api/transfer?cell=${marker}`, `${bank.replace('http', 'ws')}/live?cell=${marker}`);
  const at = `${run.places[host]}/attack-${marker}`;
  await verbs.publish(run, { at, html: `<!doctype html><title>Attack</title>${html}` });
  const { page } = await run.tab('anna');
  if (how.prerenders) await prerendered(page, at);
  else await page.goto(at).catch(() => {});
  const isMine = (seen) => seen.path.includes(`cell=${marker}`) && !seen.path.startsWith('/attack');
  if (how.leaves) await page.waitForURL((url) => !url.pathname.startsWith('/attack'), { waitUntil: 'load' });
  else if (!how.waits && !how.prerenders) await page.waitForFunction(() => document.title === 'done');
  else if (how.waits) await run.wait('bank', `/api/transfer?cell=${marker}`, { method: 'POST', answered: true });
  // A prerender that the browser gives up half-way stays without an answer, which says as little as none.
  const counts = (seen) => isMine(seen) && (!how.prerenders || seen.status !== 0);
  let { wire, people } = await run.facts();
  let seen = wire.find(counts);
  // It prerenders when it likes. That it did not this time says nothing, so it gets another chance to.
  for (let chances = 2; how.prerenders && !seen && chances > 0; chances -= 1) {
    await prerendered(page, at);
    ({ wire, people } = await run.facts());
    seen = wire.find(counts);
  }
  const before = run.balance ?? 0;
  run.balance = people.mallory.balance;
  return {
    sent: seen !== undefined,
    cookie: /cloakroom=ckt_/.test(seen?.cookie ?? ''),
    site: seen?.fetch_site ?? '',
    origin: seen?.origin ?? '',
    status: seen?.status,
    to: seen?.to ?? '',
    moved: run.balance > before,
  };
}

/** Only the browser knows when it has decided about a prerender. */
async function prerendered(page, at) {
  const session = await page.context().newCDPSession(page);
  await session.send('Preload.enable');
  const decided = new Promise((resolve) => {
    session.on('Preload.prerenderStatusUpdated', ({ status }) => {
      if (['Ready', 'Success', 'Failure', 'NotSupported'].includes(status)) resolve();
    });
  });
  await page.goto(at);
  await decided;
  await session.detach();
}

const word = (twin, ours) => {
  if (!twin.sent && !ours.sent) return 'not sent';
  const side = ({ moved, to, status }) => {
    if (moved) return '**moves**';
    if (to.includes('/_cloakroom/refused')) return 'refused';
    return to.includes('/sign-in') ? 'to sign-in' : String(status);
  };
  return `${ours.cookie ? 'cookie' : 'no cookie'}: ${side(twin)} / ${side(ours)}`;
};

/** The table, and what is wrong in it whatever the guide says. */
export async function matrix(twin, engine) {
  const jobs = SAME_SITE.flatMap((sameSite) => [['csrf-guard', 'safe-get'], []].map((off) => () => column(twin, engine, sameSite, off)));
  const columns = await jobs.reduce(async (before, job) => [...await before, await job()], Promise.resolve([]));
  const wrong = [];
  const lines = Object.entries(columns[1]).map(([name, first]) => {
    const words = SAME_SITE.map((sameSite, at) => {
      const [weak, ours] = [columns[2 * at][name], columns[2 * at + 1][name]];
      if (ours.moved && !name.endsWith('same origin')) wrong.push(`${name}, ${sameSite}: money moved`);
      if (weak.sent && weak.cookie && !weak.moved) wrong.push(`${name}, ${sameSite}: the twin stopped it`);
      const says = (seen) => [seen.sent, seen.site, seen.origin !== ''].join();
      if ([weak, ours].some((seen) => says(seen) !== says(first))) wrong.push(`${name}, ${sameSite}: the browser says something else of itself`);
      return word(weak, ours);
    });
    const origin = first.origin === '' ? 'none' : first.origin === 'null' ? 'null' : 'said';
    return `| ${name} | ${first.sent ? first.site : ''} | ${first.sent ? origin : ''} | ${words.join(' | ')} |`;
  });
  const head = `| how, from where | Sec-Fetch-Site | Origin | ${SAME_SITE.join(' | ')} |\n|---|---|---|${SAME_SITE.map(() => '---|').join('')}\n`;
  return { table: `${head}${lines.join('\n')}\n`, cells: lines.length * SAME_SITE.length, wrong };
}

/** Compares with the guide, or writes it there. */
export function compare(guide, { table, wrong }, write) {
  const text = readFileSync(guide, 'utf8');
  const [from, to] = [text.indexOf(BEGIN) + BEGIN.length, text.indexOf(END)];
  if (write) writeFileSync(guide, text.slice(0, from) + table + text.slice(to));
  const stands = write ? table : text.slice(from, to);
  const [now, was] = [table, stands].map((part) => part.split('\n'));
  const differs = now.filter((line, at) => line !== was[at]).map((line) => `the guide says otherwise: ${line}`);
  return [...wrong, ...differs, ...(now.length === was.length ? [] : ['the guide has another number of lines'])];
}
