"""Method and MethodResponse."""

import pytest

from harness.faults import fails, patch, status_of


def plain(answer):
    """An answer without its metadata."""
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


def test_put_answers_what_get_answers(client, pets):
    method = {**pets, "httpMethod": "POST"}
    given = {
        "authorizationType": "NONE", "apiKeyRequired": True, "operationName": "addPet",
        "requestParameters": {"method.request.querystring.a": True, "method.request.header.B": False},
        "requestModels": {"application/json": "Empty"},
    }
    made = client.put_method(**method, **given)
    assert status_of(made) == 201
    assert plain(made) == {"httpMethod": "POST", **given}
    assert plain(client.get_method(**method)) == plain(made)


def test_the_least_a_method_can_be(client, pets):
    made = client.put_method(**pets, httpMethod="ANY", authorizationType="NONE")
    assert plain(made) == {"httpMethod": "ANY", "authorizationType": "NONE", "apiKeyRequired": False}


def test_a_method_is_made_once(client, mock_method):
    with fails("ConflictException", "Method already exists for this resource", 409):
        client.put_method(**mock_method, authorizationType="NONE")


@pytest.mark.parametrize("arguments", [
    {"httpMethod": "BREW", "authorizationType": "NONE"},
    {"httpMethod": "get", "authorizationType": "NONE"},
    {"httpMethod": "GET", "authorizationType": "MAGIC"},
    {"httpMethod": "GET", "authorizationType": "CUSTOM"},
    {"httpMethod": "GET", "authorizationType": "COGNITO_USER_POOLS"},
    {"httpMethod": "GET", "authorizationType": "CUSTOM", "authorizerId": "aaaaaa"},
    {"httpMethod": "GET", "authorizationType": "NONE", "requestParameters": {"integration.request.header.a": True}},
    {"httpMethod": "GET", "authorizationType": "NONE", "requestValidatorId": "aaaaaa"},
])
def test_put_refuses_what_aws_refuses(client, pets, arguments):
    with pytest.raises(client.exceptions.ClientError) as caught:
        client.put_method(**pets, **arguments)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 404)


def test_unknown_methods(client, pets):
    """Fact 126."""
    with fails("NotFoundException", "Invalid Method identifier specified", 404):
        client.get_method(**pets, httpMethod="GET")
    with fails("NotFoundException", "Invalid Method identifier specified", 404):
        client.delete_method(**pets, httpMethod="GET")
    with fails("NotFoundException", "Invalid Resource identifier specified", 404):
        client.put_method(restApiId=pets["restApiId"], resourceId="aaaaaa", httpMethod="GET", authorizationType="NONE")


def test_update(client, mock_method):
    found = client.update_method(**mock_method, patchOperations=[
        patch("replace", "/authorizationType", "AWS_IAM"),
        patch("replace", "/apiKeyRequired", "true"),
        patch("replace", "/operationName", "listPets"),
        patch("add", "/requestParameters/method.request.querystring.q", "true"),
        patch("add", "/requestModels/application~1json", "Empty"),
    ])
    assert status_of(found) == 200
    assert (found["authorizationType"], found["apiKeyRequired"], found["operationName"]) == ("AWS_IAM", True, "listPets")
    assert found["requestParameters"] == {"method.request.querystring.q": True}
    assert found["requestModels"] == {"application/json": "Empty"}
    found = client.update_method(**mock_method, patchOperations=[
        patch("remove", "/requestParameters/method.request.querystring.q"), patch("remove", "/requestModels/application~1json"),
    ])
    assert not found.get("requestParameters") and not found.get("requestModels")
    assert found["methodIntegration"]["type"] == "MOCK"


@pytest.mark.parametrize("operation", [
    patch("replace", "/httpMethod", "POST"), patch("replace", "/nope", "x"), patch("replace", "/apiKeyRequired", "maybe"),
    patch("add", "/requestParameters/bogus", "true"), patch("replace", "/authorizationType", "MAGIC"),
])
def test_update_refuses(client, mock_method, operation):
    with pytest.raises(client.exceptions.ClientError) as caught:
        client.update_method(**mock_method, patchOperations=[operation])
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_delete_takes_everything_below_along(client, mock_method):
    assert status_of(client.delete_method(**mock_method)) == 204
    for call, extra in (
        (client.get_method, {}), (client.get_integration, {}), (client.get_method_response, {"statusCode": "200"}),
    ):
        with fails("NotFoundException", status=404):
            call(**mock_method, **extra)


def test_method_responses(client, mock_method):
    given = {
        "responseParameters": {"method.response.header.Location": False},
        "responseModels": {"application/json": "Empty"},
    }
    made = client.put_method_response(**mock_method, statusCode="201", **given)
    assert status_of(made) == 201
    assert plain(made) == {"statusCode": "201", **given}
    assert plain(client.get_method_response(**mock_method, statusCode="201")) == plain(made)
    assert set(client.get_method(**mock_method)["methodResponses"]) == {"200", "201"}
    with fails("ConflictException", status=409):
        client.put_method_response(**mock_method, statusCode="201")
    changed = client.update_method_response(**mock_method, statusCode="201", patchOperations=[
        patch("add", "/responseParameters/method.response.header.X-A", "true"),
        patch("remove", "/responseParameters/method.response.header.Location"),
        patch("replace", "/responseModels/application~1json", "Error"),
    ])
    assert status_of(changed) == 201
    assert changed["responseParameters"] == {"method.response.header.X-A": True}
    assert changed["responseModels"] == {"application/json": "Error"}
    assert status_of(client.delete_method_response(**mock_method, statusCode="201")) == 204
    with fails("NotFoundException", "Invalid Response status code specified", 404):
        client.get_method_response(**mock_method, statusCode="201")


@pytest.mark.parametrize("code", ["99", "600", "abc", "2000"])
def test_a_method_response_needs_a_status_code(client, mock_method, code):
    with pytest.raises(client.exceptions.ClientError) as caught:
        client.put_method_response(**mock_method, statusCode=code)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
