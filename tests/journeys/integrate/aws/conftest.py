"""AWS's services as moto serves them, and a Stagegate that reaches them there."""

import pytest

from harness.apis import Api, definition
from harness.moto import Moto
from harness.process import Stagegate

ROLE = "arn:aws:iam::123456789012:role/gateway"


@pytest.fixture(scope="session")
def moto(tmp_path_factory):
    """The services."""
    server = Moto(tmp_path_factory.mktemp("moto") / "moto.log")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def stagegate(moto, tmp_path_factory):
    """A process whose integrations find every service at moto."""
    env = {"STAGEGATE_AWS_ENDPOINT_URL": moto.url}
    process = Stagegate(tmp_path_factory.mktemp("aws") / "data", env=env).start()
    yield process
    process.stop()


@pytest.fixture
def api(stagegate):
    """Builds an API."""

    def build(routes, variables=None, **top_level):
        return Api(stagegate, definition(routes, **top_level), variables=variables)

    return build


@pytest.fixture
def aws():
    """Writes an AWS integration."""

    def integration(operation, method="POST", **members):
        defaults = {"credentials": ROLE, "responses": {"default": {"statusCode": "200"}}}
        uri = f"arn:aws:apigateway:us-east-1:{operation}"
        return {"type": "aws", "httpMethod": method, "uri": uri, **defaults, **members}

    return integration
