"""The same files are played by the Rust and the Node tests."""

import json
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "clients" / "python"))

from cloakroom_verifier import frame  # noqa: E402
from cloakroom_verifier.follower import Follower  # noqa: E402
from cloakroom_verifier.guard import Guard  # noqa: E402
from cloakroom_verifier.signature import ALGS, Key  # noqa: E402


def vectors(name):
    return json.loads((ROOT / "vectors" / name).read_text())


def heads(known):
    return {int(lane): int(head) for lane, head in known.items()}


class Clock:
    def __init__(self, steady, wall):
        self.at = [steady, wall]

    def steady(self):
        return self.at[0]

    def wall(self):
        return self.at[1]

    def now(self):
        return tuple(self.at)


class Tokens(unittest.TestCase):
    def setUp(self):
        self.all = vectors("tokens.json")
        self.clock = Clock(0.0, self.all["now"])

    def guard(self):
        return Guard(self.all["issuer"], self.all["audience"], self.clock)

    def test_verdicts(self):
        for token in self.all["tokens"]:
            with self.subTest(token["name"]):
                guard = self.guard()
                guard.believe(self.all["jwks"])
                guard.proves(self.clock.now())
                guard.learn([(bytes.fromhex(fact["key"]), int(fact["at_least"]), 2**62) for fact in token["facts"]])
                wanted = "invalid" if token["verdict"] == "unknown key" else token["verdict"]
                # Twice: the second time its signature is known.
                self.assertEqual([guard.check(token["token"], 2.0).name for _ in range(2)], [wanted] * 2)

    def test_good_news_must_be_fresh_and_bad_news_is_never_too_old(self):
        guard, at = self.guard(), self.clock.at
        valid = next(token["token"] for token in self.all["tokens"] if token["name"] == "ES256")
        unknown = next(token["token"] for token in self.all["tokens"] if token["verdict"] == "unknown key")
        self.assertEqual(guard.check(valid, 2.0).name, "unknown")
        self.assertTrue(guard.takes_the_question())
        guard.believe(self.all["jwks"])
        self.assertEqual((guard.check(valid, 2.0).name, guard.check(valid, 2.0).age), ("unknown", None))
        guard.proves(self.clock.now())
        self.assertEqual(guard.check(valid, 2.0).name, "valid")
        at[0] += 2.0
        self.assertEqual(guard.check(valid, 2.0).name, "valid")
        at[0] += 0.001
        self.assertEqual(guard.check(valid, 2.0).name, "unknown")
        self.assertEqual(guard.check(unknown, 2.0).name, "unknown")
        self.assertTrue(guard.takes_the_question())
        # The machine was asleep: one clock says so.
        guard.proves(self.clock.now())
        self.assertEqual(guard.check(valid, 2.0).name, "valid")
        at[1] += 60
        self.assertEqual(guard.check(valid, 2.0).name, "unknown")
        guard.learn([(b"\x08", 2, int(at[1] * 1_000) + 1_000_000)])
        self.assertEqual(guard.check(valid, 2.0).name, "revoked")
        # A clock that jumps is not believed at once; a fact that is forgotten is over by any clock.
        at[1] += 700
        guard.forget()
        self.assertEqual(guard.check(valid, 2.0).name, "expired")
        at[1] -= 760
        guard.forget()
        self.assertEqual(guard.check(valid, 2.0).name, "revoked")
        at[1] += 760
        guard.forget()
        at[0] += 700
        at[1] += 700
        guard.forget()
        at[1] -= 1460
        guard.proves(self.clock.now())
        self.assertEqual(guard.check(valid, 2.0).name, "expired")


    def test_who_brings_a_receipt_is_not_answered_before_it_has_come(self):
        guard, at, made = self.guard(), self.clock.at, vectors("feed.json")["receipt"]
        valid = next(token["token"] for token in self.all["tokens"] if token["name"] == "ES256")
        text, of = made["text"], bytes.fromhex(made["of"])

        def brings(receipt):
            return guard.check(valid, 2.0, receipt).name

        guard.believe(self.all["jwks"])
        guard.proves(self.clock.now())
        at[0] += 0.001
        self.assertEqual(brings(None), "valid")
        self.assertEqual(brings(text), "unknown", "nobody can say yet whether it is one")
        guard.receipts.believe(made["kid"], bytes.fromhex(made["key"]), self.clock.now())
        self.assertEqual(brings(text), "unknown")
        for wrong in ("", text + "A", text[:-1] + "Q"):
            self.assertEqual(brings(wrong), "malformed")
        guard.receipts.reached(bytes(16), heads(made["heads"]))
        self.assertEqual(brings(text), "unknown", "that is another truth")
        guard.receipts.reached(of, {**heads(made["heads"]), 0: 257})
        self.assertEqual(brings(text), "unknown", "one is missing")
        guard.receipts.reached(of, heads(made["heads"]))
        self.assertEqual(brings(text), "valid")
        guard.receipts.believe(made["kid"] + 1, bytes(32), self.clock.now())
        self.assertEqual(brings(text), "unknown", "where it stands nobody can check any more")
        guard.receipts.believe(made["kid"], bytes.fromhex(made["key"]), self.clock.now())
        # What is asked for when a receipt is there already covers it, of whichever truth it is.
        guard.receipts.reached(None, {})
        guard.proves(self.clock.now())
        self.assertEqual(brings(text), "unknown", "it may be newer than the question")
        at[0] += 0.001
        guard.proves(self.clock.now())
        self.assertEqual(brings(text), "valid")
        steady, wall = self.clock.now()
        guard.receipts.believe(made["kid"] + 1, bytes(32), (steady - 1, wall))
        self.assertEqual(brings(text), "valid", "it is from before the key that is known now")


