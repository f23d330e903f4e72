"""Definitions of HTTP APIs through boto3, the AWS CLI and `stagegate import`: in, served, out again."""

import json

import pytest
import yaml
from botocore.exceptions import ClientError
from harness.apis import eventually
from harness.awscli import V2, AwsCli
from harness.issuer import Issuer


def integration(url="http://127.0.0.1:9/", **more):
    """A proxy to a URL."""
    return {"x-amazon-apigateway-integration": {
        "type": "http_proxy", "httpMethod": "ANY", "uri": url, "payloadFormatVersion": "1.0", **more}}


def definition(paths, **members):
    """An OpenAPI document as text."""
    return json.dumps({"openapi": "3.0.1", "info": {"title": "defined", "version": "1"}, "paths": paths, **members})


def bearer(issuer, **scheme):
    """A security scheme with a JWT authorizer."""
    jwt = {"type": "jwt", "jwtConfiguration": {"issuer": issuer, "audience": ["pets"]}}
    return {"securitySchemes": {"tokens": {"type": "oauth2", "x-amazon-apigateway-authorizer": jwt, **scheme}}}


def keys(http, api):
    """The keys of an API's routes."""
    return sorted(route["RouteKey"] for route in http.get_routes(ApiId=api)["Items"])


def test_an_imported_api_is_served(http, gateway, backend):
    backend.replies(200, [("content-type", "text/plain")], b"pet")
    made = http.import_api(Body=definition({"/pets/{id}": {"get": integration(backend.url + "/x")}}))
    assert made["Name"] == "defined" and "Warnings" not in made
    api = made["ApiId"]
    http.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    eventually(lambda: served(gateway, api, "/pets/1", 200))
    http.reimport_api(ApiId=api, Body=definition({"/cats": {"get": integration(backend.url + "/x")}}))
    eventually(lambda: served(gateway, api, "/pets/1", 404))
    assert gateway.send("GET", "/cats", api).status == 200


def served(gateway, api, path, status):
    """The status of an answer."""
    assert gateway.send("GET", path, api).status == status


def test_the_calls_of_terraform_s_aws_apigatewayv2_api_with_a_body(http):
    """CreateApi, ReimportApi, GetApi, UpdateApi with what the resource says, TagResource."""
    api = http.create_api(
        Name="pets", ProtocolType="HTTP", RouteSelectionExpression="$request.method $request.path",
        CorsConfiguration={"AllowOrigins": ["https://a.example"]}, Tags={"team": "blue"})["ApiId"]
    body = definition({"/pets": {"get": integration()}}, **{"x-amazon-apigateway-cors": {"allowOrigins": ["*"]}})
    assert http.reimport_api(ApiId=api, Body=body, FailOnWarnings=True)["ApiId"] == api
    assert http.get_api(ApiId=api)["CorsConfiguration"] == {"AllowOrigins": ["*"]}
    http.update_api(ApiId=api, Name="pets", Version="", CorsConfiguration={"AllowOrigins": ["https://a.example"]})
    http.tag_resource(ResourceArn=f"arn:aws:apigateway:us-east-1::/apis/{api}", Tags={"team": "blue"})
    after = http.get_api(ApiId=api)
    assert (after["Name"], after["Tags"], after.get("Version")) == ("pets", {"team": "blue"}, None)
    assert after["CorsConfiguration"] == {"AllowOrigins": ["https://a.example"]}
    [before], [route] = http.get_integrations(ApiId=api)["Items"], http.get_routes(ApiId=api)["Items"]
    http.reimport_api(ApiId=api, Body=body)
    assert (http.get_integrations(ApiId=api)["Items"], http.get_routes(ApiId=api)["Items"]) == ([before], [route])


@pytest.mark.parametrize("fatal", [False, True])
def test_what_sam_writes_imports(http, fatal):
    """`AWS::Serverless::HttpApi` with functions as events, a default authorizer and CORS."""
    uri = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations"
    proxy = {"x-amazon-apigateway-integration": {
        "type": "aws_proxy", "httpMethod": "POST", "uri": uri, "payloadFormatVersion": "2.0"}}
    paths = {
        "/$default": {"x-amazon-apigateway-any-method": {"isDefaultRoute": True, "responses": {}, **proxy}},
        "/{proxy+}": {"x-amazon-apigateway-any-method": {
            "responses": {}, "parameters": [{"name": "proxy+", "in": "path", "required": True}], **proxy}},
    }
    tags = [{"name": "httpapi:createdBy", "x-amazon-apigateway-tag-value": "SAM"}]
    made = http.import_api(Body=definition(paths, tags=tags), FailOnWarnings=fatal)
    assert made["Tags"] == {"httpapi:createdBy": "SAM"}
    assert keys(http, made["ApiId"]) == ["$default", "ANY /{proxy+}"]
    old = definition({"$default": paths["/$default"]})
    if fatal:
        with pytest.raises(ClientError, match="Resource \\$default should start with /"):
            http.import_api(Body=old, FailOnWarnings=True)
    else:
        made = http.import_api(Body=old)
        assert (len(made["Warnings"]), keys(http, made["ApiId"])) == (1, ["$default"])


