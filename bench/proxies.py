#!/usr/bin/env python3
"""Compare Stagegate with nginx and HAProxy: CPU per request, rate, latency, memory, in interleaved rounds.

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
from harness.peers import BASELINE, Peer
from harness.ports import free
from harness.spread import spread

PROXY_CORE, LOAD_CORE = 0, 1
CPU_LIMIT = 1.0  # times the baseline's CPU per request


class Sample(NamedTuple):
    """One round of one proxy."""

    cpu_us: float
    rate: float
    p50_ms: float
    p99_ms: float
    rss_mib: float
    failed: int


FIGURES = ("cpu_us", "rate", "p50_ms", "p99_ms", "rss_mib")


def measure(peer: Peer, paths: Path, connections: int, duration_s: float) -> Sample:
    """Load `peer` once; CPU is what its whole process tree used meanwhile."""
    before = procfs.cpu_s(peer.pid)
    load = wrk.run(
        peer.port, peer.host, paths, core=LOAD_CORE, connections=connections, duration_s=duration_s
    )
    used_s = procfs.cpu_s(peer.pid) - before
    rss = procfs.rss_bytes(peer.pid) / 2**20
    peer.cut_logs()
    return Sample(
        used_s * 1e6 / max(load.requests, 1),
        load.requests / load.duration_s,
        load.p50_ms,
        load.p99_ms,
        rss,
        load.failed,
    )


def rounds(
    running: list[Peer], paths: Path, connections: int, pairs: int, duration_s: float
) -> dict[str, list[Sample]]:
    """`pairs` rounds of every peer, the order turned around each time."""
    taken: dict[str, list[Sample]] = {peer.name: [] for peer in running}
    for peer in running:
        measure(peer, paths, connections, 1.0)  # warm-up
    for number in range(pairs):
        for peer in running if number % 2 == 0 else reversed(running):
            sample = measure(peer, paths, connections, duration_s)
            taken[peer.name].append(sample)
            print(
                f"c={connections} pair {number + 1}/{pairs} {peer.name:10} {sample.cpu_us:6.2f} us/request "
                f"{sample.rate:8.0f}/s p50 {sample.p50_ms:.2f} ms p99 {sample.p99_ms:.2f} ms "
                f"{sample.rss_mib:.0f} MiB failed {sample.failed}",
                flush=True,
            )
            time.sleep(0.2)
    return taken


def report(taken: dict[str, list[Sample]], connections: int, pairs: int) -> tuple[str, bool]:
    """The section's part for one number of connections, and whether the threshold holds."""

    def middle(name: str, figure: str, digits: int) -> str:
        return f"{statistics.median(getattr(each, figure) for each in taken[name]):.{digits}f}"

    absolute = [
        [name, *(middle(name, figure, digits) for figure, digits in zip(FIGURES, (1, 0, 2, 2, 1))),
         str(sum(each.failed for each in samples))]
        for name, samples in taken.items()
    ]  # fmt: skip
    ratios: list[list[str]] = []
    holds = True
    for name, samples in taken.items():
        if name == BASELINE or BASELINE not in taken:
            continue
        row = [name]
        for figure in FIGURES:
            of_pairs = [
                getattr(ours, figure) / max(getattr(base, figure), 1e-9)
                for ours, base in zip(samples, taken[BASELINE])
            ]
            row.append(spread(of_pairs).text())
            if name == "stagegate" and figure == "cpu_us":
                holds = statistics.median(of_pairs) <= CPU_LIMIT
        ratios.append(row)
    figures = ["CPU", "requests/s", "p50", "p99", "RSS"]
    text = f"### {connections} connections\n\nRatios to {BASELINE}, median of {pairs} pairs [95 %]:\n\n"
    text += results.table(["", *figures], ratios) + "\n\nMedians of the rounds:\n\n"
    units = ["CPU µs/request", "requests/s", "p50 ms", "p99 ms", "RSS MiB", "failed"]
    return text + results.table(["", *units], absolute), holds


def main() -> int:
    """Run the comparison; 1 if Stagegate takes part and misses the threshold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="3 short pairs, results not kept")
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=4.0, help="length of a round")
    parser.add_argument("--connections", default="32,256", help="numbers of connections, comma-separated")
    parser.add_argument("--peers", default=",".join(peers.NAMES), help="which to run, comma-separated")
    options = parser.parse_args()
    pairs = 3 if options.quick else min(options.pairs, 200)
    duration_s = 1.0 if options.quick else min(options.seconds, 60.0)
    packages.install()
    parts, all_hold = [], True
    with tempfile.TemporaryDirectory(prefix="stagegate-bench-") as scratch:
        directory = Path(scratch)
        paths = directory / "paths.txt"
        paths.write_text("\n".join(definition.sample(peers.ROUTES // 10)) + "\n")
        (backend_port,) = free(1)
        nginx.backend(directory / "backend", backend_port, LOAD_CORE)
        running = [
            peers.start(name, directory / name, backend_port, PROXY_CORE) for name in options.peers.split(",")
        ]
        for connections in map(int, options.connections.split(",")):
            taken = rounds(running, paths, connections, pairs, duration_s)
            part, holds = report(taken, connections, pairs)
            parts.append(part)
            all_hold &= holds
    notes = (
        f"Saturation (closed loop), {pairs} interleaved pairs of {duration_s:g} s. One core each: proxy on core "
        f"{PROXY_CORE}, wrk and the back end (nginx, 150-byte JSON) on core {LOAD_CORE}. All proxies keep their "
        f"upstream connections; Stagegate matches {peers.ROUTES} routes, and writes its access log and metrics. "
        "CPU is user + system of the whole process tree from /proc, Stagegate's control plane included.\n\n"
    )
    ours = "stagegate" in options.peers
    if ours:
        gate = f"Stagegate's CPU per request at most {CPU_LIMIT:g} × {BASELINE}"
        notes += f"{gate}: {results.verdict(all_hold)}.\n\n"
    keep = ours and not options.quick
    results.publish("proxies", "Stagegate, nginx and HAProxy", notes + "\n\n".join(parts), keep=keep)
    return 0 if all_hold or options.quick else 1


if __name__ == "__main__":
    raise SystemExit(main())
