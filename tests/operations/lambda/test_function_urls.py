"""Function URLs on the gateway's port: who may call, the event of payload 2.0, and what results become."""

import base64
import json
import time
import urllib.request

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from harness.functions import ROLE, FunctionUrl, archive
from harness.wire import Connection

ECHO = "def handler(event, context): return event"
# What a request asks for is what the function returns.
TOLD = "import json\ndef handler(event, context): return json.loads(event['body'])"
FORBIDDEN = (
    b'{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: '
    b'https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}'
)
JSON = [("Content-Type", "application/json")]
STREAM = """
exports.handler = awslambda.streamifyResponse(async (event, stream) => {
  const pause = () => new Promise((done) => setTimeout(done, 150));
  if (event.rawPath === "/plain") { stream.setContentType("text/x-plain"); }
  if (event.rawPath === "/raw") { stream.write("raw"); stream.end(); return; }
  if (event.rawPath === "/described") {
    stream = awslambda.HttpResponseStream.from(
      stream, { statusCode: 202, headers: { "x-a": "1" }, cookies: ["a=1", "b=2"] });
  }
  for (const piece of ["one ", "two ", "three"]) { stream.write(piece); await pause(); }
  if (event.rawPath === "/broken") { throw new Error("no more"); }
  stream.end();
});
"""


@pytest.fixture
def public(gateway, create):
    """Makes a function with a URL that everybody may call."""

    def run(code=ECHO, config=None, **more):
        return FunctionUrl(gateway, create(code=code, **more)["FunctionName"], **(config or {}))

    return run


@pytest.fixture
def told(public):
    """A URL whose function returns what it is sent."""
    url = public(TOLD)

    def run(result, *headers):
        text = result if isinstance(result, str) else json.dumps(result)
        return url.send("POST", "/", [*JSON, *headers], text.encode())

    return run


def test_facts_97_and_98_the_url_answers(public):
    """The URL of the configuration, as any client opens it."""
    url = public("def handler(event, context): return {'hello': event['queryStringParameters']['name']}")
    target = url.url.replace(url.domain, "127.0.0.1")
    request = urllib.request.Request(f"{target}?name=cat", headers={"Host": url.host})
    with urllib.request.urlopen(request) as answer:
        assert (answer.status, answer.headers["Content-Type"], answer.read()) == (
            200, "application/json", b'{"hello": "cat"}')


def test_fact_97_the_event_has_every_member_in_its_place(gateway, public):
    """Names in lower case, values joined, cookies apart, the path as it was sent."""
    url = public()
    headers = [
        ("X-One", "a"), ("X-ONE", "b, c"), ("User-Agent", "t"), ("Cookie", "a=1; b=2"), ("Content-Type", "text/plain"),
        ("X-Amzn-Trace-Id", "Root=1-6858764a-5c96ac04102925a7698c3690;Parent=77eb47fb7ef089fe;Sampled=1"),
    ]
    answer = url.send("POST", "/my//path/%2F%20x/?z=1&a=1&a=%2B+b&k=&a=", headers, "Räx".encode())
    event = answer.json()
    context = event["requestContext"]
    assert list(event) == [
        "version", "routeKey", "rawPath", "rawQueryString", "cookies", "headers", "queryStringParameters",
        "requestContext", "body", "isBase64Encoded",
    ]
    assert list(context) == [
        "accountId", "apiId", "domainName", "domainPrefix", "http", "requestId", "routeKey", "stage", "time", "timeEpoch"]
    assert context.pop("requestId") == answer.header("x-amzn-RequestId")
    assert abs(context.pop("timeEpoch") / 1000 - time.time()) < 60 and context.pop("time").endswith(" +0000")
    assert context == {
        "accountId": "anonymous", "apiId": url.id, "domainName": url.domain, "domainPrefix": url.id,
        "http": {"method": "POST", "path": "/my//path/%2F%20x/", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1",
                 "userAgent": "t"},
        "routeKey": "$default", "stage": "$default",
    }
    del event["requestContext"]
    assert event == {
        "version": "2.0", "routeKey": "$default", "rawPath": "/my//path/%2F%20x/",
        "rawQueryString": "z=1&a=1&a=%2B+b&k=&a=", "cookies": ["a=1", "b=2"],
        "headers": {
            "content-length": "4", "content-type": "text/plain", "host": url.host, "user-agent": "t",
            "x-amzn-trace-id": "Root=1-6858764a-5c96ac04102925a7698c3690", "x-forwarded-for": "127.0.0.1",
            "x-forwarded-port": str(gateway.gateway), "x-forwarded-proto": "http", "x-one": "a,b, c",
        },
        "queryStringParameters": {"a": "1,+ b,", "k": "", "z": "1"}, "body": "Räx", "isBase64Encoded": False,
    }
    assert list(event["queryStringParameters"]) == ["a", "k", "z"]


