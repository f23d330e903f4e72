"""Operations that are not served say so by name."""

import botocore.session
import pytest
from botocore import xform_name
from harness.faults import fails
from operations.unserved import unserved

SERVICES = ("apigateway", "apigatewayv2")


def placeholders(shape):
    """The least that a call needs: every required member, filled with something of its type."""
    filled = {"string": "xxx", "integer": 1, "boolean": True, "list": [], "map": {}, "blob": b"x"}
    members = {name: shape.members[name] for name in (shape.required_members if shape else ())}
    return {
        name: member.enum[0] if getattr(member, "enum", None)
        else placeholders(member) if member.type_name == "structure" else filled[member.type_name]
        for name, member in members.items()
    }


@pytest.mark.parametrize(("service", "name"), [(service, name) for service in SERVICES for name in unserved(service)])
def test_what_is_not_served_says_so_by_name(gateway, service, name):
    client = gateway.client(service=service)
    operation = client.meta.service_model.operation_model(name)
    with fails("UnknownOperationException", f".*{name}.*", 501):
        getattr(client, xform_name(name))(**placeholders(operation.input_shape))


@pytest.mark.parametrize("service", SERVICES)
def test_the_list_names_operations_there_are(service):
    assert set(unserved(service)) < set(botocore.session.get_session().get_service_model(service).operation_names)
