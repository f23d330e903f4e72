"""Stage: every member, method settings, canary, and the patch rules."""

import re

import pytest

from harness.faults import fails, patch, status_of

METHOD_DEFAULTS = {
    "cacheTtlInSeconds": 300, "throttlingBurstLimit": 5000, "throttlingRateLimit": 10000.0,
    "requireAuthorizationForCacheControl": True,
    "unauthorizedCacheControlHeaderStrategy": "SUCCEED_WITH_RESPONSE_HEADER",
}


def update(client, api, *operations):
    """UpdateStage of stage dev."""
    return client.update_stage(restApiId=api, stageName="dev", patchOperations=list(operations))


def test_create_get_and_list(client, deployed):
    api, deployment = deployed
    client.create_documentation_version(restApiId=api, documentationVersion="1")
    made = client.create_stage(
        restApiId=api, stageName="prod", deploymentId=deployment, description="d", variables={"a": "1"},
        tracingEnabled=True, tags={"t": "v"})
    assert status_of(made) == 201
    expected = {
        "stageName": "prod", "deploymentId": deployment, "description": "d", "variables": {"a": "1"},
        "tracingEnabled": True, "cacheClusterEnabled": False, "cacheClusterStatus": "NOT_AVAILABLE",
        "methodSettings": {}, "tags": {"t": "v"},
    }
    assert {key: made.get(key) for key in expected} == expected
    assert made["createdDate"] and made["lastUpdatedDate"]
    assert {item["stageName"] for item in client.get_stages(restApiId=api)["item"]} == {"dev", "prod"}
    other = client.create_deployment(restApiId=api)["id"]
    assert client.get_stages(restApiId=api, deploymentId=other)["item"] == []
    assert len(client.get_stages(restApiId=api, deploymentId=deployment)["item"]) == 2


def test_create_refuses(client, deployed):
    api, deployment = deployed
    with fails("ConflictException", "Stage already exists", 409):
        client.create_stage(restApiId=api, stageName="dev", deploymentId=deployment)
    with fails("BadRequestException", "Deployment id does not exist", 400):
        client.create_stage(restApiId=api, stageName="x", deploymentId="aaaaaa")
    with fails("BadRequestException", status=400):
        client.create_stage(restApiId=api, stageName="a b", deploymentId=deployment)
    with fails("NotFoundException", "Invalid stage identifier specified", 404):
        client.get_stage(restApiId=api, stageName="nope")


def test_update_of_the_stage_itself(client, deployed):
    api, _ = deployed
    other = client.create_deployment(restApiId=api)["id"]
    found = update(
        client, api, patch("replace", "/description", "x"), patch("replace", "/deploymentId", other),
        patch("replace", "/variables/a", "1"), patch("replace", "/variables/b", "2"), patch("replace", "/tracingEnabled", "true"),
        patch("replace", "/accessLogSettings/destinationArn", "arn:aws:logs:us-east-1:000000000000:log-group:g"),
        patch("replace", "/accessLogSettings/format", "$context.requestId"),
    )
    assert (found["description"], found["deploymentId"], found["tracingEnabled"]) == ("x", other, True)
    assert found["variables"] == {"a": "1", "b": "2"}
    assert found["accessLogSettings"] == {
        "destinationArn": "arn:aws:logs:us-east-1:000000000000:log-group:g", "format": "$context.requestId"}
    found = update(client, api, patch("remove", "/variables/a"), patch("remove", "/accessLogSettings"))
    assert found["variables"] == {"b": "2"} and "accessLogSettings" not in found


def test_method_settings_for_all_and_for_one_method(client, deployed):
    api, _ = deployed
    found = update(
        client, api, patch("replace", "/*/*/logging/loglevel", "INFO"), patch("replace", "/*/*/metrics/enabled", "true"),
        patch("replace", "/~1pets/GET/throttling/rateLimit", "10.5"), patch("replace", "/~1pets/GET/throttling/burstLimit", "5"),
        patch("replace", "/~1pets/GET/caching/enabled", "true"), patch("replace", "/~1pets/GET/logging/dataTrace", "true"),
    )
    keys = set(found["methodSettings"])
    assert keys == {"*/*", "~1pets/GET"}
    everything, one = found["methodSettings"]["*/*"], found["methodSettings"]["~1pets/GET"]
    assert (everything["loggingLevel"], everything["metricsEnabled"]) == ("INFO", True)
    assert {key: everything[key] for key in METHOD_DEFAULTS} == METHOD_DEFAULTS
    assert (one["throttlingRateLimit"], one["throttlingBurstLimit"]) == (10.5, 5)
    assert (one["cachingEnabled"], one["dataTraceEnabled"]) == (True, True)
    found = update(client, api, patch("remove", "/*/*"))
    assert "*/*" not in found["methodSettings"] and len(found["methodSettings"]) == 1


