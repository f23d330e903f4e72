#!/usr/bin/env python3
"""Measure how soon a change is live in the data plane after its acknowledgement, at full load, and that no request fails for it.

Changed in turn: a stage variable, the deployment, the share of a canary, a variable of the canary, an API key. Routes are behind a
cached Lambda authorizer, and one has its answers cached; wrk asks for those as fast as it can meanwhile.
"""

from __future__ import annotations

import argparse
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path

from harness import backend, children, definition, nginx, results, rollout, wrk
from harness.fetch import Fetch
from harness.ports import free
from harness.spread import quantile, spread
from harness.stagegate import Stagegate

LIMIT_MS = 20.0
GIVE_UP_S = 2.0
CONNECTIONS = 32
GUARDED = [{"token": [], "key": []}]
# What is watched, and what is loaded meanwhile.
ROUTES = {"/watched": [], "/keyed": [{"key": []}], "/guarded": GUARDED, "/cached": GUARDED}
LOADED = ["/guarded", "/cached"]
WATCHED_KEY = "a-key-that-is-switched-on-and-off"
Change = tuple[Callable[[], None], str, Callable[[int, str], bool]]


class Watched:
    """An API with three deployments: two that the stage is switched between, and the canary's."""

    def __init__(self, gate: Stagegate, backend_port: int) -> None:
        self.control = gate.control()
        self._deployments: list[str] = []
        for name in ("left", "right", "canary"):
            uri = f"http://127.0.0.1:{backend_port}/{name}/${{stageVariables.mark}}"
            document = rollout.document(uri, ROUTES)
            if self._deployments:
                self.control.call("PUT", f"/restapis/{self.api}?mode=overwrite", document)
            else:
                self.api = self.control.import_api(document)
            self._deployments.append(self.control.deploy(self.api))
        left, right, canary = self._deployments
        stage = {"stageName": definition.STAGE, "deploymentId": left, "variables": {"mark": "m0"}}
        settings = {"percentTraffic": 0.0, "deploymentId": canary, "stageVariableOverrides": {"mark": "c0"}}
        self.control.call("POST", f"/restapis/{self.api}/stages", {**stage, "canarySettings": settings})
        rollout.admit(self.control, self.api)
        _, self._key = rollout.admit(self.control, self.api, WATCHED_KEY)
        rollout.dress(self.control, self.api)
        self._sides = cycle([("right", right), ("left", left)])
        self._side, self._number = "left", 0

    def _stage(self, *operations: tuple[str, str, str]) -> Callable[[], None]:
        return lambda: self.control.update_stage(self.api, definition.STAGE, *operations)

    def changes(self) -> Iterator[tuple[str, Change]]:
        """One change after the other, with what is asked for then, and the answer that shows it."""
        shows = lambda text: lambda status, body: status == 200 and text in body
        mark = "m0"
        while True:
            self._number += 1
            mark = f"m{self._number}"
            yield "stage variable", (
                self._stage(("replace", "/variables/mark", mark)), "/watched", shows(f"/{self._side}/{mark}\""))
            self._side, deployment = next(self._sides)
            yield "deployment", (
                self._stage(("replace", "/deploymentId", deployment)), "/watched", shows(f"/{self._side}/{mark}\""))
            share = ("replace", "/canarySettings/percentTraffic", "100")
            yield "canary's share", (self._stage(share), "/watched", shows("/canary/c"))
            override = ("replace", "/canarySettings/stageVariableOverrides/mark", f"c{self._number}")
            yield "canary's variable", (self._stage(override), "/watched", shows(f"/canary/c{self._number}\""))
            share = ("replace", "/canarySettings/percentTraffic", "0")
            yield "canary's share", (self._stage(share), "/watched", shows(f"/{self._side}/{mark}\""))
            for enabled, expected in (("false", 403), ("true", 200)):
                change = ("replace", "/enabled", enabled)
                yield "API key", (
                    lambda change=change: self.control.patch(f"/apikeys/{self._key}", change),
                    "/keyed",
                    lambda status, _body, expected=expected: status == expected,
                )


