"""Lambda authorizers with real functions in Python and Node, from an imported definition to requests (facts 82 to 85, A14 to A20)."""

import json

import pytest

from harness.apis import Api, definition, eventually

ACCOUNT = "000000000000"
PYTHON = """
CALLS = 0

def policy(effect, resource):
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}
    return {"Version": "2012-10-17", "Statement": [statement]}

def handler(event, context):
    global CALLS
    CALLS += 1
    token = event["authorizationToken"]
    if token == "t-nobody":
        raise Exception("Unauthorized")
    if token == "t-broken":
        raise ValueError("no")
    if token == "t-odd":
        return {"principalId": "odd"}
    effect = "Deny" if token == "t-evil" else "Allow"
    resource = event["methodArn"] if token == "t-narrow" else "*"
    context = {"tier": "gold", "calls": CALLS, "vip": True}
    return {"principalId": token[2:], "policyDocument": policy(effect, resource), "context": context}
"""
NODE = """
exports.guard = async (event) => ({
  principalId: event.headers["X-User"] + "/" + event.queryStringParameters.q,
  policyDocument: {
    Version: "2012-10-17",
    Statement: [{ Action: "execute-api:Invoke", Effect: "Allow", Resource: event.methodArn }],
  },
  context: { path: event.path, id: event.pathParameters.id, stage: event.requestContext.stage, none: null },
});
exports.pets = async (event) => ({ statusCode: 200, body: JSON.stringify(event.requestContext.authorizer) });
"""
SETTINGS = """
[functions.guard]
code = "./code"
handler = "app.handler"
runtime = "python3.12"

[functions.by_request]
code = "./code"
handler = "index.guard"
runtime = "nodejs22.x"

[functions.pets]
code = "./code"
handler = "index.pets"
runtime = "nodejs22.x"
"""


def uri(name):
    """The URI of a function."""
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"
    return f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"


def schemes():
    """A TOKEN and a REQUEST authorizer."""
    token = {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "x-amazon-apigateway-authtype": "custom",
        "x-amazon-apigateway-authorizer": {
            "type": "token",
            "authorizerUri": uri("guard"),
            "identityValidationExpression": "t-.*",
            "authorizerResultTtlInSeconds": 300,
        },
    }
    request = {
        **token,
        "x-amazon-apigateway-authorizer": {
            "type": "request",
            "authorizerUri": uri("by_request"),
            "identitySource": "method.request.header.x-user, method.request.querystring.q",
            "authorizerResultTtlInSeconds": 300,
        },
    }
    return {"securitySchemes": {"token": token, "request": request}}


def guarded(by, integration):
    """An operation behind an authorizer."""
    return {**integration, "operation": {"security": [{by: []}]}}


def shows():
    """A MOCK that answers what the authorizer said."""
    said = '{"who": "$context.authorizer.principalId", "tier": "$context.authorizer.tier", "calls": $context.authorizer.calls}'
    return {
        "type": "mock",
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "responses": {"default": {"statusCode": "200", "responseTemplates": {"application/json": said}}},
    }


