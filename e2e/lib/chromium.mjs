// Chromium, as Debian has it. `--ignore-certificate-errors` is never used: it would switch HSTS off without a word. The browser is
// told the one key that it may trust.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { within } from './twin.mjs';
import { Visitor } from './visitor.mjs';

const QUIET = [
  '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-default-apps', '--disable-extensions', '--disable-software-rasterizer', '--disable-dev-shm-usage', '--mute-audio', '--hide-scrollbars', '--disable-back-forward-cache',
  '--disable-renderer-backgrounding', '--disable-backgrounding-occluded-windows', '--disable-background-timer-throttling',
  '--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,Translate,OptimizationHints,SpareRendererForSitePerProcess',
];

export async function launch({ path, twin }) {
  const profile = mkdtempSync(join(tmpdir(), 'cloakroom-chromium-'));
  mkdirSync(join(profile, 'Default'));
  // Third-party cookies as they were: the worst case for CSRF.
  writeFileSync(join(profile, 'Default', 'Preferences'), JSON.stringify({ profile: { cookie_controls_mode: 0, block_third_party_cookies: false } }));
  const browserProcess = spawn(path, [
    ...QUIET,
    '--remote-debugging-port=0',
    `--user-data-dir=${profile}`,
    `--host-resolver-rules=MAP *.test:443 127.0.0.1:${twin.ports.https}, MAP *.test:80 127.0.0.1:${twin.ports.http}`,
    `--ignore-certificate-errors-spki-list=${twin.spki}`,
    'about:blank',
  ], { stdio: ['ignore', 'ignore', 'pipe'] });
  // Whatever happens to this program, no browser stays behind.
  const last = () => browserProcess.kill('SIGKILL');
  process.once('exit', last);
  const endpoint = await within(30_000, 'Chromium', new Promise((resolve, reject) => {
    let said = '';
    browserProcess.stderr.on('data', (part) => {
      said += part;
      const found = /DevTools listening on (ws:\S+)/.exec(said);
      if (found) resolve(found[1]);
    });
    browserProcess.once('exit', (code) => reject(new Error(`Chromium ended with ${code}: ${said}`)));
  }));
  const browser = await chromium.connectOverCDP(endpoint);
  const free = [];
  return {
    name: 'chromium',
    version: browser.version(),
    atOnce: 3,
    async visitor(options) {
      if (options) return new Visitor(await browser.newContext(options));
      return free.pop() ?? new Visitor(await browser.newContext(), (back) => free.push(back));
    },
    async close() {
      const ended = new Promise((resolve) => browserProcess.once('exit', resolve));
      const session = await browser.newBrowserCDPSession();
      await session.send('Browser.close').catch(() => {});
      await within(20_000, 'closing Chromium', ended);
      process.off('exit', last);
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