def test_fact_97_what_is_absent_is_left_out(public):
    """No query, no cookies, no body: no members, and no nulls."""
    event = public().send("GET", "/").json()
    assert list(event) == ["version", "routeKey", "rawPath", "rawQueryString", "headers", "requestContext", "isBase64Encoded"]
    assert (event["rawQueryString"], event["isBase64Encoded"], event["requestContext"]["http"]["userAgent"]) == ("", False, "")
    assert None not in event["requestContext"].values()


@pytest.mark.parametrize(
    "media_type, is_text",
    [
        ("text/html; charset=utf-8", True),
        ("application/json", True),
        ("application/xml", True),
        ("application/javascript", True),
        ("application/x-www-form-urlencoded", False),
        ("application/octet-stream", False),
        ("application/problem+json", False),
        (None, False),
    ],
)
def test_fact_99_content_is_text_by_its_type(echo, media_type, is_text):
    """Everything else is base64, whatever is in it."""
    event = echo.send("POST", "/", [("Content-Type", media_type)] if media_type else [], b"a=b").json()
    assert (event["isBase64Encoded"], event["body"]) == ((False, "a=b") if is_text else (True, "YT1i"))


@pytest.fixture(scope="module")
def echo(gateway):
    """One URL of a function that returns its event, for tests that only ask."""
    client = gateway.client(service="lambda")
    name = "url-echo"
    client.create_function(FunctionName=name, Role=ROLE, Runtime="python3.12", Handler="app.handler",
                           Code={"ZipFile": archive(app=ECHO)})
    yield FunctionUrl(gateway, name)
    client.delete_function(FunctionName=name)


@pytest.mark.parametrize(
    "result, body",
    [
        ('{"message": "Hello, world!"}', b'{"message": "Hello, world!"}'),
        ('"Hello, world!"', b'"Hello, world!"'),
        ("[1, 2]", b"[1, 2]"),
        ("42", b"42"),
        ("null", b"null"),
        ('{"body": "x"}', b'{"body": "x"}'),
    ],
)
def test_fact_98_a_result_without_a_status_is_the_body(told, result, body):
    """200 and application/json; a string keeps its quotes, unlike an HTTP API's (Developer Guide, urls-invocation)."""
    answer = told(result)
    assert (answer.status, answer.header("content-type"), answer.body) == (200, "application/json", body)


def test_fact_98_a_status_makes_it_an_answer(told):
    """Status, headers, cookies and a body; headers that are the gateway's own are remapped (fact 42)."""
    answer = told({
        "statusCode": 201, "headers": {"Content-Type": "text/html", "My-Header": "v", "n": 1, "Date": "never"},
        "cookies": ["a=1; Path=/", "b=2"], "body": "<p>"})
    assert (answer.status, answer.body) == (201, b"<p>")
    assert (answer.header("content-type"), answer.header("my-header"), answer.header("n")) == ("text/html", "v", "1")
    assert answer.all("set-cookie") == ["a=1; Path=/", "b=2"] and answer.header("x-amzn-Remapped-Date") == "never"
    assert answer.header("x-amzn-Trace-Id").startswith("Root=1-") and answer.header("x-amz-apigw-id") is None
    bare = told({"statusCode": "204"})
    assert (bare.status, bare.body) == (204, b"")
    picture = told({"statusCode": 200, "body": base64.b64encode(bytes(range(256))).decode(), "isBase64Encoded": True})
    assert (picture.body, picture.header("content-type")) == (bytes(range(256)), "application/json")


@pytest.mark.parametrize(
    "result",
    [
        {"statusCode": "no"},
        {"statusCode": 0},
        {"statusCode": 99},
        {"statusCode": 200, "headers": {"a": ["b"]}},
        {"statusCode": 200, "headers": {"a": "b\r\nc: d"}},
        {"statusCode": 200, "headers": {"a b": "c"}},
        {"statusCode": 200, "headers": {"a": "b" * 70_000}},
        {"statusCode": 200, "cookies": ["a\nb"]},
        {"statusCode": 200, "cookies": [f"c{n}=1" for n in range(1_001)]},
        {"statusCode": 200, "body": "%%%", "isBase64Encoded": True},
    ],
)
def test_an_answer_that_breaks_the_format_is_a_502(told, result):
    """Lambda's own words, as text."""
    answer = told(result)
    assert (answer.status, answer.body) == (502, b"Internal Server Error")


