#!/usr/bin/env python3
"""Sends hostile and control requests to a gateway in front of recording_backend.py and judges each.

usage: run_hostile.py HOST PORT HOSTHEADER [--control BACKEND_CONTROL_PORT] [--corpus FILE]... [--out FILE]
       [--only SUBSTRING] [--slow-timeout SECONDS] [--quiet] [--strict]

Stages named `h` and `canary` of the API that HOSTHEADER names must proxy `/h/...` and `/canary/...` to the back end.
Cases run one after the other: the back end has one log.

Verdicts:
  PASS        exactly as expected
  SAFE        nothing forwarded, but another status, a silent close, or the connection kept open
  NORMALIZED  a reject was expected, but one clean canonical request was forwarded
  REFUSED     an accept was expected, got a rejection
  ABORTED     rejected, but the back end saw an aborted incomplete request
  LENIENT     forwarded with lint flags
  HANG        no answer, no close
  SPLIT       the gateway itself cut hidden bytes into a second request and answered both (a desync if anything
              stricter is in front of or behind it)
  SMUGGLED    the back end saw more requests than the gateway answered, or a canary on a fresh connection got
              somebody else's answer

Exits 1 on any of the four unsafe verdicts (SMUGGLED, SPLIT, LENIENT, HANG); with --strict, on anything but PASS.
"""

from __future__ import annotations

import argparse
import base64
import collections
import ipaddress
import json
import socket
import sys
import time
from pathlib import Path
from typing import Any

from exchange import answers, exchange
from verdict import UNSAFE, Case, Seen, judge

CORPUS = Path(__file__).resolve().parent / "http1.jsonl"
SETTLE_SECONDS = 0.05


class Runner:
    """Runs cases against one gateway."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.address = (options.host, options.port)
        self.host_header = options.hosthdr.encode()
        self.control_port = options.control
        self.slow_timeout = options.slow_timeout
        self.count = 0

    def run(self, case: Case) -> dict[str, Any]:
        """One case: the request, a canary on a fresh connection, and what the back end saw of both."""
        self.count += 1
        raw = base64.b64decode(case.raw_base64).replace(b"{{HOST}}", self.host_header)
        self._control("reset")
        accept = case.expect == "accept-normalized"
        limit = self.slow_timeout if case.expect == "close" else max(2.5, self.slow_timeout)
        try:
            seen_by_client = exchange(
                self.address,
                raw,
                half_close=case.half_close,
                limit_seconds=limit,
                quiet_seconds=0.3 if accept else 0.8,
            )
        except OSError as error:
            return {"name": case.name, "verdict": "HANG", "err": str(error)}
        found = answers(seen_by_client.received, raw.lstrip(b"\r\n").startswith(b"HEAD "))
        nonce = f"/canary/{self.count}-{time.time_ns() // 1000}"
        time.sleep(SETTLE_SECONDS)
        canary = self._canary(nonce)
        time.sleep(SETTLE_SECONDS)
        log = self._control("dump")["log"]
        seen = Seen(
            found,
            seen_by_client.closed,
            requests=[row for row in log if row["kind"] == "request" and nonce not in row["target"]],
            partial=[row for row in log if row["kind"] == "partial"],
            canary=canary,
            has_backend=bool(self.control_port),
        )
        return report(case, seen, seen_by_client.seconds)

    def _canary(self, nonce: str) -> str:
        raw = b"GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % (nonce.encode(), self.host_header)
        try:
            back = exchange(self.address, raw, half_close=False, limit_seconds=5, quiet_seconds=1)
        except OSError as error:
            return f"err {error}"
        found = answers(back.received, False)
        healthy = len(found) == 1 and found[0].status == 200 and nonce.encode() in found[0].body
        return "ok" if healthy or not self.control_port else repr(found)[:160]

    def _control(self, command: str) -> dict[str, Any]:
        if not self.control_port:
            return {"log": []}
        with socket.create_connection(("127.0.0.1", self.control_port), 5) as connection:
            connection.sendall(command.encode() + b"\n")
            answer: dict[str, Any] = json.loads(connection.makefile("r").readline())
            return answer


def report(case: Case, seen: Seen, seconds: float) -> dict[str, Any]:
    """One row of the results."""
    return {
        "name": case.name,
        "cls": case.cls,
        "expect": case.expect,
        "verdict": judge(case, seen),
        "statuses": seen.statuses,
        "closed": seen.closed,
        "secs": round(seconds, 2),
        "backend": len(seen.requests),
        "partial": len(seen.partial),
        "flags": seen.flags,
        "saw": [row["line"][:90] for row in seen.requests],
        "canary": seen.canary,
    }


def line_of(row: dict[str, Any]) -> str:
    """A row of the results for people."""
    if "err" in row:
        return f"{row['verdict']:<11} {row['name']:<28} {row['err']}"
    canary = "" if row["canary"] == "ok" else "CANARY " + row["canary"]
    return (
        f"{row['verdict']:<11} {row['name']:<28} {row['expect']:<17} st={row['statuses']} closed={row['closed']} "
        f"backend={row['backend']} partial={row['partial']} {row['flags'] or ''} {canary}"
    )


def load(files: list[Path], only: str | None) -> list[Case]:
    rows = (Case(**json.loads(line)) for file in files for line in file.read_text().splitlines())
    return [case for case in rows if not only or only in case.name]


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("hosthdr", help="value of Host that names the API")
    parser.add_argument("--control", type=int, default=0, help="control port of recording_backend.py")
    parser.add_argument("--corpus", type=Path, action="append", help="may be repeated; http1.jsonl unless given")
    parser.add_argument("--out", type=Path, help="write the results as JSON")
    parser.add_argument("--only", help="only cases with this in their name")
    parser.add_argument("--slow-timeout", type=float, default=6.0, help="longer than the gateway's own timeouts")
    parser.add_argument("--quiet", action="store_true", help="only the summary")
    parser.add_argument("--strict", action="store_true", help="exit 1 unless every case is PASS")
    options = parser.parse_args()
    if not ipaddress.ip_address(socket.gethostbyname(options.host)).is_loopback:
        parser.error("loopback only")
    return options


def main() -> int:
    options = parse_options()
    runner = Runner(options)
    rows = []
    for case in load(options.corpus or [CORPUS], options.only):
        row = runner.run(case)
        rows.append(row)
        if not options.quiet:
            print(line_of(row), flush=True)
    counts = collections.Counter(row["verdict"] for row in rows)
    if options.out:
        options.out.write_text(json.dumps({"summary": counts, "results": rows}, indent=0))
    unsafe = sum(counts[verdict] for verdict in UNSAFE)
    failed = len(rows) - counts["PASS"]
    print("cases", len(rows), dict(counts))
    print(f"{counts['PASS']} passed, {failed} failed (unsafe {unsafe})")
    return 1 if unsafe or (options.strict and failed) else 0


if __name__ == "__main__":
    sys.exit(main())
