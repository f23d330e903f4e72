"""Timeouts and payload limits, and what the client is told."""

import time

import pytest

from harness.apis import Api, definition, proxy
from harness.backend import Reply
from harness.wire import Connection, Truncated

PAYLOAD_LIMIT_BYTES = 10 * 1024 * 1024


@pytest.fixture
def api(serve, backend):
    """A proxied route with the default limits, one with a short timeout, one streamed."""
    return serve({
        "ANY /p": proxy(f"{backend.url}/p", "ANY"),
        "GET /short": proxy(f"{backend.url}/short", timeoutInMillis=300),
        "GET /stream": proxy(f"{backend.url}/p", responseTransferMode="STREAM"),
    })


def test_a_back_end_that_does_not_answer_in_time_is_504(api, backend):
    def late(_):
        time.sleep(1.5)
        return Reply(200, body=b"late")

    backend.answer = late
    begin = time.monotonic()
    answer = api.send("GET", "/short")
    assert 0.25 < time.monotonic() - begin < 1.4
    assert (answer.status, answer.body) == (504, b'{"message": "Endpoint request timed out"}')
    assert answer.header("Content-Length") == "41"
    assert answer.header("X-Amzn-Trace-Id", "").startswith("Root=1-")


def test_the_connection_goes_on_after_a_504(api, backend):
    backend.answer = lambda _: time.sleep(0.8)
    with Connection(api.gateway.gateway) as connection:
        connection.request("GET", "/dev/short", api.host)
        assert connection.response().status == 504
        connection.request("GET", "/dev/nowhere", api.host)
        assert connection.response().status == 403


def test_ten_mebibytes_pass_and_one_byte_more_is_413(api, backend):
    backend.replies(200)
    assert api.send("POST", "/p", body=b"x" * PAYLOAD_LIMIT_BYTES).status == 200
    assert len(backend.only().body) == PAYLOAD_LIMIT_BYTES
    with Connection(api.gateway.gateway) as connection:
        head = f"POST /dev/p HTTP/1.1\r\nHost: {api.host}\r\nContent-Length: {PAYLOAD_LIMIT_BYTES + 1}\r\n\r\n"
        connection.send(head.encode())
        answer = connection.response()
    assert answer.status == 413
    assert answer.header("Content-Type") == "application/json"
    assert answer.json()["message"]
    assert not backend.requests


def test_a_chunked_request_over_the_limit_is_aborted_upstream_and_answered_413(api, backend):
    with Connection(api.gateway.gateway) as connection:
        connection.send(f"POST /dev/p HTTP/1.1\r\nHost: {api.host}\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        piece = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
        try:
            for _ in range(PAYLOAD_LIMIT_BYTES // 65_536 + 2):
                connection.send(piece)
        except OSError:
            pass
        assert connection.response().status == 413
    time.sleep(0.3)
    assert all(not seen.complete for seen in backend.requests)


def test_a_response_over_the_limit_is_never_passed_as_complete(api, backend):
    too_much = b"x" * (PAYLOAD_LIMIT_BYTES + 1)
    backend.replies(200, body=too_much)
    answer = api.send("GET", "/p")
    assert answer.status >= 500 and answer.json()["message"]
    backend.replies(200, chunks=[too_much[:65_536]] * 170)
    with pytest.raises(Truncated):
        api.send("GET", "/p")


def test_a_streamed_response_may_be_larger(api, backend):
    backend.replies(200, [("Content-Type", "application/octet-stream")], chunks=[b"x" * 65_536] * 200)
    assert len(api.send("GET", "/stream").body) == 200 * 65_536


def test_the_limits_are_settings(start, recording_backend):
    """AWS's values are defaults, never ceilings."""
    process = start("[quotas]\nrest_payload_bytes = 1000\n")
    space = recording_backend.space()
    space.replies(200)
    api = Api(process, definition({"POST /p": proxy(f"{space.url}/p", "POST")}))
    assert api.send("POST", "/p", body=b"x" * 1000).status == 200
    assert api.send("POST", "/p", body=b"x" * 1001).status == 413
