"""Lambda functions from folders, run by the process itself: `[functions.NAME]` and an AWS_PROXY integration."""

import json

import pytest

from harness.apis import Api, definition, eventually

ACCOUNT = "000000000000"
PYTHON = """
import json

def handler(event, context):
    if event["path"] == "/fail":
        raise ValueError("a secret")
    body = {"event": event, "arn": context.invoked_function_arn, "version": VERSION}
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps(body)}

VERSION = 1
"""
NODE = """
exports.handler = async (event) => ({ statusCode: 201, body: event.httpMethod + " " + event.queryStringParameters.q });
"""


def function(name):
    """An AWS_PROXY integration with a function."""
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"
    return {"type": "aws_proxy", "httpMethod": "POST", "uri": uri}


@pytest.fixture
def folder(tmp_path):
    """The code of two functions."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "app.py").write_text(PYTHON)
    (tmp_path / "code" / "index.js").write_text(NODE)
    return tmp_path / "code"


SETTINGS = """
[functions.pets]
code = "./code"
handler = "app.handler"
runtime = "python3.12"

[functions.toys]
code = "./code"
handler = "index.handler"
runtime = "nodejs22.x"
timeout_ms = 5000
"""


def test_functions_from_folders_answer_requests(start, folder):
    """Python and Node, an error, a function that is not there, and a changed file that is live without a restart."""
    gateway = start(SETTINGS)
    routes = {"ANY /{proxy+}": function("pets"), "PUT /toys": function("toys"), "GET /none": function("none")}
    api = Api(gateway, definition(routes))
    answer = api.send("POST", "/a/b?x=1", [("X-A", "1")], b'{"n": 1}')
    assert answer.status == 200 and answer.header("Content-Type") == "application/json"
    seen = json.loads(answer.body)
    assert seen["arn"] == f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:pets"
    assert (seen["event"]["path"], seen["event"]["headers"]["X-A"], seen["event"]["body"]) == ("/a/b", "1", '{"n": 1}')
    node = api.send("PUT", "/toys?q=ball")
    assert (node.status, node.body) == (201, b"PUT ball")
    for path, status in (("/fail", 502), ("/none", 500)):
        failed = api.send("GET", path)
        assert (failed.status, failed.body) == (status, b'{"message": "Internal server error"}')
    assert "a secret" in gateway.log(), "what a function writes is in the log of the process"
    (folder / "app.py").write_text(PYTHON.replace("VERSION = 1", "VERSION = 2"))

    def reloaded():
        assert json.loads(api.send("GET", "/x").body)["version"] == 2

    eventually(reloaded, timeout_s=10)


def test_a_function_that_cannot_be_run_is_refused_at_the_start(start, folder):
    """With the place in the file, or with what the host says of it."""
    for settings, message in (
        (SETTINGS.replace("./code", "./nowhere", 1), "`code` of the function `pets` is refused"),
        (SETTINGS.replace("python3.12", "cobol1"), "is not served: allowed are python3.N"),
        (SETTINGS + "memory_mb = 1\n", "memory_mb"),
    ):
        gateway = start(settings, name=f"data{len(message)}", ready=False)
        gateway.launch()
        assert gateway.process.wait(15) != 0
        assert message in gateway.log(), gateway.log()
