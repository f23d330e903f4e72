"""The way of AWS's tutorials through both CLIs: create, wait, invoke, publish, permit, delete."""

import base64
import json

import pytest

from harness.awscli import V1, V2, AwsCli
from harness.functions import PYTHON, ROLE, archive


@pytest.mark.parametrize("program", [V1, V2], ids=["v1", "v2"])
def test_a_function_s_life_in_the_cli(gateway, tmp_path, program):
    """Each CLI waits, and reads status, log and payload of an invocation."""
    cli = AwsCli(gateway, program)
    name = f"cli-{program.parent.parent.name.strip('.')}"
    (tmp_path / "code.zip").write_bytes(archive(app=PYTHON))

    def run(operation, *arguments, target=("--function-name", name)):
        return cli(operation, *target, *arguments, service="lambda")

    made = run("create-function", "--runtime", "python3.12", "--handler", "app.handler", "--role", ROLE,
               "--zip-file", f"fileb://{tmp_path}/code.zip", "--tags", "team=a")
    cli("wait", "function-active-v2", "--function-name", name, service="lambda")
    payload = tmp_path / "payload.json"
    payload.write_text('{"n": 1}')
    answer = run("invoke", "--payload", f"fileb://{payload}", "--log-type", "Tail", str(tmp_path / "answer.json"))
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    assert "REPORT RequestId" in base64.b64decode(answer["LogResult"]).decode()
    assert json.loads((tmp_path / "answer.json").read_text())["event"] == {"n": 1}
    assert run("publish-version")["Version"] == "1"
    assert run("create-alias", "--name", "live", "--function-version", "1")["AliasArn"].endswith(":live")
    run("add-permission", "--statement-id", "s", "--action", "lambda:InvokeFunction",
        "--principal", "apigateway.amazonaws.com")
    assert json.loads(run("get-policy")["Policy"])["Statement"][0]["Sid"] == "s"
    assert run("list-tags", target=("--resource", made["FunctionArn"]))["Tags"] == {"team": "a"}
    run("update-function-code", "--zip-file", f"fileb://{tmp_path}/code.zip", "--publish")
    run("put-function-concurrency", "--reserved-concurrent-executions", "5")
    run("delete-function")
    failed = cli("get-function", "--function-name", name, service="lambda", check=False)
    assert failed.returncode != 0 and "(ResourceNotFoundException)" in failed.stderr
