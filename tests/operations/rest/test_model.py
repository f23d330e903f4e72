"""Model: schemas, references between them, templates made of them."""

import json

from harness.faults import fails, patch, status_of

JSON = "application/json"


def uri(api_id, name):
    return f"https://apigateway.amazonaws.com/restapis/{api_id}/models/{name}"


def test_a_new_api_has_two_models(client, api):
    models = {model["name"]: model for model in client.get_models(restApiId=api[0])["items"]}
    assert set(models) == {"Empty", "Error"}
    assert json.loads(models["Error"]["schema"])["properties"] == {"message": {"type": "string"}}
    template = client.get_model_template(restApiId=api[0], modelName="Error")["value"]
    assert template == "#set($inputRoot = $input.path('$'))\n{\n  \"message\" : \"$inputRoot.message\"\n}"


def test_create_get_update_delete(client, api):
    schema = json.dumps({"type": "object"})
    made = client.create_model(restApiId=api[0], name="Pet", description="d", contentType=JSON, schema=schema)
    assert status_of(made) == 201
    one = {"restApiId": api[0], "modelName": "Pet"}
    found = client.get_model(**one)
    assert {key: found[key] for key in ("id", "name", "description", "schema", "contentType")} == {
        "id": made["id"], "name": "Pet", "description": "d", "schema": schema, "contentType": JSON}
    operations = [patch("replace", "/description", "e"), patch("replace", "/schema", '{"type":"array"}')]
    assert client.update_model(**one, patchOperations=operations)["description"] == "e"
    assert status_of(client.delete_model(**one)) == 202
    with fails("NotFoundException", "Invalid model name specified: Pet", 404):
        client.get_model(**one)


def test_flatten_brings_references_in(client, api):
    client.create_model(restApiId=api[0], name="Pet", contentType=JSON, schema='{"type":"object","properties":{"id":{"type":"integer"}}}')
    schema = json.dumps({"type": "array", "items": {"$ref": uri(api[0], "Pet")}})
    client.create_model(restApiId=api[0], name="Pets", contentType=JSON, schema=schema)
    assert client.get_model(restApiId=api[0], modelName="Pets")["schema"] == schema
    flat = json.loads(client.get_model(restApiId=api[0], modelName="Pets", flatten=True)["schema"])
    assert flat["items"] == {"$ref": "#/definitions/Pet"}
    assert flat["definitions"]["Pet"]["properties"]["id"] == {"type": "integer"}
    template = client.get_model_template(restApiId=api[0], modelName="Pets")["value"]
    assert "#foreach($elem in $inputRoot)" in template and '"id" : $elem.id' in template
    with fails("ConflictException", "Cannot delete model 'Pet', is referenced in model: Pets", 409):
        client.delete_model(restApiId=api[0], modelName="Pet")


def test_a_model_in_use_stays(client, api):
    """Fact 130."""
    client.create_model(restApiId=api[0], name="Pet", contentType=JSON, schema="{}")
    method = {"restApiId": api[0], "resourceId": api[1], "httpMethod": "ANY"}
    with fails("BadRequestException", "Invalid model identifier specified: Cat", 400):
        client.put_method(**method, authorizationType="NONE", requestModels={JSON: "Cat"})
    client.put_method(**method, authorizationType="NONE", requestModels={JSON: "Pet"})
    with fails("ConflictException", "Cannot delete model 'Pet', is referenced in method request: //ANY", 409):
        client.delete_model(restApiId=api[0], modelName="Pet")


def test_what_is_no_model_is_refused(client, api):
    for name, schema, code in (("a-b", "{}", "BadRequestException"), ("Empty", "{}", "ConflictException"),
                               ("A", "{", "BadRequestException"), ("A", '{"$ref":"#/x"}', "BadRequestException"),
                               ("A", '{"$ref":"https://example.com/a"}', "BadRequestException")):
        with fails(code):
            client.create_model(restApiId=api[0], name=name, contentType=JSON, schema=schema)
