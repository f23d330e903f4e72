"""Trace headers that no client should send, and requests that end badly: the segment and the back end's header stay sound."""

import re
import socket
import threading
import uuid

import pytest

from harness.apis import Api, definition, eventually, mock, proxy
from harness.backend import Reply
from harness.faults import patch
from harness.process import Stagegate

ROOT = re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{24}")
ID = re.compile(r"[0-9a-f]{16}")
PARENT = "53995c3f42cd8ad8"
GOOD = "1-65610d2e-0123456789abcdef01234567"


@pytest.fixture(scope="module")
def traced(tmp_path_factory, daemon):
    """A process that samples every request of a traced stage, and reads both kinds of headers."""
    settings = (f'xray_daemon_address = "{daemon.udp_address}"\ntrace_rate = "1"\n'
                'trace_propagation = ["xray", "w3c"]\n')
    process = Stagegate(tmp_path_factory.mktemp("malformed") / "data", settings).start()
    yield process
    process.stop()


def publish(process, routes, **arguments):
    """An API on a traced stage."""
    api = Api(process, definition(routes, title=f"Odd {uuid.uuid4().hex[:8]}", **arguments))
    api.client.update_stage(restApiId=api.id, stageName="dev", patchOperations=[patch("replace", "/tracingEnabled", "true")])
    api.wait_until_live()
    return api


def segment_of(daemon, answer):
    """The one segment of a request; none so far broke the schema."""
    wanted = answer.header("x-amzn-RequestId")

    def find():
        assert not daemon.faults, daemon.faults
        found = [one for one in list(daemon.segments) if one["aws"]["api_gateway"]["request_id"] == wanted]
        assert len(found) == 1, found
        return found[0]

    return eventually(find)


def parts(header):
    """The members of a header; none comes twice."""
    pairs = [part.split("=", 1) for part in header.split(";")]
    assert len({name for name, _ in pairs}) == len(pairs), header
    return dict(pairs)


BROKEN = [
    "", ";", "=", ";;;===", "Root", "Root=", "Root=;Parent=;Sampled=", "root=" + GOOD, f"Parent={PARENT}",
    f"Parent={PARENT};Sampled=1", "Root=1-00000000-000000000000000000000000;Sampled=1", f"Root={GOOD}0;Sampled=1",
    "Root=" + "\xff" * 35, "Root=2" + GOOD[1:], "Root=" + GOOD.replace("-", "_"), "x" * 7000, "Root=1-" + ";" * 2000,
    f"Root=\"{GOOD}\";Sampled=1", f"Root={GOOD[:20]} {GOOD[21:]}",
]


@pytest.mark.parametrize("header", BROKEN, ids=range(len(BROKEN)))
def test_a_broken_header_begins_a_trace_that_is_sound(traced, daemon, backend, header):
    api = publish(traced, {"GET /p": proxy(backend.url)})
    answer = api.send("GET", "/p", [("X-Amzn-Trace-Id", header.encode("latin-1") if not header.isascii() else header)])
    assert answer.status == 200
    segment = segment_of(daemon, answer)
    assert segment["trace_id"] != GOOD and ROOT.fullmatch(segment["trace_id"]) and "parent_id" not in segment
    sent = parts(backend.only().header("X-Amzn-Trace-Id"))
    assert sent["Root"] == segment["trace_id"] and ID.fullmatch(sent["Parent"]) and sent["Sampled"] == "1"


@pytest.mark.parametrize("header, parent", [
    (f"Self=1-65610d2f-12456789abcdef012345678;Root={GOOD}", None),
    (f" Root={GOOD} ; Parent={PARENT} ; Sampled=? ", PARENT),
    (f"Root={GOOD};Parent=nonsense;Sampled=1", None),
    (f"Root={GOOD};Parent=0000000000000000;Sampled=1", None),
    (f"Root={GOOD};Parent={PARENT};Sampled=2", PARENT),
    (f"Root={GOOD};Parent={PARENT};Sampled=true", PARENT),
    (f"Root={GOOD};Parent={PARENT};Sampled=1;Lineage=a87bd80c:1|68fd508a:5|c512fbe3:2", PARENT),
    (f"Sampled=1;Parent={PARENT};Root={GOOD};Extra=" + "y" * 500, PARENT),
    (f"Root={GOOD.upper().replace('X', 'x')};Parent={PARENT.upper()};Sampled=1", PARENT),
])
def test_what_a_header_says_clearly_is_kept(traced, daemon, backend, header, parent):
    api = publish(traced, {"GET /p": proxy(backend.url)})
    answer = api.send("GET", "/p", [("X-Amzn-Trace-Id", header)])
    segment = segment_of(daemon, answer)
    assert (segment["trace_id"], segment.get("parent_id")) == (GOOD, parent)
    sent = parts(backend.only().header("X-Amzn-Trace-Id"))
    assert (sent["Root"], sent["Sampled"]) == (GOOD, "1") and ID.fullmatch(sent["Parent"])


