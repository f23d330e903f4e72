"""Authorizer: four types, their patches, and the methods that refer to them."""

import json

import pytest

from harness.faults import fails, patch, status_of
from harness.process import Stagegate

FUNCTION = ("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
            "arn:aws:lambda:us-east-1:000000000000:function:f/invocations")
POOL = "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_a"
HEADER = "method.request.header.Authorization"
JWT = {"issuers": [{"issuer": "https://issuer.example/", "audiences": ["pets"],
                    "additionalClaims": [{"claimName": "tier", "format": "SINGLE_STRING", "required": True, "expectedValues": ["gold"]}]}],
       "defaultAlgorithms": ["RS256"]}
TYPES = {
    "TOKEN": {"authorizerUri": FUNCTION, "identitySource": HEADER, "identityValidationExpression": "^x"},
    "REQUEST": {"authorizerUri": FUNCTION, "identitySource": f"{HEADER},context.stage", "authorizerResultTtlInSeconds": 0},
    "COGNITO_USER_POOLS": {"providerARNs": [POOL], "identitySource": HEADER},
    "JWT": {"jwtConfiguration": JWT, "identitySource": HEADER},
}


@pytest.mark.parametrize("kind", TYPES)
def test_create_get_list_delete(client, api, kind):
    made = client.create_authorizer(restApiId=api[0], name="guard", type=kind, **TYPES[kind])
    assert status_of(made) == 201
    assert {key: made[key] for key in TYPES[kind]} == TYPES[kind]
    one = {"restApiId": api[0], "authorizerId": made["id"]}
    assert client.get_authorizer(**one)["type"] == kind
    assert [item["id"] for item in client.get_authorizers(restApiId=api[0])["items"]] == [made["id"]]
    assert status_of(client.delete_authorizer(**one)) == 202
    with fails("NotFoundException", "Invalid Authorizer identifier specified", 404):
        client.get_authorizer(**one)


def test_aws_fills_in_what_is_left_out(client, api):
    made = client.create_authorizer(
        restApiId=api[0], name="guard", type="TOKEN", authorizerUri=FUNCTION, identitySource=HEADER)
    assert (made["authType"], made["authorizerResultTtlInSeconds"]) == ("custom", 300)


@pytest.mark.parametrize(("kind", "changes", "message"), [
    ("TOKEN", {"authorizerUri": "http://x"}, "Invalid Authorizer URI: http://x. Authorizer URI should be a valid API "
                                             "Gateway ARN that represents a Lambda function invocation."),
    ("TOKEN", {"authorizerResultTtlInSeconds": 3601}, ".*between 0 and 3600.*"),
    ("REQUEST", {"identitySource": "method.request.path.id"}, ".*Identity Source.*"),
    ("COGNITO_USER_POOLS", {"providerARNs": []}, ".*user pool.*"),
    ("JWT", {"authorizerUri": FUNCTION}, "authorizerUri is not allowed.*"),
    ("JWT", {"jwtConfiguration": {**JWT, "issuers": [{"issuer": "http://x", "audiences": ["a"]}]}}, "Invalid issuer.*"),
])
def test_what_a_type_does_not_take_is_refused(client, api, kind, changes, message):
    with fails("BadRequestException", message, 400):
        client.create_authorizer(restApiId=api[0], name="guard", type=kind, **{**TYPES[kind], **changes})


def test_an_api_that_does_not_exist_is_a_conflict(client):
    """Fact 134."""
    with fails("ConflictException", "Unable to complete operation due to concurrent modification. Please try again later.", 409):
        client.create_authorizer(restApiId="nosuch", name="guard", type="TOKEN", **TYPES["TOKEN"])


def test_updates(client, api):
    made = client.create_authorizer(restApiId=api[0], name="guard", type="TOKEN", **TYPES["TOKEN"])
    one = {"restApiId": api[0], "authorizerId": made["id"]}
    operations = [patch("replace", "/name", "other"), patch("replace", "/authorizerResultTtlInSeconds", "60")]
    updated = client.update_authorizer(**one, patchOperations=operations)
    assert (updated["name"], updated["authorizerResultTtlInSeconds"]) == ("other", 60)
    operations = [patch("replace", "/type", "JWT"), patch("replace", "/jwtConfiguration", json.dumps(JWT))]
    updated = client.update_authorizer(**one, patchOperations=operations)
    assert updated["jwtConfiguration"] == JWT and "authorizerUri" not in updated
    with fails("BadRequestException", status=400):
        client.update_authorizer(**one, patchOperations=[patch("add", "/jwtConfiguration", json.dumps(JWT))])


def test_a_method_refers_to_it_by_its_id(client, api):
    made = client.create_authorizer(restApiId=api[0], name="guard", type="TOKEN", **TYPES["TOKEN"])
    method = {"restApiId": api[0], "resourceId": api[1], "httpMethod": "GET"}
    with fails("BadRequestException", status=400):
        client.put_method(**method, authorizationType="JWT", authorizerId=made["id"])
    client.put_method(**method, authorizationType="CUSTOM", authorizerId=made["id"])
    with fails("ConflictException", "Cannot delete authorizer 'guard', is referenced in method: GET//", 409):
        client.delete_authorizer(restApiId=api[0], authorizerId=made["id"])


@pytest.mark.parametrize("host", ["169.254.169.254", "127.0.0.1:{control}", "[fd00:ec2::254]", "localhost:{control}"])
def test_an_issuer_that_nobody_may_reach_is_not_asked(tmp_path, host):
    process = Stagegate(tmp_path / "data", "discover_issuers = true\n").start()
    try:
        client = process.client()
        api = client.create_rest_api(name="jwt")["id"]
        issuer = {"issuer": "https://" + host.format(control=process.control), "audiences": ["pets"]}
        made = client.create_authorizer(
            restApiId=api, name="guard", type="JWT", identitySource=HEADER,
            jwtConfiguration={"issuers": [issuer], "defaultAlgorithms": ["RS256"]})
        assert "jwksUri" not in made["jwtConfiguration"]["issuers"][0]
        assert "an issuer was not discovered" in process.log()
    finally:
        process.stop()
