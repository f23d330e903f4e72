"""HTTP/2 with prior knowledge on the same port, spoken by python-h2 and by curl."""

import hashlib
import json
import shutil
import socket
import subprocess

import h2.config
import h2.connection
import h2.events
import pytest

from harness.apis import mock, proxy


class Http2:
    """One HTTP/2 connection that sends requests and gathers answers by stream."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), 15)
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self.h2.initiate_connection()
        self.answers, self.ended, self.reset = {}, set(), {}
        self.flush()

    def flush(self):
        """Writes what the state machine has to say."""
        self.socket.sendall(self.h2.data_to_send())

    def send(self, method, path, authority, headers=(), body=b""):
        """Sends a request and returns its stream."""
        stream = self.h2.get_next_available_stream_id()
        head = [(":method", method), (":path", path), (":scheme", "http"), (":authority", authority), *headers]
        self.h2.send_headers(stream, head, end_stream=not body)
        self.flush()
        while body:
            window = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size, len(body))
            if window == 0:
                self.pump()
                continue
            self.h2.send_data(stream, body[:window], end_stream=window == len(body))
            body = body[window:]
            self.flush()
        return stream

    def pump(self):
        """Reads once and handles the events; false at the end of the connection."""
        data = self.socket.recv(262144)
        if not data:
            return False
        for event in self.h2.receive_data(data):
            if isinstance(event, h2.events.ResponseReceived):
                self.answers[event.stream_id] = [dict(event.headers), b""]
            elif isinstance(event, h2.events.DataReceived):
                self.answers[event.stream_id][1] += event.data
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                self.ended.add(event.stream_id)
            elif isinstance(event, h2.events.StreamReset):
                self.reset[event.stream_id] = event.error_code
                self.ended.add(event.stream_id)
        self.flush()
        return True

    def answer(self, stream):
        """Waits for the whole answer of a stream: headers and body."""
        while stream not in self.ended:
            assert self.pump(), "the connection ended"
        return self.answers.get(stream)


@pytest.fixture
def api(serve, backend):
    """A proxied route and a MOCK one."""
    return serve({"ANY /p": proxy(f"{backend.url}/p", "ANY"), "GET /m": mock(200)})


def test_a_proxied_request_with_a_body(api, backend):
    connection = Http2(api.gateway.gateway)
    stream = connection.send("POST", "/dev/p?x=1", api.host, [("x-kept", "yes"), ("content-type", "text/plain")], b"hello")
    headers, body = connection.answer(stream)
    assert headers[":status"] == "200"
    assert json.loads(body)["body"] == "hello"
    seen = backend.only()
    assert (seen.method, seen.header("x-kept")) == ("POST", "yes")
    assert seen.target.endswith("/p?x=1")


def test_streams_of_one_connection_run_side_by_side(api):
    connection = Http2(api.gateway.gateway)
    streams = [connection.send("GET", f"/dev/p?n={n}", api.host) for n in range(20)]
    for number, stream in enumerate(streams):
        headers, body = connection.answer(stream)
        assert headers[":status"] == "200" and json.loads(body)["target"].endswith(f"n={number}")


def test_large_bodies_both_ways(api, backend):
    sent, returned = b"u" * 3_000_000, bytes(range(256)) * 12_000
    backend.replies(200, [("Content-Type", "application/octet-stream")], returned)
    connection = Http2(api.gateway.gateway)
    headers, body = connection.answer(connection.send("POST", "/dev/p", api.host, body=sent))
    assert headers[":status"] == "200"
    assert hashlib.sha256(body).digest() == hashlib.sha256(returned).digest()
    assert hashlib.sha256(backend.only().body).digest() == hashlib.sha256(sent).digest()


def test_gateway_errors_have_lower_case_names_and_the_same_body(api):
    connection = Http2(api.gateway.gateway)
    headers, body = connection.answer(connection.send("GET", "/dev/nowhere", api.host))
    assert (headers[":status"], body) == ("403", b'{"message":"Missing Authentication Token"}')
    assert headers["x-amzn-errortype"] == "MissingAuthenticationTokenException"


def test_forbidden_fields_never_reach_the_back_end(api, backend):
    connection = Http2(api.gateway.gateway)
    config = h2.config.H2Configuration(validate_outbound_headers=False, normalize_outbound_headers=False, header_encoding="utf-8")
    connection.h2.config = config
    for headers in ([("transfer-encoding", "chunked")], [("connection", "close")], [("x-a", "b\r\nx-smuggled: 1")]):
        stream = connection.send("GET", "/dev/p", api.host, headers)
        try:
            answer = connection.answer(stream)
        except (AssertionError, ConnectionError):
            connection = Http2(api.gateway.gateway)
            connection.h2.config = config
            continue
        assert answer is None or answer[0][":status"].startswith("4"), headers
    assert not backend.requests


def test_a_rapid_reset_does_not_stop_the_service(api):
    attacker = Http2(api.gateway.gateway)
    try:
        for _ in range(2000):
            stream = attacker.h2.get_next_available_stream_id()
            head = [(":method", "GET"), (":path", "/dev/p"), (":scheme", "http"), (":authority", api.host)]
            attacker.h2.send_headers(stream, head, end_stream=True)
            attacker.h2.reset_stream(stream)
            attacker.flush()
    except (OSError, h2.exceptions.ProtocolError):
        pass
    assert api.send("GET", "/m").status == 200


def test_an_oversized_header_list_is_refused(api):
    connection = Http2(api.gateway.gateway)
    fields = [(f"x-fill-{n}", "a" * 1000) for n in range(60)]
    try:
        answer = connection.answer(connection.send("GET", "/dev/m", api.host, fields))
        assert answer is None or answer[0][":status"] in ("400", "413", "431")
    except (AssertionError, OSError, h2.exceptions.ProtocolError):
        pass
    assert api.send("GET", "/m").status == 200


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_with_prior_knowledge(api):
    url = f"http://127.0.0.1:{api.gateway.gateway}/dev/p"
    shown = subprocess.run(
        ["curl", "-sS", "--http2-prior-knowledge", "-w", "\n%{http_version} %{http_code}",
         "-H", f"Host: {api.host}", "--data", "abc", url],
        capture_output=True, text=True, check=True, timeout=20,
    ).stdout
    body, _, summary = shown.rpartition("\n")
    assert summary == "2 200"
    assert json.loads(body)["body"] == "abc"
