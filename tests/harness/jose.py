"""Keys and tokens made by OpenSSL through `cryptography` and PyJWT: the other side of our verifier."""

import base64
import functools
import json
import time

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import get_default_algorithms

CURVES = {"ES256": ec.SECP256R1, "ES384": ec.SECP384R1, "ES512": ec.SECP521R1}


def b64(data):
    """base64url without padding, of bytes, text or JSON."""
    if not isinstance(data, (bytes, str)):
        data = json.dumps(data)
    data = data.encode() if isinstance(data, str) else data
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Key:
    """A private key with an id, for one algorithm."""

    def __init__(self, kid, algorithm="RS256", bits=2048):
        self.kid, self.algorithm = kid, algorithm
        if algorithm in CURVES:
            self.private = ec.generate_private_key(CURVES[algorithm]())
        elif algorithm == "EdDSA":
            self.private = ed25519.Ed25519PrivateKey.generate()
        else:
            self.private = rsa.generate_private_key(public_exponent=65537, key_size=bits)
        self.jose = get_default_algorithms()[algorithm]

    def jwk(self, private=False, **members):
        """The JSON Web Key."""
        key = self.private if private else self.private.public_key()
        shown = json.loads(self.jose.to_jwk(key))
        shown.pop("key_ops", None)
        return {**shown, "kid": self.kid, "use": "sig", "alg": self.algorithm, **members}

    def sign(self, claims, headers=None, drop=()):
        """A token; `drop` leaves members of the usual header out."""
        header = {"typ": "JWT", "alg": self.algorithm, "kid": self.kid, **(headers or {})}
        return self.sign_parts(b64({k: v for k, v in header.items() if k not in drop}), b64(claims))

    def sign_parts(self, header, claims):
        """A token of parts that are encoded already."""
        signed = f"{header}.{claims}"
        return f"{signed}.{b64(self.jose.sign(signed.encode(), self.private))}"


@functools.cache
def key(kid, algorithm="RS256", bits=2048):
    """A key that all tests of a worker share: making one takes a while."""
    return Key(kid, algorithm, bits)


def library_token(signer, claims):
    """A token as PyJWT itself writes it."""
    return jwt.encode(claims, signer.private, algorithm=signer.algorithm, headers={"kid": signer.kid})


def now(offset_s=0):
    """Seconds since 1970."""
    return int(time.time()) + offset_s
