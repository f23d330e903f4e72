"""AWS_PROXY with Lambda functions that another Lambda API runs: put-integration, deploy, a request, the invocation."""

import base64
import json
import threading

import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent
from aws_lambda_powertools.utilities.parser.models import APIGatewayProxyEventModel
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from harness.apis import Api, definition
from harness.lambdas import Failed, Lambdas, Refused, Stream, metadata
from harness.process import Stagegate
from harness.wire import Connection, Truncated

ERROR = b'{"message": "Internal server error"}'
KEY, SECRET = "AKIAEXAMPLE", "wJalrXUtnFEMI/K7MDENG"
ACCOUNT = "000000000000"


def function(name="pets", **members):
    """An AWS_PROXY integration with a function."""
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"
    return {"type": "aws_proxy", "httpMethod": "POST", "uri": uri, **members}


def streaming(name="pets", **members):
    """The same with a streamed answer."""
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/{arn}/response-streaming-invocations"
    return function(name, uri=uri, responseTransferMode="STREAM", **members)


@pytest.fixture(scope="module")
def lambdas():
    """The Lambda API."""
    server = Lambdas()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def stagegate(lambdas, tmp_path_factory):
    """A process whose functions are all there."""
    env = {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET}
    process = Stagegate(tmp_path_factory.mktemp("lambda") / "data", lambdas.settings, env).start()
    yield process
    process.stop()


@pytest.fixture
def api(stagegate, lambdas):
    """Builds an API; nothing was invoked yet."""
    lambdas.functions, lambdas.seen = {}, []

    def build(routes, variables=None, **top_level):
        return Api(stagegate, definition(routes, **top_level), variables=variables)

    return build


def test_a_function_put_call_by_call(stagegate, lambdas):
    """The way of the tutorials: create-rest-api, put-method, put-integration, create-deployment, a request."""
    lambdas.seen = []
    lambdas.functions = {"pets": lambda call: {"statusCode": 200, "body": call.event["pathParameters"]["id"]}}
    client = stagegate.client()
    made = client.create_rest_api(name="pets")
    pets = client.create_resource(restApiId=made["id"], parentId=made["rootResourceId"], pathPart="{id}")
    at = {"restApiId": made["id"], "resourceId": pets["id"], "httpMethod": "GET"}
    client.put_method(**at, authorizationType="NONE")
    client.put_integration(**at, type="AWS_PROXY", integrationHttpMethod="POST", uri=function()["uri"])
    api = Api.__new__(Api)
    api.gateway, api.stage, api.region, api.client, api.id = stagegate, "dev", "us-east-1", client, made["id"]
    api.deploy()
    answer = api.send("GET", "/7")
    assert (answer.status, answer.body) == (200, b"7")
    assert lambdas.only().arn == f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:pets"


def test_events_parse_with_powertools_models(api, lambdas):
    """Every field that the models of aws-lambda-powertools know is there and has its type."""
    lambdas.functions["pets"] = lambda call: {"statusCode": 200}
    pets = api({"ANY /pets/{id}": function(), "GET /": function()}, variables={"table": "pets"})
    assert pets.send("POST", "/pets/7?a=1&a=2", [("X-A", "1"), ("User-Agent", "t")], b'{"n": 1}').status == 200
    event = lambdas.only().event
    model = APIGatewayProxyEventModel.model_validate(event)
    assert (model.resource, model.path, model.httpMethod) == ("/pets/{id}", "/pets/7", "POST")
    assert (model.queryStringParameters, model.multiValueQueryStringParameters) == ({"a": "2"}, {"a": ["1", "2"]})
    assert (model.pathParameters, model.stageVariables, model.body) == ({"id": "7"}, {"table": "pets"}, '{"n": 1}')
    context = model.requestContext
    assert (context.apiId, context.stage, context.accountId) == (pets.id, "dev", ACCOUNT)
    assert (context.path, context.resourcePath, context.httpMethod) == ("/dev/pets/7", "/pets/{id}", "POST")
    assert (str(context.identity.sourceIp), context.identity.userAgent) == ("127.0.0.1/32", "t")
    assert context.domainName == pets.host.split(":")[0] and context.domainPrefix == pets.id
    data = APIGatewayProxyEvent(event)
    assert data.json_body == {"n": 1} and data.request_context.request_time_epoch > 1_700_000_000_000
    assert pets.send("GET", "").status == 200
    bare = APIGatewayProxyEventModel.model_validate(lambdas.only().event)
    assert (bare.body, bare.pathParameters, bare.queryStringParameters) == (None, None, None)


