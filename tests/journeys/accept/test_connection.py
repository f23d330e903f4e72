"""What HTTP/1.1 itself asks of a connection: keep-alive, pipelining, HEAD, 100-continue, HTTP/1.0, timeouts."""

import time

import pytest

from harness.apis import mock, proxy
from harness.wire import Connection, Truncated


@pytest.fixture
def api(serve, backend):
    """A proxied route and a MOCK one."""
    return serve({"ANY /p": proxy(f"{backend.url}/p", "ANY"), "GET /m": mock(200)})


def test_many_requests_on_one_connection(api, backend):
    with Connection(api.gateway.gateway) as connection:
        for number in range(20):
            connection.request("POST", f"/dev/p?n={number}", api.host, body=b"x" * number)
            assert connection.response().json()["target"].endswith(f"/p?n={number}")
        connection.request("GET", "/dev/nowhere", api.host)
        assert connection.response().status == 403
        connection.request("GET", "/dev/m", api.host)
        assert connection.response().status == 200
    assert len(backend.requests) == 20


def test_one_upstream_connection_serves_many_requests(api, backend):
    with Connection(api.gateway.gateway) as connection:
        for _ in range(10):
            connection.request("GET", "/dev/p", api.host)
            assert connection.response().status == 200
    assert len({seen.connection for seen in backend.requests}) < 10


def test_pipelined_requests_are_answered_in_order(api):
    count = 8
    with Connection(api.gateway.gateway) as connection:
        one = "GET /dev/p?n={} HTTP/1.1\r\nHost: " + api.host + "\r\n\r\n"
        connection.send("".join(one.format(n) for n in range(count)).encode())
        for number in range(count):
            assert connection.response().json()["target"].endswith(f"n={number}")


def test_a_request_that_arrives_byte_by_byte_is_served(api):
    request = f"POST /dev/p HTTP/1.1\r\nHost: {api.host}\r\nContent-Length: 3\r\n\r\nabc"
    with Connection(api.gateway.gateway) as connection:
        for byte in request.encode():
            connection.send(bytes([byte]))
            time.sleep(0.001)
        assert connection.response().json()["body"] == "abc"


def test_connection_close_is_honoured(api):
    with Connection(api.gateway.gateway) as connection:
        connection.request("GET", "/dev/m", api.host, [("Connection", "close")])
        answer = connection.response()
        assert answer.status == 200
        assert "close" in answer.header("Connection", "").lower()
        assert connection.closed()


def test_head_has_the_length_and_no_body_and_the_connection_goes_on(api, backend):
    backend.replies(200, [("Content-Type", "text/plain")], b"hello")
    with Connection(api.gateway.gateway) as connection:
        connection.request("HEAD", "/dev/p", api.host)
        answer = connection.response("HEAD")
        assert (answer.status, answer.body) == (200, b"")
        connection.request("GET", "/dev/p", api.host)
        assert connection.response().body == b"hello"


def test_expect_100_continue_is_answered_before_the_body_is_sent(api, backend):
    with Connection(api.gateway.gateway) as connection:
        connection.send(
            f"POST /dev/p HTTP/1.1\r\nHost: {api.host}\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n".encode()
        )
        assert connection.read_head().status == 100
        connection.send(b"hello")
        answer = connection.response()
        assert answer.status == 200 and answer.json()["body"] == "hello"
    assert not backend.only().all("Expect")


def test_expect_100_continue_on_a_refused_request_gets_the_refusal_only(api, backend):
    with Connection(api.gateway.gateway) as connection:
        connection.send(
            f"POST /dev/nowhere HTTP/1.1\r\nHost: {api.host}\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n".encode()
        )
        answer = connection.response()
        assert (answer.status, answer.informational) == (403, [])
    assert not backend.requests


def test_http_1_0_is_answered_and_closed(api):
    with Connection(api.gateway.gateway) as connection:
        connection.request("GET", "/dev/m", api.host, version="HTTP/1.0")
        assert connection.response().status == 200
        assert connection.closed()


def test_http_1_0_never_gets_a_chunked_answer(api, backend):
    backend.replies(200, [("Content-Type", "text/plain")], chunks=[b"abc", b"def"])
    with Connection(api.gateway.gateway) as connection:
        connection.request("GET", "/dev/p", api.host, version="HTTP/1.0")
        answer = connection.response()
        assert (answer.body, answer.chunked) == (b"abcdef", False)


def test_the_head_may_be_10240_bytes_and_no_more(api):
    def send(size):
        with Connection(api.gateway.gateway) as connection:
            start = f"GET /dev/m HTTP/1.1\r\nHost: {api.host}\r\nX-Fill: "
            connection.send(start.encode() + b"a" * (size - len(start) - 4) + b"\r\n\r\n")
            return connection.response().status

    assert send(10_000) == 200
    assert send(10_500) in (400, 413, 414, 431)
    assert send(200_000) in (400, 413, 414, 431)


@pytest.mark.parametrize("request_text", [
    "GET /dev/m HTTP/1.1\r\n\r\n",
    "GET /dev/m HTTP/1.1\r\nHost: {host}\r\nHost: {host}\r\n\r\n",
    "GET /dev/m HTTP/1.1\nHost: {host}\n\n",
    "GET /dev/m HTTP/1.1\r\nHost : {host}\r\n\r\n",
    "GET /dev/m HTTP/1.1\r\nHost: {host}\r\n X: folded\r\n\r\n",
    "POST /dev/m HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST /dev/m HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: gzip\r\n\r\n",
    "POST /dev/m HTTP/1.1\r\nHost: {host}\r\nContent-Length: +1\r\n\r\nx",
])
def test_a_doubtful_request_is_400_and_closed(api, request_text):
    with Connection(api.gateway.gateway) as connection:
        connection.send(request_text.format(host=api.host).encode())
        assert connection.response().status == 400
        assert connection.closed()


def test_slow_heads_and_bodies_are_cut_off_by_the_settings(start):
    """The timeouts are settings; short ones here, so that the test is."""
    process = start("head_timeout_ms = 400\nbody_timeout_ms = 400\nidle_timeout_ms = 400\n")
    api = process.client().import_rest_api(
        body=b'{"openapi":"3.0.1","info":{"title":"t","version":"1"},"paths":{}}')["id"]
    host = process.host(api)
    for partial in (b"", b"GET /dev/m HT", f"POST /dev/p HTTP/1.1\r\nHost: {host}\r\n".encode()):
        with Connection(process.gateway) as connection:
            connection.send(partial)
            begin = time.monotonic()
            try:
                assert connection.response().status in (400, 408)
            except Truncated:
                pass
            assert connection.closed()
            assert time.monotonic() - begin < 3, partial
