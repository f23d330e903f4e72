#!/usr/bin/env python3
"""Serve half of what is possible for half an hour while everything is changed, beside nginx: memory, failures, latency.

Stagegate and nginx have core 0, one at a time under load; wrk and the back end share core 1. Each minute loads both at half the
rate that each can take, nginx for a sixth of it, so that a slow minute of a shared machine hits both.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from harness import children, definition, nginx, packages, peers, procfs, results, rollout, stagegate, wrk
from harness.peers import BASELINE
from harness.ports import free
from harness.spread import Spread, spread

GATE_CORE, LOAD_CORE = 0, 1
CONNECTIONS = 64
GROWTH_LIMIT = 0.02
# Minutes until memory is taken for the first time: caches and pools are full by then.
WARM_MINUTES = 5
NGINX_SHARE = 1 / 6


class Target(NamedTuple):
    """What is loaded."""

    port: int
    host: str
    paths: Path


class Minute(NamedTuple):
    """What one minute saw."""

    ours: wrk.Round
    nginx: wrk.Round
    rss_mib: float

    @property
    def ratio(self) -> float:
        """Our p99 by nginx's."""
        return self.ours.p99_ms / max(self.nginx.p99_ms, 1e-6)


def _load(target: Target, duration_s: float, pause_ms: float, connections: int = CONNECTIONS) -> wrk.Round:
    argv = wrk.command(
        target.port, target.host, target.paths, connections=connections, duration_s=duration_s, script="paced.lua"
    )
    child = children.spawn([*argv, str(pause_ms)], core=LOAD_CORE, pipe=True)
    try:
        output, errors = child.communicate(timeout=duration_s + 30)
    finally:
        children.stop(child)
    return wrk.figures(output.decode() + errors.decode())


def _pause_ms(target: Target, duration_s: float) -> float:
    """How long each connection waits so that together they ask for half of what is possible."""
    full = wrk.run(
        target.port,
        target.host,
        target.paths,
        core=LOAD_CORE,
        connections=CONNECTIONS,
        duration_s=duration_s,
        script="guarded.lua",
    )
    return max(1.0, CONNECTIONS / (full.requests / full.duration_s / 2) * 1e3)


def _targets(directory: Path, backend_port: int) -> tuple[rollout.Rollout, int, dict[str, Target], list[peers.Peer]]:
    gate = rollout.start(directory / "stagegate", core=GATE_CORE)
    changes = rollout.Rollout(gate, f"http://127.0.0.1:{backend_port}")
    ours = directory / "ours.txt"
    ours.write_text("".join(f"/{definition.STAGE}{path}\n" for path in rollout.ROUTES))
    baseline = peers.start(BASELINE, directory / "nginx", backend_port, GATE_CORE)
    theirs = directory / "theirs.txt"
    theirs.write_text(f"/{definition.STAGE}/open\n")
    targets = {
        "ours": Target(gate.gateway_port, gate.host(changes.api), ours),
        "nginx": Target(baseline.port, baseline.host, theirs),
    }
    logs = peers.Peer("stagegate", gate.gateway_port, gate.pid, "", directory / "stagegate" / "data" / "logs")
    return changes, gate.pid, targets, [baseline, logs]


def soak(directory: Path, minutes: int, minute_s: float) -> tuple[list[Minute], rollout.Rollout, dict[str, float]]:
    """Load and change; what each minute saw, what was changed, and the rates at half load."""
    (backend_port,) = free(1)
    nginx.backend(directory / "backend", backend_port, LOAD_CORE)
    changes, pid, targets, logged = _targets(directory, backend_port)
    pauses = {name: _pause_ms(target, min(5.0, minute_s / 4)) for name, target in targets.items()}
    taken: list[Minute] = []
    with changes:
        for number in range(minutes):
            begin = time.monotonic()
            ours = _load(targets["ours"], minute_s * (1 - NGINX_SHARE) - 0.5, pauses["ours"])
            theirs = _load(targets["nginx"], minute_s * NGINX_SHARE - 0.5, pauses["nginx"])
            taken.append(Minute(ours, theirs, procfs.rss_bytes(pid) / 2**20))
            for peer in logged:
                peer.cut_logs()
            print(
                f"minute {number + 1}/{minutes} {ours.requests / ours.duration_s:7.0f}/s p99 {ours.p99_ms:6.2f} ms, nginx "
                f"{theirs.p99_ms:6.2f} ms, failed {ours.failed}, {taken[-1].rss_mib:6.1f} MiB, changes {sum(changes.done.values())}",
                flush=True,
            )
            time.sleep(max(0.0, begin + minute_s - time.monotonic()))
            if changes.failed:
                break
    loads = {"ours": [one.ours for one in taken], "nginx": [one.nginx for one in taken]}
    rates = {name: statistics.median(one.requests / one.duration_s for one in rounds) for name, rounds in loads.items()}
    return taken, changes, rates


