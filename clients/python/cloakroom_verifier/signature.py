"""Signatures, verified with nothing but the standard library. There is no secret here, so nothing has to take the same time."""

import hashlib

from .frame import Malformed, from_base64url

# --- ECDSA over P-256 (FIPS 186-5) ------------------------------------------------------------------------------

P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)


def _double(point):
    x, y, z = point
    if not y or not z:
        return (1, 1, 0)
    delta, gamma = z * z % P, y * y % P
    beta = x * gamma % P
    alpha = 3 * (x - delta) * (x + delta) % P
    doubled = (alpha * alpha - 8 * beta) % P
    return (
        doubled,
        (alpha * (4 * beta - doubled) - 8 * gamma * gamma) % P,
        ((y + z) * (y + z) - gamma - delta) % P,
    )


def _add(one, other):
    if not one[2]:
        return other
    if not other[2]:
        return one
    (x1, y1, z1), (x2, y2, z2) = one, other
    zz1, zz2 = z1 * z1 % P, z2 * z2 % P
    u1, u2 = x1 * zz2 % P, x2 * zz1 % P
    s1, s2 = y1 * z2 * zz2 % P, y2 * z1 * zz1 % P
    h, r = (u2 - u1) % P, (s2 - s1) % P
    if not h:
        return (1, 1, 0) if r else _double(one)
    hh = h * h % P
    hhh, v = h * hh % P, u1 * hh % P
    x3 = (r * r - hhh - 2 * v) % P
    return (x3, (r * (v - x3) - s1 * hhh) % P, h * z1 * z2 % P)


def _es256(public, message, signature):
    if len(signature) != 64:
        return False
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if not (0 < r < N and 0 < s < N):
        return False
    digest, inverse = int.from_bytes(hashlib.sha256(message).digest(), "big"), pow(s, -1, N)
    u1, u2 = digest * inverse % N, r * inverse % N
    # Both products at once: one doubling for each bit, and at most one addition.
    base, key = (*G, 1), (*public, 1)
    both, total = _add(base, key), (1, 1, 0)
    for bit in range(max(u1.bit_length(), u2.bit_length()) - 1, -1, -1):
        total = _double(total)
        which = (u1 >> bit & 1) + 2 * (u2 >> bit & 1)
        if which:
            total = _add(total, (base, key, both)[which - 1])
    x, _, z = total
    if not z:
        return False
    return x * pow(z * z, -1, P) % P % N == r


def _es256_key(jwk):
    x, y = (int.from_bytes(_exactly(jwk[name], 32), "big") for name in ("x", "y"))
    if jwk.get("crv") != "P-256" or x >= P or y >= P or (y * y - (x * x * x - 3 * x + B)) % P:
        raise Malformed("no point of the curve")
    return x, y


# --- Ed25519 (RFC 8032) -----------------------------------------------------------------------------------------

Q = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, Q) % Q
ROOT = pow(2, (Q - 1) // 4, Q)


def _recover(y, sign):
    if y >= Q:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, Q) % Q
    if not square:
        return None if sign else 0
    x = pow(square, (Q + 3) // 8, Q)
    if (x * x - square) % Q:
        x = x * ROOT % Q
    if (x * x - square) % Q:
        return None
    return Q - x if x & 1 != sign else x


def _point(data):
    number = int.from_bytes(data, "little")
    y, sign = number & ((1 << 255) - 1), number >> 255
    x = _recover(y, sign)
    return None if x is None else (x, y, 1, x * y % Q)


def _plus(one, other):
    a, b = (one[1] - one[0]) * (other[1] - other[0]) % Q, (one[1] + one[0]) * (other[1] + other[0]) % Q
    c, d = 2 * one[3] * other[3] * D % Q, 2 * one[2] * other[2] % Q
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % Q, g * h % Q, f * g % Q, e * h % Q)


def _times(number, point):
    total = (0, 1, 1, 0)
    while number:
        if number & 1:
            total = _plus(total, point)
        point, number = _plus(point, point), number >> 1
    return total


BASE_Y = 4 * pow(5, -1, Q) % Q
BASE = (_recover(BASE_Y, 0), BASE_Y, 1, _recover(BASE_Y, 0) * BASE_Y % Q)


