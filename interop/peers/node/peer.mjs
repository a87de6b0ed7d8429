// jose (npm): reads a question a line, answers a line.
import { createInterface } from 'node:readline';
import { CompactSign, compactVerify, exportJWK, generateKeyPair, importJWK } from 'jose';

const keys = new Map();

async function answer({ op, alg, jwk, token, id, header, payload }) {
  if (op === 'key') {
    const pair = await generateKeyPair(alg, { modulusLength: 3072, extractable: true });
    keys.set(keys.size, pair.privateKey);
    return { id: keys.size - 1, public: { ...await exportJWK(pair.publicKey), alg } };
  }
  if (op === 'sign') {
    const key = jwk ? await importJWK(jwk, alg) : keys.get(id);
    return { token: await new CompactSign(new TextEncoder().encode(payload)).setProtectedHeader({ alg, ...header }).sign(key) };
  }
  const key = await importJWK(jwk, alg);
  const { payload: found } = await compactVerify(token, key, { algorithms: [alg] });
  return { payload: new TextDecoder().decode(found) };
}

for await (const line of createInterface({ input: process.stdin })) {
  const said = await answer(JSON.parse(line)).catch((error) => ({ error: String(error) }));
  process.stdout.write(`${JSON.stringify(said)}\n`);
}
