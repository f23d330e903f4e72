"""The response cache of a stage: what is answered from it, what tells answers apart, how long they live (facts C1 to C3, C8)."""

import re

import pytest

from harness.apis import Api, definition, eventually, http, mock, proxy
from harness.cached import cache, counts, keyed
from harness.faults import patch
from harness.wire import Truncated


@pytest.fixture
def serve(gateway):
    """Imports routes and gives the stage a cache."""

    def serve(routes, **settings):
        api = Api(gateway, definition(routes))
        cache(api, **settings)
        return api

    return serve


def bodies(api, *requests):
    """The contents of GETs."""
    return [api.send("GET", *request).body.decode() if isinstance(request, tuple) else api.send("GET", request).body.decode()
            for request in requests]


def test_an_answer_is_given_again(serve, backend):
    counts(backend, headers=[("X-Own", "yes"), ("Set-Cookie", "a=b"), ("Date", "Thu, 01 Jan 1970 00:00:00 GMT")])
    api = serve({"GET /pets": proxy(f"{backend.url}/pets")})
    first, second = api.send("GET", "/pets"), api.send("GET", "/pets?x=1", [("X-Other", "1")])
    assert (first.status, first.body) == (second.status, second.body) == (200, b"1")
    assert len(backend.requests) == 1
    for name in ("X-Own", "Set-Cookie", "Content-Type", "x-amzn-Remapped-Date"):
        assert first.header(name) == second.header(name) and first.header(name), name
    for name in ("x-amzn-RequestId", "x-amz-apigw-id"):
        assert first.header(name) != second.header(name), f"{name} is each request's own"
    assert second.header("X-Amzn-Trace-Id") is None, "nothing was traced to a back end"


def test_fact_c6_no_header_tells_a_hit(serve, backend):
    counts(backend)
    api = serve({"GET /pets": proxy(f"{backend.url}/pets")})
    hit = [api.send("GET", "/pets") for _ in range(2)][1]
    assert not [name for name, _ in hit.headers if name.lower() in ("x-cache", "age", "warning")], hit.headers


def test_a_stage_without_a_cache_or_a_method_without_caching_asks_each_time(gateway, backend):
    counts(backend)
    api = Api(gateway, definition({"GET /pets": proxy(f"{backend.url}/pets")}))
    assert bodies(api, "/pets", "/pets") == ["1", "2"]
    cache(api, enabled="false")
    assert bodies(api, "/pets", "/pets") == ["3", "4"]
    cache(api)
    assert bodies(api, "/pets", "/pets") == ["5", "5"]
    api.client.update_stage(
        restApiId=api.id, stageName=api.stage, patchOperations=[patch("replace", "/cacheClusterEnabled", "false")]
    )
    assert bodies(api, "/pets", "/pets") == ["6", "7"]


def test_fact_116_fact_c2_the_key_is_the_listed_parameters(serve, backend):
    counts(backend)
    api = serve({
        "GET /none": proxy(f"{backend.url}/none"),
        "GET /type": keyed(proxy(f"{backend.url}/type"), "method.request.querystring.type"),
    })
    assert bodies(api, "/none?q=1", "/none?q=2", ("/none", [("Accept", "a/b"), ("Authorization", "x")])) == ["1"] * 3
    asked = ["/type?type=admin&department=A", "/type?type=admin&department=B", "/type?type=user", "/type", "/type?type="]
    assert bodies(api, *asked) == ["2", "2", "3", "4", "5"]
    assert bodies(api, *asked) == ["2", "2", "3", "4", "5"]


