"""What the settings say of functions: where their logs go, how many run, missing interpreters, who signs for other Lambda APIs."""

import json
import os
import re
import sqlite3
import sys

import pytest

from harness.apis import Api, definition, eventually
from harness.functions import PYTHON, ROLE, archive
from harness.lambdas import Lambdas

ARN = "arn:aws:lambda:us-east-1:000000000000:function:"
LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32} (.*)")
PETS = '[functions.pets]\ncode = "./code"\nhandler = "app.handler"\nruntime = "python3.12"\n'


def made(gateway, name, code=PYTHON):
    """A client of Lambda, and a function made by it, of a text or of an archive."""
    client = gateway.client(service="lambda")
    client.create_function(FunctionName=name, Role=ROLE, Runtime="python3.12", Handler="app.handler",
                           Code={"ZipFile": code if isinstance(code, bytes) else archive(app=code)})
    return client


def lines(path):
    """The messages of a log file."""
    return [LINE.fullmatch(line)[1] for line in path.read_text().splitlines()] if path.exists() else []


def test_logs_of_functions_go_to_their_groups(start, tmp_path):
    """A file that is named, the file of its own otherwise; what is named is not in the process's log, too."""
    named = tmp_path / "one.log"
    gateway = start(f'[log_groups]\n"/aws/lambda/one" = "{named}"\n')
    for name in ["one", "two"]:
        made(gateway, name).invoke(FunctionName=name, Payload=json.dumps({"to": name}))

    def written():
        for name, path in {"one": named, "two": tmp_path / "data" / "logs" / "aws_lambda_two.log"}.items():
            words = [line.split(" ")[0] for line in lines(path)]
            assert words == ["INIT_START", "START", "seen", "END", "REPORT"], words
            assert f'seen {{"to": "{name}"}}' in lines(path)

    eventually(written)
    assert '{"to": "two"}' in gateway.log() and '{"to": "one"}' not in gateway.log()


def test_logs_of_all_functions_go_to_one_place(start, tmp_path):
    """The key that stands for every group; what was printed last is there when the process has ended."""
    every = tmp_path / "every.log"
    gateway = start(f'[log_groups]\n"/aws/lambda" = "{every}"\n')
    for name in ["one", "two"]:
        made(gateway, name).invoke(FunctionName=name, Payload=json.dumps({"to": name}))
    gateway.terminate()
    assert {'seen {"to": "one"}', 'seen {"to": "two"}'} < set(lines(every))


def test_the_concurrency_of_a_region_is_a_setting(start):
    """One invocation at a time, of whatever function; the account's settings show it."""
    gateway = start("function_concurrency_max = 1\nfunction_processes_max = 1\nfunction_idle_timeout_ms = 1000\n")
    client = made(gateway, "one", "import time\ndef handler(event, context): time.sleep(event.get('s', 0)); return 1")
    made(gateway, "two")
    limit = client.get_account_settings()["AccountLimit"]
    assert (limit["ConcurrentExecutions"], limit["UnreservedConcurrentExecutions"]) == (1, 1)
    client.invoke(FunctionName="one", InvocationType="Event", Payload=b'{"s": 1.5}')

    def throttled():
        with pytest.raises(client.exceptions.TooManyRequestsException) as caught:
            client.invoke(FunctionName="two", Payload=b"{}")
        assert caught.value.response["Reason"] == "ConcurrentInvocationLimitExceeded"

    eventually(throttled)

    def free():
        try:
            assert client.invoke(FunctionName="two", Payload=b"{}")["StatusCode"] == 200
        except client.exceptions.TooManyRequestsException as error:
            raise AssertionError from error

    eventually(free, timeout_s=10)
    with pytest.raises(client.exceptions.ClientError) as caught:
        client.put_function_concurrency(FunctionName="one", ReservedConcurrentExecutions=2)
    assert "1 of 1 are not reserved" in str(caught.value)


