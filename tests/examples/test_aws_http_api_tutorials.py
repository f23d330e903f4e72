"""AWS's pages on HTTP APIs, typed into both AWS CLIs as the developer guide has them; only the endpoint URL is another.

The guide's sites stand on this machine: their hosts, and the ids that a command before has printed, are all that is replaced.
"""

import json
import os
import pathlib
import sys

import pytest

from harness.awscli import V1, V2, AwsCli
from harness.functions import ROLE, archive
from harness.wire import exchange

REGION = "us-east-2"
ACCOUNT = "000000000000"
HELLO = """
import json

def handler(event, context):
    return {"message": "Hello from Lambda!", "route": event["routeKey"]}
"""


def cli_of(gateway, program, folder):
    """The CLI, configured as its guide tells those who use version 1's `file://` in version 2."""
    config = folder / "config"
    config.write_text(f"[default]\nregion = {REGION}\n" + ("cli_binary_format = raw-in-base64-out\n" if program == V2 else ""))
    cli = AwsCli(gateway, program, config)
    return lambda line: cli.type(line + f" --region {REGION}")


@pytest.fixture(params=[V1, V2], ids=["v1", "v2"])
def aws(request, gateway, tmp_path):
    """Types commands."""
    return cli_of(gateway, request.param, tmp_path)


@pytest.fixture
def call(gateway):
    """Opens a URL of an API's."""
    return lambda api, path, method="GET", headers=(), **options: gateway.send(
        method, path, api, headers, region=REGION, **options)


