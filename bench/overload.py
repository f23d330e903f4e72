#!/usr/bin/env python3
"""Offer Stagegate five times what it can take, four ways, and measure what still gets through.

requests           the budget of requests in flight, a slow back end, an open loop at 5 × the peak rate
requests-storm     the same budget, a fast back end, 5 × as many clients that come back at once when refused
connections-storm  the budget of connections, 5 × as many clients that come back at once when refused
crowd              budgets that allow it, 5 × the connections that saturate the core

Rounds at the peak and overloaded rounds alternate; nginx passes through `crowd` as well, for comparison.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from harness import children, definition, nginx, packages, results, wrk
from harness.ports import free, wait_open
from harness.spread import spread
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


class Load(NamedTuple):
    """One round, in answers a second: 200, refused, lost without an answer."""

    good: float
    refused: float
    broken: float


@dataclass
class Outcome:
    """One way of overload."""

    budgeted: bool  # refusals must be seen, or nothing was overloaded
    calm: Watch | None = None
    watch: Watch | None = None
    peaks: list[Load] = field(default_factory=list)
    overloads: list[Load] = field(default_factory=list)

    def shares(self) -> list[float]:
        """Goodput to the peak just before."""
        return [over.good / max(peak.good, 1e-9) for peak, over in zip(self.peaks, self.overloads)]

    def row(self, name: str) -> list[str]:
        """The row in the results, without the verdict."""
        rates = [
            statistics.median(peak.good for peak in self.peaks),
            *(statistics.median(getattr(over, kind) for over in self.overloads) for kind in Load._fields),
        ]
        row = [name, *(f"{rate:.0f}" for rate in rates), spread(self.shares()).text()]
        if not (self.calm and self.watch):
            return [*row, "", "", ""]
        first, second = self.watch.halves_mib()
        reached = f"{self.watch.probes - self.watch.unreachable}/{self.watch.probes}"
        memory = f"{max(self.calm.rss_mib, default=0.0):.0f} → {first:.0f} → {second:.0f}"
        return [*row, memory, reached, f"{self.watch.slowest_ms:.0f}"]

    def holds(self) -> bool:
        """Goodput, memory and reachability all within bounds."""
        if self.budgeted and not any(over.refused for over in self.overloads):
            return False
        bounded = reached = True
        if self.watch:
            first, second = self.watch.halves_mib()
            bounded = second <= first * GROWTH_LIMIT + GROWTH_SLACK_MIB
            reached = self.watch.unreachable == 0
        return statistics.median(self.shares()) >= GOODPUT_LIMIT and bounded and reached


def _gate(directory: Path, backend_port: int, config: str) -> tuple[Stagegate, str]:
    """A Stagegate on core 0 with one proxied route; with the Host that addresses it."""
    gate = Stagegate(directory, core=0, cores=1, config=config)
    gate.start()
    control = gate.control()
    backend = f"http://127.0.0.1:{backend_port}"
    api = control.import_api(definition.api("overload", {"/item": {"get": definition.proxied(backend, "/item")}}))
    control.deploy(api, definition.STAGE)
    control.close()
    return gate, gate.host(api)


def _closed(directory: Path, port: int, host: str, connections: int, duration_s: float) -> Load:
    """wrk as fast as it goes."""
    paths = directory / "paths.txt"
    paths.write_text(PATH + "\n")
    load = wrk.run(port, host, paths, core=1, connections=connections, duration_s=duration_s)
    counts = (load.requests - load.bad_status, load.bad_status, load.socket_errors)
    return Load(*(count / load.duration_s for count in counts))


def _open(gate: Stagegate, host: str, rate: float, duration_s: float) -> Load:
    """An open loop at `rate` a second."""
    argv = [sys.executable, str(HERE / "open_loop.py"), str(gate.gateway_port), host, PATH]
    child = children.spawn([*argv, str(rate), str(duration_s)], core=1, pipe=True)
    try:
        output, errors = child.communicate(timeout=duration_s + 30)
    except subprocess.TimeoutExpired as late:
        raise RuntimeError("the open loop did not end") from late
    finally:
        children.stop(child)
    if not output:
        raise RuntimeError(errors.decode())
    seen = json.loads(output)
    counts = (seen["good"], seen["refused"], seen["broken"] + seen["other"] + seen["unsent"])
    return Load(*(count / duration_s for count in counts))


def requests_in_flight(directory: Path, rounds: int, duration_s: float) -> Outcome:
    """The budget of requests in flight is the capacity: the back end takes 40 ms for each."""
    (backend_port,) = free(1)
    slow = [sys.executable, str(HERE / "slow_backend.py"), str(backend_port), str(DELAY_MS)]
    children.spawn(slow, core=1)
    wait_open(backend_port)
    gate, host = _gate(directory, backend_port, f"requests_max = {IN_FLIGHT}\n")
    outcome = Outcome(True, Watch(gate), Watch(gate))
    assert outcome.calm and outcome.watch
    for _ in range(rounds):
        with outcome.calm:
            outcome.peaks.append(_closed(directory, gate.gateway_port, host, IN_FLIGHT, duration_s))
        with outcome.watch:
            outcome.overloads.append(_open(gate, host, TIMES * outcome.peaks[-1].good, duration_s))
    gate.stop()
    return outcome


def _crowded(directory: Path, rounds: int, duration_s: float, config: str) -> Outcome:
    """`CONNECTIONS` closed-loop connections for the peak, then five times as many."""
    (backend_port,) = free(1)
    nginx.backend(directory / "backend", backend_port, 1)
    gate, host = _gate(directory, backend_port, config)
    outcome = Outcome(bool(config), Watch(gate), Watch(gate))
    assert outcome.calm and outcome.watch
    for _ in range(rounds):
        with outcome.calm:
            outcome.peaks.append(_closed(directory, gate.gateway_port, host, CONNECTIONS, duration_s))
        with outcome.watch:
            crowd = _closed(directory, gate.gateway_port, host, TIMES * CONNECTIONS, duration_s)
        outcome.overloads.append(crowd)
    gate.stop()
    return outcome


def requests_storm(directory: Path, rounds: int, duration_s: float) -> Outcome:
    """More clients than requests may be in flight; each refused one connects and tries again at once."""
    return _crowded(directory, rounds, duration_s, f"requests_max = {CONNECTIONS}\n")


def connections_storm(directory: Path, rounds: int, duration_s: float) -> Outcome:
    """More clients than the budget of connections; each refused one tries again at once."""
    return _crowded(directory, rounds, duration_s, f"connections_max = {CONNECTIONS}\n")


def crowd(directory: Path, rounds: int, duration_s: float) -> Outcome:
    """All within the budgets: only the core is short."""
    return _crowded(directory, rounds, duration_s, "")


def nginx_crowd(directory: Path, rounds: int, duration_s: float) -> Outcome:
    """The same crowd before nginx with its access log on."""
    backend_port, port = free(2)
    nginx.backend(directory / "backend", backend_port, 1)
    nginx.proxy(directory / "proxy", port, backend_port, 0, log=True, keepalive=512)
    outcome = Outcome(False)
    for _ in range(rounds):
        outcome.peaks.append(_closed(directory, port, "bench", CONNECTIONS, duration_s))
        outcome.overloads.append(_closed(directory, port, "bench", TIMES * CONNECTIONS, duration_s))
    return outcome


WAYS = {
    "requests": requests_in_flight,
    "requests-storm": requests_storm,
    "connections-storm": connections_storm,
    "crowd": crowd,
    "nginx-crowd": nginx_crowd,
}


def main() -> int:
    """Run all ways; 1 if one of Stagegate's is out of bounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="short, results not kept")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=4.0, help="length of a round")
    parser.add_argument("--ways", default=",".join(WAYS), help="which, comma-separated")
    options = parser.parse_args()
    rounds = 2 if options.quick else min(options.rounds, 100)
    duration_s = 2.0 if options.quick else min(options.seconds, 60.0)
    packages.install()
    rows, all_hold = [], True
    with tempfile.TemporaryDirectory(prefix="stagegate-bench-") as scratch:
        for name in options.ways.split(","):
            outcome = WAYS[name](Path(scratch) / name, rounds, duration_s)
            judged = outcome.watch is not None
            rows.append([*outcome.row(name), results.verdict(outcome.holds()) if judged else "compare"])
            all_hold &= outcome.holds() or not judged
            children.stop_all()
    body = (
        f"{rounds} rounds of {duration_s:g} s each at the peak and overloaded, alternating. `requests`: budget of "
        f"{IN_FLIGHT} requests in flight, a back end that takes {DELAY_MS} ms, an open loop at {TIMES} × the peak rate. "
        f"`requests-storm` and `connections-storm`: a budget of {CONNECTIONS} of these, a fast back end, {TIMES} × as many "
        "clients, the refused ones back at once. "
        f"`crowd`: default budgets, {TIMES} × {CONNECTIONS} connections on a full core; `nginx-crowd`: the same before "
        "nginx with its access log on. Answers per second, medians. Broken: closed without an answer. RSS: at the peak → "
        "first → second half of the overload. Reached: a signed control call and `/healthz`, ten times a second, each on "
        "a new connection.\n\n"
    )
    header = ["way", "peak", "goodput", "refused", "broken", "goodput ÷ peak [95 %]", "RSS MiB", "reached"]
    header += ["slowest probe ms", f"≥ {GOODPUT_LIMIT:.0%}, bounded, reached"]
    results.publish("overload", f"Overload, {TIMES} ×", body + results.table(header, rows), keep=not options.quick)
    return 0 if all_hold or options.quick else 1


if __name__ == "__main__":
    raise SystemExit(main())
