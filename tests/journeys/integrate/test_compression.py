"""Compression with real clients: curl --compressed, Python's zlib and gzip, and requests that they compress."""

import gzip
import json
import resource
import subprocess
import zlib

import pytest

from harness.apis import http, mock, proxy

TEXT = json.dumps([{"id": n, "type": "dog", "price": 249.99} for n in range(4000)]).encode()
GZIP = [("Accept-Encoding", "gzip")]


@pytest.fixture
def api(serve, backend):
    """An API that compresses what has at least 1,000 bytes, in front of the recording back end."""
    routes = {
        "GET /p": proxy(f"{backend.url}/p"), "POST /p": proxy(f"{backend.url}/p", "POST"),
        "GET /h": http(f"{backend.url}/h"), "GET /s": proxy(f"{backend.url}/s", responseTransferMode="STREAM"),
        "POST /t": http(f"{backend.url}/t", "POST", requestTemplates={"application/json": "$input.path('$[0].type')"}),
        "GET /m": mock(200, responses={"default": {
            "statusCode": "200", "responseTemplates": {"application/json": "#foreach($n in [1..1000])$n #end"}}}),
    }
    return serve(routes, **{"x-amazon-apigateway-minimum-compression-size": 1000})


def curl(api, path, *arguments):
    """What curl makes of an answer: its status, its headers, the content as curl gives it to its user."""
    command = ["curl", "-sS", "-i", "-H", f"Host: {api.host}", *arguments,
               f"http://127.0.0.1:{api.gateway.gateway}/{api.stage}{path}"]
    answer = subprocess.run(command, capture_output=True, check=True, timeout=30).stdout
    head, _, body = answer.partition(b"\r\n\r\n")
    return head.decode(), body


@pytest.mark.parametrize("chunks", [None, [TEXT[:9], TEXT[9:100_000], TEXT[100_000:]]], ids=["length", "chunked"])
def test_curl_reads_what_is_compressed(api, backend, chunks):
    """Content with a length and in chunks, over a proxy and a mapped integration, longer than what is held."""
    assert len(TEXT) > 150_000
    backend.replies(headers=[("Content-Type", "application/json")], body=TEXT, chunks=chunks)
    for path in ("/p", "/h"):
        head, body = curl(api, path, "--compressed")
        assert "Content-Encoding: deflate" in head or "Content-Encoding: gzip" in head
        assert "Transfer-Encoding: chunked" in head
        assert body == TEXT
        head, body = curl(api, path)
        assert "Content-Encoding" not in head and body == TEXT


@pytest.mark.parametrize("version", ["--http1.0", "--http2-prior-knowledge"])
def test_every_protocol_carries_what_is_compressed(api, backend, version):
    """HTTP/1.0 ends with its connection, HTTP/2 with its stream."""
    for body in (TEXT, TEXT[:2000]):
        backend.replies(body=body)
        head, found = curl(api, "/p", "--compressed", version)
        assert "content-encoding: " in head.lower() and found == body


def test_a_test_shows_text(api):
    """TestInvokeMethod neither compresses nor inflates."""
    resources = api.client.get_resources(restApiId=api.id)["items"]
    resource_id = next(it["id"] for it in resources if it["path"] == "/m")
    answer = api.client.test_invoke_method(
        restApiId=api.id, resourceId=resource_id, httpMethod="GET", headers={"Accept-Encoding": "gzip"})
    assert answer["body"].startswith("1 2 3 ") and "Content-Encoding" not in answer["headers"]


@pytest.mark.parametrize("coding, decompress", [("gzip", gzip.decompress), ("deflate", zlib.decompress)])
def test_python_reads_what_is_compressed(api, coding, decompress):
    """A template's text, whole."""
    answer = api.send("GET", "/m", [("Accept-Encoding", coding)])
    assert (answer.header("Content-Encoding"), answer.header("Content-Length")) == (coding, str(len(answer.body)))
    plain = api.send("GET", "/m")
    assert decompress(answer.body) == plain.body and len(answer.body) < len(plain.body)


def test_threshold_streams_and_coded_answers(api, backend):
    """999 bytes go out as they are, 1,000 compressed; a STREAM answer and one that is coded already never are."""
    for length, coding in ((999, None), (1000, "gzip")):
        backend.replies(body=b"x" * length)
        assert api.send("GET", "/p", GZIP).header("Content-Encoding") == coding
    backend.replies(body=TEXT)
    streamed = api.send("GET", "/s", GZIP)
    assert (streamed.header("Content-Encoding"), streamed.body) == (None, TEXT)
    backend.replies(headers=[("Content-Encoding", "gzip")], body=gzip.compress(TEXT))
    coded = api.send("GET", "/p", GZIP)
    assert gzip.decompress(coded.body) == TEXT and coded.header("Content-Encoding") == "gzip"


def test_the_setting_is_frozen_with_the_deployment(serve, backend):
    """UpdateRestApi shows after the next deployment; an empty value switches it off again."""
    api = serve({"GET /p": proxy(f"{backend.url}/p")})
    backend.replies(body=TEXT)

    def coding():
        return api.send("GET", "/p", GZIP).header("Content-Encoding")

    def patch(value):
        patches = [{"op": "replace", "path": "/minimumCompressionSize", "value": value}]
        api.client.update_rest_api(restApiId=api.id, patchOperations=patches)

    assert coding() is None
    patch("0")
    assert coding() is None
    api.deploy()
    assert coding() == "gzip"
    patch("")
    api.deploy()
    assert coding() is None


@pytest.mark.parametrize("coding, body", [("gzip", gzip.compress(TEXT)), ("deflate", zlib.compress(TEXT))])
def test_compressed_requests_reach_back_ends_inflated(api, backend, coding, body):
    """A template reads the text, a proxied back end gets it with its length and without the coding; so does curl's."""
    headers = [("Content-Encoding", coding), ("Content-Type", "application/json")]
    assert api.send("POST", "/t", headers, body).status == 200
    assert backend.only().body == b"dog"
    assert api.send("POST", "/p", headers, body).status == 200
    seen = backend.only()
    assert seen.body == TEXT and seen.header("Content-Length") == str(len(TEXT))
    assert not seen.all("Content-Encoding")


def test_requests_that_cannot_be_inflated(api, backend):
    """415 for other codings and for content that is not in its coding; no back end sees any of it."""
    for coding, body in (("br", b"x"), ("gzip", b"x"), ("gzip", gzip.compress(TEXT)[:-1]), ("deflate", gzip.compress(b"x"))):
        answer = api.send("POST", "/p", [("Content-Encoding", coding)], body)
        assert (answer.status, answer.json()) == (415, {"message": "Unsupported Media Type"})
    assert not backend.requests


def test_a_bomb_is_refused_in_little_memory(api, backend):
    """A request that would be a gigabyte is 413, and the process has hardly grown."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(squeeze.compress(bytes(1 << 20)) for _ in range(1024)) + squeeze.flush()
    assert len(bomb) < 1_200_000
    pid = api.gateway.process.pid

    def resident_bytes():
        with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * resource.getpagesize()

    before = resident_bytes()
    for _ in range(5):
        answer = api.send("POST", "/p", [("Content-Encoding", "gzip")], bomb)
        assert (answer.status, answer.json()) == (413, {"message": "Request Too Long"})
    assert resident_bytes() - before < 64 << 20
    assert not backend.requests
