// The same route on Express with express-session: `node server.js memory|redis URL|postgres URL`. Says where it listens, then a cookie a line,
// then an empty line.
const express = require('express');
const session = require('express-session');
const signature = require('cookie-signature');

const SECRET = 'only for a bench';
const SESSIONS = 1000;
const [kind, url] = process.argv.slice(2);

async function storeOf() {
  if (kind === 'redis') {
    const { RedisStore } = require('connect-redis');
    const client = require('redis').createClient({ url });
    await client.connect();
    return new RedisStore({ client });
  }
  if (kind === 'postgres') {
    const PgStore = require('connect-pg-simple')(session);
    const { Pool } = require('pg');
    return new PgStore({ pool: new Pool({ connectionString: url }), createTableIfMissing: true });
  }
  return new session.MemoryStore();
}

async function main() {
  const store = await storeOf();
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(session({ secret: SECRET, store, resave: false, saveUninitialized: false, cookie: { maxAge: 8 * 3600 * 1000 } }));
  app.get('/', (request, response) => response.status(request.session.subject ? 204 : 401).end());
  const cookies = [];
  for (let number = 0; number < SESSIONS; number++) {
    const id = `session-${number}`;
    const cookie = { originalMaxAge: 8 * 3600 * 1000, expires: new Date(Date.now() + 8 * 3600 * 1000), httpOnly: true, path: '/' };
    await new Promise((resolve, reject) => {
      store.set(id, { cookie, subject: `user-${number}` }, (error) => (error ? reject(error) : resolve()));
    });
    cookies.push('connect.sid=' + encodeURIComponent('s:' + signature.sign(id, SECRET)));
  }
  const server = app.listen(0, '127.0.0.1', () => console.log(`127.0.0.1:${server.address().port}\n${cookies.join('\n')}\n`));
  server.keepAliveTimeout = 0;
}

main();
