"""`Cache-Control: max-age=0`: who may have an answer made anew, and what others get (facts 115, C4 and C5)."""

import json

import pytest

from harness.apis import Api, definition, proxy
from harness.cached import cache, counts
from harness.process import Stagegate
from harness.signed import sign

FRESH = [("Cache-Control", "max-age=0")]
ANN = ("AKIAANNANNANNANNANN2", "0123456789abcdef0123456789abcdef")
BOB = ("AKIABOBBOBBOBBOBBOB2", "0123456789abcdef0123456789abcdeg")
SIGV4 = {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"}
GUARD = """
def handler(event, context):
    may = ["execute-api:Invoke"] + (["execute-api:InvalidateCache"] if event["authorizationToken"] == "boss" else [])
    statement = {"Action": may, "Effect": "Allow", "Resource": "*"}
    return {"principalId": "somebody", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
"""


def allow(*actions, principal=None):
    """A policy that allows actions everywhere."""
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*", **({"Principal": principal} if principal else {})}
    return {"Version": "2012-10-17", "Statement": [statement]}


@pytest.fixture(scope="module")
def process(tmp_path_factory):
    """ann may invalidate, bob may not; a function decides about others."""
    folder = tmp_path_factory.mktemp("invalidation")
    (folder / "app.py").write_text(GUARD)
    ann = json.dumps(allow("execute-api:Invoke", "execute-api:InvalidateCache"))
    settings = (
        f"[users.ann]\naccess_key_id = '{ANN[0]}'\nsecret_access_key = '{ANN[1]}'\npolicy = '{ann}'\n"
        f"[users.bob]\naccess_key_id = '{BOB[0]}'\nsecret_access_key = '{BOB[1]}'\n"
        f"policy = '{json.dumps(allow('execute-api:Invoke'))}'\n"
        f"[functions.guard]\ncode = '{folder}'\nhandler = 'app.handler'\nruntime = 'python3.12'\n"
    )
    started = Stagegate(folder / "data", settings).start()
    yield started
    started.stop()


def guard():
    """A TOKEN authorizer."""
    arn = "arn:aws:lambda:us-east-1:000000000000:function:guard"
    return {
        "type": "apiKey", "in": "header", "name": "Authorization", "x-amazon-apigateway-authtype": "custom",
        "x-amazon-apigateway-authorizer": {
            "type": "token",
            "authorizerUri": f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations",
            "authorizerResultTtlInSeconds": 0,
        },
    }


@pytest.fixture
def serve(process, backend):
    """An API with an open, a signed and a guarded method, all of them cached."""
    counts(backend)

    def serve(policy=None, **settings):
        routes = {
            "GET /open": proxy(f"{backend.url}/open"),
            "GET /signed": proxy(f"{backend.url}/signed", operation={"security": [{"sigv4": []}]}),
            "GET /guarded": proxy(f"{backend.url}/guarded", operation={"security": [{"guard": []}]}),
        }
        more = {"x-amazon-apigateway-policy": policy} if policy else {}
        schemes = {"securitySchemes": {"sigv4": SIGV4, "guard": guard()}}
        api = Api(process, definition(routes, components=schemes, **more))
        cache(api, **settings)
        return api

    return serve


def signed(api, who, headers=()):
    """A signed GET."""
    target, signed_headers = sign(who, "GET", api.host, f"/{api.stage}/signed", headers)
    return api.gateway.send("GET", target, api.id, signed_headers)


def test_fact_c4_without_required_permission_anybody_may(serve):
    api = serve(permission="false")
    sent = [api.send("GET", "/open", headers) for headers in ([], [], FRESH, [], [("Cache-Control", "no-store, Max-Age=0")], [])]
    assert [answer.body for answer in sent] == [b"1", b"1", b"2", b"2", b"3", b"3"]
    assert not any(answer.header("Warning") for answer in sent)


@pytest.mark.parametrize("control", ["no-cache", "no-store", "max-age=1", "s-maxage=0"])
def test_fact_c4_nothing_else_asks_for_a_new_answer(serve, control):
    api = serve(permission="false")
    assert [api.send("GET", "/open", [("Cache-Control", control)]).body for _ in range(2)] == [b"1", b"1"]


@pytest.mark.parametrize("strategy", ["FAIL_WITH_403", "SUCCEED_WITH_RESPONSE_HEADER", "SUCCEED_WITHOUT_RESPONSE_HEADER", None])
def test_fact_115_fact_c5_without_permission_the_strategy_decides(serve, strategy):
    api = serve(**({"strategy": strategy} if strategy else {}))
    assert api.send("GET", "/open").body == b"1"
    answer = api.send("GET", "/open", FRESH)
    if strategy == "FAIL_WITH_403":
        assert answer.status == 403 and answer.error_type == "AccessDeniedException"
        message = answer.json()["Message"]
        assert message.startswith("User: anonymous is not authorized to perform: execute-api:InvalidateCache on resource: arn:aws:")
        assert message.endswith("allows the execute-api:InvalidateCache action")
    else:
        assert (answer.status, answer.body) == (200, b"1"), "the header is ignored"
        warned = strategy != "SUCCEED_WITHOUT_RESPONSE_HEADER"
        assert (answer.header("Warning") or "").startswith("199 ") == warned, answer.headers
    assert api.send("GET", "/open").header("Warning") is None


def test_a_warning_is_not_remembered(serve):
    api = serve()
    first = api.send("GET", "/open", FRESH)
    assert first.body == b"1" and first.header("Warning").startswith("199 ")
    second = api.send("GET", "/open")
    assert second.body == b"1" and second.header("Warning") is None


def test_fact_c4_a_signature_s_policies_decide(serve):
    api = serve(strategy="FAIL_WITH_403")
    assert [signed(api, ANN).body, signed(api, BOB).body] == [b"1", b"1"]
    denied = signed(api, BOB, FRESH)
    assert denied.status == 403
    assert "user/bob is not authorized to perform: execute-api:InvalidateCache" in denied.json()["Message"]
    assert [signed(api, ANN, FRESH).body, signed(api, BOB).body] == [b"2", b"2"]


def test_an_authorizer_s_policy_decides(serve):
    api = serve(strategy="FAIL_WITH_403")
    ask = lambda token, headers=(): api.send("GET", "/guarded", [("Authorization", token), *headers])  # noqa: E731
    assert [ask("boss").body, ask("clerk").body] == [b"1", b"1"]
    assert ask("clerk", FRESH).status == 403
    assert [ask("boss", FRESH).body, ask("clerk").body] == [b"2", b"2"]


def test_the_api_s_own_policy_may_let_everybody(serve):
    api = serve(policy=allow("execute-api:Invoke", "execute-api:InvalidateCache", principal="*"))
    assert [api.send("GET", "/open", headers).body for headers in ([], FRESH, [])] == [b"1", b"2", b"2"]
    api = serve(policy=allow("execute-api:Invoke", principal="*"), strategy="FAIL_WITH_403")
    assert api.send("GET", "/open", FRESH).status == 403


def test_authorization_comes_before_the_cache(serve):
    api = serve()
    assert signed(api, ANN).body == b"1"
    assert api.send("GET", "/signed").status == 403, "the answer is there, and not for everybody"
    assert api.send("GET", "/guarded").status == 401
