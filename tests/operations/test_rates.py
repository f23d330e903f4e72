"""AWS's rates of control-plane calls, which are off unless set."""

import pytest
from botocore.exceptions import ClientError

from harness.process import Stagegate


@pytest.fixture
def paced(tmp_path):
    """A Stagegate that takes one UpdateAccount in a minute."""
    process = Stagegate(tmp_path / "data", "[quotas]\nupdate_account_interval_ms = 60000\n")
    yield process.start()
    process.stop()


def test_too_many_requests_say_when_to_come_back(paced):
    client = paced.client()
    client.update_account(patchOperations=[])
    with pytest.raises(client.exceptions.TooManyRequestsException) as caught:
        client.update_account(patchOperations=[])
    response = caught.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert response["Error"]["Message"] == "Too Many Requests"
    assert 1 <= int(response["retryAfterSeconds"]) <= 60
    for _ in range(50):
        client.get_account()


def test_all_of_awss_rates_at_once(tmp_path):
    process = Stagegate(tmp_path / "data", "aws_quotas = true\n").start()
    try:
        client = process.client()
        with pytest.raises(ClientError) as caught:
            for _ in range(200):
                client.get_account()
        assert caught.value.response["Error"]["Code"] == "TooManyRequestsException"
    finally:
        process.stop()