def test_every_kind_of_parameter_tells_answers_apart(serve, backend):
    counts(backend)
    url = f"{backend.url}/all"
    mapped = {
        "integration.request.path.id": "method.request.path.id",
        "integration.request.header.X-Tenant": "method.request.header.X-Tenant",
    }
    api = serve({
        "GET /header": keyed(proxy(url), "method.request.header.X-User"),
        "GET /many": keyed(proxy(url), "method.request.multivaluequerystring.t"),
        "GET /path/{id}": keyed(proxy(url), "method.request.path.id"),
        "GET /mapped/{id}": keyed(
            proxy(f"{url}/{{id}}", requestParameters=mapped), "integration.request.path.id", "integration.request.header.X-Tenant"
        ),
    })
    groups = [
        [("/header", [("X-User", "a")]), ("/header", [("x-user", "a")])],
        [("/header", [("X-User", "b")])],
        [("/header", [("X-User", "a"), ("X-User", "b")])],
        [("/header", [("X-User", "b"), ("X-User", "a")])],
        [("/header", [("X-User", "a,b")])],
        [("/header",)],
        [("/many?t=a&t=b",)],
        [("/many?t=b&t=a",)],
        [("/many?t=a%2Cb",)],
        [("/many?t=a",), ("/many?%74=a",)],
        [("/many",)],
        [("/path/1",)],
        [("/path/2",)],
        [("/mapped/1", [("X-Tenant", "t")])],
        [("/mapped/2", [("X-Tenant", "t")])],
        [("/mapped/1", [("X-Tenant", "u")])],
    ]
    for round_ in range(2):
        seen = [{body for body in bodies(api, *group)} for group in groups]
        assert all(len(answers) == 1 for answers in seen), (round_, seen)
        assert len(set().union(*seen)) == len(groups), (round_, seen)
    assert len(backend.requests) == len(groups)


def test_a_part_of_the_body_can_be_part_of_the_key(serve, backend):
    counts(backend)
    mapped = {"integration.request.header.X-Name": "method.request.body.name"}
    api = serve({"POST /a": keyed(proxy(f"{backend.url}/x", "POST", requestParameters=mapped), "integration.request.header.X-Name")})
    cache(api, place="/a/POST")
    sent = [api.send("POST", "/a", [("Content-Type", "application/json")], body).body for body in (
        b'{"name": "ann"}', b'{"name": "bob"}', b'{"age": 7, "name": "ann"}', b"{}")]
    assert sent == [b"1", b"2", b"1", b"3"]
    assert backend.requests[1].body == b'{"name": "bob"}', "what was read for the key goes on"


def test_a_namespace_is_shared_by_the_resources_that_name_it(serve, backend):
    counts(backend)
    api = serve({
        "GET /a": keyed(proxy(f"{backend.url}/x"), namespace="ours"),
        "GET /b": keyed(proxy(f"{backend.url}/x"), namespace="ours"),
        "GET /c": proxy(f"{backend.url}/x"),
    })
    assert bodies(api, "/a", "/b", "/c") == ["1", "1", "2"]


def test_fact_c1_only_get_is_cached_unless_a_method_says_otherwise(serve, backend):
    counts(backend)
    url = f"{backend.url}/v"
    api = serve({
        "ANY /any": proxy(url, "ANY"), "POST /post": proxy(url, "POST"), "HEAD /head": proxy(url, "HEAD"), "POST /on": proxy(url, "POST"),
    })
    cache(api, place="/on/POST")
    ask = lambda verb, path: api.send(verb, path).body.decode()  # noqa: E731
    assert [ask("GET", "/any"), ask("GET", "/any")] == ["1", "1"], "a GET on an ANY method caches as GET"
    assert [ask("POST", "/any"), ask("POST", "/post"), ask("POST", "/post")] == ["2", "3", "4"]
    assert [ask("POST", "/on"), ask("POST", "/on")] == ["5", "5"]
    backend.requests.clear()
    api.send("HEAD", "/head")
    api.send("HEAD", "/head")
    assert len(backend.requests) == 2


def test_a_setting_of_one_verb_holds_for_it_on_an_any_method(serve, backend):
    counts(backend)
    api = serve({"ANY /any": proxy(f"{backend.url}/v", "ANY")})
    cache(api, place="/any/PUT")
    sent = [api.send(verb, "/any").body.decode() for verb in ("GET", "PUT", "POST", "GET", "PUT", "POST")]
    assert sent == ["1", "2", "3", "1", "2", "4"], "each verb has answers of its own"
    cache(api, place="/any/GET", enabled="false")
    assert bodies(api, "/any", "/any") == ["5", "6"]


def test_fact_c8_a_method_s_setting_wins_over_that_of_all(serve, backend):
    counts(backend)
    api = serve({"GET /a/{id}": proxy(f"{backend.url}/x"), "GET /b": proxy(f"{backend.url}/x")})
    cache(api, place="/a/{id}/GET", enabled="false")
    assert bodies(api, "/a/1", "/a/1", "/b", "/b") == ["1", "2", "3", "3"]
    cache(api, place="/a/{id}/GET", ttl="0")
    assert bodies(api, "/a/1", "/a/1") == ["4", "5"], "0 seconds is off"


