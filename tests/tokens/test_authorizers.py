"""What tokens open which routes, and what back ends, functions and logs are told of them."""

import time

import pytest

from harness.apis import Api, definition, eventually, mock
from harness.functions import ROLE, archive
from harness.guards import bearer, changing, guard, jwt, user_pool
from harness.jose import library_token, now

from tokens.conftest import ALGORITHMS

EXPIRED = b'{"message":"The incoming token has expired"}'
UNAUTHORIZED = b'{"message":"Unauthorized"}'
FORBIDDEN = b'{"message":"Forbidden"}'
ECHO = """
import json

def handler(event, context):
    return {"statusCode": 200, "body": json.dumps(event["requestContext"].get("authorizer"))}
"""


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_tokens_of_another_library_are_taken(world, algorithm):
    answer = world.send("/jwt", bearer(library_token(world.keys[algorithm], world.claims())))
    assert answer.status == 200, answer.body


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_user_pools_take_the_algorithms_of_the_settings(world, algorithm):
    status = world.send("/pool", bearer(world.keys[algorithm].sign(world.claims()))).status
    assert status == (200 if algorithm in ("RS256", "ES256") else 401)


# Route, claims, status, body.
FACT_A25 = [
    ("/pool", {"token_use": "id"}, 200, None),
    ("/pool", {"token_use": "access", "scope": "pets:read"}, 401, UNAUTHORIZED),
    ("/pool", {"token_use": "id", "aud": None}, 200, None),
    ("/pool", {"token_use": "id", "exp": now(-60)}, 401, EXPIRED),
    ("/pool", {"token_use": "refresh"}, 401, UNAUTHORIZED),
    ("/pool", {"token_use": ["id"]}, 401, UNAUTHORIZED),
    ("/pool-scoped", {"token_use": "access", "scope": "pets:read"}, 200, None),
    ("/pool-scoped", {"token_use": "access", "scope": "cats pets:write dogs"}, 200, None),
    ("/pool-scoped", {"token_use": "access", "scope": "pets:read2"}, 401, UNAUTHORIZED),
    ("/pool-scoped", {"token_use": "access", "scope": "PETS:READ"}, 401, UNAUTHORIZED),
    ("/pool-scoped", {"token_use": "access", "scope": ""}, 401, UNAUTHORIZED),
    ("/pool-scoped", {"token_use": "access"}, 401, UNAUTHORIZED),
    ("/pool-scoped", {"token_use": "access", "scope": {"pets:read": 1}}, 401, UNAUTHORIZED),
    ("/pool-scoped", {"token_use": "id", "scope": "pets:read"}, 401, UNAUTHORIZED),
    ("/pool-scoped", {"token_use": "access", "scope": "pets:read", "exp": now(-60)}, 401, EXPIRED),
    ("/pool-audience", {"aud": "pets-app"}, 200, None),
    ("/pool-audience", {"aud": "my-pets-app"}, 401, UNAUTHORIZED),
    ("/pool-audience", {"aud": None}, 401, UNAUTHORIZED),
]
JWT = [
    ("/jwt", {"exp": now(-60)}, 401, UNAUTHORIZED),
    ("/jwt", {"token_use": None}, 200, None),
    ("/scoped", {"scope": "pets:read"}, 200, None),
    ("/scoped", {"scp": ["a", "pets:write"]}, 200, None),
    ("/scoped", {"scope": "a", "scp": ["pets:read"]}, 403, FORBIDDEN),
    ("/scoped", {"scope": "pets"}, 403, FORBIDDEN),
    ("/scoped", {}, 403, FORBIDDEN),
    ("/scoped", {"scope": "pets:read", "aud": "dogs"}, 401, UNAUTHORIZED),
    ("/ruled", {}, 200, None),
    ("/ruled", {"aud": "cats"}, 200, None),
    ("/ruled", {"tier": "gold"}, 200, None),
    ("/ruled", {"tier": "Gold"}, 401, UNAUTHORIZED),
    ("/ruled", {"tier": ["gold"]}, 401, UNAUTHORIZED),
    ("/ruled", {"tier": "silver"}, 401, UNAUTHORIZED),
    ("/ruled", {"sub": None}, 401, UNAUTHORIZED),
    ("/ruled", {"sub": 7}, 401, UNAUTHORIZED),
]


@pytest.mark.parametrize(("path", "changed", "status", "body"), FACT_A25 + JWT)
def test_claims_decide(world, path, changed, status, body):
    answer = world.send(path, bearer(world.keys["RS256"].sign(world.claims(**changed))))
    assert answer.status == status, answer.body
    assert body is None or answer.body == body


def test_a_verified_token_ends_with_its_time(world):
    token = world.keys["RS256"].sign(world.claims(exp=now(2)))
    assert world.send("/jwt", bearer(token)).status == 200
    assert world.send("/jwt", bearer(token)).status == 200
    eventually(lambda: expect(world.send("/jwt", bearer(token)).status, 401), timeout_s=5)


def test_one_token_is_judged_by_each_authorizer_for_itself(world):
    token = world.keys["RS256"].sign(world.claims(aud="cats", scope="pets:read"))
    for _ in range(2):
        statuses = [world.send(path, bearer(token)).status for path in ("/ruled", "/jwt", "/scoped", "/pool", "/pool-scoped")]
        assert statuses == [200, 401, 401, 200, 401]