def _until(fetch: Fetch, path: str, is_live: Callable[[int, str], bool], since: float) -> float:
    """Poll until the answer shows the change; milliseconds from `since` to the end of that answer."""
    while True:
        status, body = fetch.get(f"/{definition.STAGE}{path}")
        now = time.monotonic()
        if is_live(status, body):
            return (now - since) * 1e3
        if now - since > GIVE_UP_S:
            raise RuntimeError(f"a change is not live {GIVE_UP_S} s after the acknowledgement: {status} {body}")


def measure(gate: Stagegate, watched: Watched, trials: int) -> dict[str, list[float]]:
    """Change one thing after the other; milliseconds by kind of change."""
    fetch = Fetch(gate.gateway_port, gate.host(watched.api), {"x-api-key": WATCHED_KEY})
    taken: dict[str, list[float]] = {}
    for _, (kind, (change, path, is_live)) in zip(range(trials), watched.changes()):
        change()
        acknowledged = time.monotonic()
        taken.setdefault(kind, []).append(_until(fetch, path, is_live, acknowledged))
        time.sleep(0.005)
    fetch.close()
    return taken


def run(directory: Path, trials: int) -> tuple[dict[str, list[float]], wrk.Round]:
    """Measure under load; the figures, and what wrk saw."""
    (backend_port,) = free(1)
    nginx.backend(directory / "backend", backend_port, 1, backend.ECHO)
    gate = rollout.start(directory / "stagegate", core=None)
    watched = Watched(gate, backend_port)
    paths = directory / "paths.txt"
    paths.write_text("".join(f"/{definition.STAGE}{path}\n" for path in LOADED))
    host = gate.host(watched.api)
    wrk.run(gate.gateway_port, host, paths, core=1, connections=CONNECTIONS, duration_s=1, script="guarded.lua")
    argv = wrk.command(
        gate.gateway_port, host, paths, connections=CONNECTIONS, duration_s=3600, script="guarded.lua"
    )
    child = children.spawn(argv, core=1, pipe=True)
    try:
        taken = measure(gate, watched, trials)
        child.send_signal(signal.SIGINT)  # wrk ends early and prints its summary
        output = child.stdout.read().decode() if child.stdout else ""
    finally:
        children.stop(child)
        watched.control.close()
        gate.stop()
    return taken, wrk.figures(output)


def main() -> int:
    """Run the trials; 1 if the slowest is over the limit, or a request failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="35 trials, results not kept")
    parser.add_argument("--trials", type=int, default=700)
    options = parser.parse_args()
    trials = 35 if options.quick else min(options.trials, 10_000)
    with tempfile.TemporaryDirectory(prefix="stagegate-bench-") as scratch:
        taken, load = run(Path(scratch), trials)
    every = [value for values in taken.values() for value in values]
    holds, none_failed = max(every) <= LIMIT_MS, load.failed == 0
    rows = [
        [kind, str(len(values)), spread(values).text(2), f"{quantile(values, 0.99):.2f}", f"{max(values):.2f}"]
        for kind, values in [*taken.items(), ("all", every)]
    ]
    body = (
        "From the acknowledgement of the call to the **end** of the first answer that shows the change, so each figure holds at least "
        f"one proxied round trip; the client polls without pause. Meanwhile {CONNECTIONS} connections ask in a closed loop for routes "
        "behind a cached Lambda authorizer, an API key and a usage plan, the answers of one of them cached: "
        f"{load.requests} requests, {load.requests / load.duration_s:.0f}/s, p99 {load.p99_ms:.2f} ms, {load.failed} failed.\n\n"
    )
    body += results.table(["changed", "trials", "median ms [95 %]", "p99 ms", "maximum ms"], rows)
    body += f"\n\nEvery change live within {LIMIT_MS:g} ms: {results.verdict(holds)}. None failed: {results.verdict(none_failed)}."
    results.publish("live", "A changed stage is live", body, keep=not options.quick)
    return 0 if (holds and none_failed) or options.quick else 1


if __name__ == "__main__":
    raise SystemExit(main())
