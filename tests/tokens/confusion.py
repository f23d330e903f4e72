"""The corpus of JWT confusion: requests that look like authorized ones. Each case makes headers from a world."""

import base64
import hashlib
import hmac
import json

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from harness.jose import b64, now

BEARER = "Bearer "


def one(token):
    """The usual header."""
    return [("Authorization", BEARER + token)]


def public_texts(world):
    """The texts of a public key that a confused verifier could take for a shared secret."""
    public = world.keys["RS256"].private.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return {
        "pem": pem,
        "pem without its end": pem.strip(),
        "der": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "jwk": json.dumps(world.keys["RS256"].jwk()).encode(),
        "modulus": base64.urlsafe_b64decode(world.keys["RS256"].jwk()["n"] + "=="),
        "nothing": b"",
    }


def with_secret(world, secret, algorithm="HS256"):
    """A token whose HMAC has a public text for its key."""
    digest = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}[algorithm]
    signed = f"{b64({'alg': algorithm, 'kid': 'RS256-key', 'typ': 'JWT'})}.{b64(world.claims())}"
    return f"{signed}.{b64(hmac.new(secret, signed.encode(), digest).digest())}"


def header(world, headers, drop=(), key="RS256"):
    """A token with a real signature over an unusual header."""
    return world.keys[key].sign(world.claims(), headers, drop)


def raw(world, claims=None, header=None, key="RS256"):
    """A token with a real signature over texts that no JSON library would write."""
    usual = json.dumps({"alg": world.keys[key].algorithm, "kid": world.keys[key].kid, "typ": "JWT"})
    return world.keys[key].sign_parts(b64(header or usual), b64(claims or json.dumps(world.claims())))


def spliced(text, more):
    """A JSON object's text with more members at its end."""
    return f"{text[:-1]},{more}}}"


def bent(token, part, change):
    """A token with one of its parts changed."""
    parts = token.split(".")
    parts[part] = change(parts[part])
    return ".".join(parts)


def unsigned(world, algorithm):
    """A token without a signature."""
    return f"{b64({'alg': algorithm, 'kid': 'RS256-key', 'typ': 'JWT'})}.{b64(world.claims())}."


def embedded(world):
    """A token that brings the key that it was signed with."""
    return world.stranger.sign(world.claims(), {"kid": "RS256-key", "jwk": world.stranger.jwk(kid="RS256-key")})


def elsewhere(world, **members):
    """A token that says where its key is to be had."""
    world.trap.keys = [world.stranger.jwk(kid="RS256-key")]
    return world.stranger.sign(world.claims(), {"kid": "RS256-key", **members})


def zeros(world, key, size):
    """A signature of nothing but zeros."""
    return bent(world.keys[key].sign(world.claims()), 2, lambda _: b64(bytes(size)))


