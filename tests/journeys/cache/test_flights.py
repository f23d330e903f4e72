"""A miss: one request fetches, and everybody who asks meanwhile gets what comes of it, or is let go."""

import concurrent.futures
import itertools
import threading

import pytest

from harness.apis import Api, definition, eventually, proxy
from harness.backend import Reply
from harness.cached import cache, counts
from harness.faults import patch
from harness.process import Stagegate
from harness.wire import Connection

CROWD = 12
TEXT = [("Content-Type", "text/plain")]


@pytest.fixture(scope="module")
def process(tmp_path_factory):
    """Two cores: what one fetches, those at the other get, too."""
    started = Stagegate(tmp_path_factory.mktemp("flights") / "data", "cores = 2\n").start()
    yield started
    started.stop()


@pytest.fixture
def api(process, backend):
    """One cached method."""
    api = Api(process, definition({"GET /a": proxy(f"{backend.url}/a")}))
    cache(api)
    return api


class Held:
    """A back end that holds its answers back until it is told."""

    def __init__(self, backend, make):
        self.let_go, self.backend = threading.Event(), backend

        def answer(recorded):
            number = len(backend.requests)
            assert self.let_go.wait(20)
            return make(number, recorded)

        backend.answer = answer

    def reached_by(self, count):
        """Waits until so many requests have come."""

        def reached():
            assert len(self.backend.requests) == count, len(self.backend.requests)

        eventually(reached, timeout_s=10)


def crowd(pool, api, count=CROWD):
    """Many requests at once, each by a connection of its own."""
    return [pool.submit(api.send, "GET", "/a", timeout=30) for _ in range(count)]


@pytest.fixture
def pool():
    """Threads enough."""
    with concurrent.futures.ThreadPoolExecutor(2 * CROWD) as made:
        yield made


def test_one_fetches_for_everybody(api, backend, pool):
    held = Held(backend, lambda number, _: Reply(200, TEXT, b"%d" % number))
    asked = crowd(pool, api)
    held.reached_by(1)
    asked += crowd(pool, api)
    held.let_go.set()
    assert {answer.result().body for answer in asked} == {b"1"}
    assert len(backend.requests) == 1


def connected(process, count):
    """Waits until so many clients are connected: then most of them wait for whoever fetches."""

    def there():
        assert process.figure("stagegate_connections_open") >= count

    eventually(there, timeout_s=10)


def test_what_may_not_be_stored_lets_everybody_go_at_once(api, backend, pool, process):
    held = Held(backend, lambda *_: Reply(206, TEXT))
    first = crowd(pool, api, 1)
    held.reached_by(1)
    rest = crowd(pool, api)
    connected(process, 1 + CROWD)
    inside, together = [], threading.Event()

    def side_by_side(recorded):
        # Nobody is answered before two are here: they do not come one after the other.
        inside.append(recorded)
        if len(inside) > 1:
            together.set()
        assert together.wait(20)
        return Reply(206, TEXT)

    backend.answer = side_by_side
    held.let_go.set()
    assert {answer.result().status for answer in first + rest} == {206}
    assert len(inside) == CROWD


def test_an_error_of_the_gateway_lets_everybody_go(api, backend, pool):
    held = Held(backend, lambda number, _: Reply(raw=b"no HTTP\r\n\r\n") if number == 1 else Reply(200, TEXT, b"good"))
    first = crowd(pool, api, 1)
    held.reached_by(1)
    rest = crowd(pool, api, 4)
    held.let_go.set()
    assert first[0].result().status == 500
    assert {answer.result().body for answer in rest} == {b"good"}


def test_who_leaves_leaves_the_fetch_to_another(api, backend, pool, process):
    held = Held(backend, lambda number, _: Reply(200, TEXT, b"%d" % number))
    leaving = Connection(process.gateway)
    leaving.request("GET", f"/{api.stage}/a", api.host)
    held.reached_by(1)
    rest = crowd(pool, api)
    leaving.close()
    held.reached_by(2)
    held.let_go.set()
    assert {answer.result().body for answer in rest} == {b"2"}
    assert len(backend.requests) == 2


def test_a_slow_upload_keeps_the_answer_from_nobody(process, backend):
    counts(backend)
    api = Api(process, definition({"POST /a": proxy(f"{backend.url}/a", "POST")}))
    cache(api, place="/a/POST")
    with Connection(process.gateway) as slow:
        head = f"POST /{api.stage}/a HTTP/1.1\r\nHost: {api.host}\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\n"
        slow.send(head.encode() + b"ab")
        connected(process, 1)
        assert [api.send("POST", "/a", TEXT, b"text", timeout=10).body for _ in range(2)] == [b"1", b"1"]
        slow.send(b"cd")
        assert slow.response("POST").body == b"1", "who is slow gets what others have fetched"
    assert [request.body for request in backend.requests] == [b"text"]


def test_a_long_answer_is_streamed_and_kept(api, backend):
    piece = b"0123456789abcdef" * 4_096
    backend.replies(200, TEXT, chunks=[piece] * 10)
    sent = [api.send("GET", "/a").body for _ in range(2)]
    assert sent == [piece * 10] * 2 and len(backend.requests) == 1


def test_nothing_from_before_a_flush_or_a_new_size_is_found_among_clients_that_come_and_go(api, backend, pool):
    """Answers are numbers in the order in which the back end was asked: none is older than the last life of the cache."""
    numbers, floor, over = itertools.count(1), [0], threading.Event()
    newest, lock = [0], threading.Lock()

    def number(_):
        with lock:
            newest[0] = next(numbers)
            return Reply(200, TEXT, b"%d" % newest[0])

    backend.answer = number
    target = f"/{api.stage}/a"

    def client(which):
        asked = 0
        while not over.is_set():
            asked += 1
            with Connection(api.gateway.gateway) as connection:
                least = floor[0]
                connection.request("GET", target, api.host, [("Cache-Control", "max-age=0")] if asked % 7 == which else [])
                if asked % 5 != which:
                    answer = connection.response()
                    assert answer.status == 200 and int(answer.body) > least, (answer, least)
        return asked

    cache(api, permission="false")
    clients = [pool.submit(client, which) for which in range(6)]
    for turn in range(30):
        before = newest[0]
        if turn % 3:
            api.client.flush_stage_cache(restApiId=api.id, stageName=api.stage)
        else:
            size = [patch("replace", "/cacheClusterSize", "1.6" if turn % 2 else "0.5")]
            api.client.update_stage(restApiId=api.id, stageName=api.stage, patchOperations=size)
        floor[0] = before
    over.set()
    assert all(asked.result() for asked in clients)


def test_a_request_after_a_flush_gets_nothing_from_before_it(api, backend, pool):
    held = Held(backend, lambda number, _: Reply(200, TEXT, b"%d" % number))
    early = crowd(pool, api, 1)
    held.reached_by(1)
    api.client.flush_stage_cache(restApiId=api.id, stageName=api.stage)
    late = crowd(pool, api, 3)
    held.reached_by(2)
    held.let_go.set()
    assert early[0].result().body == b"1"
    assert {answer.result().body for answer in late} == {b"2"}
    assert api.send("GET", "/a").body == b"2"