def test_a_function_that_fails_is_a_502(public):
    """Nothing of its error reaches the caller."""
    url = public("def handler(event, context): raise ValueError('secret')")
    answer = url.send("GET", "/")
    assert (answer.status, answer.body, answer.error_type) == (502, b"Internal Server Error", None)


def test_whoever_is_not_allowed_is_told_so(gateway, functions, create):
    """The resource policy needs both statements; an API's leave is not one of them."""
    name = create(code=ECHO)["FunctionName"]
    url = FunctionUrl(gateway, name, is_public=False)
    url.allow("lambda:InvokeFunction", principal="apigateway.amazonaws.com")

    def refused():
        answer = url.send("GET", "/")
        return (answer.status, answer.error_type, answer.body) == (403, "AccessDeniedException", FORBIDDEN)

    assert refused()
    url.allow("lambda:InvokeFunctionUrl", FunctionUrlAuthType="NONE")
    assert refused(), "since October 2025 this is not enough"
    functions.remove_permission(FunctionName=name, StatementId="lambda-InvokeFunction")
    url.allow("lambda:InvokeFunction", InvokedViaFunctionUrl=True)
    assert url.send("GET", "/").status == 200
    functions.update_function_url_config(FunctionName=name, AuthType="AWS_IAM")
    assert refused(), "nobody signed"


def test_who_gives_a_host_that_is_no_url_of_ours(gateway, public):
    """An unknown id, another region, odd labels; a foreign suffix is nobody's."""
    url = public()
    null = (403, "AccessDeniedException", b'{"Message":null}')
    for host in [
        "0" * 32 + ".lambda-url.us-east-1.localhost",
        url.host.replace("us-east-1", "eu-west-1"),
        ".lambda-url.us-east-1.localhost",
        f"{url.id}.lambda-url..localhost",
        "%00.lambda-url.us-east-1.localhost",
    ]:
        answer = url.send("GET", "/", host=host)
        assert (answer.status, answer.error_type, answer.body) == null or answer.status == 400, host
    for host in [f"x.{url.host}", f"{url.id}.lambda-url.us-east-1.on.aws", f"{url.id}.lambda-url", "lambda-url.us-east-1.localhost"]:
        assert url.send("GET", "/", host=host).status == 404, host
    assert url.send("GET", "/", host=url.host.upper()).status == 200
    by_header = url.send("GET", "/", [("x-apigw-api-id", url.id)], host="localhost")
    assert by_header.json()["requestContext"]["apiId"] == url.id


def test_an_alias_has_a_url_of_its_own(gateway, functions, create):
    """It leads to the alias's version; without the alias there is none."""
    code = "def handler(event, context): return [context.function_version, context.invoked_function_arn]"
    name = create(code=code, Publish=True)["FunctionName"]
    functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    url = FunctionUrl(gateway, name, Qualifier="live")
    version, arn = url.send("GET", "/").json()
    assert (version, arn[-5:]) == ("1", ":live")
    functions.delete_alias(FunctionName=name, Name="live")
    assert url.send("GET", "/").body == b'{"Message":null}'


def test_a_url_that_is_deleted_is_gone(functions, public):
    """At once; a function's URLs go with it."""
    one, other = public(), public()
    functions.delete_function_url_config(FunctionName=one.name)
    functions.delete_function(FunctionName=other.name)
    for url in [one, other]:
        assert (url.send("GET", "/").status, url.send("GET", "/").body) == (403, b'{"Message":null}')


def test_reserved_concurrency_throttles(functions, public):
    """Zero turns a URL off (Developer Guide, urls-configuration)."""
    url = public()
    functions.put_function_concurrency(FunctionName=url.name, ReservedConcurrentExecutions=0)
    answer = url.send("GET", "/")
    assert (answer.status, answer.body) == (429, b'{"message":"Rate Exceeded."}')
    functions.delete_function_concurrency(FunctionName=url.name)
    assert url.send("GET", "/").status == 200


def test_what_is_too_long_for_lambda_is_a_413(public):
    """Six megabytes are the event's, base64 included; no function hears of more."""
    url = public("def handler(event, context): return len(event['body'])")
    text = [("Content-Type", "text/plain")]
    assert url.send("POST", "/", text, b"x" * 6_000_000).body == b"6000000"
    for headers, length in [(text, 6 * 1024 * 1024 + 1), ([], 4_800_000), ([("Content-Length", "11000000")], None)]:
        answer = url.send("POST", "/", headers, length and b"x" * length)
        assert (answer.status, answer.error_type) == (413, "RequestTooLargeException"), length
        assert answer.json() == {"Message": "Request must be smaller than 6291456 bytes for the InvokeFunction operation"}