def test_fact_c1_answers_live_for_their_time(serve, backend):
    counts(backend)
    api = serve({"GET /a": proxy(f"{backend.url}/x")}, ttl="1")
    assert bodies(api, "/a") == ["1"]

    def renewed():
        assert bodies(api, "/a") != ["1"]

    eventually(renewed, timeout_s=10)


@pytest.mark.parametrize("status", [200, 404, 429, 500, 503])
def test_fact_c3_whatever_the_back_end_says_is_cached(serve, backend, status):
    counts(backend, status=status)
    api = serve({"GET /a": proxy(f"{backend.url}/x")})
    first, second = api.send("GET", "/a"), api.send("GET", "/a")
    assert (first.status, first.body) == (second.status, second.body) == (status, b"1")


@pytest.mark.parametrize("status", [206, 304, 412, 416])
def test_what_only_one_request_s_conditions_led_to_is_not_given_to_others(serve, backend, status):
    backend.replies(status, [("ETag", '"1"')])
    api = serve({"GET /a": proxy(f"{backend.url}/x")})
    assert [api.send("GET", "/a", [("If-None-Match", '"1"')]).status for _ in range(2)] == [status] * 2
    counts(backend)
    assert bodies(api, "/a", "/a") == ["1", "1"]


@pytest.mark.parametrize("status", [206, 304, 412, 416])
def test_a_mapping_does_not_make_one_request_s_conditions_everybody_s(serve, backend, status):
    """The integration response of all statuses makes a 200 of it, without the content that others would get."""
    backend.replies(status, [("ETag", '"1"')])
    mapped = {"integration.request.header.If-None-Match": "method.request.header.If-None-Match"}
    api = serve({"GET /a": http(f"{backend.url}/x", requestParameters=mapped)})
    assert api.send("GET", "/a", [("If-None-Match", '"1"')]).status == 200
    counts(backend)
    assert bodies(api, "/a", "/a") == ["1", "1"]


def test_what_the_gateway_says_itself_is_not_cached(serve, backend):
    api = serve({"GET /a": proxy(f"{backend.url}/x"), "GET /mapped": mock(200, responses={"4..": {"statusCode": "404"}})})
    backend.replies(raw=b"no HTTP\r\n\r\n")
    assert api.send("GET", "/a").status == 500 and api.send("GET", "/mapped").status == 500
    counts(backend)
    assert bodies(api, "/a", "/a") == ["1", "1"]


