// Receipts that were brought here: whether they are the authority's, and since when each is known to exist.

import { Malformed, receipt } from './frame.js';

/** Only the authority makes any, so nobody can push out those of others. */
const REMEMBERED = 10_000;

export class Receipts {
  #key = null;
  #existed = new Map();
  #of = null;
  #heads = new Map();

  /** They are checked with this key from now on. */
  believe(kid, key, now) {
    this.#key = { kid, key, since: this.#key?.kid === kid ? this.#key.since : now };
  }

  /** Everything of this truth up to here has been taken in. */
  reached(of, heads) {
    [this.#of, this.#heads] = [of, heads];
  }

  /** Whether everything that it is about is known, when this was proven. Throws `Malformed` where it is none. */
  hasCome(text, now, proven) {
    const brought = receipt(text);
    // Under a later root key than the known one it is no forgery, and covered by nothing; under an earlier one it is from before the known one
    // was told, whoever made it.
    if (!this.#key || brought.kid > this.#key.kid) return false;
    if (brought.kid < this.#key.kid) return Boolean(proven && proven.steady > this.#key.since.steady);
    if (!brought.isBy(this.#key.key)) throw new Malformed('no receipt of this authority');
    let existed = this.#existed.get(brought.tag);
    if (!existed) {
      existed = now;
      if (this.#existed.size >= REMEMBERED) this.#existed.delete(this.#existed.keys().next().value);
      this.#existed.set(brought.tag, now);
    }
    if (proven && proven.steady > existed.steady) return true;
    return this.#of !== null && this.#of.equals(brought.of) && [...brought.heads].every(([lane, head]) => (this.#heads.get(lane) ?? 0n) >= head);
  }
}
