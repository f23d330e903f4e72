"""Bodies stream both ways unchanged; BUFFERED and STREAM differ in when the answer's head goes out."""

import hashlib
import random
import threading
import time

import pytest

from harness.apis import http, proxy
from harness.wire import Connection, Truncated

BIG = random.Random(7).randbytes(6_000_000)


def digest(data):
    """SHA-256, so that a failure does not print megabytes."""
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def api(serve, backend):
    """Proxied routes: buffered, streamed, and with short timeouts; one HTTP route."""
    return serve({
        "ANY /p": proxy(f"{backend.url}/p", "ANY"),
        "ANY /h": http(f"{backend.url}/h", "ANY"),
        "GET /short": proxy(f"{backend.url}/short", timeoutInMillis=500),
        "GET /stream": proxy(f"{backend.url}/stream", responseTransferMode="STREAM"),
    })


@pytest.mark.parametrize("route", ["/p", "/h"])
@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_large_bodies_pass_both_ways_unchanged(api, backend, route, framing):
    returned = BIG[::-1]
    chunks = [returned[i:i + 70_001] for i in range(0, len(returned), 70_001)]
    body = {"chunks": chunks} if framing == "chunked" else {"body": returned}
    backend.replies(200, [("Content-Type", "application/octet-stream")], **body)
    if framing == "chunked":
        options = {"chunks": [BIG[i:i + 65_537] for i in range(0, len(BIG), 65_537)]}
        answer = api.send("POST", route, **options)
    else:
        answer = api.send("POST", route, body=BIG)
    assert answer.status == 200
    assert digest(answer.body) == digest(returned)
    assert digest(backend.only().body) == digest(BIG)


def test_tiny_chunks_pass_unchanged(api, backend):
    backend.replies(200, chunks=[bytes([n % 256]) for n in range(1, 3000)])
    answer = api.send("POST", "/p", chunks=[b"x"] * 3000)
    assert answer.body == bytes(n % 256 for n in range(1, 3000))
    assert backend.only().body == b"x" * 3000


def test_a_slow_upload_reaches_the_back_end_while_it_is_sent(api, backend):
    with Connection(api.gateway.gateway) as connection:
        connection.send(f"POST /dev/p HTTP/1.1\r\nHost: {api.host}\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        connection.send(b"5\r\nhello\r\n")
        deadline = time.monotonic() + 3
        while not backend.requests:
            assert time.monotonic() < deadline, "the head waited for the body"
            time.sleep(0.02)
        connection.send(b"6\r\n world\r\n0\r\n\r\n")
        assert connection.response().json()["body"] == "hello world"


def trickle(gate):
    """Two parts; the second waits until the test has seen the first."""

    def chunks():
        yield b"first"
        gate.wait(5)
        yield b"second"

    return chunks


def test_stream_sends_the_first_part_at_once(api, backend):
    gate = threading.Event()
    backend.replies(200, [("Content-Type", "text/plain")], chunks=trickle(gate))
    with Connection(api.gateway.gateway) as connection:
        connection.request("GET", "/dev/stream", api.host)
        assert connection.read_head().status == 200
        parts = connection.chunks()
        assert next(parts) == b"first"
        gate.set()
        assert b"".join(parts) == b"second"


def test_buffered_holds_a_small_answer_until_it_is_whole(api, backend):
    gate = threading.Event()
    backend.replies(200, [("Content-Type", "text/plain")], chunks=trickle(gate))
    with Connection(api.gateway.gateway) as connection:
        connection.request("GET", "/dev/p", api.host)
        connection.socket.settimeout(0.5)
        with pytest.raises(TimeoutError):
            connection.read_head()
        gate.set()
        connection.socket.settimeout(5)
        assert connection.response().body == b"firstsecond"


def test_a_timeout_before_the_head_went_out_is_504(api, backend):
    def stall(first):
        def chunks():
            yield first
            time.sleep(3)
            yield b"late"

        return chunks

    backend.replies(200, chunks=stall(b"a little"))
    begin = time.monotonic()
    answer = api.send("GET", "/short")
    assert time.monotonic() - begin < 2.5
    assert (answer.status, answer.body) == (504, b'{"message": "Endpoint request timed out"}')
    backend.replies(200, chunks=stall(b"x" * 300_000))
    with pytest.raises(Truncated):
        api.send("GET", "/short")


def test_a_back_end_that_breaks_off_never_looks_complete(api, backend):
    broken = b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + b"x" * 200_000
    backend.replies(raw=broken)
    with pytest.raises(Truncated):
        api.send("GET", "/p")
    backend.replies(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n30d40\r\n" + b"x" * 200_000)
    with pytest.raises(Truncated):
        api.send("GET", "/p")


def test_a_client_that_goes_away_does_not_keep_the_back_end_busy(api, backend, recording_backend):
    sent = []

    def chunks():
        for _ in range(200):
            sent.append(1)
            yield b"x" * 65_536
            time.sleep(0.02)

    backend.replies(200, chunks=chunks)
    with Connection(api.gateway.gateway) as connection:
        connection.request("GET", "/dev/stream", api.host)
        connection.read_head()
    time.sleep(1)
    count = len(sent)
    time.sleep(0.5)
    assert len(sent) == count < 200
