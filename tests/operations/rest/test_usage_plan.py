"""UsagePlan, UsagePlanKey and usage."""

import datetime

import pytest

from harness.faults import fails, patch, status_of


@pytest.fixture
def plan(client):
    """A plan with a quota per day."""
    return client.create_usage_plan(name="plan", quota={"limit": 10, "period": "DAY"})["id"]


@pytest.fixture
def key(client):
    """A key: id and value."""
    made = client.create_api_key(name="key", enabled=True)
    return made["id"], made["value"]


def test_a_plan_lives_from_create_to_delete(client, deployed):
    throttle = {"/pets/GET": {"burstLimit": 2, "rateLimit": 1.5}}
    made = client.create_usage_plan(
        name="gold", description="d", apiStages=[{"apiId": deployed[0], "stage": "dev", "throttle": throttle}],
        throttle={"burstLimit": 10, "rateLimit": 5.5}, quota={"limit": 100, "offset": 1, "period": "WEEK"}, tags={"a": "b"})
    assert status_of(made) == 201
    found = client.get_usage_plan(usagePlanId=made["id"])
    for member in ("name", "description", "apiStages", "throttle", "quota", "tags"):
        assert found[member] == made[member]
    assert found["apiStages"][0]["throttle"] == throttle
    message = f"Cannot delete Usage Plan {made['id']} because there are API Stages associated with it, including {deployed[0]}:dev"
    with fails("BadRequestException", message, 400):
        client.delete_usage_plan(usagePlanId=made["id"])
    operations = [patch("remove", "/apiStages", f"{deployed[0]}:dev"), patch("remove", "/throttle"),
                  patch("replace", "/quota/limit", "7"), patch("add", "/productCode", "p")]
    updated = client.update_usage_plan(usagePlanId=made["id"], patchOperations=operations)
    assert (updated["apiStages"], updated["quota"]["limit"], updated["productCode"]) == ([], 7, "p")
    assert "throttle" not in updated
    assert made["id"] in {item["id"] for page in client.get_paginator("get_usage_plans").paginate() for item in page["items"]}
    assert status_of(client.delete_usage_plan(usagePlanId=made["id"])) == 202
    with fails("NotFoundException", "Invalid Usage Plan ID specified", 404):
        client.get_usage_plan(usagePlanId=made["id"])


@pytest.mark.parametrize("resource", ["~1pets", "/pets"])
def test_method_throttles_are_patched_with_and_without_escapes(client, deployed, plan, resource):
    """AWS's page writes them escaped, Terraform does not."""
    at = f"/apiStages/{deployed[0]}:dev/throttle/{resource}/GET"
    operations = [patch("add", "/apiStages", f"{deployed[0]}:dev"), patch("replace", f"{at}/rateLimit", "2.5"),
                  patch("replace", f"{at}/burstLimit", "3")]
    updated = client.update_usage_plan(usagePlanId=plan, patchOperations=operations)
    assert updated["apiStages"][0]["throttle"] == {"/pets/GET": {"rateLimit": 2.5, "burstLimit": 3}}
    updated = client.update_usage_plan(usagePlanId=plan, patchOperations=[patch("remove", at)])
    assert "throttle" not in updated["apiStages"][0]


def test_what_no_plan_takes_is_refused(client, plan):
    with fails("NotFoundException", "API Stage not found: nosuch:dev", 404):
        client.create_usage_plan(name="x", apiStages=[{"apiId": "nosuch", "stage": "dev"}])
    with fails("BadRequestException", "Usage Plan quota offset must be zero in the DAY period", 400):
        client.create_usage_plan(name="x", quota={"limit": 1, "offset": 1, "period": "DAY"})
    with fails("BadRequestException", status=400):
        client.update_usage_plan(usagePlanId=plan, patchOperations=[patch("replace", "/apiStages", "a:b")])


def test_keys_join_and_leave_plans(client, plan, key):
    made = client.create_usage_plan_key(usagePlanId=plan, keyId=key[0], keyType="API_KEY")
    assert status_of(made) == 201
    assert (made["id"], made["type"], made["value"], made["name"]) == (key[0], "API_KEY", key[1], "key")
    assert client.get_usage_plan_key(usagePlanId=plan, keyId=key[0])["value"] == key[1]
    assert [item["id"] for item in client.get_usage_plan_keys(usagePlanId=plan, nameQuery="k")["items"]] == [key[0]]
    assert [item["id"] for item in client.get_usage_plans(keyId=key[0])["items"]] == [plan]
    with fails("ConflictException", status=409):
        client.create_usage_plan_key(usagePlanId=plan, keyId=key[0], keyType="API_KEY")
    assert status_of(client.delete_usage_plan_key(usagePlanId=plan, keyId=key[0])) == 202
    with fails("NotFoundException", status=404):
        client.get_usage_plan_key(usagePlanId=plan, keyId=key[0])
    with fails("NotFoundException", "Invalid API Key identifier specified", 404):
        client.create_usage_plan_key(usagePlanId=plan, keyId="nosuch", keyType="API_KEY")


def test_usage_is_told_day_by_day(client, plan, key):
    client.create_usage_plan_key(usagePlanId=plan, keyId=key[0], keyType="API_KEY")
    updated = client.update_usage(usagePlanId=plan, keyId=key[0], patchOperations=[patch("replace", "/remaining", "25")])
    assert updated["items"] == {key[1]: [[0, 25]]}
    today = datetime.date.fromisoformat(updated["startDate"])
    yesterday = today - datetime.timedelta(days=1)
    told = client.get_usage(usagePlanId=plan, startDate=str(yesterday), endDate=str(today))
    assert told["items"] == {key[1]: [[0, 10], [0, 25]]}
    assert (told["usagePlanId"], told["startDate"], told["endDate"]) == (plan, str(yesterday), str(today))
    with fails("BadRequestException", status=400):
        client.get_usage(usagePlanId=plan, startDate=str(today), endDate=str(yesterday))
