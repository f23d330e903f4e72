"""AWS's own tutorials, typed into both AWS CLIs as the developer guide has them; only the endpoint URL is another.

The guide's PetStore site stands on this machine: its host is the one part of a command that is replaced.
"""

import json

import pytest

from harness.apis import eventually
from harness.awscli import V1, V2, AwsCli
from harness.backend import Reply

SITE = "petstore-demo-endpoint.execute-api.com"
PETS = [{"id": 1, "type": "dog", "price": 249.99}, {"id": 2, "type": "cat", "price": 124.99}, {"id": 3, "type": "fish", "price": 0.99}]
REGION = "us-west-2"


def petstore(recorded):
    """The guide's site, as far as its tutorials call it."""
    path = recorded.target.split("/petstore")[1]
    found = PETS if path == "/pets" else next((pet for pet in PETS if path == f"/pets/{pet['id']}"), None)
    if recorded.method != "GET" or found is None:
        return Reply(404, body=b"Cannot " + recorded.method.encode())
    return Reply(200, [("Content-Type", "application/json")], json.dumps(found).encode())


@pytest.fixture(params=[V1, V2], ids=["v1", "v2"])
def aws(request, gateway, backend, tmp_path):
    """Types commands. The configuration is what the CLI's guide tells those who use version 1's `file://` in version 2."""
    backend.answer = petstore
    config = tmp_path / "config"
    config.write_text("[default]\ncli_binary_format = raw-in-base64-out\n" if request.param == V2 else "")
    cli = AwsCli(gateway, request.param, config)
    return lambda line: cli.type(line.replace(SITE, backend.url.removeprefix("http://")))


@pytest.fixture
def get(gateway):
    """Opens a URL of the guide's: the API, and what stands behind its host."""

    def send(api, path):
        return gateway.send("GET", path, api, region=REGION)

    return send


def shows(answer, expected):
    """The answer has all that the guide prints; AWS adds members from year to year."""
    assert {name: answer.get(name) for name in expected} == expected
    return answer


def deployed(get, api, path):
    """The answer of a stage that has just been deployed."""

    def check():
        answer = get(api, path)
        assert answer.status == 200, answer
        return answer

    return eventually(check)


