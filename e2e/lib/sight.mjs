// What can be seen, as text: on a screen, in the bank's books, on the wire, in the log.
const sights = {
  /** Whom the bank takes somebody for who shows a cookie. */
  identity: (run, step) => run.identity(step),

  text: async (run, { who, on, tab }) => (await run.tab(who, tab)).text(on),

  title: async (run, { who, tab }) => (await run.tab(who, tab)).title(),

  address: async (run, { who, tab }) => {
    const url = new URL(await (await run.tab(who, tab)).url());
    return url.hostname.replace(run.world.id, 'world') + url.pathname;
  },

  /** Of an account: its balance, its payees, whether it is closed. */
  account: async (run, { of, show }) => String((await run.facts()).people[of][show]),

  /** Of the last such request. */
  wire: async (run, { at, path, show }) => {
    const { wire } = await run.facts();
    const seen = wire.filter((seen) => seen.host.split(':')[0] === run.world[at] && seen.path.startsWith(path)).at(-1);
    return seen ? String(seen[show]) : 'no such request';
  },

  cookie: async (run, { who, name }) => {
    const found = (await run.visitor(who).cookies()).find((cookie) => cookie.name === name);
    return found ? found.value : 'none';
  },

  log: async (run, { find }) => {
    const { log, events } = await run.facts();
    return [...log, ...events].some((line) => line.includes(find)) ? 'in the log' : 'not in the log';
  },

  mail: async (run) => {
    const letter = (await run.facts()).mail.at(-1);
    return letter ? new URL(/https:\S+/.exec(letter)[0]).hostname.replace(run.world.id, 'world') : 'no mail';
  },

  sessions: async (run) => String((await run.facts()).sessions),

  value: (run, { of }) => of,
};

export function sight(run, step) {
  const look = sights[step.see];
  if (!look) throw new Error(`nothing to see called "${step.see}"`);
  return look(run, step);
}
