"""How services are called: headers, signatures by botocore's judgement, whose credentials, and what happens without any."""

import json
import time
import urllib.parse

import pytest

from harness.apis import Api, definition
from harness.services import Service

ROLE = "arn:aws:iam::123456789012:role/gateway"
ERROR = b'{"message": "Internal server error"}'
JSON = [("Content-Type", "application/json")]
ROOT = {"STAGEGATE_ROOT_ACCESS_KEY_ID": "AKIAROOTROOTROOTROOT", "STAGEGATE_ROOT_SECRET_ACCESS_KEY": "rootsecretrootsecret"}


@pytest.fixture
def service():
    """The service."""
    running = Service()
    yield running
    running.stop()


@pytest.fixture
def run(start, service, tmp_path):
    """Starts a process whose services are at the stub, and deploys an API."""

    def build(routes, settings="", env=None, variables=None):
        # No shared files of whoever runs the tests.
        home = {"HOME": str(tmp_path)}
        process = start(f"aws_endpoint_url = '{service.url}'\n{settings}", {**ROOT, **home, **(env or {})})
        return Api(process, definition(routes), variables=variables)

    return build


def test_fact_39_headers_of_a_call(run, service, aws):
    """What a service gets: only what is mapped, and the gateway's own headers, the API's id in lower case."""
    integration = aws(
        "states:action/StartSyncExecution",
        requestParameters={"integration.request.header.X-Mapped": "method.request.header.X-From"},
        requestTemplates={"application/json": '{"input": "{}"}'},
        responses={"default": {"statusCode": "200", "responseTemplates": {"application/json": "$input.path('$.output')"}}},
    )
    service.answer = lambda call: (200, {"x-amzn-RequestId": "abc-1"}, b'{"status": "SUCCEEDED", "output": "{\\"a\\": 1}"}')
    deployed = run({"POST /": integration})
    answer = deployed.send("POST", "/", [*JSON, ("X-From", "there"), ("X-Other", "no"), ("User-Agent", "me")], b"{}")
    assert (answer.status, answer.body) == (200, b'{"a": 1}')
    assert answer.header("X-Amzn-Trace-Id").startswith("Root=1-")
    [call] = service.calls
    assert (call.method, call.target) == ("POST", "/?Action=StartSyncExecution")
    assert call.header("X-Amz-Target") == "AWSStepFunctions.StartSyncExecution"
    assert call.header("Content-Type") == "application/x-amz-json-1.0"
    names = [name for name, _ in call.headers]
    assert "x-amzn-apigateway-api-id" in names and call.header("x-amzn-apigateway-api-id") == deployed.id
    assert call.header("User-Agent") == f"AmazonAPIGateway_{deployed.id}"
    assert (call.header("Accept"), call.header("X-Mapped"), call.header("X-Other")) == ("application/json", "there", None)
    assert call.header("X-Amzn-Trace-Id").startswith("Root=1-")
    assert call.credential[2:4] == ["us-east-1", "states"]
    assert call.is_signed_with("rootsecretrootsecret")


def test_parameters_of_an_action_that_its_uri_names(run, service, aws):
    """`action/Name&key=value`, a mapped parameter after it; a POST of the Query protocol is a form."""
    integration = aws(
        "sns:action/Publish&TopicArn=arn:aws:sns:us-east-1:1:${stageVariables.topic}",
        requestParameters={"integration.request.querystring.Message": "method.request.querystring.text"},
    )
    deployed = run({"POST /": integration, "GET /": {**integration, "httpMethod": "GET"}}, variables={"topic": "pets"})
    assert deployed.send("POST", "/?text=a%26b").status == 200
    assert deployed.send("GET", "/?text=a%26b").status == 200
    parameters = {"Action": "Publish", "TopicArn": "arn:aws:sns:us-east-1:1:pets", "Message": "a&b", "Version": "2010-03-31"}
    post, get = service.calls
    assert (post.target, service.forms()[0]) == ("/", parameters)
    assert post.header("Content-Type") == "application/x-www-form-urlencoded"
    assert dict(urllib.parse.parse_qsl(get.target.removeprefix("/?"))) == parameters
    assert all(call.is_signed_with("rootsecretrootsecret") for call in service.calls)


