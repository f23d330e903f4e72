"""Parameter mappings of HTTP APIs: requests before they are sent, answers before they are given (facts H51 and H52)."""

import json

import pytest

from harness.backend import Backend, Reply
from harness.http_apis import HttpApi
from harness.lambdas import Lambdas
from harness.process import Stagegate

JSON = [("Content-Type", "application/json")]


class World:
    """A process, a back end and a function."""

    def __init__(self, folder):
        self.lambdas, self.backend = Lambdas(), Backend().space()
        self.lambdas.functions["echo"] = lambda call: {
            "statusCode": 200, "headers": {"x-own": "1"}, "body": call.payload.decode()}
        self.process = Stagegate(folder, self.lambdas.settings).start()

    def mapped(self, request=None, answers=None, key="ANY /p/{proxy+}", path="", stage="$default", **settings):
        """An API with one route to the back end."""
        api = HttpApi(self.process, stage, **settings)
        mappings = {"RequestParameters": request} if request else {}
        mappings |= {"ResponseParameters": answers} if answers else {}
        api.route(key, api.proxy(f"{self.backend.url}{path}", **mappings))
        self.backend.requests.clear()
        return api.live()

    def stop(self):
        """Ends everything."""
        self.process.stop()
        self.lambdas.stop()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """What the tests share."""
    made = World(tmp_path_factory.mktemp("http-mapping") / "data")
    yield made
    made.stop()


def test_fact_h52_headers_are_appended_overwritten_and_removed(world):
    api = world.mapped({
        "append:header.x-more": "static", "overwrite:header.x-one": "$request.header.x-two", "remove:header.x-gone": "''",
    })
    sent = [("X-More", "mine"), ("X-One", "a"), ("x-one", "b"), ("X-Two", "1"), ("x-TWO", "2"), ("X-Gone", "g"), ("X-Kept", "k")]
    assert api.send("GET", "/p/a", sent).status == 200
    seen = world.backend.only()
    assert [",".join(seen.all(name)) for name in ("x-more", "x-one", "x-two", "x-gone", "x-kept")] == [
        "mine,static", "1,2", "1,2", "", "k"]


def test_fact_h52_every_source_has_a_value(world):
    api = world.mapped({
        "overwrite:header.a": "$request.querystring.q", "overwrite:header.b": "$request.body.pet.name",
        "overwrite:header.c": "$request.path", "overwrite:header.d": "$request.path.proxy",
        "overwrite:header.e": "$context.routeKey", "overwrite:header.f": "$stageVariables.v",
        "overwrite:header.g": "x-${request.header.h}-${request.querystring.none}-${stageVariables.v}",
        "overwrite:header.i": "$request.body.list",
    }, key="POST /p/{proxy+}")
    api.client.update_stage(ApiId=api.id, StageName="$default", StageVariables={"v": "variable"})
    api.live()
    body = json.dumps({"pet": {"name": "rex"}, "list": [1, 2]}).encode()
    assert api.send("POST", "/p/a%20b/c?q=1&q=%202", [*JSON, ("H", "h")], body).status == 200
    seen = world.backend.only()
    assert {name: seen.header(name) for name in "abcdefgi"} == {
        "a": "1, 2", "b": "rex", "c": "/p/a b/c", "d": "a b/c", "e": "POST /p/{proxy+}", "f": "variable",
        "g": "x-h--variable", "i": "[1,2]"}
    assert seen.body == body


def test_a_value_that_does_not_exist_leaves_nothing_of_the_clients(world):
    api = world.mapped({"overwrite:header.x-user": "$context.authorizer.user", "append:header.x-b": "$request.querystring.none"})
    assert api.send("GET", "/p/a", [("X-User", "root"), ("X-B", "b")]).status == 200
    seen = world.backend.only()
    assert (seen.all("x-user"), seen.all("x-b")) == ([], ["b"])


def test_a_client_cannot_take_mapped_headers_away(world):
    """What `Connection` names goes no further: a client must not name what a mapping writes."""
    api = world.mapped({"overwrite:header.x-user": "$context.routeKey"})
    for connection in ("x-user", "keep-alive, X-User, x-hop"):
        sent = [("Connection", connection), ("X-User", "root"), ("X-Hop", "1")]
        assert api.send("GET", "/p/a", sent).status == 200
        seen = world.backend.only()
        assert (seen.all("x-user"), seen.all("x-hop") if "x-hop" in connection else []) == (["ANY /p/{proxy+}"], [])