def test_the_call_is_signed_and_says_who_calls(api, lambdas):
    """botocore would have signed the invocation in the same way."""
    lambdas.functions["pets"] = lambda call: {"statusCode": 200}
    live = function()["uri"].replace(":pets/", ":pets:${stageVariables.alias}/")
    pets = api({"GET /pets": function(uri=live)}, variables={"alias": "live"})
    assert pets.send("GET", "/pets").status == 200
    call = lambdas.only()
    assert (call.qualifier, call.headers["X-Amz-Invocation-Type"]) == ("live", "RequestResponse")
    source = f"arn:aws:execute-api:us-east-1:{ACCOUNT}:{pets.id}/dev/GET/pets"
    assert (call.headers["x-amz-source-arn"], call.headers["x-amz-source-account"]) == (source, ACCOUNT)
    assert call.headers["X-Amzn-Trace-Id"].startswith("Root=1-")
    headers = {name.lower(): value for name, value in call.headers.items()}
    authorization = headers["authorization"]
    names = authorization.split("SignedHeaders=")[1].split(",")[0].split(";")
    assert {"host", "x-amz-date", "x-amz-invocation-type", "x-amz-source-arn"} <= set(names)
    request = AWSRequest("POST", f"{lambdas.url}{call.target}", {name: headers[name] for name in names}, call.payload)
    request.context["timestamp"] = headers["x-amz-date"]
    signer = SigV4Auth(Credentials(KEY, SECRET), "lambda", "us-east-1")
    text = signer.string_to_sign(request, signer.canonical_request(request))
    assert authorization.endswith(f"Signature={signer.signature(text, request)}"), authorization


def test_results_become_answers(api, lambdas):
    """Status, headers, several values, binary content."""
    picture = b"\x89PNG\r\n\x00\xff"
    lambdas.functions["pets"] = lambda call: {
        "statusCode": "201",
        "headers": {"Content-Type": "image/png", "X-Flag": True},
        "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]},
        "body": base64.b64encode(picture).decode(),
        "isBase64Encoded": True,
    }
    pets = api({"POST /p": function()}, **{"x-amazon-apigateway-binary-media-types": ["image/png"]})
    answer = pets.send("POST", "/p", [("Content-Type", "image/png"), ("Accept", "image/png")], picture)
    assert (answer.status, answer.body, answer.all("Set-Cookie")) == (201, picture, ["a=1", "b=2"])
    assert (answer.header("Content-Type"), answer.header("X-Flag")) == ("image/png", "true")
    event = lambdas.only().event
    assert event["isBase64Encoded"] is True and base64.b64decode(event["body"]) == picture
    text = pets.send("POST", "/p", [("Accept", "text/html")], b"x")
    assert base64.b64decode(text.body) == picture


def fail(_call):
    """A function that fails."""
    raise Failed("a secret")


def refuse(status, name):
    """A Lambda that refuses."""

    def run(_call):
        raise Refused(status, name)

    return run


@pytest.mark.parametrize(
    "run, status, body",
    [
        (lambda call: {"errorType": "x"}, 502, ERROR),
        (lambda call: "text", 502, ERROR),
        (lambda call: b"no json", 502, ERROR),
        (fail, 502, ERROR),
        (refuse(403, "AccessDeniedException"), 500, ERROR),
        (refuse(429, "TooManyRequestsException"), 500, ERROR),
        (refuse(500, "ServiceException"), 502, ERROR),
        (refuse(413, "RequestTooLargeException"), 413, b'{"message":"Request Too Long"}'),
        (None, 500, ERROR),
    ],
    ids=["unknown-key", "string", "no-json", "function-error", "denied", "throttled", "service", "too-large", "absent"],
)
def test_facts_17_and_l12_failures(api, lambdas, run, status, body):
    """What is wrong with a function never shows, but in the status."""
    if run:
        lambdas.functions["pets"] = run
    answer = api({"GET /pets": function()}).send("GET", "/pets")
    assert (answer.status, answer.body) == (status, body)
    assert answer.header("X-Amzn-Trace-Id", "").startswith("Root=1-") or status == 413


