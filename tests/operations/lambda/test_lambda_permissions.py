"""Resource policies: as they are written, and as API Gateway meets them (fact 17)."""

import json

import pytest

from harness.apis import Api, definition
from harness.functions import PROXY, ROLE, archive, refusal


def integration(arn):
    """An AWS_PROXY integration with a function."""
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"
    return {"type": "aws_proxy", "httpMethod": "POST", "uri": uri}


def test_statements_are_written_as_aws_writes_them(functions, create):
    """Added, read back, added twice, removed."""
    made = create()
    name, arn = made["FunctionName"], made["FunctionArn"]
    source = "arn:aws:execute-api:us-east-1:000000000000:abc/*/GET/pets"
    added = functions.add_permission(
        FunctionName=name, StatementId="gate", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com",
        SourceArn=source, SourceAccount="000000000000")
    statement = {
        "Sid": "gate", "Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"},
        "Action": "lambda:InvokeFunction", "Resource": arn,
        "Condition": {"ArnLike": {"AWS:SourceArn": source}, "StringEquals": {"AWS:SourceAccount": "000000000000"}}}
    assert json.loads(added["Statement"]) == statement
    got = functions.get_policy(FunctionName=name)
    assert json.loads(got["Policy"]) == {"Version": "2012-10-17", "Id": "default", "Statement": [statement]}
    again = refusal(functions.add_permission, FunctionName=name, StatementId="gate", Action="lambda:InvokeFunction",
                    Principal="apigateway.amazonaws.com")
    assert again[:2] == ("ResourceConflictException", 409)
    stale = refusal(functions.remove_permission, FunctionName=name, StatementId="gate", RevisionId="old")
    assert stale[:2] == ("PreconditionFailedException", 412)
    functions.remove_permission(FunctionName=name, StatementId="gate", RevisionId=got["RevisionId"])
    assert refusal(functions.get_policy, FunctionName=name)[:2] == ("ResourceNotFoundException", 404)
    assert refusal(functions.remove_permission, FunctionName=name, StatementId="gate")[0] == "ResourceNotFoundException"


@pytest.mark.parametrize("change, code", [
    ({"StatementId": "a b"}, "ValidationException"),
    ({"Action": "sqs:Send"}, "ValidationException"),
    ({"Principal": "nobody"}, "InvalidParameterValueException"),
    ({"Qualifier": "$LATEST"}, "InvalidParameterValueException"),
    ({"Qualifier": "9"}, "ResourceNotFoundException"),
])
def test_statements_that_are_none_are_refused(functions, create, change, code):
    """By member."""
    sound = {"StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "*"}
    assert refusal(functions.add_permission, FunctionName=create()["FunctionName"], **{**sound, **change})[0] == code


def test_fact_17_api_gateway_needs_the_function_s_leave(gateway, functions, create):
    """500 without a statement for this very method, 201 with it, at once, and 500 when it is gone."""
    made = create(code=PROXY)
    api = Api(gateway, definition({"GET /pets": integration(made["FunctionArn"])}))
    refused = api.send("GET", "/pets")
    assert (refused.status, refused.body) == (500, b'{"message": "Internal server error"}')

    def allow(sid, source):
        functions.add_permission(
            FunctionName=made["FunctionName"], StatementId=sid, Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com", SourceArn=f"arn:aws:execute-api:us-east-1:000000000000:{source}")

    allow("other", "zzzzzzzzzz/*/GET/pets")
    allow("verb", f"{api.id}/*/PUT/pets")
    assert api.send("GET", "/pets").status == 500
    allow("right", f"{api.id}/*/GET/pets")
    answer = api.send("GET", "/pets")
    assert (answer.status, json.loads(answer.body)) == (201, {"path": "/pets", "version": "$LATEST"})
    functions.remove_permission(FunctionName=made["FunctionName"], StatementId="right")
    assert api.send("GET", "/pets").status == 500


def test_an_alias_has_a_policy_of_its_own(gateway, functions, create):
    """What the function allows is not what its alias allows."""
    made = create(code=PROXY)
    name = made["FunctionName"]
    functions.publish_version(FunctionName=name)
    alias = functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    leave = {"StatementId": "all", "Action": "lambda:InvokeFunction", "Principal": "apigateway.amazonaws.com"}
    functions.add_permission(FunctionName=name, **leave)
    api = Api(gateway, definition({"GET /pets": integration(alias["AliasArn"])}))
    assert api.send("GET", "/pets").status == 500
    functions.add_permission(FunctionName=name, Qualifier="live", **leave)
    assert json.loads(api.send("GET", "/pets").body)["version"] == "1"


def test_the_check_is_a_setting(start):
    """Without it every function may be invoked."""
    gateway = start("check_function_policies = false\n")
    made = gateway.client(service="lambda").create_function(
        FunctionName="open", Role=ROLE, Runtime="python3.12", Handler="app.handler", Code={"ZipFile": archive(app=PROXY)})
    assert Api(gateway, definition({"GET /pets": integration(made["FunctionArn"])})).send("GET", "/pets").status == 201
