"""CORS of HTTP APIs: preflights that the gateway answers, and what it says beside every answer of a back end."""

import pytest

from harness.http_apis import HttpApi

ORIGIN = "https://app.example"
CORS = {
    "AllowOrigins": [ORIGIN], "AllowMethods": ["GET", "PUT"], "AllowHeaders": ["x-a", "content-type"],
    "ExposeHeaders": ["x-seen"], "MaxAge": 300,
}
ASKS = [("Origin", ORIGIN), ("Access-Control-Request-Method", "PUT"), ("Access-Control-Request-Headers", "x-a")]


@pytest.fixture
def api(gateway, backend):
    """An API that browsers of one origin may call."""
    built = HttpApi(gateway, CorsConfiguration=CORS)
    built.route("GET /pets", built.proxy(f"{backend.url}/pets"))
    return built


def told(answer):
    """What an answer says to browsers."""
    return {name.lower(): value for name, value in answer.headers if name.lower().startswith("access-control-")}


def test_facts_100_and_h48_a_preflight_is_answered_by_the_gateway(api, backend):
    answer = api.send("OPTIONS", "/pets", ASKS)
    assert (answer.status, answer.body) == (204, b"")
    assert told(answer) == {
        "access-control-allow-origin": ORIGIN, "access-control-allow-methods": "GET,PUT",
        "access-control-allow-headers": "x-a,content-type", "access-control-max-age": "300"}
    assert not answer.all("Content-Type") and not answer.all("Content-Length")
    assert answer.header("Apigw-Requestid") and backend.requests == []


def test_fact_h48_whoever_is_no_browser_is_told_nothing(api, backend):
    answer = api.send("OPTIONS", "/pets")
    assert answer.status == 204
    assert [name for name, _ in answer.headers] == ["Date", "Connection", "Apigw-Requestid"]
    answer = api.send("OPTIONS", "/pets", [("Origin", "https://evil.example"), *ASKS[1:]])
    assert (answer.status, told(answer), backend.requests) == (204, {}, [])


@pytest.mark.parametrize("key", ["ANY /{proxy+}", "ANY /pets", "OPTIONS /pets", "$default"])
def test_fact_h47_a_route_that_matches_gets_the_preflight(api, backend, key):
    api.route(key, api.proxy(f"{backend.url}/options"))
    backend.replies(200, [("Access-Control-Allow-Origin", "*")])
    answer = api.send("OPTIONS", "/pets", ASKS)
    assert (answer.status, backend.only().method) == (200, "OPTIONS")
    assert told(answer)["access-control-allow-origin"] == ORIGIN


def test_fact_h50_what_back_ends_say_is_replaced(api, backend):
    backend.replies(200, [
        ("access-control-allow-origin", "*"), ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Max-Age", "9"), ("X-Seen", "1")])
    answer = api.send("GET", "/pets", [("Origin", ORIGIN)])
    assert told(answer) == {"access-control-allow-origin": ORIGIN, "access-control-expose-headers": "x-seen"}
    assert (answer.header("Vary"), answer.header("X-Seen")) == ("Origin", "1")
    for origin in ("https://evil.example", "null"):
        assert told(api.send("GET", "/pets", [("Origin", origin)])) == {}
    assert told(api.send("GET", "/pets")) == {}


def test_without_a_configuration_cors_is_the_back_ends_business(gateway, backend):
    api = HttpApi(gateway)
    api.route("GET /pets", api.proxy(backend.url))
    backend.replies(200, [("access-control-allow-origin", "*")])
    assert told(api.send("GET", "/pets", [("Origin", ORIGIN)])) == {"access-control-allow-origin": "*"}
    assert api.send("OPTIONS", "/pets", ASKS).status == 404


def test_a_configuration_counts_as_soon_as_it_is_acknowledged(api):
    api.client.update_api(ApiId=api.id, CorsConfiguration={"AllowOrigins": ["*"], "AllowMethods": ["*"]})
    assert told(api.send("OPTIONS", "/pets", ASKS)) == {
        "access-control-allow-origin": "*", "access-control-allow-methods": "*"}
    api.client.delete_cors_configuration(ApiId=api.id)
    assert api.send("OPTIONS", "/pets", ASKS).status == 404


def test_origins_may_be_all_of_a_scheme(api):
    api.client.update_api(ApiId=api.id, CorsConfiguration={"AllowOrigins": ["https://*"], "AllowMethods": ["GET"]})
    for origin, expected in ((ORIGIN, ORIGIN), ("https://b.example:8443", "https://b.example:8443"), ("http://a.example", None)):
        answer = api.send("OPTIONS", "/pets", [("Origin", origin), *ASKS[1:]])
        assert told(answer).get("access-control-allow-origin") == expected