def test_set_up_an_edge_optimized_api_using_aws_cli_commands(aws, get, backend):
    """Developer guide, `create-api-using-awscli`."""
    made = aws(f"aws apigateway create-rest-api --name 'Simple PetStore (AWS CLI)' --region {REGION}")
    shows(made, {"name": "Simple PetStore (AWS CLI)", "apiKeySource": "HEADER", "disableExecuteApiEndpoint": False})
    shows(made["endpointConfiguration"], {"types": ["EDGE"]})
    api = made["id"]

    (root,) = aws(f"aws apigateway get-resources --rest-api-id {api} --region {REGION}")["items"]
    assert root == {"id": root["id"], "path": "/"}
    pets = aws(rf"""aws apigateway create-resource --rest-api-id {api} \
        --region {REGION} \
        --parent-id {root['id']} \
        --path-part pets""")
    assert pets == {"id": pets["id"], "parentId": root["id"], "pathPart": "pets", "path": "/pets"}
    pet = aws(rf"""aws apigateway create-resource --rest-api-id {api} \
        --region {REGION} \
        --parent-id {pets['id']} \
        --path-part '{{petId}}'""")
    assert pet == {"id": pet["id"], "parentId": pets["id"], "pathPart": "{petId}", "path": "/pets/{petId}"}

    open_access = {"httpMethod": "GET", "authorizationType": "NONE", "apiKeyRequired": False}
    assert aws(rf"""aws apigateway put-method --rest-api-id {api} \
        --resource-id {pets['id']} \
        --http-method GET \
        --authorization-type "NONE" \
        --region {REGION}""") == open_access
    assert aws(rf"""aws apigateway put-method --rest-api-id {api} \
        --resource-id {pet['id']} --http-method GET \
        --authorization-type "NONE" \
        --region {REGION} \
        --request-parameters method.request.path.petId=true""") == {
            **open_access, "requestParameters": {"method.request.path.petId": True}}

    for resource in (pets, pet):
        assert aws(rf"""aws apigateway put-method-response --rest-api-id {api} \
            --resource-id {resource['id']} --http-method GET \
            --status-code 200  --region {REGION}""") == {"statusCode": "200"}

    integration = {"type": "HTTP", "httpMethod": "GET", "connectionType": "INTERNET", "passthroughBehavior": "WHEN_NO_MATCH",
                   "timeoutInMillis": 29000, "cacheKeyParameters": []}
    put = aws(rf"""aws apigateway put-integration --rest-api-id {api} \
        --resource-id {pets['id']} --http-method GET --type HTTP \
        --integration-http-method GET \
        --uri 'http://{SITE}/petstore/pets' \
        --region {REGION}""")
    shows(put, {**integration, "uri": f"{backend.url}/petstore/pets", "cacheNamespace": pets["id"]})
    put = aws(rf"""aws apigateway put-integration \
        --rest-api-id {api} \
        --resource-id {pet['id']} \
        --http-method GET \
        --type HTTP \
        --integration-http-method GET \
        --uri 'http://{SITE}/petstore/pets/{{id}}' \
        --request-parameters '{{"integration.request.path.id":"method.request.path.petId"}}' \
        --region {REGION}""")
    shows(put, {**integration, "uri": f"{backend.url}/petstore/pets/{{id}}", "cacheNamespace": pet["id"],
                "requestParameters": {"integration.request.path.id": "method.request.path.petId"}})

    for resource in (pets, pet):
        assert aws(rf"""aws apigateway put-integration-response --rest-api-id {api} \
            --resource-id {resource['id']} --http-method GET \
            --status-code 200 --selection-pattern ""  \
            --region {REGION}""") == {"statusCode": "200", "selectionPattern": ""}

    deployment = aws(rf"""aws apigateway create-deployment --rest-api-id {api} \
        --region {REGION} \
        --stage-name test \
        --stage-description 'Test stage' \
        --description 'First deployment'""")
    assert set(deployment) == {"id", "description", "createdDate"} and deployment["description"] == "First deployment"

    assert deployed(get, api, "/test/pets").json() == PETS
    assert get(api, "/test/pets/3").json() == {"id": 3, "type": "fish", "price": 0.99}
    assert [seen.target for seen in backend.requests[-2:]] == [f"{backend.prefix}/petstore/pets", f"{backend.prefix}/petstore/pets/3"]


def simple_petstore():
    """The definition of the tutorial on imports."""

    def read(path, **more):
        integration = {
            "responses": {"default": {"statusCode": "200"}}, "uri": f"http://{SITE}/petstore{path}",
            "passthroughBehavior": "when_no_match", "httpMethod": "GET", "type": "http", **more.pop("integration", {})}
        answers = {"200": {"description": "200 response"}}
        return {"get": {"responses": answers, "x-amazon-apigateway-integration": integration, **more}}

    return {
        "swagger": "2.0", "info": {"title": "Simple PetStore (OpenAPI)"}, "schemes": ["https"],
        "paths": {
            "/pets": read("/pets"),
            "/pets/{petId}": read(
                "/pets/{id}", parameters=[{"name": "petId", "in": "path", "required": True, "type": "string"}],
                integration={"requestParameters": {"integration.request.path.id": "method.request.path.petId"}}),
        },
    }


