"""The same API in Python: `python3 examples/fleet/api.py AUTHORITY`, with FEED_CREDENTIAL set."""

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "clients" / "python"))

from cloakroom_verifier import SENSITIVE, STANDARD, Verifier  # noqa: E402

ORIGIN = "http://localhost:3002"
ROUTES = {"/notes": STANDARD, "/transfer": SENSITIVE}
verifier = Verifier(ORIGIN, ORIGIN, sys.argv[1], os.environ.get("FEED_CREDENTIAL", ""))


class Api(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        bears = ROUTES.get(self.path)
        if bears is None:
            return self.answer(404)
        verdict = verifier.check(self.headers.get("authorization", "").removeprefix("Bearer "), bears)
        if verdict.name == "valid":
            return self.answer(200, verdict.claims["sub"])
        if verdict.name == "unknown":
            # Nobody is signed out by this.
            return self.answer(503, headers={"Retry-After": "1"})
        return self.answer(401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})

    def answer(self, status, text="", headers=None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
print(f"public 127.0.0.1:{server.server_address[1]}", flush=True)
server.serve_forever()
