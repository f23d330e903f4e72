"""PutRestApi, sentence by sentence of AWS's page "Import an OpenAPI file to update an existing API definition"."""

import json

import pytest

from harness.apis import definition, mock
from harness.faults import patch

LAMBDA = ("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
          "arn:aws:lambda:us-east-1:000000000000:function:f/invocations")


def scheme(uri=LAMBDA):
    """A security scheme with a TOKEN authorizer."""
    return {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "custom",
            "x-amazon-apigateway-authorizer": {"type": "token", "authorizerUri": uri}}


def document(letter, *, methods, **more):
    """A definition in which every noun bears the letter, and one is called the same everywhere."""
    nouns = {
        "components": {
            "schemas": {f"Model{letter}": {"type": "object"}, "Shared": {"type": "object", "title": letter}},
            "securitySchemes": {f"auth{letter}": scheme(), "shared": {**scheme(), "name": f"X-{letter}"}},
        },
        "x-amazon-apigateway-request-validators": {
            f"validator{letter}": {"validateRequestBody": True},
            "shared": {"validateRequestBody": letter == "A", "validateRequestParameters": letter == "B"},
        },
        "x-amazon-apigateway-gateway-responses": {
            {"A": "ACCESS_DENIED", "B": "BAD_REQUEST_BODY"}[letter]: {"statusCode": 418},
            "DEFAULT_4XX": {"responseTemplates": {"application/json": letter}},
        },
        "x-amazon-apigateway-documentation": {"documentationParts": [
            {"location": {"type": "RESOURCE", "path": f"/{letter}"}, "properties": {"description": letter}},
            {"location": {"type": "API"}, "properties": {"description": letter, f"only{letter}": 1}},
        ]},
    }
    return json.dumps(definition(methods, title=f"api {letter}", **nouns, **more))


def both(client, mode):
    """API B, with API A put into it."""
    b = document("B", methods={"GET /a": mock(200), "POST /a": mock(200), "GET /b": mock(200)})
    a = document("A", methods={"GET /a": mock(400)})
    api = client.import_rest_api(body=b)["id"]
    before = client.get_authorizers(restApiId=api)["items"]
    made = client.put_rest_api(restApiId=api, mode=mode, body=a)
    assert made["id"] == api
    return api, before


def methods(client, api):
    """Every method with the statuses that it declares."""
    found = {}
    for resource in client.get_resources(restApiId=api, limit=500, embed=["methods"])["items"]:
        for verb, method in resource.get("resourceMethods", {}).items():
            found[f"{verb} {resource['path']}"] = sorted(method.get("methodResponses", {}))
    return found


def nouns(client, api):
    """What there is beside methods, by name, with what tells A from B."""
    responses = client.get_gateway_responses(restApiId=api, limit=500)["items"]
    parts = client.get_documentation_parts(restApiId=api)["items"]
    return {
        "models": {m["name"]: json.loads(m["schema"]).get("title") for m in client.get_models(restApiId=api)["items"]
                   if m["name"] not in ("Empty", "Error")},
        "authorizers": {a["name"]: a["identitySource"] for a in client.get_authorizers(restApiId=api)["items"]},
        "validators": {v["name"]: v["validateRequestBody"] for v in client.get_request_validators(restApiId=api)["items"]},
        "responses": {r["responseType"]: r["responseTemplates"].get("application/json") for r in responses
                      if not r["defaultResponse"] and r["responseType"] in ("ACCESS_DENIED", "BAD_REQUEST_BODY", "DEFAULT_4XX")},
        "parts": {p["location"].get("path", p["location"]["type"]): json.loads(p["properties"]) for p in parts},
    }


def test_a_merge_keeps_both_and_the_merged_one_wins(client):
    api, before = both(client, "merge")
    assert methods(client, api) == {"GET /a": ["400"], "POST /a": ["200"], "GET /b": ["200"]}
    found = nouns(client, api)
    assert found["models"] == {"ModelA": None, "ModelB": None, "Shared": "A"}
    own = "method.request.header.Authorization"
    assert found["authorizers"] == {"authA": own, "authB": own, "shared": "method.request.header.X-A"}
    assert found["validators"] == {"validatorA": True, "validatorB": True, "shared": True}
    assert set(found["responses"]) == {"ACCESS_DENIED", "BAD_REQUEST_BODY", "DEFAULT_4XX"}
    assert found["responses"]["DEFAULT_4XX"] == "A"
    assert found["parts"] == {"/A": {"description": "A"}, "/B": {"description": "B"},
                              "API": {"description": "A", "onlyA": 1, "onlyB": 1}}
    ids = {a["name"]: a["id"] for a in client.get_authorizers(restApiId=api)["items"]}
    assert {a["name"]: a["id"] for a in before}.items() <= ids.items(), "what stays keeps its id"
    assert client.get_rest_api(restApiId=api)["name"] == "api A"


