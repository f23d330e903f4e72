"""The corpus of attempts to get past the guards of HTTP APIs: each is refused, or taken by the same route in every room.

`http/*.yaml` hold lists of cases:

    name: what is tried
    api: strict (nothing takes what no route names; the default), loose (an open `$default` does) or told (CORS is configured, too)
    send: GET /admin
    headers: [[Name, value]]     `{good}`, `{cats}`, `{late}`, `{none}`, `{stranger}` and `{scoped}` are tokens; they may be in `send`, too
    body: text
    sign: {as: ann, ...}         botocore signs first: `as` ann or bob, and what tests/harness/signed.py takes
    change: {send, set: [[Name, value]]}     after signing
    before: a case               sent first, answered or not
    reaches: name of a route     that takes it and is forwarded to the back end; without it nothing is forwarded and the answer is 4xx
    status: 204                  of an answer that the gateway makes itself and that is no refusal
"""

import json
import pathlib

import pytest
import yaml

from harness.backend import Backend
from harness.http_apis import HttpApi
from harness.issuer import Issuer
from harness.jose import Key, b64, key, now
from harness.lambdas import Lambdas
from harness.process import Stagegate
from harness.signed import sign
from harness.wire import Connection, Truncated

HERE = pathlib.Path(__file__).parent
CASES_LEAST = 90
KEYS = {"name", "api", "send", "headers", "body", "sign", "change", "before", "reaches", "status"}
ANN = ("AKIAANNANNANNANNANN1", "0123456789abcdef0123456789abcdef")
BOB = ("AKIABOBBOBBOBBOBBOB1", "0123456789abcdef0123456789abcdeg")
ALLOWED = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": [
    "arn:aws:execute-api:*:*:*/$default/GET/vault/ann/*", "arn:aws:execute-api:*:*:*/$default/POST/admin"]}}


def corpus():
    """Every case as a test parameter named after its file and itself."""
    cases = []
    for path in sorted((HERE / "http").glob("*.yaml")):
        for case in yaml.safe_load(path.read_text()):
            assert not set(case) - KEYS, f"unknown keys in {path.name}: {set(case) - KEYS}"
            cases.append(pytest.param(case, id=f"{path.stem}: {case['name']}"))
    assert len(cases) >= CASES_LEAST, f"the corpus has {len(cases)} cases"
    return cases


def guard(call):
    """Allows everything but what alice is called, by the ARN that it is told."""
    allowed = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": call.event["routeArn"]}
    denied = {"Action": "execute-api:Invoke", "Effect": "Deny", "Resource": "arn:aws:execute-api:*:*:*/*/*/users/alice*"}
    return {"policyDocument": {"Version": "2012-10-17", "Statement": [allowed, denied]}}


class World:
    """A process with the APIs, and the back end of all."""

    def __init__(self, folder):
        self.signer, self.stranger = key("k"), Key("k")
        self.issuer, self.lambdas, self.space = Issuer(self.signer), Lambdas(), Backend().space()
        self.lambdas.functions["guard"] = guard
        users = (f"[users.ann]\naccess_key_id = '{ANN[0]}'\nsecret_access_key = '{ANN[1]}'\npolicy = '{json.dumps(ALLOWED)}'\n"
                 f"[users.bob]\naccess_key_id = '{BOB[0]}'\nsecret_access_key = '{BOB[1]}'\n")
        self.process = Stagegate(folder, self.lambdas.settings + users).start()
        cors = {"AllowOrigins": ["https://pets.example"], "AllowMethods": ["GET"], "AllowHeaders": ["authorization"]}
        self.apis = {"strict": self.built(), "loose": self.built(loose=True), "told": self.built(CorsConfiguration=cors)}

    def built(self, loose=False, **settings):
        """An API with a route for each guard; the last part of a URL says which it was."""
        api = HttpApi(self.process, **settings)
        token = api.jwt(self.issuer.url)
        query = api.jwt(self.issuer.url, source="$request.querystring.token", name="query")
        asked = api.asks("guard", sources=["$request.header.X-Key"], AuthorizerResultTtlInSeconds=300)
        to = lambda name, method="ANY": api.proxy(f"{self.space.url}/{name}", method)
        api.route("GET /open", to("open"))
        api.route("GET /admin", to("admin"), token)
        api.route("GET /admin/report", to("report"), token, ["reports"])
        api.route("POST /admin", to("post-admin"), "AWS_IAM")
        api.route("GET /query", to("query"), query)
        api.route("GET /items/{id}", to("item"))
        api.route("DELETE /items/{id}", to("delete-item"), token)
        api.route("ANY /vault/{proxy+}", to("vault"), "AWS_IAM")
        api.route("GET /users/{name}", to("user"), asked)
        api.route("ANY /public/{proxy+}", to("public"))
        if loose:
            api.route("$default", to("all"))
        return api.live()

    def filled(self, text):
        """Text with its tokens filled in."""
        claims = {"iss": self.issuer.url, "sub": "ann", "aud": "pets", "iat": now(-5), "exp": now(300)}
        unsigned = ".".join([b64(json.dumps({"alg": "none", "kid": "k"}).encode()), b64(json.dumps(claims).encode()), ""])
        tokens = {
            "good": lambda: self.signer.sign(claims), "cats": lambda: self.signer.sign({**claims, "aud": "cats"}),
            "late": lambda: self.signer.sign({**claims, "exp": now(-60)}), "none": lambda: unsigned,
            "stranger": lambda: self.stranger.sign(claims), "scoped": lambda: self.signer.sign({**claims, "scope": "reports"}),
        }
        for name, token in tokens.items():
            if f"{{{name}}}" in text:
                text = text.replace(f"{{{name}}}", token())
        return text

    def stop(self):
        """Ends everything."""
        self.process.stop()
        self.lambdas.stop()
        self.issuer.stop()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """What all cases share."""
    made = World(tmp_path_factory.mktemp("http-bypass") / "data")
    yield made
    made.stop()


def play(case, world):
    """Sends a case and returns the answer, if there is one."""
    api = world.apis[case.get("api", "strict")]
    method, target = case["send"].split(" ", 1)
    target = world.filled(target)
    headers = [(name, world.filled(value)) for name, value in case.get("headers", [])]
    body = case.get("body", "").encode()
    if "sign" in case:
        how = dict(case["sign"])
        target, headers = sign({"ann": ANN, "bob": BOB}[how.pop("as")], method, api.host, target, headers, body, **how)
    change = case.get("change", {})
    if "send" in change:
        method, target = change["send"].split(" ", 1)
    headers = [*headers, *((name, world.filled(value)) for name, value in change.get("set", []))]
    with Connection(world.process.gateway) as connection:
        try:
            connection.request(method, target, api.host, headers, body or None)
            return connection.response(method)
        except (Truncated, BrokenPipeError, ConnectionResetError):
            return None


@pytest.mark.parametrize("case", corpus())
def test_nobody_gets_past(case, world):
    if "before" in case:
        play(case["before"], world)
    world.space.requests = []
    answer = play(case, world)
    taken = [one.target.removeprefix(world.space.prefix).strip("/").split("?")[0] for one in world.space.requests]
    shown = (answer and (answer.status, answer.body[:300]), taken)
    if "reaches" in case:
        assert taken == [case["reaches"]], shown
    else:
        assert taken == [], shown
        expected = answer is None or 400 <= answer.status < 500 or answer.status == 501
        assert answer.status == case["status"] if "status" in case else expected, shown
