"""What the tests of traces share."""

import pytest

from harness.lambdas import Lambdas


@pytest.fixture(scope="module")
def functions():
    """A Lambda API for this file."""
    functions = Lambdas()
    yield functions
    functions.stop()
