"""TestInvokeAuthorizer: an authorizer tried out with a request that nobody sent (facts A15 to A20, L3, L7 and L9)."""

import json
import re

import pytest

from harness.faults import fails
from harness.lambdas import Failed, Lambdas, Refused
from harness.process import Stagegate

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:guard"
URI = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
POLICY = {"Version": "2012-10-17", "Statement": [{"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": "*"}]}
LINE = re.compile(r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d UTC \d{4} : (.*)")


@pytest.fixture(scope="module", name="lambdas")
def fixture_lambdas():
    """The Lambda API."""
    server = Lambdas()
    yield server
    server.stop()


@pytest.fixture(scope="module", name="client")
def fixture_client(lambdas, tmp_path_factory):
    """A client of a process whose functions are all there."""
    process = Stagegate(tmp_path_factory.mktemp("lambda") / "data", lambdas.settings).start()
    yield process.client()
    process.stop()


@pytest.fixture(name="guard")
def fixture_guard(client, lambdas):
    """Makes an authorizer whose function does this; answers what names it."""
    lambdas.functions, lambdas.seen = {}, []

    def make(does, kind="TOKEN", identitySource="method.request.header.Auth", **members):
        lambdas.functions["guard"] = does
        api = client.create_rest_api(name="guarded")["id"]
        made = client.create_authorizer(
            restApiId=api, name="guard", type=kind, authorizerUri=URI, identitySource=identitySource, **members)
        return {"restApiId": api, "authorizerId": made["id"]}

    return make


def lines_of(tried):
    """The lines of the log without dates, with the id blanked."""
    first, *rest = tried["log"].splitlines()
    request_id = re.fullmatch(r"Execution log for request ([0-9a-f-]{36})", first)[1]
    return [LINE.fullmatch(line)[1].replace(request_id, "{id}") for line in rest]


def answer(**members):
    """A function that answers with a policy."""
    return lambda _: {"principalId": "principal", "policyDocument": POLICY, **members}


def test_a_token_authorizer_gives_its_policy(client, guard, lambdas):
    one = guard(answer(context={"tier": "gold", "n": 1}))
    tried = client.test_invoke_authorizer(**one, headers={"Auth": "token-of-mine"})
    assert (tried["clientStatus"], tried["principalId"], json.loads(tried["policy"])) == (0, "principal", POLICY)
    assert tried["authorization"] == {"tier": ["gold"], "n": ["1"]}
    assert isinstance(tried["latency"], int)
    [invocation] = lambdas.seen
    assert invocation.event == {
        "type": "TOKEN", "authorizationToken": "token-of-mine",
        "methodArn": f"arn:aws:execute-api:us-east-1:000000000000:{one['restApiId']}/ESTestInvoke-stage/GET/"}
    labels = [line.split(":")[0] for line in lines_of(tried)]
    assert labels == [
        "Starting authorizer", "Incoming identity", "Endpoint request URI", "Endpoint request headers",
        "Endpoint request body after transformations", "Sending request to https",
        "Authorizer result body before parsing", "Using valid authorizer policy for principal",
        "Successfully completed authorizer execution"]
    assert "Incoming identity: *******f-mine" in lines_of(tried)


def test_a_request_authorizer_is_told_the_request(client, guard, lambdas):
    sources = "method.request.header.Auth, method.request.querystring.q, stageVariables.v, context.tier"
    one = guard(answer(), "REQUEST", sources)
    tried = client.test_invoke_authorizer(
        **one, headers={"Auth": "1"}, multiValueHeaders={"M": ["a", "b"]}, pathWithQueryString="/p?q=1",
        stageVariables={"v": "w"}, additionalContext={"tier": "gold"})
    assert tried["clientStatus"] == 0, tried
    event = lambdas.seen[0].event
    assert (event["type"], event["path"], event["queryStringParameters"]) == ("REQUEST", "/p", {"q": "1"})
    assert event["multiValueHeaders"] == {"Auth": ["1"], "M": ["a", "b"]}
    assert event["stageVariables"] == {"v": "w"}
    assert event["requestContext"]["stage"] == "test-invoke-stage"
    assert event["requestContext"]["apiId"] == one["restApiId"]


@pytest.mark.parametrize(("members", "headers"), [
    ({}, {}), ({}, {"Auth": ""}), ({"identityValidationExpression": "x+"}, {"Auth": "xy"}),
    ({"kind": "REQUEST", "identitySource": "method.request.header.Auth, stageVariables.none"}, {"Auth": "x"}),
])
def test_fact_a15_without_an_identity_the_function_is_not_asked(client, guard, lambdas, members, headers):
    tried = client.test_invoke_authorizer(**guard(answer(), **members), headers=headers)
    assert tried["clientStatus"] == 401 and "policy" not in tried
    assert lines_of(tried)[1:] == ["Unauthorized request: {id}", "Unauthorized"]
    assert not lambdas.seen


def fail(error):
    """A function that fails."""
    def function(_):
        raise error
    return function


@pytest.mark.parametrize(("does", "status", "line"), [
    (fail(Failed("Unauthorized")), 401, "Unauthorized request: {id}"),
    (fail(Failed("no")), 500, "Execution failed due to configuration error: Invalid JSON in response: Unrecognized field .*"),
    (fail(Refused(403, "AccessDeniedException")), 500,
     "Execution failed due to configuration error: Invalid permissions on Lambda function"),
    (lambda _: {"principalId": "p"}, 500, "Execution failed due to configuration error: Invalid policy document: there is none"),
    (lambda _: "text", 500, "Execution failed due to configuration error: Invalid JSON in response"),
])
def test_fact_l9_a_function_that_fails_says_how(client, guard, does, status, line):
    tried = client.test_invoke_authorizer(**guard(does), headers={"Auth": "1"})
    assert tried["clientStatus"] == status, tried
    assert re.fullmatch(line.replace("{id}", r"\{id\}"), lines_of(tried)[-2]), tried["log"]


@pytest.mark.parametrize(("changes", "code", "message"), [
    ({"authorizerId": "nosuch"}, "NotFoundException", "Invalid Authorizer identifier specified"),
    ({"restApiId": "nosuch"}, "NotFoundException", "Invalid API identifier specified .*:nosuch"),
    ({"stageVariables": {"a b": "c"}}, "BadRequestException", "Invalid stage variable name: a b.*"),
    ({"headers": {"X A": "1"}}, "BadRequestException", "The test request is invalid: .*"),
])
def test_what_cannot_be_tried_is_refused(client, guard, changes, code, message):
    with fails(code, message):
        client.test_invoke_authorizer(**{**guard(answer()), **changes})


def test_an_expression_that_is_none_is_said(client, guard):
    with fails("BadRequestException", "The authorizer cannot be tried out: .*not a regular expression.*", 400):
        client.test_invoke_authorizer(**guard(answer(), identityValidationExpression="("), headers={"Auth": "1"})
