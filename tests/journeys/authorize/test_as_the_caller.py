"""Integrations with the credentials `arn:aws:iam::*:user/*`: calls are made as the caller, within the caller's policies."""

import json

import pytest

from harness.apis import Api, definition
from harness.process import Stagegate
from harness.signed import sign

ANN = ("AKIAANNANNANNANNANN1", "0123456789abcdef0123456789abcdef")
BOB = ("AKIABOBBOBBOBBOBBOB1", "0123456789abcdef0123456789abcdeg")
SIGV4 = {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"}
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:hello"
HANDLER = "def handler(event, context):\n    return {'statusCode': 200, 'body': event['requestContext']['identity']['user']}\n"


def user(name, keys, *actions):
    """A user of the settings who may do this everywhere."""
    document = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": actions, "Resource": "*"}})
    return f"[users.{name}]\naccess_key_id = '{keys[0]}'\nsecret_access_key = '{keys[1]}'\npolicy = '{document}'\n"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    """A process with a function; ann may invoke it, bob may only call APIs."""
    folder = tmp_path_factory.mktemp("caller")
    (folder / "code").mkdir()
    (folder / "code" / "app.py").write_text(HANDLER)
    settings = user("ann", ANN, "execute-api:Invoke", "lambda:InvokeFunction") + user("bob", BOB, "execute-api:Invoke")
    settings += f"[functions.hello]\ncode = '{folder / 'code'}'\nruntime = 'python3.11'\nhandler = 'app.handler'\n"
    process = Stagegate(folder / "data", settings).start()
    yield process
    process.stop()


def integration(**more):
    """A function that is invoked as the caller."""
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
    return {"type": "aws_proxy", "httpMethod": "POST", "uri": uri, "credentials": "arn:aws:iam::*:user/*", **more}


def test_the_callers_own_policies_say_what_may_be_invoked(gateway):
    routes = {"GET /signed": integration(operation={"security": [{"sigv4": []}]}), "GET /open": integration()}
    api = Api(gateway, definition(routes, components={"securitySchemes": {"sigv4": SIGV4}}))
    answers = {}
    for name, who in (("ann", ANN), ("bob", BOB), ("root", gateway.credentials)):
        target, signed = sign(who, "GET", api.host, "/dev/signed")
        answers[name] = gateway.send("GET", target, api.id, signed)
    assert {name: answer.status for name, answer in answers.items()} == {"ann": 200, "bob": 500, "root": 200}
    assert answers["ann"].body
    assert answers["bob"].json() == {"message": "Internal server error"}
    assert api.send("GET", "/open").status == 500, "there is no caller to invoke it as"
