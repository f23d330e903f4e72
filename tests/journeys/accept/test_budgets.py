"""Global budgets: over them a request is answered 503 and closed, and the other ports stay reachable."""

import contextlib
import threading

import pytest

from harness.apis import Api, definition, eventually, mock, proxy
from harness.backend import Reply
from harness.wire import Connection, Truncated


@pytest.fixture
def held(recording_backend):
    """A back-end space that holds every request until the event is set."""
    space, event = recording_backend.space(), threading.Event()

    def hold(_):
        event.wait(10)
        return Reply(200, body=b"done")

    space.answer = hold
    yield space, event
    event.set()


def test_requests_in_flight_are_bounded(start, held):
    space, event = held
    process = start("requests_max = 3\ncores = 1\n")
    api = Api(process, definition({"GET /slow": proxy(f"{space.url}/slow"), "GET /m": mock(200)}))
    with contextlib.ExitStack() as stack:
        running = [stack.enter_context(Connection(process.gateway)) for _ in range(3)]
        for connection in running:
            connection.request("GET", "/dev/slow", api.host)
        eventually(lambda: count(space, 3))
        with Connection(process.gateway) as over:
            over.request("GET", "/dev/m", api.host)
            assert over.response().status == 503
            assert over.closed()
        assert process.get_status("/healthz")[0] == 200
        assert process.client().get_rest_api(restApiId=api.id)["id"] == api.id
        assert "503" in process.get_status("/metrics")[1] or "over" in process.get_status("/metrics")[1]
        event.set()
        assert [connection.response().body for connection in running] == [b"done"] * 3
    assert api.send("GET", "/m").status == 200


def count(space, expected):
    """How many requests the back end holds."""
    assert len(space.requests) == expected


def test_connections_are_bounded(start):
    process = start("connections_max = 8\ncores = 1\n")
    api = Api(process, definition({"GET /m": mock(200)}))
    with contextlib.ExitStack() as stack:
        served = refused = 0
        for _ in range(20):
            connection = stack.enter_context(Connection(process.gateway, timeout=3))
            try:
                connection.request("GET", "/dev/m", api.host)
                status = connection.response().status
            except (Truncated, OSError):
                status = 503
            served, refused = served + (status == 200), refused + (status == 503)
        assert (served, refused) == (8, 12)
        assert process.get_status("/healthz")[0] == 200
        assert process.client().get_account()
    eventually(lambda: answers(api))


def answers(api):
    """The service is there again."""
    try:
        assert api.send("GET", "/m").status == 200
    except (Truncated, OSError) as error:
        raise AssertionError(error) from error
