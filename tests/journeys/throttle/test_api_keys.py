"""API keys: who is let in, and what refusals, logs and back ends see of them (facts 9, T8, T10, L4, L5, L11)."""

import json
import sqlite3

import pytest

from harness.apis import eventually, mock, proxy
from harness.faults import patch
from harness.metered import Metered, keyed
from journeys.observe.test_execution_log import lines_of


@pytest.fixture
def metered(gateway, backend):
    return Metered(gateway, {"GET /k": keyed(proxy(f"{backend.url}/k")), "GET /open": mock(200)})


def refused(answer):
    assert (answer.status, answer.error_type, answer.body) == (403, "ForbiddenException", b'{"message":"Forbidden"}')


def test_fact_9_only_an_enabled_key_in_a_plan_of_the_stage_lets_in(metered):
    refused(metered.send("/k"))
    refused(metered.send("/k", "0" * 40))
    plan = metered.plan()
    key_id, value = metered.key(plan)
    assert metered.send("/k", value).status == 200
    _, stranger = metered.key()
    for wrong in (stranger, value[:-1], value + "0", value.swapcase(), "", " ", "x" * 200):
        refused(metered.send("/k", wrong))
    same, other = [("x-api-key", value), ("X-API-KEY", value)], [("x-api-key", value), ("x-api-key", stranger)]
    assert metered.api.send("GET", "/k", same).status == 200
    refused(metered.api.send("GET", "/k", other))
    change = lambda path, to: metered.client.update_api_key(apiKey=key_id, patchOperations=[patch("replace", path, to)])
    change("/enabled", "false")
    refused(metered.send("/k", value))
    change("/enabled", "true")
    assert metered.send("/k", value).status == 200
    metered.client.delete_usage_plan_key(usagePlanId=plan, keyId=key_id)
    refused(metered.send("/k", value))
    metered.client.create_usage_plan_key(usagePlanId=plan, keyId=key_id, keyType="API_KEY")
    assert metered.send("/k", value).status == 200
    metered.client.delete_api_key(apiKey=key_id)
    refused(metered.send("/k", value))


def test_a_key_of_one_region_is_none_in_another(gateway):
    here = Metered(gateway, {"GET /k": keyed(mock(200))})
    _, value = here.key(here.plan())
    there = Metered(gateway, {"GET /k": keyed(mock(200))})
    refused(there.send("/k", value))
    assert here.send("/k", value).status == 200


def test_fact_t8_a_method_without_a_key_ignores_it(metered):
    plan = metered.plan(throttle={"rateLimit": 0.01, "burstLimit": 1}, quota={"limit": 1, "period": "DAY"})
    _, value = metered.key(plan)
    assert metered.statuses("/open", value, 4) == [200] * 4
    assert metered.statuses("/k", value, 2) == [200, 429]


def test_a_gateway_response_words_the_refusal(gateway):
    responses = {"INVALID_API_KEY": {"statusCode": 402, "responseTemplates": {"application/json": '{"pay":"$context.error.message"}'}}}
    metered = Metered(gateway, {"GET /k": keyed(mock(200))}, **{"x-amazon-apigateway-gateway-responses": responses})
    answer = metered.send("/k")
    assert (answer.status, answer.json()) == (402, {"pay": "Forbidden"})


def test_a_key_shows_in_the_context(gateway):
    integration = mock(200)
    template = '{"key":"$context.identity.apiKey","id":"$context.identity.apiKeyId"}'
    integration["responses"]["default"]["responseTemplates"] = {"application/json": template}
    metered = Metered(gateway, {"GET /k": keyed(integration), "GET /open": integration})
    key_id, value = metered.key(metered.plan())
    assert metered.send("/k", value).json() == {"key": value, "id": key_id}
    assert metered.send("/open", value).json() == {"key": "", "id": ""}


