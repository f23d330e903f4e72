"""Imports, line by line of AWS's "important notes for REST APIs" on OpenAPI, and how AWS words what it has to say."""

import json

import pytest

from harness.apis import definition, mock
from harness.faults import fails

REFUSED = "Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema specified"


def with_schema(schema, name="Pet"):
    """A definition whose one method takes and gives a model."""
    document = definition({"POST /pets": mock()}, components={"schemas": {name: schema}})
    operation = document["paths"]["/pets"]["post"]
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
    operation["requestBody"] = {"content": content}
    operation["responses"]["200"]["content"] = content
    return document


def imported(client, document, **more):
    """The API that a document imports as."""
    return client.import_rest_api(body=json.dumps(document), **more)


def method(client, api, path="/pets", verb="POST"):
    """One method."""
    place = next(r["id"] for r in client.get_resources(restApiId=api, limit=500)["items"] if r["path"] == path)
    return client.get_method(restApiId=api, resourceId=place, httpMethod=verb)


@pytest.mark.parametrize("version", ["3.1.0", "3.1.1", "4.0.0", "2.1"])
def test_versions_that_aws_does_not_take_are_refused_in_its_words(client, version):
    with fails("BadRequestException", r"(?s)Invalid OpenAPI input\..*" + version.replace(".", r"\.") + ".*", status=400):
        imported(client, {**definition({"GET /a": mock()}), "openapi": version})


@pytest.mark.parametrize("keyword, value", [("example", {"a": 1}), ("discriminator", {"propertyName": "a"})])
@pytest.mark.parametrize("place", ["schema", "property", "item"])
def test_keywords_that_aws_refuses_are_refused_in_its_words(client, keyword, value, place):
    schema = {
        "schema": {"type": "object", keyword: value},
        "property": {"type": "object", "properties": {"a": {"type": "string", keyword: value}}},
        "item": {"type": "array", "items": {"type": "object", keyword: value}},
    }[place]
    with pytest.raises(client.exceptions.BadRequestException) as caught:
        imported(client, with_schema(schema))
    message = caught.value.response["Error"]["Message"]
    expected = f'Errors found during import:\n\tUnable to create model for \'Pet\': {REFUSED}. Unsupported keyword(s): ["{keyword}"]]'
    assert message.startswith(expected), message


def test_create_model_refuses_the_same_keywords(client):
    api = client.create_rest_api(name="a")["id"]
    with pytest.raises(client.exceptions.BadRequestException) as caught:
        client.create_model(restApiId=api, name="Pet", contentType="application/json",
                            schema=json.dumps({"type": "object", "example": {}}))
    assert 'Unsupported keyword(s): ["example"]' in caught.value.response["Error"]["Message"]


def test_keywords_that_aws_leaves_out_are_left_out_with_a_remark_that_is_no_warning_of_its_own(client):
    schema = {"type": "array", "minItems": 1, "maxItems": 3, "items": {
        "type": "object", "readOnly": True, "properties": {"n": {"type": "integer", "minimum": 1, "exclusiveMinimum": True}}}}
    made = imported(client, with_schema(schema), failOnWarnings=True)
    assert any("exclusiveMinimum, maxItems, minItems, readOnly" in warning for warning in made["warnings"]), made
    model = client.get_model(restApiId=made["id"], modelName="Pet")
    kept = {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "integer", "minimum": 1}}}}
    assert json.loads(model["schema"]) == kept
    client.update_model(restApiId=made["id"], modelName="Pet", patchOperations=[
        {"op": "replace", "path": "/schema", "value": json.dumps({**kept, "minItems": 1})}])
    model = client.get_model(restApiId=made["id"], modelName="Pet")
    assert json.loads(model["schema"])["minItems"] == 1, "AWS's way around: update the model after the import"


def test_the_schema_of_a_response_is_no_primitive_unless_it_is_a_model(client):
    document = definition({"GET /pets": mock()}, components={"schemas": {"Text": {"type": "string"}}})
    content = {"application/json": {"schema": {"type": "string"}}, "text/json": {"schema": {"$ref": "#/components/schemas/Text"}}}
    document["paths"]["/pets"]["get"]["responses"]["200"]["content"] = content
    made = imported(client, document)
    assert [w for w in made["warnings"] if "must be an object" in w] == made["warnings"]
    response = method(client, made["id"], verb="GET")["methodResponses"]["200"]
    assert response["responseModels"] == {"text/json": "Text"}


@pytest.mark.parametrize("servers, expected", [
    ([{"url": "https://a.example/"}], "/pets"),
    ([{"url": "https://a.example/x/y"}], "/x/y/pets"),
    ([{"url": "/x"}], "/x/pets"),
    ([{"url": "https://a.example/{stage}/y", "variables": {"stage": {"default": "dev"}}}], "/dev/y/pets"),
    ([{"url": "https://a.example/u", "variables": {"basePath": {"default": "/v"}}}], "/v/pets"),
    ([{"url": "https://a.example/u"}, {"url": "/", "variables": {"basePath": {"default": "v"}}},
      {"url": "/", "variables": {"basePath": {"default": "w"}}}], "/v/pets"),
])
def test_the_base_path_of_servers(client, servers, expected):
    """AWS's page "Set the OpenAPI basePath property": the first variable `basePath`, else the path of the URL."""
    document = definition({"GET /pets": mock()}, servers=servers)
    made = imported(client, document, parameters={"basepath": "prepend"})
    assert expected in {r["path"] for r in client.get_resources(restApiId=made["id"])["items"]}
    ignored = imported(client, document)
    assert {r["path"] for r in client.get_resources(restApiId=ignored["id"])["items"]} == {"/", "/pets"}


