#!/usr/bin/env python3
"""Compare hits of the response cache with nginx's proxy_cache, and hold a full cache to its size.

Every proxy has core 0 to itself while it is loaded; wrk and the back end share core 1.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from harness import definition, nginx, packages, peers, procfs, results, wrk
from harness.compared import CONNECTIONS, LOAD_CORE, PROXY_CORE, Target, compare, rounds
from harness.fetch import Fetch
from harness.ports import free
from harness.stagegate import Stagegate

CPU_LIMIT = 1.0  # times the baseline's CPU per request
MEMORY_LIMIT = 1.1  # times the configured size
BASELINE, PLAIN, ENCRYPTED = "nginx proxy_cache", "stagegate", "stagegate, entries encrypted"
# A day's answers at once: hits only.
HIT_KEYS = 100
# About what the JSON of a list of things has.
LONG_BYTES = 2_000
LONGEST_S = 3_600.0


def _paths(directory: Path, name: str, prefix: str, count: int) -> Path:
    paths = directory / f"{name}.txt"
    paths.write_text("".join(f"/{definition.STAGE}/{prefix}/key-{number:06}\n" for number in range(count)))
    return paths


def _document(backend: str) -> definition.Definition:
    """Two cached routes to the same back end, whose keys are their path parameters."""
    paths = {}
    for name in ("plain", "encrypted"):
        operation = definition.proxied(backend, f"/{name}/{{key}}")
        operation["x-amazon-apigateway-integration"]["cacheKeyParameters"] = ["method.request.path.key"]
        paths[f"/{name}/{{key}}"] = {"get": operation}
    return definition.api("caches", paths)


def _gate(directory: Path, backend_port: int, size_bytes: int) -> tuple[Stagegate, str]:
    """A gateway whose stage has a cache of this size, its access log and its metrics."""
    gate = Stagegate(directory, core=PROXY_CORE, cores=1, config=f"[cache_sizes]\n'0.5' = {size_bytes}\n")
    gate.start()
    control = gate.control()
    api = control.import_api(_document(f"http://127.0.0.1:{backend_port}"))
    control.deploy(api, definition.STAGE)
    control.update_stage(
        api,
        definition.STAGE,
        ("replace", "/cacheClusterEnabled", "true"),
        ("replace", "/*/*/caching/enabled", "true"),
        ("replace", "/*/*/caching/ttlInSeconds", "3600"),
        ("replace", "/~1encrypted~1{key}/GET/caching/enabled", "true"),
        ("replace", "/~1encrypted~1{key}/GET/caching/ttlInSeconds", "3600"),
        ("replace", "/~1encrypted~1{key}/GET/caching/dataEncrypted", "true"),
    )
    peers.log_accesses(control, api)
    control.close()
    return gate, api


def _targets(directory: Path, backend_port: int) -> dict[str, Target]:
    (port,) = free(1)
    child = nginx.caching_proxy(directory / "nginx", port, backend_port, PROXY_CORE)
    host = f"127.0.0.1:{port}"
    targets = {BASELINE: Target(port, host, child.pid, _paths(directory, "baseline", "plain", HIT_KEYS))}
    gate, api = _gate(directory / "gate", backend_port, 512 << 20)
    for name, prefix in ((PLAIN, "plain"), (ENCRYPTED, "encrypted")):
        paths = _paths(directory, prefix, prefix, HIT_KEYS)
        targets[name] = Target(gate.gateway_port, gate.host(api), gate.pid, paths)
    return targets


def warm(target: Target) -> None:
    """Every path is answered, and then is in the cache; RuntimeError otherwise."""
    fetch = Fetch(target.port, target.host)
    for path in target.paths.read_text().splitlines():
        status, body = fetch.get(path)
        if status != 200 or body != nginx.BODY:
            raise RuntimeError(f"{target.host} answers {path} with {status} {body[:80]}")
    fetch.close()


def hits(directory: Path, count: int, duration_s: float) -> tuple[str, bool]:
    """Hits beside nginx's: the part of the section, and whether the threshold holds."""
    (backend_port,) = free(1)
    back = nginx.backend(directory / "backend", backend_port, LOAD_CORE)
    targets = _targets(directory, backend_port)
    for target in targets.values():
        warm(target)
    # What is answered from now on comes from nowhere else.
    back.terminate()
    back.wait(10)
    taken = rounds(targets, count, duration_s)
    table, ratios = compare(taken, BASELINE)
    holds = ratios[PLAIN].median <= CPU_LIMIT
    text = (
        f"Hits of {HIT_KEYS} keys, their back end stopped, saturation (closed loop), {count} interleaved rounds of "
        f"{duration_s:g} s, {CONNECTIONS} connections. Access logs and metrics are on. CPU is user + system of the whole "
        f"process tree.\n\nCPU per request: at most {CPU_LIMIT:g} × {BASELINE}: {results.verdict(holds)}.\n\n"
    )
    failed = any(each.failed for samples in taken.values() for each in samples)
    return text + table, holds and not failed


