"""What HTTP APIs have beyond AWS: each extension of a definition, from its import to requests (docs/beyond-aws.md)."""

import contextlib
import json

import pytest

from harness.apis import eventually
from harness.backend import Backend, Reply
from harness.guards import bearer
from harness.http2 import Http2
from harness.http_apis import function_uri
from harness.http_definitions import Imported, to
from harness.issuer import Issuer
from harness.jose import key, now
from harness.lambdas import Lambdas, Stream, metadata
from harness.process import Stagegate
from harness.wire import Truncated

JSON = [("Content-Type", "application/json")]
WITH_METADATA = "application/vnd.awslambda.http-integration-response"
PET = {"type": "object", "required": ["name"], "properties": {"name": {"$ref": "#/components/schemas/Name"}}}


@pytest.fixture(scope="module")
def process(tmp_path_factory):
    """A process of this module."""
    made = Stagegate(tmp_path_factory.mktemp("http-beyond") / "data", "issuer_refetch_s = 1\ndiscover_issuers = true\n").start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def functions(tmp_path_factory):
    """A process with functions."""
    lambdas = Lambdas()
    made = Stagegate(tmp_path_factory.mktemp("http-streams") / "data", lambdas.settings).start()
    yield made, lambdas
    made.stop()
    lambdas.stop()


@pytest.fixture
def backend():
    """A back end of a test."""
    return Backend().space()


def test_api_keys_and_usage_plans(process, backend):
    api = Imported(process, {"GET /metered": {"x-stagegate-api-key-required": True, **to(backend.url)}, "GET /free": to(backend.url)},
                   **{"x-stagegate-api-key-source": "HEADER"})
    rest = process.client()
    made = rest.create_api_key(name=f"key-{api.id}", enabled=True)
    stages = [{"apiId": api.id, "stage": "$default"}]
    quota = {"limit": 2, "period": "DAY"}
    plan = rest.create_usage_plan(name=f"plan-{api.id}", apiStages=stages, quota=quota)["id"]
    rest.create_usage_plan_key(usagePlanId=plan, keyId=made["id"], keyType="API_KEY")
    headers = [("x-api-key", made["value"])]

    def metered():
        assert api.send("GET", "/metered", headers).status == 200

    eventually(metered)
    refused = api.send("GET", "/metered")
    assert (refused.status, refused.body) == (403, b'{"message":"Forbidden"}')
    assert api.send("GET", "/metered", headers).status == 200
    spent = api.send("GET", "/metered", headers)
    assert (spent.status, spent.body) == (429, b'{"message":"Too Many Requests"}')
    assert api.send("GET", "/free").status == 200


def test_api_keys_come_with_simple_answers_of_authorizers(functions, backend):
    process, lambdas = functions
    guard = {"type": "request", "identitySource": "$request.header.Authorization", "authorizerUri": function_uri("guard"),
             "authorizerPayloadFormatVersion": "2.0", "enableSimpleResponses": True}
    scheme = {"type": "apiKey", "in": "header", "name": "Authorization", "x-amazon-apigateway-authorizer": guard}
    operation = {"x-stagegate-api-key-required": True, "security": [{"guard": []}], **to(backend.url)}
    api = Imported(process, {"GET /metered": operation}, components={"securitySchemes": {"guard": scheme}},
                   **{"x-stagegate-api-key-source": "AUTHORIZER"})
    rest = process.client()
    made = rest.create_api_key(name=f"key-{api.id}", enabled=True)
    plan = rest.create_usage_plan(name=f"plan-{api.id}", apiStages=[{"apiId": api.id, "stage": "$default"}])["id"]
    rest.create_usage_plan_key(usagePlanId=plan, keyId=made["id"], keyType="API_KEY")
    keys = {"good": made["value"], "bad": "none of the plan's"}
    lambdas.functions["guard"] = lambda call: {
        "isAuthorized": True, "usageIdentifierKey": keys.get(call.event["identitySource"][0])}

    def admitted():
        assert api.send("GET", "/metered", [("Authorization", "good")]).status == 200

    eventually(admitted)
    for who in ("bad", "nobody"):
        assert api.send("GET", "/metered", [("Authorization", who)]).status == 403


def test_a_usage_plan_names_no_http_api_without_api_keys(process, backend):
    api = Imported(process, {"GET /free": to(backend.url)})
    rest = process.client()
    with pytest.raises(rest.exceptions.NotFoundException):
        rest.create_usage_plan(name=f"plan-{api.id}", apiStages=[{"apiId": api.id, "stage": "$default"}])