def test_objects_of_s3_are_signed_as_s3_signs(run, service, aws):
    """Paths are encoded once, and the content's hash is a header."""
    integration = aws(
        "s3:path/{bucket}/{key}",
        "PUT",
        requestParameters={
            "integration.request.path.bucket": "'pets'",
            "integration.request.path.key": "method.request.querystring.key",
        },
    )
    deployed = run({"PUT /": integration})
    assert deployed.send("PUT", "/?key=a%20b%2Fc%2B(1).png", body=bytes(range(256))).status == 200
    [call] = service.calls
    assert call.target == "/pets/a%20b/c%2B%281%29.png"
    assert call.body == bytes(range(256))
    assert len(call.header("x-amz-content-sha256")) == 64
    assert call.is_signed_with("rootsecretrootsecret")


@pytest.mark.parametrize("name", ["Authorization", "Connection", "Expect", "Proxy-Authenticate", "TE", "X-Amzn-Trace-Id"])
def test_fact_41_a_mapped_header_that_is_forbidden(run, service, aws, name):
    """A 500, and the service sees nothing."""
    mapped = aws("sqs:path/1/q", requestParameters={f"integration.request.header.{name}": "'x'"})
    set_by_template = aws(
        "sqs:path/1/q",
        requestTemplates={"application/json": f'#set($context.requestOverride.header.{name} = "x"){{}}'},
    )
    deployed = run({"POST /mapped": mapped, "POST /set": set_by_template})
    for path in ("/mapped", "/set"):
        answer = deployed.send("POST", path, JSON, b"{}")
        assert (answer.status, answer.body) == (500, ERROR), path
    assert not service.calls


def test_roles_stand_for_credentials(run, service, aws):
    """Keys of a role, keys with a session token, a profile, and the surroundings' for a role that is nobody's."""
    other = "arn:aws:iam::123456789012:role/other"
    settings = f"""
[aws.roles."{ROLE}"]
access_key_id = "AKIAOFTHEROLEAKIAOFT"
secret_access_key = "of the role"
session_token = "a token"

[aws.roles."arn:aws:iam::*:role/file-*"]
profile = "pets"
"""
    env = {"AWS_ACCESS_KEY_ID": "AKIASURROUNDINGSAKIA", "AWS_SECRET_ACCESS_KEY": "around"}
    routes = {
        "GET /role": aws("dynamodb:action/ListTables"),
        "GET /file": aws("dynamodb:action/ListTables", credentials="arn:aws:iam::1:role/file-1"),
        "GET /other": aws("dynamodb:action/ListTables", credentials=other),
        "GET /variable": aws("dynamodb:action/ListTables", credentials="arn:aws:iam::123456789012:role/${stageVariables.role}"),
    }
    deployed = run(routes, settings, env, variables={"role": "gateway"})
    files = deployed.gateway.data_dir.parent / ".aws"
    files.mkdir()
    (files / "credentials").write_text("[pets]\naws_access_key_id = AKIAPROFILEAKIAPROFI\naws_secret_access_key = p\n")
    for path, key, secret, token in (
        ("/role", "AKIAOFTHEROLEAKIAOFT", "of the role", "a token"),
        ("/variable", "AKIAOFTHEROLEAKIAOFT", "of the role", "a token"),
        ("/file", "AKIAPROFILEAKIAPROFI", "p", None),
        ("/other", "AKIASURROUNDINGSAKIA", "around", None),
    ):
        assert deployed.send("GET", path).status == 200, path
        call = service.calls[-1]
        assert (call.credential[0], call.header("x-amz-security-token")) == (key, token), path
        assert call.is_signed_with(secret, token), path


STS = """<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>ASIA{number:016}</AccessKeyId><SecretAccessKey>temporary</SecretAccessKey><SessionToken>token</SessionToken>
<Expiration>{expires}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"""


def test_roles_are_assumed_and_renewed(run, service, aws):
    """AssumeRole once, again when the credentials are about to end, and a refusal is a 500 with the reason in the log."""
    expires = ["2099-01-01T00:00:00Z"]

    def answer(call):
        if call.credential[3] != "sts":
            return 200, {}, b"{}"
        if not expires:
            return 403, {}, b"<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>"
        number = len([1 for call in service.calls if call.credential[3] == "sts"])
        return 200, {}, STS.format(number=number, expires=expires[0]).encode()

    service.answer = answer
    settings = '[aws.roles."*"]\nassume = true\nexternal_id = "pets & cats"\nregion = "eu-west-1"\n'
    second = "arn:aws:iam::123456789012:role/second"
    routes = {"GET /": aws("dynamodb:action/ListTables"), "GET /second": aws("dynamodb:action/ListTables", credentials=second)}
    deployed = run(routes, settings)
    for _ in range(3):
        assert deployed.send("GET", "/").status == 200
    assumed, *calls = service.calls
    assert service.forms()[0] == {
        "Action": "AssumeRole",
        "Version": "2011-06-15",
        "RoleArn": ROLE,
        "RoleSessionName": "stagegate",
        "DurationSeconds": "3600",
        "ExternalId": "pets & cats",
    }
    assert assumed.is_signed_with("rootsecretrootsecret") and assumed.credential[2] == "eu-west-1"
    assert len(calls) == 3
    for call in calls:
        assert (call.credential[0], call.header("x-amz-security-token")) == ("ASIA0000000000000001", "token")
        assert call.is_signed_with("temporary", "token")
    expires.clear()
    refused = deployed.send("GET", "/second")
    assert (refused.status, refused.body) == (500, ERROR)
    assert "AccessDenied: not you" in deployed.gateway.log()
    assert deployed.send("GET", "/").status == 200, "the first role's credentials are still good"


