"""Where `[[log_destinations]]` send logs: rotated files, standard output, services elsewhere, an OpenTelemetry receiver."""

import json
import os
import re
import socket
import stat

import pytest

from harness.apis import Api, definition, eventually, mock
from harness.faults import patch
from harness.moto import Moto
from harness.otlp import Receiver, attributes

GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:"
STREAM = "arn:aws:firehose:us-east-1:123456789012:deliverystream/"
# Moto's account, so that what it is asked for is its own.
ACCOUNT = "account_id = '123456789012'\n"
KEYS = {"AWS_ACCESS_KEY_ID": "AKIATESTSTESTSTESTS0", "AWS_SECRET_ACCESS_KEY": "secret"}


@pytest.fixture
def moto(tmp_path):
    """CloudWatch Logs, Firehose and S3 of another make."""
    server = Moto(tmp_path / "moto.txt")
    yield server
    server.stop()


def logging(process, destination, log_format="$context.requestId $context.status"):
    """An API whose stage logs accesses to an ARN."""
    api = Api(process, definition({"GET /m": mock(200)}))
    api.client.update_stage(restApiId=api.id, stageName="dev", patchOperations=[
        patch("replace", "/accessLogSettings/destinationArn", destination),
        patch("replace", "/accessLogSettings/format", log_format)])
    api.wait_until_live()
    return api


def line(api):
    """Sends a request; its line."""
    return f"{api.send('GET', '/m').header('x-amzn-RequestId')} 200"


def lost(process):
    """How many log lines a process told of as lost, and what it said."""
    text = re.sub(r"\x1b\[\d+m", "", process.log_path.read_text())
    told = [line for line in text.splitlines() if "log lines are lost" in line]
    return sum(int(re.search(r"lines=(\d+)", line)[1]) for line in told), told


def test_files_are_put_aside_when_they_are_long(start, tmp_path):
    process = start(
        f"{ACCOUNT}log_file_bytes = 2000\nlog_files_kept = 2\n"
        "[[log_destinations]]\nlogs = 'arn:aws:logs:*:*:log-group:long-*'\nto = 'file'\npath = 'long.log'\n")
    api = logging(process, f"{GROUP}long-1", "$context.requestId " + "x" * 900)
    path = tmp_path / "long.log"
    for _ in range(6):
        expected = api.send("GET", "/m").header("x-amzn-RequestId")

        def written():
            assert path.exists() and expected in path.read_text()

        eventually(written, timeout_s=20)
    names = sorted(path.name for path in tmp_path.glob("long.log*"))
    assert names == ["long.log", "long.log.1", "long.log.2"]
    assert all((tmp_path / name).stat().st_size <= 2000 for name in names)
    # What clients sent is no business of the machine's other users.
    assert not any(stat.S_IMODE((tmp_path / name).stat().st_mode) & 0o027 for name in names)


def test_lines_are_printed(start):
    process = start(f"{ACCOUNT}[[log_destinations]]\nlogs = 'printed'\nto = 'stdout'\n")
    api = logging(process, f"{GROUP}printed")
    expected = line(api)

    def printed():
        assert expected in process.log_path.read_text().splitlines()

    eventually(printed, timeout_s=20)


def test_cloudwatch_logs_elsewhere_gets_signed_events(start, moto):
    process = start(f"{ACCOUNT}[[log_destinations]]\nlogs = 'away-*'\nto = 'cloudwatch'\nurl = '{moto.url}'\n", env=KEYS)
    api = logging(process, f"{GROUP}away-1")
    expected = line(api)
    logs = moto.client("logs")

    def arrived():
        try:
            found = logs.filter_log_events(logGroupName="away-1")["events"]
        except logs.exceptions.ResourceNotFoundException:
            found = []
        assert expected in [event["message"] for event in found]

    # The group and the stream were not there before.
    eventually(arrived, timeout_s=20)
    assert len(logs.describe_log_streams(logGroupName="away-1")["logStreams"][0]["logStreamName"]) == 32


