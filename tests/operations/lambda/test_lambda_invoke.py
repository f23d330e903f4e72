"""Invocations through Lambda's own API: every type, the log's end, errors, qualifiers, limits."""

import base64
import json
import time

import pytest

from harness.apis import eventually
from harness.functions import NODE, refusal


def test_a_python_function_answers(functions, create):
    """The payload, the version, the client's context, the environment."""
    name = create(Environment={"Variables": {"GREETING": "hi"}})["FunctionName"]
    context = base64.b64encode(json.dumps({"custom": {"k": "v"}}).encode()).decode()
    answer = functions.invoke(FunctionName=name, Payload=json.dumps({"n": 1}), ClientContext=context)
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    assert "FunctionError" not in answer and "LogResult" not in answer
    body = json.loads(answer["Payload"].read())
    assert (body["event"], body["greeting"], body["client"]) == ({"n": 1}, "hi", {"k": "v"})
    assert body["arn"] == f"arn:aws:lambda:us-east-1:000000000000:function:{name}"


def test_a_node_function_answers(functions, create):
    """The embedded client of Node.js."""
    name = create(code=NODE, runtime="nodejs22.x", handler="index.handler")["FunctionName"]
    answer = functions.invoke(FunctionName=name, Payload=b'{"name": "cat"}')
    assert json.loads(answer["Payload"].read()) == {"hello": "cat", "version": "$LATEST"}


def test_the_end_of_the_log_comes_with_the_answer(functions, create):
    """START, what the function printed, END and REPORT, in base64."""
    name = create()["FunctionName"]
    answer = functions.invoke(FunctionName=name, Payload=b'{"n": 7}', LogType="Tail")
    log = base64.b64decode(answer["LogResult"]).decode()
    assert "START RequestId: " in log and 'seen {"n": 7}' in log and "REPORT RequestId: " in log


def test_an_error_of_the_function_is_an_answer(functions, create):
    """Status 200, FunctionError, and the error as the payload."""
    name = create()["FunctionName"]
    answer = functions.invoke(FunctionName=name, Payload=b'{"fail": true}')
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    error = json.loads(answer["Payload"].read())
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "no good")


def test_events_and_dry_runs_return_at_once(functions, create, tmp_path):
    """202 and the function runs; 204 and it does not."""
    seen = tmp_path / "seen"
    name = create(code=f"def handler(event, context): open({str(seen)!r}, 'a').write(event['a'])")["FunctionName"]
    assert functions.invoke(FunctionName=name, InvocationType="DryRun", Payload=b'{"a": "x"}')["StatusCode"] == 204
    answer = functions.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"a": "y"}')
    assert (answer["StatusCode"], answer["Payload"].read()) == (202, b"")

    def ran():
        assert seen.exists() and seen.read_text() == "y"

    eventually(ran)
    assert functions.invoke_async(FunctionName=name, InvokeArgs=b'{"a": "z"}')["Status"] == 202


def test_a_streamed_answer_comes_as_events(functions, create):
    """Payload chunks, then InvokeComplete; an error is in the latter."""
    name = create(
        code="exports.handler = awslambda.streamifyResponse(async (event, stream) => { if (event.fail) throw Error('x');"
             " stream.write('a'); stream.write('b'); stream.end(); });",
        runtime="nodejs22.x", handler="index.handler")["FunctionName"]
    events = list(functions.invoke_with_response_stream(FunctionName=name, Payload=b"{}")["EventStream"])
    assert b"".join(event["PayloadChunk"]["Payload"] for event in events[:-1]) == b"ab"
    assert "ErrorCode" not in events[-1]["InvokeComplete"]
    events = list(functions.invoke_with_response_stream(FunctionName=name, Payload=b'{"fail": 1}')["EventStream"])
    assert events[-1]["InvokeComplete"]["ErrorCode"] == "Unhandled"


def test_events_come_while_the_function_answers(functions, create):
    """The first piece long before the last; an error in the middle is in InvokeComplete; a whole answer is one piece."""
    name = create(
        code="exports.handler = awslambda.streamifyResponse(async (event, stream) => { stream.write('first');"
             " await new Promise((done) => setTimeout(done, 700)); if (event.fail) throw Error('x');"
             " stream.write('last'); stream.end(); });",
        runtime="nodejs22.x", handler="index.handler")["FunctionName"]
    functions.invoke(FunctionName=name, Payload=b"{}")
    began = time.monotonic()
    stream = iter(functions.invoke_with_response_stream(FunctionName=name, Payload=b"{}")["EventStream"])
    assert next(stream)["PayloadChunk"]["Payload"] == b"first" and time.monotonic() - began < 0.6
    rest = list(stream)
    assert rest[0]["PayloadChunk"]["Payload"] == b"last" and rest[-1] == {"InvokeComplete": {}}
    assert time.monotonic() - began >= 0.7
    *pieces, end = functions.invoke_with_response_stream(FunctionName=name, Payload=b'{"fail": 1}')["EventStream"]
    assert pieces == [{"PayloadChunk": {"Payload": b"first"}}] and end["InvokeComplete"]["ErrorCode"] == "Unhandled"
    whole = create()["FunctionName"]
    *pieces, end = functions.invoke_with_response_stream(FunctionName=whole, Payload=b'{"n": 1}')["EventStream"]
    assert json.loads(b"".join(piece["PayloadChunk"]["Payload"] for piece in pieces))["event"] == {"n": 1}
    *pieces, end = functions.invoke_with_response_stream(FunctionName=whole, Payload=b'{"fail": true}')["EventStream"]
    assert (pieces, json.loads(end["InvokeComplete"]["ErrorDetails"])["errorType"]) == ([], "ValueError")


