"""HTTP_PROXY integrations of HTTP APIs: what back ends get, and what of their answers reaches the client, byte by byte."""

import re
import time

import pytest

from harness.backend import Reply
from harness.http_apis import HttpApi
from harness.ports import free_port

ID = re.compile(r"[A-Za-z0-9_-]{15}=")


@pytest.fixture
def api(gateway):
    """An HTTP API with a `$default` stage."""
    return HttpApi(gateway)


def test_fact_h1_answers_have_few_headers_in_one_order(api, backend):
    api.route("GET /plain", api.proxy(f"{backend.url}/x"))
    backend.replies(200, [("x-a", "1"), ("content-type", "text/plain"), ("SERVER", "mine")], b"hello")
    answer = api.send("GET", "/plain")
    assert [name for name, _ in answer.headers] == [
        "Date", "Content-Type", "Content-Length", "Connection", "X-A", "Server", "Apigw-Requestid"]
    assert (answer.header("Connection"), answer.body) == ("keep-alive", b"hello")
    assert ID.fullmatch(answer.header("Apigw-Requestid"))
    assert api.send("GET", "/plain", [("Connection", "close")]).header("Connection") == "close"


def test_fact_h2_what_the_gateway_says_itself_has_a_small_request_id(api):
    answer = api.send("GET", "/nothing")
    assert [name for name, _ in answer.headers] == [
        "Date", "Content-Type", "Content-Length", "Connection", "apigw-requestid"]
    assert (answer.status, answer.body) == (404, b'{"message":"Not Found"}')
    assert (answer.header("Content-Type"), answer.header("Content-Length")) == ("application/json", "23")
    assert ID.fullmatch(answer.header("apigw-requestid"))


def test_facts_h4_to_h6_refusals_byte_by_byte(api, backend):
    api.route("GET /late", api.proxy(backend.url, TimeoutInMillis=50))
    api.route("GET /iam", api.proxy(backend.url), "AWS_IAM")
    api.route("GET /token", api.proxy(backend.url), api.jwt("http://127.0.0.1:9"))
    backend.answer = lambda _: time.sleep(1) or Reply()
    ids = set()
    for method, path, status, body, kind in [
        ("GET", "/nothing", 404, b'{"message":"Not Found"}', "application/json"),
        ("PUT", "/late", 404, b'{"message":"Not Found"}', "application/json"),
        ("HEAD", "/late", 404, b"", "application/json"),
        ("GET", "/iam", 403, b'{"message":"Forbidden"}', "application/json"),
        ("GET", "/token", 401, b'{"message":"Unauthorized"}', None),
        ("GET", "/late", 503, b'{"message":"Service Unavailable"}', "application/json"),
    ]:
        answer = api.send(method, path)
        challenge = [("www-authenticate", "Bearer")] if kind is None else []
        assert (answer.status, answer.body) == (status, body), path
        assert answer.headers[1:-1] == [
            *([("Content-Type", kind)] if kind else []), ("Content-Length", str(len(body) or 23)), ("Connection", "keep-alive"),
            *challenge], path
        assert answer.headers[0][0] == "Date" and answer.headers[-1][0] == "apigw-requestid"
        ids.add(answer.headers[-1][1])
    assert len(ids) == 6 and all(ID.fullmatch(one) for one in ids)


def test_fact_h3_names_of_headers_are_written_in_canonical_form(api, backend):
    api.route("GET /a", api.proxy(backend.url))
    backend.replies(201, [("myheader", "a"), ("x-correlation-id", "B"), ("X-XSS-Protection", "0"), ("ETag", '"1"')])
    names = [name for name, _ in api.send("GET", "/a").headers]
    assert [name for name in names if name[0] in "MXE"] == ["Myheader", "X-Correlation-Id", "X-Xss-Protection", "Etag"]


def test_content_that_is_coded_passes_untouched_both_ways(api, backend):
    api.route("POST /coded", api.proxy(backend.url))
    backend.replies(200, [("Content-Encoding", "br"), ("Content-Type", "text/html")], b"\x0b\x02\x80")
    answer = api.send("POST", "/coded", [("Content-Encoding", "zstd")], b"\x28\xb5\x2f")
    assert (answer.header("Content-Encoding"), answer.body) == ("br", b"\x0b\x02\x80")
    seen = backend.only()
    assert (seen.header("Content-Encoding"), seen.body) == ("zstd", b"\x28\xb5\x2f")


