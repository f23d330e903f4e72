"""Asserts that a call fails the way AWS fails it."""

import contextlib
import re

import pytest
from botocore.exceptions import ClientError


@contextlib.contextmanager
def fails(code, message=None, status=None):
    """The block raises a ClientError with this code; `message` is a regular expression for the whole text."""
    with pytest.raises(ClientError) as caught:
        yield
    response = caught.value.response
    found = response["Error"]
    assert found["Code"] == code, found
    if message is not None:
        assert re.fullmatch(message, found["Message"]), found["Message"]
    if status is not None:
        assert response["ResponseMetadata"]["HTTPStatusCode"] == status
    headers = response["ResponseMetadata"]["HTTPHeaders"]
    assert headers.get("x-amzn-requestid") and headers.get("x-amzn-errortype", "").startswith(code)


def status_of(response):
    """The HTTP status of a successful call."""
    return response["ResponseMetadata"]["HTTPStatusCode"]


def patch(op, path, value=None, **extra):
    """One patch operation."""
    built = {"op": op, "path": path, **extra}
    if value is not None:
        built["value"] = value
    return built
