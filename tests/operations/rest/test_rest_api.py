"""RestApi: create, get, list, update, delete."""

import datetime
import json
import re

import pytest

from harness.faults import fails, patch, status_of

POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}],
}


def test_create_answers_aws_defaults(client):
    """Fact 128."""
    made = client.create_rest_api(name="defaults")
    assert status_of(made) == 201
    assert re.fullmatch(r"[a-z0-9]{10}", made["id"])
    assert re.fullmatch(r"[a-z0-9]{10}", made["rootResourceId"])
    age = datetime.datetime.now(datetime.timezone.utc) - made["createdDate"]
    assert abs(age.total_seconds()) < 60
    expected = {
        "name": "defaults", "apiKeySource": "HEADER", "disableExecuteApiEndpoint": False,
        "endpointConfiguration": {"types": ["EDGE"], "ipAddressType": "ipv4"},
    }
    assert {key: made[key] for key in expected} == expected
    assert not {"description", "version", "binaryMediaTypes", "minimumCompressionSize", "policy"} & set(made)


def test_every_member_of_create_comes_back(client):
    given = {
        "name": "full", "description": "d", "version": "v1", "binaryMediaTypes": ["image/png", "*/*"],
        "minimumCompressionSize": 100, "apiKeySource": "AUTHORIZER", "disableExecuteApiEndpoint": True,
        "endpointConfiguration": {"types": ["REGIONAL"], "ipAddressType": "dualstack"}, "tags": {"team": "pets"},
    }
    made = client.create_rest_api(**given, policy=json.dumps(POLICY))
    found = client.get_rest_api(restApiId=made["id"])
    for answer in (made, found):
        assert {key: answer[key] for key in given} == given
        assert "execute-api:Invoke" in answer["policy"]
    assert status_of(found) == 200


def test_a_private_api_is_dual_stack_and_nothing_else(client):
    made = client.create_rest_api(name="private", endpointConfiguration={"types": ["PRIVATE"]})
    assert made["endpointConfiguration"]["ipAddressType"] == "dualstack"
    with fails("BadRequestException", "Only dualstack ipAddressType is supported for Private APIs."):
        client.create_rest_api(name="p", endpointConfiguration={"types": ["PRIVATE"], "ipAddressType": "ipv4"})


def test_a_value_outside_an_enumeration_is_a_constraint_error(client):
    """Fact 125."""
    message = (
        r"1 validation error detected: Value '\[BOGUS\]' at 'createRestApiInput.endpointConfiguration.types' "
        r"failed to satisfy constraint: .+"
    )
    with fails("ValidationException", message, 400):
        client.create_rest_api(name="x", endpointConfiguration={"types": ["BOGUS"]})


@pytest.mark.parametrize("arguments", [
    {"name": "x", "minimumCompressionSize": -1},
    {"name": "x", "minimumCompressionSize": 10485761},
    {"name": "x", "policy": "not JSON"},
    {"name": ""},
])
def test_create_refuses_what_aws_refuses(client, arguments):
    with pytest.raises((client.exceptions.BadRequestException, client.exceptions.ClientError)) as caught:
        client.create_rest_api(**arguments)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_an_unknown_or_upper_cased_id_is_not_found(client, api):
    """Facts 37 and 126."""
    for wrong in ("aaaaaaaaaa", api[0].upper()):
        with fails("NotFoundException", f"Invalid API identifier specified 000000000000:{wrong}", 404):
            client.get_rest_api(restApiId=wrong)
    with fails("NotFoundException", status=404):
        client.delete_rest_api(restApiId="aaaaaaaaaa")
    with fails("NotFoundException", status=404):
        client.get_resources(restApiId="aaaaaaaaaa")


def test_lists_are_paged(start):
    client = start().client()
    made = {client.create_rest_api(name=f"api-{n}")["id"] for n in range(7)}
    seen, position = [], {}
    while True:
        page = client.get_rest_apis(limit=3, **position)
        assert len(page["items"]) <= 3
        seen += [item["id"] for item in page["items"]]
        if "position" not in page:
            break
        position = {"position": page["position"]}
    assert len(seen) == 7 and set(seen) == made
    pages = client.get_paginator("get_rest_apis").paginate(PaginationConfig={"PageSize": 2})
    assert {item["id"] for page in pages for item in page["items"]} == made
    assert len(client.get_rest_apis()["items"]) == 7
    client.delete_rest_api(restApiId=seen[0])
    assert len(client.get_rest_apis()["items"]) == 6