# Name to headers. All of these are refused by every route.
REFUSED = {
    "no header": lambda w: [],
    "an empty header": lambda w: [("Authorization", "")],
    "nothing behind the scheme": lambda w: [("Authorization", "Bearer ")],
    "another scheme": lambda w: [("Authorization", "Basic " + w.keys["RS256"].sign(w.claims()))],
    "a scheme twice": lambda w: [("Authorization", "Bearer Bearer " + w.keys["RS256"].sign(w.claims()))],
    "two headers": lambda w: one(w.keys["RS256"].sign(w.claims())) * 2,
    "a good header after a bad one": lambda w: one("x.y.z") + one(w.keys["RS256"].sign(w.claims())),
    "a bad header after a good one": lambda w: one(w.keys["RS256"].sign(w.claims())) + one("x.y.z"),
    "a look-alike of the header": lambda w: [("Authorization-", BEARER + w.keys["RS256"].sign(w.claims()))],
    "two tokens in a header": lambda w: one(", ".join([w.keys["RS256"].sign(w.claims())] * 2)),
    "no token": lambda w: one("token"),
    "dots": lambda w: one(".."),
    "an extra dot at the end": lambda w: one(w.keys["RS256"].sign(w.claims()) + "."),
    "an extra dot at the beginning": lambda w: one("." + w.keys["RS256"].sign(w.claims())),
    "two parts": lambda w: one(w.keys["RS256"].sign(w.claims()).rpartition(".")[0]),
    "five parts, as encrypted tokens have": lambda w: one(w.keys["RS256"].sign(w.claims()) + ".AAAA.AAAA"),
    "no signature": lambda w: one(bent(w.keys["RS256"].sign(w.claims()), 2, lambda _: "")),
    "a short signature": lambda w: one(bent(w.keys["RS256"].sign(w.claims()), 2, lambda it: it[:-4])),
    "a long signature": lambda w: one(bent(w.keys["RS256"].sign(w.claims()), 2, lambda it: it + "AAAA")),
    "a bent signature": lambda w: one(bent(w.keys["RS256"].sign(w.claims()), 2, lambda it: "AAAA" + it[4:])),
    "bent claims": lambda w: one(bent(w.keys["RS256"].sign(w.claims()), 1, lambda _: b64(w.claims(sub="eve")))),
    "a bent header": lambda w: one(bent(header(w, {}), 0, lambda _: b64({"alg": "RS256", "kid": "RS256-key"}))),
    "padding": lambda w: one(w.keys["RS256"].sign(w.claims()) + "="),
    "the alphabet of ordinary base64": lambda w: one(bent(header(w, {}), 2, lambda _: "+/" * 171)),
    "a space inside": lambda w: one(w.keys["RS256"].sign(w.claims()).replace(".", ". ", 1)),
    "a line break that is encoded": lambda w: one(w.keys["RS256"].sign(w.claims()) + "%0a"),
    "alg none": lambda w: one(unsigned(w, "none")),
    "alg None": lambda w: one(unsigned(w, "None")),
    "alg NONE": lambda w: one(unsigned(w, "NONE")),
    "alg nOnE with a signature": lambda w: one(header(w, {"alg": "nOnE"})),
    "alg empty": lambda w: one(header(w, {"alg": ""})),
    "no alg": lambda w: one(header(w, {}, drop=["alg"])),
    "alg as a list": lambda w: one(header(w, {"alg": ["RS256"]})),
    "alg null": lambda w: one(header(w, {"alg": None})),
    "alg in small letters": lambda w: one(header(w, {"alg": "rs256"})),
    "alg with a space": lambda w: one(header(w, {"alg": "RS256 "})),
    "alg of another key type": lambda w: one(header(w, {"alg": "ES256"})),
    "alg of another hash": lambda w: one(header(w, {"alg": "RS512"})),
    "alg of another padding": lambda w: one(header(w, {"alg": "PS256"})),
    "alg that nobody serves": lambda w: one(header(w, {"alg": "ES256K"})),
    "no kid": lambda w: one(header(w, {}, drop=["kid"])),
    "kid empty": lambda w: one(header(w, {"kid": ""})),
    "kid as a number": lambda w: one(header(w, {"kid": 1})),
    "kid as a list": lambda w: one(header(w, {"kid": ["RS256-key"]})),
    "kid of another key": lambda w: one(header(w, {"kid": "ES256-key"})),
    "kid in other letters": lambda w: one(header(w, {"kid": "rs256-KEY"})),
    "kid with a space": lambda w: one(header(w, {"kid": "RS256-key "})),
    "kid as a path": lambda w: one(w.stranger.sign(w.claims(), {"kid": "../../../../dev/null"})),
    "kid as SQL": lambda w: one(w.stranger.sign(w.claims(), {"kid": "x' UNION SELECT 'AAAA'; --"})),
    "kid as a command": lambda w: one(w.stranger.sign(w.claims(), {"kid": "RS256-key|sleep 9"})),
    "kid as a URL": lambda w: one(w.stranger.sign(w.claims(), {"kid": w.trap.url + "/jwks"})),
    "kid with a null byte": lambda w: one(w.stranger.sign(w.claims(), {"kid": "RS256-key\0"})),
    "kid that is too long": lambda w: one(w.stranger.sign(w.claims(), {"kid": "k" * 600})),
    "a stranger's key": lambda w: one(w.stranger.sign(w.claims())),
    "a stranger's key under a known kid": lambda w: one(w.stranger.sign(w.claims(), {"kid": "RS256-key"})),
    "a key inside": lambda w: one(embedded(w)),
    "jku": lambda w: one(elsewhere(w, jku=w.trap.url + "/jwks")),
    "jku that begins like the issuer": lambda w: one(elsewhere(w, jku=f"{w.issuer.url}@{w.trap.url[7:]}/jwks")),
    "x5u": lambda w: one(elsewhere(w, x5u=w.trap.url + "/certificate")),
    "x5c": lambda w: one(elsewhere(w, x5c=["MIIB"], x5t="AAAA")),
    "crit": lambda w: one(header(w, {"crit": ["exp"], "exp": now(99)})),
    "crit empty": lambda w: one(header(w, {"crit": []})),
    "b64 false": lambda w: one(header(w, {"b64": False})),
    "a nested token": lambda w: one(w.keys["RS256"].sign_parts(
        b64({"alg": "RS256", "kid": "RS256-key", "cty": "JWT"}), b64(w.keys["RS256"].sign(w.claims())))),
    "a content type": lambda w: one(header(w, {"cty": "application/json"})),
    "compressed": lambda w: one(header(w, {"zip": "DEF"})),
    "encrypted": lambda w: one(header(w, {"enc": "A128GCM"})),
    "the type of another use": lambda w: one(header(w, {"typ": "dpop+jwt"})),
    "the type of a logout": lambda w: one(header(w, {"typ": "logout+jwt"})),
    "alg twice": lambda w: one(raw(w, header='{"alg":"none","alg":"RS256","kid":"RS256-key"}')),
    "alg twice, once escaped": lambda w: one(raw(w, header=r'{"\u0061lg":"none","alg":"RS256","kid":"RS256-key"}')),
    "kid twice": lambda w: one(raw(w, header='{"alg":"RS256","kid":"x","kid":"RS256-key"}')),
    "a claim twice": lambda w: one(raw(w, spliced(json.dumps(w.claims()), '"sub":"eve"'))),
    "exp twice": lambda w: one(raw(w, spliced(json.dumps(w.claims(exp=now(-9))), f'"exp":{now(99)}'))),
    "a member twice inside a claim": lambda w: one(raw(w, spliced(json.dumps(w.claims()), '"a":{"b":1,"b":2}'))),
    "claims nested too deeply": lambda w: one(raw(w, spliced(json.dumps(w.claims()), '"a":' + "[" * 40 + "]" * 40))),
    "claims as a list": lambda w: one(raw(w, json.dumps([w.claims()]))),
    "claims with something behind": lambda w: one(raw(w, json.dumps(w.claims()) + "{}")),
    "claims with a byte order mark": lambda w: one(raw(w, "\ufeff" + json.dumps(w.claims()))),
    "a token that is too long": lambda w: one(w.keys["ES256"].sign(w.claims(sub="a" * 6000, aud=["pets"] * 99))[:-8]),
    "expired": lambda w: one(w.keys["RS256"].sign(w.claims(exp=now(-1)))),
    "expired long ago": lambda w: one(w.keys["RS256"].sign(w.claims(exp=1))),
    "exp in milliseconds, negative": lambda w: one(w.keys["RS256"].sign(w.claims(exp=-now(300) * 1000))),
    "exp as text": lambda w: one(w.keys["RS256"].sign(w.claims(exp=str(now(300))))),
    "exp null": lambda w: one(raw(w, spliced(json.dumps(w.claims(exp=None)), '"exp":null'))),
    "exp as a list": lambda w: one(w.keys["RS256"].sign(w.claims(exp=[now(300)]))),
    "no exp": lambda w: one(w.keys["RS256"].sign(w.claims(exp=None))),
    "exp beyond every number": lambda w: one(raw(w, spliced(json.dumps(w.claims(exp=None)), '"exp":1e999'))),
    "exp beyond every date": lambda w: one(raw(w, spliced(json.dumps(w.claims(exp=None)), '"exp":1e300'))),
    "exp with too many digits": lambda w: one(raw(w, spliced(json.dumps(w.claims(exp=None)), '"exp":' + "9" * 400))),
    "nbf to come": lambda w: one(w.keys["RS256"].sign(w.claims(nbf=now(120)))),
    "nbf as text": lambda w: one(w.keys["RS256"].sign(w.claims(nbf="1"))),
    "iat to come": lambda w: one(w.keys["RS256"].sign(w.claims(iat=now(120)))),
    "no issuer": lambda w: one(w.keys["RS256"].sign(w.claims(iss=None))),
    "another issuer": lambda w: one(w.keys["RS256"].sign(w.claims(iss="https://id.example"))),
    "an issuer with a slash": lambda w: one(w.keys["RS256"].sign(w.claims(iss=w.issuer.url + "/"))),
    "an issuer in capitals": lambda w: one(w.keys["RS256"].sign(w.claims(iss=w.issuer.url.upper()))),
    "an issuer as a list": lambda w: one(w.keys["RS256"].sign(w.claims(iss=[w.issuer.url]))),
    "an issuer whose name goes on": lambda w: one(w.keys["RS256"].sign(w.claims(iss=w.issuer.url + ".evil.example"))),
    "zeros for an ES256 signature": lambda w: one(zeros(w, "ES256", 64)),
    "zeros for an ES512 signature": lambda w: one(zeros(w, "ES512", 132)),
    "zeros for an Ed25519 signature": lambda w: one(zeros(w, "EdDSA", 64)),
    "the neutral element for an Ed25519 signature": lambda w: one(
        bent(w.keys["EdDSA"].sign(w.claims()), 2, lambda _: b64(b"\1" + bytes(63)))),
    "zeros for an RSA signature": lambda w: one(zeros(w, "RS256", 256)),
    "one for an RSA signature": lambda w: one(bent(header(w, {}), 2, lambda _: b64(bytes(255) + b"\1"))),
    "an ES256 signature in DER": lambda w: one(bent(w.keys["ES256"].sign(w.claims()), 2, lambda _: b64(
        bytes.fromhex("3006020101020101")))),
}
for text in ("pem", "pem without its end", "der", "jwk", "modulus", "nothing"):
    REFUSED[f"HS256 with the {text} of the public key"] = lambda w, text=text: one(with_secret(w, public_texts(w)[text]))