def test_fact_h52_query_strings_are_appended_overwritten_and_removed(world):
    api = world.mapped({
        "append:querystring.more": "$request.header.v", "overwrite:querystring.one": "a b&c", "remove:querystring.gone": "''",
    })
    assert api.send("GET", "/p/a?one=1&gone=2&k%C3%A9pt=%2B+x&one=3&more=0&gone", [("V", "/&=")]).status == 200
    query = world.backend.only().target.split("?")[1]
    assert query == "k%C3%A9pt=%2B+x&more=0&one=a%20b%26c&more=%2F%26%3D"


def test_fact_h52_the_path_is_overwritten(world):
    prefix = world.backend.prefix
    path = f"{prefix}/v2/${{request.path.proxy}}/${{request.querystring.q}}"
    api = world.mapped({"overwrite:path": path}, path="/ignored")
    assert api.send("GET", "/p/a%20b/c?q=x%2Fy").status == 200
    assert world.backend.only().target == f"{prefix}/v2/a%20b/c/x/y?q=x%2Fy"
    whole = world.mapped({"overwrite:path": f"{prefix}${{request.path}}"}, stage="prod")
    assert whole.send("GET", "/p/x").status == 200
    assert world.backend.only().target == f"{prefix}/p/x", "without the stage"


@pytest.mark.parametrize("value", ["..", ".", "a%2F..%2Fb", "%2e%2e", "..;x"])
def test_an_overwritten_path_leads_nowhere_else(world, value):
    api = world.mapped({"overwrite:path": "/public/${request.querystring.q}"})
    answer = api.send("GET", f"/p/a?q={value}")
    assert answer.status == 400 and not world.backend.requests


@pytest.mark.parametrize("value", ["a%0d%0aX-Evil: 1", "a%01b"])
def test_no_value_becomes_a_header_of_its_own(world, value):
    api = world.mapped({"overwrite:header.x-a": "$request.querystring.q"})
    assert api.send("GET", f"/p/a?q={value}".replace(" ", "%20")).status == 200
    seen = world.backend.only()
    assert not seen.all("x-evil") and not seen.all("x-a")


def test_a_value_that_is_no_text_makes_no_query_of_its_own(world):
    api = world.mapped({"append:querystring.q": "$request.header.v"})
    assert api.send("GET", "/p/a", [("V", "\xfc")]).status == 200
    assert world.backend.only().target.endswith("?q=%EF%BF%BD")


def test_the_host_that_a_back_end_sees_may_be_mapped(world):
    api = world.mapped({"overwrite:header.host": "pets.example"})
    assert api.send("GET", "/p/a").status == 200
    assert world.backend.only().all("host") == ["pets.example"]


@pytest.mark.parametrize("host", ["", "a b", "user@pets.example", "pets.example/x"])
def test_a_host_that_is_none_leaves_the_back_ends(world, host):
    api = world.mapped({"overwrite:header.host": "$request.header.x-host"})
    assert api.send("GET", "/p/a", [("X-Host", host)]).status == 200
    assert world.backend.only().all("host") == [world.backend.url.split("/")[2]]


def test_removing_the_host_leaves_the_back_ends(world):
    api = world.mapped({"remove:header.host": "''"})
    assert api.send("GET", "/p/a").status == 200
    assert world.backend.only().all("host") == [world.backend.url.split("/")[2]]


def test_no_content_becomes_a_path_or_a_header_that_is_longer_than_heads_may_be(world):
    api = world.mapped({"overwrite:path": "$request.body"}, key="POST /p/{proxy+}")
    assert api.send("POST", "/p/a", JSON, b"x" * 100_000).status == 414 and not world.backend.requests
    api = world.mapped(answers={"200": {"append:header.x-all": "$response.body", "append:header.x-b": "b"}})
    world.backend.replies(200, [], b"y" * 200_000)
    answer = api.send("GET", "/p/a")
    assert (answer.status, answer.all("x-all"), answer.all("x-b"), len(answer.body)) == (200, [], ["b"], 200_000)
    world.backend.replies(200, [], b"")


def test_fact_h52_a_path_into_a_body_sees_its_first_100_kilobytes(world):
    api = world.mapped({"overwrite:header.a": "$request.body.a", "overwrite:querystring.n": "1"}, key="POST /p/{proxy+}")
    for length, name in [(1_000, "rex"), (200_000, None)]:
        body = json.dumps({"a": "rex", "long": "x" * length}).encode()
        assert api.send("POST", "/p/a", JSON, body).status == 200
        seen = world.backend.only()
        assert (seen.header("a"), seen.body) == (name, body)
    for body in (b"{", b"no JSON", b""):
        assert api.send("POST", "/p/a", JSON, body).status == 200
        assert world.backend.only().all("a") == []


