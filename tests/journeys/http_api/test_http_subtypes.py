"""First-class integrations of HTTP APIs with AWS's services: what moto, an independent implementation, has after a request."""

import base64
import json
import uuid

import pytest

from harness.http_apis import HttpApi
from harness.moto import ACCOUNT, Moto
from harness.process import Stagegate
from harness.services import Service

ROLE = f"arn:aws:iam::{ACCOUNT}:role/gateway"
JSON = [("Content-Type", "application/json")]
MACHINE = {"StartAt": "Done", "States": {"Done": {"Type": "Pass", "End": True}}}
SECRET = ("AKIATESTSTESTSTESTS0", "secret")


@pytest.fixture(scope="module")
def moto(tmp_path_factory):
    """The services."""
    server = Moto(tmp_path_factory.mktemp("moto") / "moto.log")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def stagegate(moto, tmp_path_factory):
    """A process whose integrations find every service at moto."""
    env = {"STAGEGATE_AWS_ENDPOINT_URL": moto.url}
    process = Stagegate(tmp_path_factory.mktemp("subtypes") / "data", env=env).start()
    yield process
    process.stop()


@pytest.fixture
def call(stagegate):
    """Makes an API with an operation behind `POST /x`, and calls it."""

    def send(subtype, body=None, path="/x", headers=JSON, **parameters):
        api = HttpApi(stagegate)
        api.route("POST /x", api.service(subtype, ROLE, **parameters))
        api.live()
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        return api.send("POST", path, headers, content)

    return send


def fresh(prefix):
    """A name nobody has."""
    return f"{prefix}-{uuid.uuid4().hex[:10]}"


@pytest.fixture
def queue(moto):
    """The URL of a queue, and a client of it."""
    sqs = moto.client("sqs")
    return sqs.create_queue(QueueName=fresh("queue"))["QueueUrl"], sqs


def test_sqs_send_message(call, queue):
    url, sqs = queue
    attributes = {"kind": {"DataType": "String", "StringValue": "dog & cat"}}
    answer = call("SQS-SendMessage", {"name": "ü + &", "attributes": attributes}, QueueUrl=url, DelaySeconds="0",
                  MessageBody="pet ${request.body.name}", MessageAttributes="$request.body.attributes")
    assert answer.status == 200, answer.body
    assert b"<SendMessageResponse" in answer.body and answer.header("Content-Type").startswith("text/xml")
    [message] = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert message["Body"] == "pet ü + &"
    assert message["MessageAttributes"]["kind"]["StringValue"] == "dog & cat"


def test_sqs_receive_delete_and_purge(call, queue):
    url, sqs = queue
    for body in ("one", "two"):
        sqs.send_message(QueueUrl=url, MessageBody=body)
    answer = call("SQS-ReceiveMessage", QueueUrl=url, MaxNumberOfMessages="1", AttributeNames='["All"]', VisibilityTimeout="0")
    assert answer.status == 200 and b"<Body>" in answer.body and b"SentTimestamp" in answer.body, answer.body
    receipt = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1)["Messages"][0]["ReceiptHandle"]
    headers = [*JSON, ("X-Receipt", receipt)]
    assert call("SQS-DeleteMessage", headers=headers, QueueUrl=url, ReceiptHandle="$request.header.x-receipt").status == 200
    assert call("SQS-PurgeQueue", QueueUrl=url).status == 200
    left = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert left["ApproximateNumberOfMessages"] == "0"


def test_eventbridge_put_events(call, moto, queue):
    url, sqs = queue
    events, bus = moto.client("events"), fresh("bus")
    events.create_event_bus(Name=bus)
    events.put_rule(Name="all", EventBusName=bus, EventPattern=json.dumps({"source": ["pets"]}))
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_targets(Rule="all", EventBusName=bus, Targets=[{"Id": "1", "Arn": arn}])
    answer = call("EventBridge-PutEvents", {"detail": {"name": "rex"}, "resources": ["a", "b"]}, EventBusName=bus,
                  Source="pets", DetailType="born", Detail="$request.body.detail", Resources="$request.body.resources")
    assert answer.status == 200 and answer.json()["FailedEntryCount"] == 0, answer.body
    [message] = sqs.receive_message(QueueUrl=url)["Messages"]
    event = json.loads(message["Body"])
    assert (event["source"], event["detail-type"], event["detail"]) == ("pets", "born", {"name": "rex"})
    assert event["resources"] == ["a", "b"]


def test_kinesis_put_record(call, moto):
    kinesis, stream = moto.client("kinesis"), fresh("stream")
    kinesis.create_stream(StreamName=stream, ShardCount=1)
    encoded = base64.b64encode(b"\x00base64 already").decode()
    for body, expected in ((b'{"pet": "rex"}', b'{"pet": "rex"}'), (encoded.encode(), b"\x00base64 already")):
        answer = call("Kinesis-PutRecord", body, StreamName=stream, Data="$request.body", PartitionKey="$context.requestId")
        assert answer.status == 200 and "SequenceNumber" in answer.json(), answer.body
        shard = answer.json()["ShardId"]
        start = {"ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": answer.json()["SequenceNumber"]}
        iterator = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard, **start)["ShardIterator"]
        assert kinesis.get_records(ShardIterator=iterator)["Records"][0]["Data"] == expected


