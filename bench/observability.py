#!/usr/bin/env python3
"""Hold all observability on (access log, metrics of every method, 1 % of traces) beside all of it off, on the same route.

Each process has core 0 to itself while it is loaded; wrk and the back end share core 1.
"""

from __future__ import annotations

import argparse
import socket
import tempfile
import threading
import time
from pathlib import Path

from harness import definition, nginx, packages, peers, results
from harness.compared import CONNECTIONS, LOAD_CORE, PROXY_CORE, Sample, Target, compare, rounds
from harness.fetch import Fetch
from harness.ports import HOST, free
from harness.stagegate import Stagegate

LIMIT = 1.1  # times the CPU per request of all of it off
OFF, ON = "all off", "access log, metrics of every method, 1 % traces"
TRACED = 0.01
PATH = "/open"
WAIT_S = 10.0


class Daemon:
    """X-Ray's daemon as far as it takes segments: counts datagrams and throws them away."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((HOST, 0))
        self.segments = 0
        threading.Thread(target=self._take, daemon=True).start()

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"udp:{HOST}:{self.socket.getsockname()[1]}"

    def _take(self) -> None:
        while True:
            self.socket.recv(65_536)
            self.segments += 1


def _gate(directory: Path, backend_port: int, config: str) -> tuple[Stagegate, str]:
    gate = Stagegate(directory, core=PROXY_CORE, cores=1, config=config)
    gate.start()
    control = gate.control()
    operation = definition.proxied(f"http://{HOST}:{backend_port}", "/parts")
    api = control.import_api(definition.api("observability", {PATH: {"get": operation}}))
    control.deploy(api, definition.STAGE)
    if config:
        peers.log_accesses(control, api)
        control.update_stage(api, definition.STAGE, ("replace", "/tracingEnabled", "true"))
    control.close()
    return gate, api


def _target(gate: Stagegate, api: str) -> Target:
    paths = gate.directory / "paths.txt"
    paths.write_text(f"/{definition.STAGE}{PATH}\n")
    return Target(gate.gateway_port, gate.host(api), gate.pid, paths)


def _targets(directory: Path, backend_port: int, daemon: Daemon) -> dict[str, Target]:
    """Both processes, each of which answers with the back end's body before anything is measured."""
    traces = f'xray_daemon_address = "{daemon.address}"\ntrace_reservoir = 0\ntrace_rate = "{TRACED}"\n'
    targets = {}
    for name, config in ((OFF, ""), (ON, traces)):
        gate, api = _gate(directory / ("on" if config else "off"), backend_port, config)
        targets[name] = _target(gate, api)
        fetch, end = Fetch(gate.gateway_port, gate.host(api)), time.monotonic() + WAIT_S
        while (answer := fetch.get(f"/{definition.STAGE}{PATH}")) != (200, nginx.BODY):
            if time.monotonic() > end:
                raise RuntimeError(f"{name} answers with {answer}")
            time.sleep(0.05)
        fetch.close()
    return targets


def _report(taken: dict[str, list[Sample]], segments: int, options: argparse.Namespace) -> tuple[str, bool]:
    """The section, and whether the threshold holds, no request failed and requests were traced."""
    table, ratios = compare(taken, OFF)
    holds = ratios[ON].median <= LIMIT
    requests = sum(sample.rate for sample in taken[ON]) * options.seconds
    text = (
        f"Saturation (closed loop), {options.rounds} interleaved pairs of {options.seconds:g} s, {CONNECTIONS} connections, on an "
        f"HTTP_PROXY route. {segments} segments came to the daemon, about {100 * segments / max(requests, 1):.2f} % of the "
        f"requests. CPU is user + system of the whole process tree.\n\n"
        f"CPU per request with all of it on: at most {LIMIT:g} × all of it off: {results.verdict(holds)}.\n\n"
    )
    failed = any(sample.failed for samples in taken.values() for sample in samples)
    return text + table, holds and not failed and segments > 0


def main() -> int:
    """The whole comparison; 1 if observability costs more than its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="2 short pairs, results not kept")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=4.0, help="length of a round")
    options = parser.parse_args()
    options.rounds = 2 if options.quick else min(options.rounds, 200)
    options.seconds = 1.0 if options.quick else min(options.seconds, 60.0)
    packages.install()
    daemon = Daemon()
    with tempfile.TemporaryDirectory(prefix="stagegate-bench-") as scratch:
        directory = Path(scratch)
        (backend_port,) = free(1)
        nginx.backend(directory / "backend", backend_port, LOAD_CORE)
        taken = rounds(_targets(directory, backend_port, daemon), options.rounds, options.seconds)
    text, holds = _report(taken, daemon.segments, options)
    results.publish("observability", "What observability costs", text, keep=not options.quick)
    return 0 if holds or options.quick else 1


if __name__ == "__main__":
    raise SystemExit(main())
