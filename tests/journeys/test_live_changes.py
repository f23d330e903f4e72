"""Edits are invisible until a deployment; what lives on the stage takes effect at once (fact 120)."""

import json

from harness.apis import Api, definition, eventually, mock, proxy
from harness.wire import Connection


def test_edits_need_a_deployment(serve):
    api = serve({"GET /m": mock(200)})
    body = definition({"GET /m": mock(202), "GET /new": mock(200)})
    api.client.put_rest_api(restApiId=api.id, mode="overwrite", body=json.dumps(body))
    assert api.send("GET", "/m").status == 200
    assert api.send("GET", "/new").status == 403
    api.client.create_deployment(restApiId=api.id, stageName="dev")

    def live():
        assert api.send("GET", "/m").status == 202
        assert api.send("GET", "/new").status == 200

    eventually(live)


def test_a_stage_variable_rebinds_uris(serve, backend):
    api = serve({"GET /p": proxy(f"{backend.url}/${{stageVariables.version}}")}, variables={"version": "v1"})
    assert api.send("GET", "/p").json()["target"].endswith("/v1")
    patch = [{"op": "replace", "path": "/variables/version", "value": "v2"}]
    api.client.update_stage(restApiId=api.id, stageName="dev", patchOperations=patch)

    def changed():
        assert api.send("GET", "/p").json()["target"].endswith("/v2")

    eventually(changed)


def test_two_stages_hold_two_deployments_and_two_sets_of_variables(serve, backend):
    api = serve({"GET /p": proxy(f"{backend.url}/${{stageVariables.name}}")}, variables={"name": "dev"})
    api.client.create_deployment(restApiId=api.id, stageName="prod", variables={"name": "prod"})

    def both():
        for stage in ("dev", "prod"):
            answer = api.gateway.send("GET", f"/{stage}/p", api.id)
            assert answer.status == 200 and answer.json()["target"].endswith(f"/{stage}")

    eventually(both)


def test_a_stage_can_point_back_to_an_older_deployment(serve):
    api = serve({"GET /m": mock(200)})
    old = api.client.get_stage(restApiId=api.id, stageName="dev")["deploymentId"]
    api.reimport(definition({"GET /m": mock(202)}))
    eventually(lambda: check(api, 202))
    patch = [{"op": "replace", "path": "/deploymentId", "value": old}]
    api.client.update_stage(restApiId=api.id, stageName="dev", patchOperations=patch)
    eventually(lambda: check(api, 200))


def check(api, status):
    """The MOCK route's status."""
    assert api.send("GET", "/m").status == status


def test_deleting_the_stage_or_the_api_ends_the_service(serve):
    api = serve({"GET /m": mock(200)})
    api.client.delete_stage(restApiId=api.id, stageName="dev")
    eventually(lambda: check(api, 403))
    api.client.delete_rest_api(restApiId=api.id)
    eventually(lambda: check(api, 404))


def test_a_connection_sees_changes_between_its_requests(gateway):
    api = Api(gateway, definition({"GET /m": mock(200)}))
    with Connection(gateway.gateway) as connection:
        connection.request("GET", "/dev/m", api.host)
        assert connection.response().status == 200
        api.reimport(definition({"GET /m": mock(202)}))

        def changed():
            connection.request("GET", "/dev/m", api.host)
            assert connection.response().status == 202

        eventually(changed)
