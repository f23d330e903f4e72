"""How a request finds its API: the execute-api Host first, then x-apigw-api-id."""

import pytest

from harness.apis import eventually, mock
from harness.wire import Connection, exchange


@pytest.fixture
def api(serve):
    """An API with one MOCK route."""
    return serve({"GET /a": mock(200)})


def test_the_execute_api_host_addresses_an_api_whatever_its_port_and_letter_case(api, gateway):
    for host in (
        f"{api.id}.execute-api.us-east-1.localhost:{gateway.gateway}",
        f"{api.id}.execute-api.us-east-1.localhost",
        f"{api.id}.execute-api.us-east-1.localhost:1",
        f"{api.id}.EXECUTE-API.us-east-1.LocalHost",
    ):
        assert exchange(gateway.gateway, "GET", "/dev/a", host).status == 200, host


@pytest.mark.parametrize("host", [
    "aaaaaaaaaa.execute-api.us-east-1.localhost",
    "{id}.execute-api.eu-west-1.localhost",
])
def test_an_unknown_api_is_404_with_a_message_that_says_so(api, gateway, host):
    answer = exchange(gateway.gateway, "GET", "/dev/a", host.format(id=api.id))
    assert answer.status == 404
    assert answer.header("Content-Type") == "application/json"
    assert "api" in answer.json()["message"].lower()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "api.example.com", "{id}.execute-api.us-east-1.example.com"])
def test_a_host_that_names_no_api_is_404(api, gateway, host):
    answer = exchange(gateway.gateway, "GET", "/dev/a", host.format(id=api.id))
    assert answer.status == 404
    assert answer.json()["message"]


def test_the_header_addresses_an_api_on_any_other_host(api, gateway):
    for host in ("127.0.0.1", "localhost:80", "api.example.com"):
        answer = exchange(gateway.gateway, "GET", "/dev/a", host, [("x-apigw-api-id", api.id)])
        assert answer.status == 200, host


def test_the_header_does_not_count_beside_an_execute_api_host(api, gateway, serve):
    other = serve({"GET /a": mock(202)})
    headers = [("x-apigw-api-id", other.id)]
    assert exchange(gateway.gateway, "GET", "/dev/a", api.host, headers).status == 200
    unknown = "aaaaaaaaaa.execute-api.us-east-1.localhost"
    assert exchange(gateway.gateway, "GET", "/dev/a", unknown, headers).status == 404


def test_a_duplicate_api_id_header_is_400(api, gateway):
    headers = [("x-apigw-api-id", api.id), ("X-Apigw-Api-Id", api.id)]
    assert exchange(gateway.gateway, "GET", "/dev/a", "localhost", headers).status == 400


def test_the_absolute_form_has_to_agree_with_host(api, gateway):
    with Connection(gateway.gateway) as connection:
        connection.request("GET", f"http://{api.host}/dev/a", api.host)
        assert connection.response().status == 200
    with Connection(gateway.gateway) as connection:
        connection.request("GET", f"http://{api.host}/dev/a", "localhost")
        assert connection.response().status == 400
        assert connection.closed()


def test_regions_stand_side_by_side(serve, gateway):
    here = serve({"GET /a": mock(200)}, title="here")
    there = serve({"GET /a": mock(202)}, title="there", region="eu-central-1")
    assert here.send("GET", "/a").status == 200
    assert there.send("GET", "/a").status == 202
    assert exchange(gateway.gateway, "GET", "/dev/a", gateway.host(there.id, "us-east-1")).status == 404
    listed = {api["id"] for api in there.client.get_rest_apis(limit=500)["items"]}
    assert there.id in listed and here.id not in listed
    with pytest.raises(there.client.exceptions.NotFoundException):
        there.client.get_rest_api(restApiId=here.id)


def test_a_disabled_execute_api_endpoint_refuses_after_the_next_deployment(api):
    """D4: 403 Forbidden, effective with a deployment."""
    patch = [{"op": "replace", "path": "/disableExecuteApiEndpoint", "value": "true"}]
    api.client.update_rest_api(restApiId=api.id, patchOperations=patch)
    assert api.send("GET", "/a").status == 200
    api.client.create_deployment(restApiId=api.id, stageName="dev")

    def refused():
        answer = api.send("GET", "/a")
        assert (answer.status, answer.body) == (403, b'{"message":"Forbidden"}')

    eventually(refused)
