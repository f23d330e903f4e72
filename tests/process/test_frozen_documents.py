"""What deployments froze: gone from the database with the last deployment that needs it, and with its API."""

import sqlite3

import pytest

from harness.apis import Api, definition, mock
from harness.http_apis import HttpApi


@pytest.fixture
def process(start):
    return start()


def frozen(process):
    """How many frozen documents the database has."""
    (path,) = [path for path in process.data_dir.iterdir() if path.suffix == ".db"]
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        return database.execute("select count(*) from blobs").fetchone()[0]


def test_of_rest_apis(process):
    apis = [Api(process, definition({"GET /r": mock(200)})) for _ in range(2)]
    api = apis[0]
    first = api.client.get_stage(restApiId=api.id, stageName="dev")["deploymentId"]
    same = api.deploy()
    assert frozen(process) == 2, "nothing has changed between the two"
    api.reimport(definition({"GET /r": mock(201)}))
    assert frozen(process) == 3
    api.client.delete_deployment(restApiId=api.id, deploymentId=first)
    assert frozen(process) == 3
    api.client.delete_deployment(restApiId=api.id, deploymentId=same)
    assert frozen(process) == 2
    assert api.send("GET", "/r").status == 201
    api.client.delete_rest_api(restApiId=api.id)
    assert frozen(process) == 1
    assert apis[1].send("GET", "/r").status == 200, "the neighbour has its own"


def test_of_http_apis(process):
    api = HttpApi(process, stage="dev")
    target = api.proxy("http://127.0.0.1:9/")
    api.client.create_route(ApiId=api.id, RouteKey="GET /r", Target=target)
    api.client.create_route(ApiId=api.id, RouteKey="GET /s", Target=target)
    served = api.client.get_stage(ApiId=api.id, StageName="dev")["DeploymentId"]
    deployments = [one["DeploymentId"] for one in api.client.get_deployments(ApiId=api.id)["Items"]]
    before = frozen(process)
    assert before == len(deployments) > 1
    for deployment in deployments:
        if deployment != served:
            api.client.delete_deployment(ApiId=api.id, DeploymentId=deployment)
    assert frozen(process) == 1
    api.client.delete_api(ApiId=api.id)
    assert frozen(process) == 0