def test_versions_and_aliases_are_qualifiers(functions, create):
    """A version stays what it was published as; an alias is what it points to; both can be in the name."""
    name = create(Environment={"Variables": {"GREETING": "one"}})["FunctionName"]
    one = functions.publish_version(FunctionName=name, Description="first")
    assert (one["Version"], one["FunctionArn"][-2:]) == ("1", ":1")
    assert functions.publish_version(FunctionName=name)["Version"] == "1", "nothing changed"
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": {"GREETING": "two"}})
    assert functions.publish_version(FunctionName=name)["Version"] == "2"
    alias = functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    assert alias["AliasArn"] == f"arn:aws:lambda:us-east-1:000000000000:function:{name}:live"

    def greeting(function, **qualifier):
        answer = functions.invoke(FunctionName=function, **qualifier)
        return answer["ExecutedVersion"], json.loads(answer["Payload"].read())["greeting"]

    assert greeting(name) == ("$LATEST", "two")
    assert greeting(name, Qualifier="1") == greeting(f"{name}:live") == greeting(alias["AliasArn"]) == ("1", "one")
    updated = functions.update_alias(FunctionName=name, Name="live", FunctionVersion="2", RevisionId=alias["RevisionId"])
    assert greeting(name, Qualifier="live") == ("2", "two")
    stale = refusal(functions.update_alias, FunctionName=name, Name="live", RevisionId=alias["RevisionId"])
    assert stale[:2] == ("PreconditionFailedException", 412)
    functions.update_alias(FunctionName=name, Name="live", RoutingConfig={"AdditionalVersionWeights": {"1": 1.0}},
                           RevisionId=updated["RevisionId"])
    assert greeting(name, Qualifier="live") == ("1", "one"), "all of the weight"
    listed = functions.list_versions_by_function(FunctionName=name)["Versions"]
    assert [version["Version"] for version in listed] == ["$LATEST", "1", "2"]
    assert [one["Name"] for one in functions.list_aliases(FunctionName=name)["Aliases"]] == ["live"]
    used = refusal(functions.delete_function, FunctionName=name, Qualifier="1")
    assert used[0] == "ResourceConflictException" and "live" in used[2]
    functions.delete_alias(FunctionName=name, Name="live")
    functions.delete_function(FunctionName=name, Qualifier="1")
    assert refusal(functions.invoke, FunctionName=name, Qualifier="1")[0] == "ResourceNotFoundException"
    assert refusal(functions.get_alias, FunctionName=name, Name="live")[0] == "ResourceNotFoundException"


def test_reserved_concurrency_limits(functions, create):
    """Zero stops a function; without the limit it runs again."""
    name = create()["FunctionName"]
    assert functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)[
        "ReservedConcurrentExecutions"] == 0
    with pytest.raises(functions.exceptions.TooManyRequestsException) as caught:
        functions.invoke(FunctionName=name)
    assert caught.value.response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert functions.get_function_concurrency(FunctionName=name)["ReservedConcurrentExecutions"] == 0
    functions.delete_function_concurrency(FunctionName=name)
    assert functions.invoke(FunctionName=name)["StatusCode"] == 200
    assert "ReservedConcurrentExecutions" not in functions.get_function_concurrency(FunctionName=name)


def test_what_is_no_event_is_refused(functions, create):
    """A payload that is no JSON, a type and a log type that are none."""
    name = create()["FunctionName"]
    assert refusal(functions.invoke, FunctionName=name, Payload=b"{")[:2] == ("InvalidRequestContentException", 400)
    assert refusal(functions.invoke, FunctionName=name, InvocationType="Now")[:2] == ("ValidationException", 400)
    assert refusal(functions.invoke, FunctionName=name, LogType="Head")[:2] == ("ValidationException", 400)
    assert refusal(functions.invoke, FunctionName=name, ClientContext="%")[0] == "InvalidRequestContentException"
