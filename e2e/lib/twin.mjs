// The program that serves the bank and its twins, and a client for requests that no browser would send.
import { spawn } from 'node:child_process';
import http from 'node:http';
import https from 'node:https';
import { createInterface } from 'node:readline';

const READY_WITHIN = 20_000;

/** Rejects when a promise takes longer than anything here ever should. */
export function within(ms, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

export class Twin {
  static async start(program) {
    const twin = new Twin();
    twin.process = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: twin.process.stdout });
    const [first] = await within(READY_WITHIN, 'the twin', new Promise((resolve, reject) => {
      lines.once('line', (line) => resolve([line]));
      twin.process.once('exit', (code) => reject(new Error(`the twin ended with ${code}`)));
    }));
    const { authority, spki, ...ports } = JSON.parse(first);
    Object.assign(twin, { authority, spki, ports });
    twin.agent = new http.Agent({ keepAlive: true });
    return twin;
  }

  stop() {
    this.agent.destroy();
    this.process.stdin.end();
  }

  async control(method, path, body) {
    const answer = await send(http, {
      agent: this.agent,
      port: this.ports.control,
      host: '127.0.0.1',
      method,
      path,
      headers: { 'content-type': 'application/json' },
    }, body === undefined ? '' : JSON.stringify(body));
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.text ? JSON.parse(answer.text) : undefined;
  }

  /** A request as it is written, to the world whose door it knocks at. */
  request({ url, method = 'GET', headers = {}, body = '' }) {
    const to = new URL(url);
    const secure = to.protocol === 'https:';
    return send(secure ? https : http, {
      host: '127.0.0.1',
      port: secure ? this.ports.https : this.ports.http,
      servername: to.hostname,
      ca: this.authority,
      method,
      path: to.pathname + to.search,
      headers: { host: to.host, 'x-door': to.hostname, ...headers },
      agent: false,
    }, body);
  }
}

function send(protocol, options, body) {
  return within(20_000, `${options.method} ${options.path}`, new Promise((resolve, reject) => {
    const request = protocol.request(options, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => resolve({
        status: answer.statusCode,
        headers: answer.headers,
        text: Buffer.concat(parts).toString(),
      }));
      answer.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  }));
}