def test_a_stage_variable_names_the_user_pool(world):
    arn = "arn:aws:cognito-idp:us-east-1:000000000000:userpool/${stageVariables.pool}"
    api = Api(world.api.gateway, definition({"GET /r": mock()}), variables={"pool": "us-east-1_pets"})
    with changing(api):
        guard(api, "/r", user_pool(api, arns=[arn]))
    token = bearer(world.keys["RS256"].sign(world.claims()))
    assert [api.send("GET", "/r", headers).status for headers in (token, bearer("x.y.z"))] == [200, 401]
    authorizer = api.client.get_authorizers(restApiId=api.id)["items"][0]["id"]
    tried = {"restApiId": api.id, "authorizerId": authorizer, "headers": dict(token)}
    assert api.client.test_invoke_authorizer(**tried, stageVariables={"pool": "us-east-1_pets"})["claims"]["sub"] == "ann"
    for operation in ({"op": "replace", "path": "/variables/pool", "value": "../pets"}, {"op": "remove", "path": "/variables/pool"}):
        api.client.update_stage(restApiId=api.id, stageName="dev", patchOperations=[operation])
        answer = api.send("GET", "/r", token)
        assert (answer.status, answer.error_type) == (500, "AuthorizerConfigurationException")


def test_claims_reach_the_back_end(world):
    token = world.keys["RS256"].sign(world.claims(sub="Doe, \"Jané\""))
    for path, sub in (("/jwt", r'"Doe, \"Jan\u00E9\""'), ("/pool", 'Doe, "Jané"')):
        answer = world.send(path, bearer(token))
        assert answer.status == 200
        seen = {name.lower(): value for name, value in answer.json()["headers"]}
        assert seen["x-sub"].encode("latin-1", "replace").decode("utf-8", "replace") == sub or seen["x-sub"] == sub
        exp = seen["x-exp"]
        assert exp.isdigit() if path == "/jwt" else time.strptime(exp, "%a %b %d %H:%M:%S UTC %Y")


def test_claims_reach_functions(world, tmp_path):
    functions = world.process.client(service="lambda")
    made = functions.create_function(
        FunctionName="claims", Runtime="python3.12", Role=ROLE, Handler="app.handler", Code={"ZipFile": archive(app=ECHO)})
    functions.add_permission(FunctionName="claims", StatementId="a", Action="lambda:InvokeFunction",
                             Principal="apigateway.amazonaws.com")
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{made['FunctionArn']}/invocations"
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": uri}
    api = Api(world.process, definition({"GET /jwt": integration, "GET /pool": integration}))
    with changing(api):
        guard(api, "/jwt", jwt(api, [world.issuer.url]))
        guard(api, "/pool", user_pool(api))
    claims = world.claims(email_verified=True, roles=["user", "editor"], address={"city": "Seattle"}, version="42",
                          name="é", exp=4102444800, iat=1469814773)
    token = world.keys["RS256"].sign(claims)
    assert api.send("GET", "/jwt", bearer(token)).json() == {"claims": claims}
    told = api.send("GET", "/pool", bearer(token)).json()
    texts = {**claims, "email_verified": "true", "roles": "user,editor", "address": '{"city":"Seattle"}',
             "exp": "Fri Jan 01 00:00:00 UTC 2100", "iat": "Fri Jul 29 17:52:53 UTC 2016"}
    assert told == {"claims": texts}


def test_claims_reach_templates_and_access_logs(world, start, tmp_path):
    log = tmp_path / "access.log"
    log.touch()
    arn = "arn:aws:logs:us-east-1:000000000000:log-group:tokens"
    process = start(f'discover_issuers = true\n[log_groups]\ntokens = "{log}"\n')
    template = '{"statusCode": 200, "sub": $context.authorizer.claims.sub}'
    integration = mock(requestTemplates={"application/json": '{"statusCode": 200}'}, responses={"default": {
        "statusCode": "200", "responseTemplates": {"application/json": template}}})
    api = Api(process, definition({"GET /jwt": integration}))
    with changing(api):
        guard(api, "/jwt", jwt(api, [world.issuer.url]))
        api.client.update_stage(restApiId=api.id, stageName="dev", patchOperations=[
            {"op": "replace", "path": "/accessLogSettings/destinationArn", "value": arn},
            {"op": "replace", "path": "/accessLogSettings/format",
             "value": "$context.requestId $context.authorizer.claims.sub $context.authorizer.claims.none "
                      "$context.authorizer.principalId $context.authorizer.status $context.authorizer.error"}])
    token = world.keys["RS256"].sign(world.claims())
    answer = api.send("GET", "/jwt", bearer(token))
    assert answer.status == 200 and answer.json()["sub"] == "ann", answer.body
    api.send("GET", "/jwt", bearer(world.keys["RS256"].sign(world.claims(aud="dogs"))))

    def lines():
        told = [line.split(" ", 1)[1] for line in log.read_text().splitlines()]
        found = sorted(line for line in told if " 200 " in line or " 401 " in line)
        assert found == ['"ann" - - 200 -', "- - - 401 the token does not have a valid audience"], found

    eventually(lines)


def test_trying_an_authorizer_out(world):
    def tried(name, **headers):
        return world.api.client.test_invoke_authorizer(
            restApiId=world.api.id, authorizerId=world.authorizers[name], headers=headers)

    token = world.keys["RS256"].sign(world.claims(email_verified=True))
    told = tried("pool", Authorization=token)
    assert (told["clientStatus"], told["claims"]["sub"], told["claims"]["email_verified"]) == (0, "ann", "true")
    assert "Starting authorizer: " + world.authorizers["pool"] in told["log"] and told["latency"] >= 0
    assert tried("jwt", Authorization=f"Bearer {token}")["claims"]["sub"] == '"ann"'
    for headers in ({}, {"Authorization": "x.y.z"}, {"Authorization": world.stranger.sign(world.claims())}):
        refused = tried("pool", **headers)
        assert refused["clientStatus"] == 401 and "claims" not in refused
        assert "Unauthorized request: " in refused["log"]


def expect(found, wanted):
    """For `eventually`."""
    assert found == wanted

