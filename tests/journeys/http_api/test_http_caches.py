"""Cached answers of HTTP APIs: what empties the cache, answers without content, and what browsers are told on a hit."""

import itertools

import pytest

from harness.backend import Backend, Reply
from harness.http_definitions import Imported, to
from harness.process import Stagegate

ORIGIN = "https://app.example"
CACHED = {"x-stagegate-cache": {"ttlInSeconds": 300}}


@pytest.fixture(scope="module")
def process(tmp_path_factory):
    """A process of this module."""
    made = Stagegate(tmp_path_factory.mktemp("http-caches") / "data").start()
    yield made
    made.stop()


@pytest.fixture
def backend():
    """A back end that never answers the same twice."""
    made, count = Backend().space(), itertools.count(1)
    made.answer = lambda _: Reply(200, [("X-Count", str(next(count))), ("Content-Type", "text/plain")], b"some content")
    return made


def number(api, method="GET", path="/cached", headers=()):
    """Which answer of the back end a request gets."""
    return int(api.send(method, path, headers).header("X-Count"))


def change_variables(api):
    """Gives the stage a variable."""
    api.client.update_stage(ApiId=api.id, StageName="$default", StageVariables={"colour": "red"})


def reset(api):
    """The operation that forgets what a stage remembers."""
    api.client.reset_authorizers_cache(ApiId=api.id, StageName="$default")


def deploy(api):
    """A change that is deployed."""
    api.client.update_api(ApiId=api.id, CorsConfiguration={"AllowOrigins": [ORIGIN]})


@pytest.mark.parametrize("change", [change_variables, reset, deploy])
def test_a_change_of_the_stage_empties_its_cache(process, backend, change):
    api = Imported(process, {"GET /cached": {**CACHED, **to(backend.url)}})
    other = Imported(process, {"GET /cached": {**CACHED, **to(backend.url)}})
    first, others = number(api), number(other)
    assert number(api) == first
    change(api)
    again = number(api)
    assert again != first
    assert (number(api), number(other)) == (again, others), "kept from then on, and the other API's all the time"


def test_a_stage_variable_in_the_uri_leads_elsewhere_at_once(process, backend):
    api = Imported(process, {"GET /cached": {**CACHED, **to(f"{backend.url}/${{stageVariables.colour}}")}})
    targets = []
    for colour in ("red", "blue", "red"):
        api.client.update_stage(ApiId=api.id, StageName="$default", StageVariables={"colour": colour})
        assert number(api) == number(api)
        targets.append(backend.requests[-1].target.rsplit("/", 1)[1])
    assert targets == ["red", "blue", "red"]


@pytest.mark.parametrize("order", [("HEAD", "GET"), ("GET", "HEAD")])
def test_answers_to_head_and_get_are_kept_apart(process, backend, order):
    api = Imported(process, {"x-amazon-apigateway-any-method /cached": {**CACHED, **to(backend.url)}})
    first = {method: api.send(method, "/cached") for method in order}
    hits = {method: api.send(method, "/cached") for method in order}
    for method in order:
        assert hits[method].status == 200
        assert hits[method].header("X-Count") == first[method].header("X-Count")
        assert hits[method].header("Content-Type") == "text/plain"
        assert hits[method].header("Content-Length") == str(len(b"some content"))
        assert hits[method].body == (b"some content" if method == "GET" else b"")
    assert [request.method for request in backend.requests] == list(order)


def test_a_cached_head_without_content_leaves_the_connection_in_order(process, backend):
    api = Imported(process, {"HEAD /cached": {**CACHED, **to(backend.url, httpMethod="GET")}})
    first, hit = api.send("HEAD", "/cached"), api.send("HEAD", "/cached")
    assert hit.header("X-Count") == first.header("X-Count")
    assert hit.header("Content-Length") == str(len(b"some content"))
    assert len(backend.requests) == 1


@pytest.mark.parametrize("sent", [[], [("Vary", "Origin")], [("Vary", "Accept, ORIGIN")], [("Vary", "*")]])
def test_browsers_are_told_once_that_an_answer_depends_on_the_origin(process, backend, sent):
    cors = {"allowOrigins": [ORIGIN], "exposeHeaders": ["x-count"]}
    api = Imported(process, {"GET /cached": {**CACHED, **to(backend.url)}}, **{"x-amazon-apigateway-cors": cors})
    backend.answer = lambda _: Reply(200, [*sent], b"x")
    miss, hit = (api.send("GET", "/cached", [("Origin", ORIGIN)]) for _ in range(2))
    for answer in (miss, hit):
        assert answer.all("Vary") == ([value for _, value in sent] or ["Origin"])
        assert answer.all("Access-Control-Allow-Origin") == [ORIGIN]
        assert answer.all("Access-Control-Expose-Headers") == ["x-count"]
    stranger = api.send("GET", "/cached", [("Origin", "https://evil.example")])
    assert stranger.all("Access-Control-Allow-Origin") == [] and len(stranger.all("Vary")) == 1
    assert len(backend.requests) == 1


def test_fact_h2_an_answer_from_the_cache_has_the_same_headers_in_the_same_order(process, backend):
    api = Imported(process, {"GET /cached": {**CACHED, **to(backend.url)}})
    backend.replies(200, [("x-a", "1"), ("Content-Type", "text/plain"), ("set-cookie", "a=1"), ("x-b", "2")], b"x")
    miss, hit = (api.send("GET", "/cached").headers for _ in range(2))
    assert [name for name, _ in hit] == [name for name, _ in miss] == [
        "Date", "Content-Type", "Content-Length", "Connection", "X-A", "Set-Cookie", "X-B", "Apigw-Requestid"]
    assert len(backend.requests) == 1
