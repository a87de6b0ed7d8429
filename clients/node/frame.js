// The frames of cloakroom-feed/1, and the channel they go through. docs/designs/feed.md has the tables.

import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

export const PROTOCOL = 'cloakroom-feed/1';
const TAG = 16;
const LONGEST = 64 * 1024;
const TYPES = { hello: 1, begins: 2, facts: 3, all: 4, probe: 5, proof: 6, has: 7, waiting: 8, keys: 9, over: 10, receipts: 11 };
const OVER = [undefined, 'revoked', 'bears too much', 'malformed', 'stops'];

export class Malformed extends Error {}

/** A credential, `cks_…`. */
export function credential(text) {
  const match = /^cks_([A-Za-z0-9_-]{68})$/.exec(String(text).trim());
  const bytes = match && Buffer.from(match[1], 'base64url');
  if (!bytes || bytes.length !== 51 || bytes[0] !== 1) throw new Malformed('there is no credential, or it is none: it begins with cks_');
  return { kid: bytes.subarray(1, 3), service: bytes.subarray(3, 19), key: bytes.subarray(19) };
}

/** What a caller shows with its nonce. */
export const greeting = (key, nonce) => Buffer.from(hkdfSync('sha256', key, nonce, `${PROTOCOL} greeting`, 32));

/** What both ends compute. */
export function channel(key, caller, called) {
  const salt = Buffer.concat([caller, called]);
  const of = (name) => Buffer.from(hkdfSync('sha256', key, salt, `${PROTOCOL} ${name}`, 32));
  return { answer: of('answer'), fromCaller: new Side(of('caller')), fromCalled: new Side(of('called')), cover: new Cover(of('cover')) };
}

/** Hides one key: once, since whoever sees two under one cover knows how they differ. */
class Cover {
  #bytes;

  constructor(bytes) {
    this.#bytes = bytes;
  }

  once(key) {
    const cover = this.#bytes;
    if (!cover) throw new Malformed('two keys under one cover');
    this.#bytes = null;
    return Buffer.from(key.map((byte, at) => byte ^ cover[at]));
  }
}

export const isSame = (one, other) => one.length === other.length && timingSafeEqual(one, other);

/** One direction: each frame has its number. */
export class Side {
  #key;
  #count = 0n;

  constructor(key) {
    this.#key = key;
  }

