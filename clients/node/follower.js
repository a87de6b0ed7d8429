// A verifier's end of the feed: what it has taken in, and what it has asked. No I/O: `step` answers what to do.

const EVERY = 500;
const PATIENCE = 8;
const OPEN_AT_MOST = 16;

const at = (heads, lane) => heads.get(lane) ?? 0n;
const isSame = (one, other) => [...one.keys(), ...other.keys()].every((lane) => at(one, lane) === at(other, lane));

export class Follower {
  of = null;
  known = new Map();
  /** How far everything is known: a fact that grew was not where a part ended, and comes with a later one. */
  all = new Map();
  #isOpen = false;
  #asked = new Map();
  #last = 0n;
  #askedAt = null;
  #heard = null;

  /** Each of these answers a list of: {ask, …}, {learn: facts}, {fresh: moment}, {close: true}, in this order. */
  opened(now) {
    this.#asked.clear();
    this.#isOpen = true;
    this.#heard = now;
    const outputs = [{ ask: 'hello', of: this.of, heads: new Map(this.known) }];
    // Where it goes on is not what it has.
    if (this.of) outputs.push({ ask: 'has', of: this.of, heads: new Map(this.all) });
    return [...outputs, this.#ask(now)];
  }

  closed() {
    this.#asked.clear();
    this.#isOpen = false;
  }

  told(now, said) {
    if (!this.#isOpen) return [];
    // It keeps the stream open, and makes nothing fresh.
    this.#heard = now;
    switch (said.type) {
      case 'begins':
        [this.of, this.known, this.all] = [said.of, new Map(), new Map()];
        return [];
      case 'facts':
        return this.#takeIn(said);
      case 'all':
        return this.#reach(said.heads, null);
      case 'proof':
        // Nobody asked: it proves nothing.
        return this.#asked.has(said.nonce) ? this.#reach(said.heads, said.nonce) : [];
      default:
        return [];
    }
  }

  tick(now) {
    if (!this.#isOpen) return [];
    if (now.since(this.#heard) >= PATIENCE * EVERY) return this.#close();
    return now.since(this.#askedAt) >= EVERY ? [this.#ask(now)] : [];
  }

  #ask(now) {
    this.#last += 1n;
    this.#askedAt = now;
    this.#asked.set(this.#last, now);
    if (this.#asked.size > OPEN_AT_MOST) this.#asked.delete(this.#asked.keys().next().value);
    return { ask: 'probe', nonce: this.#last };
  }

  #takeIn({ lane, after, upto, facts }) {
    // Something in between never came.
    if (!this.of || after > at(this.known, lane)) return this.#close();
    if (upto > at(this.known, lane)) this.known.set(lane, upto);
    return [{ learn: facts }];
  }

  #reach(heads, nonce) {
    if (!this.of) return this.#close();
    if (!isSame(heads, this.known)) {
      // More than has come: something is missing. Less: this truth has lost what it acknowledged, and is read from its beginning.
      if ([...this.known].some(([lane, head]) => at(heads, lane) < head)) [this.of, this.known, this.all] = [null, new Map(), new Map()];
      return this.#close();
    }
    const outputs = [];
    if (!isSame(heads, this.all)) {
      this.all = new Map(heads);
      outputs.push({ ask: 'has', of: this.of, heads });
    }
    if (nonce !== null) {
      outputs.push({ fresh: this.#asked.get(nonce) });
      for (const other of this.#asked.keys()) if (other <= nonce) this.#asked.delete(other);
    }
    return outputs;
  }

  #close() {
    this.closed();
    return [{ close: true }];
  }
}
