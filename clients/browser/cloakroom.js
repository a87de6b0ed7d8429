// Access tokens in the memory of a page. The refresh token is in a cookie that script cannot read; nothing is ever in a storage. One tab
// renews for all: they wait for one another with a Web Lock, which is let go when its tab dies, and tell one another what came of it.

/** Renewed so many milliseconds before it is over. */
const AHEAD = 30_000;
/** A lost answer is asked for again after these, well within the ten seconds in which the server answers the same. */
const RETRIES = [500, 1_500, 4_000];
/** No answer takes longer. What took so long is not asked for again: by then it may have been done. */
const TIMEOUT = 30_000;

export class SignedOut extends Error {
  constructor() {
    super('nobody is signed in');
    this.name = 'SignedOut';
  }
}

export class Unavailable extends Error {
  constructor(retryAfter) {
    super('the server cannot say who is signed in');
    this.name = 'Unavailable';
    this.retryAfter = retryAfter;
  }
}

/** Which sign-in a token is of: tabs of two people must not feed one another. */
function signIn(token) {
  const payload = token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/');
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(payload), (letter) => letter.charCodeAt(0)))).sid;
}

/** Whether an answer says that the token itself is no good. A route that asks for more than it has says so: another one would not help. */
function isRefused(answer) {
  const challenge = answer.headers.get('www-authenticate');
  // That of another origin can be read only if it says so.
  return answer.status === 401 && (challenge === null || !challenge.includes('error=') || challenge.includes('error="invalid_token"'));
}

/** Whether a request can be sent twice. A body is read once; and a Request does not say everywhere whether it has one. */
function isRepeatable(input, init) {
  const isPlain = !(input instanceof Request) || ['GET', 'HEAD'].includes(input.method);
  return isPlain && (init?.body ?? null) === null;
}

const pause = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

export class Tokens {
  #access;
  #refused = new Set();
  #asksTheServer = false;
  #who;
  #flight;
  #channel;
  #listeners = new Set();
  #tokenPath;
  #signOutPath;
  #sendTo;
  #name;

  constructor({ tokenPath = '/_cloakroom/token', signOutPath = '/_cloakroom/sign-out', sendTo = [] } = {}) {
    for (const path of [tokenPath, signOutPath]) {
      if (new URL(path, location.origin).origin !== location.origin) throw new TypeError(`${path} is not of this origin`);
    }
    this.#tokenPath = tokenPath;
    this.#signOutPath = signOutPath;
    this.#sendTo = new Set([location.origin, ...sendTo.map((origin) => {
      if (new URL(origin).origin !== origin) throw new TypeError(`${origin} is not an origin`);
      return origin;
    })]);
    this.#name = `cloakroom:${tokenPath}`;
    if (typeof BroadcastChannel === 'function') {
      this.#channel = new BroadcastChannel(this.#name);
      this.#channel.onmessage = ({ data }) => this.#told(data);
    }
  }

  /** What another tab says. */
  #told({ access, asks, refused, signedOut }) {
    if (signedOut) this.#leave();
    else if (refused) {
      this.#refused.add(refused);
      // What took one token back took the others of that sign-in along.
      this.#access = undefined;
    }
    else if (asks) this.#tell();
    else if (access && this.#mayTake(access)) this.#access = access;
  }

  /** Only of the sign-in that the server itself has named here, and not one that was refused: another tab may still be somebody else. */
  #mayTake({ token, until, who }) {
    return !this.#asksTheServer && who === this.#who && !this.#refused.has(token) && until > (this.#access?.until ?? 0);
  }

  #refuse(token) {
    this.#refused.add(token);
    if (this.#access?.own && this.#access.token !== token) return;
    // Another tab may hold one that is as old: only the server knows.
    this.#access = undefined;
    this.#asksTheServer = true;
  }

  #tell() {
    if (this.#isGood()) this.#channel?.postMessage({ access: { ...this.#access, own: false } });
  }

  #isGood() {
    return this.#access !== undefined && Date.now() < this.#access.until - AHEAD;
  }

  #leave() {
    this.#access = undefined;
    this.#who = undefined;
    for (const listener of this.#listeners) listener();
  }

  async token() {
    if (this.#isGood()) return this.#access.token;
    this.#flight ??= this.#renew().finally(() => { this.#flight = undefined; });
    return this.#flight;
  }

  #renew() {
    const locks = globalThis.navigator?.locks;
    return locks ? locks.request(this.#name, () => this.#renewAlone()) : this.#renewAlone();
  }

  /** Nobody else renews meanwhile; perhaps somebody just has. */
  async #renewAlone() {
    if (!this.#isGood() && this.#channel && this.#who !== undefined && !this.#asksTheServer) {
      this.#channel.postMessage({ asks: true });
      await pause(20);
    }
    if (this.#isGood()) return this.#access.token;
    for (const wait of [...RETRIES, undefined]) {
      const outcome = await this.#ask();
      if (typeof outcome === 'string') return outcome;
      if (wait === undefined) throw new Unavailable(outcome);
      await pause(wait);
    }
    throw new Unavailable(5);
  }

  /** The token; or in how many seconds to ask again. */
  async #ask() {
    const asked = Date.now();
    let answer;
    let body;
    try {
      answer = await fetch(this.#tokenPath, {
        method: 'POST', credentials: 'same-origin', cache: 'no-store', redirect: 'error', signal: AbortSignal.timeout(TIMEOUT),
      });
      body = await answer.json();
    } catch (error) {
      if (error.name === 'TimeoutError') throw new Unavailable(5);
      // Lost on the way, there or back.
      return 5;
    }
    if (answer.ok && typeof body.access_token === 'string') {
      this.#who = signIn(body.access_token);
      this.#access = { token: body.access_token, until: asked + body.expires_in * 1_000, who: this.#who, own: true };
      this.#asksTheServer = false;
      this.#tell();
      return body.access_token;
    }
    if (body.error === 'invalid_grant') {
      this.#channel?.postMessage({ signedOut: true });
      this.#leave();
      throw new SignedOut();
    }
    return Number(answer.headers.get('retry-after')) || 5;
  }

  async fetch(input, init) {
    const request = new Request(input, init);
    const again = isRepeatable(input, init) ? request.clone() : undefined;
    if (!this.#sendTo.has(new URL(request.url).origin)) return fetch(request);
    const token = await this.token();
    const answer = await fetch(this.#with(request, token));
    if (!isRefused(answer)) return answer;
    this.#refuse(token);
    this.#channel?.postMessage({ refused: token });
    if (again === undefined) return answer;
    return fetch(this.#with(again, await this.token()));
  }

  #with(request, token) {
    const headers = new Headers(request.headers);
    headers.set('authorization', `Bearer ${token}`);
    return new Request(request, { headers });
  }

  async signOut() {
    let answer;
    try {
      answer = await fetch(this.#signOutPath, { method: 'POST', credentials: 'same-origin', redirect: 'error' });
    } catch {
      throw new Unavailable(5);
    }
    if (!answer.ok) throw new Unavailable(Number(answer.headers.get('retry-after')) || 5);
    this.#channel?.postMessage({ signedOut: true });
    this.#leave();
  }

  onSignedOut(listener) {
    this.#listeners.add(listener);
    return () => { this.#listeners.delete(listener); };
  }

  close() {
    this.#channel?.close();
    this.#listeners.clear();
  }
}
