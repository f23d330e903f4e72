"""X-Ray: segments at a daemon, sampling by rules, and the header that carries a trace (facts L6, L19 to L22, 44)."""

import collections
import math
import uuid

import pytest

from harness.apis import Api, definition, eventually, mock, proxy
from harness.faults import patch
from harness.process import Stagegate
from harness.xray import rule

PARENT = "53995c3f42cd8ad8"


@pytest.fixture(scope="module")
def traced(tmp_path_factory, daemon, functions):
    """A process that samples every request of a traced stage."""
    folder = tmp_path_factory.mktemp("traced")
    groups = "".join(f'"{name}" = "{folder}/lines"\n' for name in ("/traces", "API-Gateway-Execution-Logs"))
    settings = f'xray_daemon_address = "{daemon.udp_address}"\ntrace_rate = "1"\n{functions.settings}\n[log_groups]\n{groups}'
    process = Stagegate(folder / "data", settings).start()
    process.lines = folder / "lines"
    yield process
    process.stop()


def publish(process, routes, is_traced=True, **arguments):
    """An API with a name of its own, on a stage that is traced."""
    api = Api(process, definition(routes, title=f"Pets {uuid.uuid4().hex[:8]}", **arguments))
    if is_traced:
        trace(api)
    return api


def trace(api, is_on=True):
    """Switches `tracingEnabled`."""
    change = patch("replace", "/tracingEnabled", str(is_on).lower())
    api.client.update_stage(restApiId=api.id, stageName="dev", patchOperations=[change])
    api.wait_until_live()


def root():
    """A new trace's Root."""
    return f"1-6561{uuid.uuid4().hex[:4]}-{uuid.uuid4().hex[:24]}"


def segments(daemon, **members):
    """The segments so far that have these members."""
    assert not daemon.faults, daemon.faults
    return [one for one in list(daemon.segments) if all(one.get(name) == value for name, value in members.items())]


def segment_of(daemon, api, answer):
    """The one segment of a request, by the id in its answer."""
    wanted = answer.header("x-amzn-RequestId")

    def find():
        found = [one for one in segments(daemon) if one["aws"]["api_gateway"]["request_id"] == wanted]
        assert len(found) == 1, f"{len(found)} segments of {wanted}"
        assert found[0]["annotations"] == {"aws:api_id": api.id, "aws:api_stage": "dev"}
        return found[0]

    return eventually(find)


def parts(header):
    """The members of a trace header."""
    return dict(part.split("=", 1) for part in header.split(";"))


def subsegment(segment, name):
    """The one subsegment of a name."""
    found = [one for one in segment["subsegments"] if one["name"] == name]
    assert len(found) == 1, [one["name"] for one in segment["subsegments"]]
    return found[0]


def test_fact_l19_a_request_is_a_segment(traced, daemon, backend):
    api = publish(traced, {"GET /pets/{id}": proxy(f"{backend.url}/p")})
    backend.replies(200, [("Content-Type", "text/plain")], b"hello")
    answer = api.send("GET", "/pets/7?a=b", [("User-Agent", "my agent")])
    segment = segment_of(daemon, api, answer)
    seen = backend.only()
    name = api.client.get_rest_api(restApiId=api.id)["name"]
    assert {key: segment[key] for key in ("name", "origin", "resource_arn", "http", "aws", "metadata")} == {
        "name": f"{name}/dev", "origin": "AWS::ApiGateway::Stage",
        "resource_arn": f"arn:aws:apigateway:us-east-1::/restapis/{api.id}/stages/dev",
        "http": {
            "request": {
                "url": f"http://{api.host}/dev/pets/7?a=b", "method": "GET", "client_ip": "127.0.0.1",
                "x_forwarded_for": False, "user_agent": "my agent"},
            "response": {"status": 200, "content_length": 5}},
        "aws": {
            "xray": {"sampling_rule_name": "Default"},
            "api_gateway": {
                "account_id": "000000000000", "rest_api_id": api.id, "stage": "dev",
                "request_id": answer.header("x-amzn-RequestId")}},
        "metadata": {"default": {
            "extended_request_id": answer.header("x-amz-apigw-id"), "request_id": answer.header("x-amzn-RequestId")}},
    }
    assert not {"error", "fault", "throttle", "cause", "parent_id"} & set(segment)
    called = subsegment(segment, backend.url.split("/")[2])
    assert called["namespace"] == "remote" and called["http"]["response"]["status"] == 200
    assert called["http"]["request"] == {"url": f"{backend.url}/p?a=b", "method": "GET"}
    assert parts(seen.header("X-Amzn-Trace-Id")) == {
        "Root": segment["trace_id"], "Parent": called["id"], "Sampled": "1"}


