"""GetExport: formats, languages, extensions, round trips, and both AWS CLIs."""

import copy
import json
import pathlib
import subprocess
import sys

import pytest
import yaml

from harness.faults import fails, status_of
from harness.process import clean_environment

DEFINITION = yaml.safe_load((pathlib.Path(__file__).parent / "definitions" / "openapi3.yaml").read_text())
CLIS = [pathlib.Path(sys.executable).parent / "aws", pathlib.Path("/usr/bin/aws")]


@pytest.fixture
def stage(client):
    """An imported and deployed API, as the parameters of GetExport."""
    made = client.import_rest_api(body=json.dumps(DEFINITION))
    client.create_deployment(restApiId=made["id"], stageName="dev")
    return {"restApiId": made["id"], "stageName": "dev"}


def exported(client, stage, kind, extensions=None, **more):
    """The exported document, parsed by the language of its headers."""
    parameters = {"parameters": {"extensions": extensions}} if extensions else {}
    answer = client.get_export(**stage, exportType=kind, **parameters, **more)
    text = answer["body"].read().decode()
    return json.loads(text) if answer["contentType"] == "application/json" else yaml.safe_load(text)


def placeless(document):
    """The document without what says where the API is."""
    return {key: value for key, value in document.items() if key not in ("servers", "host", "basePath", "schemes")}


@pytest.mark.parametrize("kind,suffix,accepts", [
    ("oas30", "json", None), ("swagger", "json", "application/json"), ("oas30", "yaml", "application/yaml")])
def test_an_export_is_a_file_in_the_language_asked_for(client, stage, kind, suffix, accepts):
    answer = client.get_export(**stage, exportType=kind, **({"accepts": accepts} if accepts else {}))
    assert status_of(answer) == 200
    assert answer["contentType"] == f"application/{suffix}"
    assert answer["contentDisposition"].startswith(f'attachment; filename="{kind}_')
    assert answer["contentDisposition"].endswith(f'.{suffix}"')
    text = answer["body"].read().decode()
    document = yaml.safe_load(text) if suffix == "yaml" else json.loads(text)
    assert document["info"]["title"] == "Imported"
    assert document.get("openapi" if kind == "oas30" else "swagger") == ("3.0.1" if kind == "oas30" else "2.0")


@pytest.mark.parametrize("kind", ["oas30", "swagger"])
def test_an_export_imports_as_the_same_api(client, stage, kind):
    everything = "apigateway,documentation"
    first = exported(client, stage, kind, everything)
    again = client.import_rest_api(body=json.dumps(first))
    client.create_deployment(restApiId=again["id"], stageName="dev")
    other = {"restApiId": again["id"], "stageName": "dev"}
    assert placeless(exported(client, other, kind, everything)) == placeless(first)
    assert placeless(exported(client, other, kind, everything, accepts="application/yaml")) == placeless(first)


def test_extensions_bring_what_they_name(client, stage):
    key = "x-amazon-apigateway-integration"
    operation = lambda document: document["paths"]["/pets"]["get"]
    assert key not in operation(exported(client, stage, "oas30"))
    assert key not in operation(exported(client, stage, "oas30", "postman"))
    for extensions in ("integrations", "apigateway", "integrations,authorizers,documentation"):
        integration = operation(exported(client, stage, "oas30", extensions))[key]
        assert (integration["type"], integration["timeoutInMillis"]) == ("http", 1234)
    assert exported(client, stage, "oas30", "apigateway")["x-amazon-apigateway-binary-media-types"] == ["image/png"]


def test_a_document_says_where_the_stage_is(client, stage, gateway):
    server = exported(client, stage, "oas30")["servers"][0]
    assert server["variables"]["basePath"]["default"] == "/dev"
    assert f"{stage['restApiId']}.execute-api.us-east-1." in server["url"]
    swagger = exported(client, stage, "swagger")
    assert server["url"] == f"{swagger['schemes'][0]}://{swagger['host']}/{{basePath}}"
    assert swagger["basePath"] == "/dev"


def test_what_was_deployed_is_exported(client, stage):
    before = exported(client, stage, "oas30", "apigateway")
    changed = copy.deepcopy(DEFINITION)
    changed["paths"] = {"/new": {"get": {"x-amazon-apigateway-integration": {"type": "mock"}}}}
    client.put_rest_api(restApiId=stage["restApiId"], mode="overwrite", body=json.dumps(changed))
    assert exported(client, stage, "oas30", "apigateway") == before
    client.create_deployment(restApiId=stage["restApiId"], stageName="dev")
    assert set(exported(client, stage, "oas30")["paths"]) == {"/new"}


def deployed(client, document):
    """An API of a document, as the parameters of GetExport."""
    made = client.import_rest_api(body=json.dumps(document))
    client.create_deployment(restApiId=made["id"], stageName="dev", variables={"host": "127.0.0.1"})
    return {"restApiId": made["id"], "stageName": "dev"}


