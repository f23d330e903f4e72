"""The same web frameworks behind HTTP APIs: payload 2.0, a `$default` route, and the permission that AWS's console adds."""

import io
import shutil
import urllib.parse
import zipfile

import pytest

from frameworks.test_frameworks_behind_urls import HERE, JSON, PICTURE, PYTHON, packed, stagegate
from harness.functions import ROLE
from harness.http_apis import ACCOUNT, REGION, HttpApi
from harness.process import binary

__all__ = ["stagegate"]


def served(gateway, name, runtime, handler, code, key="$default", **settings):
    """A function that is made through Lambda's API, behind an HTTP API of its own, which may call it."""
    client = gateway.client(service="lambda", read_timeout_s=60)
    client.create_function(FunctionName=name, Role=ROLE, Runtime=runtime, Handler=handler, Code={"ZipFile": code},
                           Timeout=20, MemorySize=512)
    api = HttpApi(gateway, **settings)
    api.route(key, api.function(name))
    place = key if key == "$default" else f"*{key.split(' ')[1]}"
    client.add_permission(
        FunctionName=name, StatementId="api", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api.id}/*/{place}")
    return api


@pytest.fixture(scope="module", params=["fastapi", "express"])
def app(request, stagegate, tmp_path_factory):
    """An application."""
    if request.param == "express":
        return served(stagegate, "express-api", "nodejs22.x", "index.handler", packed(code=HERE / "node"))
    folder = tmp_path_factory.mktemp("fastapi")
    shutil.copy(HERE / "python" / "app.py", folder)
    return served(stagegate, "fastapi-api", PYTHON, "app.handler", packed(code=HERE / "python" / "packages", app=folder))


def test_path_query_headers_and_cookies(app):
    """What was sent is what the application sees."""
    sent = [("User-Agent", "t"), ("X-A", "1"), ("X-A", "2"), ("Cookie", "a=1; b=2")]
    answer = app.send("GET", "/pets/R%C3%A4x%20%F0%9F%90%8E?tag=a&tag=b%20c&tag=%C3%A4", sent)
    assert answer.status == 200 and answer.header("content-type").startswith("application/json"), answer.body
    seen = answer.json()
    assert seen.pop("x").replace(" ", "") == "1,2"
    # Express makes a URL of the decoded path.
    assert urllib.parse.unquote(seen.pop("path")) == "/pets/Räx 🐎"
    assert seen == {
        "id": "Räx 🐎", "tags": ["a", "b c", "ä"], "from": "127.0.0.1", "agent": "t", "cookies": {"a": "1", "b": "2"},
        "host": app.host, "scheme": "http", "stage": "$default",
    }


def test_bodies_cookies_binary_content_and_errors(app):
    """JSON in and out, two cookies, no content, a picture, the application's own errors."""
    made = app.send("POST", "/pets", JSON, '{"name": "Räx 🐎", "age": 7}'.encode())
    assert (made.status, made.json()) == (201, {"got": {"name": "Räx 🐎", "age": 7}})
    assert [cookie.split(";")[0] for cookie in made.all("set-cookie")] == ["a=1", "b=2"]
    gone = app.send("DELETE", "/pets/7")
    assert (gone.status, gone.body) == (204, b"")
    assert app.send("GET", "/word").body.decode() == "žluťoučký 🐎"
    assert app.send("GET", "/old").status == 302
    for method, path, body, status in [
        ("GET", "/pets/none", None, 404), ("POST", "/pets", b'{"age": 1}', 422), ("GET", "/broken", None, 500),
    ]:
        assert app.send(method, path, JSON if body else (), body).status == status, path
    picture = app.send("PUT", "/picture", [("Content-Type", "image/png")], PICTURE)
    assert (picture.status, picture.body, picture.header("content-type")) == (200, PICTURE[::-1], "image/png")


def test_a_function_in_rust(stagegate):
    """`lambda_http` takes the event for payload 2.0, with its path parameters, its stage and its variables."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        target.write(binary("examples/http-function", "HTTP_FUNCTION_BIN"), "bootstrap")
    api = served(stagegate, "rust-api", "provided.al2023", "bootstrap", code.getvalue(), key="ANY /{proxy+}",
                 variables={"table": "pets"})
    sent = [("User-Agent", "t"), ("X-A", "1"), ("X-A", "2"), ("Content-Type", "application/json")]
    answer = api.send("POST", "/pets/7?tag=a&tag=b%20c", sent, '{"name": "Räx"}'.encode())
    assert (answer.status, answer.all("set-cookie")) == (201, ["a=1", "b=2"]), answer.body
    told = answer.json()
    context = told.pop("context")
    assert (told["path"], told["parameters"], told["variable"]) == ("/pets/7", "pets/7", "pets")
    assert (told["headers"], told["body"]) == (["1,2"], {"name": "Räx"})
    assert (context["account"], context["api"], context["stage"]) == (ACCOUNT, api.id, "$default")
    assert (context["resource"], context["path"], context["prefix"]) == ("ANY /{proxy+}", "/pets/7", api.id)
    failed = api.send("GET", "/fail")
    assert (failed.status, failed.body) == (500, b'{"message":"Internal Server Error"}')


def test_a_function_that_the_api_may_not_call(stagegate):
    """Without its statement, the function's resource policy lets nobody in."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as target:
        target.writestr("app.py", "def handler(event, context): return 'called'")
    api = served(stagegate, "guarded-api", PYTHON, "app.handler", code.getvalue())
    assert (api.send("GET", "/x").status, api.send("GET", "/x").body) == (200, b"called")
    stagegate.client(service="lambda").remove_permission(FunctionName="guarded-api", StatementId="api")
    answer = api.send("GET", "/x")
    assert (answer.status, answer.body) == (500, b'{"message":"Internal Server Error"}')
