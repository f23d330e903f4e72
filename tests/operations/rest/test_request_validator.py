"""RequestValidator: made, patched, referred to, deleted."""

import pytest

from harness.faults import fails, patch, status_of


def test_create_get_list_update_delete(client, api):
    made = client.create_request_validator(restApiId=api[0], name="body", validateRequestBody=True)
    assert status_of(made) == 201
    assert (made["name"], made["validateRequestBody"], made["validateRequestParameters"]) == ("body", True, False)
    one = {"restApiId": api[0], "requestValidatorId": made["id"]}
    operations = [patch("replace", "/name", "both"), patch("replace", "/validateRequestParameters", "true")]
    client.update_request_validator(**one, patchOperations=operations)
    found = client.get_request_validator(**one)
    assert (found["name"], found["validateRequestParameters"]) == ("both", True)
    listed = client.get_request_validators(restApiId=api[0])["items"]
    assert [item["id"] for item in listed] == [made["id"]]
    assert status_of(client.delete_request_validator(**one)) == 202
    for call in (client.get_request_validator, client.delete_request_validator):
        with fails("NotFoundException", "Invalid Request Validator identifier specified", 404):
            call(**one)


def test_list_is_paged(client, api):
    for number in range(5):
        client.create_request_validator(restApiId=api[0], name=f"v{number}")
    pages = client.get_paginator("get_request_validators").paginate(restApiId=api[0], PaginationConfig={"PageSize": 2})
    assert [len(page["items"]) for page in pages] == [2, 2, 1]


def test_a_name_is_taken_once(client, api):
    client.create_request_validator(restApiId=api[0], name="v")
    with fails("ConflictException", "Request Validator name must be unique", 409):
        client.create_request_validator(restApiId=api[0], name="v")


def test_a_method_refers_to_it_by_its_id(client, api):
    made = client.create_request_validator(restApiId=api[0], name="v")
    method = {"restApiId": api[0], "resourceId": api[1], "httpMethod": "GET"}
    with fails("BadRequestException", "Invalid Request Validator identifier specified", 400):
        client.put_method(**method, authorizationType="NONE", requestValidatorId="nosuch")
    client.put_method(**method, authorizationType="NONE", requestValidatorId=made["id"])
    with fails("ConflictException", "Cannot delete request validator 'v', is referenced in method: GET//", 409):
        client.delete_request_validator(restApiId=api[0], requestValidatorId=made["id"])


@pytest.mark.parametrize("path", ["/id", "/nothing"])
def test_other_patch_paths_are_refused(client, api, path):
    made = client.create_request_validator(restApiId=api[0], name="v")
    message = rf"Invalid patch path  '{path}' specified for op 'replace'. Must be one of: \[/name, /validateRequestBody, /validateRequestParameters\]"
    with fails("BadRequestException", message, 400):
        client.update_request_validator(
            restApiId=api[0], requestValidatorId=made["id"], patchOperations=[patch("replace", path, "x")])
