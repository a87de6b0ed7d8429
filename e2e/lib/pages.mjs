// The pages of the example, as people see them: with and without script, narrow, dark, from right to left; and axe-core looks for what
// keeps people out.
import { spawn } from 'node:child_process';
import { readFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';
import { within } from './twin.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const NARROW = { width: 320, height: 640 };

/** How somebody looks at a page. The markup is the same in each, so axe looks once at the colours of day and once at those of night. */
const LOOKS = {
  light: { colorScheme: 'light', viewport: { width: 1024, height: 720 }, pictured: true },
  narrow: { colorScheme: 'light', viewport: NARROW, audited: false },
  dark: { colorScheme: 'dark', viewport: NARROW, pictured: true },
  'right to left': { colorScheme: 'light', viewport: NARROW, dir: 'rtl', pictured: true, audited: false },
  'without script': { colorScheme: 'light', viewport: NARROW, javaScriptEnabled: false, audited: false },
};

async function start(program) {
  const folder = mkdtempSync(join(tmpdir(), 'cloakroom-notes-'));
  const notes = spawn(program, ['0', folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  process.once('exit', () => notes.kill('SIGKILL'));
  const lines = createInterface({ input: notes.stdout });
  const line = await within(20_000, 'the notes', new Promise((resolve) => lines.once('line', resolve)));
  const stop = async () => {
    const ended = new Promise((resolve) => notes.once('exit', resolve));
    notes.kill('SIGINT');
    await within(20_000, 'stopping the notes', ended);
    rmSync(folder, { recursive: true, force: true });
  };
  return { origin: /http:\S+/.exec(line)[0], stop };
}

/** Presses the button of a form and waits for the page it leads to: the person's way, with script and without. */
export async function press(page, button) {
  const loaded = page.waitForEvent('load');
  await page.getByRole('button', { name: button, exact: true }).click();
  await loaded;
}

export async function type(page, fields) {
  for (const [label, value] of Object.entries(fields)) await page.getByLabel(label).fill(value);
}

/** A day with the app, page by page. `look` is called on each. */
async function day(page, origin, name, look) {
  const me = { Name: name, Password: 'correct horse' };
  await page.goto(`${origin}/sign-in`);
  await look('sign-in', 'Sign in');
  await page.goto(`${origin}/sign-up`);
  await look('sign-up', 'Sign up');
  await type(page, me);
  await press(page, 'Sign up');
  await look('empty', 'Your notes');
  await type(page, { 'A new note': 'Buy <milk>\nand a_very_long_word_that_does_not_break_anywhere_at_all_not_even_here' });
  await press(page, 'Keep it');
  await look('notes', 'Your notes');
  await page.goto(`${origin}/devices`);
  await look('devices', 'Your devices');
  await page.goto(`${origin}/confirm`);
  await look('confirm', 'Confirm that it is you');
  await page.goto(`${origin}/password`);
  await look('password', 'A new password');
  await type(page, { Password: 'battery staple' });
  await press(page, 'Change it');
  await look('changed', 'Your devices');
  await page.goto(`${origin}/admin`);
  // The first user is the administrator.
  await look('admin', name === 'light' ? 'Who is here' : 'You may not do this');
  await page.goto(`${origin}/_cloakroom/refused`);
  await look('refused', 'That was not done');
  await page.goto(origin.replace('localhost', '127.0.0.1'));
  await look('another-name', 'There is no app of this name here');
  await page.goto(`${origin}/devices`);
  await press(page, 'Sign out here');
  await page.goto(`${origin}/`);
  await look('signed-out', 'Sign in');
}

/** What is wrong with a page, as a list. */
async function faults(page, audited) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  const found = wide > 0 ? [`${wide} pixels too wide`] : [];
  if (!audited) return found;
  await page.evaluate(axe);
  // axe takes a page without a background for a white one, also where the browser makes it dark.
  await page.evaluate(() => {
    const root = document.documentElement;
    if (getComputedStyle(root).backgroundColor === 'rgba(0, 0, 0, 0)') root.style.background = 'Canvas';
  });
  const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ['violations'] }));
  const grave = violations.filter(({ impact }) => ['serious', 'critical'].includes(impact));
  return [...found, ...grave.map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 80)}`)];
}

/** Goes through an app's day in every look. `pictures`: where pictures of the pages are kept; `saysNo`: pages that are no error when they say no. */
export async function inEveryLook(engine, saysNo, pictures, day) {
  const wrong = [];
  let looked = 0;
  if (pictures) mkdirSync(pictures, { recursive: true });
  for (const [name, { dir, pictured, audited = true, ...how }] of Object.entries(LOOKS)) {
    const visitor = await engine.visitor(how);
    const { page } = await visitor.tab();
    const complaints = [];
    page.on('console', (said) => {
      // Browsers ask for an icon on their own.
      const isIcon = said.location().url.endsWith('/favicon.ico');
      if (said.type() === 'error' && !isIcon) complaints.push(said.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    const look = async (where, title) => {
      const shown = await page.locator('h1').textContent();
      if (shown !== title) wrong.push(`${where}, ${name}: "${shown}" in place of "${title}"`);
      looked += 1;
      if (dir) await page.evaluate((dir) => { document.documentElement.dir = dir; }, dir);
      wrong.push(...(await faults(page, audited)).map((fault) => `${where}, ${name}: ${fault}`));
      if (pictures && pictured) await page.screenshot({ path: join(pictures, `${where}-${name.replaceAll(' ', '-')}.png`), fullPage: true });
      // A page that says no is an error to the console; nothing else is.
      const mayComplain = saysNo.includes(where);
      wrong.push(...complaints.splice(0).filter((said) => !(mayComplain && /status of (400|403|404|410|421|422|502)/.test(said))).map((said) => `${where}, ${name}: the console says: ${said}`));
    };
    await day(page, name.replaceAll(' ', '-'), look).catch((error) => wrong.push(`${name}: ${error.message.split('\n')[0]}`));
    await visitor.close();
  }
  return { looked, wrong };
}

/** Goes through the example. */
export async function pages(engine, program, pictures) {
  const notes = await start(program);
  const seen = await inEveryLook(engine, ['admin', 'refused', 'another-name'], pictures, (page, name, look) => day(page, notes.origin, name, look));
  await notes.stop();
  return seen;
}