def test_fact_c1_entries_over_1_mib_are_not_stored(serve, backend):
    api = serve({"GET /{size}": proxy(f"{backend.url}/x")})
    for size, fetched in ((1_000_000, 1), (1_048_576, 2), (3_000_000, 2)):
        for chunks in (None, [b"x" * 65_536] * (size // 65_536) + [b"x" * (size % 65_536)] if size % 65_536 else None):
            api.client.flush_stage_cache(restApiId=api.id, stageName=api.stage)
            if chunks:
                backend.replies(200, [("Content-Type", "text/plain")], chunks=chunks)
            else:
                backend.replies(200, [("Content-Type", "text/plain")], b"x" * size)
            backend.requests.clear()
            assert [len(api.send("GET", "/a").body) for _ in range(2)] == [size, size]
            assert len(backend.requests) == fetched, (size, bool(chunks))


def test_fact_c1_encryption_can_push_an_entry_over_the_limit(serve, backend):
    """A number of eight bytes and a tag of sixteen come with what is encrypted."""

    def is_kept(api, size):
        backend.replies(200, [("Content-Type", "text/plain")], b"x" * size)
        backend.requests.clear()
        api.client.flush_stage_cache(restApiId=api.id, stageName=api.stage)
        assert [len(api.send("GET", "/a").body) for _ in range(2)] == [size, size]
        return len(backend.requests) == 1

    def largest(encrypted):
        api = serve({"GET /a": proxy(f"{backend.url}/x")}, encrypted=encrypted)
        kept, dropped = 1_048_000, 1_048_576
        assert is_kept(api, kept) and not is_kept(api, dropped)
        while dropped - kept > 1:
            size = (kept + dropped) // 2
            kept, dropped = (size, dropped) if is_kept(api, size) else (kept, size)
        return kept

    assert largest("false") - largest("true") == 24


def test_a_stream_that_breaks_off_is_not_stored(serve, backend):
    api = serve({"GET /a": proxy(f"{backend.url}/x")})
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 400000\r\n\r\n"
    backend.replies(raw=head + b"x" * 200_000)
    with pytest.raises(Truncated):
        api.send("GET", "/a")
    counts(backend)
    assert bodies(api, "/a", "/a") == ["1", "1"]


def test_a_get_with_content_passes_the_cache_by(serve, backend):
    counts(backend)
    api = serve({"GET /a": proxy(f"{backend.url}/x")})
    assert api.send("GET", "/a", [], b"poison").body == b"1"
    assert bodies(api, "/a", "/a") == ["2", "2"]
    assert api.send("GET", "/a", [], b"poison").body == b"3"
    assert api.send("POST", "/a", [("X-HTTP-Method-Override", "GET")]).body == b"4"
    assert bodies(api, "/a") == ["2"]


def test_encrypted_answers_are_the_same_answers(serve, backend):
    counts(backend, headers=[("X-Own", "yes")])
    api = serve({"GET /a": proxy(f"{backend.url}/x")}, encrypted="true")
    first, second = api.send("GET", "/a"), api.send("GET", "/a")
    assert (first.body, second.body, second.header("X-Own")) == (b"1", b"1", "yes")
    cache(api, encrypted="false")
    assert bodies(api, "/a", "/a") == ["2", "2"], "plaintext is not looked for among ciphertext"


def test_a_new_deployment_has_answers_of_its_own(serve, backend):
    counts(backend)
    api = serve({"GET /a": proxy(f"{backend.url}/x")})
    before = api.client.get_stage(restApiId=api.id, stageName=api.stage)["deploymentId"]
    assert bodies(api, "/a", "/a") == ["1", "1"]
    api.deploy()
    assert bodies(api, "/a", "/a") == ["2", "2"]
    api.client.update_stage(
        restApiId=api.id, stageName=api.stage, patchOperations=[patch("replace", "/deploymentId", before)]
    )
    assert bodies(api, "/a") == ["1"], "who goes back finds what is still fresh"


def test_answers_are_compressed_for_who_wants_it(gateway, backend):
    text = b"the same again and again " * 400
    backend.replies(200, [("Content-Type", "text/plain")], text)
    routes = {"GET /a": proxy(f"{backend.url}/x")}
    api = Api(gateway, definition(routes, **{"x-amazon-apigateway-minimum-compression-size": 10}))
    cache(api)
    wanted = [("Accept-Encoding", "gzip")]
    assert api.send("GET", "/a", wanted).header("Content-Encoding") == "gzip"
    plain = api.send("GET", "/a")
    assert plain.header("Content-Encoding") is None and plain.body == text
    assert api.send("GET", "/a", wanted).header("Content-Encoding") == "gzip"
    assert len(backend.requests) == 1


def test_what_a_back_end_coded_for_one_client_is_not_given_to_another(serve, backend):
    counts(backend, headers=[("Content-Encoding", "br")])
    api = serve({
        "GET /a": proxy(f"{backend.url}/x"),
        "GET /k": keyed(proxy(f"{backend.url}/x"), "method.request.header.Accept-Encoding"),
    })
    assert bodies(api, "/a", "/a") == ["1", "2"]
    assert bodies(api, ("/k", [("Accept-Encoding", "br")]), ("/k", [("Accept-Encoding", "br")]), "/k") == ["3", "3", "4"]


def test_a_method_without_a_back_end_is_cached_too(serve):
    said = {"statusCode": "200", "responseTemplates": {"text/plain": "$context.requestId"}}
    api = serve({"GET /m": mock(200, responses={"default": said})})
    assert len(set(bodies(api, "/m", "/m"))) == 1


def test_fact_c9_hits_and_misses_are_counted(start, backend):
    """And the metrics page shows them, the current minute included."""
    counts(backend)
    process = start()
    api = Api(process, definition({"GET /a": proxy(f"{backend.url}/x"), "POST /a": proxy(f"{backend.url}/x", "POST")}))
    cache(api)
    for verb in ("GET", "GET", "GET", "POST"):
        api.send(verb, "/a")

    def counted():
        page = process.get_status("/metrics")[1]
        page = page.decode() if isinstance(page, bytes) else page
        found = {kind: re.findall(rf"(?im)^\w*cache_{kind}\w*_total{{[^}}]*{api.id}[^}}]*}} (\d+)", page) for kind in ("hit", "miss")}
        assert "2" in found["hit"] and "1" in found["miss"], found

    eventually(counted)
