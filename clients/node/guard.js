// What lets somebody in: a token's signature, what was taken back, and how old what is known of that is. No I/O.

import { Malformed } from './frame.js';
import { Receipts } from './receipts.js';
import { dependedOn, keySet, open } from './token.js';

const REMEMBERED = 50_000;
const SKEW = 30;
const KEYS_BEAR = 1_000;
/** So much the wall clock may differ from how much time has passed, and so long it must have gone on without a jump. */
const DRIFT = 5 * 60_000;
const SETTLED = 10 * 60_000;

/** The most that any route may bear: the authority waits so long for a verifier that is gone. */
export const BEARS_AT_MOST = 10_000;

/** A moment by two clocks. What passes while the machine sleeps the one does not count and the other does. */
export class Moment {
  constructor(clock) {
    [this.steady, this.wall] = [clock.steady(), clock.wall()];
  }

  /** How long ago another one was, by whichever clock says more. */
  since(other) {
    return Math.max(this.steady - other.steady, this.wall - other.wall, 0);
  }
}

export const SYSTEM = { steady: () => performance.now(), wall: () => Date.now() };

export class Guard {
  #issuer;
  #audience;
  #clock;
  #facts = new Map();
  #keys = new Map();
  #keysCame = null;
  #keysWanted = false;
  #seen = new Map();
  #proven = null;
  #forgotten = -Infinity;
  #began;
  #ahead;
  #jumped = null;
  /** What was brought, and how far everything is known. */
  receipts = new Receipts();

  constructor({ issuer, audience, clock = SYSTEM }) {
    [this.#issuer, this.#audience, this.#clock] = [issuer, audience, clock];
    this.#began = clock.steady();
    this.#ahead = clock.wall() - this.#began;
  }

  /** What is to be said of a token. Whoever comes with a receipt is not answered before what it is about has come. */
  check(token, bears, receipt) {
    // In this order: what is found is at least as new as what was proven, and as old as the clock says after it.
    const proven = this.#proven;
    let hasCome = true;
    try {
      if (receipt !== undefined && receipt !== null) hasCome = this.receipts.hasCome(String(receipt), new Moment(this.#clock), proven);
    } catch (error) {
      if (error instanceof Malformed) return { verdict: 'malformed' };
      throw error;
    }
    const found = this.#find(String(token ?? ''));
    const now = new Moment(this.#clock);
    const age = proven === null ? null : now.since(proven);
    const isFresh = hasCome && age !== null && age <= Math.min(bears, BEARS_AT_MOST);
    if (found.verdict === 'key') {
      // It may be newer than what is known of the keys. Whoever guesses makes one question in a second of it.
      if (this.#keysCame !== null && now.since(this.#keysCame) <= KEYS_BEAR) return { verdict: 'invalid' };
      this.#keysWanted = true;
      return { verdict: 'unknown', age };
    }
    // Bad news is never too old.
    if ((found.verdict === 'valid' || found.verdict === 'stale') && !isFresh) return { verdict: 'unknown', age };
    return found;
  }

  /** How old what is known is, in milliseconds; `null`: nothing is. */
  get staleness() {
    return this.#proven === null ? null : new Moment(this.#clock).since(this.#proven);
  }

  /** Everything that was acknowledged before this moment has been taken in. It only moves on. */
  proves(moment) {
    if (!this.#proven || this.#proven.steady < moment.steady) this.#proven = moment;
  }

  /** Whether somebody wants to know the keys, and nobody has asked. */
  takesTheQuestion() {
    const wanted = this.#keysWanted;
    this.#keysWanted = false;
    return wanted;
  }

  /** Takes facts in. */
  learn(facts) {
    for (const { key, atLeast, until } of facts) {
      const known = this.#facts.get(key);
      // Never in place of what is known.
      this.#facts.set(key, {
        atLeast: known && known.atLeast > atLeast ? known.atLeast : atLeast,
        until: known && known.until > until ? known.until : until,
      });
    }
  }

  /** Forgets facts whose time is over, unless the clock has jumped a moment ago: it may jump back. */
  forget() {
    const now = new Moment(this.#clock);
    const ahead = now.wall - now.steady;
    if (Math.abs(ahead - this.#ahead) > DRIFT) [this.#ahead, this.#jumped] = [ahead, now.steady];
    // A machine may start with a clock that is wrong.
    if (now.steady - (this.#jumped ?? this.#began) < SETTLED) return;
    for (const [key, { until }] of this.#facts) {
      if (until >= BigInt(Math.floor(now.wall))) continue;
      // By this clock it is not earlier any more.
      this.#forgotten = Math.max(this.#forgotten, Number(until));
      this.#facts.delete(key);
    }
  }

  /** These keys are believed, and no others. */
  believe(set) {
    this.#keys = keySet(set);
    this.#seen.clear();
    this.#keysCame = new Moment(this.#clock);
    this.#keysWanted = false;
  }

  #find(text) {
    let seen = this.#seen.get(text);
    if (!seen) {
      const opened = open(text, this.#keys);
      if (opened.wrong) return { verdict: opened.wrong };
      try {
        seen = { claims: opened.claims, depended: dependedOn(opened.claims, opened.kid) };
      } catch {
        return { verdict: 'invalid' };
      }
      if (this.#seen.size >= REMEMBERED) this.#seen.delete(this.#seen.keys().next().value);
      this.#seen.set(text, seen);
    }
    const { claims, depended } = seen;
    // What was forgotten must not be good again when the clock is set back.
    const now = Math.max(this.#clock.wall(), this.#forgotten) / 1_000;
    const audience = [claims.aud].flat();
    // A token that is bound to a key is no bearer token.
    const isHere = claims.iss === this.#issuer && audience.includes(this.#audience) && claims.cnf === undefined;
    const isTime = Number.isFinite(claims.exp) && Number.isFinite(claims.iat) && claims.iat <= now + SKEW && (claims.nbf === undefined || claims.nbf <= now + SKEW);
    if (!isHere || !isTime) return { verdict: 'invalid' };
    if (now >= claims.exp) return { verdict: 'expired' };
    let isStale = false;
    for (const [key, number, onlyStale] of depended) {
      if ((this.#facts.get(key)?.atLeast ?? 0n) > number) {
        if (!onlyStale) return { verdict: 'revoked' };
        isStale = true;
      }
    }
    return isStale ? { verdict: 'stale' } : { verdict: 'valid', claims };
  }
}
