"""A function in Rust with `lambda_http` (crates/testkit/examples/http-function.rs) behind a Lambda proxy integration."""

import shutil

import pytest

from harness.apis import Api, definition, mock
from harness.process import Stagegate, binary

SETTINGS = """
[functions.rust]
code = "./code"
runtime = "provided.al2023"
timeout_ms = 20000
"""
ARN = "arn:aws:lambda:us-east-1:000000000000:function:rust"
PNG = [("Content-Type", "image/png"), ("Accept", "image/png")]


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    """The function at the root of an API."""
    folder = tmp_path_factory.mktemp("lambda_http")
    (folder / "code").mkdir()
    shutil.copy(binary("examples/http-function", "HTTP_FUNCTION_BIN"), folder / "code" / "bootstrap")
    process = Stagegate(folder / "data", SETTINGS).start()
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{ARN}/invocations"
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": uri}
    routes = {"ANY /{proxy+}": integration, "HEAD /no-such-route": mock()}
    document = definition(routes, **{"x-amazon-apigateway-binary-media-types": ["image/png"]})
    yield Api(process, document, variables={"table": "pets"})
    process.stop()


def test_the_crate_understands_events(api):
    """Every part of the event that has a type, and two cookies in the answer."""
    sent = [("User-Agent", "t"), ("X-A", "1"), ("X-A", "2"), ("Content-Type", "application/json")]
    answer = api.send("POST", "/pets/7?tag=a&tag=b%20c", sent, '{"name": "Räx"}'.encode())
    assert (answer.status, answer.all("set-cookie")) == (201, ["a=1", "b=2"]), answer.body
    told = answer.json()
    context = told.pop("context")
    # The crate keeps the last of a header's values, wherever the event comes from.
    assert told == {
        "method": "POST", "uri": f"http://{api.host}/dev/pets/7?tag=a&tag=b+c", "path": "/pets/7", "parameters": "pets/7",
        "variable": "pets", "tags": ["a", "b c"], "headers": ["2"], "body": {"name": "Räx"},
    }
    assert context.pop("epoch") > 1_700_000_000_000 and len(context.pop("request")) == 36
    assert context == {
        "account": "000000000000", "api": api.id, "stage": "dev", "resource": "/{proxy+}", "path": "/dev/pets/7",
        "protocol": "HTTP/1.1", "address": "127.0.0.1", "agent": "t", "domain": api.host.split(":")[0], "prefix": api.id,
    }


def test_a_bare_request(api):
    """No query, no body, no header of ours: what is null in the event is absent in the crate."""
    told = api.send("GET", "/pets").json()
    assert (told["tags"], told["headers"], told["body"]) == (None, [], None)


def test_binary_content_and_errors(api):
    """A picture both ways; an error of the function is a 502 that says nothing of it."""
    picture = bytes(range(256))
    answer = api.send("PUT", "/picture", PNG, picture)
    assert (answer.status, answer.body, answer.header("content-type")) == (200, picture[::-1], "image/png")
    failed = api.send("GET", "/fail")
    assert (failed.status, failed.json()) == (502, {"message": "Internal server error"})
