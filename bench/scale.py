#!/usr/bin/env python3
"""Measure lists, imports and memory of a control plane that holds 1,000 APIs of 50 methods each."""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import start
from harness import definition, procfs, results
from harness.control import Control
from harness.spread import quantile, spread
from harness.stagegate import Stagegate

LIST_LIMIT_MS = 20.0
IMPORT_LIMIT_MS = 300.0
SERVICES = 5  # of ten methods each
LARGE_SERVICES = 30  # of ten resources each
_BACKEND = "http://127.0.0.1:9"  # never called
_MIB = 2**20

Row = tuple[str, list[float], int]  # what was called, ms of each call, bytes of the last answer


def pages(control: Control, limit: int | None) -> list[str]:
    """The targets of GetRestApis's pages, from the first to the last."""
    size = f"limit={limit}" if limit else ""
    targets, position = [], None
    while True:
        part = f"position={quote(position, safe='')}" if position else ""
        query = "&".join(part for part in (size, part) if part)
        targets.append("/restapis" + (f"?{query}" if query else ""))
        position = control.call("GET", targets[-1]).get("position")
        if not position:
            return targets


def measure(control: Control, name: str, targets: list[str], calls: int) -> Row:
    """`calls` GETs that go round `targets`."""
    taken_ms, size = [], 0
    for number in range(calls):
        taken_s, body = control.timed("GET", targets[number % len(targets)])
        taken_ms.append(taken_s * 1e3)
        size = len(body)
    return name, taken_ms, size


def lists(control: Control, ids: list[str], large: str, calls: int) -> list[Row]:
    """The pages that a list of APIs and a list of resources have, by default and at their largest."""
    some = ids[:: max(1, len(ids) // 50)]
    resources = [f"/restapis/{api}/resources" for api in some]
    rows = [
        ("GetRestApis, pages of 25 (default)", pages(control, None)),
        ("GetRestApis, pages of 500", pages(control, 500)),
        ("GetResources, pages of 25 (default)", resources),
        ("GetResources, embed=methods, pages of 25", [f"{target}?embed=methods" for target in resources]),
        ("GetResources, embed=methods, limit=500", [f"{target}?embed=methods&limit=500" for target in resources]),
        ("GetResources of 301 resources, embed=methods, limit=500", [f"/restapis/{large}/resources?embed=methods&limit=500"]),
    ]
    return [measure(control, name, targets, calls) for name, targets in rows]


def imports(control: Control, rounds: int) -> tuple[list[Row], str]:
    """ImportRestApi and PutRestApi of 300 resources below the root; the id of one such API."""
    document = definition.services("large", _BACKEND, LARGE_SERVICES)
    changed = definition.services("large", f"{_BACKEND}/changed", LARGE_SERVICES)
    rows: list[Row] = [(name, [], 0) for name in ("ImportRestApi", "PutRestApi, overwrite", "PutRestApi, merge")]
    api = ""

    def take(row: int, method: str, target: str, body: definition.Definition) -> bytes:
        taken_s, text = control.timed(method, target, body)
        rows[row][1].append(taken_s * 1e3)
        return text

    for number in range(rounds):
        if api:
            control.call("DELETE", f"/restapis/{api}")
        api = str(json.loads(take(0, "POST", "/restapis?mode=import", document))["id"])
        take(1, "PUT", f"/restapis/{api}?mode=overwrite", changed)
        take(2, "PUT", f"/restapis/{api}?mode=merge", document)
    count = len(control.call("GET", f"/restapis/{api}/resources?limit=500")["item"])
    if count != 10 * LARGE_SERVICES + 1:
        raise RuntimeError(f"{count} resources after the imports")
    return rows, api


def size_mib(directory: Path) -> float:
    """What the files below `directory` hold."""
    return sum(path.stat().st_size for path in directory.rglob("*") if path.is_file()) / _MIB


def render(rows: list[Row], limit_ms: float, *, sized: bool) -> tuple[str, bool]:
    """The table, and whether every median is under the limit."""
    cells = [
        [name, str(len(taken)), spread(taken).text(2), f"{quantile(taken, 0.99):.2f}", f"{max(taken):.2f}"]
        + ([f"{size / 1024:.1f}"] if sized else [])
        for name, taken, size in rows
    ]
    header = ["call", "calls", "median ms [95 %]", "p99 ms", "maximum ms", *(["answer KiB"] if sized else [])]
    return results.table(header, cells), all(spread(taken).median < limit_ms for _, taken, _ in rows)


def main() -> int:
    """Fill, list, import; 1 if a median is over its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="50 APIs, few calls, results not kept")
    parser.add_argument("--apis", type=int, default=1000)
    parser.add_argument("--calls", type=int, default=400)
    parser.add_argument("--imports", type=int, default=21)
    options = parser.parse_args()
    count = 50 if options.quick else min(options.apis, 20_000)
    calls = 50 if options.quick else min(options.calls, 100_000)
    rounds = 5 if options.quick else min(options.imports, 1_000)
    with tempfile.TemporaryDirectory(prefix="stagegate-bench-") as scratch:
        gate = Stagegate(Path(scratch), core=None, cores=1)
        gate.start()
        rss = {"empty": procfs.rss_bytes(gate.pid)}
        begin = time.monotonic()
        document = definition.services("api", _BACKEND, SERVICES)
        ids = start.fill(gate, count, clients=4, make=lambda number: document | {"info": {"title": f"api {number}", "version": "1"}})
        filled_s = time.monotonic() - begin
        rss["after filling"] = procfs.rss_bytes(gate.pid)
        control = gate.control()
        imported, large = imports(control, rounds)
        rss["after the imports"] = procfs.rss_bytes(gate.pid)
        listed = lists(control, ids, large, calls)
        rss["after the lists"] = procfs.rss_bytes(gate.pid)
        control.close()
        gate.stop()
        data_mib = size_mib(Path(scratch) / "data")
        ready_s = gate.start()
        rss["restarted"] = procfs.rss_bytes(gate.pid)
        gate.stop()
    list_table, lists_hold = render(listed, LIST_LIMIT_MS, sized=True)
    import_table, imports_hold = render(imported, IMPORT_LIMIT_MS, sized=False)
    body = (
        f"{count:,} imported and deployed APIs of {10 * SERVICES} methods each, filled over 4 connections in "
        f"{filled_s:.1f} s; {data_mib:.0f} MiB on disk. One keep-alive connection, one call at a time, SigV4: from the "
        "first byte sent to the last one read, signing and decoding excluded; pages of all APIs, or of 50 APIs in turn."
        f"\n\n{list_table}\n\nEvery median under {LIST_LIMIT_MS:g} ms: {results.verdict(lists_hold)}.\n\n"
        f"A definition of {10 * LARGE_SERVICES} resources and as many methods, beside the other APIs:\n\n{import_table}\n\n"
        f"Every median under {IMPORT_LIMIT_MS:g} ms: {results.verdict(imports_hold)}.\n\nResident memory:\n\n"
    )
    body += results.table([*rss, "ready again s"], [[*(f"{each / _MIB:.0f} MiB" for each in rss.values()), f"{ready_s:.2f}"]])
    results.publish("scale", f"A control plane of {count:,} APIs", body, keep=not options.quick)
    return 0 if (lists_hold and imports_hold) or options.quick else 1


if __name__ == "__main__":
    raise SystemExit(main())
