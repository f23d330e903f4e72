"""The execution log: AWS's lines in AWS's order, by level, for each method of a stage (facts 121, L1 to L14)."""

import re

import pytest

from harness.apis import eventually, mock, proxy
from harness.faults import patch


@pytest.fixture
def api(serve, backend):
    """Two routes; `log` sets what their stage writes down."""
    api = serve({"GET /pets/{id}": proxy(f"{backend.url}/p"), "POST /m": mock(200)})

    def log(**settings):
        names = {"level": "logging/loglevel", "data": "logging/dataTrace"}
        operations = [
            patch("replace", f"/{place.replace('/', '~1', place.count('/') - 1)}/{names[name]}", value)
            for place, levels in settings.items() for name, value in levels.items()]
        api.client.update_stage(restApiId=api.id, stageName="dev", patchOperations=operations)
        api.wait_until_live()

    api.log = lambda levels: log(**levels)
    return api


def lines_of(api, answer, last="Method completed with status"):
    """The lines of a request, found by the id in its answer, once the last one is there."""
    path = api.gateway.data_dir / "logs" / f"API-Gateway-Execution-Logs_{api.id}_dev.log"
    prefix = f"({answer.header('x-amzn-RequestId')}) "

    def find():
        assert path.exists()
        found = [line.removeprefix(prefix) for line in path.read_text().splitlines() if line.startswith(prefix)]
        assert any(line.startswith(last) for line in found), found
        return found

    return [re.sub(r"latency: \d+ ms", "latency: N ms", line) for line in eventually(find)]


def test_info_with_data_trace_writes_the_whole_way(api, backend):
    api.log({"*/*": {"level": "INFO", "data": "true"}})
    backend.replies(200, [("Content-Type", "text/plain")], b"two\nlines")
    answer = api.send("GET", "/pets/7?x=1", [("x-api-key", "0123456789"), ("Authorization", "Bearer token-of-mine")])
    lines = lines_of(api, answer)
    request_id = answer.header("x-amzn-RequestId")
    assert lines[:6] == [
        f"Extended Request Id: {answer.header('x-amz-apigw-id')}",
        f"Verifying Usage Plan for request: {request_id}. API Key:  API Stage: {api.id}/dev",
        "API Key  authorized because method 'GET /pets/{id}' does not require API Key. Request will not contribute to "
        "throttle or quota limits",
        f"Usage Plan check succeeded for API Key  and API Stage {api.id}/dev",
        f"Starting execution for request: {request_id}",
        "HTTP Method: GET, Resource Path: /pets/7",
    ]
    labels = [re.split(r"[:{]", line)[0] for line in lines[6:]]
    assert labels == [
        "Method request path", "Method request query string", "Method request headers",
        "Method request body before transformations", "Endpoint request URI", "Endpoint request headers",
        "Endpoint request body after transformations", "Sending request to http", "Received response. Status",
        "Endpoint response headers", "Endpoint response body before transformations",
        "Method response body after transformations", "Method response headers", "Successfully completed execution",
        "Method completed with status"]
    text = "\n".join(lines)
    assert "x-api-key=****456789" in text and "0123456789" not in text
    assert "token-of-mine" not in text
    assert "Endpoint response body before transformations: two\\nlines" in lines


def test_levels_are_set_for_each_method(api, backend):
    api.log({"*/*": {"level": "INFO"}, "pets/{id}/GET": {"level": "ERROR"}})
    assert lines_of(api, api.send("POST", "/m", body=b"{}"))[-2:] == [
        "Successfully completed execution", "Method completed with status: 200"]
    fine = api.send("GET", "/pets/7")
    backend.replies(raw=b"nonsense")
    broken = api.send("GET", "/pets/7")
    assert lines_of(api, broken) == [
        "Execution failed due to configuration error: Invalid endpoint address", "Method completed with status: 500"]
    path = api.gateway.data_dir / "logs" / f"API-Gateway-Execution-Logs_{api.id}_dev.log"
    assert fine.header("x-amzn-RequestId") not in path.read_text(), "at ERROR, a success writes nothing"


def test_a_level_can_be_switched_off_again(api):
    api.log({"*/*": {"level": "INFO"}})
    lines_of(api, api.send("POST", "/m", body=b"{}"))
    api.log({"*/*": {"level": "OFF"}})
    silent = api.send("POST", "/m", body=b"{}")
    api.log({"*/*": {"level": "INFO"}})
    lines_of(api, api.send("POST", "/m", body=b"{}"))
    path = api.gateway.data_dir / "logs" / f"API-Gateway-Execution-Logs_{api.id}_dev.log"
    assert silent.header("x-amzn-RequestId") not in path.read_text()
