"""Fixtures of the control-plane tests: an empty API, one with a deployed MOCK method, and processes that refuse calls."""

import pytest
from harness.process import Stagegate
from operations.nobody import SETTINGS


@pytest.fixture(scope="module")
def peopled(tmp_path_factory):
    """A process with a user who may do nothing."""
    process = Stagegate(tmp_path_factory.mktemp("peopled") / "data", SETTINGS).start()
    yield process
    process.stop()


@pytest.fixture(scope="module")
def still(tmp_path_factory):
    """A process whose rate of calls is zero."""
    settings = "[quotas]\ncontrol_plane_rate_per_second = 0\n"
    process = Stagegate(tmp_path_factory.mktemp("still") / "data", settings).start()
    yield process
    process.stop()


@pytest.fixture
def api(client):
    """An API without resources but the root: its id and the root's id."""
    made = client.create_rest_api(name="test")
    return made["id"], made["rootResourceId"]


@pytest.fixture
def pets(client, api):
    """`api` with a resource /pets: API id and resource id."""
    made = client.create_resource(restApiId=api[0], parentId=api[1], pathPart="pets")
    return {"restApiId": api[0], "resourceId": made["id"]}


@pytest.fixture
def mock_method(client, pets):
    """`pets` with a complete MOCK method GET."""
    method = {**pets, "httpMethod": "GET"}
    client.put_method(**method, authorizationType="NONE")
    client.put_method_response(**method, statusCode="200")
    client.put_integration(**method, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    client.put_integration_response(**method, statusCode="200")
    return method


@pytest.fixture
def deployed(client, mock_method):
    """`mock_method` deployed to stage dev: API id and deployment id."""
    made = client.create_deployment(restApiId=mock_method["restApiId"], stageName="dev")
    return mock_method["restApiId"], made["id"]
