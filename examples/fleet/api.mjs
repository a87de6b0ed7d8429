// The same API in Node: `node examples/fleet/api.mjs AUTHORITY`, with FEED_CREDENTIAL set.

import { createServer } from 'node:http';
import { SENSITIVE, STANDARD, Verifier } from '../../clients/node/cloakroom.js';

const origin = 'http://localhost:3002';
const verifier = new Verifier({ issuer: origin, audience: origin, authority: process.argv[2], credential: process.env.FEED_CREDENTIAL });
const routes = { '/notes': STANDARD, '/transfer': SENSITIVE };

const server = createServer((request, answer) => {
  const bears = routes[request.url];
  if (!bears) return answer.writeHead(404).end();
  const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
  const { verdict, claims } = verifier.check(token, { bears });
  if (verdict === 'valid') return answer.end(claims.sub);
  // Nobody is signed out by this.
  if (verdict === 'unknown') return answer.writeHead(503, { 'retry-after': '1' }).end();
  return answer.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end();
});
server.listen(0, '127.0.0.1', () => console.log(`public 127.0.0.1:${server.address().port}`));
