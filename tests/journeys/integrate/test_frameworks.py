"""Web frameworks behind Lambda proxy integrations, unchanged: a FastAPI application through Mangum."""

import base64
import json
import sysconfig

import pytest

from harness.apis import Api, definition
from harness.process import Stagegate

ARN = "arn:aws:lambda:us-east-1:000000000000:function:app"
FUNCTION = {
    "type": "aws_proxy",
    "httpMethod": "POST",
    "uri": f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{ARN}/invocations",
}
FASTAPI = '''
from fastapi import FastAPI, HTTPException, Request, Response
from mangum import Mangum

app = FastAPI()

@app.get("/pets/{pet_id}")
def pet(pet_id: int, request: Request, tag: list[str] = []):
    return {"id": pet_id, "tags": request.query_params.getlist("tag"), "from": request.client.host,
            "agent": request.headers["user-agent"], "path": request.scope["aws.event"]["requestContext"]["path"]}

@app.post("/pets", status_code=201)
async def create(request: Request, response: Response):
    response.set_cookie("a", "1")
    response.set_cookie("b", "2")
    return {"got": await request.json()}

@app.put("/picture")
async def picture(request: Request):
    return Response((await request.body())[::-1], media_type="image/png")

@app.get("/none")
def none():
    raise HTTPException(404, "no pet")

handler = Mangum(app, lifespan="off", api_gateway_base_path="/")
'''


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    """The application behind `/{proxy+}`."""
    folder = tmp_path_factory.mktemp("frameworks")
    (folder / "code").mkdir()
    (folder / "code" / "app.py").write_text(FASTAPI)
    # The packages of this very environment stand in for those of a deployment package.
    packages = json.dumps(sysconfig.get_path("purelib"))
    settings = (
        '[functions.app]\ncode = "./code"\nhandler = "app.handler"\nruntime = "python3.12"\ntimeout_ms = 20000\n'
        f"memory_mb = 512\nenvironment = {{ PYTHONPATH = {packages} }}\n"
    )
    process = Stagegate(folder / "data", settings).start()
    # Not ANY: an application's own 404 would pass for a stage that is not there yet.
    routes = {f"{verb} /{{proxy+}}": FUNCTION for verb in ("GET", "POST", "PUT")}
    document = definition(routes, **{"x-amazon-apigateway-binary-media-types": ["image/png"]})
    yield Api(process, document)
    process.stop()


def test_a_fastapi_application_answers_as_it_does_elsewhere(api):
    """Path, query, headers, JSON, cookies, errors, validation and binary content both ways."""
    answer = api.send("GET", "/pets/7?tag=a&tag=b%20c", [("User-Agent", "t")])
    assert (answer.status, answer.header("content-type")) == (200, "application/json"), answer.body
    expected = {"id": 7, "tags": ["a", "b c"], "from": "127.0.0.1", "agent": "t", "path": "/dev/pets/7"}
    assert json.loads(answer.body) == expected
    made = api.send("POST", "/pets", [("Content-Type", "application/json")], '{"name": "Räx"}'.encode())
    assert (made.status, json.loads(made.body)) == (201, {"got": {"name": "Räx"}})
    assert [cookie.split(";")[0] for cookie in made.all("set-cookie")] == ["a=1", "b=2"]
    assert (api.send("GET", "/none").status, api.send("GET", "/pets/x").status) == (404, 422)
    picture = bytes(range(256))
    sent = [("Content-Type", "image/png"), ("Accept", "image/png")]
    answer = api.send("PUT", "/picture", sent, picture)
    assert (answer.status, answer.body, answer.header("content-type")) == (200, picture[::-1], "image/png")
    text = api.send("PUT", "/picture", sent[:1], picture)
    assert base64.b64decode(text.body) == picture[::-1], "without an Accept, base64 stays text"
