"""Every operation of the service through boto3: once with success, and once with each error that AWS documents for it.

The rows are in `table/*.toml`. `call` is what succeeds; a row of `refused` says what is different `with` the error, which
things it `needs`, and which `quota` is tight. `never.toml` has the pairs that cannot happen, and why.
"""

import pathlib
import re
import tomllib

import botocore.session
import pytest
from botocore import xform_name
from harness.faults import fails, status_of
from harness.process import ROOT, Stagegate
from operations.world import World

HERE = pathlib.Path(__file__).parent / "table"
SERVICE = botocore.session.get_session().get_service_model("apigateway")
NEVER = tomllib.loads((HERE / "never.toml").read_text())
REGION = "eu-west-1"
MOST_CALLS_TO_A_LIMIT = 8
# What is named in these calls may have another name in the answer, or be what the answer is about.
CHANGES = ("Update", "GetExport", "GetSdk")


def read_rows():
    """Every row by its operation."""
    rows = {}
    for path in sorted(HERE.glob("*.toml")):
        if path.name not in ("never.toml", "lists.toml"):
            table = tomllib.loads(path.read_text())
            assert not rows.keys() & table.keys(), f"{path.name} repeats a row"
            rows |= table
    return rows


ROWS = read_rows()
REFUSED = [
    (name, error, case) for name, row in ROWS.items() for error, cases in row.get("refused", {}).items()
    for case in (cases if isinstance(cases, list) else [cases])
]
LIMITED = [refusal for refusal in REFUSED if "quota" in refusal[2]]
PLAIN = [refusal for refusal in REFUSED if "quota" not in refusal[2]]
# Quotas of what the control plane does not make.
ELSEWHERE = {"rest_routing_rules_per_domain_count"}


def never(name, error):
    """Why an operation never gives an error; nothing where it may."""
    by_operation = NEVER.get(error, {})
    return by_operation.get(name) or by_operation.get("every")


def test_the_table_is_whole():
    unserved = (ROOT / "unserved.txt").read_text().split()
    names = [name for name in SERVICE.operation_names if name not in unserved]
    assert sorted(names) == sorted(ROWS), sorted(set(names) ^ set(ROWS))
    problems = []
    for name in names:
        documented = {shape.name for shape in SERVICE.operation_model(name).error_shapes}
        covered = set(ROWS[name].get("refused", {}))
        problems += [f"{name}: no row for {error}" for error in documented - covered if not never(name, error)]
        problems += [f"{name}: {error} is not documented" for error in covered - documented]
        problems += [f"{name}: {error} happens after all" for error in covered if NEVER.get(error, {}).get(name)]
    assert not problems, "\n".join(sorted(problems))


def test_what_never_happens_is_about_operations_there_are():
    for error, operations in NEVER.items():
        documented = {n for n in SERVICE.operation_names if error in [s.name for s in SERVICE.operation_model(n).error_shapes]}
        assert set(operations) - {"every"} <= documented, error


def run(world, name, extra=None, needs=()):
    """One call of a row."""
    row = ROWS[name]
    for thing in [*row.get("needs", []), *needs]:
        world.get(thing)
    arguments = world.fill({**row["call"], **(extra or {})})
    return arguments, lambda: getattr(world.client, xform_name(name))(**arguments)


def scalars(arguments):
    """The arguments that an answer can repeat."""
    return {key: value for key, value in arguments.items() if isinstance(value, (str, bool, int, float))}


@pytest.fixture
def client(gateway):
    """A client in a region where no other test counts things."""
    return gateway.client(region=REGION)


@pytest.mark.parametrize("name", ROWS)
def test_success(client, name):
    arguments, call = run(World(client), name)
    answer = call()
    model = SERVICE.operation_model(name)
    assert status_of(answer) == model.http.get("responseCode", 200)
    given = {key: value for key, value in scalars(arguments).items() if key in answer and not name.startswith(CHANGES)}
    assert {key: answer[key] for key in given} == given


@pytest.fixture(scope="module")
def shared(gateway):
    """One world for the calls that change nothing."""
    return World(gateway.client(region=REGION))


def name_of(value):
    """A test's name has the operation, the error and the quota."""
    return value if isinstance(value, str) else value.get("quota", "")


@pytest.mark.parametrize(("name", "error", "row"), PLAIN, ids=name_of)
def test_refusal(shared, name, error, row):
    _, call = run(shared, name, row.get("with"), row.get("needs", ()))
    status = SERVICE.shape_for(error).metadata["error"]["httpStatusCode"]
    with fails(error, row.get("message"), status):
        call()


@pytest.fixture(scope="module")
def tight(tmp_path_factory):
    """A process whose count quotas are used up soon."""
    quotas = sorted({case["quota"] for _, _, case in LIMITED})
    settings = "[quotas]\n" + "".join(f"{name} = {MOST_CALLS_TO_A_LIMIT // 2}\n" for name in quotas)
    process = Stagegate(tmp_path_factory.mktemp("tight") / "data", settings).start()
    yield process
    process.stop()


def test_every_count_quota_is_tried():
    page = (ROOT / "docs" / "settings.md").read_text()
    counts = set(re.findall(r"\| `(rest_\w+_count)` \| \d+ \| when set", page))
    assert counts - ELSEWHERE == {case["quota"] for _, _, case in LIMITED}


@pytest.mark.parametrize(("name", "error", "row"), LIMITED, ids=name_of)
def test_limit(tight, name, error, row):
    """Each row has a region, and so a set of counts, of its own."""
    world = World(tight.client(region=f"us-east-{LIMITED.index((name, error, row)) + 1}"))
    status = SERVICE.shape_for(error).metadata["error"]["httpStatusCode"]
    with fails(error, row.get("message"), status):
        for _ in range(MOST_CALLS_TO_A_LIMIT):
            run(world, name, row.get("with"), row.get("needs", ()))[1]()
