"""GetSdk: the generated JavaScript client in a real browser, on a page of another origin."""

import functools
import html
import http.server
import io
import json
import pathlib
import re
import shutil
import subprocess
import threading
import zipfile

import pytest

from harness.apis import Api, definition, mock, proxy
from harness.backend import echo
from harness.signatures import CREDENTIALS, assert_signed

PAGE = pathlib.Path(__file__).parent / "sdk" / "drive.html"
PREFLIGHT = {
    "method.response.header.Access-Control-Allow-Origin": "'*'",
    "method.response.header.Access-Control-Allow-Headers":
        "'Content-Type,X-Amz-Date,Authorization,X-Api-Key,X-Amz-Security-Token,X-Trace'",
    "method.response.header.Access-Control-Allow-Methods": "'GET,POST,OPTIONS'",
}


@pytest.fixture
def api(gateway, backend):
    """An API that allows pages of other origins as the developer guide has it: by a mock, and by the back end."""

    def allow(recorded):
        reply = echo(recorded)
        reply.headers.append(("Access-Control-Allow-Origin", "*"))
        return reply

    backend.answer = allow
    preflight = mock(responses={"default": {"statusCode": "200", "responseParameters": PREFLIGHT}})
    declared = (("X-Trace", "header"), ("kind", "query"))
    trace = {"parameters": [{"name": name, "in": place, "schema": {"type": "string"}} for name, place in declared]}
    url = f"{backend.url}/pets"
    return Api(gateway, definition({
        "GET /pets": proxy(url, operation=trace),
        "POST /pets": proxy(url, "POST"),
        "OPTIONS /pets": preflight,
    }))


@pytest.fixture
def folder(client, api, tmp_path):
    """A folder with the client, that a server of another origin serves; and that server's address."""
    answer = client.get_sdk(restApiId=api.id, stageName="dev", sdkType="javascript")
    zipfile.ZipFile(io.BytesIO(answer["body"].read())).extractall(tmp_path)
    folder = tmp_path / "apiGateway-js-sdk"
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def drive(folder, tmp_path):
    """Opens a page that calls methods of the client, and answers what each call came to."""
    browser = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    assert browser, "no Chromium: scripts/install-test-tools.sh installs it"

    def run(*calls, config):
        place, url = folder
        (place / "drive.html").write_text(PAGE.read_text().replace("GIVEN", json.dumps({"config": config, "calls": calls})))
        done = subprocess.run(
            [browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-proxy-server", f"--user-data-dir={tmp_path / 'profile'}",
             "--virtual-time-budget=20000", "--dump-dom", f"{url}/drive.html"],
            capture_output=True, text=True, timeout=60, check=True)
        found = re.search('<pre id="results">(.+?)</pre>', done.stdout, re.DOTALL)
        assert found, done.stdout + done.stderr
        return json.loads(html.unescape(found[1]))

    return run


def test_a_browser_sends_parameters_keys_and_signatures(drive, backend):
    got = drive(
        ["petsGet", {"X-Trace": "t", "kind": ["b!*'()", "a b"]}], ["petsPost", {}, {"name": "Ré"}],
        config={**CREDENTIALS, "apiKey": "key"})
    assert [one.get("status") for one in got] == [200, 200], got
    seen = [one["data"] for one in got]
    headers = {name.lower(): value for name, value in seen[0]["headers"]}
    assert (seen[0]["method"], headers["x-trace"], headers["x-api-key"]) == ("GET", "t", "key")
    assert seen[0]["target"].startswith(f"{backend.prefix}/pets?")
    assert (seen[1]["method"], json.loads(seen[1]["body"].encode("latin-1"))) == ("POST", {"name": "Ré"})
    for sent in (one["sent"] for one in got):
        lower = {name.lower(): value for name, value in sent["headers"].items()}
        assert lower["x-api-key"] == "key"
        assert_signed(sent["method"], sent["url"], lower, (sent["body"] or "").encode())


def test_a_browser_learns_of_what_fails(drive):
    got = drive(["petsGet", {}, "text"], ["petsPost", {}, {}, {"headers": {"X-Not-Allowed": "1"}}], config={"apiKey": "key"})
    assert got[0]["error"] == "A GET request has no body" and got[0]["sent"] is None
    assert got[1]["error"] == "Failed to fetch" and got[1]["sent"]
