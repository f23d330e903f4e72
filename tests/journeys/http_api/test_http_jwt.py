"""JWT authorizers of HTTP APIs: where tokens are, what callers are told, what back ends and functions see (facts 94, H32 to H41)."""

import pytest

from harness.apis import eventually
from harness.backend import Backend
from harness.guards import bearer
from harness.http_apis import HttpApi
from harness.issuer import Issuer
from harness.jose import Key, key, now
from harness.lambdas import Lambdas
from harness.process import Stagegate



class World:
    """An API whose routes ask for tokens, its issuer, its functions and its back end."""

    def __init__(self, folder):
        self.signer, self.curve, self.stranger = key("k"), key("e", "ES256"), Key("k")
        self.issuer, self.lambdas = Issuer(self.signer, self.curve), Lambdas()
        self.process = Stagegate(folder, "issuer_refetch_s = 1\n" + self.lambdas.settings).start()
        self.backend = Backend().space()
        self.lambdas.functions["echo"] = lambda call: {"statusCode": 200, "body": call.payload.decode()}
        self.lambdas.functions["echo1"] = self.lambdas.functions["echo"]
        api = self.api = HttpApi(self.process)
        usual = api.jwt(self.issuer.url)
        by_query = api.jwt(self.issuer.url, source="$request.querystring.token", name="query")
        target = api.proxy(self.backend.url)
        api.route("GET /usual", target, usual)
        api.route("GET /scoped", target, usual, ["pets:read", "pets:write"])
        api.route("GET /query", target, by_query)
        api.route("GET /event", api.function("echo"), usual)
        api.route("GET /event-scoped", api.function("echo"), usual, ["pets:read", "pets:write"])
        api.route("GET /event-1", api.function("echo1", "1.0"), usual)
        api.route("GET /open", target)
        api.route("GET /nowhere", target, api.jwt("http://127.0.0.1:9", name="nowhere"))
        api.live()

    def token(self, signer=None, headers=None, **changed):
        """A token that every route but the scoped ones takes; `None` leaves a claim out."""
        usual = {"iss": self.issuer.url, "sub": "ann", "aud": "pets", "iat": now(-5), "exp": now(300)}
        claims = {name: value for name, value in {**usual, **changed}.items() if value is not None}
        return (signer or self.signer).sign(claims, headers)

    def get(self, path, token=None, headers=()):
        """A request with a token in its header."""
        return self.api.send("GET", path, [*(bearer(token) if token else []), *headers])

    def stop(self):
        """Ends everything."""
        self.process.stop()
        self.lambdas.stop()
        self.issuer.stop()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """What the tests share."""
    made = World(tmp_path_factory.mktemp("http-jwt") / "data")
    yield made
    made.stop()


def refused(answer, challenge):
    """A 401 as AWS answers it: with these headers, in this order, and no content type (facts H2, H5 and H6)."""
    assert (answer.status, answer.body) == (401, b'{"message":"Unauthorized"}')
    assert answer.all("www-authenticate") == [challenge]
    names = [name for name, _ in answer.headers]
    assert "www-authenticate" in names and "apigw-requestid" in names, names
    assert not {"content-type", "x-amzn-requestid", "x-amzn-errortype"} & {name.lower() for name in names}


def described(description, scope=""):
    """A challenge."""
    return f'Bearer scope="{scope}" error="invalid_token" error_description="{description}"'


def test_a_token_lets_in_with_or_without_its_scheme(world):
    token = world.token()
    for headers in ([("Authorization", token)], bearer(token), [("authorization", f"bearer {token}")]):
        assert world.api.send("GET", "/usual", headers).status == 200


def test_fact_h32_without_a_token(world):
    for headers in ([], [("Authorization", "")]):
        refused(world.api.send("GET", "/usual", headers), "Bearer")


@pytest.mark.parametrize(("token", "description"), [
    ("nonsense", "token contains an invalid number of segments"),
    ("a.b", "token contains an invalid number of segments"),
    ("ab*c.e30.c2ln", "illegal base64 data at input byte 2"),
])
def test_fact_h33_what_is_no_token(world, token, description):
    refused(world.get("/usual", token), described(description))


def test_facts_h34_to_h36_tokens_that_do_not_count(world):
    world.backend.requests.clear()
    for token, description in [
        (world.token(aud="cats"), "the token does not have a valid audience"),
        (world.token(exp=now(-60)), "the token has expired"),
        (world.token(world.curve), "signing method ES256 is invalid"),
        (world.token(world.stranger), "crypto/rsa: verification error"),
        (world.token(iss="https://other.example"), "the token does not have a valid issuer"),
        (world.token(headers={"kid": "unknown"}), "the token does not have a valid key id"),
    ]:
        refused(world.get("/usual", token), described(description))
    assert not world.backend.requests


