// Tokens in the memory of a page: the browser module against the real endpoint, in many tabs, with answers that are lost and tabs that are
// killed.
import { readFileSync } from 'node:fs';
import { Run } from './run.mjs';
import { verbs } from './verbs.mjs';

const MODULE = readFileSync(new URL('../../clients/browser/cloakroom.js', import.meta.url), 'utf8');
const PAGE = `<!doctype html><title>app</title><script type=module>
import { Tokens, SignedOut, Unavailable } from '/cloakroom.js';
window.tokens = new Tokens();
window.kinds = { SignedOut, Unavailable };
window.out = 0;
tokens.onSignedOut(() => { window.out += 1; });
window.who = () => tokens.fetch('/api/bearer').then((answer) => answer.text());
document.title = 'ready';
</script>`;
const TOKEN = '/_cloakroom/token';

class World {
  constructor(run) {
    Object.assign(this, { run, opened: 0 });
  }

  async publish() {
    const { bank } = this.run.places;
    await verbs.publish(this.run, { at: `${bank}/cloakroom.js`, type: 'text/javascript', html: MODULE });
    await verbs.publish(this.run, { at: `${bank}/app`, html: PAGE });
  }

  /** A new tab of the app. */
  async open() {
    this.opened += 1;
    const tab = await this.run.tab('anna', `tab ${this.opened}`);
    await tab.go(`${this.run.places.bank}/app`);
    await tab.until(() => document.title === 'ready');
    return tab;
  }

  who(tab) {
    return tab.run(() => window.who());
  }

  /** How often the endpoint was asked so far. */
  async renewals() {
    const { wire } = await this.run.facts();
    return wire.filter((seen) => seen.path === TOKEN).length;
  }

  pass(seconds) {
    return this.run.control('POST', 'clock', { seconds });
  }
}

/** The same clock for the page: its tokens are over when the server says so. */
const later = (tab, seconds) => tab.run((ms) => {
  const now = Date.now.bind(Date);
  Date.now = () => now() + ms;
}, seconds * 1_000);

const stored = (tab) => tab.run(async () => JSON.stringify({
  local: { ...localStorage }, session: { ...sessionStorage }, cookie: document.cookie, databases: await indexedDB.databases(), caches: await caches.keys(),
}));

const EMPTY = JSON.stringify({ local: {}, session: {}, cookie: '', databases: [], caches: [] });

function same(found, wanted, what) {
  if (JSON.stringify(found) !== JSON.stringify(wanted)) throw new Error(`${what}: ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`);
}

/** Each is played in a world of its own, in which anna has just signed in. Those that reach between the page and the network, or into the
 * browser's processes, are for Chromium. */
