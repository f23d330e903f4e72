#!/usr/bin/env python3
"""Measure 1,000,000 API keys in 10,000 usage plans: look-up, memory, start and live changes, also beside 10,000 APIs."""

from __future__ import annotations

import argparse
import base64
import http.client
import os
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from harness import definition, machine, procfs, results
from harness.ports import HOST
from harness.spread import spread
from harness.stagegate import Stagegate

LIMIT_BYTES = 300
LIMIT_START_S = 3.0
LIMIT_LIVE_MS = 20.0
# How much dearer a look-up among all keys may be than one among a thousand, beside the same run's noise.
LIMIT_RATIO = 1.1
REQUESTS = 20_000
CHANGES = 100
ROUNDS = 7


@dataclass
class Store:
    """A store of so many keys in so many plans, and the API that they are for."""

    directory: Path
    keys: int
    plans: int
    api: str = ""
    secret: str = field(default_factory=lambda: base64.b64encode(os.urandom(32)).decode())


def document() -> definition.Definition:
    """One MOCK route for callers with a key, and one that shows a variable of the stage."""
    mock = {
        "type": "mock",
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "responses": {"default": {"statusCode": "200"}},
    }
    operation = {
        "responses": {"200": {"description": ""}},
        "security": [{"api_key": []}],
        "x-amazon-apigateway-integration": mock,
    }
    shown = {"default": {"statusCode": "200", "responseTemplates": {"application/json": "$stageVariables.mark"}}}
    mark = {
        "responses": {"200": {"description": ""}},
        "x-amazon-apigateway-integration": {**mock, "responses": shown},
    }
    made = definition.api("keys", {"/k": {"get": operation}, "/mark": {"get": mark}})
    scheme = {"type": "apiKey", "name": "x-api-key", "in": "header"}
    return {**made, "components": {"securitySchemes": {"api_key": scheme}}}


def fill(tool: str, directory: Path, *arguments: str | int) -> None:
    """Write into the store of a server that does not run."""
    argv = ["cargo", "run", "-q", "--release", "-p", "stagegate-testkit", "--example", tool, "--"]
    argv += [str(directory / "data" / "stagegate.db"), *map(str, arguments)]
    subprocess.run(argv, check=True, timeout=1800, cwd=machine.ROOT)


def value(number: int) -> str:
    """The value that the tool gives a key."""
    return f"bench-key-{number:010}-value"


class Caller:
    """One kept connection."""

    def __init__(self, gate: Stagegate, api: str) -> None:
        self.connection = http.client.HTTPConnection(HOST, gate.gateway_port, timeout=10)
        self.host = gate.host(api)

    def mark(self) -> str:
        """The variable of the stage."""
        self.connection.request("GET", f"/{definition.STAGE}/mark", headers={"Host": self.host})
        return self.connection.getresponse().read().decode()

    def get(self, key: str) -> int:
        """The status of one request with a key."""
        self.connection.request("GET", f"/{definition.STAGE}/k", headers={"Host": self.host, "x-api-key": key})
        answer = self.connection.getresponse()
        answer.read()
        return answer.status


