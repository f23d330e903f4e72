"""Every list: page by page without gap or repeat, in one order, with limits and positions that are checked."""

import pathlib
import tomllib

import botocore.session
import pytest
from botocore import xform_name

from harness.faults import fails
from operations.world import World

SERVICE = botocore.session.get_session().get_service_model("apigateway")
LISTS = tomllib.loads((pathlib.Path(__file__).parent / "table" / "lists.toml").read_text())
REGION = "eu-west-3"


def paged():
    """The operations with a limit."""
    shapes = {name: SERVICE.operation_model(name).input_shape for name in SERVICE.operation_names}
    return [name for name, shape in shapes.items() if shape and {"limit", "position"} <= set(shape.members)]


def test_every_list_is_tried():
    assert set(paged()) == set(LISTS)


@pytest.fixture(scope="module")
def world(gateway):
    """The things that are listed."""
    return World(gateway.client(region=REGION))


def items(answer):
    """A page's items as text."""
    found = answer.get("items", answer.get("item"))
    return [f"{one}: {found[one]}" for one in found] if isinstance(found, dict) else [str(one) for one in found]


def lister(world, name):
    """The operation, with the things of its row."""
    row = LISTS[name]
    for thing in row.get("needs", []):
        world.get(thing)
    call = getattr(world.client, xform_name(name))
    return lambda **page: call(**world.fill(row.get("call", {})), **page)


@pytest.mark.parametrize("name", [name for name, row in LISTS.items() if "unpaged" not in row])
def test_pages_make_the_list(world, name):
    ask = lister(world, name)
    whole = items(ask(limit=500))
    assert len(whole) >= 2, "a list of one item shows nothing"
    for limit in (1, 2, len(whole)):
        seen, page = [], {}
        while True:
            answer = ask(limit=limit, **page)
            assert len(items(answer)) <= limit
            seen += items(answer)
            if "position" not in answer:
                break
            page = {"position": answer["position"]}
        assert seen == whole, limit
    for limit in (0, 501, -1):
        with fails("BadRequestException", status=400):
            ask(limit=limit)
    with fails("BadRequestException", "Invalid position parameter specified", 400):
        ask(position="!")


@pytest.mark.parametrize("name", [name for name, row in LISTS.items() if "filters" in row])
def test_filters_choose(world, name):
    ask = lister(world, name)
    for case in LISTS[name]["filters"]:
        chosen = items(ask(**world.fill(case["with"])))
        assert len(chosen) == case["count"], (case, chosen)
