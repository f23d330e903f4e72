"""OpenTelemetry: spans at a receiver, W3C's headers in and out, and what becomes of posts that are not taken."""

import time
import uuid

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from harness.apis import Api, definition, eventually, mock, proxy
from harness.faults import patch
from harness.http_apis import HttpApi
from harness.otlp import Answer, Receiver, attributes
from harness.process import Stagegate
from harness.xray import Daemon

SPAN = "00f067aa0ba902b7"
SERVER, CLIENT = 2, 3
ERROR = 2
# What holds for every post of a test: small batches, no waiting.
QUICK = 'trace_rate = "1"\notlp_batch_ms = 10\n'


@pytest.fixture(scope="module")
def receiver():
    """A receiver for this file."""
    receiver = Receiver()
    yield receiver
    receiver.stop()


@pytest.fixture(scope="module")
def traced(tmp_path_factory, receiver, functions):
    """A process that sends spans of every request to a traced stage."""
    settings = f'otlp_endpoint = "{receiver.url}"\notlp_signals = ["traces"]\n{QUICK}{functions.settings}'
    process = Stagegate(tmp_path_factory.mktemp("otlp") / "data", settings).start()
    yield process
    process.stop()


def publish(process, routes):
    """An API on a stage that is traced."""
    api = Api(process, definition(routes, title="Pets"))
    change = patch("replace", "/tracingEnabled", "true")
    api.client.update_stage(restApiId=api.id, stageName="dev", patchOperations=[change])
    api.wait_until_live()
    return api


def trace_id():
    """A new trace's id."""
    return uuid.uuid4().hex


def spans_of(receiver, answer, attribute="aws.request_id", header="x-amzn-RequestId"):
    """The spans of a request: its own, and those of its calls."""
    wanted = answer.header(header)

    def find():
        all_spans = [span for span, _ in receiver.spans()]
        mine = [span for span in all_spans if span.kind == SERVER and attributes(span.attributes)[attribute] == wanted]
        assert len(mine) == 1, f"{len(mine)} spans of {wanted}"
        calls = [span for span in all_spans if span.parent_span_id == mine[0].span_id]
        return mine[0], calls

    return eventually(find)


def test_a_request_is_a_span_and_so_is_its_call(traced, receiver, backend):
    api = publish(traced, {"GET /pets/{id}": proxy(f"{backend.url}/p")})
    backend.replies(404, [("Content-Type", "text/plain")], b"hello")
    answer = api.send("GET", "/pets/7?a=b", [("User-Agent", "my agent")])
    server, [client] = spans_of(receiver, answer)
    told = attributes(server.attributes)
    expected = {
        "http.request.method": "GET", "url.scheme": "http", "url.path": "/dev/pets/7", "url.query": "a=b",
        "http.route": "/pets/{id}", "http.response.status_code": 404, "http.response.body.size": 5,
        "server.address": api.host.split(":")[0], "server.port": traced.gateway, "client.address": "127.0.0.1",
        "user_agent.original": "my agent", "network.protocol.version": "1.1", "stagegate.api.id": api.id,
        "stagegate.stage": "dev", "cloud.account.id": "000000000000", "cloud.region": "us-east-1",
        "aws.request_id": answer.header("x-amzn-RequestId"), "stagegate.sampling.rule": "Default",
    }
    assert {key: told.get(key) for key in expected} == expected
    assert (server.name, server.status.code, server.parent_span_id) == ("GET /pets/{id}", 0, b"")
    assert [event.name for event in server.events] == [
        "route", "authorize", "throttle", "validate", "cache", "integrate", "respond"]
    called = attributes(client.attributes)
    assert (client.kind, client.name, client.status.code) == (CLIENT, "GET", ERROR)
    assert called["url.full"] == f"{backend.url}/p?a=b" and called["error.type"] == "404"
    assert client.trace_id == server.trace_id and len(server.trace_id) == 16
    assert server.start_time_unix_nano <= client.start_time_unix_nano <= client.end_time_unix_nano
    assert client.end_time_unix_nano <= server.end_time_unix_nano
    assert abs(server.start_time_unix_nano / 1e9 - time.time()) < 60
    assert server.flags & 1 and client.flags & 1