def test_many_cookies_and_headers(public):
    """Ninety cookies in as many lines; a hundred and one header lines are too many for the gateway."""
    url = public()
    cookies = [f"c{n}=\"{n};" for n in range(90)]
    event = url.send("GET", "/", [("Cookie", cookie) for cookie in cookies]).json()
    assert event["cookies"] == [f"c{n}=\"{n}" for n in range(90)] and "cookie" not in event["headers"]
    assert url.send("GET", "/", [(f"x-{n}", "1") for n in range(101)]).status == 431
    assert url.send("GET", "/", [("x", "y" * 20_000)]).status == 431


def test_streams(gateway, create):
    """RESPONSE_STREAM: pieces as they come, what the stream says of itself, and a broken one that never looks whole."""
    name = create(code=STREAM, runtime="nodejs22.x", handler="index.handler")["FunctionName"]
    url = FunctionUrl(gateway, name, InvokeMode="RESPONSE_STREAM")
    assert url.send("GET", "/raw").body == b"raw"
    plain = url.send("GET", "/plain")
    assert (plain.status, plain.header("content-type"), plain.body, plain.chunked) == (200, "text/x-plain", b"one two three", True)
    described = url.send("GET", "/described")
    assert (described.status, described.header("x-a"), described.body) == (202, "1", b"one two three")
    assert described.all("set-cookie") == ["a=1", "b=2"]
    with Connection(gateway.gateway) as connection:
        connection.request("GET", "/plain", url.host)
        began = time.monotonic()
        while b"one" not in connection.buffer:
            connection.buffer += connection.socket.recv(65536)
        assert time.monotonic() - began < 0.3, "the first piece did not wait for the last"
    with pytest.raises(Exception):
        url.send("GET", "/broken")
    client = gateway.client(service="lambda")
    client.update_function_url_config(FunctionName=name, InvokeMode="BUFFERED")
    buffered = url.send("GET", "/described")
    assert (buffered.status, buffered.header("x-a"), buffered.body) == (202, "1", b"one two three")


def test_cors_is_the_configurations(functions, public):
    """A preflight is answered here; the function's own headers are overruled."""
    url = public(
        "def handler(event, context):"
        " return {'statusCode': 200, 'headers': {'Access-Control-Allow-Origin': '*', 'X-A': '1'}, 'body': event['rawPath']}",
        {"Cors": {"AllowOrigins": ["https://a.example"], "AllowMethods": ["GET", "PUT"], "AllowHeaders": ["x-a", "x-b"],
                  "ExposeHeaders": ["x-c"], "MaxAge": 60, "AllowCredentials": True}})
    asks = [("Origin", "https://a.example"), ("Access-Control-Request-Method", "PUT")]

    def cors(answer):
        return {name.lower(): value for name, value in answer.headers if name.lower().startswith("access-control")}

    preflight = url.send("OPTIONS", "/x", asks)
    assert (preflight.status, preflight.body) == (200, b"")
    assert cors(preflight) == {
        "access-control-allow-origin": "https://a.example", "access-control-allow-credentials": "true",
        "access-control-allow-methods": "GET,PUT", "access-control-allow-headers": "x-a,x-b", "access-control-max-age": "60"}
    allowed = url.send("GET", "/x", asks[:1])
    assert (allowed.body, allowed.header("x-a"), allowed.header("vary")) == (b"/x", "1", "Origin")
    assert cors(allowed) == {
        "access-control-allow-origin": "https://a.example", "access-control-allow-credentials": "true",
        "access-control-expose-headers": "x-c"}
    other = url.send("GET", "/x", [("Origin", "https://b.example")])
    assert (other.status, cors(other)) == (200, {})
    assert cors(url.send("OPTIONS", "/x", [("Origin", "https://b.example"), asks[1]])) == {}
    assert url.send("OPTIONS", "/x", asks[:1]).body == b"/x", "without a method asked for it is no preflight"
    functions.put_function_concurrency(FunctionName=url.name, ReservedConcurrentExecutions=0)
    throttled = url.send("GET", "/x", asks[:1])
    assert (throttled.status, cors(throttled)["access-control-allow-origin"]) == (429, "https://a.example")
    assert url.send("OPTIONS", "/x", asks).status == 200, "nobody is invoked"
    functions.delete_function_concurrency(FunctionName=url.name)
    functions.update_function_url_config(FunctionName=url.name, Cors={"AllowOrigins": ["*"], "AllowMethods": ["*"]})
    assert cors(url.send("GET", "/x", asks[:1])) == {"access-control-allow-origin": "*"}
    assert cors(url.send("OPTIONS", "/x", asks)) == {"access-control-allow-origin": "*", "access-control-allow-methods": "*"}
    functions.update_function_url_config(FunctionName=url.name, Cors={})
    assert cors(url.send("GET", "/x", asks[:1])) == {"access-control-allow-origin": "*"}, "now it is the function's"


