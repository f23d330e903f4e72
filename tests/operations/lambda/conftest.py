"""Fixtures of the tests of Lambda's API: a client, and functions that go with the test."""

import uuid

import pytest

from harness.functions import PYTHON, ROLE, archive


@pytest.fixture
def functions(gateway):
    """A boto3 client of Lambda at the shared process."""
    return gateway.client(service="lambda")


@pytest.fixture
def create(functions):
    """Creates functions with names of their own; deletes them with the test."""
    made = []

    def run(code=PYTHON, runtime="python3.12", handler="app.handler", **more):
        name = f"fn-{uuid.uuid4().hex[:12]}"
        files = {"index_js": code} if runtime.startswith("node") else {"app": code}
        answer = functions.create_function(
            FunctionName=name, Role=ROLE, Runtime=runtime, Handler=handler, Code={"ZipFile": archive(**files)}, **more)
        made.append(name)
        return answer

    yield run
    for name in made:
        try:
            functions.delete_function(FunctionName=name)
        except functions.exceptions.ResourceNotFoundException:
            pass
