"""Lambda authorizers of HTTP APIs: what functions are told, what they may answer, and how long it counts (facts 95, H43 to H46b)."""

import itertools
import json

import pytest

from harness.apis import eventually
from harness.backend import Backend
from harness.http_apis import ACCOUNT, HttpApi, function_arn
from harness.lambdas import Failed, Lambdas
from harness.process import Stagegate

HEADER, QUERY = "$request.header.X-Key", "$request.querystring.tenant"
REFUSED = {401: b'{"message":"Unauthorized"}', 403: b'{"message":"Forbidden"}', 500: b'{"message":"Internal Server Error"}'}


def policy(effect="Allow", resource="*", **answer):
    """An answer with a policy."""
    statement = [{"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}]
    return {"principalId": "me", "policyDocument": {"Version": "2012-10-17", "Statement": statement}, **answer}


class World:
    """A process, the functions that it asks, and a back end."""

    def __init__(self, folder):
        self.lambdas = Lambdas()
        self.process = Stagegate(folder, self.lambdas.settings).start()
        self.backend = Backend().space()
        self.lambdas.functions["echo"] = lambda call: {"statusCode": 200, "body": call.payload.decode()}
        self.names = (f"guard{number}" for number in itertools.count())

    def guarded(self, answer, version="2.0", sources=(HEADER,), routes=("GET /v1/{id}",), payload="2.0", **settings):
        """An API whose routes ask a function that answers like this; `api.seen` has the events."""
        name, seen = next(self.names), []

        def function(call):
            seen.append(call.event)
            return answer(call.event) if callable(answer) else answer

        self.lambdas.functions[name] = function
        api = HttpApi(self.process)
        authorizer = api.asks(name, version, sources, **settings)
        api.authorizer, api.function_name, api.seen = authorizer, name, seen
        target = api.function("echo", payload)
        for key in routes:
            api.route(key, target, authorizer)
        return api.live()

    def stop(self):
        """Ends everything."""
        self.process.stop()
        self.lambdas.stop()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """What the tests share."""
    made = World(tmp_path_factory.mktemp("http-guards") / "data")
    yield made
    made.stop()


def get(api, path="/v1/a", key="k", headers=()):
    """A request with an identity."""
    return api.send("GET", path, [*([("X-Key", key)] if key is not None else []), *headers])


def answered(answer, status):
    """The answer is a refusal as HTTP APIs word it, with the headers that those have (fact H6)."""
    assert (answer.status, answer.body) == (status, REFUSED[status])
    assert answer.header("Content-Type") == "application/json"


def test_fact_h43_the_event_of_the_second_format(world):
    sources = (HEADER, QUERY, "$context.routeKey", "$context.stage")
    api = world.guarded({"isAuthorized": True}, sources=sources, EnableSimpleResponses=True)
    headers = [("Cookie", "a=1; b=2"), ("X-Two", "1"), ("x-two", "2")]
    assert get(api, "/v1/a%20b?tenant=one&tenant=two&q=%20x", headers=headers).status == 200
    [event] = api.seen
    assert list(event) == ["version", "type", "routeArn", "identitySource", "routeKey", "rawPath", "rawQueryString",
                           "cookies", "headers", "queryStringParameters", "requestContext", "pathParameters"]
    assert event["routeArn"] == f"arn:aws:execute-api:us-east-1:{ACCOUNT}:{api.id}/$default/GET/v1/a%20b"
    assert event["identitySource"] == ["k", "one,two", "GET /v1/{id}", "$default"]
    assert (event["version"], event["type"], event["routeKey"]) == ("2.0", "REQUEST", "GET /v1/{id}")
    assert (event["rawPath"], event["rawQueryString"]) == ("/v1/a b", "tenant=one&tenant=two&q=%20x")
    assert event["cookies"] == ["a=1", "b=2"]
    assert (event["headers"]["cookie"], event["headers"]["x-two"]) == ("a=1; b=2", "1,2")
    assert event["queryStringParameters"] == {"tenant": "one,two", "q": " x"}
    assert event["pathParameters"] == {"id": "a b"}
    context = event["requestContext"]
    assert list(context) == ["accountId", "apiId", "domainName", "domainPrefix", "http", "requestId", "routeKey", "stage",
                             "time", "timeEpoch"]
    assert list(context["http"]) == ["method", "path", "protocol", "sourceIp", "userAgent"]


def test_fact_h46a_the_event_of_the_first_format(world):
    api = world.guarded(policy(), "1.0", (HEADER, QUERY))
    headers = [("Cookie", "a=1"), ("accept-encoding", "gzip"), ("AUTHORIZATION", "x"), ("x-dup", "1"), ("x-dup", "2")]
    assert get(api, "/v1/a%20b?tenant=one&tenant=two", headers=headers).status == 200
    [event] = api.seen
    assert list(event) == ["version", "type", "methodArn", "identitySource", "authorizationToken", "resource", "path",
                           "httpMethod", "headers", "queryStringParameters", "requestContext", "pathParameters",
                           "stageVariables"]
    assert event["methodArn"] == f"arn:aws:execute-api:us-east-1:{ACCOUNT}:{api.id}/$default/GET/v1/a%20b"
    assert event["identitySource"] == event["authorizationToken"] == "k,one,two"
    assert (event["version"], event["resource"], event["path"]) == ("1.0", "", "/v1/a b")
    assert event["queryStringParameters"] == {"tenant": "two"}
    assert event["pathParameters"] == {"id": "a b"}
    seen = event["headers"]
    assert {"X-Key", "Cookie", "Host", "accept-encoding", "authorization", "X-Dup"} <= set(seen)
    assert (seen["X-Dup"], seen["Content-Length"]) == ("2", "0")
    context = event["requestContext"]
    assert list(context) == ["accountId", "apiId", "domainName", "domainPrefix", "extendedRequestId", "httpMethod",
                             "identity", "path", "protocol", "requestId", "requestTime", "requestTimeEpoch",
                             "resourceId", "resourcePath", "stage"]
    assert (context["resourceId"], context["resourcePath"]) == ("GET /v1/{id}", "/v1/{id}")
    assert context["requestId"] == context["extendedRequestId"]
    assert len(context["identity"]) == 13 and context["identity"]["caller"] is None


def test_fact_h46_without_sources_the_function_is_asked_each_time(world):
    api = world.guarded({"isAuthorized": True}, sources=(), EnableSimpleResponses=True)
    for _ in range(2):
        assert get(api, key=None).status == 200
    assert [event["identitySource"] for event in api.seen] == [None, None]


def test_fact_h46_an_identity_that_is_absent_is_not_asked_about_and_an_empty_one_is(world):
    api = world.guarded({"isAuthorized": True}, sources=(HEADER, QUERY), EnableSimpleResponses=True)
    answered(get(api, "/v1/a?tenant=x", key=None), 401)
    answered(get(api, "/v1/a"), 401)
    answered(get(api, "/v1/a?Tenant=x"), 401)
    assert not api.seen
    assert api.send("GET", "/v1/a?tenant=", [("x-KEY", "")]).status == 200
    assert api.seen[0]["identitySource"] == ["", ""]


@pytest.mark.parametrize(("answer", "status"), [
    ({"isAuthorized": True}, 200),
    ({"isAuthorized": "true"}, 200),
    ({"isAuthorized": False}, 403),
    ({"isAuthorized": "false"}, 403),
    ({"isAuthorized": 1}, 500),
    ({}, 500),
    ([], 500),
    (policy(), 500),
    ({"errorMessage": "Unauthorized"}, 401),
])
def test_fact_h46_simple_answers(world, answer, status):
    api = world.guarded(answer, EnableSimpleResponses=True)
    got = get(api)
    assert got.status == status
    if status != 200:
        answered(got, status)


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize(("answer", "status"), [
    (policy(), 200),
    (policy("Deny"), 403),
    (policy(resource="arn:aws:execute-api:*:*:*/$default/POST/*"), 403),
    ({"isAuthorized": True}, 500),
    ({"principalId": "me"}, 500),
    ({"policyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Maybe"}]}}, 500),
    ({"errorMessage": "Unauthorized"}, 401),
    ("text", 500),
])
def test_fact_h46_policies(world, version, answer, status):
    api = world.guarded(answer, version)
    got = get(api)
    assert got.status == status
    if status != 200:
        answered(got, status)


