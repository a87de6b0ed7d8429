"""Checks access tokens where they are presented, and follows the feed of the authority: whoever was taken back is refused within a moment,
and where that cannot be known, the answer is "unknown" and never "come in"."""

import os
import random
import select
import socket
import threading

from . import frame
from .follower import Follower
from .frame import Credential, Malformed
from .guard import BEARS_AT_MOST, Clock, Guard, Verdict, since

__all__ = ["Verifier", "Verdict", "SENSITIVE", "STANDARD"]

SENSITIVE = 2.0
STANDARD = 10.0
LOOKS = 0.1
WAITS = (0.05, 2.0)
CALLED_WITHIN = 5.0
FORGETS = 60.0


class Verifier:
    """Follows on a thread of its own; may be asked from any."""

    def __init__(self, issuer, audience, authority, credential, bears=STANDARD, tells=None, clock=None):
        if not (issuer and audience and authority):
            raise ValueError("issuer, audience and authority must be given")
        if not 0 < bears <= BEARS_AT_MOST:
            raise ValueError(f"bears: at most {BEARS_AT_MOST} s")
        self._bears = bears
        host, _, port = authority.rpartition(":")
        self._address, self._authority = (host.strip("[]"), int(port)), authority
        self._credential = Credential(credential)
        self._tells = tells or (lambda why: None)
        self._clock = clock or Clock()
        self._id = os.urandom(16)
        self._follower = Follower(since)
        self._guard, self._forgets = Guard(issuer, audience, self._clock), 0.0
        self._is_closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="cloakroom-feed", daemon=True)
        self._thread.start()

    def check(self, token, bears=None, receipt=None):
        """What is to be said of a token. `receipt` is the header `Cloakroom-Receipt` of the request, if it has one: unless everything that it
        is about is known, so is nothing."""
        return self._guard.check(token, self._bears if bears is None else bears, receipt)

    @property
    def staleness(self):
        """How old what is known is, in seconds; `None`: nothing is."""
        return self._guard.staleness

    def close(self):
        """Stops following."""
        self._is_closed.set()

    # --- the thread ---------------------------------------------------------------------------------------------

    def _run(self):
        failed = 0
        while not self._is_closed.is_set():
            began = self._clock.now()
            try:
                why = self._stream()
            except Exception as error:  # noqa: BLE001: whatever it was, it follows again, and knows less and less meanwhile
                why = str(error) or type(error).__name__
            self._follower.closed()
            if self._follower.of is None:
                # The truth that was followed has gone back: how far it had been read says nothing.
                self._guard.receipts.reached(None, {})
            failed = 0 if since(self._clock.now(), began) > 1 else failed + 1
            if not self._is_closed.is_set():
                self._tells(why)
            # A thousand who have lost the same authority come one after another.
            self._is_closed.wait(random.random() * min(WAITS[0] * 2 ** min(failed, 10), WAITS[1]))

    def _stream(self):
        with socket.create_connection(self._address, timeout=CALLED_WITHIN) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            rest, sends, comes, cover = self._call(connection)
            connection.settimeout(CALLED_WITHIN)
            buffer = bytearray(rest)

            def do(outputs):
                for output in outputs:
                    if not self._does(output, lambda data: connection.sendall(sends.seal(data))):
                        raise Malformed("the stream cannot be followed")

            do(self._follower.opened(self._clock.now()))
            while not self._is_closed.is_set():
                while len(buffer) >= 4:
                    length = int.from_bytes(buffer[:4], "big")
                    if not frame.TAG < length <= frame.LONGEST:
                        raise Malformed("not the length of a frame")
                    if len(buffer) < 4 + length:
                        break
                    said = frame.parse(comes.open(bytes(buffer[4 : 4 + length])))
                    del buffer[: 4 + length]
                    if said[0] == frame.KEYS:
                        self._guard.believe(said[1])
                    elif said[0] == frame.RECEIPTS:
                        self._guard.receipts.believe(said[1], cover.once(said[2]), self._clock.now())
                    elif said[0] == frame.OVER:
                        return f"the authority ends the stream: {said[1]}"
                    else:
                        do(self._follower.told(self._clock.now(), said))
                if select.select([connection], [], [], LOOKS)[0]:
                    data = connection.recv(64 * 1024)
                    if not data:
                        return "the connection is gone"
                    buffer += data
                do(self._follower.tick(self._clock.now()))
                if self._guard.takes_the_question():
                    connection.sendall(sends.seal(frame.ask_keys()))
                if self._clock.steady() > self._forgets:
                    self._guard.forget()
                    self._forgets = self._clock.steady() + FORGETS
        return "closed"

    def _call(self, connection):
        credential, nonce = self._credential, os.urandom(32)
        proof = frame.greeting(credential.key, nonce)
        greeting = frame.to_base64url(credential.kid + credential.service + nonce + proof)
        connection.sendall(
            f"GET /feed HTTP/1.1\r\nHost: {self._authority}\r\nConnection: upgrade\r\n"
            f"Upgrade: {frame.PROTOCOL}\r\nCloakroom-Feed: {greeting}\r\n\r\n".encode("ascii")
        )
        answer = b""
        while b"\r\n\r\n" not in answer:
            data = connection.recv(16 * 1024)
            if not data or len(answer) > 16 * 1024:
                raise Malformed("what answers is no feed")
            answer += data
        head, rest = answer.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        status = lines[0].split(" ")[1] if " " in lines[0] else ""
        if status == "403":
            raise Malformed("the authority does not let this credential follow")
        if status != "101":
            raise Malformed(f"what answers is no feed (status {status})")
        fields = (line.partition(":") for line in lines[1:])
        headers = {name.strip().lower(): value.strip() for name, _, value in fields}
        welcome = frame.from_base64url(headers.get("cloakroom-feed", ""))
        answer, sends, comes, cover = frame.channel(credential.key, nonce, welcome[:32])
        if len(welcome) != 64 or not frame.hmac.compare_digest(answer, welcome[32:]):
            raise Malformed("what answers cannot prove that it is the authority of this credential")
        return rest, sends, comes, cover

    def _does(self, output, send):
        name, *rest = output
        if name == "learn":
            self._guard.learn(*rest)
        elif name == "fresh":
            self._guard.proves(*rest)
        elif name == "hello":
            send(frame.hello(self._id, int(BEARS_AT_MOST * 1_000), *rest))
        elif name == "probe":
            send(frame.probe(*rest))
        elif name == "has":
            self._guard.receipts.reached(*rest)
            send(frame.has(*rest))
        return name != "close"