def with_bodies(*content_types):
    """A definition whose method takes and gives a model of its own for each content type."""
    names = {kind: f"Model{number}" for number, kind in enumerate(content_types)}
    content = {kind: {"schema": {"$ref": f"#/components/schemas/{name}"}} for kind, name in names.items()}
    return {"openapi": "3.0.1", "info": {"title": "bodies", "version": "1"}, "components": {
        "schemas": {name: {"type": "object"} for name in names.values()}}, "paths": {"/a": {"post": {
            "requestBody": {"content": content}, "deprecated": True, "responses": {"200": {"description": "", "content": content}},
            "x-amazon-apigateway-integration": {"type": "http_proxy", "httpMethod": "POST", "uri": "http://${stageVariables.host}:9/"}}}}}


@pytest.mark.parametrize("kind", ["oas30", "swagger"])
def test_bodies_without_a_json_model_cannot_be_exported(client, kind):
    """AWS's page "Export a REST API from API Gateway": "Only found non-JSON body models for ..."."""
    place = deployed(client, with_bodies("text/plain", "application/xml"))
    with fails("BadRequestException", "Only found non-JSON body models for POST /a", 400):
        client.get_export(**place, exportType=kind)


def test_swagger_has_one_schema_for_all_content_types_and_it_is_that_of_json(client):
    place = deployed(client, with_bodies("text/plain", "application/json"))
    operation = exported(client, place, "swagger")["paths"]["/a"]["post"]
    assert sorted(operation["consumes"]) == sorted(operation["produces"]) == ["application/json", "text/plain"]
    bodies = [one for one in operation["parameters"] if one["in"] == "body"]
    assert [one["schema"] for one in bodies] == [{"$ref": "#/definitions/Model1"}]
    assert operation["responses"]["200"]["schema"] == {"$ref": "#/definitions/Model1"}
    content = exported(client, place, "oas30")["paths"]["/a"]["post"]["requestBody"]["content"]
    assert {kind: one["schema"]["$ref"] for kind, one in content.items()} == {
        "text/plain": "#/components/schemas/Model0", "application/json": "#/components/schemas/Model1"}


def test_stage_variables_stay_variables_and_deprecated_is_dropped(client):
    place = deployed(client, with_bodies("application/json"))
    for kind in ("oas30", "swagger"):
        operation = exported(client, place, kind, "integrations")["paths"]["/a"]["post"]
        assert operation["x-amazon-apigateway-integration"]["uri"] == "http://${stageVariables.host}:9/"
        assert "deprecated" not in operation


def test_words_are_exported_once_their_documentation_is_published(client):
    document = with_bodies("application/json")
    document["paths"]["/a"]["post"].update(summary="Add one", tags=["a"])
    place = deployed(client, document)
    assert "summary" not in exported(client, place, "oas30")["paths"]["/a"]["post"]
    client.create_documentation_version(restApiId=place["restApiId"], documentationVersion="1", stageName="dev")
    operation = exported(client, place, "oas30")["paths"]["/a"]["post"]
    assert (operation["summary"], operation["tags"]) == ("Add one", ["a"])
    parts = exported(client, place, "oas30", "documentation")["x-amazon-apigateway-documentation"]
    assert parts["version"] == "1" and parts["documentationParts"]


def test_what_cannot_be_exported_is_refused(client, stage):
    with fails("NotFoundException", "Invalid stage identifier specified", 404):
        client.get_export(restApiId=stage["restApiId"], stageName="none", exportType="oas30")
    with fails("NotFoundException", status=404):
        client.get_export(restApiId="none", stageName="dev", exportType="oas30")
    with fails("BadRequestException", status=400):
        client.get_export(**stage, exportType="raml")
    with fails("BadRequestException", status=400):
        client.get_export(**stage, exportType="oas30", accepts="text/html")
    with fails("BadRequestException", status=400):
        exported(client, stage, "oas30", "nonsense")


@pytest.mark.parametrize("cli", CLIS, ids=["v1", "v2"])
def test_the_command_line_writes_the_file(cli, stage, gateway, tmp_path):
    if not cli.exists():
        pytest.skip(f"{cli} is not installed")
    out = tmp_path / "api.yaml"
    env = clean_environment(
        AWS_SHARED_CREDENTIALS_FILE=str(gateway.data_dir / "credentials"), AWS_DEFAULT_REGION="us-east-1",
        AWS_CONFIG_FILE="/dev/null", AWS_EC2_METADATA_DISABLED="true", AWS_PAGER="")
    done = subprocess.run(
        [str(cli), "--endpoint-url", gateway.control_url, "--output", "json", "apigateway", "get-export",
         "--rest-api-id", stage["restApiId"], "--stage-name", "dev", "--export-type", "oas30",
         "--parameters", "extensions=integrations", "--accepts", "application/yaml", str(out)],
        env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["contentType"] == "application/yaml"
    assert yaml.safe_load(out.read_text())["paths"]["/pets"]["get"]["x-amazon-apigateway-integration"]["type"] == "http"
