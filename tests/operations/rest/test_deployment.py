"""Deployment: freezing an API."""

import pytest

from harness.faults import fails, patch, status_of


def test_an_api_without_methods_cannot_be_deployed(client, api):
    with fails("BadRequestException", "The REST API doesn't contain any methods", 400):
        client.create_deployment(restApiId=api[0])


def test_a_method_without_an_integration_cannot_be_deployed(client, pets):
    client.put_method(**pets, httpMethod="GET", authorizationType="NONE")
    with fails("BadRequestException", "No integration defined for method", 400):
        client.create_deployment(restApiId=pets["restApiId"], stageName="dev")


def test_create_get_and_list(client, mock_method):
    api = mock_method["restApiId"]
    made = client.create_deployment(restApiId=api, description="first")
    assert status_of(made) == 201
    assert made["description"] == "first" and made["createdDate"]
    assert len(made["id"]) == 6
    assert client.get_stages(restApiId=api)["item"] == []
    found = client.get_deployment(restApiId=api, deploymentId=made["id"], embed=["apisummary"])
    assert found["apiSummary"] == {"/pets": {"GET": {"authorizationType": "NONE", "apiKeyRequired": False}}}
    second = client.create_deployment(restApiId=api)
    listed = {item["id"] for item in client.get_deployments(restApiId=api)["items"]}
    assert listed == {made["id"], second["id"]}
    page = client.get_deployments(restApiId=api, limit=1)
    assert len(page["items"]) == 1 and page["position"]


def test_a_stage_is_made_or_moved_along(client, mock_method):
    api = mock_method["restApiId"]
    first = client.create_deployment(
        restApiId=api, stageName="dev", stageDescription="d", variables={"a": "1"}, tracingEnabled=True)
    stage = client.get_stage(restApiId=api, stageName="dev")
    assert (stage["deploymentId"], stage["description"], stage["variables"]) == (first["id"], "d", {"a": "1"})
    assert stage["tracingEnabled"] is True
    second = client.create_deployment(restApiId=api, stageName="dev")
    stage = client.get_stage(restApiId=api, stageName="dev")
    assert (stage["deploymentId"], stage["variables"]) == (second["id"], {"a": "1"})


def test_a_deployment_in_use_cannot_be_deleted(client, deployed):
    """Fact 119."""
    api, deployment = deployed
    with fails("BadRequestException", "Active stages pointing to this deployment must be moved or deleted", 400):
        client.delete_deployment(restApiId=api, deploymentId=deployment)
    client.delete_stage(restApiId=api, stageName="dev")
    assert status_of(client.delete_deployment(restApiId=api, deploymentId=deployment)) == 202
    with fails("NotFoundException", "Invalid Deployment identifier specified", 404):
        client.get_deployment(restApiId=api, deploymentId=deployment)


def test_update(client, deployed):
    api, deployment = deployed
    found = client.update_deployment(restApiId=api, deploymentId=deployment, patchOperations=[patch("replace", "/description", "x")])
    assert found["description"] == "x"
    with fails("BadRequestException", r"Invalid patch path.*"):
        client.update_deployment(restApiId=api, deploymentId=deployment, patchOperations=[patch("replace", "/id", "x")])


def test_a_canary_deployment_needs_a_stage(client, mock_method):
    """Fact 118."""
    message = (
        "Invalid deployment content specified.Non null and non empty stageName must be provided for canary "
        "deployment. Provided value is null"
    )
    with fails("BadRequestException", message, 400):
        client.create_deployment(restApiId=mock_method["restApiId"], canarySettings={"percentTraffic": 10.0})


@pytest.mark.parametrize("name", ["a b", "a/b", "ü", "a.b"])
def test_a_bad_stage_name_is_refused(client, mock_method, name):
    with fails("BadRequestException", status=400):
        client.create_deployment(restApiId=mock_method["restApiId"], stageName=name)
