"""A table of a service's calls: one that succeeds for each operation, and one for each error that AWS documents for it.

The rows are in `*.toml`. `call` is what succeeds; a row of `refused` says what is different `with` the error, which things it
`needs`, and which `quota` is tight. `never.toml` has the pairs that cannot happen, and why.
"""

import tomllib

import botocore.session
import pytest
from botocore import xform_name
from harness.faults import fails, status_of
from harness.process import Stagegate

MOST_CALLS_TO_A_LIMIT = 8


class ServiceTable:
    """The rows of a service, and how they are called."""

    def __init__(self, service, folder):
        self.service = botocore.session.get_session().get_service_model(service)
        self.never = tomllib.loads((folder / "never.toml").read_text())
        self.rows = {}
        for path in sorted(folder.glob("*.toml")):
            if path.name not in ("never.toml", "lists.toml"):
                table = tomllib.loads(path.read_text())
                assert not self.rows.keys() & table.keys(), f"{path.name} repeats a row"
                self.rows |= table
        refused = [
            (name, error, case) for name, row in self.rows.items() for error, cases in row.get("refused", {}).items()
            for case in (cases if isinstance(cases, list) else [cases])
        ]
        self.limited = [refusal for refusal in refused if "quota" in refusal[2]]
        self.plain = [refusal for refusal in refused if "quota" not in refusal[2]]

    def problems(self, names):
        """What the table lacks of these operations, and what it has too much."""
        problems = [f"{name}: no row" for name in names if name not in self.rows]
        problems += [f"{name}: not served" for name in self.rows if name not in names]
        for name in self.rows:
            documented = {shape.name for shape in self.service.operation_model(name).error_shapes}
            covered = set(self.rows[name].get("refused", {}))
            problems += [f"{name}: no row for {error}" for error in documented - covered if not self.why_never(name, error)]
            problems += [f"{name}: {error} is not documented" for error in covered - documented]
            problems += [f"{name}: {error} happens after all" for error in covered if self.never.get(error, {}).get(name)]
        return sorted(problems)

    def why_never(self, name, error):
        """Why an operation never gives an error; nothing where it may."""
        by_operation = self.never.get(error, {})
        return by_operation.get(name) or by_operation.get("every")

    def misplaced(self):
        """What never happens of errors and operations that do not go together."""
        for error, operations in self.never.items():
            names = self.service.operation_names
            documented = {n for n in names if error in [s.name for s in self.service.operation_model(n).error_shapes]}
            for name in set(operations) - {"every"} - documented:
                yield f"{name}: {error}"

    def run(self, world, name, extra=None, needs=()):
        """One call of a row: its arguments, and what makes it."""
        row = self.rows[name]
        for thing in [*row.get("needs", []), *needs]:
            world.get(thing)
        arguments = world.fill({**row["call"], **(extra or {})})
        arguments = {member: value for member, value in arguments.items() if value != "$absent"}
        return arguments, lambda: getattr(world.client, xform_name(name))(**arguments)

    def succeeds(self, world, name, changes=()):
        """Makes the call of a row; what it was given is in the answer, but for operations whose names begin with `changes`."""
        arguments, call = self.run(world, name)
        answer = call()
        assert status_of(answer) == self.service.operation_model(name).http.get("responseCode", 200)
        scalars = {key: value for key, value in arguments.items() if isinstance(value, (str, bool, int, float))}
        given = {key: value for key, value in scalars.items() if key in answer and not name.startswith(changes)}
        assert {key: answer[key] for key in given} == given

    def status(self, error):
        """The HTTP status of an error."""
        return self.service.shape_for(error).metadata["error"]["httpStatusCode"]

    def refuses(self, world, name, error, row):
        """Makes the call that is refused."""
        _, call = self.run(world, name, row.get("with"), row.get("needs", ()))
        with fails(error, row.get("message"), self.status(error)):
            call()

    def tight(self, folder):
        """A process whose count quotas are used up soon."""
        quotas = sorted({case["quota"] for _, _, case in self.limited})
        settings = "[quotas]\n" + "".join(f"{name} = {MOST_CALLS_TO_A_LIMIT // 2}\n" for name in quotas)
        return Stagegate(folder / "data", settings).start()

    def reaches_its_limit(self, world, name, error, row):
        """Makes a call until its quota is used up."""
        with fails(error, row.get("message"), self.status(error)):
            for _ in range(MOST_CALLS_TO_A_LIMIT):
                self.run(world, name, row.get("with"), row.get("needs", ()))[1]()


def name_of(value):
    """A test's name has the operation, the error and the quota."""
    return value if isinstance(value, str) else value.get("quota", "")


def each(refusals):
    """Runs a test for each of these rows."""
    return pytest.mark.parametrize(("name", "error", "row"), refusals, ids=name_of)
