"""Functions behind HTTP APIs: events of payload 2.0 and 1.0 as they were sent, and what becomes of results."""

import base64
import json

import pytest

from harness.http_apis import ACCOUNT, HttpApi, function_arn
from harness.lambdas import Failed, Lambdas, Refused
from harness.process import Stagegate
from harness.wire import exchange

ERROR = (500, b'{"message":"Internal Server Error"}')


@pytest.fixture(scope="module")
def lambdas():
    """The Lambda API."""
    server = Lambdas()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def stagegate(lambdas, tmp_path_factory):
    """A process whose functions are all there."""
    env = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}
    process = Stagegate(tmp_path_factory.mktemp("functions") / "data", lambdas.settings, env).start()
    yield process
    process.stop()


@pytest.fixture
def api(stagegate, lambdas):
    """Builds an API whose routes all lead to the function `pets`; nothing was invoked yet."""
    lambdas.functions, lambdas.seen = {"pets": lambda _: {"statusCode": 200}}, []

    def build(*keys, version="2.0", **settings):
        built = HttpApi(stagegate, **settings)
        target = built.function("pets", version)
        for key in keys:
            built.route(key, target)
        return built

    return build


def event(lambdas, api, method, path, *arguments, **options):
    """The event of a request that is answered 200."""
    answer = api.send(method, path, *arguments, **options)
    assert answer.status == 200, answer
    return lambdas.only().event


