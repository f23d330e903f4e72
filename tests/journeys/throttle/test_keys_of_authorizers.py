"""API keys that an authorizer names (`apiKeySource` AUTHORIZER, `usageIdentifierKey`): who is let in, and who is metered (fact A22)."""

import pytest

from harness.apis import Api, definition, mock
from harness.metered import SCHEME, Metered

ACCOUNT = "000000000000"
# The token is the key that the function names: `deny KEY` denies, `none` names no key.
FUNCTION = """
def handler(event, context):
    word, _, key = event["authorizationToken"].rpartition(" ")
    statement = {"Action": "execute-api:Invoke", "Effect": "Deny" if word == "deny" else "Allow", "Resource": "*"}
    answer = {"principalId": "p", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
    return answer if key == "none" else {**answer, "usageIdentifierKey": key}
"""
SETTINGS = """
[functions.guard]
code = "./code"
handler = "app.handler"
runtime = "python3.12"
"""
ARN = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:guard"
AUTHORIZER = {
    "type": "apiKey", "in": "header", "name": "Authorization", "x-amazon-apigateway-authtype": "custom",
    "x-amazon-apigateway-authorizer": {
        "type": "token", "authorizerResultTtlInSeconds": 300,
        "authorizerUri": f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{ARN}/invocations",
    },
}
SCHEMES = {"securitySchemes": {**SCHEME["securitySchemes"], "guard": AUTHORIZER}}
SHOWN = '{"key": "$context.identity.apiKey", "id": "$context.identity.apiKeyId"}'


def guarded(requirements):
    """A method behind these, which says whose request it was."""
    integration = mock(200)
    integration["responses"]["default"]["responseTemplates"] = {"application/json": SHOWN}
    return {**integration, "operation": {"security": [{name: [] for name in requirements}]}}


class Named(Metered):
    """Callers whose keys the authorizer names."""

    def __init__(self, gateway):
        routes = {
            "GET /k": guarded(["guard", "api_key"]), "GET /free": guarded(["guard"]), "GET /bare": guarded(["api_key"])}
        source = {"x-amazon-apigateway-api-key-source": "AUTHORIZER"}
        self.api = Api(gateway, definition(routes, components=SCHEMES, **source))
        self.client = self.api.client

    def ask(self, path, key, word="allow", headers=()):
        """A GET of whom the function lets in as the bearer of a key."""
        return self.api.send("GET", path, [("Authorization", f"{word} {key}"), *headers])


@pytest.fixture
def named(start, tmp_path):
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "app.py").write_text(FUNCTION)
    return Named(start(SETTINGS))


def refused(answer):
    assert (answer.status, answer.error_type, answer.body) == (403, "ForbiddenException", b'{"message":"Forbidden"}'), answer


def test_fact_a22_the_key_is_the_one_that_the_authorizer_names(named):
    assert named.client.get_rest_api(restApiId=named.api.id)["apiKeySource"] == "AUTHORIZER"
    key_id, value = named.key(named.plan())
    _, stranger = named.key()
    assert named.ask("/k", value).json() == {"key": value, "id": key_id}
    for key in (stranger, "nobody-has-this-key-0123456789", "none", value.swapcase()):
        refused(named.ask("/k", key))
    # What the client sends says nothing, neither for nor against it.
    refused(named.ask("/k", "none", headers=[("x-api-key", value)]))
    assert named.ask("/k", value, headers=[("x-api-key", stranger)]).json() == {"key": value, "id": key_id}


def test_a_denial_of_the_authorizer_comes_before_its_key(named):
    _, value = named.key(named.plan(quota={"limit": 1, "period": "DAY"}))
    for _ in range(3):
        answer = named.ask("/k", value, "deny")
        assert (answer.status, answer.error_type) == (403, "AccessDeniedException")
    assert [named.ask("/k", value).status for _ in range(2)] == [200, 429], "what was denied is not counted"


def test_callers_are_metered_by_the_key_that_is_named(named):
    first_id, first = named.key(named.plan(quota={"limit": 2, "period": "DAY"}))
    _, second = named.key(named.plan(throttle={"rateLimit": 0.001, "burstLimit": 1}))
    assert [named.ask("/k", first).status for _ in range(4)] == [200, 200, 429, 429]
    answer = named.ask("/k", first)
    assert (answer.error_type, answer.json()) == ("LimitExceededException", {"message": "Limit Exceeded"})
    assert [named.ask("/k", second).status for _ in range(3)] == [200, 429, 429], "the other plan is its own"
    # A remembered decision names the key again.
    named.client.update_api_key(apiKey=first_id, patchOperations=[{"op": "replace", "path": "/enabled", "value": "false"}])
    refused(named.ask("/k", first))


def test_methods_without_keys_and_without_authorizers(named):
    _, value = named.key(named.plan(quota={"limit": 1, "period": "DAY"}))
    assert [named.ask("/free", value).json() for _ in range(3)] == [{"key": "", "id": ""}] * 3
    assert named.ask("/k", value).status == 200, "nothing was counted"
    # Nobody names a key where no authorizer is.
    refused(named.api.send("GET", "/bare", [("x-api-key", value)]))
