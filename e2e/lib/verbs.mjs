// What a step can do. Each verb takes the run and the step, in which every {placeholder} has been filled in.
import { randomBytes } from 'node:crypto';
import { sight } from './sight.mjs';

/** Goes somewhere, also where a page leaves at once for another one. */
async function go(run, { who, to, tab: name, lands }) {
  const tab = await run.tab(who, name);
  await tab.go(to).catch((error) => {
    if (!lands) throw error;
  });
  if (lands) await tab.lands(lands);
}

/** Fills a form and sends it: the form's own navigation, without the time that moving a mouse takes. */
function submit(tab, form, fields) {
  return tab.loads(() => tab.run(([form, fields]) => {
    const element = document.querySelector(form);
    for (const [name, value] of Object.entries(fields)) element.elements[name].value = value;
    element.requestSubmit();
  }, [form, fields]));
}

const decoded = (text) => Buffer.from(text, 'base64url');

function changed(value, change) {
  const [, prefix, text] = /^([a-z]+_)?(.*)$/s.exec(value);
  return (prefix ?? '') + change(decoded(text)).toString('base64url');
}

/** What a counter would make of a ticket next, at either end of it. */
function neighbours(ticket) {
  return [0, 2, 28, 31].flatMap((at) => [1, 2, 3].map((by) => changed(ticket, (bytes) => {
    bytes[at] = (bytes[at] + by) % 256;
    return bytes;
  })));
}

