"""What holds for every operation alike, whatever it does: who is refused before it begins."""

import botocore.session
import pytest
from botocore import xform_name

from harness.faults import fails
from operations.nobody import NOBODY
from operations.unserved import unserved

SERVICE = botocore.session.get_session().get_service_model("apigateway")
SERVED = [name for name in SERVICE.operation_names if name not in unserved("apigateway")]


def filler(shape):
    """Some value of a shape's type."""
    if getattr(shape, "enum", None):
        return shape.enum[0]
    return {"list": ["x"], "map": {"x": "x"}, "structure": {"type": "API"}}.get(shape.type_name, "x")


def call(client, name):
    """The least call of an operation."""
    shape = SERVICE.operation_model(name).input_shape
    required = shape.required_members if shape else []
    return getattr(client, xform_name(name))(**{member: filler(shape.members[member]) for member in required})


@pytest.mark.parametrize("name", SERVICE.operation_names)
def test_a_stranger_is_unknown(gateway, name):
    """Fact 15."""
    client = gateway.client(access_key="AKIDEXAMPLE", secret_key="x")
    with fails("UnrecognizedClientException", status=403):
        call(client, name)


@pytest.mark.parametrize("name", SERVED)
def test_who_has_no_policy_is_denied(peopled, name):
    client = peopled.client(**NOBODY)
    message = "User: arn:aws:iam::000000000000:user/nobody is not authorized to perform: apigateway:.*"
    with fails("AccessDeniedException", message, 403):
        call(client, name)


@pytest.mark.parametrize("name", SERVED)
def test_who_calls_too_often_is_asked_to_wait(still, name):
    with fails("TooManyRequestsException", "Too Many Requests", 429):
        call(still.client(), name)