def test_a_slow_function_is_not_waited_for(api, lambdas):
    """The integration's timeout counts; the next call does not meet the late answer."""
    gate = threading.Event()
    lambdas.functions["pets"] = lambda call: gate.wait(5) and {"statusCode": 299} or {"statusCode": 298}
    lambdas.functions["fast"] = lambda call: {"statusCode": 200}
    pets = api({"GET /slow": function(timeoutInMillis=100), "GET /fast": function("fast")})
    answer = pets.send("GET", "/slow")
    assert (answer.status, answer.body) == (504, b'{"message": "Endpoint request timed out"}')
    gate.set()
    assert [pets.send("GET", "/fast").status for _ in range(3)] == [200, 200, 200]


def test_an_event_is_queued(api, lambdas):
    """`X-Amz-Invocation-Type: 'Event'`, mapped, makes the invocation asynchronous."""
    lambdas.functions["pets"] = lambda call: {"statusCode": 500}
    mapped = {"integration.request.header.X-Amz-Invocation-Type": "'Event'"}
    answer = api({"POST /p": function(requestParameters=mapped)}).send("POST", "/p", body=b"x")
    assert (answer.status, answer.body) == (202, b"")
    assert lambdas.only().headers["X-Amz-Invocation-Type"] == "Event"


def test_pieces_are_passed_on_as_they_come(api, lambdas):
    """The second piece is made only after the client has read the first."""
    gate = threading.Event()
    head = metadata(statusCode=201, headers={"Content-Type": "text/event-stream"}, cookies=["a=1", "b=2"])
    lambdas.functions["pets"] = lambda call: Stream([head, b"data: 1\n\n", lambda: gate.wait(5) and b"data: 2\n\n"])
    pets = api({"GET /s": streaming()})
    with Connection(pets.gateway.gateway) as connection:
        connection.request("GET", "/dev/s", pets.host)
        answer = connection.read_head()
        chunks = connection.chunks()
        assert next(chunks) == b"data: 1\n\n"
        gate.set()
        assert list(chunks) == [b"data: 2\n\n"]
    assert answer.status == 201 and answer.all("Set-Cookie") == ["a=1", "b=2"]
    assert lambdas.only().is_streamed


@pytest.mark.parametrize("broken", [{"error": "Unhandled"}, {"cut": True}], ids=["function-error", "cut-off"])
def test_a_broken_stream_never_looks_complete(api, lambdas, broken):
    """Neither a function that fails half-way nor a connection that ends makes a clean end."""
    lambdas.functions["pets"] = lambda call: Stream([metadata(statusCode=200) + b"hello"], **broken)
    with pytest.raises(Truncated):
        api({"GET /s": streaming()}).send("GET", "/s")


@pytest.mark.parametrize("result", [{"statusCode": 200}, Stream([]), Stream([b"x" * 20_000 + bytes(8)]), Stream([], error="x")])
def test_a_stream_without_metadata_is_a_502(api, lambdas, result):
    """The metadata has to come, and within the first 16 KB."""
    lambdas.functions["pets"] = lambda call: result
    answer = api({"GET /s": streaming()}).send("GET", "/s")
    assert (answer.status, answer.body) == (502, ERROR)


def test_facts_18_and_41_a_function_that_cannot_be_invoked(api, lambdas):
    """A method that is not POST and a header that may not be mapped are a 500, and nothing is invoked."""
    lambdas.functions["pets"] = lambda call: {"statusCode": 200}
    mapped = {"integration.request.header.Authorization": "'x'"}
    pets = api({"GET /get": function(httpMethod="GET"), "GET /mapped": function(requestParameters=mapped)})
    for path in ("/get", "/mapped"):
        answer = pets.send("GET", path)
        assert (answer.status, answer.body) == (500, ERROR)
    assert lambdas.seen == []


def test_many_at_once(api, lambdas):
    """Connections to Lambda are shared without mixing answers up."""
    lambdas.functions["pets"] = lambda call: {"statusCode": 200, "body": call.event["path"]}
    pets = api({"GET /{proxy+}": function()})
    results = {}

    def run(number):
        results[number] = [pets.send("GET", f"/{number}/{step}").body.decode() for step in range(10)]

    threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {number: [f"/{number}/{step}" for step in range(10)] for number in range(8)}
    assert json.loads(lambdas.seen[0].payload)["resource"] == "/{proxy+}"