  #tag(frame) {
    const count = Buffer.alloc(8);
    count.writeBigUInt64BE(this.#count);
    this.#count += 1n;
    return createHmac('sha256', this.#key).update(count).update(frame).digest().subarray(0, TAG);
  }

  /** A frame as it goes out. */
  seal(frame) {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(frame.length + TAG);
    return Buffer.concat([length, frame, this.#tag(frame)]);
  }

  /** A frame as it came in, without its length. */
  open(bytes) {
    const frame = bytes.subarray(0, bytes.length - TAG);
    if (!isSame(this.#tag(frame), bytes.subarray(bytes.length - TAG))) throw new Malformed('not the next frame');
    return frame;
  }
}

/** Puts the frames of a stream together. */
export class Frames {
  #side;
  #bytes = Buffer.alloc(0);

  constructor(side) {
    this.#side = side;
  }

  *take(chunk) {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    while (this.#bytes.length >= 4) {
      const length = this.#bytes.readUInt32BE(0);
      if (length <= TAG || length > LONGEST) throw new Malformed('not the length of a frame');
      if (this.#bytes.length < 4 + length) return;
      const frame = this.#side.open(this.#bytes.subarray(4, 4 + length));
      this.#bytes = this.#bytes.subarray(4 + length);
      yield frame;
    }
  }
}

const u16 = (value) => { const out = Buffer.alloc(2); out.writeUInt16BE(value); return out; };
const u32 = (value) => { const out = Buffer.alloc(4); out.writeUInt32BE(value); return out; };
const u64 = (value) => { const out = Buffer.alloc(8); out.writeBigUInt64BE(value); return out; };

/** Heads are a Map of lanes (numbers) to numbers (BigInt). */
function putHeads(heads) {
  const lanes = [...heads].sort(([one], [other]) => one - other);
  return Buffer.concat([u16(lanes.length), ...lanes.flatMap(([lane, head]) => [u32(lane), u64(head)])]);
}

class Reader {
  #bytes;
  #at = 0;

  constructor(bytes) {
    this.#bytes = bytes;
  }

  take(length) {
    if (this.#at + length > this.#bytes.length) throw new Malformed('cut short');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  u8() { return this.take(1)[0]; }
  u16() { return this.take(2).readUInt16BE(); }
  u32() { return this.take(4).readUInt32BE(); }
  u64() { return this.take(8).readBigUInt64BE(); }
  i64() { return this.take(8).readBigInt64BE(); }
  rest() { return this.take(this.#bytes.length - this.#at); }

  heads() {
    const heads = new Map();
    let last = -1;
    for (let count = this.u16(); count > 0; count -= 1) {
      const lane = this.u32();
      if (lane <= last) throw new Malformed('lanes out of order');
      last = lane;
      heads.set(lane, this.u64());
    }
    return heads;
  }

  end() {
    if (this.#at !== this.#bytes.length) throw new Malformed('something is left');
  }
}

/** What somebody has brought as a receipt. */
export function receipt(text) {
  const bytes = /^[A-Za-z0-9_-]{1,17000}$/.test(text) ? Buffer.from(text, 'base64url') : Buffer.alloc(0);
  if (bytes.length < TAG || bytes.toString('base64url') !== text) throw new Malformed('no receipt');
  const [body, tag] = [bytes.subarray(0, bytes.length - TAG), bytes.subarray(bytes.length - TAG)];
  const reader = new Reader(body);
  if (reader.u8() !== 1) throw new Malformed('no receipt');
  const said = { kid: reader.u16(), of: Buffer.from(reader.take(16)), heads: reader.heads() };
  reader.end();
  return { ...said, tag: tag.toString('hex'), isBy: (key) => isSame(createHmac('sha256', key).update(body).digest().subarray(0, TAG), tag) };
}

/** What a verifier sends. */
export const ask = {
  hello: (id, bears, of, heads) => Buffer.concat([Buffer.from([TYPES.hello]), id, u32(bears), of ? Buffer.concat([Buffer.from([1]), of]) : Buffer.from([0]), putHeads(heads)]),
  probe: (nonce) => Buffer.concat([Buffer.from([TYPES.probe]), u64(nonce)]),
  has: (of, heads) => Buffer.concat([Buffer.from([TYPES.has]), of, putHeads(heads)]),
  keys: () => Buffer.from([TYPES.keys]),
};

/** What an authority has sent. */
export function parse(frame) {
  const reader = new Reader(frame);
  const read = {
    [TYPES.begins]: () => ({ type: 'begins', of: Buffer.from(reader.take(16)) }),
    [TYPES.facts]: () => {
      const part = { type: 'facts', lane: reader.u32(), after: reader.u64(), upto: reader.u64(), facts: [] };
      if (part.upto < part.after) throw new Malformed('backwards');
      for (let count = reader.u16(); count > 0; count -= 1) {
        const [atLeast, until] = [reader.u64(), reader.i64()];
        part.facts.push({ key: reader.take(reader.u16()).toString('latin1'), atLeast, until });
      }
      return part;
    },
    [TYPES.all]: () => ({ type: 'all', heads: reader.heads() }),
    [TYPES.proof]: () => ({ type: 'proof', nonce: reader.u64(), heads: reader.heads() }),
    [TYPES.waiting]: () => ({ type: 'waiting' }),
    [TYPES.keys]: () => ({ type: 'keys', keys: JSON.parse(reader.rest().toString('utf8')) }),
    [TYPES.receipts]: () => ({ type: 'receipts', kid: reader.u16(), covered: Buffer.from(reader.take(32)) }),
    [TYPES.over]: () => ({ type: 'over', why: OVER[reader.u8()] }),
  }[reader.u8()];
  if (!read) throw new Malformed('no such frame');
  const said = read();
  reader.end();
  return said;
}