def test_request_validation(process, backend):
    operation = {
        "parameters": [{"name": "q", "in": "query", "required": True, "schema": {"type": "string"}}],
        "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}},
        "x-stagegate-request-validation": {"parameters": True, "body": True}, **to(backend.url),
    }
    api = Imported(process, {"POST /pets": operation}, components={"schemas": {"Pet": PET, "Name": {"type": "string"}}})
    for path, body, status in [
        ("/pets?q=1", {"name": "rex"}, 200), ("/pets", {"name": "rex"}, 400), ("/pets?q=", {"name": "rex"}, 400),
        ("/pets?q=1", {"name": 1}, 400), ("/pets?q=1", {}, 400),
    ]:
        answer = api.send("POST", path, JSON, json.dumps(body).encode())
        assert answer.status == status, (path, body)
    assert answer.body == b'{"message":"Bad Request"}'
    assert len(backend.requests) == 1


def test_required_headers_have_any_letter_case(process, backend):
    """HTTP/2 sends small letters, whatever a definition says."""
    required = [{"name": "X-Tenant", "in": "header", "required": True, "schema": {"type": "string"}}]
    operation = {"parameters": required, "x-stagegate-request-validation": {"parameters": True}, **to(backend.url)}
    api = Imported(process, {"GET /pets": operation})
    for name in ("X-Tenant", "x-tenant", "X-TENANT"):
        assert api.send("GET", "/pets", [(name, "a")]).status == 200, name
    assert [api.send("GET", "/pets", headers).status for headers in ([], [("x-tenant", " ")])] == [400, 400]
    client = Http2(process.gateway)
    head, _ = client.answer(client.send("GET", "/pets", api.host, [("x-tenant", "a")]))
    assert head[":status"] == "200"


def test_gateway_responses(process, backend):
    responses = {
        "RESOURCE_NOT_FOUND": {"statusCode": 410, "responseTemplates": {"application/json": '{"gone": "$context.path"}'},
                               "responseParameters": {"gatewayresponse.header.X-Tenant": "method.request.header.X-Tenant"}},
        "DEFAULT_5XX": {"responseParameters": {"gatewayresponse.header.Retry-After": "'7'"}},
    }
    api = Imported(process, {"GET /down": to("http://127.0.0.1:9/")}, **{"x-stagegate-gateway-responses": responses})
    gone = api.send("GET", "/nothing")
    assert (gone.status, gone.json()) == (410, {"gone": "/nothing"})
    assert (gone.header("X-Tenant"), api.send("GET", "/nothing", [("x-tenant", "a")]).header("X-Tenant")) == (None, "a")
    down = api.send("GET", "/down")
    assert (down.status, down.header("Retry-After"), down.body) == (503, "7", b'{"message":"Service Unavailable"}')


def test_response_caching(process, backend):
    cache = {"ttlInSeconds": 300, "keyParameters": ["$request.querystring.q", "$request.header.X-Tenant"]}
    api = Imported(process, {"GET /cached": {"x-stagegate-cache": cache, **to(backend.url)}, "GET /fresh": to(backend.url)})
    count = iter(range(100))
    backend.answer = lambda _: Reply(200, [], str(next(count)).encode())
    get = lambda path, tenant="a": api.send("GET", path, [("x-tenant", tenant)]).body
    first = get("/cached?q=1")
    assert get("/cached?q=1&other=2") == first
    assert get("/cached?q=2") != first
    assert get("/cached?q=1", "b") != first, "the name of a header has any letter case"
    assert get("/fresh") != get("/fresh")
    stranger = api.send("GET", "/cached?q=1", [("x-tenant", "a"), ("Cache-Control", "max-age=0")])
    assert stranger.body == first, "a stranger has nothing made anew"


def test_cached_answers_are_of_one_path(process, backend):
    """A route may take any path, and `$default` has no variable that could tell them apart."""
    cache = {"x-stagegate-cache": {"ttlInSeconds": 300}}
    cached = {**cache, **to(backend.url)}
    api = Imported(process, {"GET /pets/{id}": cached, "x-amazon-apigateway-any-method /$default": cached})
    count = iter(range(100))
    backend.answer = lambda _: Reply(200, [], str(next(count)).encode())
    get = lambda path: api.send("GET", path).body
    answers = [get(path) for path in ("/pets/1", "/pets/2", "/a", "/b", "/a/")]
    assert len(set(answers)) == 5
    assert [get(path) for path in ("/pets/1", "/pets/2", "/a", "/b", "/a/")] == answers


