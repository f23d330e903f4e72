"""The corpus of attempts to get past authorization: each is refused, or taken by the same route in every room.

`cases/*.yaml` hold lists of cases:

    name: what is tried
    api: strict (nothing takes what no route names; the default) or loose (an open `/{proxy+}` does)
    world: plain (nobody is trusted to name a client; the default) or proxied (this machine is a trusted proxy)
    send: GET /admin             below the stage
    headers: [[Name, value]]     `{api}`, `{host}` and `{other}`, the id of the other API, are filled in
    body: text
    sign: {as: ann, ...}         botocore signs first: `as` root, ann or bob, and what tests/harness/signed.py takes; `send`, `headers`
                                 and `body` are what is signed
    change: {send, body, host, drop: [Name], set: [[Name, value]], replace: [[old, new]]}     after signing
    before: a case               sent first on the same connection, answered or not
    reaches: name of a route     that takes it and is forwarded to the back end; without it nothing is forwarded and the answer is 4xx
"""

import json
import pathlib

import pytest
import yaml

from harness.apis import Api, definition, proxy
from harness.backend import Backend
from harness.process import Stagegate
from harness.signed import sign
from harness.wire import Connection, Truncated

HERE = pathlib.Path(__file__).parent
CASES_LEAST = 150
KEYS = {"name", "api", "world", "send", "headers", "body", "sign", "change", "before", "reaches"}
ANN = ("AKIAANNANNANNANNANN1", "0123456789abcdef0123456789abcdef")
BOB = ("AKIABOBBOBBOBBOBBOB1", "0123456789abcdef0123456789abcdeg")
SIGV4 = {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"}
IAM = {"operation": {"security": [{"sigv4": []}]}}
POLICY = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*",
     "Condition": {"StringNotLike": {"aws:PrincipalArn": "*:user/*"}}},
    {"Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke",
     "Resource": ["execute-api:/*/*/users/alice", "execute-api:/*/*/denied/*", "execute-api:/*/*/public/hidden/*"]},
    {"Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*/*/inside",
     "Condition": {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}},
    {"Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*/*/secure",
     "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
]}


def corpus():
    """Every case as a test parameter named after its file and itself."""
    for path in sorted((HERE / "cases").glob("*.yaml")):
        for case in yaml.safe_load(path.read_text()):
            assert not set(case) - KEYS, f"unknown keys in {path.name}: {set(case) - KEYS}"
            yield pytest.param(case, id=f"{path.stem}: {case['name']}")


def settings():
    """ann may GET /admin and what is hers in the vault; bob may do nothing."""
    allowed = {"Statement": {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": [
        "arn:aws:execute-api:*:*:*/dev/GET/admin", "arn:aws:execute-api:*:*:*/dev/GET/vault/${aws:username}/*"]},
        "Version": "2012-10-17"}
    return (f"[users.ann]\naccess_key_id = '{ANN[0]}'\nsecret_access_key = '{ANN[1]}'\npolicy = '{json.dumps(allowed)}'\n"
            f"[users.bob]\naccess_key_id = '{BOB[0]}'\nsecret_access_key = '{BOB[1]}'\n")


def routes(url, loose):
    """Routes by what they are for; the last part of a URL says which it was."""
    built = {
        "GET /open": proxy(f"{url}/open"),
        "GET /admin": proxy(f"{url}/admin", **IAM),
        "POST /admin": proxy(f"{url}/post-admin", "POST", **IAM),
        "ANY /vault/{proxy+}": proxy(f"{url}/vault", "ANY", **IAM),
        "GET /items/{id}": proxy(f"{url}/item"),
        "DELETE /items/{id}": proxy(f"{url}/delete-item", "DELETE", **IAM),
        "GET /users/{name}": proxy(f"{url}/user"),
        "GET /denied/{proxy+}": proxy(f"{url}/denied"),
        "ANY /public/{proxy+}": proxy(f"{url}/public", "ANY"),
        "GET /inside": proxy(f"{url}/inside"),
        "GET /secure": proxy(f"{url}/secure"),
    }
    if loose:
        built["ANY /{proxy+}"] = proxy(f"{url}/all", "ANY")
    return built