def test_every_room_is_a_subsegment_within_the_segment(traced, daemon):
    api = publish(traced, {"GET /m": mock(200)})
    segment = segment_of(daemon, api, api.send("GET", "/m"))
    names = [one["name"] for one in segment["subsegments"]]
    assert names == ["route", "authorize", "throttle", "validate", "cache", "integrate", "respond"]
    ends = [segment["start_time"]]
    for one in segment["subsegments"]:
        assert ends[-1] - 2e-6 <= one["start_time"] <= one["end_time"] <= segment["end_time"] + 2e-6
        ends.append(one["end_time"])
    ids = [one["id"] for one in segment["subsegments"]] + [segment["id"]]
    assert len(set(ids)) == len(ids)


def test_fact_l20_a_function_is_a_subsegment(traced, daemon, functions):
    arn = "arn:aws:lambda:us-east-1:000000000000:function:pets"
    integration = {
        "type": "aws_proxy", "httpMethod": "POST",
        "uri": f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"}
    api = publish(traced, {"GET /f": integration})
    functions.functions["pets"] = lambda _: {"statusCode": 201, "body": "x"}
    functions.seen.clear()
    answer = api.send("GET", "/f")
    segment = segment_of(daemon, api, answer)
    called = subsegment(segment, "Lambda")
    assert called["namespace"] == "aws"
    assert called["http"]["request"] == {
        "url": f"https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/{arn}/invocations", "method": "GET"}
    assert called["http"]["response"]["status"] == 200
    assert answer.header("X-Amzn-Trace-Id") == f"Root={segment['trace_id']}"
    expected = {"function_name": "pets", "region": "us-east-1", "operation": "Invoke", "resource_names": ["pets"]}
    assert expected.items() <= called["aws"].items()
    sent = parts(functions.only().headers["X-Amzn-Trace-Id"])
    assert sent == {"Root": segment["trace_id"], "Parent": called["id"], "Sampled": "1"}
    functions.functions.pop("pets")
    failed = segment_of(daemon, api, api.send("GET", "/f"))
    assert failed["fault"] and failed["cause"]["exceptions"][0]["message"] == "Internal server error"
    assert subsegment(failed, "Lambda")["error"]


def test_an_authorizers_function_is_called_within_its_room(traced, daemon, functions):
    arn = "arn:aws:lambda:us-east-1:000000000000:function:guard"
    api = publish(traced, {"GET /m": mock(200)})
    made = api.client.create_authorizer(
        restApiId=api.id, name="guard", type="TOKEN", identitySource="method.request.header.Auth",
        authorizerUri=f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations",
        authorizerResultTtlInSeconds=0)
    resource = [one for one in api.client.get_resources(restApiId=api.id)["items"] if one["path"] == "/m"][0]
    api.client.update_method(restApiId=api.id, resourceId=resource["id"], httpMethod="GET", patchOperations=[
        patch("replace", "/authorizationType", "CUSTOM"), patch("replace", "/authorizerId", made["id"])])
    api.deploy()
    functions.functions["guard"] = lambda call: {"principalId": "ann", "policyDocument": {
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow" if call.event["authorizationToken"] == "yes" else "Deny",
            "Action": "execute-api:Invoke", "Resource": "*"}]}}
    functions.seen.clear()
    allowed = segment_of(daemon, api, api.send("GET", "/m", [("Auth", "yes")]))
    asked = subsegment(subsegment(allowed, "authorize"), "Lambda")
    assert parts(functions.only().headers["X-Amzn-Trace-Id"])["Parent"] == asked["id"]
    answer = api.send("GET", "/m", [("Auth", "no")])
    denied = segment_of(daemon, api, answer)
    assert answer.status == 403 and denied["error"] and "fault" not in denied
    assert denied["cause"]["exceptions"][0]["type"] == "ACCESS_DENIED"
    assert [one["name"] for one in denied["subsegments"]] == ["route", "authorize", "respond"]
    assert answer.header("X-Amzn-Trace-Id") == f"Root={denied['trace_id']}"


