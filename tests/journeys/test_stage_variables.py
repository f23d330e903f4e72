"""Stage variables, everywhere AWS's "stage variables reference for REST APIs" takes them.

Those of VPC links, of services' URIs and of role ARNs are in `integrate/test_vpc_links.py` and `integrate/aws`, those of user pools in
`tests/tokens/test_authorizers.py`.
"""

import json

import pytest

from harness.apis import Api, definition, http, mock, proxy
from harness.faults import patch

ACCOUNT = "000000000000"
# What the variable `v` is, the URI that names it, and what reaches the back end, which tells tests apart by its first segment.
URIS = [
    ("{address}/{space}/a/full?uri=1", "http://${{stageVariables.v}}", "/a/full?uri=1"),
    ("{address}", "http://${{stageVariables.v}}/{space}/p", "/p"),
    ("0.0.1", "http://127.${{stageVariables.v}}:{port}/{space}/p", "/p"),
    ("{port}", "http://127.0.0.1:${{stageVariables.v}}/{space}/p", "/p"),
    ("beta", "http://{address}/{space}/${{stageVariables.v}}/bar", "/beta/bar"),
    ("a/b", "http://{address}/{space}/x${{stageVariables.v}}y", "/xa/by"),
    ("beta", "http://{address}/{space}/foo?q=${{stageVariables.v}}", "/foo?q=beta"),
]
FUNCTIONS = """
[functions.guard]
code = "./code"
handler = "app.guard"
runtime = "python3.12"

[functions.pets]
code = "./code"
handler = "app.pets"
runtime = "python3.12"
"""
CODE = """
import json

def guard(event, context):
    statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    return {"principalId": event["stageVariables"]["who"], "policyDocument": policy}

def pets(event, context):
    who = event["requestContext"]["authorizer"]["principalId"]
    return {"statusCode": 200, "body": json.dumps({"who": who, "variables": event["stageVariables"]})}
"""


@pytest.mark.parametrize("value, uri, target", URIS)
def test_in_uris_of_http_integrations(gateway, backend, value, uri, target):
    address, _, space = backend.url.removeprefix("http://").partition("/")
    names = {"address": address, "port": address.split(":")[1], "space": space}
    routes = {"GET /r": proxy(uri.format(**names))}
    api = Api(gateway, definition(routes), variables={"v": value.format(**names)})
    answer = api.send("GET", "/r")
    assert (answer.status, answer.json()["target"]) == (200, f"/{space}{target}")


def test_in_mappings_and_templates(gateway, backend):
    shown = mock(200, requestTemplates={"application/json": '{"statusCode": ${stageVariables.status}}'})
    shown["responses"] = {"201": {
        "statusCode": "201",
        "responseParameters": {"method.response.header.X-Answer": "stageVariables.v"},
        "responseTemplates": {"application/json": '{"a": "$stageVariables.v", "b": "${stageVariables.v}", "c": "$stageVariables.get(\'v\')"}'},
    }}
    sent = http(backend.url, requestParameters={"integration.request.header.X-Sent": "stageVariables.v"})
    variables = {"v": "one", "status": "201"}
    api = Api(gateway, definition({"GET /shown": shown, "GET /sent": sent}), variables=variables)
    answer = api.send("GET", "/shown")
    assert (answer.status, answer.header("X-Answer"), answer.json()) == (201, "one", {"a": "one", "b": "one", "c": "one"})
    assert dict(api.send("GET", "/sent").json()["headers"])["X-Sent"] == "one"
    api.client.update_stage(restApiId=api.id, stageName="dev", patchOperations=[patch("replace", "/variables/v", "two")])
    assert api.send("GET", "/shown").json()["a"] == "two"
    assert dict(api.send("GET", "/sent").json()["headers"])["X-Sent"] == "two"


def test_in_gateway_responses(gateway):
    responses = {"DEFAULT_4XX": {
        "responseParameters": {"gatewayresponse.header.X-Help": "stageVariables.help"},
        "responseTemplates": {"application/json": '{"help": "$stageVariables.help"}'},
    }}
    document = definition({"GET /r": mock()}, **{"x-amazon-apigateway-gateway-responses": responses})
    api = Api(gateway, document, variables={"help": "call-us"})
    answer = api.send("GET", "/nowhere")
    assert (answer.header("X-Help"), answer.json()) == ("call-us", {"help": "call-us"})


def uri(function):
    """The URI of a function."""
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{function}"
    return f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"


def test_in_names_of_functions_and_in_identity_sources(start, tmp_path):
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "app.py").write_text(CODE)
    guard = {
        "type": "apiKey", "in": "header", "name": "Unused", "x-amazon-apigateway-authtype": "custom",
        "x-amazon-apigateway-authorizer": {
            "type": "request", "authorizerUri": uri("${stageVariables.guard}"),
            "identitySource": "stageVariables.who", "authorizerResultTtlInSeconds": 300,
        },
    }
    pets = {
        "type": "aws_proxy", "httpMethod": "POST", "uri": uri("${stageVariables.function}"),
        "operation": {"security": [{"guard": []}]},
    }
    variables = {"guard": "guard", "function": "pets", "who": "ann"}
    api = Api(start(FUNCTIONS), definition({"GET /r": pets}, components={"securitySchemes": {"guard": guard}}), variables=variables)
    assert api.send("GET", "/r").json() == {"who": "ann", "variables": variables}
    change = lambda *operations: api.client.update_stage(restApiId=api.id, stageName="dev", patchOperations=list(operations))
    # What the authorizer decided for `ann` is not remembered for `bob`.
    change(patch("replace", "/variables/who", "bob"))
    assert api.send("GET", "/r").json()["who"] == "bob"
    change(patch("remove", "/variables/who"))
    answer = api.send("GET", "/r")
    assert (answer.status, answer.error_type) == (401, "UnauthorizedException")
    change(patch("replace", "/variables/who", "ann"), patch("replace", "/variables/function", "nosuch"))
    assert api.send("GET", "/r").status == 500
    change(patch("replace", "/variables/function", "pets"), patch("remove", "/variables/guard"))
    answer = api.send("GET", "/r")
    assert (answer.status, answer.error_type) == (500, "AuthorizerConfigurationException")


def test_versions_and_aliases_of_functions(gateway):
    """Both of them in place of a variable: what cannot be had says so, and other routes go on."""
    routes = {"GET /alias": {"type": "aws_proxy", "httpMethod": "POST", "uri": uri("pets:${stageVariables.alias}")}, "GET /m": mock()}
    api = Api(gateway, definition(routes), variables={"other": "x"})
    assert [api.send("GET", path).status for path in ("/alias", "/m")] == [500, 200]
    exported = api.client.get_export(restApiId=api.id, stageName="dev", exportType="oas30", parameters={"extensions": "integrations"})
    document = json.loads(exported["body"].read())
    assert document["paths"]["/alias"]["get"]["x-amazon-apigateway-integration"]["uri"] == uri("pets:${stageVariables.alias}")
