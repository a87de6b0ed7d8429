"""Access tokens (RFC 9068). What one says is believed when its signature was right, and not before."""

import json

from .frame import Malformed, from_base64url

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


class UnknownKey(Exception):
    """It names a key that is not known."""


def open_token(text, keys):
    """The claims of a token, and the id of its key."""
    parts = text.split(".") if len(text) <= 16 * 1024 else []
    if len(parts) != 3 or not text.isascii():
        raise Malformed("no token")
    header, payload, signature = (from_base64url(part) for part in parts)
    try:
        header = json.loads(header.decode("utf-8"))
        kid, typ = header["kid"], header["typ"].lower()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Malformed("no header") from error
    if not isinstance(kid, str) or typ not in ("at+jwt", "application/at+jwt") or "crit" in header:
        raise Malformed("no access token")
    key = keys.get(kid)
    if key is None:
        raise UnknownKey(kid)
    if not key.verifies(header.get("alg"), f"{parts[0]}.{parts[1]}".encode("ascii"), signature):
        raise Malformed("signature")
    claims = json.loads(payload.decode("utf-8"))
    if not isinstance(claims, dict):
        raise Malformed("no claims")
    return claims, kid


def _id(prefix, text):
    """The 16 bytes of an id like `ses_…`."""
    if not isinstance(text, str) or not text.startswith(prefix) or len(text) != 30:
        raise Malformed("no id")
    value = 0
    for letter in text[4:]:
        digit = ALPHABET.find(letter)
        if digit < 0:
            raise Malformed("no id")
        value = value << 5 | digit
    if value >> 128:
        raise Malformed("no id")
    return value.to_bytes(16, "big")


def _count(claim):
    return claim if type(claim) is int and claim >= 0 else 0


def depended_on(claims, kid):
    """Everything a token depends on: key, the lowest number that is still good for it, whether it is only stale below that."""
    session = _id("ses_", claims.get("sid"))
    subject = claims.get("sub")
    if not isinstance(subject, str):
        raise Malformed("no subject")
    depended = [
        (b"\x08", _count(claims.get("epoch")), False),
        (b"\x05" + subject.encode("utf-8"), _count(claims.get("ugen")), False),
        (b"\x06" + _id("cli_", claims.get("client_id")), _count(claims.get("cgen")), False),
        (b"\x01" + session, 0, False),
        (b"\x09" + session, _count(claims.get("sver")), True),
        (b"\x07" + _id("key_", kid), 0, False),
    ]
    if "fam" in claims:
        depended.append((b"\x02" + _id("fam_", claims["fam"]), 0, False))
    return depended
