"""Routes of HTTP APIs with AWS_IAM: who signs, what policies say of a route, and what events and logs show of the caller."""

import json

import pytest

from harness.backend import Backend
from harness.http_apis import HttpApi
from harness.lambdas import Lambdas
from harness.process import Stagegate
from harness.signed import sign

ANN = ("AKIAANNANNANNANNANN1", "0123456789abcdef0123456789abcdef")
BOB = ("AKIABOBBOBBOBBOBBOB1", "0123456789abcdef0123456789abcdeg")
FORBIDDEN = b'{"message":"Forbidden"}'
ALLOWED = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": [
            "arn:aws:execute-api:*:*:*/$default/GET/pets/*", "arn:aws:execute-api:*:*:*/prod/GET/pets/*"]},
        {"Effect": "Deny", "Action": "execute-api:Invoke", "Resource": "arn:aws:execute-api:*:*:*/*/GET/pets/secret*"},
    ],
}


class World:
    """A process with two users, an API, and what is behind it."""

    def __init__(self, folder):
        self.lambdas, self.backend = Lambdas(), Backend().space()
        self.lambdas.functions["echo"] = lambda call: {"statusCode": 200, "body": call.payload.decode()}
        users = (f"[users.ann]\naccess_key_id = '{ANN[0]}'\nsecret_access_key = '{ANN[1]}'\npolicy = '{json.dumps(ALLOWED)}'\n"
                 f"[users.bob]\naccess_key_id = '{BOB[0]}'\nsecret_access_key = '{BOB[1]}'\n")
        self.process = Stagegate(folder, self.lambdas.settings + users).start()

    def api(self, stage="$default"):
        """An API all of whose routes want a signature."""
        api = HttpApi(self.process, stage)
        target = api.proxy(self.backend.url)
        for key in ("GET /pets/{name}", "POST /pets/{name}", "GET /other", "GET /pets/{name}/{rest+}"):
            api.route(key, target, "AWS_IAM")
        api.route("GET /pets/event", api.function("echo"), "AWS_IAM")
        return api.live()

    def stop(self):
        """Ends everything."""
        self.process.stop()
        self.lambdas.stop()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """What the tests share."""
    made = World(tmp_path_factory.mktemp("http-iam") / "data")
    yield made
    made.stop()


@pytest.fixture(scope="module")
def api(world):
    """An API at the root of its host."""
    return world.api()


def call(api, who, path, method="GET", body=b"", **how):
    """Signs and sends."""
    prefix = "" if api.stage == "$default" else f"/{api.stage}"
    target, signed = sign(who, method, api.host, f"{prefix}{path}", (), body, **how)
    return api.gateway.send(method, target, api.id, signed, body or None)


def refused(answer):
    """A 403 as HTTP APIs word it: nothing of who, what and why."""
    assert (answer.status, answer.body) == (403, FORBIDDEN)
    assert "apigw-requestid" in [name for name, _ in answer.headers]


def test_policies_name_the_stage_the_method_and_the_path(world, api):
    assert call(api, ANN, "/pets/rex").status == 200
    assert call(api, ANN, "/pets/rex", expires_s=60).status == 200
    refused(call(api, ANN, "/other"))
    refused(call(api, ANN, "/pets/rex", "POST", b"x"))
    refused(call(api, BOB, "/pets/rex"))
    named = world.api("prod")
    assert call(named, ANN, "/pets/rex").status == 200
    refused(call(named, ANN, "/other"))


@pytest.mark.parametrize("path", ["/pets/secret", "/pets/s%65cret", "/pets/secret/", "/pets/secret%2Fa", "/pets/%73ecret/a"])
def test_no_spelling_of_a_path_escapes_a_deny(api, path):
    answer = call(api, ANN, path)
    assert answer.status in (403, 404), "no route takes a greedy variable that is empty"


def test_requests_that_are_not_signed_well(api):
    refused(api.send("GET", "/pets/rex"))
    refused(api.send("GET", "/pets/rex", [("Authorization", "AWS4-HMAC-SHA256 nonsense")]))
    refused(call(api, (ANN[0], "another secret"), "/pets/rex"))
    refused(call(api, ("AKIANOBODYNOBODYNOB1", "x"), "/pets/rex"))
    refused(call(api, ANN, "/pets/rex", age_s=3600))
    refused(call(api, ANN, "/pets/rex", service="lambda"))
    refused(call(api, ANN, "/pets/rex", region="eu-west-1"))


def test_the_signature_is_for_the_gateway_alone(world, api):
    world.backend.requests.clear()
    assert call(api, ANN, "/pets/rex").status == 200
    assert world.backend.only().header("authorization") is None


def test_the_event_shows_who_signed(api):
    context = call(api, ANN, "/pets/event").json()["requestContext"]
    iam = context["authorizer"]["iam"]
    assert list(iam) == ["accessKey", "accountId", "callerId", "cognitoIdentity", "principalOrgId", "userArn", "userId"]
    assert (iam["accessKey"], iam["userArn"]) == (ANN[0], "arn:aws:iam::000000000000:user/ann")
    assert iam["callerId"] == iam["userId"] and iam["cognitoIdentity"] is None


def test_a_mapping_reads_who_signed(world):
    api = HttpApi(world.process)
    target = api.proxy(world.backend.url, RequestParameters={"overwrite:header.x-caller": "$context.identity.userArn"})
    api.route("GET /pets/{name}", target, "AWS_IAM")
    api.live()
    world.backend.requests.clear()
    assert call(api, ANN, "/pets/rex").status == 200
    assert world.backend.only().header("x-caller") == "arn:aws:iam::000000000000:user/ann"


def test_access_logs_show_who_signed(world):
    api = HttpApi(world.process)
    api.route("GET /pets/{name}", api.proxy(world.backend.url), "AWS_IAM")
    names = ("accessKey", "accountId", "caller", "user", "userArn")
    api.logs(status="$context.status", key="$context.routeKey", **{name: f"$context.identity.{name}" for name in names})
    api.live()
    line = api.line(call(api, ANN, "/pets/rex"))
    assert (line["status"], line["key"], line["accessKey"]) == ("200", "GET /pets/{name}", ANN[0])
    assert (line["userArn"], line["accountId"]) == ("arn:aws:iam::000000000000:user/ann", "000000000000")
    assert line["caller"] == line["user"] != "-"
    unsigned = api.line(api.send("GET", "/pets/rex"))
    assert (unsigned["status"], {unsigned[name] for name in names}) == ("403", {"-"})