def test_a_missing_interpreter_keeps_nothing_from_starting(start, tmp_path):
    """A warning at the start, an error that names it at an invocation; once it is there, the function runs."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "app.py").write_text("def handler(event, context): return 'runs'")
    programs = tmp_path / "programs"
    programs.mkdir()
    gateway = start(PETS, env={"PATH": str(programs)})
    assert "needs `python3`, which is not on the search path" in gateway.log()
    client = gateway.client(service="lambda")
    answer = client.invoke(FunctionName="pets", Payload=b"{}")
    error = json.loads(answer["Payload"].read())
    assert (answer["FunctionError"], error["errorType"]) == ("Unhandled", "Runtime.InvalidEntrypoint")
    assert "needs `python3`" in error["errorMessage"]
    with pytest.raises(client.exceptions.InvalidParameterValueException, match="needs `python3`"):
        made(gateway, "more")
    (programs / "python3").symlink_to(os.path.realpath(sys.executable))
    assert json.loads(client.invoke(FunctionName="pets", Payload=b"{}")["Payload"].read()) == "runs"


ENDPOINT_ROLE = "arn:aws:iam::123456789012:role/endpoint"
OWN_ROLE = "arn:aws:iam::123456789012:role/own"
ROLES = f"""
[aws.roles."{ENDPOINT_ROLE}"]
access_key_id = "AKIAENDPOINT"
secret_access_key = "endpoint-secret"

[aws.roles."{OWN_ROLE}"]
access_key_id = "AKIAOWN"
secret_access_key = "own-secret"
session_token = "own-token"
"""


@pytest.mark.parametrize(
    "role, credentials, key, token",
    [
        (ENDPOINT_ROLE, None, "AKIAENDPOINT", None),
        (ENDPOINT_ROLE, OWN_ROLE, "AKIAOWN", "own-token"),
        (None, OWN_ROLE, "AKIAOWN", "own-token"),
        ("arn:aws:iam::123456789012:role/unknown", None, "AKIACHAIN", None),
        (None, "arn:aws:iam::123456789012:role/unknown", "AKIACHAIN", None),
        (None, None, "AKIACHAIN", None),
    ],
)
def test_roles_sign_for_other_lambda_apis(start, role, credentials, key, token):
    """The integration's role before the endpoint's; a role without credentials here leaves it to the standard chain."""
    lambdas = Lambdas()
    lambdas.functions["pets"] = lambda invocation: {"statusCode": 200, "body": "x"}
    signer = f'role = "{role}"\n' if role else ""
    chain = {"AWS_ACCESS_KEY_ID": "AKIACHAIN", "AWS_SECRET_ACCESS_KEY": "chain-secret"}
    gateway = start(lambdas.settings + signer + ROLES, env=chain)
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{ARN}pets/invocations"
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": uri}
    if credentials:
        integration["credentials"] = credentials
    answer = Api(gateway, definition({"GET /": integration})).send("GET", "/")
    assert (answer.status, answer.body) == (200, b"x"), gateway.log()
    headers = lambdas.only().headers
    assert headers["Authorization"].startswith(f"AWS4-HMAC-SHA256 Credential={key}/")
    assert headers["X-Amz-Security-Token"] == token
    lambdas.stop()


def test_code_is_kept_as_long_as_a_version_needs_it(start):
    """Archives of deleted functions and versions, and those that were replaced, are not left in the store."""
    gateway = start()
    shared = archive(app=PYTHON)
    client = made(gateway, "one", shared)

    def blobs():
        with sqlite3.connect(f"file:{gateway.data_dir / 'stagegate.db'}?mode=ro", uri=True) as database:
            return database.execute("SELECT COUNT(*) FROM blobs").fetchone()[0]

    assert blobs() == 1
    made(gateway, "other", shared)
    client.publish_version(FunctionName="one")
    client.update_function_code(FunctionName="one", ZipFile=archive(app="TWO = 2\n" + PYTHON))
    assert blobs() == 2
    client.update_function_code(FunctionName="one", ZipFile=archive(app="THREE = 3\n" + PYTHON))
    assert blobs() == 2, "what was replaced is gone; the version and the other function need the first"
    client.delete_function(FunctionName="one", Qualifier="1")
    assert blobs() == 2
    assert client.invoke(FunctionName="other", Payload=b"{}")["StatusCode"] == 200
    client.delete_function(FunctionName="other")
    assert blobs() == 1
    client.delete_function(FunctionName="one")
    assert blobs() == 0