def test_fact_h35_the_scopes_of_the_route_are_told(world):
    refused(world.get("/scoped", world.token(exp=now(-60))), described("the token has expired", "pets:read pets:write"))


def test_fact_94_a_token_without_a_scope_is_forbidden(world):
    for scope in (None, "", "pets", "pets:reader", "PETS:READ"):
        answer = world.get("/scoped", world.token(scope=scope))
        assert (answer.status, answer.body) == (403, b'{"message":"Forbidden"}'), scope
    for scope in ("pets:read", "other pets:write"):
        assert world.get("/scoped", world.token(scope=scope)).status == 200, scope
    assert world.get("/scoped", world.token(scp=["pets:read"])).status == 200


def test_facts_h37_and_h38_an_issuer_that_cannot_be_reached(world, tmp_path):
    token = world.token(iss="http://127.0.0.1:9")
    refused(world.get("/nowhere", token), described("OIDC discovery endpoint communication error"))
    issuer = Issuer()
    api = HttpApi(world.process)
    api.route("GET /x", api.proxy(world.backend.url), api.jwt(issuer.url))
    api.live()
    issuer.documents["/jwks"] = b"no keys"
    refused(api.send("GET", "/x", bearer(world.token(iss=issuer.url))), described("JWKS communication error"))
    issuer.stop()


def test_fact_h41_the_audience_wins_over_the_client(world):
    for claims, status in [
        ({"aud": None, "client_id": "pets"}, 200),
        ({"aud": None, "client_id": "cats"}, 401),
        ({"aud": "cats", "client_id": "pets"}, 401),
        ({"aud": ["cats", "pets"], "client_id": "cats"}, 200),
        ({"aud": None}, 401),
    ]:
        assert world.get("/usual", world.token(**claims)).status == status, claims


def test_a_token_may_be_in_the_query_and_is_read_nowhere_else(world):
    token = world.token()
    assert world.get(f"/query?token={token}").status == 200
    assert world.get(f"/query?token=Bearer%20{token}").status == 200
    refused(world.get("/query", token), "Bearer")
    refused(world.get(f"/query?Token={token}"), "Bearer")
    refused(world.get(f"/query?token={token}&token={token}"), described("the request has more than one token"))
    refused(world.get(f"/usual?Authorization={token}"), "Bearer")


def test_claims_and_scopes_in_the_event_are_texts(world):
    token = world.token(scope="pets:write other", n=7, ok=True, groups=["a", "b"])
    event = world.get("/event-scoped", token).json()
    shown = event["requestContext"]["authorizer"]["jwt"]
    assert shown["scopes"] == ["pets:write"]
    assert {name: shown["claims"][name] for name in ("sub", "n", "ok", "groups", "scope")} == {
        "sub": "ann", "n": "7", "ok": "true", "groups": "[a b]", "scope": "pets:write other",
    }
    assert world.get("/event", token).json()["requestContext"]["authorizer"]["jwt"]["scopes"] is None


def test_claims_of_the_first_payload_format(world):
    event = world.get("/event-1", world.token()).json()
    shown = event["requestContext"]["authorizer"]
    assert (shown["claims"]["sub"], shown["scopes"]) == ("ann", None)


def test_a_route_without_an_authorizer_takes_any_token(world):
    assert world.get("/open", "nonsense").status == 200


def test_more_scopes_or_another_authorizer_count_with_the_next_deployment(world):
    api = HttpApi(world.process)
    route = api.route("GET /x", api.proxy(world.backend.url))
    api.live()
    assert api.send("GET", "/x").status == 200
    authorizer = api.jwt(world.issuer.url)
    api.client.update_route(ApiId=api.id, RouteId=route, AuthorizationType="JWT", AuthorizerId=authorizer)

    def guarded():
        assert api.send("GET", "/x").status == 401

    eventually(guarded)
    assert api.send("GET", "/x", bearer(world.token())).status == 200


def test_fact_h40_access_logs_say_what_is_wrong(world):
    api = HttpApi(world.process)
    api.route("GET /x", api.proxy(world.backend.url), api.jwt(world.issuer.url), ["pets:read"])
    api.logs(error="$context.authorizer.error", sub="$context.authorizer.claims.sub", status="$context.status")
    api.live()
    good = world.token(scope="pets:read")
    for token, status, error, sub in [
        (good, "200", "-", "ann"),
        (world.token(aud="cats"), "401", "invalid_token: the token does not have a valid audience", "-"),
        (world.token(), "403", "insufficient_scope: the token does not have a required scope", "-"),
        (None, "401", "-", "-"),
    ]:
        line = api.line(api.send("GET", "/x", bearer(token) if token else []))
        assert (line["status"], line["error"], line["sub"]) == (status, error, sub)