def test_a_back_end_that_does_not_answer_is_a_fault(traced, daemon):
    api = publish(traced, {"GET /p": proxy("http://127.0.0.1:1/")})
    segment = segment_of(daemon, api, api.send("GET", "/p"))
    assert segment["fault"] and segment["cause"]["exceptions"][0]["type"] == "INTEGRATION_FAILURE"
    called = subsegment(segment, "127.0.0.1:1")
    assert called["fault"] and "response" not in called["http"]


def test_fact_44_an_incoming_trace_goes_on(traced, daemon, backend):
    api = publish(traced, {"GET /p": proxy(backend.url)})
    mine = root()
    api.send("GET", "/p", [("X-Amzn-Trace-Id", f"Root={mine};Parent={PARENT};Sampled=1")])
    segment = eventually(lambda: one(segments(daemon, trace_id=mine)))
    assert segment["parent_id"] == PARENT and "xray" not in segment["aws"], "the caller has sampled it, no rule"
    sent = parts(backend.only().header("X-Amzn-Trace-Id"))
    assert sent["Root"] == mine and sent["Sampled"] == "1" and sent["Parent"] not in (PARENT, segment["id"])
    out = root()
    api.send("GET", "/p", [("X-Amzn-Trace-Id", f"Root={out};Parent={PARENT};Sampled=0")])
    assert parts(backend.only().header("X-Amzn-Trace-Id")) == {"Root": out, "Parent": PARENT, "Sampled": "0"}
    undecided = root()
    api.send("GET", "/p", [("X-Amzn-Trace-Id", f"Root={undecided}")])
    eventually(lambda: one(segments(daemon, trace_id=undecided)))
    assert not segments(daemon, trace_id=out)


def one(found):
    """The only item."""
    assert len(found) == 1, len(found)
    return found[0]


@pytest.mark.parametrize("header", ["Root=1-a-b;Parent=7;Sampled=1", "nonsense", "Root=" + "1" * 300, "Sampled=1"])
def test_a_header_that_names_no_trace_begins_none(traced, daemon, backend, header):
    api = publish(traced, {"GET /p": proxy(backend.url)})
    answer = api.send("GET", "/p", [("X-Amzn-Trace-Id", header)])
    segment = segment_of(daemon, api, answer)
    assert "parent_id" not in segment
    assert parts(backend.only().header("X-Amzn-Trace-Id"))["Root"] == segment["trace_id"]


