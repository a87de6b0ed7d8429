"""A verifier's end of the feed: what it has taken in, and what it has asked. No I/O: each step answers what to do."""

from . import frame

EVERY = 0.5
PATIENCE = 8
OPEN_AT_MOST = 16


def is_same(one, other):
    return all(one.get(lane, 0) == other.get(lane, 0) for lane in {*one, *other})


class Follower:
    """Moments are the caller's; `since` says how long one was before another."""

    def __init__(self, since):
        self._since = since
        self.of, self.known = None, {}
        # How far everything is known: a fact that grew was not where a part ended, and comes with a later one.
        self.all = {}
        self._is_open, self._asked, self._last = False, {}, 0
        self._asked_at = self._heard = None

    def opened(self, now):
        self._asked.clear()
        self._is_open, self._heard = True, now
        outputs = [("hello", self.of, dict(self.known))]
        if self.of is not None:
            # Where it goes on is not what it has.
            outputs.append(("has", self.of, dict(self.all)))
        return [*outputs, self._ask(now)]

    def closed(self):
        self._asked.clear()
        self._is_open = False

    def told(self, now, said):
        if not self._is_open:
            return []
        # It keeps the stream open, and makes nothing fresh.
        self._heard = now
        if said[0] == frame.BEGINS:
            self.of, self.known, self.all = said[1], {}, {}
            return []
        if said[0] == frame.FACTS:
            return self._take_in(*said[1:])
        if said[0] == frame.ALL:
            return self._reach(said[1], None)
        if said[0] == frame.PROOF and said[1] in self._asked:
            return self._reach(said[2], said[1])
        # Nobody asked: it proves nothing.
        return []

    def tick(self, now):
        if not self._is_open:
            return []
        if self._since(now, self._heard) >= PATIENCE * EVERY:
            return self._close()
        return [self._ask(now)] if self._since(now, self._asked_at) >= EVERY else []

    def _ask(self, now):
        self._last += 1
        self._asked_at = self._asked[self._last] = now
        if len(self._asked) > OPEN_AT_MOST:
            del self._asked[min(self._asked)]
        return ("probe", self._last)

    def _take_in(self, lane, after, upto, facts):
        if self.of is None or after > self.known.get(lane, 0):
            # Something in between never came.
            return self._close()
        self.known[lane] = max(upto, self.known.get(lane, 0))
        return [("learn", facts)]

    def _reach(self, heads, nonce):
        if self.of is None:
            return self._close()
        if not is_same(heads, self.known):
            # More than has come: something is missing. Less: this truth has lost what it acknowledged, and is read from its beginning.
            if any(heads.get(lane, 0) < head for lane, head in self.known.items()):
                self.of, self.known, self.all = None, {}, {}
            return self._close()
        outputs = []
        if not is_same(heads, self.all):
            self.all = dict(heads)
            outputs.append(("has", self.of, heads))
        if nonce is not None:
            outputs.append(("fresh", self._asked[nonce]))
            self._asked = {other: at for other, at in self._asked.items() if other > nonce}
        return outputs

    def _close(self):
        self.closed()
        return [("close",)]
