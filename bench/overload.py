#!/usr/bin/env python3
"""Offer Stagegate five times what it can take, three ways, and measure what still gets through.

requests    the budget of requests in flight, a slow back end, an open loop at 5 × the peak rate
connections the budget of connections, 5 × as many clients that come back at once when refused
crowd       budgets that allow it, 5 × the connections that saturate the core
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from harness import children, definition, nginx, packages, results, wrk
from harness.ports import free, wait_open
from harness.stagegate import Stagegate
from harness.watch import Watch

HERE = Path(__file__).resolve().parent
TIMES = 5
GOODPUT_LIMIT = 0.9
GROWTH_LIMIT = 1.1  # second half of the overload against the first
GROWTH_SLACK_MIB = 8.0
IN_FLIGHT, DELAY_MS = 16, 40
CONNECTIONS = 64
PATH = f"/{definition.STAGE}/item"


class Outcome(NamedTuple):
    """One way of overload."""

    peak: float
    goodput: float
    refused: float
    broken: float
    peak_mib: float
    budgeted: bool  # refusals must be seen, or nothing was overloaded
    watch: Watch

    def row(self, name: str) -> list[str]:
        """The row in the results."""
        first, second = self.watch.halves_mib()
        return [
            name,
            *(f"{value:.0f}" for value in (self.peak, self.goodput)),
            f"{self.goodput / max(self.peak, 1e-9):.3f}",
            *(f"{value:.0f}" for value in (self.refused, self.broken)),
            f"{self.peak_mib:.0f} → {first:.0f} → {second:.0f}",
            f"{self.watch.probes - self.watch.unreachable}/{self.watch.probes}",
            f"{self.watch.slowest_ms:.0f}",
        ]

    def holds(self) -> bool:
        """Goodput, memory and reachability all within bounds."""
        first, second = self.watch.halves_mib()
        bounded = second <= first * GROWTH_LIMIT + GROWTH_SLACK_MIB
        if self.budgeted and not self.refused:
            return False
        return self.goodput >= GOODPUT_LIMIT * self.peak and bounded and self.watch.unreachable == 0


def _gate(directory: Path, backend_port: int, config: str) -> tuple[Stagegate, str]:
    """A Stagegate on core 0 with one proxied route; with the Host that addresses it."""
    gate = Stagegate(directory, core=0, cores=1, config=config)
    gate.start()
    control = gate.control()
    backend = f"http://127.0.0.1:{backend_port}"
    api = control.import_api(definition.api("overload", {"/item": {"get": definition.proxied(backend, "/item")}}))
    control.deploy(api, definition.STAGE)
    control.close()
    (directory / "paths.txt").write_text(PATH + "\n")
    return gate, gate.host(api)


def _closed(gate: Stagegate, host: str, connections: int, duration_s: float) -> wrk.Round:
    paths = gate.directory / "paths.txt"
    return wrk.run(gate.gateway_port, host, paths, core=1, connections=connections, duration_s=duration_s)


def _goodput(load: wrk.Round) -> float:
    return (load.requests - load.bad_status) / load.duration_s


def requests_in_flight(directory: Path, duration_s: float) -> Outcome:
    """The budget of requests in flight is the capacity: the back end takes 40 ms for each."""
    (backend_port,) = free(1)
    slow = [sys.executable, str(HERE / "slow_backend.py"), str(backend_port), str(DELAY_MS)]
    children.spawn(slow, core=1)
    wait_open(backend_port)
    gate, host = _gate(directory, backend_port, f"requests_max = {IN_FLIGHT}\n")
    peak = _goodput(_closed(gate, host, IN_FLIGHT, duration_s / 2))
    with Watch(gate) as calm:
        _closed(gate, host, IN_FLIGHT, 2)
    argv = [sys.executable, str(HERE / "open_loop.py"), str(gate.gateway_port), host, PATH]
    with Watch(gate) as watch:
        child = children.spawn([*argv, str(TIMES * peak), str(duration_s)], core=1, pipe=True)
        try:
            output, errors = child.communicate(timeout=duration_s + 30)
        except subprocess.TimeoutExpired as late:
            raise RuntimeError("the open loop did not end") from late
        finally:
            children.stop(child)
    gate.stop()
    if not output:
        raise RuntimeError(errors.decode())
    seen = json.loads(output)
    rates = [seen[name] / duration_s for name in ("good", "refused")]
    broken = (seen["broken"] + seen["other"] + seen["unsent"]) / duration_s
    return Outcome(peak, rates[0], rates[1], broken, max(calm.rss_mib, default=0.0), True, watch)


def _crowded(directory: Path, duration_s: float, config: str) -> Outcome:
    """`CONNECTIONS` closed-loop connections for the peak, then five times as many."""
    (backend_port,) = free(1)
    nginx.backend(directory / "backend", backend_port, 1)
    gate, host = _gate(directory, backend_port, config)
    with Watch(gate) as calm:
        peak = _goodput(_closed(gate, host, CONNECTIONS, duration_s / 2))
    with Watch(gate) as watch:
        load = _closed(gate, host, TIMES * CONNECTIONS, duration_s)
    gate.stop()
    refused, broken = load.bad_status / load.duration_s, load.socket_errors / load.duration_s
    return Outcome(peak, _goodput(load), refused, broken, max(calm.rss_mib, default=0.0), bool(config), watch)


def connections(directory: Path, duration_s: float) -> Outcome:
    """More clients than the budget of connections; each refused one tries again at once."""
    return _crowded(directory, duration_s, f"connections_max = {CONNECTIONS}\n")


def crowd(directory: Path, duration_s: float) -> Outcome:
    """All within the budgets: only the core is short."""
    return _crowded(directory, duration_s, "")


WAYS = {"requests": requests_in_flight, "connections": connections, "crowd": crowd}


def main() -> int:
    """Run all ways; 1 if one is out of bounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="short, results not kept")
    parser.add_argument("--seconds", type=float, default=20.0, help="length of an overload")
    parser.add_argument("--ways", default=",".join(WAYS), help="which, comma-separated")
    options = parser.parse_args()
    duration_s = 4.0 if options.quick else min(options.seconds, 300.0)
    packages.install()
    rows, all_hold = [], True
    with tempfile.TemporaryDirectory(prefix="stagegate-bench-") as scratch:
        for name in options.ways.split(","):
            outcome = WAYS[name](Path(scratch) / name, duration_s)
            rows.append([*outcome.row(name), results.verdict(outcome.holds())])
            all_hold &= outcome.holds()
            children.stop_all()
    body = (
        f"{duration_s:g} s each. `requests`: budget of {IN_FLIGHT} requests in flight, a back end that takes {DELAY_MS} "
        f"ms, an open loop at {TIMES} × the peak rate. `connections`: budget of {CONNECTIONS} connections, {TIMES} × as "
        f"many clients, the refused ones back at once. `crowd`: default budgets, {TIMES} × {CONNECTIONS} connections on a "
        "full core. Rates per second. Broken: closed without an answer. RSS: at the peak → first → second half of the "
        "overload. Reached: a signed control call and `/healthz`, ten times a second, each on a new connection.\n\n"
    )
    header = ["way", "peak", "goodput", "share", "refused", "broken", "RSS MiB", "reached", "slowest probe ms"]
    body += results.table([*header, f"≥ {GOODPUT_LIMIT:.0%}, bounded, reached"], rows)
    results.publish("overload", f"Overload, {TIMES} ×", body, keep=not options.quick)
    return 0 if all_hold or options.quick else 1


if __name__ == "__main__":
    raise SystemExit(main())