@pytest.mark.parametrize("program", [V1, V2], ids=["v1", "v2"])
def test_create_an_http_api_by_using_the_aws_cli(start, program, tmp_path):
    """`http-api-develop`, "Create an HTTP API by using the AWS CLI": quick create with a function, and its permission."""
    gateway = start(env={"PATH": f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"})
    aws = cli_of(gateway, program, tmp_path)
    gateway.client(REGION, service="lambda").create_function(
        FunctionName="function-name", Role=ROLE, Runtime=f"python3.{sys.version_info.minor}", Handler="app.handler",
        Code={"ZipFile": archive(app=HELLO)}, Timeout=10)
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:function-name"
    made = aws(f"aws apigatewayv2 create-api --name my-api --protocol-type HTTP --target {function}")
    assert (made["Name"], made["ProtocolType"]) == ("my-api", "HTTP")
    api = made["ApiId"]
    assert gateway.send("GET", "/", api, region=REGION).status == 500, "nobody has let the API call the function"
    aws(rf"""aws lambda add-permission --function-name function-name \
        --statement-id apigateway-invoke --action lambda:InvokeFunction \
        --principal apigateway.amazonaws.com \
        --source-arn 'arn:aws:execute-api:{REGION}:{ACCOUNT}:{api}/*/$default'""")
    answer = gateway.send("GET", "/whatever", api, region=REGION)
    assert (answer.status, answer.json()) == (200, {"message": "Hello from Lambda!", "route": "$default"})


def test_create_http_proxy_integrations_and_routes(aws, call, backend):
    """`http-api-develop-integrations-http`, `http-api-develop-routes` and `http-api-stages`."""
    api = aws("aws apigatewayv2 create-api --name my-http-api --protocol-type HTTP")["ApiId"]
    made = aws(rf"""aws apigatewayv2 create-integration --api-id {api} --integration-type HTTP_PROXY \
        --integration-uri {backend.url}/{{proxy}} --payload-format-version 1.0 --integration-method ANY""")
    assert (made["ConnectionType"], made["TimeoutInMillis"]) == ("INTERNET", 30000)
    route = aws(rf"""aws apigatewayv2 create-route --api-id {api} --route-key 'ANY /{{proxy+}}' \
        --target integrations/{made['IntegrationId']}""")
    assert (route["RouteKey"], route["AuthorizationType"], route["ApiKeyRequired"]) == ("ANY /{proxy+}", "NONE", False)
    stage = aws(f"aws apigatewayv2 create-stage --api-id {api} --stage-name 'dev' --auto-deploy")
    assert (stage["StageName"], stage["AutoDeploy"]) == ("dev", True)
    answer = call(api, "/dev/pets/7?a=b", "PUT")
    assert (answer.status, backend.only().target) == (200, f"{backend.prefix}/pets/7?a=b")


def test_configure_cors(aws, call, backend):
    """`http-api-cors`, "Configuring CORS for an HTTP API"."""
    api = aws(f"aws apigatewayv2 create-api --name c --protocol-type HTTP --target {backend.url} --route-key 'GET /'")["ApiId"]
    shown = aws(f"aws apigatewayv2 update-api --api-id {api} --cors-configuration AllowOrigins=\"https://www.example.com\"")
    assert shown["CorsConfiguration"] == {"AllowOrigins": ["https://www.example.com"]}
    answer = call(api, "/", "OPTIONS", [("Origin", "https://www.example.com"), ("Access-Control-Request-Method", "GET")])
    assert (answer.status, answer.header("Access-Control-Allow-Origin")) == (204, "https://www.example.com")


def test_transform_requests_and_responses(aws, call, backend):
    """`http-api-parameter-mapping`: add a header to a request, rewrite a path, set headers of answers."""
    api = aws("aws apigatewayv2 create-api --name m --protocol-type HTTP")["ApiId"]
    aws(f"aws apigatewayv2 create-stage --api-id {api} --stage-name '$default' --auto-deploy")
    mapped = aws(rf"""aws apigatewayv2 create-integration \
        --api-id {api} \
        --integration-type HTTP_PROXY \
        --payload-format-version 1.0 \
        --integration-uri '{backend.url}/example' \
        --integration-method ANY \
        --request-parameters '{{ "append:header.header1": "$context.requestId" }}' \
        --response-parameters '{{"500" : {{"append:header.header1": "$context.requestId", "overwrite:statuscode" : "403"}}, "404" : {{"append:header.error" : "$stageVariables.environmentId"}} }}'""")
    aws(f"aws apigatewayv2 create-route --api-id {api} --route-key 'GET /r' --target integrations/{mapped['IntegrationId']}")
    answer = call(api, "/r")
    assert backend.only().header("header1") == answer.header("Apigw-Requestid")
    backend.replies(500)
    answer = call(api, "/r")
    assert (answer.status, answer.header("Header1")) == (403, answer.header("Apigw-Requestid"))


def test_throttle_and_log(aws, call, backend):
    """`http-api-throttling` and `http-api-logging`."""
    api = aws(f"aws apigatewayv2 create-api --name t --protocol-type HTTP --target {backend.url} --route-key 'GET /pets'")["ApiId"]
    stage = aws(rf"""aws apigatewayv2 update-stage --api-id {api} --stage-name '$default' \
        --route-settings '{{"GET /pets":{{"ThrottlingBurstLimit":1,"ThrottlingRateLimit":0.001}}}}'""")
    assert stage["RouteSettings"] == {"GET /pets": {"ThrottlingBurstLimit": 1, "ThrottlingRateLimit": 0.001}}
    assert [call(api, "/pets").status for _ in range(2)] == [200, 429]
    settings = {"DestinationArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:log-group-name",
                "Format": "$context.identity.sourceIp - - [$context.requestTime] \"$context.httpMethod $context.routeKey $context.protocol\" "
                          "$context.status $context.responseLength $context.requestId"}
    stage = aws(rf"""aws apigatewayv2 update-stage --api-id {api} --stage-name '$default' \
        --access-log-settings '{json.dumps(settings)}'""")
    assert stage["AccessLogSettings"] == settings


def test_import_and_export(aws, call, backend, tmp_path):
    """`import-export-http-api` and `http-api-export`."""
    integration = {"type": "http_proxy", "httpMethod": "GET", "uri": f"{backend.url}/pets", "payloadFormatVersion": "1.0"}
    document = {"openapi": "3.0.1", "info": {"title": "imported", "version": "1"},
                "paths": {"/pets": {"get": {"x-amazon-apigateway-integration": integration}}}}
    (tmp_path / "api-definition.json").write_text(json.dumps(document))
    api = aws(f"aws apigatewayv2 import-api --body file://{tmp_path}/api-definition.json")["ApiId"]
    aws(f"aws apigatewayv2 create-stage --api-id {api} --stage-name '$default' --auto-deploy")
    assert call(api, "/pets").status == 200
    aws(rf"""aws apigatewayv2 export-api --api-id {api} --output-type JSON --specification OAS30 \
        {tmp_path}/latest-api-definition.json""")
    written = json.loads((tmp_path / "latest-api-definition.json").read_text())
    assert written["paths"]["/pets"]["get"]["x-amazon-apigateway-integration"]["uri"] == f"{backend.url}/pets"


def test_disable_the_default_endpoint(aws, gateway, call, backend):
    """`http-api-disable-default-endpoint`."""
    api = aws(f"aws apigatewayv2 create-api --name d --protocol-type HTTP --target {backend.url}")["ApiId"]
    aws(f"aws apigatewayv2 update-api --api-id {api} --disable-execute-api-endpoint")
    assert call(api, "/").status == 404
    assert exchange(gateway.gateway, "GET", "/", "nobody.example").status == 404
