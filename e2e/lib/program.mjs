// The real program in a real browser: a day of somebody who joins, comes to an app, forgets, changes and leaves, and of who operates it; page by
// page, in every look.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { inEveryLook, press, type } from './pages.mjs';
import { within } from './twin.mjs';

export async function start(program, ...more) {
  const folder = mkdtempSync(join(tmpdir(), 'cloakroom-program-'));
  const child = spawn(program, ['dev', '--json', '--port', '0', '--data', join(folder, 'dev'), ...more], { stdio: ['ignore', 'pipe', 'inherit'] });
  process.once('exit', () => child.kill('SIGKILL'));
  const line = await within(20_000, 'the program', new Promise((resolve) => createInterface({ input: child.stdout }).once('line', resolve)));
  const stop = async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await within(20_000, 'stopping the program', ended);
    rmSync(folder, { recursive: true, force: true });
  };
  return { ...JSON.parse(line), stop };
}

/** The newest letter to somebody about something. The post takes a moment. */
export async function letter(told, to, subject) {
  const look = async () => {
    const letters = await (await fetch(`${told.internal}/mail.json`)).json();
    return letters.find((one) => one.to === to && one.subject.includes(subject));
  };
  return within(20_000, `a letter about ${subject}`, (async () => {
    for (;;) {
      const found = await look();
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })());
}

async function day(told, page, name, look) {
  const { auth, app } = told;
  const email = `${name}@example.com`;
  const [password, another] = ['correct horse', 'battery staple 9'];
  await page.goto(`${app}/some/page?with=query`);
  await look('sign-in', 'Sign in');
  await type(page, { 'Email or user name': email, Password: password });
  await press(page, 'Sign in');
  await look('wrong', 'Sign in');
  await page.getByRole('link', { name: 'Create an account' }).click();
  await look('sign-up', 'Create an account');
  await type(page, { Email: email, 'Your name': 'Anna', Password: 'password1' });
  await press(page, 'Create an account');
  await look('weak', 'Create an account');
  await type(page, { Password: password });
  await press(page, 'Create an account');
  await look('sent', 'Look into your mail');
  const confirm = await letter(told, email, 'Confirm your address');
  await page.goto(confirm.link);
  await look('link', 'Your account is almost ready');
  await press(page, 'Create the account');
  await look('app', 'Hello, Anna');
  if (page.url() !== `${app}/some/page?with=query`) throw new Error(`it ended at ${page.url()}`);
  await page.goto(`${auth}/account`);
  await look('account', 'Your account');
  await page.goto(confirm.link);
  await look('link-gone', 'This link is no longer good');
  await page.goto(`${auth}/account/devices`);
  await look('devices', 'Devices');
  await page.goto(`${auth}/account/password`);
  await look('password', 'Change your password');
  await page.goto(`${auth}/account/email`);
  await look('email', 'Change your address');
  await page.goto(`${auth}/account/delete`);
  await look('delete', 'Delete your account');
  await page.goto(`${auth}/account/confirm`);
  await look('confirm', 'Confirm that it is you');
  await page.goto(`${auth}/admin`);
  await look('forbidden', 'This is for others');
  await page.goto(`${auth}/problems/too-many-attempts`);
  await look('problem', 'Too many attempts');
  await page.goto(`${auth}/nowhere`);
  await look('not-found', 'There is nothing under this address');
  await page.goto(`${app}/_cloakroom/sign-out`);
  await look('sign-out', 'Sign out');
  await press(page, 'Sign out');
  await look('signed-out', 'Sign in');
  await page.getByRole('link', { name: 'Forgot your password?' }).click();
  await look('recover', 'Choose a new password');
  await type(page, { Email: email });
  await press(page, 'Send the link');
  await look('recover-sent', 'Look into your mail');
  await page.goto((await letter(told, email, 'Choose a new password')).link);
  await look('new-password', 'Choose a new password');
  await type(page, { 'New password': another });
  await press(page, 'Save the new password');
  await look('changed', 'Your password is changed');
  await page.goto(`${app}/_cloakroom/finish?code=ckl_x`);
  await look('stale', 'This link is no longer good');
  await page.goto(`${told.mail}`);
  await look('mail', 'Caught mail');
  // Whoever operates it comes by a link, once.
  await page.goto(told.admin_link);
  if (name === 'light') {
    await look('operator', 'Sign in as the operator');
    await press(page, 'Sign in');
    await look('people', await page.locator('h1').textContent());
    await page.getByRole('link', { name: 'Show' }).first().click();
    await look('person', 'Demo');
  } else {
    await look('operator', 'This link is no longer good');
  }
}

/** Goes through the program's pages. */
export async function program(engine, path, pictures) {
  const told = await start(path);
  const saysNo = ['wrong', 'weak', 'link-gone', 'forbidden', 'not-found', 'stale', 'operator'];
  const seen = await inEveryLook(engine, saysNo, pictures, (page, name, look) => day(told, page, name, look));
  await told.stop();
  return seen;
}
