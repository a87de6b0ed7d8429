// The same route on Express with express-session and its memory store. Says where it listens, then a cookie a line,
// then an empty line.
const express = require('express');
const session = require('express-session');
const signature = require('cookie-signature');

const SECRET = 'only for a bench';
const SESSIONS = 1000;
const store = new session.MemoryStore();
const app = express();
app.disable('x-powered-by');
app.disable('etag');
app.use(session({ secret: SECRET, store, resave: false, saveUninitialized: false, cookie: { maxAge: 8 * 3600 * 1000 } }));
app.get('/', (request, response) => response.status(request.session.subject ? 204 : 401).end());

const cookies = [];
for (let number = 0; number < SESSIONS; number++) {
  const id = `session-${number}`;
  const cookie = { originalMaxAge: 8 * 3600 * 1000, expires: new Date(Date.now() + 8 * 3600 * 1000), httpOnly: true, path: '/' };
  store.sessions[id] = JSON.stringify({ cookie, subject: `user-${number}` });
  cookies.push('connect.sid=' + encodeURIComponent('s:' + signature.sign(id, SECRET)));
}
const server = app.listen(0, '127.0.0.1', () => console.log(`127.0.0.1:${server.address().port}\n${cookies.join('\n')}\n`));
server.keepAliveTimeout = 0;
