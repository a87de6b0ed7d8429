"""PyJWT or Authlib (PyPI): reads a question a line, answers a line."""

import json
import sys
import warnings

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

warnings.simplefilter("ignore")


def pair(alg):
    if alg == "ES256":
        return ec.generate_private_key(ec.SECP256R1())
    if alg == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(65537, 3072)


class PyJwt:
    def __init__(self):
        import jwt

        self.jwt, self.keys = jwt, []

    def key(self, alg):
        from jwt import algorithms

        private = pair(alg)
        self.keys.append(private)
        kinds = {"ES256": algorithms.ECAlgorithm, "EdDSA": algorithms.OKPAlgorithm}
        public = kinds.get(alg, algorithms.RSAAlgorithm).to_jwk(private.public_key(), as_dict=True)
        public.pop("key_ops", None)
        return {"id": len(self.keys) - 1, "public": {**public, "alg": alg}}

    def sign(self, alg, header, payload, id=None, jwk=None):
        key = self.jwt.PyJWK(jwk, alg).key if jwk else self.keys[id]
        jws = self.jwt.api_jws.PyJWS()
        token = jws.encode(payload.encode(), key, algorithm=alg, headers=header)
        return {"token": token}

    def verify(self, alg, jwk, token):
        jws = self.jwt.api_jws.PyJWS()
        payload = jws.decode(token, self.jwt.PyJWK(jwk, alg).key, algorithms=[alg])
        return {"payload": payload.decode()}


class Authlib:
    def __init__(self):
        from authlib.jose import JsonWebKey, JsonWebSignature

        self.key_of = JsonWebKey.import_key
        self.jws, self.keys = JsonWebSignature(["ES256", "EdDSA", "PS256", "RS256", "HS256"]), []

    def key(self, alg):
        private = pair(alg)
        kind = {"ES256": "EC", "EdDSA": "OKP"}.get(alg, "RSA")
        from cryptography.hazmat.primitives import serialization as form

        pem = private.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
        key = self.key_of(pem, {"kty": kind})
        self.keys.append(key)
        public = {name: value for name, value in key.as_dict(is_private=False).items() if name != "kid"}
        return {"id": len(self.keys) - 1, "public": {**public, "alg": alg}}

    def sign(self, alg, header, payload, id=None, jwk=None):
        key = self.key_of(jwk) if jwk else self.keys[id]
        return {"token": self.jws.serialize_compact({"alg": alg, **header}, payload.encode(), key).decode()}

    def verify(self, alg, jwk, token):
        header = json.loads(__import__("base64").urlsafe_b64decode(token.split(".")[0] + "=="))
        if header.get("alg") != alg:
            raise ValueError("another algorithm")
        return {"payload": self.jws.deserialize_compact(token, self.key_of(jwk))["payload"].decode()}


peer = {"pyjwt": PyJwt, "authlib": Authlib}[sys.argv[1]]()
for line in sys.stdin:
    asked = json.loads(line)
    try:
        said = getattr(peer, asked.pop("op"))(**asked)
    except Exception as error:  # what a library refuses, it refuses in many ways
        said = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(said), flush=True)