def test_fact_l21_a_stage_without_tracing_follows_its_callers(traced, daemon, backend):
    api = publish(traced, {"GET /p": proxy(backend.url)}, is_traced=False)
    mine = root()
    api.send("GET", "/p")
    api.send("GET", "/p", [("X-Amzn-Trace-Id", f"Root={mine};Parent={PARENT};Sampled=1")])
    assert eventually(lambda: one(segments(daemon, trace_id=mine)))["parent_id"] == PARENT
    assert len(segments(daemon, annotations={"aws:api_id": api.id, "aws:api_stage": "dev"})) == 1
    trace(api)
    before = len(daemon.segments)
    api.send("GET", "/p")
    eventually(lambda: one(segments(daemon)[before:][-1:]))
    trace(api, is_on=False)
    quiet = api.send("GET", "/p")
    last = root()
    api.send("GET", "/p", [("X-Amzn-Trace-Id", f"Root={last};Parent={PARENT};Sampled=1")])
    eventually(lambda: one(segments(daemon, trace_id=last)))
    ids = [segment["aws"]["api_gateway"]["request_id"] for segment in segments(daemon)]
    assert quiet.header("x-amzn-RequestId") not in ids


def test_fact_l6_logs_name_the_trace(traced, daemon):
    api = publish(traced, {"GET /m": mock(200)})
    api.client.update_stage(restApiId=api.id, stageName="dev", patchOperations=[
        patch("replace", "/accessLogSettings/destinationArn", "arn:aws:logs:us-east-1:000000000000:log-group:/traces"),
        patch("replace", "/accessLogSettings/format", "$context.requestId $context.xrayTraceId"),
        patch("replace", "/*/*/logging/loglevel", "INFO")])
    api.wait_until_live()
    answer = api.send("GET", "/m")
    segment = segment_of(daemon, api, answer)
    id_ = answer.header("x-amzn-RequestId")
    trace_id = segment["trace_id"]

    def written():
        assert traced.lines.exists()
        text = traced.lines.read_text()
        assert f"{id_} {trace_id}\n" in text
        lines = [line for line in text.splitlines() if line.startswith(f"({id_}) ")]
        assert lines and lines[-1] == f"({id_}) X-ray Tracing ID : Root={trace_id}", lines

    eventually(written)


def test_names_of_apis_fit_the_schema(traced, daemon):
    api = Api(traced, definition({"GET /m": mock(200)}, title="Müller's \"pets\" <&> (" + "x" * 250))
    trace(api)
    segment = segment_of(daemon, api, api.send("GET", "/m?" + "%C3%A9'()" * 90, [("User-Agent", "x" * 900)]))
    assert segment["name"].startswith("Müllers pets & xx") and len(segment["name"]) == 200
    assert len(segment["http"]["request"]["user_agent"]) == 250


def test_the_rate_is_kept(start, daemon):
    process = start(f'xray_daemon_address = "{daemon.udp_address}"\ntrace_rate = "0.25"\ntrace_reservoir = 0\n')
    api = publish(process, {"GET /m": mock(200)})
    count, key = 2_000, {"aws:api_id": api.id, "aws:api_stage": "dev"}
    assert {api.send("GET", "/m").status for _ in range(count)} == {200}
    expected, deviation = count * 0.25, math.sqrt(count * 0.25 * 0.75)
    eventually(lambda: expect_near(len(segments(daemon, annotations=key)), expected, 5 * deviation))


def expect_near(found, expected, by):
    """A count that chance may move."""
    assert abs(found - expected) <= by, f"{found}, expected {expected} ± {by}"


def test_the_reservoir_samples_so_many_a_second(start, daemon):
    process = start(f'xray_daemon_address = "{daemon.udp_address}"\ntrace_rate = "0"\ntrace_reservoir = 3\n')
    api = publish(process, {"GET /m": mock(200)})
    assert {api.send("GET", "/m").status for _ in range(600)} == {200}

    def three_in_some_second():
        # Those that asked whether the API is live are among them.
        found = segments(daemon, annotations={"aws:api_id": api.id, "aws:api_stage": "dev"})
        seconds = collections.Counter(int(segment["start_time"]) for segment in found)
        assert seconds and max(seconds.values()) == 3, seconds

    eventually(three_in_some_second)


