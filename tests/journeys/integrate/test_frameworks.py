"""Web frameworks behind Lambda proxy integrations, unchanged: FastAPI through Mangum, Express through serverless-express."""

import base64
import json
import sysconfig

import pytest

from harness.apis import Api, definition
from harness.process import ROOT, Stagegate

def function(name):
    """An AWS_PROXY integration with a function."""
    arn = f"arn:aws:lambda:us-east-1:000000000000:function:{name}"
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"
    return {"type": "aws_proxy", "httpMethod": "POST", "uri": uri}


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


EXPRESS = '''
const express = require("express");
const serverless = require("@codegenie/serverless-express");

const app = express();
app.use(express.json());
app.use(express.raw({ type: "image/png" }));
app.get("/pets/:id", (request, response) => {
    const { id } = request.params;
    response.json({ id, tags: request.query.tag, agent: request.get("user-agent"), ip: request.ip });
});
app.post("/pets", (request, response) => {
    response.cookie("a", "1").cookie("b", "2").status(201).json({ got: request.body });
});
app.put("/picture", (request, response) => response.type("image/png").send(Buffer.from(request.body).reverse()));
app.use((request, response) => response.status(404).json({ none: request.path }));

exports.handler = serverless({ app, binarySettings: { contentTypes: ["image/png"] } });
'''


@pytest.fixture(scope="module")
def stagegate(tmp_path_factory):
    """A process with both applications; the packages installed for the tests stand in for those of a deployment package."""
    folder = tmp_path_factory.mktemp("frameworks")
    (folder / "code").mkdir()
    (folder / "code" / "app.py").write_text(FASTAPI)
    (folder / "code" / "index.js").write_text(EXPRESS)
    table = '[functions.{name}]\ncode = "./code"\nhandler = "{handler}"\nruntime = "{runtime}"\ntimeout_ms = 20000\n' \
        "memory_mb = 512\nenvironment = {{ {variable} = {packages} }}\n"
    python, node = sysconfig.get_path("purelib"), str(ROOT / "tests" / "node" / "node_modules")
    settings = table.format(
        name="fastapi", handler="app.handler", runtime="python3.12", variable="PYTHONPATH", packages=json.dumps(python)
    ) + table.format(
        name="express", handler="index.handler", runtime="nodejs22.x", variable="NODE_PATH", packages=json.dumps(node)
    )
    process = Stagegate(folder / "data", settings).start()
    yield process
    process.stop()


def served(stagegate, name):
    """An application behind `/{proxy+}`."""
    # Not ANY: an application's own 404 would pass for a stage that is not there yet.
    routes = {f"{verb} /{{proxy+}}": function(name) for verb in ("GET", "POST", "PUT")}
    return Api(stagegate, definition(routes, **{"x-amazon-apigateway-binary-media-types": ["image/png"]}))


def test_a_fastapi_application_answers_as_it_does_elsewhere(stagegate):
    """Path, query, headers, JSON, cookies, errors, validation and binary content both ways."""
    api = served(stagegate, "fastapi")
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


def test_an_express_application_answers_as_it_does_elsewhere(stagegate):
    """The same with Node."""
    api = served(stagegate, "express")
    answer = api.send("GET", "/pets/7?tag=a&tag=b%20c", [("User-Agent", "t")])
    assert answer.status == 200, answer.body
    expected = {"id": "7", "tags": ["a", "b c"], "agent": "t", "ip": "127.0.0.1"}
    assert json.loads(answer.body) == expected
    made = api.send("POST", "/pets", [("Content-Type", "application/json")], '{"name": "Räx"}'.encode())
    assert (made.status, json.loads(made.body)) == (201, {"got": {"name": "Räx"}})
    assert [cookie.split(";")[0] for cookie in made.all("set-cookie")] == ["a=1", "b=2"]
    missing = api.send("GET", "/none")
    assert missing.status == 404, missing.body
    picture = bytes(range(256))
    answer = api.send("PUT", "/picture", [("Content-Type", "image/png"), ("Accept", "image/png")], picture)
    assert (answer.status, answer.body, answer.header("content-type")) == (200, picture[::-1], "image/png")
