"""ImportRestApi and PutRestApi: OpenAPI 3.0 and Swagger 2.0, JSON and YAML, merge and overwrite, base paths."""

import copy
import json
import pathlib

import pytest
import yaml

from harness.apis import definition, mock
from harness.faults import fails, patch, status_of

DEFINITIONS = pathlib.Path(__file__).parent / "definitions"


def documents():
    """Each definition in both languages."""
    for path in sorted(DEFINITIONS.glob("*.yaml")):
        yield pytest.param(path.read_text(), id=f"{path.stem}-yaml")
        yield pytest.param(json.dumps(yaml.safe_load(path.read_text())), id=f"{path.stem}-json")


def paths_of(client, api):
    """The paths of an API's resources."""
    return {item["path"] for item in client.get_resources(restApiId=api, limit=500)["items"]}


def resource(client, api, path):
    """The resource at a path."""
    return next(i for i in client.get_resources(restApiId=api, limit=500)["items"] if i["path"] == path)


@pytest.mark.parametrize("document", list(documents()))
def test_every_part_of_a_definition_arrives(client, document):
    made = client.import_rest_api(body=document)
    assert status_of(made) == 201
    expected = {
        "name": "Imported", "description": "An API.", "version": "7", "binaryMediaTypes": ["image/png"],
        "minimumCompressionSize": 512, "apiKeySource": "AUTHORIZER",
    }
    assert {key: made.get(key) for key in expected} == expected
    assert paths_of(client, made["id"]) == {"/", "/pets", "/pets/{petId}", "/pets/{petId}/{proxy+}"}
    pets = resource(client, made["id"], "/pets")
    method = client.get_method(restApiId=made["id"], resourceId=pets["id"], httpMethod="GET")
    assert (method["operationName"], method["authorizationType"], method["apiKeyRequired"]) == ("listPets", "NONE", False)
    assert method["requestParameters"] == {"method.request.querystring.limit": True, "method.request.header.X-Trace": False}
    assert method["methodResponses"]["200"]["responseParameters"] == {"method.response.header.X-Total": False}
    integration = method["methodIntegration"]
    expected = {
        "type": "HTTP", "httpMethod": "POST", "uri": "http://127.0.0.1:9/pets", "passthroughBehavior": "WHEN_NO_TEMPLATES",
        "timeoutInMillis": 1234, "cacheNamespace": "space", "cacheKeyParameters": ["method.request.querystring.limit"],
        "requestParameters": {"integration.request.querystring.max": "method.request.querystring.limit"},
        "requestTemplates": {"application/json": "{}"},
    }
    assert {key: integration.get(key) for key in expected} == expected
    greedy = resource(client, made["id"], "/pets/{petId}/{proxy+}")
    assert set(greedy["resourceMethods"]) == {"ANY"}


@pytest.mark.parametrize("document", list(documents()))
@pytest.mark.parametrize("mode, expected", [
    ("ignore", "/pets"), ("prepend", "/a/b/pets"), ("split", "/b/pets"),
])
def test_base_path_modes(client, document, mode, expected):
    made = client.import_rest_api(body=document, parameters={"basepath": mode})
    found = {path for path in paths_of(client, made["id"]) if path.endswith("/pets")}
    assert found == {expected}


def test_endpoint_types_are_a_parameter(client):
    body = json.dumps(definition({"GET /a": mock()}))
    made = client.import_rest_api(body=body, parameters={"endpointConfigurationTypes": "REGIONAL"})
    assert made["endpointConfiguration"]["types"] == ["REGIONAL"]


def test_merge_adds_and_overwrite_replaces(client):
    """Fact 133 for binary media types."""
    first = definition({"GET /a": mock(200), "GET /b": mock(200)}, **{"x-amazon-apigateway-binary-media-types": ["image/png"]})
    second = definition({"GET /b": mock(202), "GET /c": mock(200)}, **{"x-amazon-apigateway-binary-media-types": ["image/gif"]})
    api = client.import_rest_api(body=json.dumps(first))["id"]
    root = resource(client, api, "/")["id"]
    merged = client.put_rest_api(restApiId=api, mode="merge", body=json.dumps(second))
    assert status_of(merged) == 200
    assert paths_of(client, api) == {"/", "/a", "/b", "/c"}
    assert sorted(merged["binaryMediaTypes"]) == ["image/gif", "image/png"]
    changed = client.get_method(restApiId=api, resourceId=resource(client, api, "/b")["id"], httpMethod="GET")
    assert set(changed["methodIntegration"]["integrationResponses"]) == {"202"}
    client.update_rest_api(restApiId=api, patchOperations=[patch("replace", "/description", "by hand")])
    assert client.put_rest_api(restApiId=api, mode="merge", body=json.dumps(second))["description"] == "by hand"
    replaced = client.put_rest_api(restApiId=api, mode="overwrite", body=json.dumps(second))
    assert "description" not in replaced, "an overwrite keeps nothing that the definition does not say"
    assert paths_of(client, api) == {"/", "/b", "/c"}
    assert replaced["binaryMediaTypes"] == ["image/gif"]
    assert resource(client, api, "/")["id"] == root


def test_merge_is_the_default_mode(client):
    api = client.import_rest_api(body=json.dumps(definition({"GET /a": mock()})))["id"]
    client.put_rest_api(restApiId=api, body=json.dumps(definition({"GET /b": mock()})))
    assert paths_of(client, api) == {"/", "/a", "/b"}


