"""Fixtures of CloudWatch's tests: an API with traffic, and clients that ask about it."""

import copy
import json

import botocore.session
import pytest
from botocore.config import Config

from harness.apis import eventually
from harness.awscli import V1, V2, AwsCli
from harness.metrics import Measured, total


@pytest.fixture(scope="session")
def measured(gateway, recording_backend):
    """One API for all tests of a worker: nothing is sent through it any more."""
    made = Measured(gateway, recording_backend.space())
    cloudwatch = gateway.client(service="cloudwatch")

    def all_counted():
        assert total(cloudwatch, "Count", made.dimensions("/broken")) == 2.0

    eventually(all_counted, timeout_s=10)
    return made


@pytest.fixture(params=["smithy-rpc-v2-cbor", "json", "query"])
def cloudwatch(gateway, request):
    """A client of botocore for each form of the wire. By itself it takes JSON, which it prefers to CBOR."""
    session = botocore.session.Session()
    loader = session.get_component("data_loader")
    load = loader.load_service_model

    def with_one_protocol(*arguments, **options):
        model = copy.deepcopy(load(*arguments, **options))
        if "protocols" in model.get("metadata", {}):
            model["metadata"].update(protocol=request.param, protocols=[request.param])
        return model

    loader.load_service_model = with_one_protocol
    key, secret = gateway.credentials
    return session.create_client(
        "cloudwatch", region_name="us-east-1", endpoint_url=gateway.control_url, aws_access_key_id=key,
        aws_secret_access_key=secret, config=Config(retries={"total_max_attempts": 1}))


@pytest.fixture(params=["v1", "v2"])
def aws(gateway, request):
    """Each of the CLIs, for CloudWatch; it parses what they print."""
    cli = AwsCli(gateway, {"v1": V1, "v2": V2}[request.param])
    return lambda *arguments, **options: cli(*arguments, service="cloudwatch", **options)


@pytest.fixture
def dumped():
    """Compact JSON for the command line."""
    return lambda value: json.dumps(value, separators=(",", ":"))
