#!/usr/bin/env python3
"""Compare guarded routes with nginx's proxy_pass and its access log: a cached Lambda authorizer, then every guard together.

Every proxy has core 0 to itself while it is loaded; wrk and the back end share core 1.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from harness import definition, nginx, packages, peers, procfs, results, wrk
from harness.control import REGION, Control
from harness.peers import BASELINE
from harness.ports import free
from harness.spread import spread
from harness.stagegate import Stagegate

PROXY_CORE, LOAD_CORE = 0, 1
LIMIT = 1.1  # times the baseline's CPU per request
CONNECTIONS = 32
# lua/guarded.lua sends this key.
KEY = "bench-key-bench-key-bench-key"
ALLOW = """
STATEMENT = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": "*"}


def handler(event, context):
    policy = {"Version": "2012-10-17", "Statement": [STATEMENT]}
    return {"principalId": "bench", "policyDocument": policy, "context": {"tier": "gold"}}
"""
SETTINGS = """
[functions.guard]
code = "{code}"
handler = "app.handler"
runtime = "python3.12"
"""
OPEN, AUTHORIZER, ALL = "open", "cached authorizer", "API key, usage plan, stage throttle, cached authorizer"
SENT = "a token and an API key"
PATHS = {OPEN: "/open", AUTHORIZER: "/authorizer", ALL: "/guarded"}


class Sample(NamedTuple):
    """One round."""

    cpu_us: float
    rate: float
    p99_ms: float
    failed: int


class Target(NamedTuple):
    """What is loaded: where it listens, whose CPU counts, what it is asked for."""

    port: int
    host: str
    pid: int
    paths: Path
    script: str = "guarded.lua"


def _document(backend: str) -> definition.Definition:
    """Three routes to the same back end, guarded more and more."""
    uri = f"arn:aws:lambda:{REGION}:000000000000:function:guard"
    authorizer = {
        "type": "token",
        "authorizerUri": f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{uri}/invocations",
        "authorizerResultTtlInSeconds": 3600,
    }
    key: definition.Definition = {"type": "apiKey", "in": "header", "name": "x-api-key"}
    token = {**key, "name": "Authorization", "x-amazon-apigateway-authtype": "custom"}
    token["x-amazon-apigateway-authorizer"] = authorizer
    guards = {OPEN: [], AUTHORIZER: [{"token": []}], ALL: [{"token": [], "key": []}]}
    paths = {}
    for name, path in PATHS.items():
        operation = definition.integrated({"type": "http_proxy", "httpMethod": "GET", "uri": f"{backend}/parts"})
        paths[path] = {"get": {**operation, "security": guards[name]}}
    schemes = {"securitySchemes": {"token": token, "key": key}}
    return {**definition.api("guards", paths), "components": schemes}


def _admit(control: Control, api: str) -> None:
    """A key in a usage plan of the stage, with rates that are never reached."""
    rates = {"rateLimit": 1e6, "burstLimit": 1_000_000}
    key = control.call("POST", "/apikeys", {"name": "bench", "value": KEY, "enabled": True})["id"]
    stages = [{"apiId": api, "stage": definition.STAGE}]
    quota = {"limit": 1_000_000_000, "period": "MONTH"}
    plan = {"name": "bench", "throttle": rates, "quota": quota, "apiStages": stages}
    plan_id = control.call("POST", "/usageplans", plan)["id"]
    control.call("POST", f"/usageplans/{plan_id}/keys", {"keyId": key, "keyType": "API_KEY"})
    control.update_stage(
        api,
        definition.STAGE,
        ("replace", "/*/*/throttling/rateLimit", "1000000"),
        ("replace", "/*/*/throttling/burstLimit", "1000000"),
    )


def _gate(directory: Path, backend_port: int) -> dict[str, Target]:
    code = directory / "code"
    code.mkdir(parents=True)
    (code / "app.py").write_text(ALLOW)
    gate = Stagegate(directory, core=PROXY_CORE, cores=1, config=SETTINGS.format(code=code))
    gate.start()
    control = gate.control()
    api = control.import_api(_document(f"http://127.0.0.1:{backend_port}"))
    control.deploy(api, definition.STAGE)
    _admit(control, api)
    peers.log_accesses(control, api)
    control.close()
    targets = {}
    for name, path in PATHS.items():
        paths = directory / (path.strip("/") + ".txt")
        paths.write_text(f"/{definition.STAGE}{path}\n")
        targets[name] = Target(gate.gateway_port, gate.host(api), gate.pid, paths)
    return targets


def baseline(directory: Path, backend_port: int) -> Target:
    peer = peers.start(BASELINE, directory, backend_port, PROXY_CORE)
    paths = directory / "paths.txt"
    paths.write_text(f"/{definition.STAGE}/open\n")
    return Target(peer.port, peer.host, peer.pid, paths)


def measure(target: Target, duration_s: float) -> Sample:
    """Load one target once; CPU is what its whole process tree used meanwhile."""
    before = procfs.cpu_s(target.pid)
    load = wrk.run(
        target.port,
        target.host,
        target.paths,
        core=LOAD_CORE,
        connections=CONNECTIONS,
        duration_s=duration_s,
        script=target.script,
    )
    used_s = procfs.cpu_s(target.pid) - before
    return Sample(used_s * 1e6 / max(load.requests, 1), load.requests / load.duration_s, load.p99_ms, load.failed)


def rounds(targets: dict[str, Target], count: int, duration_s: float) -> dict[str, list[Sample]]:
    """`count` rounds of every target, the order turned around each time."""
    taken: dict[str, list[Sample]] = {name: [] for name in targets}
    for target in targets.values():
        measure(target, 1.0)  # the authorizer's function is asked here, once
    for number in range(count):
        for name in list(targets) if number % 2 == 0 else reversed(list(targets)):
            sample = measure(targets[name], duration_s)
            taken[name].append(sample)
            print(
                f"round {number + 1}/{count} {name:56} {sample.cpu_us:6.2f} us/request {sample.rate:8.0f}/s "
                f"p99 {sample.p99_ms:.2f} ms failed {sample.failed}",
                flush=True,
            )
            time.sleep(0.2)
    return taken


def report(
    taken: dict[str, list[Sample]], count: int, duration_s: float, *, held: str = ALL, limit: float = LIMIT, sent: str = SENT
) -> tuple[str, bool]:
    """The section, and whether the threshold of what is `held` to one holds and no request failed."""
    base = taken[BASELINE]
    rows, holds = [], True
    for name, samples in taken.items():
        ratio = spread([ours.cpu_us / max(theirs.cpu_us, 1e-9) for ours, theirs in zip(samples, base)])
        if name == held:
            holds = ratio.median <= limit
        rows.append(
            [
                name,
                "1" if name == BASELINE else ratio.text(2),
                f"{statistics.median(each.cpu_us for each in samples):.1f}",
                f"{statistics.median(each.rate for each in samples):.0f}",
                f"{statistics.median(each.p99_ms for each in samples):.2f}",
                str(sum(each.failed for each in samples)),
            ]
        )
    text = (
        f"Saturation (closed loop), {count} interleaved rounds of {duration_s:g} s, {CONNECTIONS} connections; every request "
        f"has {sent}. Access logs are on. CPU is user + system of the whole process tree.\n\n"
        f"CPU per request, {held}: at most {limit:g} × {BASELINE}: {results.verdict(holds)}.\n\n"
    )
    columns = ["", f"CPU, × {BASELINE} [95 %]", "CPU µs/request", "requests/s", "p99 ms", "failed"]
    failed = any(each.failed for samples in taken.values() for each in samples)
    return text + results.table(columns, rows), holds and not failed


def main() -> int:
    """Run the comparison; 1 if the guards cost more than the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="2 short rounds, results not kept")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=4.0, help="length of a round")
    options = parser.parse_args()
    count = 2 if options.quick else min(options.rounds, 200)
    duration_s = 1.0 if options.quick else min(options.seconds, 60.0)
    packages.install()
    with tempfile.TemporaryDirectory(prefix="stagegate-bench-") as scratch:
        directory = Path(scratch)
        (backend_port,) = free(1)
        nginx.backend(directory / "backend", backend_port, LOAD_CORE)
        targets = {BASELINE: baseline(directory / BASELINE, backend_port)}
        targets.update(_gate(directory / "gate", backend_port))
        taken = rounds(targets, count, duration_s)
    text, holds = report(taken, count, duration_s)
    results.publish("guards", "Guarded routes beside nginx", text, keep=not options.quick)
    return 0 if holds or options.quick else 1


if __name__ == "__main__":
    raise SystemExit(main())
