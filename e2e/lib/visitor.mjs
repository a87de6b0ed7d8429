// Somebody at Chromium: a profile of their own, and tabs in it.
import { Tab } from './tab.mjs';

const PATIENCE = 10_000;

export class Visitor {
  constructor(context) {
    this.context = context;
    this.tabs = new Map();
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

  close() {
    return this.context.close();
  }
}
