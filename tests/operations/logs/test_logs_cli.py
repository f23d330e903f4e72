"""`aws logs`: tail, tail --follow, and what its words become."""

import subprocess
import threading
import time

import pytest

from harness.awscli import V1, V2, AwsCli
from harness.process import clean_environment


@pytest.fixture(params=[V1, V2], ids=["v1", "v2"])
def aws(request, gateway):
    """Runs `aws logs …`."""
    run = AwsCli(gateway, request.param)
    run.arguments = [str(request.param), "--endpoint-url", gateway.control_url, "--region", "us-east-1", "logs"]
    run.env = clean_environment(
        AWS_SHARED_CREDENTIALS_FILE=str(gateway.data_dir / "credentials"), AWS_CONFIG_FILE="/dev/null",
        AWS_EC2_METADATA_DISABLED="true", AWS_PAGER="", PYTHONUNBUFFERED="1")
    return run


def has_tail(aws):
    """Version 2 has `tail`; version 1 does not."""
    return aws.program == V2


def test_groups_and_events_are_shown(aws, logs, group, put, now):
    put([(now, "one"), (now + 1, "two")])
    found = aws("describe-log-groups", "--log-group-name-prefix", group, service="logs")
    assert [item["logGroupName"] for item in found["logGroups"]] == [group]
    events = aws("get-log-events", "--log-group-name", group, "--log-stream-name", "one", service="logs")["events"]
    assert [event["message"] for event in events] == ["one", "two"]
    found = aws("filter-log-events", "--log-group-name", group, "--filter-pattern", "two", service="logs")
    assert [event["message"] for event in found["events"]] == ["two"]


def test_tail_prints_what_there_is(aws, group, put, now):
    if not has_tail(aws):
        pytest.skip("this version has no tail")
    put([(now - 3_600_000, "an hour ago"), (now - 2_000, "ERROR lately"), (now - 1_000, "lately")])
    tail = lambda *more: subprocess.run(
        [*aws.arguments, "tail", group, "--format", "short", *more], env=aws.env, capture_output=True, text=True,
        timeout=60, check=True).stdout
    assert [line.split(" ", 1)[1] for line in tail().splitlines()] == ["ERROR lately", "lately"]
    assert len(tail("--since", "2h").splitlines()) == 3
    assert [line.split(" ", 1)[1] for line in tail("--filter-pattern", "ERROR").splitlines()] == ["ERROR lately"]
    assert "one" in tail("--log-stream-name-prefix", "o", "--format", "detailed")


def test_tail_follows(aws, group, put, now):
    if not has_tail(aws):
        pytest.skip("this version has no tail")
    put([(now, "first")])
    process = subprocess.Popen(
        [*aws.arguments, "tail", group, "--follow", "--format", "short"], env=aws.env, stdout=subprocess.PIPE, text=True)
    # Nobody waits for a line that never comes.
    patience = threading.Timer(120, process.kill)
    patience.start()
    try:
        assert process.stdout.readline().split(" ", 1)[1] == "first\n"
        put([(int(time.time() * 1000), "second")])
        assert process.stdout.readline().split(" ", 1)[1] == "second\n"
    finally:
        patience.cancel()
        process.kill()
        process.wait()
