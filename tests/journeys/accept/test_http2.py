"""HTTP/2 with prior knowledge on the same port, spoken by python-h2 and by curl."""

import hashlib
import json
import shutil
import socket
import subprocess

import h2.config
import h2.connection
import h2.exceptions
import pytest

from harness.apis import mock, proxy
from harness.http2 import Http2


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


def frame(kind, flags, stream, payload):
    """A raw HTTP/2 frame."""
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def flood(port, frames):
    """Sends raw frames after the preface; returns how many bytes the peer took before it closed."""
    with socket.create_connection(("127.0.0.1", port), 5) as raw:
        raw.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, b""))
        sent = 0
        try:
            for each in frames:
                raw.sendall(each)
                sent += len(each)
            raw.settimeout(5)
            while raw.recv(65536):
                pass
        except OSError:
            pass
        return sent


def test_a_continuation_flood_is_cut_off(api):
    head = frame(1, 0, 1, b"\x82")
    fragments = (frame(9, 0, 1, b"\x40\x01a\x7f\x00" + b"x" * 127) for _ in range(200_000))
    sent = flood(api.gateway.gateway, (f for source in ([head], fragments) for f in source))
    assert sent < 20_000_000, "the gateway read all of it"
    assert api.send("GET", "/m").status == 200


def test_floods_of_cheap_frames_do_not_stop_the_service(api):
    for frames in (
        (frame(6, 0, 0, bytes(8)) for _ in range(20_000)),
        (frame(4, 0, 0, b"\x00\x03\x00\x00\x00\x64") for _ in range(20_000)),
        (frame(3, 0, 1, bytes(4)) for _ in range(1000)),
        (frame(0, 1, 1, b"") for _ in range(1000)),
        iter([frame(8, 0, 0, b"\x7f\xff\xff\xff")] * 2),
        iter([b"\xff" * 100_000]),
    ):
        flood(api.gateway.gateway, frames)
        assert api.send("GET", "/m").status == 200
    assert api.gateway.process.poll() is None


def test_an_hpack_bomb_is_refused(api):
    """One large dynamic entry, referred to thousands of times."""
    bomb = b"\x82\x86\x84" + b"\x40\x01a\x7f\xa1\x1e" + b"x" * 4000 + b"\xbe" * 14_000
    sent = flood(api.gateway.gateway, [frame(1, 5, 1, bomb[:16_000])] * 1)
    assert sent
    assert api.send("GET", "/m").status == 200
    assert resident_bytes(api.gateway.process.pid) < 500_000_000


def resident_bytes(pid):
    """The resident set of a process."""
    with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * 4096
