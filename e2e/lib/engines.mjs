// The browsers of this machine. One that is not here is named, never left out in silence.
import { existsSync } from 'node:fs';
import * as chromium from './chromium.mjs';
import * as firefox from './firefox.mjs';
import * as webkit from './webkit.mjs';

const KNOWN = [
  { name: 'chromium', paths: ['/usr/bin/chromium', '/usr/bin/chromium-browser'], driver: chromium, get: 'apt-get install chromium' },
  { name: 'firefox', paths: ['/usr/bin/firefox-esr', '/usr/bin/firefox'], also: ['/usr/bin/certutil'], driver: firefox, get: 'apt-get install firefox-esr libnss3-tools' },
  { name: 'webkit', paths: [webkit.found()], also: ['/usr/bin/WebKitWebDriver', '/usr/bin/Xvfb'], driver: webkit, get: 'apt-get install webkit2gtk-driver xvfb' },
];

export function engines(twin, wanted) {
  const here = [];
  const missing = [];
  for (const { name, paths, also = [], driver, get } of KNOWN) {
    if (wanted && !wanted.includes(name)) continue;
    const path = [process.env[name.toUpperCase()], ...paths].find((path) => path && existsSync(path));
    if (path && also.every((file) => existsSync(file))) here.push({ name, launch: () => driver.launch({ path, twin }) });
    else missing.push({ name, get });
  }
  return { here, missing };
}