def test_firehose_elsewhere_gets_a_record_for_each_line(start, moto):
    s3, firehose = moto.client("s3"), moto.client("firehose")
    s3.create_bucket(Bucket="logs")
    firehose.create_delivery_stream(
        DeliveryStreamName="amazon-apigateway-pets",
        S3DestinationConfiguration={"RoleARN": "arn:aws:iam::123456789012:role/x", "BucketARN": "arn:aws:s3:::logs"})
    process = start(
        f"{ACCOUNT}[[log_destinations]]\nlogs = '{STREAM}amazon-apigateway-*'\nto = 'firehose'\nurl = '{moto.url}'\n", env=KEYS)
    api = logging(process, f"{STREAM}amazon-apigateway-pets", "$context.requestId $context.status|")
    expected = line(api)

    def arrived():
        objects = s3.list_objects_v2(Bucket="logs").get("Contents", [])
        text = "".join(s3.get_object(Bucket="logs", Key=item["Key"])["Body"].read().decode() for item in objects)
        assert expected in text.split("|")

    eventually(arrived, timeout_s=20)


def test_lines_that_nobody_takes_are_counted(start):
    process = start(f"{ACCOUNT}[[log_destinations]]\nlogs = '*'\nto = 'otlp'\n")
    api = logging(process, f"{GROUP}lost")
    line(api)

    def counted():
        assert process.figure("stagegate_access_log_dropped_total") > 0

    eventually(counted, timeout_s=20)


def test_lines_that_wait_for_a_dead_service_at_the_end_are_told(start):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        process = start(f"{ACCOUNT}[[log_destinations]]\nlogs = 'away'\nto = 'cloudwatch'\nurl = '{url}'\n", env=KEYS)
        api = logging(process, f"{GROUP}away")
        for _ in range(20):
            line(api)
        # It takes the call, and never answers it.
        silent.settimeout(20)
        connection, _ = silent.accept()
        with connection:
            process.terminate(timeout_s=60)
    lines, told = lost(process)
    assert lines >= 20, told
    assert all(f"{GROUP}away" in text and "the process ended" in text for text in told), told


def test_a_pipe_that_nobody_reads_holds_up_neither_requests_nor_the_end(start, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    process = start(f"{ACCOUNT}[[log_destinations]]\nlogs = 'piped'\nto = 'file'\npath = '{tmp_path / 'pipe'}'\n")
    api = logging(process, f"{GROUP}piped")
    for _ in range(20):
        line(api)
    process.terminate(timeout_s=90)
    lines, told = lost(process)
    assert lines >= 20, told


def test_a_file_that_others_put_aside_is_made_again(start, tmp_path):
    process = start(f"{ACCOUNT}[[log_destinations]]\nlogs = 'moved'\nto = 'file'\npath = 'moved.log'\n")
    api = logging(process, f"{GROUP}moved")

    def written():
        expected = line(api)

        def there():
            path = tmp_path / "moved.log"
            assert path.exists() and expected in path.read_text().splitlines()

        eventually(there, timeout_s=20)

    written()
    (tmp_path / "moved.log").rename(tmp_path / "moved.by-logrotate")
    written()


def test_an_opentelemetry_receiver_gets_log_records(start):
    receiver = Receiver()
    try:
        process = start(
            f"{ACCOUNT}otlp_endpoint = '{receiver.url}'\notlp_signals = ['logs']\n[[log_destinations]]\nlogs = 'told'\nto = 'otlp'\n")
        api = logging(process, f"{GROUP}told", '{"id":"$context.requestId","status":"$context.status"}')
        wanted = api.send("GET", "/m").header("x-amzn-RequestId")

        def record():
            records = [
                record for message in receiver.messages("/v1/logs") for resource in message.resource_logs
                for scope in resource.scope_logs for record in scope.log_records]
            found = [record for record in records if json.loads(record.body.string_value)["id"] == wanted]
            assert len(found) == 1
            return found[0]

        found = eventually(record, timeout_s=20)
        named = attributes(found.attributes)
        assert named["aws.log.group.names"] == ["told"] and named["aws.log.group.arns"] == [f"{GROUP}told"]
        assert len(named["aws.log.stream.names"][0]) == 32 and named["stagegate.log"] == "access"
        assert found.time_unix_nano > 1_700_000_000_000_000_000
    finally:
        receiver.stop()
