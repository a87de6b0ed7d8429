// Somebody at Chromium: a profile of their own, and tabs in it.
import { Tab } from './tab.mjs';

const PATIENCE = 10_000;

export class Visitor {
  /** `giveBack`: who takes the profile when the visit is over. Without one it ends. */
  constructor(context, giveBack) {
    Object.assign(this, { context, giveBack, tabs: new Map() });
    context.setDefaultTimeout(PATIENCE);
  }

  async tab(name = 'first') {
    if (!this.tabs.has(name)) this.tabs.set(name, new Tab(await this.context.newPage()));
    return this.tabs.get(name);
  }

  /** Every cookie, with its attributes. */
  cookies() {
    return this.context.cookies();
  }

  /** Puts cookies of before in the place of those that are there. */
  async restore(cookies) {
    await this.context.clearCookies();
    await this.context.addCookies(cookies);
  }

  async close() {
    if (!this.giveBack) return this.context.close();
    const [first, ...more] = [...this.tabs.values()];
    await Promise.all(more.map((tab) => tab.page.close()));
    // The next visit is to another site: what this one left behind is nothing to it.
    this.tabs = new Map(first ? [['first', first]] : []);
    return this.giveBack(this);
  }
}