USERS = """
[users.caller]
access_key_id = "AKIACALLERCALLERCALL"
secret_access_key = "caller-caller-caller-caller"
policy = '{"Statement": {"Effect": "Allow", "Action": ["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"], "Resource": "*"}}'

[users.half]
access_key_id = "AKIAHALFHALFHALFHALF"
secret_access_key = "half-half-half-half-half"
policy = '{"Statement": {"Effect": "Allow", "Action": "lambda:InvokeFunctionUrl", "Resource": "*"}}'
"""
CALLER = ("AKIACALLERCALLERCALL", "caller-caller-caller-caller")
HALF = ("AKIAHALFHALFHALFHALF", "half-half-half-half-half")


def signed(url, keys, body=None, service="lambda", region="us-east-1", method="POST"):
    """One request with a signature."""
    request = AWSRequest(method, f"http://{url.host}/a%20b?x=1&y=%2F", {"Host": url.host}, body)
    SigV4Auth(Credentials(*keys), service, region).add_auth(request)
    headers = [(name, value) for name, value in request.headers.items() if name != "Host"]
    return url.send(method, "/a%20b?x=1&y=%2F", headers, body)


def test_signed_requests_are_judged_by_every_policy(start):
    """AWS_IAM: the caller's policies and the function's together, both actions; the event says who it is."""
    gateway = start(USERS)
    client = gateway.client(service="lambda")
    client.create_function(FunctionName="pets", Role=ROLE, Runtime="python3.12", Handler="app.handler",
                           Code={"ZipFile": archive(app=ECHO)})
    url = FunctionUrl(gateway, "pets", is_public=False, AuthType="AWS_IAM")
    answer = signed(url, CALLER, b"hello")
    context = answer.json()["requestContext"]
    assert (answer.status, context["accountId"]) == (200, "000000000000"), answer.body
    iam = context["authorizer"]["iam"]
    assert list(iam) == ["accessKey", "accountId", "callerId", "cognitoIdentity", "principalOrgId", "userArn", "userId"]
    assert iam["userArn"] == "arn:aws:iam::000000000000:user/caller" and iam["callerId"] == iam["userId"] != ""
    assert (iam["accessKey"], iam["cognitoIdentity"], iam["principalOrgId"]) == (CALLER[0], None, None)
    assert base64.b64decode(answer.json()["body"]) == b"hello"
    assert signed(url, gateway.credentials).status == 200, "root"

    def refused(answer):
        return (answer.status, answer.error_type, answer.body) == (403, "AccessDeniedException", FORBIDDEN)

    assert refused(signed(url, HALF)), "InvokeFunction is needed, too"
    url.allow("lambda:InvokeFunction", "arn:aws:iam::000000000000:user/half", InvokedViaFunctionUrl=True)
    assert signed(url, HALF).status == 200
    assert refused(url.send("GET", "/")), "nobody signed"
    url.allow("lambda:InvokeFunctionUrl", FunctionUrlAuthType="NONE")
    assert refused(url.send("GET", "/")), "a public statement does not open a URL that wants signatures"


@pytest.mark.parametrize(
    "keys, how, error, words",
    [
        (("AKIANOBODY", "x"), {}, "InvalidSignatureException", "The security token included in the request is invalid."),
        ((CALLER[0], "wrong"), {}, "InvalidSignatureException", "The request signature we calculated does not match"),
        (CALLER, {"service": "execute-api"}, "InvalidSignatureException", "Credential should be scoped to"),
        (CALLER, {"region": "eu-west-1"}, "InvalidSignatureException", "Credential should be scoped to a valid region"),
    ],
)
def test_a_bad_signature_is_told_why(start, keys, how, error, words):
    """In the words that function URLs have for it."""
    gateway = start(USERS)
    client = gateway.client(service="lambda")
    client.create_function(FunctionName="pets", Role=ROLE, Runtime="python3.12", Handler="app.handler",
                           Code={"ZipFile": archive(app=ECHO)})
    url = FunctionUrl(gateway, "pets", is_public=False, AuthType="AWS_IAM")
    answer = signed(url, keys, **how)
    assert (answer.status, answer.error_type) == (403, error) and answer.json()["message"].startswith(words), answer.body
