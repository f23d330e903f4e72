"""Fixtures of the tests of CloudWatch Logs' API: a client, and groups that go with the test."""

import time
import uuid

import pytest


@pytest.fixture
def logs(gateway):
    """A boto3 client of CloudWatch Logs at the shared process."""
    return gateway.client(service="logs")


@pytest.fixture
def group(logs):
    """A new log group."""
    name = f"/tests/{uuid.uuid4().hex}"
    logs.create_log_group(logGroupName=name)
    yield name
    try:
        logs.delete_log_group(logGroupName=name)
    except logs.exceptions.ResourceNotFoundException:
        pass


@pytest.fixture
def now():
    """Now, in milliseconds."""
    return int(time.time() * 1000)


@pytest.fixture
def put(logs, group):
    """Puts events, pairs of a moment and a message, into a stream that is made for them."""

    def run(events, stream="one"):
        try:
            logs.create_log_stream(logGroupName=group, logStreamName=stream)
        except logs.exceptions.ResourceAlreadyExistsException:
            pass
        events = [{"timestamp": moment, "message": message} for moment, message in events]
        return logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)

    return run