export const verbs = {
  /** Signs in through the page. */
  'sign in': async (run, { who: actor, as = actor, tab: name }) => {
    const tab = await run.tab(actor, name);
    await tab.go(`${run.places.bank}/sign-in`);
    await submit(tab, '#sign-in', { name: as, password: 'correct horse' });
    // Or an attack would seem stopped because there was nothing to attack.
    const who = await tab.text('#who');
    if (who !== as) throw new Error(`the sign-in as ${as} ended as ${who}`);
  },

  go,

  /** Fills a form and sends it. */
  submit: async (run, { who, form, with: fields = {}, tab }) => submit(await run.tab(who, tab), form, fields),

  click: async (run, { who, on, tab: name, lands, until }) => {
    const tab = await run.tab(who, name);
    await tab.press(on);
    if (lands) await tab.lands(lands);
    if (until) await tab.until(([on, text]) => document.querySelector(on)?.textContent === text, until);
  },

  /** Presses something that leaves the page, unless the policy of the page forbids it. */
  'click, or be refused': async (run, { who, on, tab: name }) => {
    const tab = await run.tab(who, name);
    await tab.run(() => {
      addEventListener('securitypolicyviolation', () => { document.title = 'refused'; });
      window.stays = true;
    });
    await tab.press(on);
    await tab.until(() => document.title === 'refused' || (!window.stays && document.readyState === 'complete'));
  },

  fill: async (run, { who, on, with: text, tab }) => (await run.tab(who, tab)).type(on, text),

  back: async (run, { who, tab }) => (await run.tab(who, tab)).back(),

  /** Opens a page that answers only when it is let go. */
  'begin slow request': async (run, { who, tab, to, path }) => {
    run.arrives = await (await run.tab(who, tab)).begins(to);
    await run.wait('bank', path);
  },

  'let it answer': async (run) => {
    await run.control('POST', 'gate');
    await run.arrives();
  },

  /** Presses what lies in a frame, where there is anything but an error. */
  'press through the frame': async (run, { who, x, y, path, tab: name }) => {
    const tab = await run.tab(who, name);
    const shown = await tab.showsItsFrame();
    await tab.pressAt(x, y);
    if (shown) await run.wait('bank', path, { method: 'POST', answered: true });
  },

  /** Presses a button that reloads the page, where there is one; else reloads it as a person does. */
  'try again': async (run, { who, on, tab: name }) => {
    const tab = await run.tab(who, name);
    const hasButton = await tab.run((on) => document.querySelector(on) !== null, on);
    if (hasButton) await tab.loads(() => tab.press(on));
    else await tab.reload();
  },

  /** Waits until a page says that it is done, by its title. */
  'until title': async (run, { who, tab }) => (await run.tab(who, tab)).until(() => document.title.startsWith('done')),

  /** A script that ran said so by the title at once; then it is waited for. One that did not run said nothing. */
  'let it work': async (run, { who, tab: name }) => {
    const tab = await run.tab(who, name);
    await tab.until(() => document.title !== 'working');
  },

  /** Puts up a page. */
  publish: async (run, { at, html = '', type = 'text/html; charset=utf-8', headers = {} }) => {
    const list = [['content-type', type], ...Object.entries(headers)];
    await run.control('POST', 'pages', { at: at.replace(/:\d+(?=\/)/, ''), html, headers: list });
  },

  /** Copies the cookie that opens a session out of a profile, as malware does. */
  steal: async (run, { who, as }) => {
    const jar = await run.visitor(who).cookies();
    const ours = jar.filter((cookie) => cookie.name.includes('cloakroom') && cookie.domain.includes(run.world.site.split(':')[0]));
    const is = (tail) => ours.find((cookie) => new RegExp(`cloakroom(_dev_\\d+)?${tail}$`).test(cookie.name));
    const found = is('') ?? is('_refresh') ?? is('_anon') ?? is('_pre');
    if (!found) throw new Error(`${who} holds no cookie of ours: ${jar.map((cookie) => cookie.name)}`);
    run.note(as, { name: found.name, value: found.value, pair: `${found.name}=${found.value}` });
  },

  'keep the cookies': async (run, { who, as }) => run.note(as, await run.visitor(who).cookies()),

  'put the cookies back': async (run, { who, of }) => run.visitor(who).restore(run.noted[of]),

  /** What the page's own script posts. */
  'order by script': async (run, { who, path, tab }) => {
    await (await run.tab(who, tab)).run((path) => fetch(path, { method: 'POST' }).then((answer) => {
      if (!answer.ok) throw new Error(`${path} was answered ${answer.status}`);
    }), path);
  },

  /** What somebody sent to an attacker: the query of a request that came. */
  take: async (run, { at, path, as }) => {
    const seen = await run.wait(at, path);
    run.note(as, decodeURIComponent(seen.path.split('?')[1] ?? ''));
  },

  /** The cookies of the last request that went over the wire to a host. */
  overhear: async (run, { at, scheme, as }) => {
    const { wire } = await run.facts();
    const heard = wire.filter((seen) => seen.host.split(':')[0] === run.world[at] && seen.scheme === scheme);
    run.note(as, heard.at(-1)?.cookie ?? '');
  },

  /** A request as no browser sends it. `form`: the page whose token it takes along. */
  request: async (run, { url, method = 'GET', headers = {}, body = '', form, times = 1, as }) => {
    if (form) {
      const page = await run.twin.request({ url: form });
      const cookies = (page.headers['set-cookie'] ?? []).map((cookie) => cookie.split(';')[0]).join('; ');
      const token = /name=_csrf value="([^"]*)"/.exec(page.text)?.[1] ?? '';
      headers = { cookie: cookies, 'content-type': 'application/x-www-form-urlencoded', ...headers };
      body = `_csrf=${encodeURIComponent(token)}&${body}`;
    }
    let answer;
    for (let turn = 0; turn < times; turn += 1) answer = await run.twin.request({ url, method, headers, body });
    if (as) run.note(as, { status: String(answer.status), text: answer.text });
  },

  /** Changes what a cookie says, without knowing a key. */
  tamper: (run, { value, from, to, as }) => {
    const change = (bytes) => {
      const place = bytes.indexOf(from);
      if (place < 0) throw new Error(`"${from}" cannot be read in the cookie`);
      bytes.write(to, place);
      return bytes;
    };
    run.note(as, changed(value, change));
  },

  /** The same at every place, until something opens; notes what was said at last. */
  'tamper everywhere': async (run, { name, value, from, to, path, as }) => {
    const text = value.replace(/^[a-z]+_/, '');
    const prefix = value.slice(0, value.length - text.length);
    let said;
    for (let at = 0; at + to.length <= decoded(text).length; at += 1) {
      const bytes = decoded(text);
      [...to].forEach((letter, turn) => { bytes[at + turn] ^= from.charCodeAt(turn) ^ letter.charCodeAt(0); });
      said = await run.identity({ cookie: `${name}=${prefix}${bytes.toString('base64url')}`, path });
      if (!said.startsWith('status')) break;
    }
    run.note(as, said);
  },

  /** Tries many credentials, one after the other, until one opens something. */
  'present each': async (run, { name, of, after, as }) => {
    const lists = {
      database: async () => (await run.facts()).database.filter((cell) => /^[\w-]{2,}$/.test(cell)),
      'two digits': () => Array.from({ length: 100 }, (_, turn) => String(turn).padStart(2, '0')),
      'next numbers': () => {
        const next = (state) => (state * 1_103_515_245n + 12_345n) % (1n << 31n);
        // Tickets that lie close to the one that is known, were they counted.
        const list = after.startsWith('ckt_') ? neighbours(after) : [];
        let state = /^[0-9a-f]{8}$/.test(after) ? BigInt(`0x${after}`) : 0n;
        for (let turn = 0; turn < 8; turn += 1) {
          state = next(state);
          list.push(state.toString(16).padStart(8, '0'));
        }
        return list;
      },
    };
    const list = await lists[of]();
    let found = 'nobody';
    for (const [turn, value] of list.entries()) {
      const who = await run.identity({ cookie: `${name}=${value}`, address: `198.51.${turn}.1` });
      if (who === 'nobody') continue;
      found = who;
      break;
    }
    run.note(as, found);
  },

  /** Presents tickets that nobody was given, and notes what was said to the last one. */
  guess: async (run, { name, times, as }) => {
    let said;
    for (let turn = 0; turn < times; turn += 1) {
      const bytes = randomBytes(32);
      // The first four bits of a ticket are none.
      bytes[0] &= 0x0f;
      const ticket = `ckt_${bytes.toString('base64url')}`;
      said = await run.identity({ cookie: `${name}=${ticket}`, address: `198.51.${turn}.1` });
    }
    run.note(as, said);
  },

  pass: (run, { minutes }) => run.control('POST', 'clock', { seconds: minutes * 60 }),

  /** What must hold on every side, or the scenario shows nothing. */
  expect: async (run, step) => {
    const seen = await sight(run, step);
    if (seen !== String(step.be)) throw new Error(`expected ${step.see} ${step.be}, saw ${seen}`);
  },

  /** What is seen at the end: the outcome of the attack. */
  see: async (run, step) => {
    run.seen = await sight(run, step);
  },
};
