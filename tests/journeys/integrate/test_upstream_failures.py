"""Back ends that refuse, break off or talk nonsense; and addresses that are never connected to.

A connection that is refused or breaks is a 504; an address that cannot be right (a name that does not
resolve, an address the gateway never connects to) and an answer that is no HTTP are a 500 (fact 16, A1, L12).
"""

import json
import time

import pytest

from harness.apis import definition, mock, proxy
from harness.ports import free_port

NETWORK_ERROR = (504, b'{"message": "Network error communicating with endpoint"}')
UNREACHABLE = (500, b'{"message": "Internal server error"}')


def test_a_refused_connection(serve):
    api = serve({"GET /p": proxy(f"http://127.0.0.1:{free_port()}/")})
    answer = api.send("GET", "/p")
    assert (answer.status, answer.body) == NETWORK_ERROR
    assert answer.header("X-Amzn-Trace-Id", "").startswith("Root=1-")


def test_a_name_that_does_not_resolve(serve):
    api = serve({"GET /p": proxy("http://no-such-host.invalid/")})
    answer = api.send("GET", "/p")
    assert (answer.status, answer.body) == UNREACHABLE


@pytest.mark.parametrize("raw", [
    b"",
    b"HTTP/1.1 200 OK\r\nContent-Le",
    b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\nshort",
])
def test_a_connection_that_breaks(serve, backend, raw):
    backend.replies(raw=raw)
    api = serve({"GET /p": proxy(f"{backend.url}/p")})
    answer = api.send("GET", "/p")
    assert (answer.status, answer.body) == NETWORK_ERROR


@pytest.mark.parametrize("raw", [
    b"this is not HTTP\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX-A: b\r\n folded\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
    b"HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n",
])
def test_an_answer_that_is_not_http_is_not_passed_on(serve, backend, raw):
    backend.replies(raw=raw)
    api = serve({"GET /p": proxy(f"{backend.url}/p")})
    answer = api.send("GET", "/p")
    assert (answer.status, answer.body) == (500, b'{"message": "Internal server error"}')


def test_an_answer_on_a_stale_connection_is_tried_again_once(serve, backend):
    """The back end closes after each answer without saying so; an idempotent request succeeds anyway."""
    api = serve({"GET /p": proxy(f"{backend.url}/p")})
    backend.replies(200, [("Content-Type", "text/plain")], b"ok", close=True)
    for _ in range(10):
        assert api.send("GET", "/p").body == b"ok"


def test_a_post_that_was_sent_is_never_sent_twice(serve, backend):
    api = serve({"POST /p": proxy(f"{backend.url}/p", "POST")})
    backend.replies(raw=b"")
    assert api.send("POST", "/p", body=b"pay 10").status >= 500
    assert len(backend.requests) == 1


def own(gateway):
    """URIs that reach back into the gateway's own control and status ports."""
    return [
        f"http://127.0.0.1:{gateway.control}/restapis",
        f"http://localhost:{gateway.control}/restapis",
        f"http://127.0.0.1:{gateway.status}/metrics",
        f"http://[::ffff:127.0.0.1]:{gateway.status}/metrics",
        f"http://127.1:{gateway.status}/metrics",
    ]


LINK_LOCAL = [
    "http://169.254.169.254/latest/meta-data/",
    "http://169.254.1.1/",
    "http://[::ffff:169.254.169.254]/latest/meta-data/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[fe80::1]/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://2852039166/latest/meta-data/",
    "http://0xa9fea9fe/latest/meta-data/",
]


def test_addresses_that_are_never_connected_to(serve, gateway):
    refused = LINK_LOCAL + own(gateway)
    routes = {f"GET /u{n}": proxy(uri) for n, uri in enumerate(refused)}
    api = serve(routes | {"GET /works": mock(200)})
    assert api.send("GET", "/works").status == 200
    for number, uri in enumerate(refused):
        begin = time.monotonic()
        answer = api.send("GET", f"/u{number}")
        assert (answer.status, answer.body) == UNREACHABLE, (uri, answer)
        assert time.monotonic() - begin < 2, f"{uri} was tried"


def test_a_stage_variable_cannot_steer_to_a_refused_address(serve, gateway):
    for target in (f"127.0.0.1:{gateway.status}", "169.254.169.254"):
        api = serve({"GET /p": proxy("http://${stageVariables.host}/metrics")}, variables={"host": target})
        begin = time.monotonic()
        assert api.send("GET", "/p").status == 500
        assert time.monotonic() - begin < 2


def test_an_import_with_a_uri_that_is_not_one_is_refused(gateway):
    client = gateway.client()
    body = definition({"GET /p": proxy("ftp://127.0.0.1/")})
    with pytest.raises(client.exceptions.BadRequestException):
        client.import_rest_api(body=json.dumps(body))
