"""Issuers that rotate keys, are slow, answer nonsense or do not answer, and a real OpenID provider."""

import json
import threading
import time

import pytest

from harness.apis import Api, definition, eventually, mock
from harness.functions import refusal
from harness.guards import bearer, changing, guard, jwt, user_pool
from harness.issuer import Issuer
from harness.jose import Key, key, now
from harness.oidc import Provider

SETTINGS = """
discover_issuers = true
issuer_keys_s = {keys_s}
issuer_keys_outage_s = {outage_s}
issuer_refetch_s = 1
[[cognito.user_pools]]
arn = "arn:aws:cognito-idp:*:*:userpool/*"
issuer = "{issuer}"
"""


def claims(issuer, **more):
    """Claims that every route takes."""
    url = getattr(issuer, "url", None) or issuer.issuer
    return {"iss": url, "sub": "ann", "aud": "pets", "iat": now(-5), "exp": now(300), "token_use": "id", **more}


@pytest.fixture
def guarded(start):
    """A process with an API that asks for tokens of an issuer: as a user pool's, and for a `JWT` authorizer."""

    def build(issuer, keys_s=3600, outage_s=3600):
        url = getattr(issuer, "url", None) or issuer.issuer
        process = start(SETTINGS.format(issuer=url, keys_s=keys_s, outage_s=outage_s))
        api = Api(process, definition({f"GET /{name}": mock() for name in ("jwt", "scoped", "pool", "pool-scoped")}))
        with changing(api):
            ours, pool = jwt(api, [url]), user_pool(api)
            guard(api, "/jwt", ours)
            guard(api, "/scoped", ours, ["pets:write"])
            guard(api, "/pool", pool)
            guard(api, "/pool-scoped", pool, ["pets:read"])
        return api

    return build


def status(api, token, path="/jwt"):
    """The status of a request with a token."""
    return api.send("GET", path, bearer(token)).status


def expect(found, wanted):
    """For `eventually`."""
    assert found == wanted


def test_a_new_key_is_found_when_its_first_token_comes(guarded):
    old, new = key("old"), key("new")
    issuer = Issuer(old)
    api = guarded(issuer)
    assert status(api, old.sign(claims(issuer))) == 200
    issuer.keys = [new, old]
    assert status(api, new.sign(claims(issuer))) == 200
    assert status(api, old.sign(claims(issuer))) == 200


def test_no_request_fails_while_keys_rotate_under_load(guarded):
    # A key stays published for 2.4 s after its first token; its fetch may have to wait a second for its turn.
    keys = [Key(f"key-{number}", "ES256") for number in range(6)]
    issuer = Issuer(keys[0])
    api = guarded(issuer)
    failed, signer, over = [], [keys[0]], threading.Event()

    def load():
        while not over.is_set():
            found = status(api, signer[0].sign(claims(issuer, jti=str(time.monotonic_ns()))))
            if found != 200:
                failed.append(found)

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(1, len(keys)):
        issuer.keys = keys[max(0, number - 3):number + 1]
        signer[0] = keys[number]
        time.sleep(0.6)
    over.set()
    for thread in threads:
        thread.join(20)
    assert failed == []
    assert issuer.fetches() <= 8


def test_unknown_keys_are_no_load_on_the_issuer(guarded):
    known, stranger = key("old"), key("stranger")
    issuer = Issuer(known)
    api = guarded(issuer)
    assert status(api, known.sign(claims(issuer))) == 200
    before, began = issuer.fetches(), time.monotonic()
    tokens = [stranger.sign(claims(issuer), {"kid": f"garbage-{number}"}) for number in range(60)]
    found = []

    def send(some):
        found.extend(status(api, token) for token in some)

    threads = [threading.Thread(target=send, args=[tokens[index::12]]) for index in range(12)]
    for thread in threads:
        thread.start()
    assert status(api, known.sign(claims(issuer, jti="other"))) == 200
    for thread in threads:
        thread.join(60)
    assert found == [401] * 60
    assert issuer.fetches() - before <= time.monotonic() - began + 1


