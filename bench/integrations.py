#!/usr/bin/env python3
"""Compare integrations with HTTP_PROXY: warm Lambda functions in Python and Node, MOCK and HTTP with templates.

The gateway has core 0, its functions with it; wrk and the back end share core 1.
"""

from __future__ import annotations

import argparse
import http.client
import json
import re
import statistics
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

from harness import definition, nginx, packages, procfs, results, wrk
from harness.control import REGION
from harness.ports import HOST, free
from harness.spread import spread
from harness.stagegate import Stagegate

GATE_CORE, LOAD_CORE = 0, 1
BASELINE = "HTTP_PROXY"
LIMIT_US = 300.0
# A function has a process for each request in flight, all on one core here.
CONNECTIONS = {"AWS_PROXY, Python": 4, "AWS_PROXY, Node": 4}
ORDER = {"customer": "Ada", "items": [{"sku": "a-1", "quantity": 2}, {"sku": "b-7", "quantity": 1}]}

REQUEST_TEMPLATE = """#set($order = $input.path('$'))
{"statusCode": 200, "customer": "$util.escapeJavaScript($order.customer)", "from": "$context.identity.sourceIp", "lines": [
#foreach($item in $order.items)  {"sku": "$item.sku", "quantity": $item.quantity}#if($foreach.hasNext),#end

#end]}
"""
RESPONSE_TEMPLATE = """#set($part = $input.path('$'))
{"id": "$part.id", "title": "$part.name", "amount": $part.price.amount, "tags": $input.json('$.tags'),
 "request": "$context.requestId", "stage": "$context.stage"}
"""
MOCK_TEMPLATE = """#set($words = ["small", "round", "blue"])
{"request": "$context.requestId", "stage": "$context.stage", "tags": [
#foreach($word in $words)"$word.toUpperCase()"#if($foreach.hasNext), #end#end
]}
"""
PYTHON = 'ANSWER = {"statusCode": 200, "body": "{}"}\n\n\ndef handler(event, context):\n    return ANSWER\n'
NODE = 'const answer = { statusCode: 200, body: "{}" };\nexports.handler = async () => answer;\n'
SETTINGS = """
log_level = "{log_level}"
[functions.python]
code = "{code}"
handler = "app.handler"
runtime = "python3.12"
memory_mb = 512
[functions.node]
code = "{code}"
handler = "index.handler"
runtime = "nodejs22.x"
memory_mb = 512
"""
# The line of an invocation, among the process's own at this level.
DEBUG = "info,stagegate::functions=debug"
REPORT = re.compile(r"REPORT RequestId: \S+\s+Duration: ([0-9.]+) ms")


class Sample(NamedTuple):
    """One round of one integration: alone with one client, then at saturation."""

    latency_us: float
    rate: float
    cpu_us: float
    p99_ms: float
    failed: int


def _function(name: str) -> definition.Definition:
    arn = f"arn:aws:lambda:{REGION}:000000000000:function:{name}"
    uri = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations"
    return {"type": "aws_proxy", "httpMethod": "POST", "uri": uri}


def _node() -> str:
    return subprocess.run(["node", "--version"], capture_output=True, text=True, check=True, timeout=20).stdout.strip()


def _templated(response: str) -> definition.Definition:
    answer = {"statusCode": "200", "responseTemplates": {"application/json": response}}
    return {"requestTemplates": {"application/json": REQUEST_TEMPLATE}, "responses": {"default": answer}}


def integrations(backend: str) -> dict[str, tuple[str, definition.Definition]]:
    """Name → path and integration."""
    http_proxy = {"type": "http_proxy", "httpMethod": "POST", "uri": backend}
    http = {"type": "http", "httpMethod": "POST", "uri": backend, **_templated(RESPONSE_TEMPLATE)}
    return {
        BASELINE: ("/proxy", http_proxy),
        "HTTP, templates both ways": ("/http", http),
        "MOCK, templates": ("/mock", {"type": "mock", **_templated(MOCK_TEMPLATE)}),
        "AWS_PROXY, Python": ("/python", _function("python")),
        "AWS_PROXY, Node": ("/node", _function("node")),
    }


class Shares(NamedTuple):
    """One round of one function, in µs: a client's round trip, and what of it REPORT lines call the duration."""

    round_trip_us: float
    reported_us: float
    crowded_us: float  # the round trip on a gateway where the function has several warm processes

    @property
    def overhead_us(self) -> float:
        """What remains for the gateway and the host."""
        return self.round_trip_us - self.reported_us


