// Firefox, as Debian has it. The test authority is put into its profile, so that certificates are checked as always.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { proxy } from './proxy.mjs';
import { within } from './twin.mjs';
import { Marionette, pooled } from './webdriver.mjs';

const settings = (port) => ({
  'marionette.port': 0,
  'network.proxy.type': 1,
  'network.proxy.http': '127.0.0.1',
  'network.proxy.http_port': port,
  'network.proxy.ssl': '127.0.0.1',
  'network.proxy.ssl_port': port,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'network.dns.disablePrefetch': true,
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'browser.safebrowsing.downloads.remote.enabled': false,
  'app.normandy.enabled': false,
  'app.update.disabledForTesting': true,
  'browser.shell.checkDefaultBrowser': false,
  'browser.aboutwelcome.enabled': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'toolkit.telemetry.server': '',
  'services.settings.server': 'data:,#remote-settings-dummy/v1',
  'extensions.update.enabled': false,
  'dom.security.https_first': false,
  'fission.bfcacheInParent': false,
  'browser.sessionhistory.max_total_viewers': 0,
});

async function start(path, twin, port) {
  const profile = mkdtempSync(join(tmpdir(), 'cloakroom-firefox-'));
  const prefs = Object.entries(settings(port)).map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});\n`);
  writeFileSync(join(profile, 'user.js'), prefs.join(''));
  writeFileSync(join(profile, 'authority.pem'), twin.authority);
  for (const args of [['-N', '--empty-password'], ['-A', '-n', 'tests', '-t', 'C,,', '-i', join(profile, 'authority.pem')]]) {
    const { status, stderr } = spawnSync('certutil', [...args, '-d', `sql:${profile}`]);
    if (status !== 0) throw new Error(`certutil: ${stderr}`);
  }
  const browser = spawn(path, ['--headless', '--marionette', '--no-remote', '--profile', profile, 'about:blank'], { stdio: 'ignore' });
  const last = () => browser.kill('SIGKILL');
  process.once('exit', last);
  const file = join(profile, 'MarionetteActivePort');
  await within(60_000, 'Firefox', (async () => {
    while (!existsSync(file) || readFileSync(file, 'utf8').trim() === '') await new Promise((resolve) => setTimeout(resolve, 50));
  })());
  const driver = await Marionette.connect(Number(readFileSync(file, 'utf8')));
  const { capabilities } = await driver.send('NewSession', { unhandledPromptBehavior: 'accept' });
  driver.version = capabilities.browserVersion;
  await driver.send('SetTimeouts', { pageLoad: 10_000, script: 10_000 });
  driver.end = async () => {
    const ended = new Promise((resolve) => browser.once('exit', resolve));
    browser.kill('SIGKILL');
    await ended;
    process.off('exit', last);
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  return driver;
}

export async function launch({ path, twin }) {
  const through = await proxy(twin);
  return pooled('firefox', () => start(path, twin, through.port), () => through.close());
}