def test_fact_l22_the_daemon_has_the_rules(start, daemon):
    daemon.rules = [
        rule("Pets", 10, rate=1.0, HTTPMethod="GET", URLPath="/dev/pets/*", ServiceType="AWS::ApiGateway::Stage"),
        rule("Attributed", 1, rate=1.0) | {"Attributes": {"k": "v"}},
        rule("Quiet", 20, ServiceName="Pets */dev", URLPath="/dev/quiet"),
        rule("Default", 10_000, rate=0.0, reservoir=1),
    ]
    daemon.targets = {"Default": {
        "RuleName": "Default", "FixedRate": 1.0, "ReservoirQuota": 0, "ReservoirQuotaTTL": 4_000_000_000, "Interval": 1}}
    daemon.reports_lost = 1
    settings = f'xray_daemon_address = "{daemon.address}"\nxray_rules_s = 1\nxray_targets_s = 1\n'
    process = start(settings)
    routes = {"GET /pets/{id}": mock(200), "GET /quiet": mock(200), "GET /other": mock(200)}
    api = publish(process, routes)

    def ruled():
        found = segment_of(daemon, api, api.send("GET", "/pets/7"))["aws"]["xray"]["sampling_rule_name"]
        assert found == "Pets"

    eventually(ruled, timeout_s=15)
    quiet = [api.send("GET", "/quiet").header("x-amzn-RequestId") for _ in range(20)]

    def targeted():
        reports = [
            report for path, asked in daemon.calls if path == "/SamplingTargets"
            for report in asked["SamplingStatisticsDocuments"]]
        by_name = {name: [one for one in reports if one["RuleName"] == name] for name in ("Pets", "Quiet")}
        assert by_name["Pets"] and all(one["SampledCount"] == one["RequestCount"] for one in by_name["Pets"])
        assert sum(one["RequestCount"] for one in by_name["Quiet"]) == 20
        assert not any(one["SampledCount"] for one in by_name["Quiet"])
        assert {len(one["ClientID"]) for one in reports} == {24}

    eventually(targeted, timeout_s=15)

    def aimed():
        answer = api.send("GET", "/other")
        assert segment_of(daemon, api, answer)["aws"]["xray"]["sampling_rule_name"] == "Default"
        assert segment_of(daemon, api, api.send("GET", "/other"))

    eventually(aimed, timeout_s=20)
    sampled = {segment["aws"]["api_gateway"]["request_id"] for segment in segments(daemon)}
    assert not sampled & set(quiet)
    pages = [asked for path, asked in daemon.calls if path == "/GetSamplingRules"]
    assert {asked.get("NextToken") for asked in pages} == {None, "1", "2", "3"}


def test_a_daemon_that_is_not_there_costs_nobody_an_answer(start):
    process = start('xray_daemon_address = "127.0.0.1:1"\ntrace_rate = "1"\n')
    api = publish(process, {"GET /m": mock(200)})
    assert {api.send("GET", "/m").status for _ in range(50)} == {200}

    def counted():
        lost, sent = (process.figure(f"stagegate_xray_segments_{name}_total") for name in ("dropped", "sent"))
        assert lost + sent >= 50 and process.figure("stagegate_traces_total") == lost + sent

    eventually(counted, timeout_s=10)
    assert process.terminate() == 0


def test_whoever_says_so_is_not_followed_where_that_is_off(start, daemon, backend):
    process = start(
        f'xray_daemon_address = "{daemon.udp_address}"\ntrace_rate = "0"\ntrace_reservoir = 0\ntrace_follow_clients = false\n')
    api = publish(process, {"GET /p": proxy(backend.url)})
    mine = root()
    api.send("GET", "/p", [("X-Amzn-Trace-Id", f"Root={mine};Parent={PARENT};Sampled=1")])
    assert parts(backend.only().header("X-Amzn-Trace-Id")) == {"Root": mine, "Parent": PARENT, "Sampled": "0"}
    assert process.terminate() == 0
    assert not segments(daemon, trace_id=mine)
