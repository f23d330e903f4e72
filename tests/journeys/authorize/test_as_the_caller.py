"""Integrations with the credentials `arn:aws:iam::*:user/*`: calls are made as the caller, within the caller's policies."""

import json
import secrets

import pytest

from harness.apis import Api, definition
from harness.functions import archive
from harness.process import Stagegate
from harness.signed import sign

ANN = ("AKIAANNANNANNANNANN1", "0123456789abcdef0123456789abcdef")
BOB = ("AKIABOBBOBBOBBOBBOB1", "0123456789abcdef0123456789abcdeg")
OTHER = "111111111111"
THEIRS = ("AKIATHEIRSTHEIRS0001", "0123456789abcdef0123456789abcdeh")
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
    settings += f"[accounts.{OTHER}]\naccess_key_id = '{THEIRS[0]}'\nsecret_access_key = '{THEIRS[1]}'\n"
    settings += f"[functions.hello]\ncode = '{folder / 'code'}'\nruntime = 'python3.11'\nhandler = 'app.handler'\n"
    process = Stagegate(folder / "data", settings).start()
    yield process
    process.stop()


def integration(function=FUNCTION, credentials="arn:aws:iam::*:user/*", **more):
    """A function that is invoked as the caller, or by a role."""
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations"
    return {"type": "aws_proxy", "httpMethod": "POST", "uri": uri, "credentials": credentials, **more}


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


def statuses(gateway, api):
    """What each caller is answered."""
    answers = {}
    for name, who in (("ann", ANN), ("bob", BOB)):
        target, signed = sign(who, "GET", api.host, "/dev/signed")
        answers[name] = gateway.send("GET", target, api.id, signed).status
    return answers


@pytest.fixture
def made(gateway, request):
    """A function that its account made by Lambda's API, with what adds a statement to its resource policy; the account is given."""
    account = request.param
    keys = {} if account == "000000000000" else dict(access_key=THEIRS[0], secret_key=THEIRS[1])
    functions, name = gateway.client(service="lambda", **keys), f"made-{secrets.token_hex(4)}"
    functions.create_function(FunctionName=name, Runtime="python3.11", Handler="app.handler",
                              Role=f"arn:aws:iam::{account}:role/any", Code={"ZipFile": archive(app=HANDLER)})

    def allow(principal, statement="s"):
        functions.add_permission(FunctionName=name, StatementId=statement, Action="lambda:InvokeFunction", Principal=principal)

    return f"arn:aws:lambda:us-east-1:{account}:function:{name}", allow


def signed_api(gateway, function, **more):
    """An API of the first account with one method, `AWS_IAM`, and the function behind it."""
    routes = {"GET /signed": integration(function, operation={"security": [{"sigv4": []}]}, **more)}
    return Api(gateway, definition(routes, components={"securitySchemes": {"sigv4": SIGV4}}))


@pytest.mark.parametrize("made", [OTHER], indirect=True)
def test_a_function_of_another_account_takes_both_sides_leave(gateway, made):
    """IAM User Guide, "Cross-account policy evaluation logic": the caller's policies and the function's policy must allow."""
    function, allow = made
    api = signed_api(gateway, function)
    assert statuses(gateway, api) == {"ann": 500, "bob": 500}, "the function says nothing of them"
    allow("arn:aws:iam::000000000000:user/bob", "bob")
    assert statuses(gateway, api) == {"ann": 500, "bob": 500}, "bob's own policies do not allow it"
    allow("000000000000", "account")
    assert statuses(gateway, api) == {"ann": 200, "bob": 500}


@pytest.mark.parametrize("made", ["000000000000"], indirect=True)
def test_a_function_of_the_own_account_takes_one_sides_leave(gateway, made):
    """The same guide: within one account either policy is enough; one that names the account leaves it to the caller's."""
    function, allow = made
    api = signed_api(gateway, function)
    assert statuses(gateway, api) == {"ann": 200, "bob": 500}
    allow("000000000000", "account")
    assert statuses(gateway, api) == {"ann": 200, "bob": 500}
    allow("arn:aws:iam::000000000000:user/bob", "bob")
    assert statuses(gateway, api) == {"ann": 200, "bob": 200}


@pytest.mark.parametrize("made", [OTHER], indirect=True)
def test_a_role_of_the_apis_account_opens_no_function_of_another(gateway, made):
    """Whoever writes an API may name any role of its account, and none of another."""
    function, allow = made
    own, theirs = (f"arn:aws:iam::{account}:role/any" for account in ("000000000000", OTHER))
    api, stranger = signed_api(gateway, function, credentials=own), signed_api(gateway, function, credentials=theirs)
    for one in (api, stranger):
        assert statuses(gateway, one) == {"ann": 500, "bob": 500}
    allow("000000000000")
    assert statuses(gateway, api) == {"ann": 200, "bob": 200}, "the role calls, whoever the caller is"
    assert statuses(gateway, stranger) == {"ann": 500, "bob": 500}
