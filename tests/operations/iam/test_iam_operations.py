"""Every operation of IAM's that is served through boto3: once with success, and once with each error that AWS documents;
and every one that is not, which is refused by name."""

import botocore.session
import pytest
from botocore import xform_name
from operations.iam.conftest import Things, refused
from operations.iam.iam_rows import EVERYWHERE, ROWS, SILENT

SERVICE = botocore.session.get_session().get_service_model("iam")
CODES = {shape.metadata["error"]["code"]: shape.metadata["error"]["httpStatusCode"]
         for name in ROWS for shape in SERVICE.operation_model(name).error_shapes if "error" in shape.metadata}
CODES["ValidationError"] = 400
UNSERVED = sorted(set(SERVICE.operation_names) - set(ROWS))
REFUSED = [(name, code, case) for name, one in ROWS.items() for code, case in one["refused"].items()]
LIMITED = [one for one in REFUSED if "quota" in one[2]]
PLAIN = [one for one in REFUSED if "quota" not in one[2]]
TIGHT = 3
# What answers have in another form.
RESHAPED = ("PermissionsBoundary", "AssumeRolePolicyDocument", "Tags")


class More(Things):
    """Things that a single row needs."""

    def bystander(self):
        return Things(self.iam).get("user")

    def second_group(self):
        return Things(self.iam).get("group")


def call(things, name, case=None):
    """The call of a row, changed for a case."""
    one, case = ROWS[name], case or {}
    for thing in [*one["needs"], *case.get("needs", ())]:
        things.get(thing)
    arguments = things.fill({**one["call"], **case.get("with", {})})
    return arguments, lambda: getattr(things.iam, xform_name(name))(**arguments)


def least(shape):
    """Some value of a shape."""
    if shape.type_name == "structure":
        return {name: least(member) for name, member in shape.members.items() if name in shape.required_members}
    if shape.type_name == "list":
        return [least(shape.member)]
    filler = {"string": "a" * max(1, shape.metadata.get("min", 1)), "integer": shape.metadata.get("min", 1),
              "boolean": True, "timestamp": 0, "blob": b"x", "map": {}}
    return shape.enum[0] if getattr(shape, "enum", None) else filler[shape.type_name]


def test_every_documented_error_has_a_row():
    problems = []
    for name, one in ROWS.items():
        documented = {shape.metadata["error"]["code"] for shape in SERVICE.operation_model(name).error_shapes}
        for code in documented - set(one["refused"]) - set(EVERYWHERE):
            if name not in SILENT.get(code, ()):
                problems.append(f"{name}: no row for {code}")
        problems += [f"{name}: {code} happens after all" for code in one["refused"] if name in SILENT.get(code, ())]
    assert not problems, "\n".join(sorted(problems))


@pytest.mark.parametrize("name", ROWS)
def test_success(iam, name):
    things = More(iam)
    arguments, run = call(things, name)
    answer = run()
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert answer["ResponseMetadata"]["RequestId"] == answer["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"]
    shape = SERVICE.operation_model(name).output_shape
    for member in shape.required_members if shape else []:
        assert member in answer, member
    for value in answer.values():
        if name.startswith("Create") and isinstance(value, dict):
            given = {key: item for key, item in arguments.items() if key in value and key not in RESHAPED}
            assert {key: value[key] for key in given} == given


@pytest.mark.parametrize(("name", "code", "case"), PLAIN, ids=lambda value: value if isinstance(value, str) else "")
def test_refusal(iam, name, code, case):
    _, run = call(More(iam), name, case)
    with refused(code, case.get("message"), CODES[code]):
        run()


@pytest.mark.parametrize(("name", "code", "case"), LIMITED, ids=lambda value: value if isinstance(value, str) else "")
def test_limit(start, name, code, case):
    iam = start(f"[quotas]\n{case['quota']} = {TIGHT}\n").client(service="iam")
    user = Things(iam).get("user") if name == "AddUserToGroup" else None
    with refused(code, "Cannot exceed quota for .*: 3", 409):
        for _ in range(TIGHT + 2):
            things = Things(iam)
            if user:
                things.made["user"] = user
            call(things, name)[1]()


@pytest.mark.parametrize("name", UNSERVED)
def test_what_is_not_served_is_refused_by_name(iam, name):
    shape = SERVICE.operation_model(name).input_shape
    arguments = least(shape) if shape else {}
    with refused("InvalidAction", f"Could not find operation {name} for version 2010-05-08", 400):
        getattr(iam, xform_name(name))(**arguments)
