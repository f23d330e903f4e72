#!/usr/bin/env python3
"""Measure the time from spawn to ready with 1,000 imported and deployed APIs in the store."""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from pathlib import Path
from typing import Callable

from harness import definition, procfs, results
from harness.fetch import Fetch
from harness.spread import spread
from harness.stagegate import Stagegate

LIMIT_S = 1.0
SERVICES = 1  # ten routes an API
_BACKEND = "http://127.0.0.1:9"  # never called
_PROBE = "probe"


def _definition(number: int) -> definition.Definition:
    document = definition.services(f"api {number}", _BACKEND, SERVICES)
    answer = {"statusCode": "200"}
    mock = {
        "type": "mock",
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "responses": {"default": answer},
    }
    responses = {"200": {"description": "ready"}}
    document["paths"][f"/{_PROBE}"] = {"get": {"responses": responses, "x-amazon-apigateway-integration": mock}}
    return document


def fill(
    gate: Stagegate, count: int, clients: int, make: Callable[[int], definition.Definition] = _definition
) -> list[str]:
    """Import and deploy `count` APIs of `make(number)` over `clients` connections; their ids."""
    ids: list[str] = []
    faults: list[BaseException] = []

    def work(first: int) -> None:
        control = gate.control()
        try:
            for number in range(first, count, clients):
                api = control.import_api(make(number))
                control.deploy(api, definition.STAGE)
                ids.append(api)
        except BaseException as fault:
            faults.append(fault)
        finally:
            control.close()

    threads = [threading.Thread(target=work, args=(first,), daemon=True) for first in range(clients)]
    for thread in threads:
        thread.start()
    end = time.monotonic() + 900
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    if faults:
        raise faults[0]
    if len(ids) != count:
        raise RuntimeError(f"{len(ids)} of {count} APIs after 900 s")
    return ids


def main() -> int:
    """Fill a store, then start on it again and again; 1 if the median is over the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="50 APIs, 3 starts, results not kept")
    parser.add_argument("--apis", type=int, default=1000)
    parser.add_argument("--starts", type=int, default=11)
    options = parser.parse_args()
    count = 50 if options.quick else min(options.apis, 20_000)
    starts = 3 if options.quick else min(options.starts, 100)
    with tempfile.TemporaryDirectory(prefix="stagegate-bench-") as scratch:
        gate = Stagegate(Path(scratch), core=None, cores=1)
        gate.start()
        begin = time.monotonic()
        ids = fill(gate, count, clients=4)
        filled_s = time.monotonic() - begin
        gate.stop()
        times_s, rss_mib, served = [], 0.0, 0
        for _ in range(starts):
            times_s.append(gate.start())
            rss_mib = procfs.rss_bytes(gate.pid) / 2**20
            for api in (ids[0], ids[len(ids) // 2], ids[-1]):
                fetch = Fetch(gate.gateway_port, gate.host(api))
                served += fetch.get(f"/{definition.STAGE}/{_PROBE}")[0] == 200
                fetch.close()
            gate.stop()
    found = spread(times_s)
    holds = found.median < LIMIT_S and served == 3 * starts
    body = (
        f"{count} imported and deployed APIs of 11 routes each, {starts} starts; ready is the first 200 of "
        "`/readyz`, polled every millisecond.\n\n"
    )
    body += results.table(
        ["start to ready s, median [95 %]", "slowest s", "RSS MiB", "served right after ready", "filling s"],
        [[found.text(), f"{max(times_s):.3f}", f"{rss_mib:.0f}", f"{served}/{3 * starts}", f"{filled_s:.1f}"]],
    )
    body += f"\n\nUnder {LIMIT_S:g} s: {results.verdict(holds)}."
    results.publish("start", f"Start to ready with {count:,} APIs", body, keep=not options.quick)
    return 0 if holds or options.quick else 1


if __name__ == "__main__":
    raise SystemExit(main())