def test_fail_on_warnings_rolls_back(client):
    """A security requirement without a scheme is a warning about the definition itself."""
    document = definition({"GET /a": mock()}, title="rolled back")
    document["paths"]["/a"]["get"]["security"] = [{"nowhere": []}]
    assert client.import_rest_api(body=json.dumps(document))["warnings"]
    before = len(client.get_rest_apis(limit=500)["items"])
    with fails("BadRequestException", r"(?s)Warnings found during import:\n\tthe security scheme .*", status=400):
        client.import_rest_api(body=json.dumps(document), failOnWarnings=True)
    assert len(client.get_rest_apis(limit=500)["items"]) == before


def test_integer_status_codes_and_references_are_taken(client):
    """Fact 133."""
    document = definition({"GET /a": mock()})
    text = yaml.safe_dump(document).replace("'200':", "200:")
    assert client.import_rest_api(body=text)["id"]
    document = definition({"GET /a": mock()})
    shared = document["paths"]["/a"]["get"]["responses"].pop("200")
    document["paths"]["/a"]["get"]["responses"]["200"] = {"$ref": "#/components/responses/Ok"}
    document["components"] = {"responses": {"Ok": shared}, "schemas": {"Node": {"properties": {"next": {"$ref": "#/components/schemas/Node"}}}}}
    assert client.import_rest_api(body=json.dumps(document))["id"]


def hostile_documents():
    """Documents that have to be refused quickly, and why."""
    good = definition({"GET /a": mock()})

    def changed(edit):
        document = copy.deepcopy(good)
        edit(document)
        return json.dumps(document)

    deep = "[" * 20_000 + "]" * 20_000
    aliases = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9))
    loop = {"$ref": "#/components/responses/A"}
    yield "empty", ""
    yield "not a document", "hello"
    yield "a list", "[]"
    yield "no version", json.dumps({"info": {"title": "x"}, "paths": {}})
    yield "version 1.2", json.dumps({"swagger": "1.2", "info": {"title": "x"}, "paths": {}})
    yield "unclosed JSON", json.dumps(good)[:-5]
    yield "bad YAML", "openapi: 3.0.1\n  info: [\n"
    yield "deep", '{"openapi":"3.0.1","info":{"title":"t","version":"1"},"paths":{},"x-deep":' + deep + "}"
    yield "aliases", "openapi: 3.0.1\ninfo: {title: t, version: '1'}\npaths: {}\n" + aliases
    yield "too large", json.dumps(good) + " " * (7 * 1024 * 1024)
    yield "remote reference", changed(lambda d: d["paths"].update({"/b": {"$ref": "http://127.0.0.1:9/x.json"}}))
    yield "file reference", changed(lambda d: d["paths"].update({"/b": {"$ref": "/etc/passwd"}}))
    yield "reference loop", changed(lambda d: (
        d["paths"]["/a"]["get"]["responses"].update({"200": loop}), d.update({"components": {"responses": {"A": loop}}})))
    yield "dangling reference", changed(lambda d: d["paths"]["/a"]["get"]["responses"].update({"200": {"$ref": "#/nowhere"}}))
    yield "path without slash", changed(lambda d: d["paths"].update({"b": d["paths"]["/a"]}))
    yield "child of a greedy path", changed(lambda d: d["paths"].update({"/{p+}/x": d["paths"]["/a"]}))


@pytest.mark.parametrize("document", [pytest.param(text, id=name) for name, text in hostile_documents()])
def test_a_hostile_or_broken_document_is_refused_and_leaves_nothing(client, document):
    before = len(client.get_rest_apis(limit=500)["items"])
    with pytest.raises(client.exceptions.ClientError) as caught:
        client.import_rest_api(body=document.encode())
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 413)
    assert len(client.get_rest_apis(limit=500)["items"]) == before


@pytest.mark.parametrize("integration, message", [
    ({"type": "aws", "httpMethod": "POST", "uri": "arn:aws:apigateway:us-east-1:sqs:action/SendMessage"},
     "Role ARN must be specified for AWS integrations"),
    ({"type": "http_proxy", "httpMethod": "GET", "uri": "http://"}, "Invalid HTTP endpoint specified for URI"),
    ({"type": "http", "httpMethod": "GET", "uri": "http://a.example", "credentials": "x"},
     "Invalid ARN specified in the request"),
])
def test_integrations_are_checked_as_if_they_were_put(client, integration, message):
    document = definition({"GET /a": integration})
    with fails("BadRequestException", f"(?s).*: {message}.*"):
        client.import_rest_api(body=json.dumps(document))


def test_an_empty_list_of_vpc_endpoints_is_no_list(client):
    configuration = {"x-amazon-apigateway-endpoint-configuration": {"vpcEndpointIds": []}}
    document = definition({"GET /a": mock()}, servers=[{"url": "https://a.example", **configuration}])
    assert "vpcEndpointIds" not in client.import_rest_api(body=json.dumps(document))["endpointConfiguration"]


def test_a_refused_put_changes_nothing(client):
    api = client.import_rest_api(body=json.dumps(definition({"GET /a": mock()})))["id"]
    broken = definition({"GET /b": mock(), "GET /{p+}/x": mock()})
    with fails("BadRequestException"):
        client.put_rest_api(restApiId=api, mode="overwrite", body=json.dumps(broken))
    assert paths_of(client, api) == {"/", "/a"}


def test_put_on_an_unknown_api(client):
    with fails("NotFoundException", status=404):
        client.put_rest_api(restApiId="aaaaaaaaaa", body=json.dumps(definition({"GET /a": mock()})))
