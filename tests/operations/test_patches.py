"""Every patch pointer through boto3: allowed for each operation it lists, refused for the others and for bad values.

The rows are in `patch/*.toml`; `cargo xtask parity` compares them with the rows of the control plane.
"""

import pathlib
import tomllib

import botocore.session
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from operations.world import World

HERE = pathlib.Path(__file__).parent / "patch"
OPS = botocore.session.get_session().get_service_model("apigateway").shape_for("Op").enum
REGION = "eu-west-2"
WITH_VALUE = ("add", "replace")
REFUSALS = ("BadRequestException", "NotFoundException", "ConflictException", "ValidationException")


def read_rows():
    """Every row as (noun, pattern, what it says)."""
    rows = []
    for path in sorted(HERE.glob("*.toml")):
        for noun, table in tomllib.loads(path.read_text()).items():
            call = table.pop("call")
            rows += [(noun, pattern, {**row, "call": {**call, **row.get("call", {})}}) for pattern, row in table.items()]
    return rows


ROWS = read_rows()
ALLOWED = [(noun, pattern, row, op) for noun, pattern, row in ROWS for op in row["ops"]]


def name_of(value):
    """A test's name has the noun, the pointer and the operation."""
    return value if isinstance(value, str) else ""


def update(world, noun, row, **operation):
    """Update… of a row's noun with one operation."""
    for thing in row.get("needs", []):
        world.get(thing)
    arguments = world.fill(row["call"])
    call = getattr(world.client, xform_name(f"Update{noun}"))
    return call(**arguments, patchOperations=[world.fill(operation)])


def operation(pattern, row, op):
    """The operation that a row allows."""
    given = {"value": row["value"]} if "value" in row else {}
    given |= {"from": row["from"]} if "from" in row else {}
    return {"op": op, "path": row.get("path", pattern), **given}


def found(answer, path):
    """What an answer shows at a pointer; nothing where it shows nothing."""
    for segment in path.split("/")[1:]:
        answer = answer.get(segment.replace("~1", "/").replace("~0", "~")) if isinstance(answer, dict) else None
    return answer


def refused(world, noun, row, **wrong):
    """The call gives a clear 4xx, and it is the operation's own fault."""
    with pytest.raises(ClientError) as caught:
        update(world, noun, row, **wrong)
    response = caught.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] in (400, 404, 409), (wrong, response)
    assert response["Error"]["Code"] in REFUSALS, wrong
    assert response["Error"]["Message"], wrong
    return response["Error"]


@pytest.fixture
def client(gateway):
    """A client in a region where no other test counts things."""
    return gateway.client(region=REGION)


@pytest.mark.parametrize(("noun", "pattern", "row", "op"), ALLOWED, ids=name_of)
def test_allowed(client, noun, pattern, row, op):
    world = World(client)
    asked = operation(pattern, row, op)
    if op in row.get("never", {}):
        assert refused(world, noun, row, **asked)["Message"] == row["never"][op]
        return
    shown = found(update(world, noun, row, **asked), asked["path"])
    if isinstance(shown, (str, int, float)) and op in WITH_VALUE:
        value = world.fill(row["value"])
        assert value.lower() in (str(shown).lower(), str(shown).lower().replace("\\", "")) or float(shown) == float(value)
    if op == "remove" and isinstance(shown, list):
        assert world.fill(row["value"]) not in shown
    elif op == "remove":
        assert shown in (None, {}, world.fill(row.get("removed")))


@pytest.fixture(scope="module")
def worlds(gateway):
    """A world for each noun: refused calls change nothing."""
    made = {}
    return lambda noun: made.setdefault(noun, World(gateway.client(region=REGION)))


@pytest.mark.parametrize(("noun", "pattern", "row"), ROWS, ids=name_of)
def test_refused(worlds, noun, pattern, row):
    world = worlds(noun)
    for op in sorted(set(OPS) - set(row["ops"])):
        error = refused(world, noun, row, **{**operation(pattern, row, "replace"), "op": op})
        assert error["Code"] == "BadRequestException" and "nvalid patch path" in error["Message"] or "method setting" in error["Message"]
    for bad in row.get("bad", []):
        for op in set(row["ops"]) & set(WITH_VALUE):
            refused(world, noun, row, **{**operation(pattern, row, op), "value": bad})
    if "wrong_path" in row:
        for op in row["ops"]:
            if op == "add" and "value" not in row:
                continue
            refused(world, noun, row, **{**operation(pattern, row, op), "path": row["wrong_path"]})


@pytest.mark.parametrize("escaped", ["image~1png", "a~1b~1c", "x~01", "~0~1"])
def test_escapes_are_read_as_rfc_6901_says(client, escaped):
    world = World(client)
    shown = client.update_rest_api(
        restApiId=world.get("api"), patchOperations=[{"op": "add", "path": f"/binaryMediaTypes/{escaped}"}])
    assert shown["binaryMediaTypes"] == [escaped.replace("~1", "/").replace("~0", "~")]