TEMPORARY = {"AccessKeyId": "ASIASURROUNDINGS0", "SecretAccessKey": "around", "Token": "t", "Expiration": "2099-01-01T00:00:00Z"}


def test_a_containers_credentials_sign(run, service, aws):
    """The URL and the token are the environment's."""
    env = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{service.url}/container", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "let me in"}
    service.answer = lambda call: (200, {}, json.dumps(TEMPORARY).encode() if call.target == "/container" else b"{}")
    deployed = run({"GET /": aws("dynamodb:action/ListTables")}, env=env)
    for _ in range(2):
        assert deployed.send("GET", "/").status == 200
    asked, *calls = service.calls
    assert (asked.target, asked.header("Authorization")) == ("/container", "let me in")
    assert [call.header("x-amz-security-token") for call in calls] == ["t", "t"]
    assert all(call.is_signed_with("around", "t") for call in calls)


def test_an_instances_credentials_sign(run, service, aws):
    """Metadata of version 2, at the endpoint that the environment names."""
    answers = {"/latest/api/token": b"token", "/latest/meta-data/iam/security-credentials/": b"gateway\n"}
    answers["/latest/meta-data/iam/security-credentials/gateway"] = json.dumps(TEMPORARY).encode()
    service.answer = lambda call: (200, {}, answers.get(call.target, b"{}"))
    env = {"AWS_EC2_METADATA_SERVICE_ENDPOINT": service.url}
    deployed = run({"GET /": aws("dynamodb:action/ListTables")}, env=env)
    assert deployed.send("GET", "/").status == 200
    *asked, call = service.calls
    assert [(it.method, it.target) for it in asked] == [("PUT" if "token" in path else "GET", path) for path in answers]
    assert asked[2].header("x-aws-ec2-metadata-token") == "token"
    assert call.is_signed_with("around", "t")


def test_without_credentials_nothing_is_called(start, service, aws, tmp_path):
    """AWS's own service and no credentials anywhere: a 500 and a line that says what to set."""
    process = start(f"[aws.endpoints]\nsqs = '{service.url}'\n", {**ROOT, "HOME": str(tmp_path)})
    routes = {"GET /sns": aws("sns:action/ListTopics"), "GET /sqs": aws("sqs:action/ListQueues")}
    deployed = Api(process, definition(routes))
    refused = deployed.send("GET", "/sns")
    assert (refused.status, refused.body, refused.error_type) == (500, ERROR, "InternalServerErrorException")
    assert f"no [aws.roles] has {ROLE}" in process.log()
    assert deployed.send("GET", "/sqs").status == 200, "the root credential signs for a service that was put elsewhere"


def test_callers_credentials_need_a_caller_who_gives_them(run, service, aws):
    """`arn:aws:iam::*:user/*` without AWS_IAM cannot be served."""
    deployed = run({"GET /": aws("sqs:path/1/q", credentials="arn:aws:iam::*:user/*")})
    assert deployed.send("GET", "/").status == 500
    assert not service.calls


def test_a_service_that_is_slow_or_gone(run, service, aws):
    """Both are a 504, in different words."""
    service.answer = lambda call: time.sleep(1) or (200, {}, b"{}")
    deployed = run({"GET /": aws("sqs:path/1/q", timeoutInMillis=100)})
    slow = deployed.send("GET", "/")
    assert (slow.status, json.loads(slow.body)["message"]) == (504, "Endpoint request timed out")
    service.stop()
    gone = deployed.send("GET", "/")
    assert (gone.status, json.loads(gone.body)["message"]) == (504, "Network error communicating with endpoint")
