// Browsers that speak WebDriver: Firefox through its own port (Marionette), WebKit through its driver (HTTP). The commands are the same.
import net from 'node:net';
import http from 'node:http';
import { within } from './twin.mjs';

const PATIENCE = 10_000;
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

const pause = () => new Promise((resolve) => setTimeout(resolve, 20));

/** Firefox: length-prefixed JSON over TCP. */
export class Marionette {
  static async connect(port) {
    const self = new Marionette();
    Object.assign(self, { waiting: new Map(), turn: 0, rest: Buffer.alloc(0) });
    self.socket = net.connect(port, '127.0.0.1');
    await within(PATIENCE, 'Firefox', new Promise((resolve, reject) => {
      self.socket.once('error', reject);
      self.greeted = resolve;
      self.socket.on('data', (part) => self.read(part));
    }));
    self.socket.on('error', () => {});
    return self;
  }

  read(part) {
    this.rest = Buffer.concat([this.rest, part]);
    for (;;) {
      const colon = this.rest.indexOf(':');
      const end = colon + 1 + Number(this.rest.subarray(0, colon));
      if (colon < 0 || this.rest.length < end) return;
      const message = JSON.parse(this.rest.subarray(colon + 1, end));
      this.rest = this.rest.subarray(end);
      if (!Array.isArray(message)) {
        this.greeted();
        continue;
      }
      const [, turn, error, value] = message;
      const { resolve, reject } = this.waiting.get(turn);
      this.waiting.delete(turn);
      if (error) reject(new Error(`${error.error}: ${error.message}`));
      else resolve(value && typeof value === 'object' && 'value' in value ? value.value : value);
    }
  }

  send(name, parameters = {}) {
    this.turn += 1;
    const turn = this.turn;
    const text = JSON.stringify([0, turn, `WebDriver:${name}`, parameters]);
    this.socket.write(`${Buffer.byteLength(text)}:${text}`);
    return within(2 * PATIENCE, name, new Promise((resolve, reject) => this.waiting.set(turn, { resolve, reject })));
  }
}

const PATHS = {
  Navigate: ['POST', 'url'],
  GetCurrentURL: ['GET', 'url'],
  GetTitle: ['GET', 'title'],
  Back: ['POST', 'back'],
  Refresh: ['POST', 'refresh'],
  ExecuteAsyncScript: ['POST', 'execute/async'],
  FindElement: ['POST', 'element'],
  ElementClick: ['POST', ({ id }) => `element/${id}/click`],
  ElementSendKeys: ['POST', ({ id }) => `element/${id}/value`],
  PerformActions: ['POST', 'actions'],
  GetCookies: ['GET', 'cookie'],
  AddCookie: ['POST', 'cookie'],
  DeleteAllCookies: ['DELETE', 'cookie'],
  NewWindow: ['POST', 'window/new'],
  SwitchToWindow: ['POST', 'window'],
  SwitchToFrame: ['POST', 'frame'],
  CloseWindow: ['DELETE', 'window'],
  GetWindowHandles: ['GET', 'window/handles'],
  SetTimeouts: ['POST', 'timeouts'],
};

/** WebKit: the commands of the standard, over HTTP. */
export class Driver {
  static async connect(port, capabilities) {
    const self = new Driver();
    self.port = port;
    self.agent = new http.Agent({ keepAlive: true });
    const { sessionId, capabilities: got } = await self.ask('POST', '/session', { capabilities: { alwaysMatch: capabilities } });
    self.session = sessionId;
    self.version = got.browserVersion;
    return self;
  }

  send(name, parameters = {}) {
    const [method, path] = PATHS[name];
    const end = typeof path === 'function' ? path(parameters) : path;
    return this.ask(method, `/session/${this.session}/${end}`, method === 'POST' ? parameters : undefined);
  }

  ask(method, path, body) {
    return within(3 * PATIENCE, path, new Promise((resolve, reject) => {
      const text = body === undefined ? '' : JSON.stringify(body);
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
      const request = http.request({ agent: this.agent, host: '127.0.0.1', port: this.port, method, path, headers }, (answer) => {
        const parts = [];
        answer.on('data', (part) => parts.push(part));
        answer.on('end', () => {
          const { value } = JSON.parse(Buffer.concat(parts).toString());
          if (answer.statusCode === 200) resolve(value);
          else reject(new Error(`${value.error}: ${value.message}`));
        });
      });
      request.on('error', reject);
      request.end(text);
    }));
  }
}

/** One after the other: between a switch and its command nobody else may switch. */
function alone(driver, act) {
  const done = (driver.last ?? Promise.resolve()).then(act);
  driver.last = done.catch(() => {});
  return done;
}

/** The verbs of `tab.mjs`, over WebDriver. */
class DriverTab {
  constructor(driver, handle) {
    Object.assign(this, { driver, handle });
  }

