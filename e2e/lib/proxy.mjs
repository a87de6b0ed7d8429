// A proxy that knows where *.test and *.localhost live, for browsers that cannot be told otherwise.
import http from 'node:http';
import net from 'node:net';

export async function proxy(twin) {
  const server = http.createServer((request, answer) => {
    const to = new URL(request.url);
    const forward = http.request({
      host: '127.0.0.1',
      port: to.hostname.endsWith('localhost') ? to.port : twin.ports.http,
      method: request.method,
      path: to.pathname + to.search,
      headers: request.headers,
    }, (came) => {
      answer.writeHead(came.statusCode, came.headers);
      came.pipe(answer);
    });
    forward.on('error', () => answer.destroy());
    request.pipe(forward);
  });
  server.on('connect', (request, socket) => {
    const port = request.url.endsWith(':443') ? twin.ports.https : twin.ports.http;
    const there = net.connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      there.pipe(socket).pipe(there);
    });
    there.on('error', () => socket.destroy());
    socket.on('error', () => there.destroy());
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: server.address().port, close: () => { server.closeAllConnections(); server.close(); } };
}