def test_set_up_an_edge_optimized_api_by_importing_openapi_definitions(aws, get, backend, tmp_path):
    """Developer guide, `create-api-using-swagger`, then `set-up-deployments` and `how-to-generate-sdk-cli`."""
    document = tmp_path / "API_OpenAPI_template.json"
    document.write_text(json.dumps(simple_petstore()).replace(SITE, backend.url.removeprefix("http://")))
    made = aws(f"aws apigateway import-rest-api --body 'file://{document}' --region {REGION}")
    shows(made, {"name": "Simple PetStore (OpenAPI)", "apiKeySource": "HEADER", "disableExecuteApiEndpoint": False})
    shows(made["endpointConfiguration"], {"types": ["EDGE"]})
    api = made["id"]

    aws(rf"""aws apigateway create-deployment --region {REGION} \
        --rest-api-id {api} \
        --stage-name test""")
    assert deployed(get, api, "/test/pets").json() == PETS
    assert get(api, "/test/pets/2").json() == {"id": 2, "type": "cat", "price": 124.99}

    later = aws(f"aws apigateway create-deployment --rest-api-id {api} --region {REGION}")
    changed = aws(rf"""aws apigateway update-stage --region {REGION} \
        --rest-api-id {api} \
        --stage-name test \
        --patch-operations op='replace',path='/deploymentId',value='{later['id']}'""")
    shows(changed, {"stageName": "test", "deploymentId": later["id"]})
    assert deployed(get, api, "/test/pets/1").json() == {"id": 1, "type": "dog", "price": 249.99}

    for kind, parameters in (
            ("android", "--parameters groupId='com.mycompany',invokerPackage='com.mycompany.myApiSdk',"
                        "artifactId='myApiSdk',artifactVersion='0.0.1'"),
            ("javascript", ""),
            ("ruby", "--parameters service.name=myApiRubySdk,ruby.gem-name=myApi,ruby.gem-version=0.01")):
        archive = tmp_path / f"myApi-{kind}-sdk.zip"
        aws(rf"""aws apigateway get-sdk \
            --rest-api-id {api} \
            --stage-name test \
            --sdk-type {kind} {parameters} \
            --region {REGION} \
            {archive}""")
        assert archive.read_bytes().startswith(b"PK\x03\x04")


def test_enable_mock_integration(aws, get, tmp_path):
    """Developer guide, `how-to-mock-integration`: what it does in the console, as commands; the tests go to a stage."""
    sent = tmp_path / "request.json"
    sent.write_text(json.dumps({"application/json": """{
  #if( $input.params('scope') == "internal" )
    "statusCode": 200
  #else
    "statusCode": 500
  #end
}"""}))
    messages = {"200": "Go ahead without me", "500": "The invoked method is not supported on the API resource."}
    for status, message in messages.items():
        answer = f'{{\n    "statusCode": {status},\n    "message": "{message}"\n}}'
        (tmp_path / f"{status}.json").write_text(json.dumps({"application/json": answer}))
    api = aws(f"aws apigateway create-rest-api --name mock --region {REGION}")["id"]
    (root,) = aws(f"aws apigateway get-resources --rest-api-id {api} --region {REGION}")["items"]
    method = f"--rest-api-id {api} --resource-id {root['id']} --http-method GET --region {REGION}"

    aws(rf"""aws apigateway put-method {method} --authorization-type NONE \
        --request-parameters method.request.querystring.scope=false""")
    for status in messages:
        aws(f"aws apigateway put-method-response {method} --status-code {status}")
    put = aws(f"aws apigateway put-integration {method} --type MOCK --request-templates 'file://{sent}'")
    shows(put, {"type": "MOCK", "passthroughBehavior": "WHEN_NO_MATCH", "requestTemplates": json.loads(sent.read_text())})
    aws(f"aws apigateway put-integration-response {method} --status-code 200 --response-templates 'file://{tmp_path}/200.json'")
    aws(rf"""aws apigateway put-integration-response {method} --status-code 500 \
        --selection-pattern '5\d{{2}}' --response-templates 'file://{tmp_path}/500.json'""")
    aws(f"aws apigateway create-deployment --rest-api-id {api} --stage-name test --region {REGION}")

    def answers(path, status):
        answer = get(api, path)
        assert (answer.status, answer.header("Content-Type")) == (status, "application/json")
        assert answer.json() == {"statusCode": status, "message": messages[str(status)]}

    eventually(lambda: answers("/test?scope=internal", 200))
    answers("/test?scope=public", 500)
    answers("/test", 500)