def test_a_bad_position_or_limit_is_refused(client):
    for arguments in ({"position": "!!!"}, {"limit": -1}):
        with pytest.raises(client.exceptions.ClientError) as caught:
            client.get_rest_apis(**arguments)
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_update_sets_every_documented_pointer(client, api):
    found = client.update_rest_api(restApiId=api[0], patchOperations=[
        patch("replace", "/name", "new"),
        patch("replace", "/description", "about"),
        patch("replace", "/apiKeySource", "AUTHORIZER"),
        patch("replace", "/minimumCompressionSize", "1024"),
        patch("replace", "/disableExecuteApiEndpoint", "true"),
        patch("replace", "/policy", json.dumps(POLICY)),
        patch("add", "/binaryMediaTypes/image~1png"),
        patch("add", "/binaryMediaTypes/image~1gif"),
        patch("replace", "/endpointConfiguration/types/EDGE", "REGIONAL"),
    ])
    assert status_of(found) == 200
    assert (found["name"], found["description"], found["apiKeySource"]) == ("new", "about", "AUTHORIZER")
    assert (found["minimumCompressionSize"], found["disableExecuteApiEndpoint"]) == (1024, True)
    assert sorted(found["binaryMediaTypes"]) == ["image/gif", "image/png"]
    assert found["endpointConfiguration"]["types"] == ["REGIONAL"]
    assert "policy" in found
    found = client.update_rest_api(restApiId=api[0], patchOperations=[
        patch("remove", "/binaryMediaTypes/image~1png"), patch("replace", "/binaryMediaTypes/image~1gif", "image/webp"),
    ])
    assert found["binaryMediaTypes"] == ["image/webp"]
    found = client.update_rest_api(restApiId=api[0], patchOperations=[
        patch("replace", "/binaryMediaTypes/image~1webp", "image~1avif")])
    assert found["binaryMediaTypes"] == ["image/avif"], "the value may be escaped like the path"


@pytest.mark.parametrize("operation", [
    patch("replace", "/nope", "x"), patch("replace", "/id", "x"), patch("replace", "/createdDate", "1"),
    patch("remove", "/name"), patch("add", "/name", "x"), patch("replace", "/apiKeySource", "COOKIE"),
    patch("replace", "/minimumCompressionSize", "many"), patch("replace", "/disableExecuteApiEndpoint", "perhaps"),
    patch("copy", "/name", **{"from": "/description"}), patch("test", "/name", "x"), patch("replace", "name", "x"),
])
def test_update_refuses_other_pointers_operations_and_values_and_changes_nothing(client, api, operation):
    with pytest.raises(client.exceptions.ClientError) as caught:
        client.update_rest_api(restApiId=api[0], patchOperations=[patch("replace", "/description", "kept?"), operation])
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert "description" not in client.get_rest_api(restApiId=api[0])


def test_a_wrong_pointer_is_answered_in_one_of_aws_two_wordings(client, api):
    """Fact 127."""
    with fails("BadRequestException", r"Invalid patch path  '/nope' specified for op 'replace'\. Must be one of: \[.+\]|Invalid patch path /nope"):
        client.update_rest_api(restApiId=api[0], patchOperations=[patch("replace", "/nope", "x")])


def test_delete_takes_everything_along(client, deployed):
    api_id, _ = deployed
    assert status_of(client.delete_rest_api(restApiId=api_id)) == 202
    for call in (client.get_rest_api, client.get_resources, client.get_stages, client.get_deployments):
        with fails("NotFoundException"):
            call(restApiId=api_id)


def test_a_page_has_25_items_unless_more_are_asked_for(start):
    client = start().client()
    for number in range(27):
        client.create_rest_api(name=f"n{number}")
    assert len(client.get_rest_apis()["items"]) == 25
    assert len(client.get_rest_apis(limit=500)["items"]) == 27
