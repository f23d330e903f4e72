"""The table of operations: what docs/logs.md says is served is, and every other operation of AWS's service model says that it is not."""

import pathlib
import re

import boto3
import botocore.exceptions
import pytest
from botocore.config import Config

PAGE = pathlib.Path(__file__).resolve().parents[3] / "docs" / "logs.md"
# Streams of events over HTTP/2, which boto3 sends to a host of its own.
ELSEWHERE = {"StartLiveTail", "GetLogObject"}


@pytest.fixture
def unchecked(gateway):
    """A client that sends whatever it is given."""
    key, secret = gateway.credentials
    return boto3.client(
        "logs", region_name="us-east-1", endpoint_url=gateway.control_url, aws_access_key_id=key, aws_secret_access_key=secret,
        config=Config(retries={"total_max_attempts": 1}, parameter_validation=False))


def served():
    """The operations of the page."""
    part = PAGE.read_text().split("as the others are:")[1].split("```")[0]
    return set(re.findall(r"[A-Z][a-z]+[A-Z][A-Za-z]+", part))


def test_each_operation_is_served_or_says_that_it_is_not(unchecked):
    model = unchecked.meta.service_model
    names = served()
    assert len(names) == 17 and names <= set(model.operation_names)
    for name in sorted(set(model.operation_names) - ELSEWHERE):
        try:
            unchecked._make_api_call(name, {})
            code = None
        except botocore.exceptions.ClientError as error:
            code = error.response["Error"]["Code"]
        assert (code == "UnknownOperationException") == (name not in names), (name, code)


def test_every_fault_is_one_of_the_model(unchecked):
    shapes = {shape for shape in unchecked.meta.service_model.shape_names if shape.endswith("Exception")}
    source = (PAGE.parents[1] / "crates/control/src/logs/fault.rs").read_text()
    codes = set(re.findall(r'=> "(\w+Exception)"', source)) - {"UnknownOperationException"}
    assert len(codes) == 6 and codes <= shapes