def test_an_export_comes_in_the_language_that_is_asked_for(http, tmp_path, gateway):
    api = http.import_api(Body=definition({"/pets": {"get": {"operationId": "list", **integration()}}}))["ApiId"]
    def text(**query):
        return http.export_api(ApiId=api, Specification="OAS30", **query)["body"].read()

    document = json.loads(text(OutputType="JSON"))
    assert document == yaml.safe_load(text(OutputType="YAML"))
    assert document["paths"]["/pets"]["get"]["operationId"] == "list"
    assert document["x-amazon-apigateway-importexport-version"] == "1.0"
    assert "x-amazon-apigateway-integration" not in text(OutputType="JSON", IncludeExtensions=False).decode()
    # The guide's own command writes a file that can be imported.
    cli, file = AwsCli(gateway, V2), tmp_path / "stage-definition.yaml"
    cli("export-api", "--api-id", api, "--output-type", "YAML", "--specification", "OAS30", str(file), service="apigatewayv2")
    made = cli("import-api", "--body", f"file://{file}", service="apigatewayv2")
    assert keys(http, made["ApiId"]) == ["GET /pets"]


def test_what_is_ignored_is_info_and_not_a_warning(http):
    body = {"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}, **integration()}
    made = http.import_api(Body=definition({"/": {"post": body}}), FailOnWarnings=True)
    [info] = made["ImportInfo"]
    assert info.startswith("requestBody is not supported for HTTP APIs")
    shown = http.get_api(ApiId=made["ApiId"])
    assert "ImportInfo" not in shown and "Warnings" not in shown


def test_fact_h42_routes_of_an_issuer_that_is_not_there_are_left_out(start):
    issuer, http = Issuer(), start("discover_issuers = true\n").client(service="apigatewayv2")
    paths = {"/guarded": {"get": {"security": [{"tokens": []}], **integration()}}, "/open": {"get": integration()}}
    known = http.import_api(Body=definition(paths, components=bearer(issuer.url)))
    assert keys(http, known["ApiId"]) == ["GET /guarded", "GET /open"]
    assert issuer.fetches("/.well-known/openid-configuration") == 1
    issuer.stop()
    gone = http.import_api(Body=definition(paths, components=bearer(issuer.url)))
    assert keys(http, gone["ApiId"]) == ["GET /open"]
    assert len(gone["Warnings"]) == 2
    with pytest.raises(ClientError, match="Warnings found during import"):
        http.import_api(Body=definition(paths, components=bearer(issuer.url)), FailOnWarnings=True)


def test_an_operator_who_looks_for_no_issuers_misses_none(http):
    paths = {"/guarded": {"get": {"security": [{"tokens": []}], **integration()}}}
    made = http.import_api(Body=definition(paths, components=bearer("https://nobody.example")), FailOnWarnings=True)
    assert keys(http, made["ApiId"]) == ["GET /guarded"]


@pytest.fixture
def process(start):
    """A process of a test."""
    return start()


@pytest.mark.parametrize("stage", ["$default", "v1"])
def test_the_command_imports_and_updates_an_http_api(process, tmp_path, stage):
    http = process.client(service="apigatewayv2")
    file = tmp_path / "pets.json"
    prefix = "" if stage == "$default" else f"/{stage}"
    for path in ("/pets", "/cats"):
        file.write_text(definition({path: {"get": integration()}}))
        done = process.run("import", str(file), "--stage", stage, "--protocol", "http")
        [api] = http.get_apis()["Items"]
        assert api["ApiId"] in done.stdout and keys(http, api["ApiId"]) == [f"GET {path}"]
        eventually(lambda: served(process, api["ApiId"], prefix + path, 503))
    deployment = http.get_stage(ApiId=api["ApiId"], StageName=stage)["DeploymentId"]
    assert "unchanged" in process.run("import", str(file), "--stage", stage, "--protocol", "http").stdout
    assert http.get_stage(ApiId=api["ApiId"], StageName=stage)["DeploymentId"] == deployment
    assert process.client().get_rest_apis()["items"] == []


def test_the_command_shows_where_a_definition_is_wrong(process, tmp_path):
    file = tmp_path / "old.json"
    file.write_text('{"swagger": "2.0",\n "info": {"title": "old"}}')
    done = process.run("import", str(file), "--stage", "v1", "--protocol", "http", check=False)
    assert done.returncode != 0 and "OpenAPI 3.0 only" in done.stderr, done.stderr
    assert process.client(service="apigatewayv2").get_apis()["Items"] == []
