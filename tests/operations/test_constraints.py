"""Constraints of the service model: gathered, and worded as AWS words them (facts 125 and 132)."""

import copy
import json

import botocore.session
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

from operations.test_table import TABLE
from operations.world import World

REGION = "eu-north-1"
ROWS, SERVICE = TABLE.rows, TABLE.service


def inputs(name):
    """The members of an operation's body, by the SDK's name."""
    shape = SERVICE.operation_model(name).input_shape
    payload = shape and shape.serialization.get("payload")
    members = shape.members if shape and not payload else {}
    return {member: one for member, one in members.items() if not one.serialization.get("location")}


def wire(member, shape):
    """A member's name in the body."""
    return shape.serialization.get("name", member)


def place(name, member, shape):
    """A member's path in a message."""
    return f"{name[0].lower()}{name[1:]}Input.{wire(member, shape)}"


REQUIRED = {
    name: [(m, s) for m, s in inputs(name).items() if m in SERVICE.operation_model(name).input_shape.required_members]
    for name in ROWS
}
ENUMS = [(name, m, s) for name in ROWS for m, s in inputs(name).items() if getattr(s, "enum", None)]
TYPED = [(name, m, s) for name in ROWS for m, s in inputs(name).items()]


@pytest.fixture(scope="module")
def world(gateway):
    """A world whose client checks nothing itself."""
    made = World(gateway.client(region=REGION))
    key, secret = gateway.credentials
    made.unchecked = botocore.session.get_session().create_client(
        "apigateway", region_name=REGION, endpoint_url=gateway.control_url, aws_access_key_id=key,
        aws_secret_access_key=secret, config=Config(parameter_validation=False, retries={"total_max_attempts": 1}))
    return made


def fault(world, name, /, **wrong):
    """How a call of the table fails with other members."""
    row = ROWS[name]
    for thing in row.get("needs", []):
        world.get(thing)
    arguments = {**world.fill(copy.deepcopy(row["call"])), **wrong}
    arguments = {member: value for member, value in arguments.items() if value is not Ellipsis}
    with pytest.raises(ClientError) as caught:
        getattr(world.unchecked, xform_name(name))(**arguments)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return caught.value.response["Error"]


@pytest.mark.parametrize("name", [name for name, members in REQUIRED.items() if members])
def test_fact_125_everything_that_is_missing_is_named_at_once(world, name):
    found = fault(world, name, **{member: ... for member, _ in REQUIRED[name]})
    assert found["Code"] == "ValidationException"
    count = len(REQUIRED[name])
    assert found["Message"].startswith(f"{count} validation error{'s' if count > 1 else ''} detected: ")
    for member, shape in REQUIRED[name]:
        words = f"Value null at '{place(name, member, shape)}' failed to satisfy constraint: Member must not be null"
        assert words in found["Message"]
    assert found["Message"].count("; ") == count - 1


@pytest.mark.parametrize(("name", "member", "shape"), ENUMS, ids=str)
def test_fact_125_a_value_outside_a_closed_set_is_told_the_set(world, name, member, shape):
    found = fault(world, name, **{member: "NOPE"})
    assert found["Code"] == "ValidationException"
    start, values = found["Message"].split("Member must satisfy enum value set: [")
    assert start == (f"1 validation error detected: Value 'NOPE' at '{place(name, member, shape)}' "
                     "failed to satisfy constraint: ")
    assert set(values.removesuffix("]").split(", ")) == set(shape.enum)


def wrong_value(shape):
    """A value of another type, and how Java calls its class."""
    if shape.type_name in ("list", "map", "structure"):
        return "text", "class java.lang.String"
    return ["x"], "class java.util.ArrayList"


@pytest.mark.parametrize(("name", "member", "shape"), TYPED, ids=str)
def test_fact_132_a_wrong_type_is_named_by_javas_class(world, name, member, shape):
    """The body is built by hand: no SDK sends this."""
    value, java = wrong_value(shape)
    world.wrong = wire(member, shape), value
    found = fault_of_body(world, name)
    assert found["Code"] == "SerializationException", found
    assert found["Message"].startswith(f"{java} can not be converted to an "), found


def fault_of_body(world, name):
    """How a call of the table fails when one member of its body is replaced after it was serialized."""
    def replace(params, **_):
        member, value = world.wrong
        params["body"] = json.dumps({**json.loads(params["body"] or "{}"), member: value}).encode()

    events = world.unchecked.meta.events
    event = f"before-call.apigateway.{name}"
    events.register(event, replace)
    try:
        return fault(world, name)
    finally:
        events.unregister(event, replace)