def test_the_resource_says_who_sends(traced, receiver):
    api = publish(traced, {"GET /m": mock(200)})
    spans_of(receiver, api.send("GET", "/m"))
    _, resource = receiver.spans()[-1]
    assert resource["service.name"] == "stagegate" and resource["service.version"]
    assert resource["service.instance.id"]
    scope = receiver.messages("/v1/traces")[-1].resource_spans[0].scope_spans[0].scope
    assert scope.name == "stagegate"


def test_w3c_context_comes_in_and_goes_out(traced, receiver, backend):
    api = publish(traced, {"GET /p": proxy(backend.url)})
    mine = trace_id()
    answer = api.send("GET", "/p", [
        ("traceparent", f"00-{mine}-{SPAN}-01"), ("tracestate", "rojo=1"), ("tracestate", "congo=t61")])
    server, [client] = spans_of(receiver, answer)
    assert (server.trace_id.hex(), server.parent_span_id.hex()) == (mine, SPAN)
    assert server.trace_state == "rojo=1,congo=t61" == client.trace_state
    seen = backend.only()
    assert seen.all("traceparent") == [f"00-{mine}-{client.span_id.hex()}-01"]
    assert seen.all("tracestate") == ["rojo=1,congo=t61"]
    assert seen.header("X-Amzn-Trace-Id") == f"Root=1-{mine[:8]}-{mine[8:]};Parent={client.span_id.hex()};Sampled=1"


def test_a_caller_who_decided_against_it_is_followed(traced, receiver, backend):
    api = publish(traced, {"GET /p": proxy(backend.url)})
    mine = trace_id()
    quiet = api.send("GET", "/p", [("traceparent", f"00-{mine}-{SPAN}-00"), ("tracestate", "a=1")])
    seen = backend.only()
    assert seen.all("traceparent") == [f"00-{mine}-{SPAN}-00"] and seen.all("tracestate") == ["a=1"]
    assert seen.header("X-Amzn-Trace-Id") == f"Root=1-{mine[:8]}-{mine[8:]};Parent={SPAN};Sampled=0"
    spans_of(receiver, api.send("GET", "/p"))
    ids = [attributes(span.attributes).get("aws.request_id") for span, _ in receiver.spans()]
    assert quiet.header("x-amzn-RequestId") not in ids


@pytest.mark.parametrize("headers", [
    [("traceparent", "00-nonsense")],
    [("traceparent", f"ff-{'1' * 32}-{SPAN}-01")],
    [("traceparent", f"00-{'0' * 32}-{SPAN}-01")],
    [("traceparent", f"00-{'1' * 32}-{SPAN}-01"), ("traceparent", f"00-{'2' * 32}-{SPAN}-01")],
    [("tracestate", "a=1")],
])
def test_broken_context_begins_a_new_trace(traced, receiver, backend, headers):
    api = publish(traced, {"GET /p": proxy(backend.url)})
    server, [client] = spans_of(receiver, api.send("GET", "/p", headers))
    assert server.parent_span_id == b"" and server.trace_state == ""
    assert server.trace_id.hex() not in ("1" * 32, "2" * 32)
    seen = backend.only()
    assert seen.all("traceparent") == [f"00-{server.trace_id.hex()}-{client.span_id.hex()}-01"]
    assert seen.all("tracestate") == []


def test_without_a_decision_of_ours_the_headers_pass(traced, backend):
    api = Api(traced, definition({"GET /p": proxy(backend.url)}))
    api.send("GET", "/p")
    assert backend.only().all("traceparent") == []
    api.send("GET", "/p", [("traceparent", "mine"), ("tracestate", "too")])
    seen = backend.only()
    assert seen.all("traceparent") == ["mine"] and seen.all("tracestate") == ["too"]