def test_variables_of_aws_are_resolved(client):
    uri = ("arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"
           "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:f/invocations")
    made = imported(client, definition({"GET /pets": {"type": "aws_proxy", "httpMethod": "POST", "uri": uri}}))
    assert method(client, made["id"], verb="GET")["methodIntegration"]["uri"] == (
        "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
        "arn:aws:lambda:us-east-1:000000000000:function:f/invocations")


def test_model_names_are_alphanumeric(client):
    with fails("BadRequestException", r"(?s)Errors found during import:\n\tUnable to create model for 'a-b': "
                                      r"Model name must be alphanumeric: a-b"):
        imported(client, with_schema({"type": "object"}, "a-b"))


def test_a_missing_model_is_a_warning_and_the_reference_is_ignored(client):
    document = with_schema({"type": "object"})
    document["components"]["schemas"] = {}
    made = imported(client, document)
    assert [w.split(" (line")[0] for w in made["warnings"]] == ["Reference to model 'Pet' not found. Ignoring."] * 2
    assert "requestModels" not in method(client, made["id"])
    with fails("BadRequestException", r"(?s)Warnings found during import:\n\tReference to model 'Pet' not found\. Ignoring\..*"):
        imported(client, document, failOnWarnings=True)


@pytest.mark.parametrize("path", ["/a,b", "/a:b/c_d", "/v1.2-x/{id}", "/{proxy+}"])
def test_path_parts_of_the_characters_that_aws_lists(client, path):
    made = imported(client, definition({f"GET {path}": mock()}))
    assert path in {r["path"] for r in client.get_resources(restApiId=made["id"])["items"]}


@pytest.mark.parametrize("path", ["/resource{id}", "/a%20b", "/a~b", "/{a}{b}", "/ä"])
def test_path_parts_of_others_are_refused(client, path):
    with fails("BadRequestException", r"(?s)Errors found during import:\n\tUnable to create resource at path .*"):
        imported(client, definition({f"GET {path}": mock()}))


def test_of_a_parameter_only_its_name_place_and_need_are_kept(client):
    document = definition({"GET /pets": mock()})
    document["paths"]["/pets"]["get"]["parameters"] = [
        {"name": "limit", "in": "query", "required": True, "description": "How many.", "allowEmptyValue": True,
         "example": 3, "schema": {"type": "integer", "maximum": 9}}]
    made = imported(client, document)
    assert method(client, made["id"], verb="GET")["requestParameters"] == {"method.request.querystring.limit": True}


def test_root_security_has_no_effect_and_a_warning(client):
    document = definition({"GET /pets": mock()}, security=[{"key": []}], components={
        "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "x-api-key"}}})
    made = imported(client, document)
    assert method(client, made["id"], verb="GET")["apiKeyRequired"] is False
    assert any("security at the root" in warning for warning in made["warnings"])


def test_a_scheme_of_another_type_leaves_the_method_open_with_a_warning(client):
    document = definition({"GET /pets": mock()}, components={
        "securitySchemes": {"o": {"type": "oauth2", "flows": {}}}})
    document["paths"]["/pets"]["get"]["security"] = [{"o": []}]
    made = imported(client, document)
    assert method(client, made["id"], verb="GET")["authorizationType"] == "NONE"
    assert any("not enforced" in warning for warning in made["warnings"])


def test_descriptions_become_documentation_parts(client):
    document = with_schema({"type": "object"})
    document["info"]["description"] = "All."
    document["paths"]["/pets"]["parameters"] = [{"name": "q", "in": "query", "description": "Which."}]
    document["paths"]["/pets"]["post"].update(summary="Add", tags=["pets"], deprecated=True)
    document["paths"]["/pets"]["post"]["responses"]["200"].update(
        description="done", headers={"X-A": {"description": "Of it.", "schema": {"type": "string"}}})
    document["paths"]["/pets"]["post"]["requestBody"]["description"] = "The new one."
    made = imported(client, document)
    items = client.get_documentation_parts(restApiId=made["id"])["items"]
    parts = {p["location"]["type"]: (p["location"], json.loads(p["properties"])) for p in items}
    place = {"path": "/pets", "method": "POST"}
    assert parts == {
        "API": ({"type": "API"}, {"info": {"description": "All."}}),
        "METHOD": ({"type": "METHOD", **place}, {"summary": "Add", "tags": ["pets"]}),
        "QUERY_PARAMETER": ({"type": "QUERY_PARAMETER", **place, "name": "q"}, {"description": "Which."}),
        "REQUEST_BODY": ({"type": "REQUEST_BODY", **place}, {"description": "The new one."}),
        "RESPONSE": ({"type": "RESPONSE", **place, "statusCode": "200"}, {"description": "done"}),
        "RESPONSE_HEADER": ({"type": "RESPONSE_HEADER", **place, "statusCode": "200", "name": "X-A"}, {"description": "Of it."}),
    }
    quiet = imported(client, document, parameters={"ignore": "documentation"})
    assert client.get_documentation_parts(restApiId=quiet["id"])["items"] == []
