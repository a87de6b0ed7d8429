"""What lets somebody in: a token's signature, what was taken back, and how old what is known of that is. No I/O."""

import threading
import time
from collections import OrderedDict

from .frame import Malformed
from .receipts import Receipts
from .signature import key_set
from .token import UnknownKey, depended_on, open_token

#: The most that any route may bear: the authority waits so long for a verifier that is gone.
BEARS_AT_MOST = 10.0
REMEMBERED = 50_000
SKEW = 30
KEYS_BEAR = 1.0
#: So much the wall clock may differ from how much time has passed, and so long it must have gone on without a jump.
DRIFT, SETTLED = 300.0, 600.0


class Clock:
    """Two clocks. What passes while the machine sleeps the one may not count and the other does."""

    def steady(self):
        boot = getattr(time, "CLOCK_BOOTTIME", None)
        return time.monotonic() if boot is None else time.clock_gettime(boot)

    def wall(self):
        return time.time()

    def now(self):
        return self.steady(), self.wall()


def since(now, then):
    """How long ago a moment was, by whichever clock says more."""
    return max(now[0] - then[0], now[1] - then[1], 0.0)


class Verdict:
    """`valid`; `expired`, `revoked`, `stale` or `invalid`: 401; `unknown`: 503, since nobody can say. Never 401. `malformed`: what came as a
    receipt is none, 400."""

    __slots__ = ("name", "claims", "age")

    def __init__(self, name, claims=None, age=None):
        self.name, self.claims, self.age = name, claims, age

    def __repr__(self):
        return f"Verdict({self.name!r})"


class Guard:
    """May be asked from any thread; told by one."""

    def __init__(self, issuer, audience, clock=None):
        self._issuer, self._audience = issuer, audience
        self._clock = clock or Clock()
        self._facts, self._keys, self._keys_came, self._keys_wanted = {}, {}, None, False
        self._seen, self._seen_lock = OrderedDict(), threading.Lock()
        self._proven, self._forgotten = None, float("-inf")
        self.receipts = Receipts()
        steady, wall = self._clock.now()
        self._began, self._ahead, self._jumped = steady, wall - steady, None

    def check(self, token, bears, receipt=None):
        """What is to be said of a token. Whoever comes with a receipt is not answered before what it is about has come."""
        bears = min(bears, BEARS_AT_MOST)
        # In this order: what is found is at least as new as what was proven, and as old as the clock says after it.
        proven = self._proven
        try:
            has_come = receipt is None or self.receipts.has_come(receipt, self._clock.now(), proven)
        except Malformed:
            return Verdict("malformed")
        try:
            verdict = self._find(token or "")
        except UnknownKey:
            verdict = None
        now = self._clock.now()
        age = None if proven is None else since(now, proven)
        if verdict is None:
            # It may be newer than what is known of the keys. Whoever guesses makes one question in a second of it.
            if self._keys_came is not None and since(now, self._keys_came) <= KEYS_BEAR:
                return Verdict("invalid")
            self._keys_wanted = True
            return Verdict("unknown", age=age)
        # Bad news is never too old.
        if verdict.name in ("valid", "stale") and (not has_come or age is None or age > bears):
            return Verdict("unknown", age=age)
        return verdict

    @property
    def staleness(self):
        """How old what is known is, in seconds; `None`: nothing is."""
        proven = self._proven
        return None if proven is None else since(self._clock.now(), proven)

    def proves(self, moment):
        """Everything that was acknowledged before this moment has been taken in. It only moves on."""
        if self._proven is None or moment[0] > self._proven[0]:
            self._proven = moment

    def takes_the_question(self):
        """Whether somebody wants to know the keys, and nobody has asked."""
        wanted, self._keys_wanted = self._keys_wanted, False
        return wanted

    def learn(self, facts):
        """Takes facts in."""
        for key, at_least, until in facts:
            known = self._facts.get(key, (0, until))
            # Never in place of what is known. One assignment: whoever looks at the same moment sees it or does not.
            self._facts[key] = (max(known[0], at_least), max(known[1], until))

    def forget(self):
        """Forgets facts whose time is over, unless the clock has jumped a moment ago: it may jump back."""
        steady, wall = self._clock.now()
        if abs(wall - steady - self._ahead) > DRIFT:
            self._ahead, self._jumped = wall - steady, steady
        # A machine may start with a clock that is wrong.
        if steady - (self._began if self._jumped is None else self._jumped) < SETTLED:
            return
        for key, until in [(key, until) for key, (_, until) in self._facts.items() if until < wall * 1_000]:
            # By this clock it is not earlier any more.
            self._forgotten = max(self._forgotten, until / 1_000)
            del self._facts[key]

    def believe(self, jwks):
        """These keys are believed, and no others."""
        # Another set is another object: nothing that was seen under the old one is believed.
        self._keys = key_set(jwks) if isinstance(jwks, dict) else {}
        self._keys_came, self._keys_wanted = self._clock.now(), False

    def _find(self, text):
        keys = self._keys
        with self._seen_lock:
            seen = self._seen.get(text)
        if seen is None or seen[2] is not keys:
            try:
                claims, kid = open_token(text, keys)
                seen = (claims, depended_on(claims, kid), keys)
            except (Malformed, ValueError):
                return Verdict("invalid")
            with self._seen_lock:
                self._seen[text] = seen
                if len(self._seen) > REMEMBERED:
                    self._seen.popitem(last=False)
        claims, depended, _ = seen
        # What was forgotten must not be good again when the clock is set back.
        now = max(self._clock.wall(), self._forgotten)
        audience, times = claims.get("aud"), (claims.get("exp"), claims.get("iat"), claims.get("nbf", 0))
        audience = audience if isinstance(audience, list) else [audience]
        # A token that is bound to a key is no bearer token.
        is_here = claims.get("iss") == self._issuer and self._audience in audience and "cnf" not in claims
        is_time = all(isinstance(time, (int, float)) and not isinstance(time, bool) for time in times)
        if not (is_here and is_time) or times[1] > now + SKEW or times[2] > now + SKEW:
            return Verdict("invalid")
        if now >= times[0]:
            return Verdict("expired")
        is_stale = False
        for key, number, only_stale in depended:
            known = self._facts.get(key)
            if known is not None and known[0] > number:
                if not only_stale:
                    return Verdict("revoked")
                is_stale = True
        return Verdict("stale") if is_stale else Verdict("valid", claims)
