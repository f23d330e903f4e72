"""What the tests of traces share."""

import pytest

from harness.lambdas import Lambdas
from harness.xray import Daemon


@pytest.fixture(scope="module")
def functions():
    """A Lambda API for this file."""
    functions = Lambdas()
    yield functions
    functions.stop()


@pytest.fixture(scope="module")
def daemon():
    """X-Ray's daemon for this file."""
    daemon = Daemon()
    yield daemon
    daemon.stop()