def test_step_functions_start_and_stop(call, moto):
    states = moto.client("stepfunctions")
    arn = states.create_state_machine(name=fresh("machine"), definition=json.dumps(MACHINE), roleArn=ROLE)["stateMachineArn"]
    name = fresh("run")
    answer = call("StepFunctions-StartExecution", {"input": {"pet": 1}}, StateMachineArn=arn, Name=name, Input="$request.body.input")
    assert answer.status == 200, answer.body
    execution = answer.json()["executionArn"]
    assert json.loads(states.describe_execution(executionArn=execution)["input"]) == {"pet": 1}
    stopped = call("StepFunctions-StopExecution", {"arn": execution}, ExecutionArn="$request.body.arn", Cause="enough", Error="E")
    assert stopped.status == 200, stopped.body


def test_a_service_s_error_passes_through(call):
    answer = call("SQS-SendMessage", QueueUrl="https://sqs.us-east-1.amazonaws.com/123456789012/none", MessageBody="x")
    assert answer.status == 400 and b"NonExistentQueue" in answer.body


# What moto has not, or does not look at, a service of the test's own sees.


@pytest.fixture
def service():
    """A service that keeps what it is asked."""
    made = Service()
    yield made
    made.stop()


@pytest.fixture
def asked(service, start):
    """Calls an operation of that service; the one call that came."""

    def send(subtype, path="/x", variables=None, body=b"", headers=(), **parameters):
        env = {"AWS_ACCESS_KEY_ID": SECRET[0], "AWS_SECRET_ACCESS_KEY": SECRET[1], "STAGEGATE_AWS_ENDPOINT_URL": service.url}
        process = start(env=env)
        api = HttpApi(process, variables=variables)
        api.route("POST /x", api.service(subtype, ROLE, **parameters))
        api.live()
        service.answer = lambda call: (207, {"X-Amzn-RequestId": "r", "x-own": "1"}, b'{"a": 1}')
        answer = api.send("POST", path, headers, body)
        return answer, [call for call in service.calls if b"AssumeRole" not in call.body]

    return send


def test_appconfig_get_configuration(asked):
    answer, [call] = asked("AppConfig-GetConfiguration", "/x?app=a%2Fb", Application="$request.querystring.app",
                           Environment="prod", Configuration="c", ClientId="$context.requestId", ClientConfigurationVersion="7")
    path, query = call.target.split("?")
    assert (call.method, path) == ("GET", "/applications/a%2Fb/environments/prod/configurations/c")
    request_id = answer.header("apigw-requestid").replace("=", "%3D")
    assert sorted(query.split("&")) == ["client_configuration_version=7", f"client_id={request_id}"]


def test_step_functions_start_sync_execution_is_signed_for_the_region_that_is_named(asked):
    answer, [call] = asked("StepFunctions-StartSyncExecution", variables={"r": "eu-west-1"}, body=b'{"a": [1]}', StateMachineArn="arn",
                           Input="$request.body", Region="$stageVariables.r", TraceHeader="t")
    assert call.credential[2:4] == ["eu-west-1", "states"]
    assert call.header("X-Amz-Target") == "AWSStepFunctions.StartSyncExecution"
    assert json.loads(call.body) == {"stateMachineArn": "arn", "input": '{"a": [1]}', "traceHeader": "t"}
    assert (answer.status, answer.body) == (207, b'{"a": 1}')
    assert answer.header("X-Own") == "1"


@pytest.mark.parametrize("value", ["..", ".", ""])
def test_no_parameter_leads_to_another_path_of_a_service(asked, value):
    answer, calls = asked("AppConfig-GetConfiguration", f"/x?app={value}", Application="$request.querystring.app",
                          Environment="prod", Configuration="c", ClientId="me")
    assert (answer.status, answer.body, calls) == (500, b'{"message":"Internal Server Error"}', [])


def test_fact_h54_without_credentials_the_log_says_which_permission_is_missing(start, service):
    service.answer = lambda call: (403, {}, b"<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>")
    env = {"AWS_ACCESS_KEY_ID": SECRET[0], "AWS_SECRET_ACCESS_KEY": SECRET[1], "STAGEGATE_AWS_ENDPOINT_URL": service.url}
    process = start('[aws.roles."*"]\nassume = true\nregion = "us-east-1"\n', env)
    api = HttpApi(process)
    api.route("POST /x", api.service("SQS-PurgeQueue", ROLE, QueueUrl="https://queue"))
    api.logs(error="$context.integrationErrorMessage", status="$context.status")
    api.live()
    answer = api.send("POST", "/x")
    line = api.line(answer)
    assert (answer.status, answer.body, line["status"]) == (500, b'{"message":"Internal Server Error"}', "500")
    assert line["error"] == (
        "The IAM role configured on the integration or API Gateway doesn't have permissions to call the integration. "
        "Check the permissions and try again.")