def test_a_function_gets_the_context(traced, receiver, functions):
    arn = "arn:aws:lambda:us-east-1:000000000000:function:pets"
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"
    api = publish(traced, {"GET /f": {"type": "aws_proxy", "httpMethod": "POST", "uri": uri}})
    functions.functions["pets"] = lambda _: {"statusCode": 200, "body": "x"}
    functions.seen.clear()
    mine = trace_id()
    answer = api.send("GET", "/f", [("traceparent", f"00-{mine}-{SPAN}-01"), ("tracestate", "a=1")])
    _, [client] = spans_of(receiver, answer)
    headers = {name.lower(): value for name, value in functions.only().event["headers"].items()}
    assert headers["traceparent"] == f"00-{mine}-{client.span_id.hex()}-01" and headers["tracestate"] == "a=1"
    called = attributes(client.attributes)
    expected = {"rpc.system": "aws-api", "rpc.service": "Lambda", "rpc.method": "Invoke", "faas.invoked_name": "pets",
                "aws.lambda.invoked_arn": arn, "http.response.status_code": 200}
    assert {key: called.get(key) for key in expected} == expected


def test_a_refusal_says_why(traced, receiver):
    api = publish(traced, {"GET /p": proxy("http://127.0.0.1:1/")})
    server, [client] = spans_of(receiver, api.send("GET", "/p"))
    assert server.status.code == ERROR and attributes(server.attributes)["error.type"] == "INTEGRATION_FAILURE"
    assert attributes(client.attributes)["error.type"] == "no_answer"
    server, calls = spans_of(receiver, api.send("GET", "/nowhere"))
    told = attributes(server.attributes)
    assert (server.name, server.status.code, calls) == ("GET", 0, []) and "http.route" not in told
    assert told["error.type"] == "MISSING_AUTHENTICATION_TOKEN"


def test_one_decision_is_for_both(start, backend):
    receiver, daemon = Receiver(), Daemon()
    process = start(
        f'otlp_traces_endpoint = "{receiver.url}/v1/traces"\nxray_daemon_address = "{daemon.udp_address}"\n'
        'trace_rate = "0.5"\ntrace_reservoir = 0\notlp_batch_ms = 10\n')
    api = publish(process, {"GET /p": proxy(backend.url)})
    for _ in range(100):
        api.send("GET", "/p")
    assert process.terminate() == 0
    spans = {span.trace_id.hex(): span for span, _ in receiver.spans() if span.kind == SERVER}

    def equal():
        segments = {one["trace_id"][2:].replace("-", ""): one for one in daemon.segments}
        assert set(segments) == set(spans) and not daemon.faults, daemon.faults
        assert 15 < len(spans) < 90
        assert all(spans[id_].span_id.hex() == one["id"] for id_, one in segments.items())

    eventually(equal)
    receiver.stop()
    daemon.stop()


def test_http_apis_are_traced_where_all_stages_are(start, backend, functions):
    receiver = Receiver()
    process = start(
        f'otlp_endpoint = "{receiver.url}"\notlp_signals = ["traces"]\ntrace_stages = "all"\n{QUICK}{functions.settings}')
    functions.functions["pets"] = lambda _: {"statusCode": 200, "body": "x"}
    api = HttpApi(process)
    api.route("GET /p", api.proxy(backend.url))
    api.route("GET /two", api.function("pets"))
    api.route("GET /one", api.function("pets", "1.0"))
    api.live()

    def spans(answer):
        server, [client] = spans_of(receiver, answer, "aws.extended_request_id", "apigw-requestid")
        assert attributes(server.attributes)["cloud.resource_id"] == (
            f"arn:aws:apigateway:us-east-1::/apis/{api.id}/stages/$default")
        return server, client

    backend.replies(204)
    _, client = spans(api.send("GET", "/p"))
    assert backend.only().header("traceparent").split("-")[2] == client.span_id.hex()
    for path in ("/two", "/one"):
        functions.seen.clear()
        server, client = spans(api.send("GET", path, [("traceparent", f"00-{trace_id()}-{SPAN}-01"), ("tracestate", "a=1")]))
        assert server.name == f"GET {path}" and server.parent_span_id.hex() == SPAN
        headers = {name.lower(): value for name, value in functions.only().event["headers"].items()}
        assert headers["traceparent"] == f"00-{server.trace_id.hex()}-{client.span_id.hex()}-01"
        assert headers["tracestate"] == "a=1"
    receiver.stop()