def _load(target: Target, requests: int) -> tuple[int, int]:
    """At least so many requests; how many there were, and how many failed."""
    sent = failed = 0
    begin = time.monotonic()
    while sent < requests and time.monotonic() - begin < LONGEST_S:
        load = wrk.run(
            target.port, target.host, target.paths, core=LOAD_CORE, connections=CONNECTIONS, duration_s=5.0
        )
        sent, failed = sent + load.requests, failed + load.failed
        print(f"{sent} of {requests} requests, {procfs.rss_bytes(target.pid) / 2**20:.0f} MiB", flush=True)
    return sent, failed


def memory(directory: Path, requests: int, keys: int, size_bytes: int) -> tuple[str, bool]:
    """A cache that cannot hold all of its keys: the part of the section, and whether it stays within its size."""
    (backend_port,) = free(1)
    body = '{"text":"' + "x" * (LONG_BYTES - 11) + '"}'
    nginx.backend(directory / "backend", backend_port, LOAD_CORE, f"            return 200 '{body}';")
    gate, api = _gate(directory / "gate", backend_port, size_bytes)
    host = gate.host(api)
    # Connections, logs and buffers are there before the cache is filled: one key does that.
    _load(Target(gate.gateway_port, host, gate.pid, _paths(directory, "one", "plain", 1)), 1)
    before = procfs.rss_bytes(gate.pid)
    target = Target(gate.gateway_port, host, gate.pid, _paths(directory, "many", "plain", keys))
    sent, failed = _load(target, requests)
    grown = procfs.rss_bytes(gate.pid) - before
    gate.stop()
    holds = grown <= size_bytes * MEMORY_LIMIT and not failed
    text = (
        f"{sent:,} requests over {keys:,} keys with answers of {LONG_BYTES:,} bytes, in a cache of {size_bytes >> 20} MiB: resident "
        f"memory grew by {grown / 2**20:.1f} MiB, {failed} failed.\n\nAt most {MEMORY_LIMIT:g} × the configured size: "
        f"{results.verdict(holds)}."
    )
    return text, holds


def main() -> int:
    """Run both; 1 if a threshold is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="2 short rounds and few keys, results not kept")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=4.0, help="length of a round")
    parser.add_argument("--requests", type=int, default=10_000_000, help="requests of the memory part")
    parser.add_argument("--keys", type=int, default=100_000, help="distinct keys of the memory part")
    parser.add_argument("--size-mib", type=int, default=64, help="size of the cache of the memory part")
    options = parser.parse_args()
    quick = options.quick
    packages.install()
    with tempfile.TemporaryDirectory(prefix="stagegate-bench-") as scratch:
        directory = Path(scratch)
        # nginx's worker, which is not root where its master is, keeps its cache below.
        directory.chmod(0o755)
        count, duration_s = (2, 1.0) if quick else (min(options.rounds, 200), min(options.seconds, 60.0))
        of_hits, fast = hits(directory / "hits", count, duration_s)
        requests, keys = (50_000, 20_000) if quick else (options.requests, options.keys)
        size_bytes = (16 if quick else options.size_mib) << 20
        of_memory, bounded = memory(directory / "memory", requests, keys, size_bytes)
    text = f"### Hits\n\n{of_hits}\n\n### Memory\n\n{of_memory}"
    results.publish("caches", "The response cache beside nginx's", text, keep=not quick)
    return 0 if (fast and bounded) or quick else 1


if __name__ == "__main__":
    raise SystemExit(main())
