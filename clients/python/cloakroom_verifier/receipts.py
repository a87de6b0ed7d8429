"""Receipts that were brought here: whether they are the authority's, and since when each is known to exist."""

import threading
from collections import OrderedDict

from .frame import Malformed, Receipt

#: Only the authority makes any, so nobody can push out those of others.
REMEMBERED = 10_000


class Receipts:
    def __init__(self):
        self._key, self._reached = None, (None, {})
        self._existed, self._lock = OrderedDict(), threading.Lock()

    def believe(self, kid, key, now):
        """They are checked with this key from now on."""
        known = self._key
        self._key = (kid, key, known[2] if known is not None and known[0] == kid else now)

    def reached(self, of, heads):
        """Everything of this truth up to here has been taken in."""
        self._reached = (of, dict(heads))

    def has_come(self, text, now, proven):
        """Whether everything that it is about is known, when this was proven. Raises `Malformed` where it is none."""
        brought, key = Receipt(text), self._key
        # Under a later root key than the known one it is no forgery, and covered by nothing; under an earlier one it is from before the known
        # one was told, whoever made it.
        if key is None or brought.kid > key[0]:
            return False
        if brought.kid < key[0]:
            return proven is not None and proven[0] > key[2][0]
        if not brought.is_by(key[1]):
            raise Malformed("no receipt of this authority")
        with self._lock:
            existed = self._existed.setdefault(brought.tag, now)
            if len(self._existed) > REMEMBERED:
                self._existed.popitem(last=False)
        if proven is not None and proven[0] > existed[0]:
            return True
        of, heads = self._reached
        return of == brought.of and all(heads.get(lane, 0) >= head for lane, head in brought.heads.items())