  /** A browser has one window in front: the last one that something was sent to. */
  send(name, parameters) {
    return alone(this.driver, () => this.sendAlone(name, parameters));
  }

  async sendAlone(name, parameters) {
    if (this.driver.front !== this.handle) await this.driver.send('SwitchToWindow', { handle: this.handle });
    this.driver.front = this.handle;
    return this.driver.send(name, parameters);
  }

  go(to) {
    return this.send('Navigate', { url: to });
  }

  async begins(to) {
    await this.run((to) => { setTimeout(() => { location.href = to; }); }, to);
    return () => this.lands(to);
  }

  async run(act, given) {
    const script = `const done = arguments[arguments.length - 1];
      try { Promise.resolve((${act})(arguments[0])).then((value) => done({ value }), (error) => done({ error: String(error) })); }
      catch (error) { done({ error: String(error) }); }`;
    const { value, error } = await this.send('ExecuteAsyncScript', { script, args: [given ?? null] }) ?? {};
    if (error) throw new Error(error);
    return value;
  }

  async until(is, given) {
    const late = Date.now() + PATIENCE;
    for (;;) {
      // A page that is just being replaced has nobody to answer.
      if (await this.run(is, given).catch(() => false)) return;
      if (Date.now() > late) throw new Error(`waited too long at ${await this.url().catch(() => 'no page')}`);
      await pause();
    }
  }

  lands(prefix) {
    return this.until((prefix) => location.href.startsWith(prefix) && document.readyState === 'complete', prefix);
  }

  async loads(act) {
    await this.run(() => { document.documentElement.dataset.stays = 'yes'; });
    await act();
    await this.until(() => document.readyState === 'complete' && !document.documentElement.dataset.stays);
  }

  async element(on) {
    const found = await this.send('FindElement', { using: 'css selector', value: on });
    return found[ELEMENT];
  }

  async press(on) {
    const id = await this.element(on);
    return this.driver.send('ElementClick', { id });
  }

  pressAt(x, y) {
    const actions = [{ type: 'pointerMove', duration: 0, x, y }, { type: 'pointerDown', button: 0 }, { type: 'pointerUp', button: 0 }];
    return this.send('PerformActions', { actions: [{ type: 'pointer', id: 'mouse', parameters: { pointerType: 'mouse' }, actions }] });
  }

  async type(on, text) {
    const id = await this.element(on);
    return this.driver.send('ElementSendKeys', { id, text });
  }

  reload() {
    return this.send('Refresh');
  }

  back() {
    return this.send('Back');
  }

  url() {
    return this.send('GetCurrentURL');
  }

  title() {
    return this.send('GetTitle');
  }

  text(on) {
    return this.run((on) => document.querySelector(on).textContent.trim(), on);
  }

  async showsItsFrame() {
    const id = await this.element('iframe');
    await this.driver.send('SwitchToFrame', { id: { [ELEMENT]: id }, element: id });
    const shown = await this.run(() => (document.body?.childElementCount > 0 ? document.documentURI : '')).catch(() => '');
    await this.send('SwitchToFrame', { id: null });
    return shown.startsWith('http');
  }
}

/** Somebody at such a browser. Each has a browser of their own, which is given back. */
export class DriverVisitor {
  constructor(driver, giveBack) {
    Object.assign(this, { driver, giveBack, tabs: new Map() });
  }

  async tab(name = 'first') {
    if (!this.tabs.has(name)) {
      const { handle } = this.tabs.size === 0
        ? { handle: (await this.driver.send('GetWindowHandles'))[0] }
        : await alone(this.driver, () => this.driver.send('NewWindow', { type: 'tab' }));
      this.tabs.set(name, new DriverTab(this.driver, handle));
    }
    return this.tabs.get(name);
  }

  /** The cookies of the page that is open. */
  async cookies() {
    return this.tabs.values().next().value.send('GetCookies');
  }

  /** Puts cookies of before in the place of those of the page that is open. */
  async restore(cookies) {
    const tab = this.tabs.values().next().value;
    await tab.send('DeleteAllCookies');
    for (const cookie of cookies) await tab.send('AddCookie', { cookie });
  }

  async close() {
    const [first, ...more] = [...this.tabs.values()];
    for (const tab of more) {
      await tab.send('CloseWindow');
      this.driver.front = undefined;
    }
    if (first) await first.go('about:blank');
    this.giveBack(this.driver);
  }
}

/** An engine whose visitors have a browser each: one that waits is taken, and another one started when none does. */
export async function pooled(name, start, atLast) {
  const all = [];
  const free = [];
  const visitor = async () => {
    let driver = free.pop();
    if (!driver) {
      driver = await start();
      all.push(driver);
    }
    return new DriverVisitor(driver, (back) => free.push(back));
  };
  const first = await visitor();
  const { version } = first.driver;
  await first.close();
  return {
    name,
    version,
    atOnce: 2,
    visitor,
    async close() {
      for (const driver of all) await driver.end();
      atLast();
    },
  };
}
