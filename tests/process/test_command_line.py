"""`stagegate import` and `stagegate apis`, and `serve --import`."""

import concurrent.futures
import json
import re

import pytest

from harness.apis import definition, eventually, mock, proxy
from harness.process import ROOT

PETSTORE = ROOT / "examples" / "petstore" / "petstore.yaml"


def ids(process):
    """The ids of all APIs."""
    return {api["id"] for api in process.client().get_rest_apis()["items"]}


def test_import_serves_and_is_idempotent(start, tmp_path):
    process = start()
    document = tmp_path / "api.json"
    document.write_text(json.dumps(definition({"GET /a": mock(200)})))
    done = process.run("import", str(document), "--stage", "dev")
    (api,) = ids(process)
    assert api in done.stdout
    eventually(lambda: status(process, api, 200))
    first = process.client().get_stage(restApiId=api, stageName="dev")["deploymentId"]
    process.run("import", str(document), "--stage", "dev")
    assert ids(process) == {api}
    assert process.client().get_stage(restApiId=api, stageName="dev")["deploymentId"] == first
    document.write_text(json.dumps(definition({"GET /a": mock(202)})))
    process.run("import", str(document), "--stage", "dev")
    assert ids(process) == {api}
    eventually(lambda: status(process, api, 202))


def test_imports_of_one_file_at_once_make_one_api(start, tmp_path):
    process = start()
    document = tmp_path / "api.json"
    document.write_text(json.dumps(definition({"GET /a": mock(200)})))
    with concurrent.futures.ThreadPoolExecutor(5) as pool:
        done = list(pool.map(lambda _: process.run("import", str(document), "--stage", "dev"), range(5)))
    (api,) = ids(process)
    assert all(api in each.stdout for each in done)
    assert len(process.client().get_deployments(restApiId=api)["items"]) == 1


def status(process, api, expected):
    """The status of /dev/a."""
    assert process.send("GET", "/dev/a", api).status == expected


def test_apis_lists_invoke_urls_and_findings(start, tmp_path):
    process = start()
    document = tmp_path / "api.json"
    routes = {"GET /open": mock(200), "GET /unbound": proxy("http://${stageVariables.host}/")}
    document.write_text(json.dumps(definition(routes, title="listed")))
    process.run("import", str(document), "--stage", "dev")
    shown = process.run("apis").stdout
    (api,) = ids(process)
    assert f"http://{api}.execute-api.us-east-1.localhost:{process.gateway}/dev" in shown
    assert "listed" in shown
    assert "/unbound" in shown, "the route that answers API_CONFIGURATION_ERROR is not named"


@pytest.mark.parametrize("text, line", [
    ('{"openapi": "3.0.1",\n "info": {"title": "x", "version": "1"},\n "paths": [}\n', 3),
    ("openapi: 3.0.1\ninfo: {title: x, version: '1'}\npaths:\n  /a:\n    get:\n      x-amazon-apigateway-integration: {type: magic}\n", 6),
    ("openapi: 3.0.1\ninfo: {title: x}\npaths:\n  /a:\n    get:\n      x-amazon-apigateway-integration:\n"
     "        {type: http, httpMethod: GET, uri: 'http://'}\n", 7),
])
def test_a_bad_file_is_reported_with_file_line_and_column(start, tmp_path, text, line):
    process = start()
    document = tmp_path / "broken.yaml"
    document.write_text(text)
    done = process.run("import", str(document), "--stage", "dev", check=False)
    assert done.returncode != 0
    assert re.search(rf"broken\.yaml\S*:{line}:\d+", done.stderr), done.stderr
    assert ids(process) == set()


def test_a_refused_import_leaves_no_api_behind(start, tmp_path):
    process = start()
    document = tmp_path / "api.json"
    for routes, stage in (({"GET /a": mock(200)}, "no stage"), ({}, "dev")):
        document.write_text(json.dumps(definition(routes)))
        done = process.run("import", str(document), "--stage", stage, check=False)
        assert done.returncode != 0, done.stdout
        assert ids(process) == set()


def test_other_failures_are_told_in_one_line_a_human_understands(start, tmp_path):
    process = start()
    for name, words in ((tmp_path / "none.yaml", "none.yaml"), ("/dev/zero", "larger than"), (tmp_path, "directory")):
        done = process.run("import", str(name), "--stage", "dev", check=False)
        assert done.returncode != 0 and words in done.stderr, done.stderr
    process.terminate()
    document = tmp_path / "api.json"
    document.write_text(json.dumps(definition({"GET /a": mock(200)})))
    for arguments in (("apis",), ("import", str(document), "--stage", "dev")):
        done = process.run(*arguments, check=False)
        assert done.returncode != 0
        assert str(process.control) in done.stderr and "panicked" not in done.stderr


def test_serve_import_runs_at_every_start_and_changes_nothing_the_second_time(start):
    process = start(args=["--import", str(PETSTORE), "--stage", "dev"])
    (api,) = ids(process)
    stage = process.client().get_stage(restApiId=api, stageName="dev")
    assert process.send("GET", "/dev/health", api).status == 200
    assert process.terminate() == 0
    process.start()
    assert ids(process) == {api}
    assert process.client().get_stage(restApiId=api, stageName="dev")["deploymentId"] == stage["deploymentId"]
    assert process.send("GET", "/dev/health", api).status == 200


def test_help_and_version(start):
    process = start(ready=False)
    assert "serve" in process.run("--help").stdout
    assert re.search(r"\d+\.\d+\.\d+", process.run("--version").stdout)
