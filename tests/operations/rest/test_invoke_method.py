"""TestInvokeMethod: a method tried out as it is now, without a deployment (facts 121 and 122)."""

import json
import re

import pytest

from harness.faults import fails, patch
from harness.ports import free_port

LINE = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d UTC \d{4} : (.*)")
START = [
    "Starting execution for request: {id}",
    "HTTP Method: GET, Resource Path: /pets/7",
    "Method request path: {petId=7}",
    "Method request query string: {q=a b}",
    "Method request headers: {X-A=1}",
    "Method request body before transformations: ",
]
END = ["Successfully completed execution", "Method completed with status: 200"]


@pytest.fixture
def pet(client, pets):
    """The resource /pets/{petId}."""
    made = client.create_resource(restApiId=pets["restApiId"], parentId=pets["resourceId"], pathPart="{petId}")
    return {"restApiId": pets["restApiId"], "resourceId": made["id"], "httpMethod": "GET"}


def integrate(client, pet, method=(), responses=True, **integration):
    """Gives the resource a method with an integration, and a response where it is no proxy."""
    client.put_method(**pet, **{"authorizationType": "NONE", **dict(method)})
    client.put_integration(**pet, **integration)
    if responses:
        client.put_method_response(**pet, statusCode="200", responseParameters={"method.response.header.X-Up": True})
        client.put_integration_response(**pet, statusCode="200")


def lines_of(tried):
    """The lines of the log without dates, with the id and the latency blanked."""
    first, *rest = tried["log"].splitlines()
    request_id = re.fullmatch(r"Execution log for request ([0-9a-f-]{36})", first)[1]
    texts = [LINE.fullmatch(line)[2].replace(request_id, "{id}") for line in rest]
    return [re.sub(r"latency: \d+ ms", "latency: N ms", text) for text in texts]