@pytest.mark.parametrize(("message", "status"), [("Unauthorized", 401), ("unauthorized", 500), ("no", 500)])
def test_fact_h46_functions_that_raise(world, message, status):
    def fail(_event):
        raise Failed(message)

    answered(get(world.guarded(fail)), status)


def test_fact_h46_a_function_that_may_not_be_asked(world):
    api = world.guarded(policy())
    del world.lambdas.functions[api.function_name]
    answered(get(api), 500)


def test_fact_h44_values_keep_their_types(world):
    context = {"z": "s", "n": 7, "t": True, "e": "", "l": [1, {"a": None}], "u": None}
    for answer, settings in [
        ({"isAuthorized": True, "context": context}, {"EnableSimpleResponses": True}),
        (policy(context=context), {}),
    ]:
        event = get(world.guarded(answer, **settings)).json()
        assert event["requestContext"]["authorizer"] == {"lambda": context}
        assert list(event["requestContext"]["authorizer"]["lambda"]) == sorted(context)


def test_fact_h46_values_of_the_first_format_become_texts(world):
    api = world.guarded(policy(context={"z": "s", "n": 7, "t": True}), "1.0")
    assert get(api).json()["requestContext"]["authorizer"] == {"lambda": {"n": "7", "t": "true", "z": "s"}}
    answered(get(world.guarded(policy(context={"l": [1]}), "1.0")), 500)


