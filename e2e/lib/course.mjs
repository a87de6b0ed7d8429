// The program in the engines whose pages are not looked at: what people do there works there too, and what they may not do does not.
import { letter, start } from './program.mjs';

const PASSWORD = 'correct horse';
const ANOTHER = 'battery staple 9';

/** Somebody at a browser, who waits until a page is what it should be. */
export class Somebody {
  constructor(visitor) {
    this.visitor = visitor;
    this.steps = 0;
  }

  async opens(url, title) {
    this.tab ??= await this.visitor.tab();
    await this.tab.go(url);
    await this.sees(title);
  }

  /** The title of the page, when it is all there. */
  async sees(title) {
    await this.tab.until((title) => document.readyState === 'complete' && document.querySelector('h1')?.textContent.trim() === title, title)
      .catch(async () => {
        const shown = await this.tab.text('h1').catch(() => 'no page');
        throw new Error(`"${shown}" at ${await this.tab.url()}, and not "${title}"`);
      });
    this.steps += 1;
  }

  async types(fields) {
    for (const [on, text] of Object.entries(fields)) await this.tab.type(on, text);
  }

  /** The page that comes may look as the one before: it is waited for. */
  async presses(on, title) {
    await this.tab.loads(() => this.tab.press(on));
    await this.sees(title);
  }
}

async function day(told, engine) {
  const { auth, app } = told;
  const email = `anna@${engine.name}.example.com`;
  const [anna, phone] = [new Somebody(await engine.visitor()), new Somebody(await engine.visitor())];
  await anna.opens(`${app}/some/page`, 'Sign in');
  await anna.presses('a[href^="/signup"]', 'Create an account');
  await anna.types({ '#username': email, '#called': 'Anna', '#password': PASSWORD });
  await anna.presses('#submit', 'Look into your mail');
  const code = (await anna.tab.text('.digits')).replace(/\D/g, '');
  const { link } = await letter(told, email, 'Confirm your address');
  // On another device the letter is not enough: it asks for what the first one shows.
  await phone.opens(link, 'Your account is almost ready');
  await phone.types({ '#code': code === '000000' ? '111111' : '000000' });
  await phone.presses('#submit', 'Your account is almost ready');
  await anna.opens(link, 'Your account is almost ready');
  // She goes on to where she was going.
  await anna.presses('#submit', 'Hello, Anna');
  if (await anna.tab.url() !== `${app}/some/page`) throw new Error(`it ended at ${await anna.tab.url()}`);
  await phone.opens(link, 'This link is no longer good');
  await phone.opens(app, 'Sign in');
  await phone.types({ '#username': email, '#password': 'not this one' });
  await phone.presses('#submit', 'Sign in');
  await phone.types({ '#password': PASSWORD });
  await phone.presses('#submit', 'Hello, Anna');
  // What one device ends is over on the other, at once.
  await anna.opens(`${auth}/account/devices`, 'Devices');
  await anna.presses('form[action="/account/devices/others"] button', 'Devices');
  await phone.opens(app, 'Sign in');
  await anna.opens(app, 'Hello, Anna');
  await anna.opens(`${app}/_cloakroom/sign-out`, 'Sign out');
  await anna.presses('main form button', 'Sign in');
  await anna.opens(`${auth}/account`, 'Sign in');
  // No page of before comes back out of a cache.
  await anna.tab.back();
  await anna.tab.reload();
  await anna.sees('Sign in');
  await anna.presses('a[href^="/recover"]', 'Choose a new password');
  await anna.types({ '#username': email });
  await anna.presses('#submit', 'Look into your mail');
  await anna.opens((await letter(told, email, 'Choose a new password')).link, 'Choose a new password');
  await anna.types({ '#password': ANOTHER });
  await anna.presses('#submit', 'Your password is changed');
  await phone.opens(app, 'Sign in');
  await phone.types({ '#username': email, '#password': PASSWORD });
  await phone.presses('#submit', 'Sign in');
  await phone.types({ '#password': ANOTHER });
  await phone.presses('#submit', 'Hello, Anna');
  const steps = anna.steps + phone.steps;
  await Promise.all([anna, phone].map((one) => one.visitor.close()));
  return steps;
}

/** Goes through a day; answers how many pages were as they should be, and what was not. */
export async function lived(day, told, engine) {
  try {
    return { looked: await day(told, engine), wrong: [] };
  } catch (error) {
    return { looked: 0, wrong: [error.message.split('\n')[0]] };
  } finally {
    await told.stop();
  }
}

/** What people do at the program. */
export async function course(engine, path) {
  return lived(day, await start(path), engine);
}
