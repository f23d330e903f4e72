#!/usr/bin/env python3
"""Switch 1,000 deployments under one million requests at full load, and check every single answer.

Deployment n proxies to `/d/n/${stageVariables.n}` with a static header `x-deployment: n`; each switch changes the
stage's deployment and its variable in one call, every fourth by way of a canary. An answer whose three numbers differ was
made by two deployments. Every route is behind a cached Lambda authorizer and an API key, one has its answers cached, and
another key comes and goes with each switch.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

from harness import backend, children, definition, nginx, results, rollout, wrk
from harness.control import Control
from harness.ports import free

LIMIT_S = 900
CONNECTIONS = 32
GUARDED = [{"token": [], "key": []}]
ROUTES = {"/watched": GUARDED, "/cached": GUARDED}
PATHS = ",".join(f"/{definition.STAGE}{path}" for path in ROUTES)
# One switch in so many goes by way of a canary.
CANARY_EVERY = 4


class Switches(NamedTuple):
    """How the control plane kept up."""

    done: int
    slowest_ms: float
    duration_s: float


class Progress:
    """Reads wrk's stderr: how many answers it has checked so far."""

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        self.answered = 0
        self.notes: list[str] = []
        self._child = child
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self._child.stderr or ():
            text = line.decode(errors="replace").strip()
            if text.isdigit():
                self.answered = int(text)
            elif len(self.notes) < 10:
                self.notes.append(text)


class Watched(NamedTuple):
    """What is switched."""

    api: str
    resources: list[str]
    plan: str


def _put(control: Control, watched: Watched, backend_port: int, number: int, **wanted: object) -> str:
    """Give the methods the integration of deployment `number` and deploy; the deployment's id."""
    integration = {
        "type": "HTTP_PROXY",
        "httpMethod": "GET",
        "uri": f"http://127.0.0.1:{backend_port}/d/{number}/${{stageVariables.n}}",
        "requestParameters": {"integration.request.header.x-deployment": f"'{number}'"},
    }
    for resource in watched.resources:
        control.call("PUT", f"/restapis/{watched.api}/resources/{resource}/methods/GET/integration", integration)
    return str(control.call("POST", f"/restapis/{watched.api}/deployments", wanted)["id"])


def prepare(control: Control, backend_port: int) -> Watched:
    """An API with two proxied routes, deployed as number 0."""
    api = control.import_api(rollout.document("http://127.0.0.1:9/x", ROUTES))
    items = control.call("GET", f"/restapis/{api}/resources")["item"]
    resources = [str(item["id"]) for item in items if item["path"] in ROUTES]
    first = _put(control, Watched(api, resources, ""), backend_port, 0)
    stage = {"stageName": definition.STAGE, "deploymentId": first, "variables": {"n": "0"}}
    control.call("POST", f"/restapis/{api}/stages", stage)
    plan, _ = rollout.admit(control, api)
    rollout.dress(control, api)
    return Watched(api, resources, plan)


def _release(control: Control, watched: Watched, backend_port: int, number: int) -> float:
    """Switch by way of a canary: half of the requests, then promoted; the milliseconds of the slower of the two calls."""
    canary = {"percentTraffic": 50.0, "stageVariableOverrides": {"n": str(number)}, "useStageCache": True}
    _put(control, watched, backend_port, number, stageName=definition.STAGE, canarySettings=canary)
    rows = [
        {"op": "copy", "from": "/canarySettings/deploymentId", "path": "/deploymentId"},
        {"op": "copy", "from": "/canarySettings/stageVariableOverrides", "path": "/variables"},
        {"op": "remove", "path": "/canarySettings"},
    ]
    target = f"/restapis/{watched.api}/stages/{definition.STAGE}"
    return control.timed("PATCH", target, {"patchOperations": rows})[0] * 1e3


def _change_key(control: Control, watched: Watched, number: int) -> None:
    """Another key comes into the plan and goes."""
    key = {"name": "k", "value": f"a-key-that-comes-and-goes-{number:08}", "enabled": True}
    key_id = control.call("POST", "/apikeys", key)["id"]
    control.call("POST", f"/usageplans/{watched.plan}/keys", {"keyId": key_id, "keyType": "API_KEY"})
    control.call("DELETE", f"/apikeys/{key_id}")