for algorithm in ("HS384", "HS512"):
    REFUSED[f"{algorithm} with the public key"] = lambda w, it=algorithm: one(with_secret(w, public_texts(w)["pem"], it))

# What only JWT authorizers refuse: user pools do not look at the audience.
REFUSED_BY_JWT = {
    "no audience": lambda w: one(w.keys["RS256"].sign(w.claims(aud=None))),
    "another audience": lambda w: one(w.keys["RS256"].sign(w.claims(aud="dogs"))),
    "an audience that begins well": lambda w: one(w.keys["RS256"].sign(w.claims(aud="pets2"))),
    "the beginning of the audience": lambda w: one(w.keys["RS256"].sign(w.claims(aud="pet"))),
    "the audience among words": lambda w: one(w.keys["RS256"].sign(w.claims(aud="dogs pets"))),
    "the audience in capitals": lambda w: one(w.keys["RS256"].sign(w.claims(aud="PETS"))),
    "no audience in a list": lambda w: one(w.keys["RS256"].sign(w.claims(aud=[]))),
    "an audience beside a number": lambda w: one(w.keys["RS256"].sign(w.claims(aud=["pets", 1]))),
    "an audience as an object": lambda w: one(w.keys["RS256"].sign(w.claims(aud={"pets": "pets"}))),
    "an audience inside a list inside": lambda w: one(w.keys["RS256"].sign(w.claims(aud=[["pets"]]))),
}

# What every route but the scoped ones takes: the corpus would prove nothing if all were refused.
TAKEN = {
    "the usual": lambda w: one(w.keys["RS256"].sign(w.claims())),
    "without a scheme": lambda w: [("Authorization", w.keys["RS256"].sign(w.claims()))],
    "the scheme in other letters": lambda w: [("authorization", "bEARER " + w.keys["RS256"].sign(w.claims()))],
    "another key type": lambda w: one(w.keys["ES256"].sign(w.claims())),
    "without a type": lambda w: one(header(w, {}, drop=["typ"])),
    "the type of an access token": lambda w: one(header(w, {"typ": "at+jwt"})),
    "several audiences": lambda w: one(w.keys["RS256"].sign(w.claims(aud=["dogs", "pets"]))),
    "dates with fractions": lambda w: one(w.keys["RS256"].sign(w.claims(exp=now(60) + 0.5, iat=now(-5) + 0.25))),
    "addresses of keys that nobody follows": lambda w: one(header(w, {"jku": w.trap.url, "x5u": w.trap.url})),
}
