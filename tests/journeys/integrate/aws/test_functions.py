"""Lambda functions that are no proxies: events from templates, results through templates, errors by their message."""

import base64
import json

import pytest

from harness.apis import Api, definition
from harness.lambdas import Failed, Lambdas, Refused
from harness.process import Stagegate

ARN = "arn:aws:lambda:us-east-1:000000000000:function:pets"
FUNCTION = f"lambda:path/2015-03-31/functions/{ARN}/invocations"
JSON = [("Content-Type", "application/json")]
ERROR = b'{"message": "Internal server error"}'


@pytest.fixture(scope="module")
def lambdas():
    """The Lambda API."""
    server = Lambdas()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def stagegate(lambdas, tmp_path_factory):
    """A process whose functions are all there."""
    process = Stagegate(tmp_path_factory.mktemp("lambda") / "data", lambdas.settings).start()
    yield process
    process.stop()


@pytest.fixture
def serve(stagegate, lambdas, aws):
    """Deploys `POST /` with a function that is given, and returns the API."""

    def build(function, binary_types=(), **members):
        lambdas.functions, lambdas.seen = {"pets": function}, []
        members.setdefault("credentials", None)
        integration = {key: value for key, value in aws(FUNCTION, **members).items() if value}
        types = {"x-amazon-apigateway-binary-media-types": list(binary_types)}
        return Api(stagegate, definition({"POST /": integration, "GET /{id}": integration}, **types))

    return build


def test_a_template_makes_the_event_and_another_the_answer(serve, lambdas):
    """The result is whatever the function returns, not a proxy's answer."""
    api = serve(
        lambda call: {"pet": call.event["id"], "price": 249.99},
        requestTemplates={"application/json": '{"id": "$input.params(\'id\')", "method": "$context.httpMethod"}'},
        responses={
            "default": {
                "statusCode": "200",
                "responseTemplates": {"application/json": '{"type": $input.json(\'$.pet\')}'},
                "responseParameters": {"method.response.header.X-Price": "integration.response.body.price"},
            }
        },
    )
    answer = api.send("GET", "/dog")
    assert (answer.status, json.loads(answer.body), answer.header("X-Price")) == (200, {"type": "dog"}, "249.99")
    assert answer.header("X-Amzn-Trace-Id").startswith("Root=1-")
    assert lambdas.seen[0].event == {"id": "dog", "method": "GET"}


def test_without_templates_bodies_pass_through(serve, lambdas):
    """The client's JSON is the event; a request without content is an empty object."""
    api = serve(lambda call: call.event)
    answer = api.send("POST", "/", JSON, b'{"a": [1, 2]}')
    assert (answer.status, json.loads(answer.body)) == (200, {"a": [1, 2]})
    assert api.send("GET", "/x").body == b"{}"


RESPONSES = {
    "default": {"statusCode": "200"},
    "\\[NotFound\\].*": {
        "statusCode": "404",
        "responseTemplates": {"application/json": '{"why": $input.json(\'$.errorMessage\')}'},
    },
    "(\n|.)+": {"statusCode": "500"},
}


@pytest.mark.parametrize(
    ("message", "status"),
    [
        ("[NotFound] no such pet", 404),
        ("x [NotFound] no such pet", 500),
        ("[NotFound] no\nsuch pet", 500),
        ("anything else", 500),
        (None, 200),
    ],
)
def test_facts_61_and_62_the_error_message_selects_the_response(serve, message, status):
    """A pattern must match the whole message, and `.` matches no line break; success matches no `.+`."""

    def function(call):
        if message is not None:
            raise Failed(message)
        return {"errorMessage": "[NotFound] said by a function that did not fail"}

    answer = serve(function, responses=RESPONSES).send("POST", "/", JSON, b"{}")
    assert answer.status == status
    if status == 404:
        assert json.loads(answer.body) == {"why": message}


def test_fact_61_an_error_that_no_pattern_takes_is_a_200(serve):
    """The default response, with the error document as its body."""

    def function(call):
        raise Failed("boom")

    answer = serve(function).send("POST", "/", JSON, b"{}")
    assert answer.status == 200
    assert json.loads(answer.body)["errorMessage"] == "boom"


def test_fact_19_without_a_default_response_there_is_no_answer(serve):
    """A 500 of the gateway's."""
    answer = serve(lambda call: 1, responses={"never": {"statusCode": "404"}}).send("POST", "/", JSON, b"{}")
    assert (answer.status, answer.body) == (500, ERROR)


def test_events_are_asynchronous_where_a_header_says_so(serve, lambdas):
    """`X-Amz-Invocation-Type: Event`: the answer is empty and does not wait for the function."""
    parameters = {"integration.request.header.X-Amz-Invocation-Type": "method.request.header.InvocationType"}
    api = serve(lambda call: {"never": "seen"}, requestParameters=parameters)
    answer = api.send("POST", "/", [*JSON, ("InvocationType", "Event")], b'{"a": 1}')
    assert (answer.status, answer.body) == (200, b"")
    assert lambdas.seen[0].headers["X-Amz-Invocation-Type"] == "Event"
    assert lambdas.seen[0].event == {"a": 1}


def test_a_function_that_is_not_there(serve):
    """AWS says that it may not be invoked: 500."""

    def function(call):
        raise Refused(404, "ResourceNotFoundException")

    answer = serve(function).send("POST", "/", JSON, b"{}")
    assert (answer.status, answer.body) == (500, ERROR)


def test_fact_67_a_function_returns_base64_and_the_client_gets_bytes(serve):
    """As in AWS's post on binary support: the result is a string, CONVERT_TO_BINARY or the client's Accept decodes it."""
    pixel = bytes(range(256))
    for handling, accept in (("CONVERT_TO_BINARY", "text/plain"), (None, "image/png")):
        response = {"statusCode": "200", **({"contentHandling": handling} if handling else {})}
        api = serve(lambda call: base64.b64encode(pixel).decode(), ["image/*"], responses={"default": response})
        answer = api.send("GET", "/1", [("Accept", accept)])
        assert (answer.status, answer.body) == (200, pixel)
        assert api.send("GET", "/1", [("Accept", "text/html")]).status == 200
    api = serve(lambda call: {"no": "base64"}, ["image/*"])
    assert api.send("GET", "/1", [("Accept", "image/png")]).body == ERROR
    assert api.send("GET", "/1", [("Accept", "text/html")]).json() == {"no": "base64"}


def test_fact_67_a_function_gets_binary_content_as_base64(serve, lambdas):
    """CONVERT_TO_TEXT before the template; without it a template cannot read the content (fact 68)."""
    template = {"requestTemplates": {"image/png": '{"image": "$input.body"}'}}
    api = serve(lambda call: None, ["image/*"], contentHandling="CONVERT_TO_TEXT", **template)
    assert api.send("POST", "/", [("Content-Type", "image/png")], bytes(range(256))).status == 200
    assert base64.b64decode(lambdas.only().event["image"]) == bytes(range(256))
    refused = serve(lambda call: None, ["image/*"], **template)
    assert refused.send("POST", "/", [("Content-Type", "image/png")], b"x").body == ERROR
    assert not lambdas.seen