def test_facts_l4_l5_l11_the_log_masks_the_key(metered):
    operations = [patch("replace", "/*/*/logging/loglevel", "INFO"), patch("replace", "/*/*/logging/dataTrace", "true")]
    metered.client.update_stage(restApiId=metered.api.id, stageName="dev", patchOperations=operations)
    answer = metered.send("/k", "nobody-has-this-key-0123456789")
    stage = f"{metered.api.id}/dev"
    masked = "*" * 24 + "456789"
    missing = (
        f"API Key {masked} not authorized because method 'GET /k' requires API Key and API Key is not associated with "
        f"a Usage Plan for API Stage {stage}: "
    )
    verifying = f"Verifying Usage Plan for request: {answer.header('x-amzn-RequestId')}. API Key: {masked} API Stage: {stage}"
    assert lines_of(metered.api, answer)[1:] == [
        verifying, missing + "API Stage is not in a Usage Plan", "Method completed with status: 403"]
    key_id, value = metered.key(metered.plan())
    answer = metered.send("/k", "nobody-has-this-key-0123456789")
    assert lines_of(metered.api, answer)[2] == missing + "No Usage Plan found for key and API Stage"
    answer = metered.send("/k", value)
    masked = "*" * 34 + value[-6:]
    lines = lines_of(metered.api, answer)
    assert lines[2:3] == [f"Usage Plan check succeeded for API Key {masked} and API Stage {stage}"]
    assert lines[5:7] == [f"API Key: {masked}", f"API Key ID: {key_id}"]
    assert not [line for line in lines if value in line and " body" not in line]


def test_no_value_is_in_the_database_in_clear_text(start):
    process = start()
    client = process.client()
    value = "a-value-that-nobody-else-has-0123456789"
    made = client.create_api_key(name="k", value=value, enabled=True)
    csv = f"name,key,enabled\nimported,{value}-imported,true\n"
    client.import_api_keys(body=csv, format="csv")
    assert client.get_api_key(apiKey=made["id"], includeValue=True)["value"] == value
    with pytest.raises(client.exceptions.ConflictException, match="API Key already exists"):
        client.create_api_key(name="again", value=value)
    process.terminate()
    for path in process.data_dir.rglob("*"):
        assert not path.is_file() or value.encode() not in path.read_bytes(), path
    process.start()
    assert {key["value"] for key in process.client().get_api_keys(includeValues=True)["items"]} == {value, f"{value}-imported"}


def test_values_of_earlier_versions_are_sealed_at_the_start(start):
    process = start()
    metered = Metered(process, {"GET /k": keyed(mock(200))})
    plan = metered.plan()
    key_id, value = metered.key(plan)
    process.terminate()
    as_it_was(process.data_dir / "stagegate.db", key_id, value)
    process.start()
    eventually(lambda: serves(metered, value))
    assert process.client().get_api_key(apiKey=key_id, includeValue=True)["value"] == value
    with pytest.raises(metered.client.exceptions.ConflictException):
        process.client().create_api_key(name="again", value=value)
    process.terminate()
    rows = b"".join(path.read_bytes() for path in process.data_dir.glob("stagegate.db*"))
    assert b'"value":"' + value.encode() not in rows


def serves(metered, value):
    assert metered.send("/k", value).status == 200


def as_it_was(path, key_id, value):
    """Turns the rows of a key into those that earlier versions wrote."""
    import hashlib

    with sqlite3.connect(path) as database:
        table, key, body = place(database)
        rows = dict(database.execute(f"select {key}, {body} from {table}").fetchall())
        name, document = next((name, json.loads(text)) for name, text in rows.items() if name.endswith(f"/apikeys/{key_id}"))
        old = {k: v for k, v in document.items() if k not in ("sealed", "digest", "plans")} | {"value": value}
        database.execute(f"update {table} set {body} = ? where {key} = ?", (json.dumps(old).encode(), name))
        digest = name.replace(f"/apikeys/{key_id}", f"/apikeyvalues/{document['digest']}")
        former = name.replace(f"/apikeys/{key_id}", f"/apikeyvalues/{hashlib.sha256(value.encode()).hexdigest()}")
        database.execute(f"update {table} set {key} = ? where {key} = ?", (former, digest))


def place(database):
    """The table of rows, and its columns of keys and bodies."""
    for (table,) in database.execute("select name from sqlite_master where type = 'table'").fetchall():
        columns = [column[1] for column in database.execute(f"pragma table_info({table})")]
        if {"key", "body"} <= set(columns):
            return table, "key", "body"
    raise AssertionError("no table of rows")