class World:
    """A process with the two APIs, and the back end of both."""

    def __init__(self, folder, extra):
        self.process = Stagegate(folder, extra + settings()).start()
        self.space = Backend().space()
        self.apis = {}
        for name in ("strict", "loose"):
            document = definition(routes(self.space.url, name == "loose"), components={"securitySchemes": {"sigv4": SIGV4}})
            document["x-amazon-apigateway-policy"] = POLICY
            self.apis[name] = Api(self.process, document)

    def credentials(self, who):
        """A caller's keys."""
        return {"ann": ANN, "bob": BOB}.get(who) or self.process.credentials


@pytest.fixture(scope="module")
def worlds(tmp_path_factory):
    """Both worlds, each started when the first case asks for it."""
    extra = {"plain": "", "proxied": "trusted_proxies = ['127.0.0.0/8', '10.9.0.0/16']\n"}
    started = {}

    def world(name):
        if name not in started:
            started[name] = World(tmp_path_factory.mktemp(name) / "data", extra[name])
        return started[name]

    yield world
    for one in started.values():
        one.process.stop()


def filled(text, world, api):
    """Text with its placeholders filled in."""
    other = next(one for one in world.apis.values() if one is not api)
    return text.replace("{api}", api.id).replace("{host}", api.host).replace("{other}", other.id)


def built(case, world):
    """Method, target, host, headers and body of a case, as they go over the wire."""
    api = world.apis[case.get("api", "strict")]
    change, host = case.get("change", {}), api.host
    method, path = case["send"].split(" ", 1)
    headers = [[name, filled(value, world, api)] for name, value in case.get("headers", [])]
    body, target = case.get("body", "").encode(), f"/{api.stage}{path}"
    if "sign" in case:
        how = dict(case["sign"])
        who = how.pop("as")
        target, headers = sign(world.credentials(who), method, host, target, headers, body, **how)
    if "send" in change:
        method, path = change["send"].split(" ", 1)
        query = target.partition("?")[2]
        target = f"/{api.stage}{path}" + (f"?{query}" if query and "?" not in path else "")
    drop = [name.lower() for name in change.get("drop", [])]
    headers = [(name, value) for name, value in headers if name.lower() not in drop]
    headers += [(name, filled(value, world, api)) for name, value in change.get("set", [])]
    for old, new in change.get("replace", []):
        target, headers = target.replace(old, new), [(name, value.replace(old, new)) for name, value in headers]
    body = change["body"].encode() if "body" in change else body
    return method, target, filled(change.get("host", host), world, api), headers, body or None


def play(case, world, connection):
    """Sends a case and returns the answer, if there is one."""
    method, target, host, headers, body = built(case, world)
    try:
        connection.request(method, target, host, headers, body)
        return connection.response(method)
    except (Truncated, BrokenPipeError, ConnectionResetError):
        return None


@pytest.mark.parametrize("case", list(corpus()))
def test_nobody_gets_past(case, worlds):
    world = worlds(case.get("world", "plain"))
    with Connection(world.process.gateway) as connection:
        if "before" in case:
            play({**{key: case[key] for key in ("api",) if key in case}, **case["before"]}, world, connection)
        world.space.requests = []
        answer = play(case, world, connection)
    taken = [one.target.removeprefix(world.space.prefix).strip("/").split("?")[0] for one in world.space.requests]
    shown = (answer and (answer.status, answer.body[:300]), taken)
    if "reaches" in case:
        assert taken == [case["reaches"]], shown
    else:
        assert taken == [], shown
        # 501: a method that HTTP does not know, RFC 9110 section 15.6.2.
        assert answer is None or 400 <= answer.status < 500 or answer.status == 501, shown


def test_the_corpus_is_whole():
    names = [case.id for case in corpus()]
    assert len(names) >= CASES_LEAST, f"{len(names)} cases"
    assert len(set(names)) == len(names), "two cases of one name"
