"""The same web frameworks behind function URLs: payload 2.0, with no API before them."""

import io
import json
import os
import pathlib
import shutil
import sys
import zipfile

import pytest
from aws_lambda_powertools.utilities.data_classes import LambdaFunctionUrlEvent
from aws_lambda_powertools.utilities.parser.models import LambdaFunctionUrlModel

from harness.functions import ROLE, FunctionUrl, archive
from harness.process import Stagegate, binary

HERE = pathlib.Path(__file__).parent
JSON = [("Content-Type", "application/json")]
PICTURE = bytes(range(256))
ECHO = "def handler(event, context): return event"
PYTHON = f"python3.{sys.version_info.minor}"


def packed(**folders):
    """A zip archive of folders, each below a prefix."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archived:
        for folder in folders.values():
            for path in sorted(folder.rglob("*")):
                if path.is_file() and "__pycache__" not in path.parts:
                    archived.write(path, path.relative_to(folder))
    return target.getvalue()


@pytest.fixture(scope="module")
def stagegate(tmp_path_factory):
    """A process whose Python is the one that the packages were installed with."""
    folder = tmp_path_factory.mktemp("urls")
    env = {"PATH": f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"}
    process = Stagegate(folder / "data", env=env).start()
    yield process
    process.stop()


def url_of(stagegate, name, runtime, handler, code):
    """A function that is made through Lambda's API, and its public URL."""
    client = stagegate.client(service="lambda", read_timeout_s=60)
    client.create_function(FunctionName=name, Role=ROLE, Runtime=runtime, Handler=handler, Code={"ZipFile": code},
                           Timeout=20, MemorySize=512)
    return FunctionUrl(stagegate, name)


@pytest.fixture(scope="module", params=["fastapi", "express"])
def app(request, stagegate, tmp_path_factory):
    """An application."""
    if request.param == "express":
        return url_of(stagegate, "express", "nodejs22.x", "index.handler", packed(code=HERE / "node"))
    folder = tmp_path_factory.mktemp("fastapi")
    shutil.copy(HERE / "python" / "app.py", folder)
    code = packed(code=HERE / "python" / "packages", app=folder)
    return url_of(stagegate, "fastapi", PYTHON, "app.handler", code)


def test_path_query_headers_and_cookies(app):
    """What was sent is what the application sees; there is no stage in the path."""
    sent = [("User-Agent", "t"), ("X-A", "1"), ("X-A", "2"), ("Cookie", "a=1; b=2")]
    answer = app.send("GET", "/pets/R%C3%A4x%20%F0%9F%90%8E?tag=a&tag=b%20c&tag=%C3%A4", sent)
    assert answer.status == 200 and answer.header("content-type").startswith("application/json"), answer.body
    seen = answer.json()
    assert seen.pop("x").replace(" ", "") == "1,2"
    # Express shows the path as it was sent.
    assert seen.pop("path") in ("/pets/Räx 🐎", "/pets/R%C3%A4x%20%F0%9F%90%8E")
    assert seen == {
        "id": "Räx 🐎", "tags": ["a", "b c", "ä"], "from": "127.0.0.1", "agent": "t", "cookies": {"a": "1", "b": "2"},
        "host": app.host, "scheme": "http", "stage": "$default",
    }


def test_bodies_cookies_and_errors(app):
    """JSON in and out, two cookies, no content, the application's own errors."""
    made = app.send("POST", "/pets", JSON, '{"name": "Räx 🐎", "age": 7}'.encode())
    assert (made.status, made.json()) == (201, {"got": {"name": "Räx 🐎", "age": 7}})
    assert [cookie.split(";")[0] for cookie in made.all("set-cookie")] == ["a=1", "b=2"]
    assert made.header("location") == "/pets/7"
    gone = app.send("DELETE", "/pets/7")
    assert (gone.status, gone.body) == (204, b"")
    assert app.send("GET", "/word").body.decode() == "žluťoučký 🐎"
    assert app.send("GET", "/old").status == 302
    for method, path, body, status in [
        ("GET", "/pets/none", None, 404), ("POST", "/pets", b'{"age": 1}', 422), ("GET", "/broken", None, 500),
    ]:
        answer = app.send(method, path, JSON if body else (), body)
        assert answer.status == status, path
    head = app.send("HEAD", "/pets/7", [("User-Agent", "t")])
    assert (head.status, head.body) == (200, b"")


def test_binary_content(app):
    """A picture both ways: whoever says base64 means it, whatever the client accepts."""
    answer = app.send("PUT", "/picture", [("Content-Type", "image/png")], PICTURE)
    assert (answer.status, answer.body, answer.header("content-type")) == (200, PICTURE[::-1], "image/png")


def test_a_function_in_rust(stagegate):
    """`lambda_http` takes the event for payload 2.0."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        target.write(binary("examples/http-function", "HTTP_FUNCTION_BIN"), "bootstrap")
    url = url_of(stagegate, "rust", "provided.al2023", "bootstrap", code.getvalue())
    sent = [("User-Agent", "t"), ("X-A", "1"), ("X-A", "2"), ("Content-Type", "application/json")]
    answer = url.send("POST", "/pets/7?tag=a&tag=b%20c", sent, '{"name": "Räx"}'.encode())
    assert (answer.status, answer.all("set-cookie")) == (201, ["a=1", "b=2"]), answer.body
    told = answer.json()
    context = told.pop("context")
    assert told.pop("uri").startswith(f"http://{url.domain}") and told.pop("path") == "/pets/7"
    assert told == {
        "method": "POST", "parameters": None, "variable": None, "tags": ["a", "b c"], "headers": ["1,2"],
        "body": {"name": "Räx"},
    }
    assert context.pop("epoch") > 1_700_000_000_000 and len(context.pop("request")) == 36
    assert context == {
        "account": "anonymous", "api": url.id, "stage": "$default", "resource": "$default", "path": "/pets/7",
        "protocol": "HTTP/1.1", "address": "127.0.0.1", "agent": "t", "domain": url.domain, "prefix": url.id,
    }
    picture = url.send("PUT", "/picture", [("Content-Type", "image/png")], PICTURE)
    assert (picture.status, picture.body) == (200, PICTURE[::-1])
    failed = url.send("GET", "/fail")
    assert (failed.status, failed.body) == (502, b"Internal Server Error")


def test_powertools_reads_the_event(stagegate):
    """AWS's own models of the event, with everything in it and with nothing."""
    url = url_of(stagegate, "echo", PYTHON, "app.handler", archive(app=ECHO))
    sent = [*JSON, ("User-Agent", "t"), ("Cookie", "a=1; b=2")]
    event = url.send("POST", "/pets/7?tag=a&tag=b", sent, b'{"n": 1}').json()
    model = LambdaFunctionUrlModel.model_validate(event)
    assert (model.rawPath, model.cookies, model.queryStringParameters) == ("/pets/7", ["a=1", "b=2"], {"tag": "a,b"})
    context = model.requestContext
    assert (context.accountId, context.apiId, context.stage, context.routeKey) == ("anonymous", url.id, "$default", "$default")
    assert (str(context.http.sourceIp), context.http.method, context.domainName) == ("127.0.0.1/32", "POST", url.domain)
    data = LambdaFunctionUrlEvent(event)
    assert (data.json_body, data.path, data.http_method, data.raw_query_string) == ({"n": 1}, "/pets/7", "POST", "tag=a&tag=b")
    bare = LambdaFunctionUrlModel.model_validate(json.loads(url.send("GET", "/").body))
    assert (bare.body, bare.cookies, bare.queryStringParameters, bare.isBase64Encoded) == (None, None, None, False)
