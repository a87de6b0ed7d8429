// The same files are played by the Rust and the Python tests.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Follower } from '../follower.js';
import { Side, ask, channel, credential, greeting, parse, receipt } from '../frame.js';
import { Guard } from '../guard.js';

const vectors = (name) => JSON.parse(readFileSync(new URL(`../../../vectors/${name}`, import.meta.url), 'utf8'));
const hex = (text) => Buffer.from(text, 'hex');
const heads = (object) => new Map(Object.entries(object).map(([lane, head]) => [Number(lane), BigInt(head)]));
/** A lane at its beginning may be left out. */
const shown = (map) => Object.fromEntries([...map].filter(([, head]) => head > 0n).sort(([one], [other]) => one - other).map(([lane, head]) => [lane, Number(head)]));

const { now, issuer, audience, jwks, tokens } = vectors('tokens.json');

function guard() {
  const clock = { steady: () => 0, wall: () => now * 1_000 };
  const made = new Guard({ issuer, audience, clock });
  made.believe(jwks);
  made.proves({ steady: 0, wall: now * 1_000 });
  return made;
}

for (const { name, verdict, token, facts } of tokens) {
  test(`token: ${name}`, () => {
    const one = guard();
    one.learn(facts.map(({ key, at_least }) => ({ key: hex(key).toString('latin1'), atLeast: BigInt(at_least), until: 2n ** 62n })));
    // Twice: the second time its signature is known.
    for (let round = 0; round < 2; round += 1) {
      assert.equal(one.check(token, 2_000).verdict, verdict === 'unknown key' ? 'invalid' : verdict);
    }
  });
}

test('good news must be fresh, bad news is never too old', () => {
  let steady = 0;
  let wall = now * 1_000;
  const one = new Guard({ issuer, audience, clock: { steady: () => steady, wall: () => wall } });
  const valid = tokens.find(({ name }) => name === 'ES256').token;
  const unknown = tokens.find(({ verdict }) => verdict === 'unknown key').token;
  assert.equal(one.check(valid, 2_000).verdict, 'unknown');
  assert.equal(one.takesTheQuestion(), true);
  one.believe(jwks);
  assert.deepEqual(one.check(valid, 2_000), { verdict: 'unknown', age: null });
  const proven = { steady, wall };
  one.proves(proven);
  assert.equal(one.check(valid, 2_000).verdict, 'valid');
  steady += 2_000;
  assert.equal(one.check(valid, 2_000).verdict, 'valid');
  steady += 1;
  assert.deepEqual(one.check(valid, 2_000), { verdict: 'unknown', age: 2_001 });
  assert.equal(one.check(unknown, 2_000).verdict, 'unknown');
  assert.equal(one.takesTheQuestion(), true);
  // The machine was asleep: one clock says so.
  one.proves({ steady, wall });
  assert.equal(one.check(valid, 2_000).verdict, 'valid');
  wall += 60_000;
  assert.equal(one.check(valid, 2_000).verdict, 'unknown');
  one.learn([{ key: '\x08', atLeast: 2n, until: BigInt(wall) + 1_000_000n }]);
  assert.equal(one.check(valid, 2_000).verdict, 'revoked');
  // A clock that jumps is not believed at once; a fact that is forgotten is over by any clock.
  wall += 700_000;
  one.forget();
  assert.equal(one.check(valid, 2_000).verdict, 'expired');
  wall -= 760_000;
  one.forget();
  assert.equal(one.check(valid, 2_000).verdict, 'revoked');
  wall += 760_000;
  one.forget();
  steady += 700_000;
  wall += 700_000;
  one.forget();
  wall -= 1_460_000;
  one.proves({ steady, wall });
  assert.equal(one.check(valid, 2_000).verdict, 'expired');
});

test('who brings a receipt is not answered before it has come', () => {
  let steady = 0;
  const one = new Guard({ issuer, audience, clock: { steady: () => steady, wall: () => now * 1_000 } });
  const valid = tokens.find(({ name }) => name === 'ES256').token;
  const { text, of, heads: all, kid, key } = vectors('feed.json').receipt;
  const brings = (receipt) => one.check(valid, 2_000, receipt).verdict;
  one.believe(jwks);
  one.proves({ steady, wall: now * 1_000 });
  steady += 1;
  assert.equal(brings(undefined), 'valid');
  assert.equal(brings(text), 'unknown', 'nobody can say yet whether it is one');
  one.receipts.believe(kid, hex(key), { steady, wall: now * 1_000 });
  assert.equal(brings(text), 'unknown');
  for (const wrong of ['', `${text}A`, `${text.slice(0, -1)}Q`]) assert.equal(brings(wrong), 'malformed', wrong);
  one.receipts.reached(Buffer.alloc(16), heads(all));
  assert.equal(brings(text), 'unknown', 'that is another truth');
  one.receipts.reached(hex(of), heads({ ...all, 0: String(BigInt(all[0]) - 1n) }));
  assert.equal(brings(text), 'unknown', 'one is missing');
  one.receipts.reached(hex(of), heads(all));
  assert.equal(brings(text), 'valid');
  one.receipts.believe(kid + 1, Buffer.alloc(32), { steady, wall: now * 1_000 });
  assert.equal(brings(text), 'unknown', 'where it stands nobody can check any more');
  one.receipts.believe(kid, hex(key), { steady, wall: now * 1_000 });
  // What is asked for when a receipt is there already covers it, of whichever truth it is.
  one.receipts.reached(null, new Map());
  one.proves({ steady, wall: now * 1_000 });
  assert.equal(brings(text), 'unknown', 'it may be newer than the question');
  steady += 1;
  one.proves({ steady, wall: now * 1_000 });
  assert.equal(brings(text), 'valid');
  one.receipts.believe(kid + 1, Buffer.alloc(32), { steady: steady - 1, wall: now * 1_000 });
  assert.equal(brings(text), 'valid', 'it is from before the key that is known now');
});

