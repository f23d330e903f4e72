"""Fixtures of every end-to-end test."""

import pytest

from harness.apis import Api, definition
from harness.backend import Backend
from harness.process import Stagegate


@pytest.fixture(scope="session")
def gateway(tmp_path_factory):
    """A stagegate with default settings that the tests of one worker share."""
    process = Stagegate(tmp_path_factory.mktemp("stagegate") / "data").start()
    yield process
    process.stop()


@pytest.fixture
def start(tmp_path):
    """Starts processes with settings of their own; ends them with the test."""
    started = []

    def run(settings="", env=None, args=(), name="data", ready=True):
        process = Stagegate(tmp_path / name, settings, env, args)
        started.append(process)
        return process.start() if ready else process

    yield run
    for process in started:
        process.stop()


@pytest.fixture
def client(gateway):
    """A boto3 client of the shared process."""
    return gateway.client()


@pytest.fixture(scope="session")
def recording_backend():
    """The recording back end of this worker."""
    return Backend()


@pytest.fixture
def backend(recording_backend):
    """A fresh path prefix of the back end."""
    return recording_backend.space()


@pytest.fixture
def serve(gateway):
    """Imports routes as a new API of the shared process, deployed to stage `dev`."""

    def build(routes, variables=None, region="us-east-1", **top_level):
        return Api(gateway, definition(routes, **top_level), variables=variables, region=region)

    return build
