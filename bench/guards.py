#!/usr/bin/env python3
"""Compare guarded routes with nginx's proxy_pass and its access log: a cached Lambda authorizer, then every guard together.

Every proxy has core 0 to itself while it is loaded; wrk and the back end share core 1.
"""

from __future__ import annotations

from pathlib import Path

from harness import definition, peers, rollout
from harness.compared import PROXY_CORE, Held, Target, baseline, run
from harness.peers import BASELINE

LIMIT = 1.1  # times the baseline's CPU per request
SCRIPT = "guarded.lua"
OPEN, AUTHORIZER, ALL = "open", "cached authorizer", "API key, usage plan, stage throttle, cached authorizer"
# What guards each route, more and more.
GUARDS: dict[str, list[dict[str, list[str]]]] = {OPEN: [], AUTHORIZER: [{"token": []}], ALL: [{"token": [], "key": []}]}
PATHS = {OPEN: "/open", AUTHORIZER: "/authorizer", ALL: "/guarded"}


def _gate(directory: Path, backend_port: int) -> dict[str, Target]:
    gate = rollout.start(directory, core=PROXY_CORE)
    control = gate.control()
    routes = {PATHS[name]: guards for name, guards in GUARDS.items()}
    api = control.import_api(rollout.document(f"http://127.0.0.1:{backend_port}/parts", routes))
    control.deploy(api, definition.STAGE)
    rollout.admit(control, api)
    control.update_stage(
        api,
        definition.STAGE,
        ("replace", "/*/*/throttling/rateLimit", "1000000"),
        ("replace", "/*/*/throttling/burstLimit", "1000000"),
    )
    peers.log_accesses(control, api)
    control.close()
    targets = {}
    for name, path in PATHS.items():
        paths = directory / (path.strip("/") + ".txt")
        paths.write_text(f"/{definition.STAGE}{path}\n")
        targets[name] = Target(gate.gateway_port, gate.host(api), gate.pid, paths, SCRIPT)
    return targets


def _targets(directory: Path, backend_port: int) -> dict[str, Target]:
    return {BASELINE: baseline(directory / BASELINE, backend_port)._replace(script=SCRIPT)} | _gate(directory / "gate", backend_port)


if __name__ == "__main__":
    SECTION = ("guards", "Guarded routes beside nginx")
    raise SystemExit(run(__doc__, SECTION, Held(ALL, LIMIT, "a token and an API key"), _targets))
