// Access tokens (RFC 9068) by the keys of the feed. What a token says is believed when its signature was right, and not before.

import { createPublicKey, verify } from 'node:crypto';

// One algorithm for each key, and nothing of the header is followed.
const ALGS = {
  ES256: { hash: 'sha256', options: { dsaEncoding: 'ieee-p1363' }, length: 64 },
  EdDSA: { hash: null, options: {} },
  Ed25519: { hash: null, options: {} },
  PS256: { hash: 'sha256', options: { padding: 6, saltLength: 32 } },
  RS256: { hash: 'sha256', options: {} },
};

/** The keys of a JWK Set, by their ids. One that is of no known kind is left out. */
export function keySet(set) {
  const keys = new Map();
  for (const jwk of set.keys ?? []) {
    if (ALGS[jwk.alg] && typeof jwk.kid === 'string' && jwk.d === undefined) {
      keys.set(jwk.kid, { alg: jwk.alg, key: createPublicKey({ key: jwk, format: 'jwk' }) });
    }
  }
  return keys;
}

const bytes = (part) => {
  const decoded = Buffer.from(part, 'base64url');
  // One value has one spelling.
  return decoded.toString('base64url') === part ? decoded : null;
};

/** `{ claims, kid }`, or `{ wrong: 'key' | 'invalid' }`. */
export function open(text, keys) {
  const parts = text.length <= 16 * 1024 ? text.split('.') : [];
  const [header, payload, signature] = parts.map(bytes);
  if (parts.length !== 3 || !header || !payload || !signature) return { wrong: 'invalid' };
  try {
    const { alg, typ, kid, crit } = JSON.parse(header.toString('utf8'));
    const key = keys.get(kid);
    if (typeof kid !== 'string' || !/^(application\/)?at\+jwt$/i.test(typ) || crit !== undefined) return { wrong: 'invalid' };
    if (!key) return { wrong: 'key' };
    const { hash, options, length } = ALGS[key.alg];
    const isPair = alg === key.alg || (!hash && ['EdDSA', 'Ed25519'].includes(alg));
    if (!isPair || (length && signature.length !== length)) return { wrong: 'invalid' };
    const signed = Buffer.from(`${parts[0]}.${parts[1]}`, 'ascii');
    if (!verify(hash, signed, { key: key.key, ...options }, signature)) return { wrong: 'invalid' };
    return { claims: JSON.parse(payload.toString('utf8')), kid };
  } catch {
    return { wrong: 'invalid' };
  }
}

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** The 16 bytes of an id like `ses_…`. */
function id(prefix, text) {
  const match = typeof text === 'string' && text.startsWith(prefix) && text.length === 30 ? text.slice(4) : null;
  if (!match) throw new Error('no id');
  let value = 0n;
  for (const letter of match) {
    const digit = ALPHABET.indexOf(letter);
    if (digit < 0) throw new Error('no id');
    value = (value << 5n) | BigInt(digit);
  }
  if (value >> 128n) throw new Error('no id');
  return Buffer.from(value.toString(16).padStart(32, '0'), 'hex').toString('latin1');
}

const count = (claim) => (Number.isSafeInteger(claim) && claim >= 0 ? BigInt(claim) : 0n);

/** Everything a token depends on: [key, the lowest number that is still good for it, whether it is only stale below that]. */
export function dependedOn(claims, kid) {
  const session = id('ses_', claims.sid);
  const depended = [
    ['\x08', count(claims.epoch), false],
    [`\x05${Buffer.from(claims.sub, 'utf8').toString('latin1')}`, count(claims.ugen), false],
    [`\x06${id('cli_', claims.client_id)}`, count(claims.cgen), false],
    [`\x01${session}`, 0n, false],
    [`\x09${session}`, count(claims.sver), true],
    [`\x07${id('key_', kid)}`, 0n, false],
  ];
  if (claims.fam !== undefined) depended.push([`\x02${id('fam_', claims.fam)}`, 0n, false]);
  return depended;
}