class Bench:
    """A gateway with one API, a route for each integration."""

    def __init__(self, directory: Path, backend_port: int, log_level: str = "info") -> None:
        code = directory / "code"
        code.mkdir(parents=True)
        (code / "app.py").write_text(PYTHON)
        (code / "index.js").write_text(NODE)
        settings = SETTINGS.format(code=code, log_level=log_level)
        self.directory = directory
        self.gate = Stagegate(directory, core=GATE_CORE, cores=1, config=settings)
        self.gate.start()
        made = integrations(f"http://{HOST}:{backend_port}/parts")
        paths = {path: {"post": definition.integrated(each)} for path, each in made.values()}
        control = self.gate.control()
        self.host = self.gate.host(control.import_api(definition.api("integrations", paths)))
        control.deploy(self.host.split(".")[0], definition.STAGE)
        control.close()
        self.paths: dict[str, Path] = {}
        for name, (path, _) in made.items():
            self.paths[name] = directory / (path.strip("/") + ".txt")
            self.paths[name].write_text(f"/{definition.STAGE}{path}\n")
            self.check(name)

    def check(self, name: str) -> None:
        """The integration answers with JSON; RuntimeError otherwise."""
        connection = http.client.HTTPConnection(HOST, self.gate.gateway_port, timeout=30)
        headers = {"Host": self.host, "Content-Type": "application/json"}
        connection.request("POST", self.paths[name].read_text().strip(), json.dumps(ORDER), headers)
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        if answer.status != 200 or not isinstance(json.loads(body), dict):
            raise RuntimeError(f"{name} answers {answer.status} {body}")

    def load(self, name: str, connections: int, duration_s: float) -> wrk.Round:
        """Load one integration."""
        return wrk.run(
            self.gate.gateway_port,
            self.host,
            self.paths[name],
            core=LOAD_CORE,
            connections=connections,
            duration_s=duration_s,
            script="order.lua",
        )

    def saturated(self, name: str, duration_s: float) -> tuple[wrk.Round, float]:
        """Many clients, and the CPU µs per request: the gateway's own, functions' processes excluded."""
        before = procfs.own_cpu_s(self.gate.pid)
        full = self.load(name, CONNECTIONS.get(name, 32), duration_s)
        used_s = procfs.own_cpu_s(self.gate.pid) - before
        return full, used_s * 1e6 / max(full.requests, 1)

    def reported(self, name: str) -> tuple[float, float]:
        """One client: the median of its round trips, and of its invocations' durations in the log, in µs."""
        log = self.directory / "output.log"
        before = log.stat().st_size
        alone = self.load(name, 1, 1.0)
        with open(log, "rb") as lines:
            lines.seek(before)
            durations = [float(each) * 1e3 for each in REPORT.findall(lines.read().decode(errors="replace"))]
        if not durations:
            raise RuntimeError(f"{name} logs no REPORT lines")
        return alone.p50_ms * 1e3, statistics.median(durations)


class Gates:
    """Three gateways, one at work at a time: for one client, for many, and one that logs invocations."""

    def __init__(self, directory: Path, backend_port: int) -> None:
        self.lone = Bench(directory / "lone", backend_port)
        self.full = Bench(directory / "full", backend_port)
        self.reporting = Bench(directory / "reporting", backend_port, DEBUG)

    def warm(self, name: str) -> None:
        """A first second of each."""
        self.lone.load(name, 1, 1.0)
        self.reporting.load(name, 1, 1.0)
        self.full.load(name, CONNECTIONS.get(name, 32), 1.0)

    def sample(self, name: str, duration_s: float) -> Sample:
        """One client for the latency, many for the rate."""
        alone = self.lone.load(name, 1, 1.0)
        full, cpu_us = self.full.saturated(name, duration_s)
        rate = full.requests / full.duration_s
        return Sample(alone.p50_ms * 1e3, rate, cpu_us, full.p99_ms, alone.failed + full.failed)

    def shares(self, name: str) -> Shares:
        """Where the time of a function's invocations goes."""
        return Shares(*self.reporting.reported(name), self.full.load(name, 1, 1.0).p50_ms * 1e3)

    def stop(self) -> None:
        """Stop all."""
        for bench in (self.lone, self.full, self.reporting):
            bench.gate.stop()


def rounds(gates: Gates, count: int, duration_s: float) -> tuple[dict[str, list[Sample]], dict[str, list[Shares]]]:
    """`count` rounds of every integration, the order turned around each time."""
    taken: dict[str, list[Sample]] = {name: [] for name in gates.lone.paths}
    shares: dict[str, list[Shares]] = {name: [] for name in CONNECTIONS}
    for name in taken:
        gates.warm(name)
    for number in range(count):
        for name in list(taken) if number % 2 == 0 else reversed(list(taken)):
            sample = gates.sample(name, duration_s)
            taken[name].append(sample)
            if name in shares:
                shares[name].append(gates.shares(name))
            print(
                f"round {number + 1}/{count} {name:26} alone {sample.latency_us:6.0f} us, {sample.rate:7.0f}/s, "
                f"{sample.cpu_us:6.1f} us CPU/request, p99 {sample.p99_ms:.2f} ms, failed {sample.failed}",
                flush=True,
            )
    return taken, shares