def _ends(taken: list[Minute]) -> tuple[Spread, Spread]:
    """The ratio of the p99s in the first and in the last third of the minutes after the warm ones."""
    ratios = [minute.ratio for minute in taken[min(WARM_MINUTES, len(taken) - 2) :]]
    third = max(1, len(ratios) // 3)
    return spread(ratios[:third]), spread(ratios[-third:])


def _growth(taken: list[Minute]) -> tuple[float, float]:
    """Memory after the warm minutes and at the end: medians of three minutes, in MiB."""
    warm = min(WARM_MINUTES, len(taken) - 1)
    rss = [minute.rss_mib for minute in taken]
    return statistics.median(rss[warm : warm + 3]), statistics.median(rss[-3:])


def report(taken: list[Minute], changes: rollout.Rollout, rates: dict[str, float]) -> tuple[str, bool]:
    """The section, and whether every threshold holds."""
    failed = sum(minute.ours.failed for minute in taken)
    (first, last), (warm_mib, end_mib) = _ends(taken), _growth(taken)
    growth = end_mib / warm_mib - 1
    no_worse = last.low <= first.high
    holds = failed == 0 and not changes.failed and growth < GROWTH_LIMIT and no_worse
    requests = sum(minute.ours.requests for minute in taken)
    done = ", ".join(f"{count} × {name}" for name, count in changes.done.items())
    body = (
        f"{CONNECTIONS} connections at half of what each can take ({rates['ours']:.0f}/s; nginx with its access log "
        f"{rates['nginx']:.0f}/s). A third of the requests passes a cached Lambda authorizer, an API key and a usage plan, a third "
        f"an authorizer and the response cache; access log and metrics are on. Meanwhile, four times a second: {done}. The slowest "
        f"of these took {changes.slowest_ms:.0f} ms.\n\n"
    )
    header = ["minutes", "requests", "failed", "p99 by nginx's, first third", "last third", "RSS after 5 min, MiB", "at the end"]
    row = [str(len(taken)), str(requests), str(failed), first.text(2), last.text(2), f"{warm_mib:.1f}", f"{end_mib:.1f}"]
    body += results.table([*header, "growth"], [[*row, f"{growth:+.1%}"]])
    body += (
        f"\n\nNone failed: {results.verdict(failed == 0 and not changes.failed)}. Growth under {GROWTH_LIMIT:.0%}: "
        f"{results.verdict(growth < GROWTH_LIMIT)}. p99 beside nginx's no worse at the end, beyond its interval: "
        f"{results.verdict(no_worse)}."
    )
    for refusal in changes.failed:
        body += f"\n\n    {refusal}"
    return body, holds


def main() -> int:
    """Run and report; 1 if a threshold is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="six minutes of ten seconds, not kept")
    parser.add_argument("--minutes", type=int, default=30)
    options = parser.parse_args()
    packages.install()
    if not (options.quick and stagegate.BINARY.exists()):
        stagegate.build()
    minutes, minute_s = (6, 10.0) if options.quick else (max(8, options.minutes), 60.0)
    with tempfile.TemporaryDirectory(prefix="stagegate-bench-") as scratch:
        body, holds = report(*soak(Path(scratch), minutes, minute_s))
    results.publish("soak", "Half an hour of changes at half load", body, keep=not options.quick)
    return 0 if holds or options.quick else 1


if __name__ == "__main__":
    raise SystemExit(main())
