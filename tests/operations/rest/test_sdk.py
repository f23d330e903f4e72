"""GetSdk: the archive, and the generated JavaScript client at work in Node."""

import io
import json
import pathlib
import re
import subprocess
import zipfile

import pytest

from harness.apis import Api, definition, proxy
from harness.faults import fails, status_of
from harness.signatures import CREDENTIALS, assert_signed

DRIVER = pathlib.Path(__file__).parent / "sdk" / "drive.js"


def declared(*parameters, **more):
    """What an operation says of its parameters, each given as `place name` with a `!` where it is required."""
    built = []
    for parameter in parameters:
        place, name = parameter.rstrip("!").split(" ")
        required = place == "path" or parameter.endswith("!")
        built.append({"name": name, "in": place, "required": required, "schema": {"type": "string"}})
    return {"operation": {"parameters": built, **more}}


@pytest.fixture
def api(gateway, backend):
    """An API with a parameter in every place, in front of the recording back end."""
    pet = {"requestParameters": {"integration.request.path.petId": "method.request.path.petId"}}
    rest = {"requestParameters": {"integration.request.path.rest": "method.request.path.rest"}}
    url = backend.url
    return Api(gateway, definition({
        "GET /": proxy(f"{url}/"),
        "GET /pets": proxy(f"{url}/pets", **declared("query kind", "query limit!", "header X-Trace")),
        "POST /pets": proxy(f"{url}/pets", "POST", **declared(operationId="AddPet")),
        "GET /pets/{petId}": proxy(f"{url}/pets/{{petId}}", **pet, **declared("path petId")),
        "ANY /files/{rest+}": proxy(f"{url}/files/{{rest}}", "ANY", **rest, **declared("path rest")),
    }, title="Pets */ ${x} {{region}}"))


@pytest.fixture
def sdk(client, api, tmp_path):
    """The folder of the unpacked client."""
    answer = client.get_sdk(restApiId=api.id, stageName="dev", sdkType="javascript")
    zipfile.ZipFile(io.BytesIO(answer["body"].read())).extractall(tmp_path)
    return tmp_path / "apiGateway-js-sdk"