def test_answers_of_unknown_length_are_passed_on_chunked(api, backend):
    api.route("GET /chunks", api.proxy(backend.url))
    backend.answer = lambda _: Reply(200, [("Content-Type", "text/plain")], chunks=[b"a" * 70_000, b"b" * 70_000])
    answer = api.send("GET", "/chunks")
    assert (answer.status, answer.chunked, len(answer.body)) == (200, True, 140_000)


def test_fact_101_back_ends_are_told_by_forwarded_and_via(api, backend):
    api.route("GET /told", api.proxy(backend.url))
    api.send("GET", "/told", [
        ("X-Forwarded-For", "192.0.2.1, 2001:db8::7"), ("X-Forwarded-Proto", "http"), ("X-Forwarded-Host", "old.example"),
        ("X-Forwarded-Port", "81"), ("Forwarded", "for=198.51.100.9"), ("Forwarded", 'for="'), ("Via", "1.1 proxy")])
    seen = backend.only()
    assert seen.header("Forwarded") == (
        'for=198.51.100.9, for=192.0.2.1, for="[2001:db8::7]";host=old.example;proto=http, '
        f'by=127.0.0.1;for=127.0.0.1;host="{api.host}";proto=http')
    assert seen.header("Via") == "1.1 proxy, HTTP/1.1 AmazonAPIGateway"
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}.*", seen.header("X-Amzn-Trace-Id"))
    gone = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Forwarded-Host", "X-Amzn-Apigateway-Api-Id")
    assert [name for name in gone if seen.all(name)] == []


def test_uris_have_the_parameters_of_the_path_and_stage_variables(gateway, backend):
    api = HttpApi(gateway, variables={"version": "v7"})
    uri = f"{backend.url}/${{stageVariables.version}}/{{id}}/{{rest}}?from={{id}}"
    api.route("ANY /pets/{id}/{rest+}", api.proxy(uri))
    api.send("PUT", "/pets/a%20b/c/d%3Fe?q=1&r=%2F", body=b"x")
    seen = backend.only()
    assert (seen.method, seen.body) == ("PUT", b"x")
    assert seen.target == f"{backend.prefix}/v7/a%20b/c/d%3Fe?from=a%20b&q=1&r=%2F"


def test_the_method_of_an_integration_replaces_that_of_the_request(api, backend):
    api.route("GET /m", api.proxy(backend.url, "POST"))
    api.route("ANY /any", api.proxy(backend.url, "ANY"))
    api.send("GET", "/m")
    assert backend.only().method == "POST"
    for method in ("GET", "DELETE", "OPTIONS", "PATCH"):
        api.send(method, "/any")
        assert backend.only().method == method
    api.send("GET", "/any", [("X-HTTP-Method-Override", "DELETE")])
    assert backend.only().method == "GET"


def test_fact_h31_a_back_end_that_is_late_or_away_is_unavailable(api, backend):
    api.route("GET /late", api.proxy(f"{backend.url}/late", TimeoutInMillis=50))
    api.route("GET /away", api.proxy(f"http://127.0.0.1:{free_port()}/"))
    backend.answer = lambda _: time.sleep(1) or Reply()
    for path in ("/late", "/away"):
        answer = api.send("GET", path)
        assert (answer.status, answer.body) == (503, b'{"message":"Service Unavailable"}'), path
        assert answer.header("apigw-requestid") and not answer.all("Retry-After")


def test_a_stage_of_the_default_endpoint_that_is_off_is_not_found(api, backend):
    api.route("GET /a", api.proxy(backend.url))
    assert api.send("GET", "/a").status == 200
    api.client.update_api(ApiId=api.id, DisableExecuteApiEndpoint=True)
    assert api.send("GET", "/a").status == 404


def test_an_api_that_is_deleted_is_gone(api, backend):
    api.route("GET /a", api.proxy(backend.url))
    assert api.send("GET", "/a").status == 200
    api.client.delete_api(ApiId=api.id)
    answer = api.send("GET", "/a")
    assert answer.status == 404 and b"No API is served" in answer.body
