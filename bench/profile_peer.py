#!/usr/bin/env python3
"""Show where a proxy's CPU goes under the load of proxies.py: perf's symbols, and system calls per request.

Needs `perf` (Debian: linux-perf) and `strace`; what is missing is left out. Nothing is written to RESULTS.md.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from harness import children, definition, nginx, packages, peers, procfs, wrk
from harness.peers import Peer
from harness.ports import free


def _under_load(peer: Peer, paths: Path, connections: int, duration_s: float, tool: list[str]) -> wrk.Round:
    """Run `tool` on the peer's processes while wrk loads it; wrk's figures."""
    pids = ",".join(str(pid) for pid in procfs.tree(peer.pid))
    watcher = children.spawn([part.replace("PIDS", pids) for part in tool])
    try:
        time.sleep(0.5)
        load = wrk.run(peer.port, peer.host, paths, core=1, connections=connections, duration_s=duration_s)
        watcher.send_signal(signal.SIGINT)
        watcher.wait(20)
        return load
    finally:
        children.stop(watcher)


def symbols(peer: Peer, paths: Path, connections: int, duration_s: float, directory: Path, rows: int) -> None:
    """perf's flat profile, by shared object and by symbol."""
    data = str(directory / "perf.data")
    record = ["perf", "record", "-q", "-F", "1999", "-g", "--call-graph", "fp", "-o", data, "-p", "PIDS"]
    load = _under_load(peer, paths, connections, duration_s, record)
    print(f"{load.requests} requests under perf")
    for sort in ("dso", "symbol"):
        report = ["perf", "report", "-q", "-i", data, "--no-children", "-g", "none", "--stdio", "--sort", sort]
        done = subprocess.run(report, capture_output=True, text=True, timeout=120)
        lines = [line for line in done.stdout.splitlines() if line.strip()]
        print("\n".join(lines[: rows if sort == "symbol" else 8]) + "\n")


def calls(peer: Peer, paths: Path, connections: int, directory: Path) -> None:
    """System calls per request, counted by strace (its times are not to be trusted, its counts are)."""
    output = directory / "strace.txt"
    argv = ["strace", "-f", "-c", "-o", str(output)]
    for pid in procfs.tree(peer.pid):
        argv += ["-p", str(pid)]
    load = _under_load(peer, paths, connections, 3.0, argv)
    print(f"system calls per request ({load.requests} requests under strace):")
    for line in output.read_text().splitlines()[2:]:
        fields = line.split()
        if len(fields) >= 5 and fields[3].isdigit() and fields[-1] != "total":
            print(f"  {fields[-1]:16} {int(fields[3]) / max(load.requests, 1):.3f}")


def main() -> None:
    """Profile one peer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer", nargs="?", default="stagegate", choices=peers.NAMES)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--rows", type=int, default=70)
    options = parser.parse_args()
    packages.install()
    with tempfile.TemporaryDirectory(prefix="stagegate-bench-") as scratch:
        directory = Path(scratch)
        paths = directory / "paths.txt"
        paths.write_text("\n".join(definition.sample(peers.ROUTES // 10)) + "\n")
        (backend_port,) = free(1)
        nginx.backend(directory / "backend", backend_port, 1)
        peer = peers.start(options.peer, directory / options.peer, backend_port, 0)
        seconds = min(options.seconds, 60.0)
        wrk.run(peer.port, peer.host, paths, core=1, connections=options.connections, duration_s=1.0)
        if shutil.which("perf"):
            symbols(peer, paths, options.connections, seconds, directory, options.rows)
        if shutil.which("strace"):
            calls(peer, paths, options.connections, directory)


if __name__ == "__main__":
    main()
