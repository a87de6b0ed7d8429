// Checks access tokens where they are presented, and follows the feed of the authority: whoever was taken back is refused within a
// moment, and where that cannot be known, the answer is "unknown" and never "come in".

import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { Follower } from './follower.js';
import { Frames, PROTOCOL, ask, channel, credential, greeting, isSame, parse } from './frame.js';
import { BEARS_AT_MOST, Guard, Moment, SYSTEM } from './guard.js';

const LOOKS = 100;
const WAITS = [50, 2_000];
const CALLED_WITHIN = 5_000;
export const SENSITIVE = 2_000;
export const STANDARD = 10_000;

export class Verifier {
  #guard;
  #authority;
  #credential;
  #bears;
  #tells;
  #clock;
  #id = randomBytes(16);
  #follower = new Follower();
  #socket = null;
  #timers = new Set();
  #failed = 0;
  #isClosed = false;

  /** `authority` is a host and a port: the internal listener of the authority. */
  constructor({ issuer, audience, authority, credential: text, bears = STANDARD, tells = () => {}, clock = SYSTEM }) {
    if (!issuer || !audience || !authority) throw new TypeError('issuer, audience and authority must be given');
    if (!(bears > 0 && bears <= BEARS_AT_MOST)) throw new RangeError(`bears: at most ${BEARS_AT_MOST} ms`);
    [this.#bears, this.#tells, this.#clock] = [bears, tells, clock];
    this.#guard = new Guard({ issuer, audience, clock });
    this.#authority = authority;
    this.#credential = credential(text);
    this.#every(LOOKS, () => this.#look());
    this.#every(60_000, () => this.#guard.forget());
    this.#call();
  }

  /**
   * What is to be said of a token: `{ verdict: 'valid', claims }`; 'expired', 'revoked', 'stale' or 'invalid': 401; and
   * `{ verdict: 'unknown', age }`: 503, since nobody can say. Never 401. `receipt` is the header `Cloakroom-Receipt` of the request, if it
   * has one: unless everything that it is about is known, so is nothing; `{ verdict: 'malformed' }`: it is none, 400.
   */
  check(token, { bears = this.#bears, receipt } = {}) {
    return this.#guard.check(token, bears, receipt);
  }

  /** How old what is known is, in milliseconds; `null`: nothing is. */
  get staleness() {
    return this.#guard.staleness;
  }

  /** Stops following. */
  close() {
    this.#isClosed = true;
    for (const timer of this.#timers) clearInterval(timer);
    this.#socket?.destroy();
  }

  #every(millis, act) {
    const timer = setInterval(act, millis);
    timer.unref();
    this.#timers.add(timer);
  }

  #call() {
    if (this.#isClosed) return;
    const { kid, service, key } = this.#credential;
    const nonce = randomBytes(32);
    const [host, port] = [this.#authority.slice(0, this.#authority.lastIndexOf(':')), this.#authority.slice(this.#authority.lastIndexOf(':') + 1)];
    const calling = request({
      host: host.replace(/^\[|\]$/g, ''),
      port,
      path: '/feed',
      agent: false,
      headers: {
        host: this.#authority,
        connection: 'upgrade',
        upgrade: PROTOCOL,
        'cloakroom-feed': Buffer.concat([kid, service, nonce, greeting(key, nonce)]).toString('base64url'),
      },
    });
    let isOver = false;
    const over = (why) => {
      if (isOver) return;
      isOver = true;
      calling.destroy();
      this.#again(why, 1);
    };
    calling.setTimeout(CALLED_WITHIN, () => over('the authority does not answer'));
    calling.on('error', (error) => over(`the authority is not there: ${error.code ?? error.message}`));
    calling.on('response', (answer) => over(answer.statusCode === 403 ? 'the authority does not let this credential follow' : `what answers is no feed (status ${answer.statusCode})`));
    calling.on('upgrade', (answer, socket, head) => {
      const welcome = Buffer.from(String(answer.headers['cloakroom-feed'] ?? ''), 'base64url');
      const ends = welcome.length === 64 ? channel(key, nonce, welcome.subarray(0, 32)) : null;
      if (!ends || !isSame(ends.answer, welcome.subarray(32))) {
        socket.destroy();
        return over('what answers cannot prove that it is the authority of this credential');
      }
      isOver = true;
      this.#follow(socket, head, ends);
    });
    calling.end();
  }

  #follow(socket, head, { fromCaller, fromCalled, cover }) {
    const frames = new Frames(fromCalled);
    const began = new Moment(this.#clock);
    let why = 'the stream has ended';
    socket.setNoDelay(true);
    socket.setTimeout(0);
    this.#socket = { destroy: () => socket.destroy(), send: (frame) => socket.write(fromCaller.seal(frame)) };
    const take = (chunk) => {
      try {
        for (const frame of frames.take(chunk)) {
          const said = parse(frame);
          if (said.type === 'keys') this.#guard.believe(said.keys);
          else if (said.type === 'receipts') this.#guard.receipts.believe(said.kid, cover.once(said.covered), new Moment(this.#clock));
          else if (said.type === 'over') throw new Error(`the authority ends the stream: ${said.why}`);
          else this.#does(this.#follower.told(new Moment(this.#clock), said));
        }
      } catch (error) {
        why = error.message;
        socket.destroy();
      }
    };
    socket.on('data', take);
    socket.on('error', (error) => { why = `the connection is gone: ${error.code ?? error.message}`; });
    socket.on('close', () => {
      this.#socket = null;
      this.#follower.closed();
      // The truth that was followed has gone back: how far it had been read says nothing.
      if (this.#follower.of === null) this.#guard.receipts.reached(null, new Map());
      this.#again(why, new Moment(this.#clock).since(began) > 1_000 ? 0 : 1);
    });
    this.#does(this.#follower.opened(new Moment(this.#clock)));
    if (head.length > 0) take(head);
  }

  #does(outputs) {
    for (const output of outputs) {
      if (output.learn) this.#guard.learn(output.learn);
      else if (output.fresh) this.#guard.proves(output.fresh);
      else if (output.close) this.#socket?.destroy();
      else if (output.ask === 'hello') this.#socket?.send(ask.hello(this.#id, BEARS_AT_MOST, output.of, output.heads));
      else if (output.ask === 'probe') this.#socket?.send(ask.probe(output.nonce));
      else if (output.ask === 'has') {
        this.#guard.receipts.reached(output.of, new Map(output.heads));
        this.#socket?.send(ask.has(output.of, output.heads));
      }
    }
  }

  #look() {
    this.#does(this.#follower.tick(new Moment(this.#clock)));
    if (this.#socket && this.#guard.takesTheQuestion()) this.#socket.send(ask.keys());
  }

  /** A thousand who have lost the same authority come one after another. */
  #again(why, failed) {
    if (this.#isClosed) return;
    this.#tells(why);
    this.#failed = failed ? this.#failed + failed : 0;
    const most = Math.min(WAITS[0] * 2 ** Math.min(this.#failed, 10), WAITS[1]);
    setTimeout(() => this.#call(), Math.random() * most).unref();
  }
}
