// WebKit, as Debian has it: MiniBrowser behind WebKitWebDriver, on a screen that nobody sees. It cannot be given an authority for one
// run, so it is told to take every certificate.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import net from 'node:net';
import { proxy } from './proxy.mjs';
import { within } from './twin.mjs';
import { Driver, pooled } from './webdriver.mjs';

const BROWSERS = ['4.1', '4.0', '6.0'].map((version) => `/usr/lib/x86_64-linux-gnu/webkit2gtk-${version}/MiniBrowser`);

export const found = () => BROWSERS.find((path) => existsSync(path));

function started(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'], ...options });
  const last = () => child.kill('SIGKILL');
  process.once('exit', last);
  child.once('exit', () => process.off('exit', last));
  return child;
}

async function freePort() {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listening(port) {
  for (;;) {
    const open = await new Promise((resolve) => {
      const socket = net.connect(port, '127.0.0.1', () => resolve(true));
      socket.on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function start(path, proxyPort, env) {
  const port = await freePort();
  const child = started('WebKitWebDriver', [`--port=${port}`], { env });
  await within(20_000, 'WebKitWebDriver', listening(port));
  const driver = await Driver.connect(port, {
    acceptInsecureCerts: true,
    unhandledPromptBehavior: 'accept',
    'webkitgtk:browserOptions': { binary: path, args: ['--automation', `--proxy=http://127.0.0.1:${proxyPort}`] },
  });
  await driver.send('SetTimeouts', { pageLoad: 10_000, script: 10_000 });
  driver.end = async () => {
    await driver.ask('DELETE', `/session/${driver.session}`).catch(() => {});
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  };
  return driver;
}

export async function launch({ path, twin }) {
  const through = await proxy(twin);
  const screen = started('Xvfb', ['-displayfd', '1', '-screen', '0', '1024x768x24', '-nolisten', 'tcp']);
  const display = await within(20_000, 'Xvfb', new Promise((resolve) => screen.stdout.once('data', (part) => resolve(`:${String(part).trim()}`))));
  // Its own sandbox wants user namespaces, which a container has not; what it opens is ours.
  const env = { ...process.env, DISPLAY: display, WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1', LIBGL_ALWAYS_SOFTWARE: '1' };
  return pooled('webkit', () => start(path, through.port, env), () => {
    screen.kill('SIGKILL');
    through.close();
  });
}