class Moment {
  constructor(at) {
    this.at = at;
  }

  since(other) {
    return this.at - other.at;
  }
}

test('the follower does what the others do', () => {
  for (const [number, steps] of vectors('follower.json').scripts.entries()) {
    const follower = new Follower();
    for (const [step, { now: at, in: [what, ...rest], out }] of steps.entries()) {
      const moment = new Moment(at);
      const told = (said) => follower.told(moment, said);
      const outputs = {
        opened: () => follower.opened(moment),
        closed: () => follower.closed() ?? [],
        tick: () => follower.tick(moment),
        waiting: () => told({ type: 'waiting' }),
        begins: () => told({ type: 'begins', of: hex(rest[0]) }),
        facts: () => told({ type: 'facts', lane: rest[0], after: BigInt(rest[1]), upto: BigInt(rest[2]), facts: Array(rest[3]).fill({}) }),
        all: () => told({ type: 'all', heads: heads(rest[0]) }),
        proof: () => told({ type: 'proof', nonce: BigInt(rest[0]), heads: heads(rest[1]) }),
      }[what]();
      const seen = outputs.map((output) => {
        if (output.learn) return ['learn', output.learn.length];
        if (output.fresh) return ['fresh', output.fresh.at];
        if (output.close) return ['close'];
        if (output.ask === 'probe') return ['probe', Number(output.nonce)];
        return [output.ask, output.of?.toString('hex') ?? null, shown(output.heads)];
      });
      assert.deepEqual(seen, out, `script ${number}, step ${step}: ${what}`);
    }
  }
});

test('the wire', () => {
  const { credential: shown_, channel: between, receipt: made, from_follower, from_authority } = vectors('feed.json');
  const read = credential(shown_.text);
  assert.deepEqual([read.kid.toString('hex'), read.service.toString('hex'), read.key.toString('hex')], [shown_.kid, shown_.service, shown_.key]);
  for (const wrong of ['', 'cks_', shown_.text.slice(0, -1), `${shown_.text}A`, shown_.text.replace('cks_', 'ckt_')]) assert.throws(() => credential(wrong));

  const ends = () => channel(hex(between.key), hex(between.caller), hex(between.called));
  assert.equal(greeting(hex(between.key), hex(between.caller)).toString('hex'), between.greeting);
  assert.equal(ends().answer.toString('hex'), between.answer);
  const sealing = ends();
  assert.deepEqual(between.frames.map((frame) => sealing.fromCaller.seal(hex(frame)).toString('hex')), between.sealed_by_caller);
  const opening = ends();
  assert.deepEqual(between.sealed_by_called.map((frame) => opening.fromCalled.open(hex(frame).subarray(4)).toString('hex')), between.frames);
  assert.throws(() => ends().fromCalled.open(hex(between.sealed_by_called[1]).subarray(4)), 'not in its place');
  assert.ok(ends().fromCaller instanceof Side);

  const { cover } = ends();
  assert.equal(cover.once(Buffer.alloc(32)).toString('hex'), between.zeros_covered);
  assert.throws(() => cover.once(Buffer.alloc(32)), 'once');

  const brought = receipt(made.text);
  assert.deepEqual([brought.kid, brought.of.toString('hex'), brought.heads], [made.kid, made.of, heads(made.heads)]);
  assert.ok(brought.isBy(hex(made.key)) && !brought.isBy(Buffer.alloc(32)));
  for (const wrong of ['', 'A', made.text.slice(1), `${made.text}A`, `B${made.text.slice(1)}`]) assert.throws(() => receipt(wrong), wrong);

  const said = {
    hello: ({ follower, bears, of, heads: known }) => ask.hello(hex(follower), bears, of && hex(of), heads(known)),
    probe: ({ nonce }) => ask.probe(BigInt(nonce)),
    has: ({ of, heads: known }) => ask.has(hex(of), heads(known)),
    keys: () => ask.keys(),
  };
  for (const { hex: bytes, ...frame } of from_follower) assert.equal(said[frame.type](frame).toString('hex'), bytes, frame.type);
  for (const { hex: bytes, ...frame } of from_authority) {
    const read_ = parse(hex(bytes));
    const plain = { type: read_.type };
    if (read_.of) plain.of = read_.of.toString('hex');
    if (read_.heads) plain.heads = Object.fromEntries([...read_.heads].map(([lane, head]) => [lane, String(head)]));
    if (read_.nonce !== undefined) plain.nonce = String(read_.nonce);
    if (read_.keys) plain.keys = read_.keys;
    if (read_.why) plain.why = read_.why;
    if (read_.covered) Object.assign(plain, { kid: read_.kid, covered: read_.covered.toString('hex') });
    if (read_.facts) {
      Object.assign(plain, { lane: read_.lane, after: String(read_.after), upto: String(read_.upto) });
      plain.facts = read_.facts.map(({ key, atLeast, until }) => ({ key: Buffer.from(key, 'latin1').toString('hex'), at_least: String(atLeast), until: String(until) }));
    }
    assert.deepEqual(plain, frame);
    for (let cut = 0; cut < bytes.length / 2; cut += 1) if (read_.type !== 'keys') assert.throws(() => parse(hex(bytes).subarray(0, cut)), `${read_.type}, cut at ${cut}`);
  }
});