@pytest.fixture
def api(start, tmp_path):
    """An API whose methods are behind authorizers, and the functions that decide."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "app.py").write_text(PYTHON)
    (tmp_path / "code" / "index.js").write_text(NODE)
    pets = {"type": "aws_proxy", "httpMethod": "POST", "uri": uri("pets")}
    routes = {
        "GET /a": guarded("token", shows()),
        "GET /b": guarded("token", shows()),
        "GET /notes/{proxy+}": guarded("token", shows()),
        "GET /pets/{id}": guarded("request", pets),
    }
    return Api(start(SETTINGS), definition(routes, components=schemes()))


def ask(api, path, token=None):
    """Asks with a token."""
    return api.send("GET", path, [("Authorization", token)] if token else [])


def test_a_token_s_function_decides(api):
    """Facts A14 to A16, 82 to 85 and 13, one token after the other."""
    denied = b'{"Message":"User is not authorized to access this resource%s"}'
    explicit = denied % b" with an explicit deny in an identity-based policy"
    silent = denied % b" because no identity-based policy allows the execute-api:Invoke action"
    unauthorized, nothing = b'{"message":"Unauthorized"}', b'{"message":null}'
    for token, path, status, body, kind in (
        (None, "/a", 401, unauthorized, "UnauthorizedException"),
        ("other", "/a", 401, unauthorized, "UnauthorizedException"),
        ("t-nobody", "/a", 401, unauthorized, "UnauthorizedException"),
        ("t-evil", "/a", 403, explicit, "AccessDeniedException"),
        ("t-narrow", "/a", 200, None, None),
        ("t-narrow", "/b", 403, silent, "AccessDeniedException"),
        ("t-broken", "/a", 500, nothing, "AuthorizerConfigurationException"),
        ("t-odd", "/a", 500, nothing, "AuthorizerConfigurationException"),
    ):
        answer = ask(api, path, token)
        assert answer.status == status and answer.error_type == kind, (token, answer)
        assert body in (None, answer.body), (token, answer.body)


@pytest.mark.parametrize("path", ["/notes/x*", "/notes/*", "/notes/%2A", "/notes/${aws:UserAgent}", "/notes/%24%7Baws:UserAgent%7D"])
def test_a_path_is_no_pattern_in_the_policy_that_repeats_it(api, path):
    """A function that allows just `methodArn` allows one path, whatever that looks like to policies."""
    first = ask(api, path, "t-narrow")
    assert first.status in (200, 400), first
    headers = [("Authorization", "t-narrow"), ("User-Agent", "xy")]
    for other in ("/notes/xy", "/notes/x/y"):
        again = api.send("GET", other, headers)
        assert first.status == 400 or again.status == 403, (path, other, again)


def test_a_decision_is_remembered_until_it_is_flushed(api):
    """Fact 83: asked once for two methods; and FlushStageAuthorizersCache has effect when it returns."""
    first = json.loads(ask(api, "/a", "t-me").body)
    assert (first["who"], first["tier"]) == ("me", "gold")
    assert json.loads(ask(api, "/b", "t-me").body) == first
    api.client.flush_stage_authorizers_cache(restApiId=api.id, stageName=api.stage)
    assert json.loads(ask(api, "/b", "t-me").body)["calls"] == first["calls"] + 1


def test_a_request_s_function_sees_the_request(api):
    """Fact A19, and what a proxy function is told of the decision (facts 81 and 87)."""
    for path, headers in (("/pets/7", [("X-User", "ann")]), ("/pets/7?q=1", []), ("/pets/7?q=", [("X-User", "ann")])):
        assert api.send("GET", path, headers).status == 401, path
    answer = api.send("GET", "/pets/7?q=1", [("X-User", "ann")])
    said = json.loads(answer.body)
    latency = said.pop("integrationLatency")
    assert latency >= 0 and said == {"path": "/pets/7", "id": "7", "stage": "dev", "none": "", "principalId": "ann/1"}
    again = api.send("GET", "/pets/7?q=1", [("x-user", "ann")])
    assert again.status == 200 and json.loads(again.body)["integrationLatency"] == 0
    assert api.send("GET", "/pets/8?q=1", [("X-User", "ann")]).status == 403, "the policy names one method"


def test_a_new_deployment_asks_anew(api):
    """And another function behind the same authorizer is asked from then on."""
    assert ask(api, "/a", "t-me").status == 200
    authorizers = {it["name"]: it["id"] for it in api.client.get_authorizers(restApiId=api.id)["items"]}
    operation = {"op": "replace", "path": "/authorizerUri", "value": uri("nobody")}
    api.client.update_authorizer(restApiId=api.id, authorizerId=authorizers["token"], patchOperations=[operation])
    assert ask(api, "/a", "t-me").status == 200, "nothing is deployed yet"
    api.deploy()

    def asked():
        assert (answer := ask(api, "/a", "t-me")).status == 500 and answer.body == b'{"message":null}'

    eventually(asked)


def test_an_authorizer_is_tried_out(api):
    """TestInvokeAuthorizer asks the same function with the same words, and remembers nothing."""
    authorizers = {it["name"]: it["id"] for it in api.client.get_authorizers(restApiId=api.id)["items"]}
    for token, status in (("t-me", 0), ("t-nobody", 401), ("t-broken", 500)):
        tried = api.client.test_invoke_authorizer(
            restApiId=api.id, authorizerId=authorizers["token"], headers={"Authorization": token}
        )
        assert tried["clientStatus"] == status, tried
        assert ("policy" in tried) == (status == 0)