def _ed25519(public, message, signature):
    if len(signature) != 64:
        return False
    point, key = public
    s = int.from_bytes(signature[32:], "little")
    if s >= L:
        return False
    digest = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    x, y, z, t = point
    # s B - h A, written as the signature has it.
    x, y, z, _ = _plus(_times(s, BASE), _times(digest, (-x % Q, y, z, -t % Q)))
    inverse = pow(z, -1, Q)
    x, y = x * inverse % Q, y * inverse % Q
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


def _ed25519_key(jwk):
    key = _exactly(jwk["x"], 32)
    point = _point(key)
    if jwk.get("crv") != "Ed25519" or point is None:
        raise Malformed("no point of the curve")
    return point, key


# --- RSA (RFC 8017) ---------------------------------------------------------------------------------------------

SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")


def _rsa(public, signature):
    n, e, length = public
    number = int.from_bytes(signature, "big")
    if len(signature) != length or number >= n:
        return None
    return pow(number, e, n).to_bytes(length, "big")


def _rs256(public, message, signature):
    shown = _rsa(public, signature)
    info = SHA256 + hashlib.sha256(message).digest()
    return shown == b"\x00\x01" + b"\xff" * (public[2] - 3 - len(info)) + b"\x00" + info


def _ps256(public, message, signature):
    shown = _rsa(public, signature)
    if shown is None:
        return False
    bits = public[0].bit_length() - 1
    shown = shown[-((bits + 7) // 8) :]
    masked, digest, last = shown[:-33], shown[-33:-1], shown[-1:]
    spare = 8 * len(shown) - bits
    if last != b"\xbc" or masked[0] >> (8 - spare):
        return False
    mask = b"".join(hashlib.sha256(digest + count.to_bytes(4, "big")).digest() for count in range(len(masked) // 32 + 1))
    plain = bytearray(one ^ other for one, other in zip(masked, mask))
    plain[0] &= 0xFF >> spare
    padding, salt = bytes(plain[:-32]), bytes(plain[-32:])
    if padding != b"\x00" * (len(padding) - 1) + b"\x01":
        return False
    return hashlib.sha256(b"\x00" * 8 + hashlib.sha256(message).digest() + salt).digest() == digest


def _rsa_key(jwk):
    n, e = (int.from_bytes(from_base64url(jwk[name]), "big") for name in ("n", "e"))
    if n.bit_length() < 2048 or n.bit_length() > 8192 or not n & 1 or e < 3 or e > 2**32 or not e & 1:
        raise Malformed("no key that can be used")
    return n, e, (n.bit_length() + 7) // 8


def _exactly(text, length):
    data = from_base64url(text)
    if len(data) != length:
        raise Malformed("of another length")
    return data


#: One algorithm for each key, and nothing of the header is followed.
ALGS = {
    "ES256": ("EC", _es256_key, _es256, {"ES256"}),
    "EdDSA": ("OKP", _ed25519_key, _ed25519, {"EdDSA", "Ed25519"}),
    "Ed25519": ("OKP", _ed25519_key, _ed25519, {"EdDSA", "Ed25519"}),
    "PS256": ("RSA", _rsa_key, _ps256, {"PS256"}),
    "RS256": ("RSA", _rsa_key, _rs256, {"RS256"}),
}


class Key:
    """A public key and its one algorithm."""

    def __init__(self, jwk):
        kind, read, self._verify, self._names = ALGS[jwk["alg"]]
        if jwk.get("kty") != kind or "d" in jwk:
            raise Malformed("no public key of this kind")
        self._public = read(jwk)

    def verifies(self, alg, message, signature):
        return alg in self._names and self._verify(self._public, message, signature)


def key_set(jwks):
    """The keys of a JWK Set, by their ids. One that is of no known kind is left out."""
    keys = {}
    for jwk in jwks.get("keys", []):
        try:
            if isinstance(jwk["kid"], str):
                keys[jwk["kid"]] = Key(jwk)
        except (KeyError, TypeError, Malformed):
            continue
    return keys