@pytest.mark.parametrize("key", ["~1pets~1{id}/GET", "pets/{id}/GET", "/pets/{id}/GET", "~1/*", "{proxy+}/ANY"])
def test_a_method_setting_keeps_the_spelling_of_its_key(client, deployed, key):
    """Terraform sends paths without a leading slash and without escapes, the CLI's manual with both."""
    found = update(client, deployed[0], patch("replace", f"/{key}/caching/enabled", "true"))
    assert found["methodSettings"][key]["cachingEnabled"] is True
    assert client.get_stage(restApiId=deployed[0], stageName="dev")["methodSettings"] == found["methodSettings"]
    assert found["methodSettings"][key]["loggingLevel"] == "OFF"
    assert update(client, deployed[0], patch("remove", f"/{key}"))["methodSettings"] == {}


@pytest.mark.parametrize("path", ["/{proxy+}/ANY//throttling/burstLimit", "/pets/FETCH/throttling/burstLimit"])
def test_a_wrong_method_setting_path_is_named(client, deployed, path):
    with fails("BadRequestException", f"Invalid method setting path: {re.escape(path)}$", 400):
        update(client, deployed[0], patch("replace", path, "1"))


def test_removing_a_method_setting_that_is_not_there(client, deployed):
    """Fact 120: with its trailing space."""
    message = r"Cannot remove method setting \*/\* because there is no method setting for this method "
    with fails("BadRequestException", message, 400):
        update(client, deployed[0], patch("remove", "/*/*"))


@pytest.mark.parametrize("operation", [
    patch("replace", "/nope", "x"), patch("replace", "/stageName", "x"), patch("replace", "/createdDate", "1"),
    patch("replace", "/tracingEnabled", "maybe"), patch("replace", "/*/*/logging/loglevel", "LOUD"),
    patch("replace", "/*/*/nope/enabled", "true"), patch("replace", "/*/*/throttling/rateLimit", "fast"),
    patch("replace", "/deploymentId", "aaaaaa"), patch("replace", "/cacheClusterSize", "7"),
    patch("replace", "/*/*/caching/ttlInSeconds", "3601"), patch("replace", "/variables/a b", "x"),
])
def test_update_refuses_and_changes_nothing(client, deployed, operation):
    with pytest.raises(client.exceptions.ClientError) as caught:
        update(client, deployed[0], patch("replace", "/description", "kept?"), operation)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert "description" not in client.get_stage(restApiId=deployed[0], stageName="dev")


def test_canary_settings_and_promotion(client, deployed):
    """Facts 117 and N3: promotion is three copies, the canary stays until it is removed."""
    api, first = deployed
    update(client, api, patch("replace", "/variables/a", "1"))
    canary = client.create_deployment(
        restApiId=api, stageName="dev",
        canarySettings={"percentTraffic": 12.5, "stageVariableOverrides": {"a": "2"}, "useStageCache": False})["id"]
    stage = client.get_stage(restApiId=api, stageName="dev")
    assert stage["deploymentId"] == first
    assert stage["canarySettings"] == {
        "percentTraffic": 12.5, "deploymentId": canary, "stageVariableOverrides": {"a": "2"}, "useStageCache": False}
    found = update(
        client, api, patch("copy", "/deploymentId", **{"from": "/canarySettings/deploymentId"}),
        patch("copy", "/variables", **{"from": "/canarySettings/stageVariableOverrides"}),
        patch("replace", "/canarySettings/percentTraffic", "0.0"))
    assert (found["deploymentId"], found["variables"]) == (canary, {"a": "2"})
    found = update(client, api, patch("remove", "/canarySettings"))
    assert "canarySettings" not in found


def test_promotion_without_a_canary(client, deployed):
    """Fact 118."""
    with fails("BadRequestException", "Promotion not available. Canary does not exist."):
        update(client, deployed[0], patch("copy", "/deploymentId", **{"from": "/canarySettings/deploymentId"}))


def test_delete(client, deployed):
    assert status_of(client.delete_stage(restApiId=deployed[0], stageName="dev")) == 202
    with fails("NotFoundException", status=404):
        client.delete_stage(restApiId=deployed[0], stageName="dev")