def test_a_context_reaches_a_back_end_through_a_mapping(world):
    api = world.guarded(policy(context={"tier": "gold", "n": 7}))
    target = api.proxy(world.backend.url, RequestParameters={
        "overwrite:header.x-tier": "$context.authorizer.tier", "append:header.x-all": "${context.authorizer.n}/${context.routeKey}",
    })
    api.route("GET /mapped", target, api.authorizer)
    api.live()
    world.backend.requests.clear()
    assert get(api, "/mapped", headers=[("X-Tier", "platinum")]).status == 200
    seen = world.backend.only()
    assert (seen.header("x-tier"), seen.header("x-all")) == ("gold", "7/GET /mapped")


def test_facts_95_and_h45_a_decision_counts_for_every_route(world):
    routes = ("GET /v1/{id}", "GET /other", "GET /third")
    api = world.guarded(lambda event: {"isAuthorized": True, "context": {"first": event["rawPath"]}}, routes=routes,
                        EnableSimpleResponses=True, AuthorizerResultTtlInSeconds=300)
    shown = [get(api, path).json()["requestContext"]["authorizer"]["lambda"] for path in ("/v1/a", "/v1/b", "/other")]
    assert shown == [{"first": "/v1/a"}] * 3 and len(api.seen) == 1
    assert get(api, key="another").status == 200
    assert len(api.seen) == 2


def test_fact_95_nothing_is_kept_unless_a_time_is_set(world):
    api = world.guarded({"isAuthorized": True}, EnableSimpleResponses=True)
    for _ in range(3):
        assert get(api).status == 200
    assert len(api.seen) == 3


def test_fact_95_a_decision_is_the_routes_where_the_route_key_is_a_source(world):
    api = world.guarded({"isAuthorized": True}, sources=(HEADER, "$context.routeKey"), routes=("GET /a", "GET /b"),
                        EnableSimpleResponses=True, AuthorizerResultTtlInSeconds=300)
    for path in ("/a", "/b", "/a", "/b"):
        assert get(api, path).status == 200
    assert [event["identitySource"][1] for event in api.seen] == ["GET /a", "GET /b"]


def test_a_policy_that_is_kept_is_asked_about_each_route(world):
    api = world.guarded(lambda event: policy(resource=event["routeArn"]), routes=("GET /a", "GET /b"),
                        AuthorizerResultTtlInSeconds=300)
    assert [get(api, path).status for path in ("/a", "/b", "/a")] == [200, 403, 200]
    assert len(api.seen) == 1


def test_fact_h45_a_reset_empties_the_cache(world):
    api = world.guarded({"isAuthorized": True}, EnableSimpleResponses=True, AuthorizerResultTtlInSeconds=300)
    for _ in range(2):
        assert get(api).status == 200
    assert len(api.seen) == 1
    api.client.reset_authorizers_cache(ApiId=api.id, StageName="$default")

    def asked_again():
        assert get(api).status == 200
        assert len(api.seen) == 2

    eventually(asked_again)


def test_errors_are_not_kept(world):
    answers = iter([{}, {"isAuthorized": True}, {}])
    api = world.guarded(lambda _event: next(answers), EnableSimpleResponses=True, AuthorizerResultTtlInSeconds=300)
    assert [get(api).status for _ in range(3)] == [500, 200, 200]


def test_a_wildcard_in_a_path_opens_no_other_route(world):
    api = world.guarded(lambda event: policy(resource=event["routeArn"]), routes=("GET /{proxy+}",),
                        AuthorizerResultTtlInSeconds=300)
    assert get(api, "/%2A").status == 200
    answered(get(api, "/secret"), 403)
    answered(get(api, "/%252A"), 403)


def test_the_source_of_the_call_is_the_authorizer(world):
    api = world.guarded({"isAuthorized": True}, EnableSimpleResponses=True)
    world.lambdas.seen.clear()
    assert get(api).status == 200
    asked = next(call for call in world.lambdas.seen if call.arn == function_arn(api.function_name))
    assert json.loads(asked.payload)["type"] == "REQUEST"
