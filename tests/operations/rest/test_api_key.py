"""ApiKey: values, filters, files. Keys belong to the account, so the tests look only at their own."""

import uuid

import pytest

from harness.faults import fails, patch, status_of


@pytest.fixture
def name():
    """A prefix that no other test uses."""
    return f"key-{uuid.uuid4()}"


def test_create_get_update_delete(client, name):
    made = client.create_api_key(name=name, description="d", tags={"a": "b"})
    assert status_of(made) == 201
    assert (len(made["value"]), made["enabled"], made["stageKeys"]) == (40, False, []), "fact 129"
    assert "value" not in client.get_api_key(apiKey=made["id"])
    assert client.get_api_key(apiKey=made["id"], includeValue=True)["value"] == made["value"]
    operations = [patch("replace", "/enabled", "true"), patch("replace", "/customerId", "c")]
    updated = client.update_api_key(apiKey=made["id"], patchOperations=operations)
    assert (updated["enabled"], updated["customerId"]) == (True, "c")
    assert status_of(client.delete_api_key(apiKey=made["id"])) == 202
    with fails("NotFoundException", "Invalid API Key identifier specified", 404):
        client.get_api_key(apiKey=made["id"])


def test_values_are_unique_and_long(client, name):
    value = uuid.uuid4().hex
    client.create_api_key(name=name, value=value)
    with fails("ConflictException", "API Key already exists", 409):
        client.create_api_key(name=name, value=value)
    with fails("BadRequestException", "API Key value should be at least 20 characters", 400):
        client.create_api_key(name=name, value="short")


def test_keys_are_found_by_the_beginning_of_their_name(client, name):
    """Fact 129."""
    made = {client.create_api_key(name=f"{name}-{number}")["id"] for number in range(5)}
    pages = list(client.get_paginator("get_api_keys").paginate(nameQuery=name, PaginationConfig={"PageSize": 2}))
    assert [len(page["items"]) for page in pages] == [2, 2, 1]
    assert {item["id"] for page in pages for item in page["items"]} == made
    assert client.get_api_keys(nameQuery=name[1:])["items"] == []
    assert all(len(item["value"]) == 40 for item in client.get_api_keys(nameQuery=name, includeValues=True)["items"])


def test_a_file_of_keys_is_imported(client, name):
    plan = client.create_usage_plan(name=name)["id"]
    values = [uuid.uuid4().hex for _ in range(2)]
    file = (f'Name,key,description,Enabled,usageplanIds\n{name}-1,{values[0]},"a, b",FALSE,{plan}\n'
            f'{name}-2,{values[1]},,TRUE,nosuch\n')
    with fails("BadRequestException", "(?s)Warnings found during import.*nosuch", 400):
        client.import_api_keys(body=file.encode(), format="csv", failOnWarnings=True)
    assert client.get_api_keys(nameQuery=name)["items"] == []
    made = client.import_api_keys(body=file.encode(), format="csv")
    assert status_of(made) == 201
    assert len(made["ids"]) == 2 and len(made["warnings"]) == 1
    first = client.get_api_key(apiKey=made["ids"][0], includeValue=True)
    assert (first["description"], first["enabled"], first["value"]) == ("a, b", False, values[0])
    assert [key["id"] for key in client.get_usage_plan_keys(usagePlanId=plan)["items"]] == made["ids"][:1]