def of_functions(taken: dict[str, list[Sample]], shares: dict[str, list[Shares]]) -> tuple[str, bool]:
    """The table of warm functions, and whether the threshold holds."""
    rows, holds = [], True
    for name, rounds_ in shares.items():
        overhead = spread([each.overhead_us for each in rounds_])
        holds &= overhead.median < LIMIT_US
        rows.append(
            [
                name,
                spread([each.latency_us for each in taken[name]]).text(0),
                spread([each.reported_us for each in rounds_]).text(0),
                overhead.text(0),
                spread([each.crowded_us for each in rounds_]).text(0),
                results.verdict(overhead.median < LIMIT_US),
            ]
        )
    columns = ["", "round trip", "in the function's process", "gateway and host", "round trip, 4 warm processes"]
    columns.append(f"gateway and host < {LIMIT_US:g}")
    notes = (
        "Warm Lambda functions that do nothing, µs, medians of the rounds [95 %]. The round trip is all of it: load generator, "
        "gateway, host, the function's process. In the function's process, its runtime client included: the duration of REPORT "
        "lines, in rounds of their own on another gateway that logs them; what remains of the same second's round trips is "
        "the gateway's and the host's. One warm process of each function, then 4 of them that load has left on this one core. "
        f"Node is {_node()}.\n\n"
    )
    return notes + results.table(columns, rows), holds


def report(
    taken: dict[str, list[Sample]], shares: dict[str, list[Shares]], count: int, duration_s: float
) -> tuple[str, bool]:
    """The section, and whether the threshold holds and no request failed."""
    base = taken[BASELINE]

    def ratio(samples: list[Sample], figure: str) -> str:
        pairs = zip(samples, base)
        return spread([getattr(ours, figure) / max(getattr(theirs, figure), 1e-9) for ours, theirs in pairs]).text(2)

    ratios = [
        [name, ratio(samples, "latency_us"), ratio(samples, "rate"), ratio(samples, "cpu_us")]
        for name, samples in taken.items()
        if name != BASELINE
    ]
    absolute = [
        [
            name,
            spread([each.latency_us for each in samples]).text(0),
            f"{statistics.median(each.rate for each in samples):.0f}",
            spread([each.cpu_us for each in samples]).text(1),
            f"{1e6 / max(statistics.median(each.cpu_us for each in samples), 1e-9):.0f}",
            f"{statistics.median(each.p99_ms for each in samples):.2f}",
            str(sum(each.failed for each in samples)),
        ]
        for name, samples in taken.items()
    ]
    functions, holds = of_functions(taken, shares)
    text = (
        f"{count} interleaved rounds; in each, one client alone for 1 s, then 32 (functions: 4) for {duration_s:g} s, on "
        f"gateways of their own. A gateway has core {GATE_CORE}, with the functions' processes; wrk and the back end (nginx, "
        f"150-byte JSON) have core {LOAD_CORE}. Every request is a POST of 120 bytes of JSON; no access logs. CPU is the "
        "gateway's own, function host included, functions' processes not; requests per core are what that CPU allows.\n\n"
    )
    text += f"{functions}\n\nRatios to {BASELINE}, median of {count} rounds [95 %]:\n\n"
    text += results.table(["", "latency alone", "requests/s", "CPU"], ratios) + "\n\nMedians of the rounds:\n\n"
    units = ["", "alone µs [95 %]", "requests/s", "CPU µs/request [95 %]", "requests/s per core", "p99 ms", "failed"]
    failed = any(each.failed for samples in taken.values() for each in samples)
    return text + results.table(units, absolute), holds and not failed


def main() -> int:
    """Run the comparison; 1 if a function's overhead is over the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="2 short rounds, results not kept")
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--seconds", type=float, default=3.0, help="length of a round at saturation")
    options = parser.parse_args()
    count = 2 if options.quick else min(options.rounds, 200)
    duration_s = 1.0 if options.quick else min(options.seconds, 60.0)
    packages.install()
    packages.install({"node": "nodejs"})
    with tempfile.TemporaryDirectory(prefix="stagegate-bench-") as scratch:
        directory = Path(scratch)
        (backend_port,) = free(1)
        nginx.backend(directory / "backend", backend_port, LOAD_CORE)
        gates = Gates(directory, backend_port)
        taken, shares = rounds(gates, count, duration_s)
        gates.stop()
    text, holds = report(taken, shares, count, duration_s)
    results.publish("integrations", "Integrations beside HTTP_PROXY", text, keep=not options.quick)
    return 0 if holds or options.quick else 1


if __name__ == "__main__":
    raise SystemExit(main())