def cpu_us(gate: Stagegate, api: str, keys: int, plans: int) -> float:
    """CPU of one request of a key of the stage's plan, in microseconds; keys are spread over all there are."""
    caller = Caller(gate, api)
    step = max(1, keys // plans // REQUESTS)
    # Keys of the first plan alone have access to the stage.
    numbers = [plans * (step * index % max(1, keys // plans)) for index in range(REQUESTS)]
    for number in numbers[:500]:
        if caller.get(value(number)) != 200:
            raise RuntimeError(f"key {number} is not let in")
    before = procfs.cpu_s(gate.pid)
    for number in numbers:
        caller.get(value(number))
    return (procfs.cpu_s(gate.pid) - before) / REQUESTS * 1e6


def live_ms(gate: Stagegate, api: str, plans: int) -> list[float]:
    """From the acknowledgement of UpdateApiKey to the first request that sees it."""
    control, caller = gate.control(), Caller(gate, api)
    taken = []
    for change in range(CHANGES):
        # A key of the first plan.
        number, enabled = plans * 3, change % 2 == 1
        control.patch(f"/apikeys/k{number:09}", ("replace", "/enabled", str(enabled).lower()))
        acknowledged = time.monotonic()
        while caller.get(value(number)) != (200 if enabled else 403):
            if time.monotonic() > acknowledged + 2:
                raise RuntimeError("a change is not live after 2 s")
        taken.append((time.monotonic() - acknowledged) * 1e3)
    control.close()
    return taken


def stage_live_ms(gate: Stagegate, api: str) -> list[float]:
    """From the acknowledgement of UpdateStage to the first request that sees it."""
    control, caller = gate.control(), Caller(gate, api)
    taken = []
    for change in range(CHANGES):
        control.update_stage(api, definition.STAGE, ("replace", "/variables/mark", f"m{change}"))
        acknowledged = time.monotonic()
        while caller.mark() != f"m{change}":
            if time.monotonic() > acknowledged + 2:
                raise RuntimeError("a change is not live after 2 s")
        taken.append((time.monotonic() - acknowledged) * 1e3)
    control.close()
    return taken


def beside_apis(store: Store, apis: int) -> tuple[list[str], float]:
    """The store with so many APIs more: a row of the second table, and the longest change in milliseconds."""
    os.environ["STAGEGATE_SECRET_KEY"] = store.secret
    fill("fill_apis", store.directory, store.api, apis)
    gate = Stagegate(store.directory, core=None, cores=1)
    started = gate.start(limit_s=300)
    key, stage = live_ms(gate, store.api, store.plans), stage_live_ms(gate, store.api)
    gate.stop()
    changes = [f"{spread(taken).median:.2f} ms, at most {max(taken):.2f} ms" for taken in (key, stage)]
    return [f"{apis:,}", f"{started:.2f} s", *changes], max(*key, *stage)


def lookups(stores: list[Store]) -> list[float]:
    """CPU of one request in each store, in microseconds: the median of rounds taken in turns, for the machine has other work."""
    gates = []
    for store in stores:
        os.environ["STAGEGATE_SECRET_KEY"] = store.secret
        gates.append(Stagegate(store.directory, core=None, cores=1))
        gates[-1].start(limit_s=120)
    rounds = [
        [cpu_us(gate, store.api, store.keys, store.plans) for gate, store in zip(gates, stores)] for _ in range(ROUNDS)
    ]
    for gate in gates:
        gate.stop()
    return [spread(list(taken)).median for taken in zip(*rounds)]


def measure(store: Store) -> dict[str, float]:
    """Fills a store, and takes all of its figures but those of `lookups`."""
    os.environ["STAGEGATE_SECRET_KEY"] = store.secret
    gate = Stagegate(store.directory, core=None, cores=1)
    gate.start()
    control = gate.control()
    store.api = control.import_api(document())
    control.deploy(store.api, definition.STAGE)
    control.close()
    gate.stop()
    began = time.monotonic()
    empty = Stagegate(store.directory, core=None, cores=1)
    empty.start()
    empty_rss = procfs.rss_bytes(empty.pid)
    empty.stop()
    fill("fill_keys", store.directory, store.secret, store.api, definition.STAGE, store.keys, store.plans)
    print(f"{store.keys} keys written in {time.monotonic() - began:.0f} s", flush=True)
    starts = []
    for _ in range(3):
        gate = Stagegate(store.directory, core=None, cores=1)
        starts.append(gate.start(limit_s=120))
        rss = procfs.rss_bytes(gate.pid)
        if len(starts) < 3:
            gate.stop()
    live = live_ms(gate, store.api, store.plans)
    gate.stop()
    return {
        "bytes": (rss - empty_rss) / store.keys,
        "start": sorted(starts)[1],
        "live": max(live),
        "live_median": spread(live).median,
    }


def row(store: Store, found: dict[str, float]) -> list[str]:
    """A store's row of the table."""
    return [
        f"{store.keys:,}", f"{store.plans:,}", f"{found['cpu']:.1f} µs", f"{found['bytes']:.0f}", f"{found['start']:.2f} s",
        f"{found['live_median']:.2f} ms, at most {found['live']:.2f} ms",
    ]


def main() -> int:
    """Two stores, a small and a large one; 1 if a threshold is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="20,000 keys, results not kept")
    options = parser.parse_args()
    largest, plans, apis = (20_000, 200, 100) if options.quick else (1_000_000, 10_000, 10_000)
    with tempfile.TemporaryDirectory(prefix="stagegate-bench-") as scratch:
        small, large = Store(Path(scratch) / "small", 1_000, 10), Store(Path(scratch) / "large", largest, plans)
        base, found = measure(small), measure(large)
        base["cpu"], found["cpu"] = lookups([small, large])
        among, found["among"] = beside_apis(large, apis)
    ratio = found["cpu"] / base["cpu"]
    holds = {
        f"CPU of a request among all keys {ratio:.2f} × that among 1,000, at most {LIMIT_RATIO}": ratio <= LIMIT_RATIO,
        f"memory {found['bytes']:.0f} bytes a key, under {LIMIT_BYTES}": found["bytes"] < LIMIT_BYTES,
        f"start {found['start']:.2f} s, under {LIMIT_START_S:.0f} s": found["start"] < LIMIT_START_S,
        f"a change live {found['live']:.2f} ms after its acknowledgement, under {LIMIT_LIVE_MS:.0f} ms": found["live"] < LIMIT_LIVE_MS,
        f"the same among {apis:,} APIs {found['among']:.2f} ms, under {LIMIT_LIVE_MS:.0f} ms": found["among"] < LIMIT_LIVE_MS,
    }
    header = ["keys", "plans", "CPU a request", "bytes a key", "start", "change to live"]
    body = results.table(header, [row(small, base), row(large, found)]) + "\n\n"
    header = ["APIs beside these keys", "start", "change of a key to live", "change of a stage to live"]
    body += results.table(header, [among]) + "\n\n"
    body += "Bytes are of resident memory, over the same server without keys; starts are medians of three, CPU is the median of rounds\n"
    body += "in turns. A request is a MOCK's of a key of the stage's plan, with the plan's rate, over one connection.\n\n"
    body += "\n".join(f"- {text}: {results.verdict(held)}" for text, held in holds.items())
    results.publish("keys", "API keys: 1,000,000 in 10,000 usage plans", body, keep=not options.quick)
    return 0 if all(holds.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
