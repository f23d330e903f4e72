"""Logs in the store that CloudWatch Logs' API reads: where nothing else is set, execution logs, access logs and functions."""

import re
import time

import pytest

from harness.apis import Api, definition, eventually, mock
from harness.faults import patch
from harness.functions import ROLE, archive
from harness.http_apis import HttpApi

STORED = 'log_default = "store"\n'
ARN = "arn:aws:logs:us-east-1:000000000000:log-group:"


@pytest.fixture
def process(start):
    """A process with the default destinations."""
    return start(STORED)


def logged(process, routes, group, log_format, **settings):
    """An API whose stage `dev` logs accesses to a group, and its executions at this level."""
    api = Api(process, definition(routes))
    operations = [
        patch("replace", "/accessLogSettings/destinationArn", f"{ARN}{group}"),
        patch("replace", "/accessLogSettings/format", log_format)]
    operations += [patch("replace", f"/*/*/logging/{name}", value) for name, value in settings.items()]
    api.client.update_stage(restApiId=api.id, stageName="dev", patchOperations=operations)
    api.wait_until_live()
    return api


def events(logs, group, pattern=""):
    """The events of a group that a pattern wants; none of a group that is not there yet."""
    try:
        return logs.filter_log_events(logGroupName=group, filterPattern=pattern)["events"]
    except logs.exceptions.ResourceNotFoundException:
        return []


def wait_for(check, *arguments):
    """What a check gives once that is something."""
    def found():
        result = check(*arguments)
        assert result
        return result

    return eventually(found, timeout_s=20)


def test_fact_l1_executions_are_events_of_a_group_and_a_stream(process):
    api = logged(process, {"GET /m": mock(201)}, "access", "$context.requestId", loglevel="INFO")
    logs = process.client(service="logs")
    answer = api.send("GET", "/m")
    request_id = answer.header("x-amzn-RequestId")
    group = f"API-Gateway-Execution-Logs_{api.id}/dev"
    found = wait_for(events, logs, group, f'"({request_id}) Method completed"')
    assert [event["message"] for event in found] == [f"({request_id}) Method completed with status: 201"]
    assert re.fullmatch("[0-9a-f]{32}", found[0]["logStreamName"])
    assert re.fullmatch("[0-9]{56}", found[0]["eventId"])
    whole = [event["message"] for event in events(logs, group, f'"{request_id}"')]
    assert whole[0] == f"({request_id}) Extended Request Id: {answer.header('x-amz-apigw-id')}" and len(whole) > 5


def test_facts_l15_l16_an_access_is_an_event_without_a_line_s_end(process):
    api = logged(process, {"GET /m": mock(200)}, "/pets/access", '{"id":"$context.requestId","status":"$context.status"}\n')
    logs = process.client(service="logs")
    request_id = api.send("GET", "/m").header("x-amzn-RequestId")
    found = wait_for(events, logs, "/pets/access", f'{{ $.id = "{request_id}" }}')
    assert [event["message"] for event in found] == [f'{{"id":"{request_id}","status":"200"}}']
    assert len(events(logs, "/pets/access", "{ $.status = 403 }")) >= 1


def test_fact_h55_streams_of_http_apis_have_the_minute_in_their_names(process):
    api = HttpApi(process)
    api.client.create_route(ApiId=api.id, RouteKey="GET /m", Target=api.proxy("http://127.0.0.1:9/"))
    api.client.update_stage(
        ApiId=api.id, StageName="$default",
        AccessLogSettings={"DestinationArn": f"{ARN}http", "Format": "$context.requestId $context.routeKey $context.status"})
    logs = process.client(service="logs")

    def seen():
        api.gateway.send("GET", "/nowhere", api.id)
        return events(logs, "http")

    found = wait_for(seen)
    assert re.fullmatch(rf"{api.id}_\.default-\d{{4}}-\d\d-\d\d-\d\d-\d\d", found[0]["logStreamName"])
    assert re.fullmatch(r"\S+ - 404", found[0]["message"])


def test_functions_have_groups(process):
    functions, logs = process.client(service="lambda"), process.client(service="logs")
    functions.create_function(
        FunctionName="teller", Role=ROLE, Runtime="python3.12", Handler="app.handler",
        Code={"ZipFile": archive(app="def handler(event, context):\n    print('hello from inside')\n")})
    functions.invoke(FunctionName="teller")
    found = wait_for(events, logs, "/aws/lambda/teller", "hello")
    assert [event["message"] for event in found] == ["hello from inside"]
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", found[0]["logStreamName"])
    assert wait_for(events, logs, "/aws/lambda/teller", '"REPORT RequestId"')


def test_logs_are_there_after_a_kill(process):
    api = logged(process, {"GET /m": mock(200)}, "kept", "$context.requestId")
    request_id = api.send("GET", "/m").header("x-amzn-RequestId")
    logs = process.client(service="logs")
    before = wait_for(events, logs, "kept", f'"{request_id}"')
    logs.put_retention_policy(logGroupName="kept", retentionInDays=3)
    process.process.kill()
    process.process.wait()
    process.start()
    assert events(logs, "kept", f'"{request_id}"') == before
    assert logs.describe_log_groups(logGroupNamePrefix="kept")["logGroups"][0]["retentionInDays"] == 3
    again = api.send("GET", "/m").header("x-amzn-RequestId")
    assert wait_for(events, logs, "kept", f'"{again}"')


def test_the_store_is_bounded(start):
    process = start(STORED + "log_store_bytes = 1048576\n")
    logs = process.client(service="logs")
    logs.create_log_group(logGroupName="big")
    logs.create_log_stream(logGroupName="big", logStreamName="one")
    for number in range(12):
        batch = [{"timestamp": int(time.time() * 1000), "message": f"{number} " + "x" * 1000} for _ in range(200)]
        logs.put_log_events(logGroupName="big", logStreamName="one", logEvents=batch)
    first = logs.get_log_events(logGroupName="big", logStreamName="one", startFromHead=True, limit=1)["events"][0]
    assert first["message"].split()[0] not in ("0", "1")
    assert 0 < process.figure("stagegate_log_store_bytes") <= 1_048_576
