"""Both AWS CLIs against a running stagegate."""

import json

import pytest

from harness.apis import definition, eventually, mock
from harness.awscli import V1, V2, AwsCli


@pytest.fixture(params=[V1, V2], ids=["v1", "v2"])
def aws(request, gateway):
    """Runs `aws apigateway …`, and parses what it prints."""
    return AwsCli(gateway, request.param)


def test_an_api_is_created_listed_and_deleted(aws):
    made = aws("create-rest-api", "--name", "from the shell", "--endpoint-configuration", "types=REGIONAL", "--tags", "a=b")
    assert made["tags"] == {"a": "b"}
    assert made["id"] in [item["id"] for item in aws("get-rest-apis")["items"]]
    changed = aws("update-rest-api", "--rest-api-id", made["id"], "--patch-operations", "op=replace,path=/name,value=renamed")
    assert changed["name"] == "renamed"
    assert aws("delete-rest-api", "--rest-api-id", made["id"]) is None
    failed = aws("get-rest-api", "--rest-api-id", made["id"], check=False)
    assert failed.returncode != 0 and "NotFoundException" in failed.stderr


def test_an_api_is_imported_deployed_and_called(aws, gateway, tmp_path):
    document = tmp_path / "api.json"
    document.write_text(json.dumps(definition({"GET /hello": mock(202)})))
    body = f"fileb://{document}"
    made = aws("import-rest-api", "--body", body, "--parameters", "endpointConfigurationTypes=REGIONAL")
    deployment = aws("create-deployment", "--rest-api-id", made["id"], "--stage-name", "shell")
    stage = aws("get-stage", "--rest-api-id", made["id"], "--stage-name", "shell")
    assert stage["deploymentId"] == deployment["id"]

    def served():
        assert gateway.send("GET", "/shell/hello", made["id"]).status == 202

    eventually(served)
    again = aws("put-rest-api", "--rest-api-id", made["id"], "--mode", "overwrite", "--body", body)
    assert again["id"] == made["id"]


def test_a_method_is_built_call_by_call(aws):
    api = aws("create-rest-api", "--name", "calls")
    root = aws("get-resources", "--rest-api-id", api["id"])["items"][0]["id"]
    resource = aws("create-resource", "--rest-api-id", api["id"], "--parent-id", root, "--path-part", "x")
    target = ["--rest-api-id", api["id"], "--resource-id", resource["id"], "--http-method", "GET"]
    aws("put-method", *target, "--authorization-type", "NONE")
    aws("put-method-response", *target, "--status-code", "200")
    aws("put-integration", *target, "--type", "MOCK", "--request-templates", '{"application/json":"{\\"statusCode\\":200}"}')
    aws("put-integration-response", *target, "--status-code", "200")
    found = aws("get-method", *target)
    assert found["methodIntegration"]["integrationResponses"]["200"]["statusCode"] == "200"
    assert aws("get-resources", "--rest-api-id", api["id"], "--embed", "methods")["items"]
    assert aws("get-account")["throttleSettings"]["burstLimit"] == 5000
