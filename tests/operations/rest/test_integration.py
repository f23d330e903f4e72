"""Integration and IntegrationResponse."""

import pytest

from harness.faults import fails, patch, status_of


@pytest.fixture
def method(client, pets):
    """A method without an integration."""
    method = {**pets, "httpMethod": "GET"}
    client.put_method(**method, authorizationType="NONE", requestParameters={"method.request.querystring.q": False})
    client.put_method_response(**method, statusCode="200", responseParameters={"method.response.header.X-A": False})
    return method


def plain(answer):
    """An answer without its metadata."""
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


def test_a_mock_has_aws_defaults(client, method):
    """Fact 131."""
    made = client.put_integration(**method, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    assert status_of(made) == 201
    expected = {
        "type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "passthroughBehavior": "WHEN_NO_MATCH", "timeoutInMillis": 29000,
        "cacheNamespace": method["resourceId"], "cacheKeyParameters": [],
    }
    assert {key: made.get(key) for key in expected} == expected
    assert "uri" not in made and "httpMethod" not in made
    assert plain(client.get_integration(**method)) == plain(made)
    assert plain(made) == client.get_method(**method)["methodIntegration"]


def test_every_member_of_put_comes_back(client, method):
    given = {
        "type": "HTTP", "uri": "http://127.0.0.1:9/pets", "connectionType": "INTERNET",
        "requestParameters": {"integration.request.querystring.q": "method.request.querystring.q", "integration.request.header.X": "'s'"},
        "requestTemplates": {"application/json": "{}"}, "passthroughBehavior": "NEVER", "contentHandling": "CONVERT_TO_TEXT",
        "timeoutInMillis": 5000, "cacheNamespace": "space", "cacheKeyParameters": ["method.request.querystring.q"],
        "tlsConfig": {"insecureSkipVerification": True},
    }
    made = client.put_integration(**method, integrationHttpMethod="POST", **given)
    assert made["httpMethod"] == "POST"
    assert {key: made[key] for key in given} == given


def test_put_replaces_the_whole_integration(client, mock_method):
    client.put_integration(**mock_method, type="HTTP_PROXY", integrationHttpMethod="GET", uri="http://127.0.0.1:9/")
    found = client.get_integration(**mock_method)
    assert found["type"] == "HTTP_PROXY" and "requestTemplates" not in found
    assert "integrationResponses" not in found


@pytest.mark.parametrize("arguments", [
    {"type": "HTTP", "uri": "http://127.0.0.1:9/"},
    {"type": "HTTP", "integrationHttpMethod": "GET"},
    {"type": "HTTP", "integrationHttpMethod": "GET", "uri": "not a uri"},
    {"type": "HTTP_PROXY", "integrationHttpMethod": "GET", "uri": "ftp://127.0.0.1/"},
    {"type": "HTTP", "integrationHttpMethod": "BREW", "uri": "http://127.0.0.1:9/"},
    {"type": "MAGIC"},
    {"type": "MOCK", "timeoutInMillis": 49},
    {"type": "MOCK", "passthroughBehavior": "SOMETIMES"},
    {"type": "MOCK", "requestParameters": {"integration.request.header.X": "bogus"}},
    {"type": "MOCK", "requestParameters": {"bogus": "'x'"}},
    {"type": "MOCK", "requestParameters": {"integration.request.header.X": "method.request.header.undeclared"}},
    {"type": "AWS", "integrationHttpMethod": "POST", "uri": "arn:aws:apigateway:us-east-1:lambda:nothing/x"},
    {"type": "AWS", "integrationHttpMethod": "POST", "uri": "arn:aws:apigateway:us-east-1:sqs:action/SendMessage"},
    {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": "http://127.0.0.1:9/"},
    {"type": "MOCK", "connectionType": "VPC_LINK"},
    {"type": "MOCK", "contentHandling": "CONVERT_TO_MAGIC"},
])
def test_put_refuses_what_aws_refuses(client, method, arguments):
    with pytest.raises(client.exceptions.ClientError) as caught:
        client.put_integration(**method, **arguments)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400, caught.value


def test_the_timeout_is_no_ceiling(client, method):
    assert client.put_integration(**method, type="MOCK", timeoutInMillis=120_000)["timeoutInMillis"] == 120_000


def test_unknown_integrations(client, method, pets):
    """Fact 126."""
    with fails("NotFoundException", "Invalid Integration identifier specified", 404):
        client.get_integration(**method)
    with fails("NotFoundException", "Invalid Method identifier specified", 404):
        client.put_integration(**pets, httpMethod="PUT", type="MOCK")
    with fails("NotFoundException", "Invalid Integration identifier specified", 404):
        client.put_integration_response(**method, statusCode="200")


def test_update(client, method):
    client.put_integration(**method, type="HTTP", integrationHttpMethod="GET", uri="http://127.0.0.1:9/a")
    found = client.update_integration(**method, patchOperations=[
        patch("replace", "/uri", "http://127.0.0.1:9/b"),
        patch("replace", "/httpMethod", "POST"),
        patch("replace", "/timeoutInMillis", "1000"),
        patch("replace", "/passthroughBehavior", "WHEN_NO_TEMPLATES"),
        patch("add", "/requestParameters/integration.request.header.X-A", "'a'"),
        patch("add", "/requestTemplates/application~1json", "{}"),
        patch("add", "/cacheKeyParameters/method.request.querystring.q"),
        patch("replace", "/cacheNamespace", "other"),
    ])
    assert status_of(found) == 200
    expected = {
        "uri": "http://127.0.0.1:9/b", "httpMethod": "POST", "timeoutInMillis": 1000, "passthroughBehavior": "WHEN_NO_TEMPLATES",
        "requestParameters": {"integration.request.header.X-A": "'a'"}, "requestTemplates": {"application/json": "{}"},
        "cacheKeyParameters": ["method.request.querystring.q"], "cacheNamespace": "other",
    }
    assert {key: found[key] for key in expected} == expected
    found = client.update_integration(**method, patchOperations=[
        patch("remove", "/requestTemplates/application~1json"), patch("remove", "/requestParameters/integration.request.header.X-A"),
    ])
    assert not found.get("requestTemplates") and not found.get("requestParameters")


@pytest.mark.parametrize("operation", [
    patch("replace", "/nope", "x"), patch("replace", "/timeoutInMillis", "10"), patch("replace", "/timeoutInMillis", "long"),
    patch("replace", "/passthroughBehavior", "SOMETIMES"), patch("remove", "/uri"), patch("replace", "/uri", "not a uri"),
])
def test_update_refuses(client, method, operation):
    client.put_integration(**method, type="HTTP", integrationHttpMethod="GET", uri="http://127.0.0.1:9/a")
    with pytest.raises(client.exceptions.ClientError) as caught:
        client.update_integration(**method, patchOperations=[operation])
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_delete(client, mock_method):
    assert status_of(client.delete_integration(**mock_method)) == 204
    with fails("NotFoundException", "Invalid Integration identifier specified", 404):
        client.delete_integration(**mock_method)
    assert "methodIntegration" not in client.get_method(**mock_method)


def test_integration_responses(client, method):
    client.put_integration(**method, type="HTTP", integrationHttpMethod="GET", uri="http://127.0.0.1:9/a")
    given = {
        "selectionPattern": "2\\d{2}", "responseParameters": {"method.response.header.X-A": "integration.response.header.X-B"},
        "responseTemplates": {"application/json": ""}, "contentHandling": "CONVERT_TO_BINARY",
    }
    made = client.put_integration_response(**method, statusCode="200", **given)
    assert status_of(made) == 201
    assert made["statusCode"] == "200"
    assert {k: made[k] for k in ("selectionPattern", "responseParameters", "contentHandling")} == {
        k: given[k] for k in ("selectionPattern", "responseParameters", "contentHandling")}
    assert plain(client.get_integration_response(**method, statusCode="200")) == plain(made)
    assert client.get_integration(**method)["integrationResponses"]["200"] == plain(made)
    changed = client.update_integration_response(**method, statusCode="200", patchOperations=[
        patch("replace", "/selectionPattern", "3.."),
        patch("replace", "/responseParameters/method.response.header.X-A", "'fixed'"),
    ])
    assert changed["selectionPattern"] == "3.."
    assert changed["responseParameters"] == {"method.response.header.X-A": "'fixed'"}
    assert status_of(client.delete_integration_response(**method, statusCode="200")) == 204
    with fails("NotFoundException", "Invalid Response status code specified", 404):
        client.get_integration_response(**method, statusCode="200")


@pytest.mark.parametrize("parameters", [
    {"method.response.header.undeclared": "'x'"}, {"method.response.header.X-A": "method.request.header.X"}, {"bogus": "'x'"},
])
def test_a_response_mapping_has_to_be_declared_and_well_formed(client, method, parameters):
    client.put_integration(**method, type="MOCK")
    with fails("BadRequestException", status=400):
        client.put_integration_response(**method, statusCode="200", responseParameters=parameters)