def test_any_timeout(process, backend):
    integration = to("http://127.0.0.1:9/", **{"x-stagegate-timeout-in-millis": 60_000})
    assert Imported(process, {"GET /slow": integration}).send("GET", "/slow").status == 503


def test_answers_are_passed_on_as_they_come(process, backend):
    integration = to(backend.url, **{"x-stagegate-response-transfer-mode": "STREAM"})
    api = Imported(process, {"GET /events": integration})
    pieces = [b"data: 1\n\n", b"data: 2\n\n"]
    backend.answer = lambda _: Reply(200, [("Content-Type", "text/event-stream")], chunks=pieces)
    answer = api.send("GET", "/events")
    assert (answer.chunked, answer.body) == (True, b"".join(pieces))
    assert answer.header("Content-Type") == "text/event-stream"


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_functions_answer_as_they_go(functions, version):
    """Metadata first, then pieces; one that breaks off is not complete."""
    process, lambdas = functions
    pieces = [metadata(statusCode=201, headers={"content-type": "text/event-stream", "x-own": "1"}), b"data: 1\n\n", b"data: 2\n\n"]
    integration = {"x-amazon-apigateway-integration": {
        "type": "AWS_PROXY", "httpMethod": "POST", "uri": function_uri("pets"), "payloadFormatVersion": version,
        "x-stagegate-response-transfer-mode": "STREAM"}}
    api = Imported(process, {"GET /events": integration})
    lambdas.functions["pets"] = lambda _: Stream(pieces, kind=WITH_METADATA)
    answer = api.send("GET", "/events")
    assert (answer.status, answer.chunked, answer.body) == (201, True, b"data: 1\n\ndata: 2\n\n")
    assert (answer.header("Content-Type"), answer.header("X-Own")) == ("text/event-stream", "1")
    lambdas.functions["pets"] = lambda _: Stream(pieces, kind=WITH_METADATA, cut=True)
    with pytest.raises(Truncated):
        api.send("GET", "/events")


@pytest.mark.parametrize("options", [{"body": b"x" * 12_000_000}, {"chunks": [b"x" * 1_000_000] * 12}])
def test_requests_of_any_length_are_sent_as_they_come(process, backend, options):
    longer = to(backend.url, **{"x-stagegate-request-transfer-mode": "STREAM"})
    api = Imported(process, {"POST /long": longer, "POST /short": to(backend.url)})
    backend.replies(200, [], b"")
    assert api.send("POST", "/long", **options).status == 200
    assert backend.only().body == b"x" * 12_000_000
    with contextlib.suppress(BrokenPipeError, ConnectionResetError, Truncated):
        # The gateway may close before all is sent.
        assert api.send("POST", "/short", **options).status == 413
    assert all(len(one.body) < 12_000_000 for one in backend.requests)


def test_several_issuers_and_other_algorithms(process, backend):
    signer, other = key("ed", "EdDSA"), key("rs")
    first, second = Issuer(signer), Issuer(other)
    scheme = {"type": "oauth2", "x-amazon-apigateway-authorizer": {
        "type": "jwt", "identitySource": "$request.header.Authorization",
        "jwtConfiguration": {"issuer": first.url, "audience": ["pets"]},
        "x-stagegate-issuers": [{"issuer": second.url, "audience": ["cats"]}],
        "x-stagegate-algorithms": ["EdDSA", "RS256"]}}
    api = Imported(process, {"GET /x": {"security": [{"tokens": []}], **to(backend.url)}},
                   components={"securitySchemes": {"tokens": scheme}})

    def status(key_, **claims):
        token = key_.sign({"sub": "ann", "iat": now(-5), "exp": now(300), **claims})
        return api.send("GET", "/x", bearer(token)).status

    assert status(signer, iss=first.url, aud="pets") == 200
    assert status(other, iss=second.url, aud="cats") == 200
    assert status(signer, iss=first.url, aud="cats") == 401
    assert status(other, iss=second.url, aud="pets") == 401
    assert status(other, iss=first.url, aud="pets") == 401
    for issuer in (first, second):
        issuer.stop()
