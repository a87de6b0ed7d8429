// One side of a scenario, in a world of its own.
import { verbs } from './verbs.mjs';

/** Fills in every {placeholder} of a step. */
function filled(value, names) {
  if (typeof value === 'string') {
    return value.replace(/\{([a-z][\w.]*)\}/g, (whole, name) => {
      const found = name.split('.').reduce((at, part) => at?.[part], names);
      if (found === undefined || typeof found === 'object') throw new Error(`nothing is called ${whole}`);
      return found;
    });
  }
  if (Array.isArray(value)) return value.map((part) => filled(part, names));
  if (value && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, filled(part, names)]));
  }
  return value;
}

export class Run {
  constructor(twin, engine, scenario, off) {
    Object.assign(this, { twin, engine, scenario, off, people: new Map(), noted: {} });
  }

  /** Plays every step; answers what was seen at the end. */
  async play() {
    return this.within(async () => {
      for (const [turn, step] of this.scenario.steps.entries()) {
        try {
          await verbs[step.do](this, filled(step, { ...this.places, ...this.noted }));
        } catch (error) {
          throw new Error(`step ${turn + 1} (${step.do}): ${error.message.split('\n')[0]}`);
        }
      }
      return this.seen;
    });
  }

  /** Does something in a world of its own, which ends with it. */
  async within(act) {
    const under = this.scenario.world.under ?? 'test';
    this.world = await this.twin.control('POST', '/worlds', { under, ...this.scenario.world, off: this.off });
    const place = (host) => (under === 'test' ? `https://${host}` : `http://${host}:${this.twin.ports.http}`);
    const { bank, blog, evil, site } = this.world;
    this.places = { bank: place(bank), blog: place(blog), evil: place(evil), site, clear: `http://${bank}` };
    try {
      return await act();
    } finally {
      await Promise.all([...this.people.values()].map((visitor) => visitor.close()));
      await this.control('DELETE', '');
    }
  }

  visitor(name) {
    return this.people.get(name);
  }

  async tab(name, tab) {
    if (!this.people.has(name)) this.people.set(name, await this.engine.visitor());
    return this.people.get(name).tab(tab);
  }

  note(name, value) {
    this.noted[name] = value;
  }

  control(method, path, body) {
    return this.twin.control(method, `/worlds/${this.world.id}${path && `/${path}`}`, body);
  }

  facts() {
    return this.control('GET', '');
  }

  /** Waits for a request to a host. */
  wait(at, path, { method = 'GET', answered = false } = {}) {
    const query = new URLSearchParams({ host: this.world[at], path, method, answered });
    return this.control('GET', `wait?${query}`);
  }

  /** Whom the bank sees in a request with this cookie. */
  async identity({ cookie, address, path = '/' }) {
    const headers = {};
    if (cookie) headers.cookie = cookie;
    if (address) headers['x-forwarded-for'] = address;
    const answer = await this.twin.request({ url: this.places.bank + path, headers });
    if (answer.status !== 200) return `status ${answer.status}`;
    return /<p id=who>([^<]*)</.exec(answer.text)?.[1] ?? 'a page without a name';
  }
}
