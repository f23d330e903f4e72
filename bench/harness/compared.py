"""Interleaved rounds of several targets under the same load, and what each costs beside the first."""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from harness import definition, nginx, packages, peers, procfs, results, wrk
from harness.peers import BASELINE
from harness.ports import free
from harness.spread import Spread, spread

PROXY_CORE, LOAD_CORE = 0, 1
CONNECTIONS = 32


class Sample(NamedTuple):
    """One round."""

    cpu_us: float
    rate: float
    p99_ms: float
    failed: int


class Target(NamedTuple):
    """What is loaded: where it listens, whose CPU counts, what it is asked for, by which script of wrk's."""

    port: int
    host: str
    pid: int
    paths: Path
    script: str = "spread.lua"


class Held(NamedTuple):
    """What is held to a limit: a target, by its CPU per request in times the first's; and what every request has."""

    name: str
    limit: float
    sent: str


def baseline(directory: Path, backend_port: int) -> Target:
    """nginx's proxy_pass with its access log, which knows of no guard."""
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
    """`count` rounds of every target, the order turned around each time; each is loaded for a second before."""
    taken: dict[str, list[Sample]] = {name: [] for name in targets}
    for target in targets.values():
        measure(target, 1.0)
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


def compare(taken: dict[str, list[Sample]], base: str) -> tuple[str, dict[str, Spread]]:
    """A table of what was taken, and the CPU per request of each in times that of `base` in the same round."""
    rows, ratios = [], {}
    for name, samples in taken.items():
        ratios[name] = spread([ours.cpu_us / max(theirs.cpu_us, 1e-9) for ours, theirs in zip(samples, taken[base])])
        rows.append(
            [
                name,
                "1" if name == base else ratios[name].text(2),
                f"{statistics.median(each.cpu_us for each in samples):.1f}",
                f"{statistics.median(each.rate for each in samples):.0f}",
                f"{statistics.median(each.p99_ms for each in samples):.2f}",
                str(sum(each.failed for each in samples)),
            ]
        )
    columns = ["", f"CPU, × {base} [95 %]", "CPU µs/request", "requests/s", "p99 ms", "failed"]
    return results.table(columns, rows), ratios


def report(taken: dict[str, list[Sample]], count: int, duration_s: float, helds: list[Held]) -> tuple[str, bool]:
    """The section, and whether the thresholds hold and no request failed."""
    table, ratios = compare(taken, BASELINE)
    text = (
        f"Saturation (closed loop), {count} interleaved rounds of {duration_s:g} s, {CONNECTIONS} connections; every request "
        f"has {helds[0].sent}. Access logs are on. CPU is user + system of the whole process tree.\n\n"
    )
    all_hold = True
    for held in helds:
        holds = ratios[held.name].median <= held.limit
        text += f"CPU per request, {held.name}: at most {held.limit:g} × {BASELINE}: {results.verdict(holds)}.\n\n"
        all_hold &= holds
    failed = any(each.failed for samples in taken.values() for each in samples)
    return text + table, all_hold and not failed


def run(
    description: str | None,
    section: tuple[str, str],
    held: Held | list[Held],
    begin: Callable[[Path, int], dict[str, Target]],
) -> int:
    """The whole comparison: options, a back end, the targets that `begin` starts, rounds, and the `section` (its key and its title)
    of the results. 1 if what is held costs more than its limit; of several, every request has what it has of the first."""
    parser = argparse.ArgumentParser(description=description)
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
        taken = rounds(begin(directory, backend_port), count, duration_s)
    text, holds = report(taken, count, duration_s, [held] if isinstance(held, Held) else held)
    results.publish(*section, text, keep=not options.quick)
    return 0 if holds or options.quick else 1