def test_fact_h13_absent_members_are_left_out_and_keys_have_an_order(api, lambdas):
    built = api("GET /ok")
    answer = built.send("GET", "/ok")
    seen = lambdas.only()
    keys = [key for key, _ in json.loads(seen.payload, object_pairs_hook=list)]
    assert keys == ["version", "routeKey", "rawPath", "rawQueryString", "headers", "requestContext", "isBase64Encoded"]
    context = [key for key, _ in dict(json.loads(seen.payload, object_pairs_hook=list))["requestContext"]]
    assert context == ["accountId", "apiId", "domainName", "domainPrefix", "http", "requestId", "routeKey", "stage", "time",
                       "timeEpoch"]
    told = seen.event["requestContext"]
    assert (told["accountId"], told["apiId"], told["domainPrefix"]) == (ACCOUNT, built.id, built.id)
    assert told["requestId"] == answer.header("Apigw-Requestid")
    assert told["http"] == {"method": "GET", "path": "/ok", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": ""}
    assert (seen.event["routeKey"], told["routeKey"], told["stage"]) == ("GET /ok", "GET /ok", "$default")
    assert (seen.event["rawQueryString"], seen.event["isBase64Encoded"]) == ("", False)


def test_fact_h13_members_come_when_there_is_something_to_say(api, lambdas):
    built = api("POST /p/{id}", variables={"colour": "red"})
    seen = event(lambdas, built, "POST", "/p/7?a=1", [("Cookie", "x=1; y=2"), ("Content-Type", "text/plain")], b"text")
    assert list(seen) == ["version", "routeKey", "rawPath", "rawQueryString", "cookies", "headers", "queryStringParameters",
                          "requestContext", "body", "pathParameters", "stageVariables", "isBase64Encoded"]
    assert (seen["cookies"], seen["body"], seen["pathParameters"]) == (["x=1", "y=2"], "text", {"id": "7"})
    assert (seen["stageVariables"], seen["queryStringParameters"]) == ({"colour": "red"}, {"a": "1"})


def test_facts_h14_and_h15_headers_are_lower_case_and_joined(api, lambdas):
    seen = event(lambdas, api("GET /h"), "GET", "/h", [
        ("X-Many", "first"), ("x-many", "second"), ("Accept", "text/html, application/json"), ("Cookie", "a=b"),
        ("Via", "1.1 old"), ("Forwarded", "for=1.2.3.4")])["headers"]
    assert seen["x-many"] == "first,second" and seen["accept"] == "text/html, application/json"
    assert seen["content-length"] == "0" and "cookie" not in seen
    assert seen["x-forwarded-for"] == "127.0.0.1" and seen["x-forwarded-proto"] == "http"
    assert seen["x-amzn-trace-id"].startswith("Root=1-") and ";" not in seen["x-amzn-trace-id"]


def test_fact_h16_the_raw_query_is_as_sent_and_parameters_are_decoded(api, lambdas):
    query = "b=2&a=x+y&a=%2B%20z&k=&e%20f=%C3%A9"
    seen = event(lambdas, api("GET /q"), "GET", f"/q?{query}")
    assert seen["rawQueryString"] == query
    assert list(seen["queryStringParameters"].items()) == [("a", "x y,+ z"), ("b", "2"), ("e f", "\u00e9"), ("k", "")]


def test_facts_h17_and_h18_the_raw_path_is_decoded_once(api, lambdas):
    built = api("GET /capture/{value}", "GET /deep/{rest+}")
    for path, raw, parameters in [
        ("/capture/space%20value", "/capture/space value", {"value": "space value"}),
        ("/capture/%F0%9F%98%80", "/capture/\U0001f600", {"value": "\U0001f600"}),
        ("/capture/foo%25bar", "/capture/foo%bar", {"value": "foo%bar"}),
        ("/deep/a%2Fb/c", "/deep/a/b/c", {"rest": "a/b/c"}),
    ]:
        seen = event(lambdas, built, "GET", path)
        assert (seen["rawPath"], seen["requestContext"]["http"]["path"], seen["pathParameters"]) == (raw, raw, parameters)


def test_facts_h10_and_h11_stages_and_the_default_route(api, lambdas):
    built = api("$default", "GET /ok", stage="probe")
    seen = event(lambdas, built, "GET", "/ok")
    assert (seen["rawPath"], seen["requestContext"]["http"]["path"]) == ("/probe/ok", "/probe/ok")
    seen = event(lambdas, built, "PUT", "/whatever")
    assert (seen["routeKey"], seen["requestContext"]["routeKey"]) == ("$default", "$default")
    assert "pathParameters" not in seen


@pytest.mark.parametrize("media_type, is_text", [
    ("text/csv", True), ("application/json", True), ("application/javascript", True), ("application/xml", True),
    ("application/x-www-form-urlencoded", False), ("multipart/form-data; boundary=x", False),
    ("application/octet-stream", False), (None, False)])
@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_facts_99_and_h19_few_media_types_are_text(api, lambdas, version, media_type, is_text):
    headers = [("Content-Type", media_type)] if media_type else []
    seen = event(lambdas, api("POST /b", version=version), "POST", "/b", headers, b"a=b")
    assert seen["isBase64Encoded"] is not is_text
    assert (seen["body"] if is_text else base64.b64decode(seen["body"]).decode()) == "a=b"


def test_facts_h20_to_h22_payload_1_has_canonical_names_and_decoded_parameters(api, lambdas):
    built = api("POST /users/{userId}/avatar", version="1.0")
    answer = built.send("POST", "/users/a%20b/avatar?x=1&x=2&y=%20", [
        ("x-custom-header", "v"), ("X-CUSTOM-HEADER", "w"), ("cookie", "a=b"), ("user-agent", "me")])
    seen = lambdas.only().event
    assert list(seen) == [
        "version", "resource", "path", "httpMethod", "headers", "multiValueHeaders", "queryStringParameters",
        "multiValueQueryStringParameters", "requestContext", "pathParameters", "stageVariables", "body", "isBase64Encoded"]
    context = seen["requestContext"]
    assert list(context) == [
        "accountId", "apiId", "domainName", "domainPrefix", "extendedRequestId", "httpMethod", "identity", "path", "protocol",
        "requestId", "requestTime", "requestTimeEpoch", "resourceId", "resourcePath", "stage"]
    assert (seen["version"], seen["path"], context["path"]) == ("1.0", "/users/a%20b/avatar", "/users/a b/avatar")
    assert seen["pathParameters"] == {"userId": "a b"}
    key = "POST /users/{userId}/avatar"
    assert (seen["resource"], context["resourcePath"], context["resourceId"]) == (key[5:], key[5:], key)
    assert context["requestId"] == context["extendedRequestId"] == answer.header("Apigw-Requestid")
    assert seen["headers"]["X-Custom-Header"] == "w" and seen["multiValueHeaders"]["X-Custom-Header"] == ["v", "w"]
    assert (seen["headers"]["Cookie"], seen["headers"]["User-Agent"], seen["headers"]["Content-Length"]) == ("a=b", "me", "0")
    assert seen["queryStringParameters"] == {"x": "2", "y": " "}
    assert seen["multiValueQueryStringParameters"] == {"x": ["1", "2"], "y": [" "]}
    assert (seen["stageVariables"], seen["body"], context["identity"]["sourceIp"]) == (None, None, "127.0.0.1")


def test_fact_h22_a_client_without_a_name_has_an_empty_one(api, lambdas):
    assert event(lambdas, api("GET /one", version="1.0"), "GET", "/one")["requestContext"]["identity"]["userAgent"] == ""


@pytest.mark.parametrize("result, body", [
    (b'{"name": "John Doe", "age": 30}', b'{"name": "John Doe", "age": 30}'), (b'[1, 2]', b"[1, 2]"), (b"42", b"42"),
    (b"true", b"true"), (b'"Special \\"quoted\\" text"', b'Special "quoted" text'), (b'""', b""),
    (b'{"name": "John Doe", "age":', b'{"name": "John Doe", "age":')])
def test_facts_h23_to_h25_a_result_without_a_status_is_the_content(api, lambdas, result, body):
    built = api("GET /r")
    lambdas.functions["pets"] = lambda _: result
    answer = built.send("GET", "/r")
    assert (answer.status, answer.header("Content-Type"), answer.body) == (200, "application/json", body)
    assert answer.header("Content-Length") == str(len(body))


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_facts_h26_and_h28_a_described_answer_is_text_unless_it_says_otherwise(api, lambdas, version):
    built = api("GET /r", version=version)
    lambdas.functions["pets"] = lambda _: {"statusCode": 201, "body": '{"a":1}', "headers": {"myheader": "x"}}
    answer = built.send("GET", "/r")
    assert (answer.status, answer.header("Content-Type"), answer.body) == (201, "text/plain; charset=utf-8", b'{"a":1}')
    assert ("Myheader", "x") in answer.headers
    lambdas.functions["pets"] = lambda _: {
        "statusCode": 200, "body": base64.b64encode(b"\x00\xff").decode(), "isBase64Encoded": True,
        "headers": {"content-type": "image/x"}}
    answer = built.send("GET", "/r", [("Accept", "text/html")])
    assert (answer.header("Content-Type"), answer.body) == ("image/x", b"\x00\xff")
    assert not answer.all("X-Amzn-Trace-Id") and not answer.all("x-amzn-RequestId")


def test_fact_98_cookies_become_headers(api, lambdas):
    built = api("GET /c")
    lambdas.functions["pets"] = lambda _: {"statusCode": 204, "cookies": ["a=1; Path=/", "b=2"]}
    answer = built.send("GET", "/c")
    assert (answer.status, answer.all("Set-Cookie")) == (204, ["a=1; Path=/", "b=2"])
    assert not answer.all("Content-Length") and not answer.all("Content-Type")


def test_fact_h29_single_values_come_before_several(api, lambdas):
    built = api("GET /m", version="1.0")
    lambdas.functions["pets"] = lambda _: {
        "statusCode": 200, "headers": {"x-a": "single"}, "multiValueHeaders": {"X-A": ["one", "two"]}}
    assert built.send("GET", "/m").all("X-A") == ["single", "one", "two"]


@pytest.mark.parametrize("version, result", [
    ("2.0", {"statusCode": 0}), ("2.0", {"statusCode": 200.5}), ("2.0", {"statusCode": 200, "headers": []}),
    ("1.0", {"statusCode": 0}), ("1.0", {"name": "no answer"}), ("1.0", b'{"statusCode":'), ("1.0", b'"text"')])
def test_fact_h27_a_result_of_the_wrong_form_is_an_error(api, lambdas, version, result):
    built = api("GET /w", version=version)
    lambdas.functions["pets"] = lambda _: result
    answer = built.send("GET", "/w")
    assert (answer.status, answer.body) == ERROR
    assert answer.header("Content-Type") == "application/json"


def test_fact_h30_functions_that_fail_or_refuse_are_errors(api, lambdas):
    built = api("GET /f")

    def fails(_):
        raise Failed({"errorMessage": "no"})

    def refuses(_):
        raise Refused(403, "AccessDeniedException")

    for function in (fails, refuses):
        lambdas.functions["pets"] = function
        answer = built.send("GET", "/f")
        assert (answer.status, answer.body) == ERROR
        assert answer.header("apigw-requestid")


def test_functions_are_named_by_their_arn_too(api, lambdas):
    built = api()
    target = built.integration(IntegrationType="AWS_PROXY", IntegrationUri=function_arn("pets"), PayloadFormatVersion="2.0")
    built.route("GET /arn", target)
    assert built.send("GET", "/arn").status == 200
    assert lambdas.only().arn == function_arn("pets")


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_powertools_reads_the_events(api, lambdas, version):
    from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent, APIGatewayProxyEventV2
    from aws_lambda_powertools.utilities.parser.models import APIGatewayProxyEventModel, APIGatewayProxyEventV2Model

    built = api("POST /p/{id}", version=version, variables={"a": "b"})
    seen = event(lambdas, built, "POST", "/p/7?q=1", [("Content-Type", "application/json")], b'{"a": 1}')
    if version == "2.0":
        APIGatewayProxyEventV2Model.model_validate(seen)
        read = APIGatewayProxyEventV2(seen)
        assert (read.raw_path, read.request_context.http.method) == ("/p/7", "POST")
    else:
        APIGatewayProxyEventModel.model_validate(seen)
        read = APIGatewayProxyEvent(seen)
        assert (read.path, read.http_method) == ("/p/7", "POST")
    assert (read.json_body, read.path_parameters) == ({"a": 1}, {"id": "7"})


@pytest.mark.parametrize("stage, base_path, sent, shown", [
    ("$default", "v1", "/v1/a%20b", "/a b"), ("$default", None, "/a%20b", "/a b"),
    ("prod", "v1", "/v1/a%20b", "/prod/a b"), ("prod", None, "/a%20b", "/prod/a b"), ("prod", "v1", "/v1", "/prod/")])
def test_fact_h12_below_a_custom_domain_name_the_stage_stands_in_the_base_paths_place(
        api, stagegate, lambdas, stage, base_path, sent, shown):
    built = api("ANY /{proxy+}", "GET /", stage=stage)
    one = built.function("pets", "1.0")
    built.route("GET /one/{proxy+}", one)
    name, client = f"{built.id}.example.com", stagegate.client()
    client.create_domain_name(domainName=name, regionalCertificateName="c", endpointConfiguration={"types": ["REGIONAL"]})
    client.create_base_path_mapping(domainName=name, basePath=base_path or "(none)", restApiId=built.id, stage=stage)
    assert exchange(stagegate.gateway, "GET", sent, name).status == 200
    seen = lambdas.only().event
    assert (seen["rawPath"], seen["requestContext"]["http"]["path"], seen["requestContext"]["stage"]) == (shown, shown, stage)
    assert (seen["requestContext"]["domainName"], seen["requestContext"]["domainPrefix"]) == (name, built.id)
    if sent.endswith("b"):
        below = sent.replace("/a%20b", "/one/a%20b")
        assert exchange(stagegate.gateway, "GET", below, name).status == 200
        assert lambdas.only().event["path"] == below, "payload 1.0 has the base path"


def test_an_overwritten_path_is_shown_decoded_like_any_other(api, lambdas):
    built = api()
    target = built.function("pets", RequestParameters={"overwrite:path": "/x${request.path}"})
    built.route("GET /{proxy+}", target)
    seen = event(lambdas, built, "GET", "/a%20b")
    assert seen["rawPath"] == "/x/a b"