def test_of_two_headers_one_is_followed(traced, daemon, backend):
    api = publish(traced, {"GET /p": proxy(backend.url)})
    other = GOOD[:-1] + "9"
    answer = api.send("GET", "/p", [("X-Amzn-Trace-Id", f"Root={GOOD};Sampled=1"), ("X-Amzn-Trace-Id", f"Root={other};Sampled=1")])
    segment = segment_of(daemon, answer)
    seen = backend.only().all("X-Amzn-Trace-Id")
    assert len(seen) == 1 and parts(seen[0])["Root"] == segment["trace_id"] in (GOOD, other)


@pytest.mark.parametrize("status, flags", [(200, set()), (304, set()), (404, {"error"}), (429, {"error", "throttle"}),
                                           (500, {"fault"}), (503, {"fault"}), (599, {"fault"})])
def test_flags_follow_the_status_of_the_request_and_of_the_call(traced, daemon, backend, status, flags):
    api = publish(traced, {"GET /p": proxy(backend.url)})
    backend.replies(status)
    segment = segment_of(daemon, api.send("GET", "/p"))
    called = [one for one in segment["subsegments"] if one.get("namespace") == "remote"][0]
    every = {"error", "fault", "throttle"}
    assert every & set(segment) == every & set(called) == flags
    assert segment["http"]["response"]["status"] == called["http"]["response"]["status"] == status


def test_a_throttled_request_is_an_error_and_a_throttle(traced, daemon):
    api = publish(traced, {"GET /m": mock(200)})
    api.client.update_stage(restApiId=api.id, stageName="dev", patchOperations=[
        patch("replace", "/*/*/throttling/rateLimit", "1"), patch("replace", "/*/*/throttling/burstLimit", "1")])
    api.wait_until_live()
    answer = eventually(lambda: throttled(api))
    segment = segment_of(daemon, answer)
    assert segment["error"] and segment["throttle"] and "fault" not in segment
    assert segment["cause"]["exceptions"][0]["type"] == "THROTTLED"


def throttled(api):
    """An answer that says so."""
    answer = api.send("GET", "/m")
    assert answer.status == 429
    return answer


def test_long_and_strange_requests_make_sound_segments(traced, daemon):
    api = publish(traced, {"ANY /{proxy+}": mock(200)})
    for path in ("/" + "%C3%A9" * 900, "/a?" + "q=%C3%BF&" * 500, "/%22%3Cx%3E?a=%22;%27&&=&="):
        answer = api.send("GET", path, [("User-Agent", "\"agent\" \\ {}")])
        assert answer.status == 200, (path, answer)
        assert segment_of(daemon, answer)["http"]["request"]["url"].startswith("http://")
    segment = segment_of(daemon, api.send("PROPFIND", "/a"))
    assert segment["http"]["request"]["method"] == "PROPFIND"


def test_a_client_that_goes_away_leaves_a_sound_segment(traced, daemon, backend):
    api = publish(traced, {"GET /p": proxy(backend.url)})
    gone = threading.Event()
    backend.answer = lambda _: gone.wait(5) and Reply(200, [], b"late")
    before = len(daemon.segments)
    with socket.create_connection(("127.0.0.1", traced.gateway)) as client:
        client.sendall(f"GET /dev/p HTTP/1.1\r\nHost: {api.host}\r\n\r\n".encode())
        eventually(lambda: check(backend.requests))
    gone.set()

    def told():
        assert not daemon.faults, daemon.faults
        found = next((one for one in daemon.segments[before:] if one["http"]["request"]["method"] == "GET"), None)
        assert found
        return found

    [called] = [one for one in eventually(told)["subsegments"] if one.get("namespace") == "remote"]
    assert called["http"]["request"]["url"] == f"{backend.url}"


def check(holds):
    """Fails where something does not hold, so that it can be waited for."""
    assert holds