def test_an_overwrite_takes_the_definition_for_the_whole(client):
    api, _ = both(client, "overwrite")
    assert methods(client, api) == {"GET /a": ["400"]}
    found = nouns(client, api)
    assert set(found["models"]) == {"ModelA", "Shared"}
    assert set(found["authorizers"]) == {"authA", "shared"}
    assert set(found["validators"]) == {"validatorA", "shared"}
    assert set(found["responses"]) == {"ACCESS_DENIED", "DEFAULT_4XX"}
    assert found["parts"] == {"/A": {"description": "A"}, "API": {"description": "A", "onlyA": 1}}
    kept = {m["name"] for m in client.get_models(restApiId=api)["items"]}
    assert {"Empty", "Error"} <= kept, "every API has these two"


@pytest.mark.parametrize("mode", ["merge", "overwrite"])
def test_endpoint_types_stages_variables_deployments_and_keys_stay(client, mode):
    api = client.import_rest_api(body=document("B", methods={"GET /b": mock()}),
                                 parameters={"endpointConfigurationTypes": "REGIONAL"})["id"]
    deployment = client.create_deployment(restApiId=api, stageName="dev", variables={"a": "1"})["id"]
    key = client.create_api_key(enabled=True)["id"]
    plan = client.create_usage_plan(name="p", apiStages=[{"apiId": api, "stage": "dev"}])["id"]
    client.create_usage_plan_key(usagePlanId=plan, keyId=key, keyType="API_KEY")
    stage = client.get_stage(restApiId=api, stageName="dev")
    put = client.put_rest_api(restApiId=api, mode=mode, body=document("A", methods={"GET /a": mock()}),
                              parameters={"endpointConfigurationTypes": "EDGE"})
    assert put["endpointConfiguration"]["types"] == ["REGIONAL"]
    after = client.get_stage(restApiId=api, stageName="dev")
    assert {k: v for k, v in after.items() if k != "ResponseMetadata"} == {
        k: v for k, v in stage.items() if k != "ResponseMetadata"}
    assert [d["id"] for d in client.get_deployments(restApiId=api)["items"]] == [deployment]
    assert client.get_usage_plan(usagePlanId=plan)["apiStages"] == [{"apiId": api, "stage": "dev"}]


@pytest.mark.parametrize("mode, expected", [("merge", ["vpce-0a"]), ("overwrite", None)])
def test_vpc_endpoints_are_overwritten_and_not_merged_away(client, mode, expected):
    api = client.create_rest_api(name="p", endpointConfiguration={"types": ["PRIVATE"], "vpcEndpointIds": ["vpce-0a"]})["id"]
    put = client.put_rest_api(restApiId=api, mode=mode, body=document("A", methods={"GET /a": mock()}))
    assert put["endpointConfiguration"]["types"] == ["PRIVATE"]
    assert put["endpointConfiguration"].get("vpcEndpointIds") == expected


def test_a_repeated_put_changes_nothing_more(client):
    api, _ = both(client, "overwrite")
    first = (methods(client, api), nouns(client, api), client.get_resources(restApiId=api)["items"])
    client.put_rest_api(restApiId=api, mode="overwrite", body=document("A", methods={"GET /a": mock(400)}))
    assert (methods(client, api), nouns(client, api), client.get_resources(restApiId=api)["items"]) == first


def test_ignore_documentation_leaves_the_parts_alone(client):
    api = client.import_rest_api(body=document("B", methods={"GET /b": mock()}))["id"]
    before = nouns(client, api)["parts"]
    client.put_rest_api(restApiId=api, mode="overwrite", parameters={"ignore": "documentation"},
                        body=document("A", methods={"GET /a": mock()}))
    assert nouns(client, api)["parts"] == before


def test_a_merge_may_name_what_only_the_api_has(client):
    api = client.import_rest_api(body=document("B", methods={"GET /b": mock()}))["id"]
    more = definition({"GET /c": mock()})
    more["paths"]["/c"]["get"]["x-amazon-apigateway-request-validator"] = "validatorB"
    client.put_rest_api(restApiId=api, mode="merge", body=json.dumps(more))
    place = next(r["id"] for r in client.get_resources(restApiId=api)["items"] if r["path"] == "/c")
    validators = {v["name"]: v["id"] for v in client.get_request_validators(restApiId=api)["items"]}
    method = client.get_method(restApiId=api, resourceId=place, httpMethod="GET")
    assert method["requestValidatorId"] == validators["validatorB"]


def test_an_overwrite_keeps_what_a_client_set_only_if_the_definition_says_it(client):
    api = client.import_rest_api(body=document("B", methods={"GET /b": mock()}, **{
        "x-amazon-apigateway-policy": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*"}]},
        "x-amazon-apigateway-minimum-compression-size": 7}))["id"]
    client.update_rest_api(restApiId=api, patchOperations=[patch("replace", "/description", "by hand")])
    merged = client.put_rest_api(restApiId=api, mode="merge", body=document("A", methods={"GET /a": mock()}))
    assert (merged["description"], merged["minimumCompressionSize"], "policy" in merged) == ("by hand", 7, True)
    over = client.put_rest_api(restApiId=api, mode="overwrite", body=document("A", methods={"GET /a": mock()}))
    assert not {"description", "minimumCompressionSize", "policy"} & set(over)
