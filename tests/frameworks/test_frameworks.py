"""Web frameworks as Lambda functions, unchanged: FastAPI through Mangum, Express through serverless-express.

Both applications answer alike, so that one test asks both; what stands in their folders is a deployment package.
"""

import base64
import gzip
import os
import pathlib
import shutil
import sys

import pytest

from harness.apis import Api, definition, eventually, mock
from harness.process import Stagegate

HERE = pathlib.Path(__file__).parent
SETTINGS = """
[functions.fastapi]
code = "./python"
handler = "app.handler"
runtime = "python3.{minor}"
timeout_ms = 20000
memory_mb = 512

[functions.express]
code = "./node"
handler = "index.handler"
runtime = "nodejs22.x"
timeout_ms = 20000
memory_mb = 512
"""
JSON = [("Content-Type", "application/json")]
PNG = [("Content-Type", "image/png"), ("Accept", "image/png")]
PICTURE = bytes(range(256))
LAMBDA_BYTES_MAX = 6 * 1024 * 1024


@pytest.fixture(scope="module")
def stagegate(tmp_path_factory):
    """A process with both applications."""
    folder = tmp_path_factory.mktemp("frameworks")
    shutil.copytree(HERE / "python" / "packages", folder / "python")
    shutil.copy(HERE / "python" / "app.py", folder / "python")
    shutil.copytree(HERE / "node", folder / "node")
    # Compiled packages are for the Python they were installed with.
    env = {"PATH": f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"}
    process = Stagegate(folder / "data", SETTINGS.format(minor=sys.version_info.minor), env).start()
    yield process
    process.stop()


def served(stagegate, name, *binary):
    """An application at the root, any path and method, as a quick start makes it."""
    arn = f"arn:aws:lambda:us-east-1:000000000000:function:{name}"
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": uri}
    # By the last route the harness sees that the stage is there: an application's own 404 says nothing.
    routes = {"ANY /": integration, "ANY /{proxy+}": integration, "HEAD /no-such-route": mock()}
    return Api(stagegate, definition(routes, **{"x-amazon-apigateway-binary-media-types": list(binary)}))


@pytest.fixture(scope="module", params=["fastapi", "express"])
def app(request, stagegate):
    """An application, with pictures as binary content."""
    return served(stagegate, request.param, "image/png", "application/octet-stream")


@pytest.fixture(scope="module")
def fastapi(stagegate):
    """FastAPI, with everything as binary content."""
    return served(stagegate, "fastapi", "*/*")


def test_path_query_headers_and_cookies(app):
    """What was sent is what the application sees."""
    sent = [("User-Agent", "t"), ("X-A", "1"), ("X-A", "2"), ("Cookie", "a=1; b=2")]
    answer = app.send("GET", "/pets/7?tag=a&tag=b%20c&tag=%C3%A4", sent)
    assert answer.status == 200 and answer.header("content-type").startswith("application/json"), answer.body
    seen = answer.json()
    assert seen.pop("x").replace(" ", "") == "1,2"
    assert seen == {
        "id": "7", "tags": ["a", "b c", "ä"], "from": "127.0.0.1", "agent": "t", "cookies": {"a": "1", "b": "2"},
        "host": app.host, "scheme": "http", "path": "/pets/7", "stage": app.stage,
    }


def test_the_root(app):
    """The path without a greedy part."""
    assert app.send("GET", "/").json() == {"open": True}


def test_bodies_and_cookies(app):
    """JSON in and out, and two cookies as two headers."""
    made = app.send("POST", "/pets", JSON, '{"name": "Räx 🐎", "age": 7}'.encode())
    assert (made.status, made.json()) == (201, {"got": {"name": "Räx 🐎", "age": 7}})
    assert [cookie.split(";")[0] for cookie in made.all("set-cookie")] == ["a=1", "b=2"]
    assert made.header("location") == "/pets/7"


def test_words_that_are_not_ascii(app):
    """A path parameter, and a body of text."""
    assert app.send("GET", "/pets/R%C3%A4x%20%F0%9F%90%8E", [("User-Agent", "t")]).json()["id"] == "Räx 🐎"
    answer = app.send("GET", "/word")
    assert answer.body.decode() == "žluťoučký 🐎"


def test_redirects(app):
    """They reach the client as they are."""
    answer = app.send("GET", "/old")
    assert (answer.status, answer.header("location")) == (302, "/dev/pets/7?tag=a%20b")


@pytest.mark.parametrize(
    "method, path, body, status",
    [
        ("GET", "/pets/none", None, 404),
        ("GET", "/nowhere/at/all", None, 404),
        ("POST", "/pets", b'{"age": 1}', 422),
        ("GET", "/broken", None, 500),
    ],
)
def test_the_applications_own_errors(app, method, path, body, status):
    """They are the application's to word: the gateway passes them on."""
    answer = app.send(method, path, JSON if body else (), body)
    assert answer.status == status and answer.body
    assert answer.body != b'{"message": "Internal server error"}'


def test_answers_without_a_body(app):
    """204 to DELETE, and HEAD with the head of GET."""
    gone = app.send("DELETE", "/pets/7")
    assert (gone.status, gone.body) == (204, b"")
    head = app.send("HEAD", "/pets/7", [("User-Agent", "t")])
    assert (head.status, head.body) == (200, b"")
    assert head.header("content-type").startswith("application/json")


def test_binary_content(app):
    """A picture both ways; without an `Accept` that says so its base64 stays text (fact 63)."""
    answer = app.send("PUT", "/picture", PNG, PICTURE)
    assert (answer.status, answer.body, answer.header("content-type")) == (200, PICTURE[::-1], "image/png")
    text = app.send("PUT", "/picture", PNG[:1], PICTURE)
    assert base64.b64decode(text.body) == PICTURE[::-1]


def test_large_bodies(app):
    """Megabytes each way, and a refusal of what Lambda would not take."""
    kind = [("Content-Type", "application/octet-stream")]
    answer = app.send("PUT", "/size", kind, b"x" * 4_000_000 + b"!")
    assert answer.json() == {"bytes": 4_000_001, "last": "!"}
    answer = app.send("GET", "/large?length=4000000")
    assert answer.status == 200 and answer.body == b"x" * 4_000_000
    # Base64 makes a third more of them.
    answer = app.send("PUT", "/size", kind, b"x" * 5_000_000)
    assert (answer.status, answer.json()) == (413, {"message": "Request Too Long"})
    answer = app.send("GET", f"/large?length={LAMBDA_BYTES_MAX}")
    assert (answer.status, answer.json()) == (502, {"message": "Internal server error"})


def test_compression_of_the_applications_own(fastapi):
    """A compressed answer is binary content, which `*/*` lets through."""
    answer = fastapi.send("GET", "/large?length=5000", [("Accept-Encoding", "gzip")])
    assert (answer.status, answer.header("content-encoding")) == (200, "gzip")
    assert gzip.decompress(answer.body) == b"x" * 5000


def test_a_model_refuses(fastapi):
    """FastAPI's validation, worded by FastAPI."""
    answer = fastapi.send("POST", "/pets", JSON, b'{"name": "a", "age": "old"}')
    assert answer.status == 422 and answer.json()["detail"][0]["loc"] == ["body", "age"]


def test_a_changed_application_is_live(stagegate):
    """A file of the package changes; the next answers are the new one's."""
    api = served(stagegate, "express")
    file = stagegate.data_dir.parent / "node" / "index.js"
    file.write_text(file.read_text().replace("open: true", 'open: "again"'))

    def changed():
        assert api.send("GET", "/").json() == {"open": "again"}

    eventually(changed, timeout_s=10)