def test_whoever_comes_first_shares_one_fetch(guarded):
    known = key("old")
    issuer = Issuer(known)
    api = guarded(issuer)
    issuer.delay_s, before = 0.5, issuer.fetches()
    found = []
    threads = [threading.Thread(target=lambda number=number: found.append(
        status(api, known.sign(claims(issuer, jti=str(number)))))) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert found == [200] * 20
    assert issuer.fetches() - before == 1


def test_an_outage_keeps_the_keys_for_a_while(guarded):
    known = key("old")
    issuer = Issuer(known)
    api = guarded(issuer, keys_s=2, outage_s=3)
    remembered = known.sign(claims(issuer))
    assert status(api, remembered) == 200
    issuer.stop()
    began = time.monotonic()
    while time.monotonic() - began < 3.5:
        assert status(api, remembered) == 200
        assert status(api, known.sign(claims(issuer, jti=str(time.monotonic_ns())))) == 200
        time.sleep(0.2)
    eventually(lambda: expect(status(api, remembered), 500), timeout_s=6)


def test_a_key_that_was_taken_away_ends_its_tokens(guarded):
    old, new = key("old"), key("new")
    issuer = Issuer(old, new)
    api = guarded(issuer, keys_s=2)
    token = old.sign(claims(issuer))
    assert status(api, token) == 200
    issuer.keys = [new]
    eventually(lambda: expect(status(api, token), 401), timeout_s=6)
    assert status(api, new.sign(claims(issuer))) == 200


def test_keys_are_fetched_in_the_background_while_tokens_come(guarded):
    known = key("old")
    issuer = Issuer(known)
    api = guarded(issuer, keys_s=1)
    token = known.sign(claims(issuer))
    before, began = issuer.fetches(), time.monotonic()
    while issuer.fetches() - before < 4:
        assert status(api, token) == 200
        assert time.monotonic() - began < 15
        time.sleep(0.05)


NONSENSE = {
    "no JSON": b"keys",
    "no keys": b"{}",
    "keys twice": b'{"keys":[],"keys":[]}',
    "too many keys": json.dumps({"keys": [{}] * 101}).encode(),
    "too long": b" " * 200_000 + b'{"keys":[]}',
}


@pytest.mark.parametrize("what", NONSENSE)
def test_nonsense_is_no_key_set(guarded, what):
    known = key("old")
    issuer = Issuer(known)
    api = guarded(issuer)
    issuer.documents["/jwks"] = NONSENSE[what]
    assert status(api, known.sign(claims(issuer))) == 500
    del issuer.documents["/jwks"]
    eventually(lambda: expect(status(api, known.sign(claims(issuer))), 200), timeout_s=5)


def test_keys_that_cannot_be_trusted_are_skipped(guarded):
    good, weak, private = key("good"), Key("weak", bits=1024), key("private")
    issuer = Issuer(good, weak, private.jwk(private=True), {"kty": "oct", "kid": "secret", "k": "AAAA"})
    api = guarded(issuer)
    assert status(api, good.sign(claims(issuer))) == 200
    before = issuer.fetches()
    assert [status(api, one.sign(claims(issuer))) for one in (weak, private)] == [401, 401]
    assert issuer.fetches() == before, "a key that cannot be used is no unknown key"


def test_redirects_are_not_followed(guarded):
    known = key("old")
    issuer, other = Issuer(known), Issuer(known)
    api = guarded(issuer)
    issuer.status = 302
    issuer.document = lambda path: (b"", {"Location": other.url + path})
    assert status(api, known.sign(claims(issuer))) == 500
    assert other.fetched == []


def test_a_slow_issuer_is_given_up(guarded):
    known = key("old")
    issuer = Issuer(known)
    api = guarded(issuer)
    issuer.delay_s = 5
    began = time.monotonic()
    assert status(api, known.sign(claims(issuer))) == 500
    assert time.monotonic() - began < 4


def test_our_own_ports_are_no_issuers(start):
    process = start(SETTINGS.format(issuer="http://127.0.0.1:1", keys_s=60, outage_s=60))
    api = Api(process, definition({"GET /jwt": mock()}))
    issuer = f"http://127.0.0.1:{process.control}"
    made = api.client.create_authorizer(
        restApiId=api.id, name="jwt", type="JWT", identitySource="method.request.header.Authorization",
        jwtConfiguration={"issuers": [{"issuer": issuer, "audiences": ["pets"]}], "defaultAlgorithms": ["RS256"]})
    assert "jwksUri" not in made["jwtConfiguration"]["issuers"][0]
    with changing(api):
        guard(api, "/jwt", made["id"])
    assert status(api, key("old").sign({**claims(Issuer()), "iss": issuer})) == 500


def test_plain_http_is_for_this_machine(start):
    process = start(SETTINGS.format(issuer="http://127.0.0.1:1", keys_s=60, outage_s=60))
    api = Api(process, definition({"GET /jwt": mock()}))
    for issuer in ("http://id.example", "http://10.0.0.1", "http://localhost.example", "http://localhost:1?a"):
        code, number, _ = refusal(
            api.client.create_authorizer, restApiId=api.id, name="jwt", type="JWT",
            identitySource="method.request.header.Authorization",
            jwtConfiguration={"issuers": [{"issuer": issuer, "audiences": ["pets"]}], "defaultAlgorithms": ["RS256"]})
        assert (code, number) == ("BadRequestException", 400)


@pytest.fixture
def provider(tmp_path):
    """npm's oidc-provider with one key."""
    folder = tmp_path / "provider"
    folder.mkdir()
    running = Provider(folder, [key("first").jwk(private=True)])
    yield running
    running.stop()


def test_a_real_provider_rotates_its_keys_and_goes_away(guarded, provider):
    api = guarded(provider, keys_s=6, outage_s=600)
    read, write = provider.access_token("pets:read"), provider.access_token("pets:write")
    user = provider.user_tokens()
    assert [status(api, token) for token in (read, write)] == [200, 200]
    assert [status(api, token, "/scoped") for token in (read, write)] == [403, 200]
    assert status(api, user["id_token"]) == 401, "its audience is the application"
    assert status(api, user["id_token"], "/pool") == 200
    assert status(api, user["access_token"], "/pool-scoped") == 200
    assert status(api, provider.access_token("pets:write"), "/pool-scoped") == 401

    first, second = key("first").jwk(private=True), key("second", "ES256").jwk(private=True)
    provider.rotate([second, first])
    assert status(api, provider.access_token()) == 200, "signed with the second key, at its first token"
    assert status(api, read) == 200
    fresh = provider.access_token()
    provider.stop()
    assert [status(api, token) for token in (read, fresh)] == [200, 200]
    provider.start([second])
    eventually(lambda: expect([status(api, token) for token in (read, fresh)], [401, 200]), timeout_s=20)
