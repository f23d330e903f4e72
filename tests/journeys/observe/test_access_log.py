"""The access log: one line per request in the stage's format, in a file named after the log group."""

import json
import re
import uuid

import pytest

from harness.apis import eventually, mock, proxy

FORMAT = (
    '{"id":"$context.requestId","ext":"$context.extendedRequestId","verb":"$context.httpMethod",'
    '"resource":"$context.resourcePath","path":"$context.path","status":"$context.status",'
    '"length":"$context.responseLength","ip":"$context.identity.sourceIp","agent":"$context.identity.userAgent",'
    '"protocol":"$context.protocol","stage":"$context.stage","api":"$context.apiId","account":"$context.accountId",'
    '"time":"$context.requestTime","epoch":"$context.requestTimeEpoch","error":"$context.error.message",'
    '"type":"$context.error.responseType","backend":"$context.integrationStatus","key":"$context.identity.apiKey"}'
)


@pytest.fixture
def api(serve, backend):
    """Routes on a stage with an access log."""
    api = serve({"GET /pets/{id}": proxy(f"{backend.url}/p"), "GET /m": mock(200)})
    api.group = f"/pets/{uuid.uuid4().hex}"
    api.client.update_stage(restApiId=api.id, stageName="dev", patchOperations=[
        {"op": "replace", "path": "/accessLogSettings/destinationArn",
         "value": f"arn:aws:logs:us-east-1:000000000000:log-group:{api.group}"},
        {"op": "replace", "path": "/accessLogSettings/format", "value": FORMAT},
    ])
    api.wait_until_live()
    return api


def lines(api):
    """The lines written so far for the API's group."""
    unique = api.group.rsplit("/", 1)[1]
    found = [p for p in (api.gateway.data_dir / "logs").rglob("*") if p.is_file() and unique in str(p)]
    return [json.loads(line) for path in found for line in path.read_text().splitlines()]


def line_of(api, answer):
    """The one line of a request, found by the id in its answer."""
    wanted = answer.header("x-amzn-RequestId")

    def find():
        found = [line for line in lines(api) if line["id"] == wanted]
        assert len(found) == 1, f"{len(found)} lines for {wanted} among {len(lines(api))}"
        return found[0]

    return eventually(find)


def test_a_line_has_what_the_client_and_the_back_end_saw(api, backend):
    backend.replies(201, [("Content-Type", "text/plain")], b"hello")
    answer = api.send("GET", "/pets/a%20b?x=1", [("User-Agent", "my agent")])
    line = line_of(api, answer)
    assert line["ext"] == answer.header("x-amz-apigw-id")
    expected = {
        "verb": "GET", "resource": "/pets/{id}", "path": "/dev/pets/a%20b", "status": "201", "length": "5",
        "ip": "127.0.0.1", "agent": "my agent", "protocol": "HTTP/1.1", "stage": "dev", "api": api.id,
        "account": "000000000000", "error": "-", "type": "-", "backend": "201", "key": "-",
    }
    assert {key: line[key] for key in expected} == expected
    assert line["epoch"].isdigit() and len(line["epoch"]) == 13


def test_the_request_time_is_in_the_common_log_format(api):
    line = line_of(api, api.send("GET", "/m"))
    assert re.fullmatch(r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000", line["time"])


def test_a_gateway_error_is_logged_with_its_type(api):
    line = line_of(api, api.send("GET", "/nowhere"))
    assert (line["status"], line["type"]) == ("403", "MISSING_AUTHENTICATION_TOKEN")
    assert line["error"] == "Missing Authentication Token"
    assert line["backend"] == "-"


def test_every_request_has_exactly_one_line(api):
    for _ in range(50):
        api.send("GET", "/m")

    def fifty():
        assert len([line for line in lines(api) if line["resource"] == "/m"]) == 50

    eventually(fifty)


def test_a_value_of_the_client_cannot_break_out_of_its_line(api):
    answer = api.send("GET", "/m", [("User-Agent", 'a","status":"999","x":"')])
    unique = api.group.rsplit("/", 1)[1]

    def once():
        files = [p for p in (api.gateway.data_dir / "logs").rglob("*") if p.is_file() and unique in str(p)]
        text = "".join(path.read_text() for path in files)
        assert text.count(answer.header("x-amzn-RequestId")) == 1

    eventually(once)


def test_a_client_may_set_the_request_id_if_it_is_a_uuid(api):
    """Fact 123."""
    chosen = str(uuid.uuid4())
    answer = api.send("GET", "/m", [("x-amzn-RequestId", chosen)])
    assert answer.status == 200

    def logged(wanted):
        assert wanted in [line["id"] for line in lines(api)]

    eventually(lambda: logged(chosen))
    api.send("GET", "/m", [("x-amzn-RequestId", "not a uuid")])
    eventually(lambda: logged("UUID_REPLACED_INVALID_REQUEST_ID"))


def test_the_log_group_cannot_lead_out_of_the_logs_folder(serve):
    api = serve({"GET /m": mock(200)})
    name = f"../../{uuid.uuid4().hex}"
    patch = [
        {"op": "replace", "path": "/accessLogSettings/destinationArn",
         "value": f"arn:aws:logs:us-east-1:000000000000:log-group:{name}"},
        {"op": "replace", "path": "/accessLogSettings/format", "value": "$context.requestId"},
    ]
    try:
        api.client.update_stage(restApiId=api.id, stageName="dev", patchOperations=patch)
    except api.client.exceptions.BadRequestException:
        return
    api.wait_until_live()
    assert api.send("GET", "/m").status == 200
    outside = api.gateway.data_dir.parent.parent
    stray = [p for p in outside.rglob(f"*{name[6:]}*") if (api.gateway.data_dir / "logs") not in p.parents]
    assert not stray