def test_posts_are_tried_again_where_the_receiver_says_so(start):
    receiver = Receiver()
    receiver.answers = [Answer(503, headers={"Retry-After": "0"}), Answer(429, headers={"Retry-After": "1"}), Answer(502)]
    process = start(
        f'otlp_endpoint = "{receiver.url}"\notlp_signals = ["traces"]\notlp_headers = ["x-key=a%2Cb"]\notlp_gzip = true\n'
        f'otlp_resource = ["service.name=pets"]\n{QUICK}')
    api = publish(process, {"GET /m": mock(200)})
    receiver.posts.clear()
    answer = api.send("GET", "/m")
    eventually(lambda: in_figures(process, "stagegate_otlp_spans_sent_total", at_least=1), timeout_s=20)
    first = [post for post in receiver.posts]
    assert len(first) >= 4 and first[0].message == first[1].message == first[2].message == first[3].message
    assert {(post.headers["x-key"], post.headers["content-encoding"]) for post in first} == {("a,b", "gzip")}
    spans_of(receiver_of(first), answer)
    assert {resource["service.name"] for _, resource in receiver.spans()} == {"pets"}
    in_figures(process, "stagegate_otlp_spans_dropped_total", exactly=0)
    receiver.stop()


def receiver_of(posts):
    """A receiver that has had each message once."""
    once = Receiver.__new__(Receiver)
    unique = {post.message.SerializeToString(): post for post in posts}
    once.posts = list(unique.values())
    return once


def in_figures(process, name, at_least=None, exactly=None):
    """Checks a figure of the metrics page."""
    found = process.figure(name)
    assert at_least is None or found >= at_least, f"{name} {found}"
    assert exactly is None or found == exactly, f"{name} {found}"
    return found


def test_what_is_refused_is_lost_and_counted(start):
    receiver = Receiver()
    process = start(f'otlp_endpoint = "{receiver.url}"\notlp_signals = ["traces"]\n{QUICK}')
    api = publish(process, {"GET /m": mock(200)})
    eventually(lambda: in_figures(process, "stagegate_otlp_spans_sent_total", at_least=1))
    partial = ExportTraceServiceResponse()
    partial.partial_success.rejected_spans = 1
    partial.partial_success.error_message = "too old"
    for answers in ([Answer(400)], [Answer(200, partial.SerializeToString())], [Answer(301, headers={"Location": receiver.url})]):
        before = in_figures(process, "stagegate_otlp_spans_dropped_total")
        receiver.answers = answers
        api.send("GET", "/m")
        eventually(lambda: in_figures(process, "stagegate_otlp_spans_dropped_total", exactly=before + 1))
    assert "too old" in process.log() or "400 Bad Request" in process.log()
    receiver.stop()


def test_a_receiver_that_never_answers_slows_nobody(start):
    receiver = Receiver()
    receiver.gate.clear()
    process = start(
        f'otlp_endpoint = "{receiver.url}"\notlp_signals = ["traces"]\notlp_queue_bytes = 20000\notlp_batch_items = 8\n{QUICK}')
    api = publish(process, {"GET /m": mock(200)})
    started = time.monotonic()
    assert {api.send("GET", "/m").status for _ in range(500)} == {200}
    assert time.monotonic() - started < 60, "500 requests take no second by themselves"
    eventually(lambda: in_figures(process, "stagegate_otlp_spans_dropped_total", at_least=1), timeout_s=10)
    receiver.gate.set()
    eventually(lambda: in_figures(process, "stagegate_otlp_spans_sent_total", at_least=8), timeout_s=10)
    assert process.terminate() == 0
    receiver.stop()


def test_the_last_spans_are_sent_before_the_end(start):
    receiver = Receiver()
    process = start(f'otlp_endpoint = "{receiver.url}"\notlp_signals = ["traces"]\ntrace_rate = "1"\notlp_batch_ms = 60000\n')
    api = publish(process, {"GET /m": mock(200)})
    answer = api.send("GET", "/m")
    assert process.terminate() == 0
    spans_of(receiver, answer)
    receiver.stop()