def test_fact_h52_answers_are_mapped_by_their_status(world):
    api = world.mapped(answers={
        "200": {"append:header.x-more": "$response.body.name", "overwrite:header.x-one": "${response.header.x-two}!",
                "remove:header.x-gone": "''", "append:header.x-id": "$context.requestId"},
        "404": {"overwrite:statuscode": "410", "overwrite:header.x-path": "$context.path"},
        "500": {"overwrite:statuscode": "$response.header.x-status"},
    })
    headers = [("x-two", "2"), ("x-one", "1"), ("x-gone", "g"), ("x-more", "0"), ("Content-Type", "application/json")]
    world.backend.replies(200, headers, b'{"name": "rex"}')
    answer = api.send("GET", "/p/a")
    assert (answer.status, answer.body) == (200, b'{"name": "rex"}')
    assert (answer.all("x-more"), answer.header("x-one"), answer.all("x-gone")) == (["0", "rex"], "2!", [])
    assert answer.header("x-id") == answer.header("apigw-requestid")
    world.backend.replies(404, [], b"gone")
    answer = api.send("GET", "/p/a")
    assert (answer.status, answer.header("x-path"), answer.body) == (410, "/p/a", b"gone")
    for status, expected in (("503", 503), ("99", 500), ("", 500), ("ok", 500)):
        world.backend.replies(500, [("x-status", status)], b"")
        assert api.send("GET", "/p/a").status == expected, status
    world.backend.replies(201, [("x-gone", "g")], b"")
    assert api.send("GET", "/p/a").header("x-gone") == "g"


def test_fact_h52_a_path_into_an_answer_sees_its_first_100_kilobytes(world):
    api = world.mapped(answers={"200": {"append:header.x-name": "$response.body.name"}})
    for length, shown in ((10, ["rex"]), (90_000, ["rex"]), (200_000, [])):
        body = json.dumps({"name": "rex", "long": "x" * length}).encode()
        for reply in (Reply(200, JSON, body), Reply(200, JSON, chunks=[body[:5], body[5:]])):
            world.backend.answer = lambda _, reply=reply: reply
            answer = api.send("GET", "/p/a")
            assert (answer.all("x-name"), answer.body) == (shown, body), length
    world.backend.replies(200, [], b"")


def test_an_answer_that_the_gateway_makes_is_not_mapped(world):
    api = HttpApi(world.process)
    target = api.proxy("http://127.0.0.1:9/", ResponseParameters={"503": {"overwrite:statuscode": "200"}})
    api.route("GET /x", target)
    api.live()
    assert api.send("GET", "/x").status == 503


def test_mappings_of_functions_change_event_and_answer(world):
    api = HttpApi(world.process)
    for version in ("1.0", "2.0"):
        target = api.function("echo", version, RequestParameters={
            "overwrite:header.x-tier": "$context.routeKey", "append:querystring.q": "2", "remove:header.x-gone": "''",
        }, ResponseParameters={"200": {"overwrite:header.x-own": "$response.body.version", "append:header.x-new": "n"}})
        api.route(f"GET /v{version[0]}", target)
    api.live()
    sent = [("X-Tier", "mine"), ("X-Gone", "1")]
    answer = api.send("GET", "/v2?q=1", sent)
    event = answer.json()
    assert (event["headers"]["x-tier"], "x-gone" in event["headers"]) == ("GET /v2", False)
    assert (event["rawQueryString"], event["queryStringParameters"]) == ("q=1&q=2", {"q": "1,2"})
    assert (answer.header("x-own"), answer.header("x-new")) == ("2.0", "n")
    event = api.send("GET", "/v1?q=1", sent).json()
    assert (event["headers"]["X-Tier"], event["queryStringParameters"]) == ("GET /v1", {"q": "2"})


def test_fact_h51_reserved_headers_are_refused_when_they_are_configured(world):
    api = HttpApi(world.process)
    for settings in (
        {"RequestParameters": {"overwrite:header.authorization": "x"}},
        {"RequestParameters": {"append:header.x": "$request.header.via"}},
        {"ResponseParameters": {"200": {"append:header.apigw-requestid": "x"}}},
    ):
        with pytest.raises(api.client.exceptions.BadRequestException):
            api.proxy("http://127.0.0.1:9/", **settings)


def test_a_long_body_passes_through_a_mapped_route(world):
    api = world.mapped({"append:header.x-a": "1"}, {"200": {"append:header.x-b": "2"}}, key="POST /p/{proxy+}")
    body = b"x" * 3_000_000
    world.backend.replies(200, [], b"y" * 3_000_000)
    answer = api.send("POST", "/p/a", body=body)
    assert (answer.status, answer.header("x-b"), len(answer.body)) == (200, "2", 3_000_000)
    assert world.backend.only().body == body
