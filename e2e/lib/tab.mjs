// One page somebody looks at, in Chromium. The other engines offer the same verbs (`webdriver.mjs`), so a step means the same in each.
export class Tab {
  constructor(page) {
    this.page = page;
  }

  /** Goes to an address, and waits until the page is there. */
  go(to) {
    return this.page.goto(to);
  }

  /** Sets out for an address, and does not wait; the promise is for whoever wants to know. */
  begins(to) {
    const there = this.page.goto(to);
    // Looked at when it is waited for; until then it may fail on its own.
    there.catch(() => {});
    return () => there;
  }

  /** Waits until the page has moved to an address that begins so. */
  lands(prefix) {
    return this.page.waitForURL((url) => url.href.startsWith(prefix));
  }

  /** Runs a function in the page. */
  run(act, given) {
    return this.page.evaluate(act, given);
  }

  /** Waits until a function of the page answers true. */
  until(is, given) {
    return this.page.waitForFunction(is, given);
  }

  /** Does something that loads a page, and waits for that page. */
  async loads(act) {
    const loaded = this.page.waitForEvent('load');
    await act();
    await loaded;
  }

  async press(on) {
    const { x, y, width, height } = await this.page.locator(on).boundingBox();
    await this.page.mouse.click(x + width / 2, y + height / 2);
  }

  pressAt(x, y) {
    return this.page.mouse.click(x, y);
  }

  type(on, text) {
    return this.page.fill(on, text);
  }

  reload() {
    return this.page.reload({ waitUntil: 'load' });
  }

  back() {
    return this.page.goBack({ waitUntil: 'load' });
  }

  url() {
    return this.page.url();
  }

  title() {
    return this.page.title();
  }

  async text(on) {
    return (await this.page.locator(on).first().textContent()).trim();
  }

  /** Whether the first frame of the page shows anything but an error. */
  showsItsFrame() {
    const frame = this.page.frames().find((child) => child !== this.page.mainFrame());
    return frame?.url().startsWith('http') ?? false;
  }
}