def switch(
    control: Control, watched: Watched, backend_port: int, count: int, requests: int, progress: Progress
) -> Switches:
    """Make and switch to deployments 1 … `count`, spread evenly over `requests` answers."""
    begin, slowest, number = time.monotonic(), 0.0, 0
    while time.monotonic() - begin < LIMIT_S:
        if number == count and progress.answered >= requests:
            break
        if number == count or progress.answered < number * requests // count:
            time.sleep(0.001)
            continue
        number += 1
        _change_key(control, watched, number)
        if number % CANARY_EVERY == 0:
            slowest = max(slowest, _release(control, watched, backend_port, number))
            continue
        deployment = _put(control, watched, backend_port, number)
        before = time.monotonic()
        changes = ("replace", "/deploymentId", deployment), ("replace", "/variables/n", str(number))
        control.update_stage(watched.api, definition.STAGE, *changes)
        slowest = max(slowest, (time.monotonic() - before) * 1e3)
    return Switches(number, slowest, time.monotonic() - begin)


def run(directory: Path, count: int, requests: int) -> tuple[wrk.Round, dict[str, int], Switches, list[str]]:
    """Load, switch and check; wrk's figures, the checks, the switches and what the checker noted."""
    (backend_port,) = free(1)
    nginx.backend(directory / "backend", backend_port, 1, backend.ECHO)
    gate = rollout.start(directory / "stagegate", core=None)
    control = gate.control()
    watched = prepare(control, backend_port)
    argv = wrk.command(
        gate.gateway_port,
        gate.host(watched.api),
        Path(PATHS),
        connections=CONNECTIONS,
        duration_s=LIMIT_S + 60,
        script="deployments.lua",
    )
    child = children.spawn(argv, core=1, pipe=True)
    try:
        progress = Progress(child)
        switches = switch(control, watched, backend_port, count, requests, progress)
        child.send_signal(signal.SIGINT)  # wrk ends early and prints its summary
        output = child.stdout.read().decode() if child.stdout else ""
    finally:
        children.stop(child)
        gate.stop()
    checks = next(line for line in output.splitlines() if line.startswith("CHECKS "))
    return wrk.figures(output), json.loads(checks.removeprefix("CHECKS ")), switches, progress.notes


def main() -> int:
    """Run and report; 1 if an answer failed or was mixed, or the run fell short."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="50 deployments, 50,000 requests, not kept")
    parser.add_argument("--deployments", type=int, default=1000)
    parser.add_argument("--requests", type=int, default=1_000_000)
    options = parser.parse_args()
    count = 50 if options.quick else options.deployments
    requests = 50_000 if options.quick else options.requests
    with tempfile.TemporaryDirectory(prefix="stagegate-bench-") as scratch:
        load, checks, switches, notes = run(Path(scratch), count, requests)
    failed = load.socket_errors + max(load.bad_status, checks["refused"])
    complete = switches.done == count and load.requests >= requests and checks["highest"] == count
    holds = complete and failed == 0 and checks["mixed"] == 0
    header = ["deployments switched", "requests", "failed", "mixed", "highest seen", "requests/s", "p99 ms"]
    row = [str(switches.done), str(load.requests), str(failed), str(checks["mixed"]), str(checks["highest"])]
    row += [f"{load.requests / load.duration_s:.0f}", f"{load.p99_ms:.2f}"]
    body = (
        f"{CONNECTIONS} connections, closed loop, on two routes behind a cached Lambda authorizer, an API key and a usage plan; "
        "the answers of one are cached. Every step is PutIntegration, CreateDeployment and one UpdateStage that changes the "
        f"deployment and a stage variable together, every {CANARY_EVERY}th by way of a canary of half the requests that is then "
        "promoted; with each a key comes into the plan and goes. Every answer is checked for three numbers (path, variable, "
        "header) of one deployment. Slowest UpdateStage under this load: "
        f"{switches.slowest_ms:.1f} ms.\n\n"
    )
    body += results.table([*header, "seconds"], [[*row, f"{switches.duration_s:.1f}"]])
    body += f"\n\nNone failed, none mixed: {results.verdict(holds)}."
    for note in notes:
        body += f"\n\n    {note}"
    results.publish("deployments", "Deployments switched under load", body, keep=not options.quick)
    return 0 if holds or options.quick else 1


if __name__ == "__main__":
    raise SystemExit(main())