const PLAYS = {
  'eight tabs that open at once renew once, and go on as one': async (world) => {
    const tabs = await Promise.all(Array.from({ length: 8 }, () => world.open()));
    same(await Promise.all(tabs.map((tab) => world.who(tab))), Array(8).fill('anna'), 'eight tabs');
    const first = await world.renewals();
    // Each asks once by itself: who it is, only the server says.
    if (first > 8) throw new Error(`eight tabs asked ${first} times`);
    for (let turn = 0; turn < 3; turn += 1) {
      await world.pass(601);
      await Promise.all(tabs.map((tab) => later(tab, 601)));
      same(await Promise.all(tabs.map((tab) => world.who(tab))), Array(8).fill('anna'), 'eight tabs, later');
    }
    const all = await world.renewals();
    if (all > first + 6) throw new Error(`eight tabs asked ${all} times in four rounds`);
    same(await Promise.all(tabs.map(stored)), Array(8).fill(EMPTY), 'what is stored');
  },

  'a token that is refused is no other tab\'s either': async (world) => {
    const tabs = [await world.open(), await world.open()];
    same(await Promise.all(tabs.map((tab) => world.who(tab))), ['anna', 'anna'], 'before');
    // A step-up elsewhere: every older access token is refused.
    await tabs[0].run(() => fetch('/api/step-up', { method: 'POST' }).then((answer) => { if (!answer.ok) throw new Error(`step-up: ${answer.status}`); }));
    for (const tab of tabs) same(await world.who(tab), 'anna', 'after a step-up');
    for (const tab of tabs) same(await world.who(tab), 'anna', 'and again');
  },

  'a route that asks for more is answered, and the token is kept': async (world) => {
    const tabs = [await world.open(), await world.open()];
    same(await Promise.all(tabs.map((tab) => world.who(tab))), ['anna', 'anna'], 'before');
    const before = await world.renewals();
    for (let turn = 0; turn < 5; turn += 1) {
      const said = await tabs[0].run(() => window.tokens.fetch('/api/bearer-two-factors')
        .then((answer) => `${answer.status} ${answer.headers.get('www-authenticate').includes('insufficient_user_authentication')}`));
      same(said, '401 true', 'a challenge');
    }
    same(await Promise.all(tabs.map((tab) => world.who(tab))), ['anna', 'anna'], 'after');
    same(await world.renewals(), before, 'nothing was renewed for it');
  },

  'two people in one browser: tabs do not feed one another': async (world) => {
    const mine = await world.open();
    same(await world.who(mine), 'anna', 'before');
    const other = await world.open();
    await other.run(() => fetch('/api/sign-in', {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: 'boss', password: 'correct horse' }),
    }));
    const third = await world.open();
    same(await world.who(third), 'boss', 'a tab that opens after the other one has signed in');
  },

  'a reload asks again, and both storages stay empty': async (world) => {
    const tab = await world.open();
    for (let turn = 0; turn < 3; turn += 1) {
      same(await world.who(tab), 'anna', 'after a reload');
      same(await stored(tab), EMPTY, 'what is stored');
      await tab.reload();
      await tab.until(() => document.title === 'ready');
    }
  },

  'an answer that is lost is asked for again': async (world) => {
    const tab = await world.open();
    const { page } = tab;
    let lost = 0;
    // The server has renewed and answered; the answer never reaches the page, nor its cookie the jar.
    await page.route(`**${TOKEN}`, async (route) => {
      lost += 1;
      if (lost > 2) return route.fallback();
      const cookies = await page.context().cookies();
      const request = route.request();
      await world.run.twin.request({
        url: request.url(), method: 'POST',
        headers: {
          origin: world.run.places.bank, 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors',
          cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; '),
        },
      });
      return route.abort('connectionreset');
    });
    same(await world.who(tab), 'anna', 'after two lost answers');
    await page.unroute(`**${TOKEN}`);
    await world.pass(601);
    await later(tab, 601);
    same(await world.who(tab), 'anna', 'and it goes on');
  },

  'a tab that is killed while it renews lets the others': async (world) => {
    const [killed, other] = [await world.open(), await world.open()];
    let asked;
    const began = new Promise((resolve) => { asked = resolve; });
    // Its request never comes back; then its process dies.
    await killed.page.route(`**${TOKEN}`, () => { asked(); });
    killed.page.evaluate(() => window.who()).catch(() => {});
    await began;
    const waiting = world.who(other);
    const session = await killed.page.context().newCDPSession(killed.page);
    session.send('Page.crash').catch(() => {});
    same(await waiting, 'anna', 'the other tab');
    await killed.page.close();
  },

  'a server that is away signs nobody out': async (world) => {
    const tab = await world.open();
    await tab.page.route(`**${TOKEN}`, (route) => route.fulfill({ status: 503, headers: { 'retry-after': '7' }, contentType: 'application/problem+json', body: '{}' }));
    const said = await tab.run(() => window.who().catch((error) => `${error.name} ${error.retryAfter} ${window.out}`));
    same(said, 'Unavailable 7 0', 'while it is away');
    await tab.page.unroute(`**${TOKEN}`);
    same(await world.who(tab), 'anna', 'when it is back');
  },

  'signing out in one tab is signing out in all': async (world) => {
    const [one, other] = [await world.open(), await world.open()];
    same(await Promise.all([one, other].map((tab) => world.who(tab))), ['anna', 'anna'], 'before');
    await one.run(() => window.tokens.signOut());
    await other.until(() => window.out === 1);
    const said = await Promise.all([one, other].map((tab) => tab.run(() => window.who().catch((error) => error.name))));
    same(said, ['SignedOut', 'SignedOut'], 'after');
  },

  'a copied cookie is found out, and the page is told': async (world) => {
    const tab = await world.open();
    same(await world.who(tab), 'anna', 'before');
    await verbs.steal(world.run, { who: 'anna', as: 'held' });
    const thief = () => world.run.twin.request({
      url: `${world.run.places.bank}${TOKEN}`, method: 'POST',
      headers: { cookie: world.run.noted.held.pair, origin: world.run.places.bank, 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' },
    });
    await world.pass(601);
    const stolen = JSON.parse((await thief()).text).access_token;
    const asThief = () => world.run.twin.request({ url: `${world.run.places.bank}/api/bearer`, headers: { authorization: `Bearer ${stolen}` } });
    same((await asThief()).text, 'anna', 'the thief is in');
    await world.pass(60);
    await later(tab, 661);
    same(await tab.run(() => window.who().catch((error) => `${error.name} ${window.out}`)), 'SignedOut 1', 'the owner renews');
    same((await asThief()).status, 401, 'the thief is out, before the token is over');
  },

  'the token goes to this origin and to no other': async (world) => {
    const tab = await world.open();
    const { evil } = world.run.places;
    await tab.run((evil) => window.tokens.fetch(`${evil}/take`).then((answer) => answer.text()).catch(() => 'no'), evil);
    const { wire } = await world.run.facts();
    const sent = wire.filter((seen) => seen.path.startsWith('/take'));
    if (sent.length === 0) throw new Error('nothing was sent to the other origin');
    if (JSON.stringify(sent).includes('eyJ')) throw new Error('the token was sent to another origin');
  },
};

const ONLY_CHROMIUM = [
  'an answer that is lost is asked for again',
  'a tab that is killed while it renews lets the others',
  'a server that is away signs nobody out',
];

/** Plays them; answers how many, and what went wrong. */
export async function tabs(twin, engine) {
  const wrong = [];
  const plays = Object.entries(PLAYS).filter(([name]) => engine.name === 'chromium' || !ONLY_CHROMIUM.includes(name));
  for (const [name, play] of plays) {
    const run = new Run(twin, engine, { world: { kind: 'memory' }, steps: [] }, []);
    try {
      await run.within(async () => {
        const world = new World(run);
        await world.publish();
        const tab = await run.tab('anna');
        await tab.go(`${run.places.bank}/sign-in`);
        await tab.run(() => fetch('/api/sign-in', {
          method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: 'anna', password: 'correct horse' }),
        }).then((answer) => { if (!answer.ok) throw new Error(`sign-in: ${answer.status}`); }));
        await play(world);
      });
    } catch (error) {
      wrong.push(`${name}: ${error.message.split('\n')[0]}`);
    }
  }
  return { played: plays.length, wrong };
}
