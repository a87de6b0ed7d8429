"""The frames of cloakroom-feed/1, and the channel they go through. docs/designs/feed.md has the tables."""

import base64
import hashlib
import hmac
import json
import struct

PROTOCOL = "cloakroom-feed/1"
TAG = 16
LONGEST = 64 * 1024
HELLO, BEGINS, FACTS, ALL, PROBE, PROOF, HAS, WAITING, KEYS, OVER, RECEIPTS = range(1, 12)
WHY = {1: "revoked", 2: "bears too much", 3: "malformed", 4: "stops"}


class Malformed(Exception):
    """What came is not what may come."""


def to_base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def from_base64url(text):
    """One value has one spelling."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, TypeError) as error:
        raise Malformed("no base64url") from error
    if to_base64url(data) != text:
        raise Malformed("no base64url")
    return data


class Credential:
    """`cks_…`"""

    def __init__(self, text):
        text = str(text).strip()
        data = from_base64url(text[4:]) if text.startswith("cks_") else b""
        if len(data) != 51 or data[0] != 1:
            raise Malformed("there is no credential, or it is none: it begins with cks_")
        self.kid, self.service, self.key = data[1:3], data[3:19], data[19:]

    def __repr__(self):
        return "Credential(..)"


def hkdf(key, salt, info):
    """HKDF-SHA-256 (RFC 5869), 32 bytes."""
    extracted = hmac.new(salt, key, hashlib.sha256).digest()
    return hmac.new(extracted, info + b"\x01", hashlib.sha256).digest()


class Side:
    """One direction: each frame has its number."""

    def __init__(self, key):
        self._key, self._count = key, 0

    def _tag(self, frame):
        count, self._count = struct.pack(">Q", self._count), self._count + 1
        return hmac.new(self._key, count + frame, hashlib.sha256).digest()[:TAG]

    def seal(self, frame):
        """A frame as it goes out."""
        return struct.pack(">I", len(frame) + TAG) + frame + self._tag(frame)

    def open(self, data):
        """A frame as it came in, without its length."""
        frame, tag = data[:-TAG], data[-TAG:]
        if not hmac.compare_digest(self._tag(frame), tag):
            raise Malformed("not the next frame")
        return frame


def greeting(key, nonce):
    """What a caller shows with its nonce."""
    return hkdf(key, nonce, f"{PROTOCOL} greeting".encode("ascii"))


def channel(key, caller, called):
    """What both ends compute: the answer, the two directions, and what hides one key, once."""

    def of(name):
        return hkdf(key, caller + called, f"{PROTOCOL} {name}".encode("ascii"))

    return of("answer"), Side(of("caller")), Side(of("called")), Cover(of("cover"))


class Cover:
    """Hides one key: once, since whoever sees two under one cover knows how they differ."""

    def __init__(self, data):
        self._data = data

    def once(self, key):
        data, self._data = self._data, None
        if data is None:
            raise Malformed("two keys under one cover")
        return bytes(one ^ other for one, other in zip(key, data))


class Reader:
    def __init__(self, data):
        self._data, self._at = data, 0

    def take(self, length):
        if self._at + length > len(self._data):
            raise Malformed("cut short")
        self._at += length
        return self._data[self._at - length : self._at]

    def number(self, form):
        return struct.unpack(">" + form, self.take(struct.calcsize(">" + form)))[0]

    def rest(self):
        return self.take(len(self._data) - self._at)

    def heads(self):
        heads, last = {}, -1
        for _ in range(self.number("H")):
            lane = self.number("I")
            if lane <= last:
                raise Malformed("lanes out of order")
            last, heads[lane] = lane, self.number("Q")
        return heads

    def end(self):
        if self._at != len(self._data):
            raise Malformed("something is left")


class Receipt:
    """What somebody has brought."""

    def __init__(self, text):
        data = from_base64url(text) if 0 < len(text) <= 17_000 else b""
        self._body, self.tag = data[:-TAG], data[-TAG:]
        reader = Reader(self._body)
        if reader.number("B") != 1:
            raise Malformed("no receipt")
        self.kid, self.of, self.heads = reader.number("H"), reader.take(16), reader.heads()
        reader.end()

    def is_by(self, key):
        """Whether it was made with this key."""
        return hmac.compare_digest(hmac.new(key, self._body, hashlib.sha256).digest()[:TAG], self.tag)


def put_heads(heads):
    lanes = sorted(heads.items())
    return struct.pack(">H", len(lanes)) + b"".join(struct.pack(">IQ", lane, head) for lane, head in lanes)


def hello(follower, bears, of, heads):
    truth = b"\x00" if of is None else b"\x01" + of
    return bytes([HELLO]) + follower + struct.pack(">I", bears) + truth + put_heads(heads)


def probe(nonce):
    return bytes([PROBE]) + struct.pack(">Q", nonce)


def has(of, heads):
    return bytes([HAS]) + of + put_heads(heads)


def ask_keys():
    return bytes([KEYS])


def parse(frame):
    """What an authority has sent: its type, and what belongs to it."""
    reader = Reader(frame)
    kind = reader.number("B")
    if kind == BEGINS:
        said = (kind, reader.take(16))
    elif kind == FACTS:
        lane, after, upto = reader.number("I"), reader.number("Q"), reader.number("Q")
        if upto < after:
            raise Malformed("backwards")
        facts = []
        for _ in range(reader.number("H")):
            at_least, until = reader.number("Q"), reader.number("q")
            facts.append((reader.take(reader.number("H")), at_least, until))
        said = (kind, lane, after, upto, facts)
    elif kind == ALL:
        said = (kind, reader.heads())
    elif kind == PROOF:
        said = (kind, reader.number("Q"), reader.heads())
    elif kind == WAITING:
        said = (kind,)
    elif kind == KEYS:
        try:
            said = (kind, json.loads(reader.rest().decode("utf-8")))
        except ValueError as error:
            raise Malformed("no keys") from error
    elif kind == RECEIPTS:
        said = (kind, reader.number("H"), reader.take(32))
    elif kind == OVER:
        said = (kind, WHY.get(reader.number("B"), "for no reason that is known"))
    else:
        raise Malformed("no such frame")
    reader.end()
    return said
