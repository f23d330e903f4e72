#!/usr/bin/env python3
"""Hold rates under saturating demand: bursts, steady load and many keys, judged from outside."""

from __future__ import annotations

import argparse
import http.client
import math
import tempfile
import threading
import time
from pathlib import Path

from harness import definition, results
from harness.ports import HOST
from harness.stagegate import Stagegate
from keys import document

# An observer sees an admission up to so much later than it was decided.
SLACK_S = 0.05
LEAST_SHARE = 0.99


class Load:
    """Connections that ask as fast as they can; when answers of 200 were seen."""

    def __init__(self, gate: Stagegate, api: str, values: list[str], threads: int) -> None:
        self.gate, self.host, self.values, self.threads = gate, gate.host(api), values, threads
        self.served: dict[str, list[tuple[float, float]]] = {value: [] for value in values}

    def run(self, seconds: float, pause_s: float = 0.0) -> float:
        """Ask for so long; with pauses, in bursts. Seconds from the first to the last request."""
        began = time.monotonic()
        threads = [
            threading.Thread(target=self._ask, args=(self.values[index % len(self.values)], began + seconds, pause_s))
            for index in range(self.threads)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return time.monotonic() - began

    def _ask(self, value: str, end: float, pause_s: float) -> None:
        connection = http.client.HTTPConnection(HOST, self.gate.gateway_port, timeout=10)
        headers = {"Host": self.host, "x-api-key": value}
        asked = 0
        while (sent := time.monotonic()) < end:
            connection.request("GET", f"/{definition.STAGE}/k", headers=headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status == 200:
                self.served[value].append((sent, time.monotonic()))
            asked += 1
            if pause_s and asked % 200 == 0:
                time.sleep(pause_s)


def excess(times: list[float], rate: float, burst: int) -> float:
    """The most requests over rate × t + burst in any window between two of them; below 0 if none is."""
    least, worst = float("inf"), float("-inf")
    for index, at in enumerate(sorted(times)):
        filled = rate * (at - times[0])
        least = min(least, index - filled)
        worst = max(worst, index + 1 - filled - least - burst)
    return worst


def case(gate: Stagegate, api: str, stage: dict[str, str], row: tuple[str, float, int, int, int, float, float]) -> tuple[list[str], bool]:
    """One plan under load: a row of the table, and whether it holds."""
    name, rate, burst, keys, threads, seconds, pause_s = row
    control = gate.control()
    throttle = {"rateLimit": rate, "burstLimit": burst}
    plan = control.call("POST", "/usageplans", {"name": name, "apiStages": [stage], "throttle": throttle})["id"]
    values = []
    for _ in range(keys):
        key = control.call("POST", "/apikeys", {"name": name, "enabled": True})
        control.call("POST", f"/usageplans/{plan}/keys", {"keyId": key["id"], "keyType": "API_KEY"})
        values.append(key["value"])
    control.close()
    load = Load(gate, api, values, threads)
    spent = load.run(seconds, pause_s)
    shares, excesses = [], []
    for times in load.served.values():
        due = math.floor(rate * seconds) + burst
        shares.append(len(times) / due)
        # Seen late, an admission can move into a window by as much as it took.
        excesses.append(excess([seen for _, seen in times], rate, burst) - rate * SLACK_S)
        if len(times) > rate * spent + burst:
            excesses.append(1.0)
    share, most = min(shares), max(excesses)
    least = LEAST_SHARE if not pause_s else 0.0
    holds = share >= least and most <= 1
    served = sum(map(len, load.served.values()))
    return [name, f"{rate:g}/s", f"{burst:,}", str(keys), f"{seconds:.0f} s", f"{served:,}", f"{share:.2%}", results.verdict(holds)], holds


def main() -> int:
    """Every case in turn; 1 if one misses."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="short runs, results not kept")
    options = parser.parse_args()
    seconds = 3.0 if options.quick else 15.0
    cases = [
        ("steady", 200.0, 50, 1, 4, seconds, 0.0),
        ("slow", 0.5, 3, 1, 2, max(seconds, 10.0), 0.0),
        ("fast", 1_000.0, 1_000, 1, 6, seconds, 0.0),
        ("bursts", 500.0, 400, 1, 4, seconds, 0.3),
        ("many keys", 20.0, 10, 16, 16, seconds, 0.0),
    ]
    with tempfile.TemporaryDirectory(prefix="stagegate-bench-") as scratch:
        gate = Stagegate(Path(scratch), core=None, cores=2)
        gate.start()
        control = gate.control()
        api = control.import_api(document())
        control.deploy(api, definition.STAGE)
        control.close()
        rows = [case(gate, api, {"apiId": api, "stage": definition.STAGE}, row) for row in cases]
        gate.stop()
    header = ["demand", "rate", "burst", "keys", "time", "served", "of what is due", ""]
    body = results.table(header, [row for row, _ in rows])
    body += "\n\nWhat is due is ⌊rate × time⌋ + burst, of the key that got the least. No window between two answers has more than\n"
    body += f"rate × t + burst, but for the {SLACK_S * 1e3:.0f} ms that an answer may be seen late; bursts pause, and are not owed 99 %."
    results.publish("throttle", "Rates under saturating demand", body, keep=not options.quick)
    return 0 if all(holds for _, holds in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