def test_a_mock_is_played_without_a_deployment(client, pet):
    integrate(client, pet, responses=False, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    client.put_method_response(**pet, statusCode="200", responseParameters={"method.response.header.X-Id": True})
    template = """{"id": "$input.params('petId')", "of": "$stageVariables.of"}"""
    client.put_integration_response(
        **pet, statusCode="200", responseTemplates={"application/json": template},
        responseParameters={"method.response.header.X-Id": "'a'"})
    tried = client.test_invoke_method(
        **pet, pathWithQueryString="/pets/7?q=a%20b", headers={"X-A": "1"}, stageVariables={"of": "me"})
    assert (tried["status"], json.loads(tried["body"])) == (200, {"id": "7", "of": "me"})
    assert tried["headers"] == {"Content-Type": "application/json", "X-Id": "a"}
    assert tried["multiValueHeaders"] == {"Content-Type": ["application/json"], "X-Id": ["a"]}
    assert isinstance(tried["latency"], int)
    body = 'Method response body after transformations: {"id": "7", "of": "me"}'
    assert lines_of(tried) == [*START, body, "Method response headers: {X-Id=a, Content-Type=application/json}", *END]


def test_an_http_back_end_is_called_and_every_line_of_fact_121_is_there(client, pet, backend):
    backend.replies(200, [("X-Back", "b"), ("Content-Type", "text/plain")], b"hello")
    integrate(client, pet, method={"requestParameters": {"method.request.path.petId": True}}, type="HTTP",
              integrationHttpMethod="POST", uri=backend.url + "/up/{id}",
              requestParameters={"integration.request.path.id": "method.request.path.petId"},
              requestTemplates={"application/json": '{"sent": true}'})
    client.update_integration_response(**pet, statusCode="200", patchOperations=[
        patch("add", "/responseParameters/method.response.header.X-Up", "integration.response.header.X-Back")])
    tried = client.test_invoke_method(**pet, pathWithQueryString="/pets/7?q=a%20b", headers={"X-A": "1"})
    assert (tried["status"], tried["body"]) == (200, "hello")
    assert tried["headers"]["X-Up"] == "b" and "Content-Length" not in tried["headers"]
    recorded = backend.only()
    assert (recorded.method, recorded.body) == ("POST", b'{"sent": true}')
    trace = recorded.header("X-Amzn-Trace-Id")
    assert tried["headers"]["X-Amzn-Trace-Id"] == trace.split(";")[0]
    names = [line.split(":")[0] for line in lines_of(tried)]
    assert names == [line.split(":")[0] for line in START] + [
        "Endpoint request URI", "Endpoint request headers", "Endpoint request body after transformations",
        "Sending request to http", "Received response. Status", "Endpoint response headers",
        "Endpoint response body before transformations", "Method response body after transformations",
        "Method response headers", "Successfully completed execution", "Method completed with status"]
    assert f"Endpoint request URI: {backend.url}/up/7" in lines_of(tried)
    assert "Received response. Status: 200, Integration latency: N ms" in lines_of(tried)
    assert 'Endpoint request body after transformations: {"sent": true}' in lines_of(tried)


def test_http_proxy_passes_headers_of_both_maps_and_the_body(client, pet, backend):
    integrate(client, pet, responses=False, type="HTTP_PROXY", integrationHttpMethod="POST", uri=backend.url)
    tried = client.test_invoke_method(
        **pet, headers={"X-One": "1"}, multiValueHeaders={"X-Two": ["a", "b"]}, body="some text")
    assert tried["status"] == 200
    recorded = backend.only()
    assert (recorded.header("X-One"), recorded.all("X-Two"), recorded.body) == ("1", ["a", "b"], b"some text")
    assert json.loads(tried["body"])["method"] == "POST"
    assert "Method request headers: {X-One=1, X-Two=a,b}" in lines_of(tried)


def test_fact_122_authorization_and_keys_are_skipped(client, pet):
    authorizer = client.create_authorizer(
        restApiId=pet["restApiId"], name="guard", type="TOKEN", identitySource="method.request.header.Authorization",
        authorizerUri="arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
                      "arn:aws:lambda:us-east-1:000000000000:function:nobody/invocations")
    integrate(client, pet, method={"authorizationType": "CUSTOM", "authorizerId": authorizer["id"], "apiKeyRequired": True},
              type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    assert client.test_invoke_method(**pet)["status"] == 200


@pytest.mark.parametrize("path", ["/elsewhere?q=1", "no slash", "/pets/%zz", "/pets/a/../b", ""])
def test_fact_122_a_bad_path_only_leaves_parameters_empty(client, pet, path):
    integrate(client, pet, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    tried = client.test_invoke_method(**pet, pathWithQueryString=path)
    assert tried["status"] == 200
    assert any(line.startswith("Method request path: {") for line in lines_of(tried))


def test_fact_l13_a_validator_says_what_is_wrong(client, pet):
    schema = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
    client.create_model(restApiId=pet["restApiId"], name="Pet", contentType="application/json", schema=json.dumps(schema))
    validator = client.create_request_validator(
        restApiId=pet["restApiId"], name="all", validateRequestBody=True, validateRequestParameters=True)
    method = {"requestModels": {"application/json": "Pet"}, "requestValidatorId": validator["id"],
              "requestParameters": {"method.request.header.X-A": True}}
    integrate(client, pet, method=method, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    label = "Request body does not match model schema for content type application/json: "
    cases = [
        ({"X-A": "1"}, '{"name": "Rex"}', 200, "Request validation succeeded for content type application/json"),
        ({"X-A": "1"}, "{}", 400, label + '[object has missing required properties (["name"])]'),
        ({"X-A": "1"}, "{", 400, label + "[Unknown error parsing request body]"),
        ({}, "{}", 400, "Missing required request parameters: [X-A]"),
    ]
    for headers, body, status, line in cases:
        tried = client.test_invoke_method(**pet, headers=headers, body=body)
        lines = lines_of(tried)
        assert tried["status"] == status, tried
        assert lines[-1] == f"Method completed with status: {status}"
        if status == 200:
            at = lines.index(f"Method request body before transformations: {body}")
            assert lines[at + 1] == line
        else:
            assert lines[-2] == line


def test_any_takes_every_verb_and_is_none_itself(client, pet):
    anything = {**pet, "httpMethod": "ANY"}
    integrate(client, anything, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    for verb in ("GET", "POST", "DELETE"):
        tried = client.test_invoke_method(**{**pet, "httpMethod": verb}, pathWithQueryString="/pets/7")
        assert f"HTTP Method: {verb}, Resource Path: /pets/7" in lines_of(tried)
    with fails("BadRequestException", "Invalid HTTP method specified: ANY.*", 400):
        client.test_invoke_method(**{**pet, "httpMethod": "ANY"})


def test_what_is_tried_is_what_is_there_now(client, pet):
    integrate(client, pet, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    client.create_deployment(restApiId=pet["restApiId"], stageName="dev")
    client.update_integration_response(
        **pet, statusCode="200", patchOperations=[patch("add", "/responseTemplates/application~1json", "new")])
    assert client.test_invoke_method(**pet)["body"] == "new"


def test_fact_121_an_unreachable_back_end_says_so(client, pet):
    uri = f"http://127.0.0.1:{free_port()}/"
    integrate(client, pet, responses=False, type="HTTP_PROXY", integrationHttpMethod="GET", uri=uri)
    tried = client.test_invoke_method(**pet)
    assert (tried["status"], sorted(tried["headers"])) == (504, ["X-Amzn-Trace-Id", "x-amzn-ErrorType"])
    assert lines_of(tried)[-2:] == [
        "Execution failed due to a network error communicating with endpoint", "Method completed with status: 504"]


def test_fact_121_an_address_that_cannot_be_one_is_invalid(client, pet):
    uri = "http://${stageVariables.host}/"
    integrate(client, pet, responses=False, type="HTTP_PROXY", integrationHttpMethod="GET", uri=uri)
    tried = client.test_invoke_method(**pet)
    assert (tried["status"], json.loads(tried["body"])) == (500, {"message": "Internal server error"})
    assert lines_of(tried)[-2:] == [
        "Execution failed due to configuration error: Invalid endpoint address", "Method completed with status: 500"]


def test_a_status_without_a_response_is_a_configuration_error(client, pet):
    integrate(client, pet, type="MOCK", requestTemplates={"application/json": '{"statusCode": 404}'})
    client.update_integration_response(
        **pet, statusCode="200", patchOperations=[patch("replace", "/selectionPattern", "2..")])
    tried = client.test_invoke_method(**pet)
    assert tried["status"] == 500
    assert lines_of(tried)[-2:] == [
        "Execution failed due to configuration error: No match for output mapping and no default output mapping configured",
        "Method completed with status: 500"]


def test_no_port_of_the_process_can_be_reached(client, pet, gateway):
    uri = f"http://127.0.0.1:{gateway.status}/metrics"
    integrate(client, pet, responses=False, type="HTTP_PROXY", integrationHttpMethod="GET", uri=uri)
    tried = client.test_invoke_method(**pet)
    assert (tried["status"], json.loads(tried["body"])) == (500, {"message": "Internal server error"})


@pytest.mark.parametrize(("changes", "code", "message"), [
    ({"httpMethod": "PUT"}, "NotFoundException", "Invalid Method identifier specified"),
    ({"httpMethod": "TEAPOT"}, "NotFoundException", "Invalid Method identifier specified"),
    ({"resourceId": "nosuch"}, "NotFoundException", "Invalid Resource identifier specified"),
    ({"restApiId": "nosuch"}, "NotFoundException", "Invalid API identifier specified .*:nosuch"),
    ({"clientCertificateId": "nosuch"}, "NotFoundException", "Invalid Client Certificate identifier specified"),
    ({"stageVariables": {"a b": "c"}}, "BadRequestException", "Invalid stage variable name: a b.*"),
    ({"headers": {"X A": "1"}}, "BadRequestException", "The test request is invalid: .*"),
    ({"headers": {"X-A": "1\r\nX-B: 2"}}, "BadRequestException", "The test request is invalid: .*"),
    ({"headers": {"X-A": "v" * 20_000}}, "BadRequestException", "The test request is invalid: .*"),
    ({"pathWithQueryString": "/" + "v" * 20_000}, "BadRequestException", "The test request is invalid: .*"),
])
def test_what_cannot_be_tried_is_refused(client, pet, changes, code, message):
    integrate(client, pet, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    with fails(code, message):
        client.test_invoke_method(**{**pet, **changes})


def test_a_method_without_an_integration_is_refused(client, pet):
    client.put_method(**pet, authorizationType="NONE")
    with fails("BadRequestException", "No integration defined for method", 400):
        client.test_invoke_method(**pet)