@pytest.fixture
def drive(sdk):
    """Calls methods of the client in Node, or in a context that has nothing of Node's own; answers what each call came to."""

    def run(*calls, config=None, where="node"):
        given = json.dumps({"client": str(sdk / "apigClient.js"), "where": where, "config": config or {}, "calls": calls})
        done = subprocess.run(["node", DRIVER], input=given, capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def test_the_archive_comes_as_a_file(client, api):
    answer = client.get_sdk(restApiId=api.id, stageName="dev", sdkType="javascript", parameters={"a": "b"})
    assert status_of(answer) == 200
    assert answer["contentType"] == "application/octet-stream"
    assert re.fullmatch(r'attachment; filename="javascript_[\d-]{10}_\d\d-\d\dZ\.zip"', answer["contentDisposition"])
    archive = zipfile.ZipFile(io.BytesIO(answer["body"].read()))
    assert archive.testzip() is None
    assert {pathlib.PurePath(name).name for name in archive.namelist()} == {"apigClient.js", "README.md", "package.json"}


@pytest.mark.parametrize("where", ["node", "bare"])
def test_methods_send_their_parameters_where_they_belong(drive, backend, where):
    prefix = backend.prefix
    got = drive(
        ["rootGet"],
        ["petsGet", {"kind": ["a b", "c"], "limit": 5, "X-Trace": "t", "unknown": 1}, {},
         {"headers": {"X-More": "m"}, "queryParams": {"z": "1&2"}}],
        ["addPet", {}, {"name": "Ré"}],
        ["petsPetIdGet", {"petId": "a/b ü"}],
        ["filesRestPut", {"rest": "x/y z"}, "text", {"headers": {"content-type": "text/plain"}}],
        ["filesRestDelete", {"rest": "x"}],
        where=where)
    assert [one["status"] for one in got] == [200] * 6, got
    seen = [one["data"] for one in got]
    headers = [{name.lower(): value for name, value in one["headers"]} for one in seen]
    assert (seen[0]["method"], seen[0]["target"]) == ("GET", f"{prefix}/")
    assert seen[1]["target"].split("?")[0] == f"{prefix}/pets"
    assert sorted(seen[1]["target"].split("?")[1].split("&")) == ["kind=a%20b", "kind=c", "limit=5", "z=1%262"]
    assert (headers[1]["x-trace"], headers[1]["x-more"], headers[1]["accept"]) == ("t", "m", "application/json")
    assert (seen[2]["method"], json.loads(seen[2]["body"].encode("latin-1"))) == ("POST", {"name": "Ré"})
    assert headers[2]["content-type"] == "application/json"
    assert seen[3]["target"].startswith(f"{prefix}/pets/a")
    assert (seen[4]["method"], seen[4]["body"], headers[4]["content-type"]) == ("PUT", "text", "text/plain")
    assert (seen[5]["method"], seen[5]["body"]) == ("DELETE", "")
    assert got[0]["headers"]["content-type"] == "application/json"


def test_what_cannot_be_sent_fails_before_it_is_sent(drive, backend):
    got = drive(["petsGet", {}], ["petsPetIdGet", {"petId": ".."}], ["petsPetIdGet"], ["petsGet", {"limit": 1}, {"a": 1}])
    assert [one["error"] for one in got] == [
        "Missing required parameter limit", 'The parameter petId cannot be part of a path: ".."',
        "Missing required parameter petId", "A GET request has no body"]
    assert not backend.requests


def test_an_answer_that_is_no_success_rejects_with_status_and_data(drive, backend):
    backend.replies(418, [("Content-Type", "application/problem+json"), ("X-A", "a")], b'{"short": true}')
    (got,) = drive(["rootGet"])
    assert (got["error"], got["status"], got["data"]) == ("The request failed with status 418", 418, {"short": True})
    assert got["headers"]["x-a"] == "a"


def test_the_api_key_goes_along_with_every_call(drive):
    key = "k" * 20
    for got in drive(["rootGet"], ["addPet", {}, {}, {"headers": {"X-API-Key": "other"}}], config={"apiKey": key}):
        assert [value for name, value in got["data"]["headers"] if name.lower() == "x-api-key"] == [key]
    (got,) = drive(["rootGet"])
    assert not {"x-api-key", "authorization"} & {name.lower() for name, _ in got["data"]["headers"]}


@pytest.mark.parametrize("where", ["node", "bare"])
@pytest.mark.parametrize("call", [
    ["rootGet"],
    ["petsGet", {"kind": ["b!*'()", "a", "ü~"], "limit": "", "X-Trace": " two  words "}],
    ["addPet", {}, {"name": "Ré"}],
    ["petsPetIdGet", {"petId": "a/b c+%:@ü"}],
    ["filesRestPatch", {"rest": "x y//z"}, "text"],
])
def test_requests_are_signed_as_botocore_signs_them(drive, call, where):
    (got,) = drive(call, config={**CREDENTIALS, "apiKey": "key", "region": "eu-west-1"}, where=where)
    sent = got["sent"]
    headers = {name.lower(): value for name, value in sent["headers"].items()}
    assert_signed(sent["method"], sent["url"], headers, (sent["body"] or "").encode(), "eu-west-1")
    signed = re.search("SignedHeaders=([^,]+)", headers.pop("authorization"))[1].split(";")
    assert signed == sorted({*headers, "host"})


def test_what_does_not_exist_has_no_client(client, api):
    with fails("BadRequestException", "Invalid SDK type specified: cobol", 400):
        client.get_sdk(restApiId=api.id, stageName="dev", sdkType="cobol")
    with fails("NotFoundException", "Invalid stage identifier specified", 404):
        client.get_sdk(restApiId=api.id, stageName="nosuch", sdkType="javascript")
    with fails("NotFoundException", status=404):
        client.get_sdk(restApiId="nosuch", stageName="dev", sdkType="javascript")