class Signatures(unittest.TestCase):
    def test_the_examples_of_the_standards(self):
        played = 0
        for example in vectors("jws.json")["signatures"]:
            if example["alg"] in ALGS:
                signed, _, signature = example["token"].rpartition(".")
                key = Key({**example["key"], "alg": example["alg"]})
                signature = frame.from_base64url(signature)
                self.assertTrue(key.verifies(example["alg"], signed.encode(), signature), example["source"])
                self.assertFalse(key.verifies(example["alg"], signed.encode() + b"x", signature), example["source"])
                self.assertFalse(key.verifies(example["alg"], signed.encode(), bytes(len(signature))), example["source"])
                played += 1
        self.assertGreaterEqual(played, 3)


class Feed(unittest.TestCase):
    def test_the_follower_does_what_the_others_do(self):
        for number, steps in enumerate(vectors("follower.json")["scripts"]):
            follower = Follower(lambda now, then: (now - then) / 1_000)
            for step, at in enumerate(steps):
                what, *rest = at["in"]
                self.assertEqual(self.play(follower, at["now"], what, rest), at["out"], f"script {number}, step {step}: {what}")

    def play(self, follower, now, what, rest):
        if what == "opened":
            outputs = follower.opened(now)
        elif what == "closed":
            outputs = follower.closed() or []
        elif what == "tick":
            outputs = follower.tick(now)
        else:
            said = {
                "waiting": lambda: (frame.WAITING,),
                "begins": lambda: (frame.BEGINS, bytes.fromhex(rest[0])),
                "facts": lambda: (frame.FACTS, *rest[:3], [(b"\x08", 1, 2)] * rest[3]),
                "all": lambda: (frame.ALL, heads(rest[0])),
                "proof": lambda: (frame.PROOF, rest[0], heads(rest[1])),
            }[what]()
            outputs = follower.told(now, said)
        shown = []
        for name, *output in outputs:
            if name in ("hello", "has"):
                # A lane at its beginning may be left out.
                known = {str(lane): head for lane, head in sorted(output[1].items()) if head}
                shown.append([name, output[0].hex() if output[0] else None, known])
            elif name == "learn":
                shown.append([name, len(output[0])])
            else:
                shown.append([name, *output])
        return shown

    def test_the_wire(self):
        wire = vectors("feed.json")
        shown = wire["credential"]
        read = frame.Credential(shown["text"])
        self.assertEqual([read.kid.hex(), read.service.hex(), read.key.hex()], [shown[name] for name in ("kid", "service", "key")])
        self.assertNotIn(shown["key"], repr(read))
        for wrong in ("", "cks_", shown["text"][:-1], shown["text"] + "A", shown["text"].replace("cks_", "ckt_")):
            self.assertRaises(frame.Malformed, frame.Credential, wrong)

        between = wire["channel"]

        def ends():
            return frame.channel(*(bytes.fromhex(between[name]) for name in ("key", "caller", "called")))

        shown = frame.greeting(bytes.fromhex(between["key"]), bytes.fromhex(between["caller"]))
        self.assertEqual(shown.hex(), between["greeting"])
        answer, caller, _, cover = ends()
        self.assertEqual(cover.once(bytes(32)).hex(), between["zeros_covered"])
        self.assertRaises(frame.Malformed, cover.once, bytes(32))
        self.assertEqual(answer.hex(), between["answer"])
        frames = [bytes.fromhex(one) for one in between["frames"]]
        self.assertEqual([caller.seal(one).hex() for one in frames], between["sealed_by_caller"])
        sealed = [bytes.fromhex(one)[4:] for one in between["sealed_by_called"]]
        called = ends()[2]
        self.assertEqual([called.open(one) for one in sealed], frames)
        self.assertRaises(frame.Malformed, ends()[2].open, sealed[1])

        made = wire["receipt"]
        brought = frame.Receipt(made["text"])
        self.assertEqual((brought.kid, brought.of.hex(), brought.heads), (made["kid"], made["of"], heads(made["heads"])))
        self.assertTrue(brought.is_by(bytes.fromhex(made["key"])) and not brought.is_by(bytes(32)))
        for wrong in ("", "A", made["text"][1:], made["text"] + "A", "B" + made["text"][1:]):
            self.assertRaises(frame.Malformed, frame.Receipt, wrong)

        said = {
            "hello": lambda one: frame.hello(bytes.fromhex(one["follower"]), one["bears"], one["of"] and bytes.fromhex(one["of"]), heads(one["heads"])),
            "probe": lambda one: frame.probe(int(one["nonce"])),
            "has": lambda one: frame.has(bytes.fromhex(one["of"]), heads(one["heads"])),
            "keys": lambda one: frame.ask_keys(),
        }
        for one in wire["from_follower"]:
            self.assertEqual(said[one["type"]](one).hex(), one["hex"])
        for one in wire["from_authority"]:
            data = bytes.fromhex(one["hex"])
            self.assertEqual(self.plain(frame.parse(data)), {name: value for name, value in one.items() if name != "hex"})
            for cut in range(len(data) if one["type"] != "keys" else 0):
                self.assertRaises(frame.Malformed, frame.parse, data[:cut])

    def plain(self, said):
        kind, *rest = said
        shown = {str(lane): str(head) for lane, head in rest[-1].items()} if kind in (frame.ALL, frame.PROOF) else None
        return {
            frame.BEGINS: lambda: {"type": "begins", "of": rest[0].hex()},
            frame.FACTS: lambda: {
                "type": "facts",
                "lane": rest[0],
                "after": str(rest[1]),
                "upto": str(rest[2]),
                "facts": [{"key": key.hex(), "at_least": str(at_least), "until": str(until)} for key, at_least, until in rest[3]],
            },
            frame.ALL: lambda: {"type": "all", "heads": shown},
            frame.PROOF: lambda: {"type": "proof", "nonce": str(rest[0]), "heads": shown},
            frame.WAITING: lambda: {"type": "waiting"},
            frame.KEYS: lambda: {"type": "keys", "keys": rest[0]},
            frame.RECEIPTS: lambda: {"type": "receipts", "kid": rest[0], "covered": rest[1].hex()},
            frame.OVER: lambda: {"type": "over", "why": rest[0]},
        }[kind]()


if __name__ == "__main__":
    unittest.main()
