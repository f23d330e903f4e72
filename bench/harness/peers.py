"""The proxies that are compared: how each is started, addressed and cleaned between rounds."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from harness import definition, haproxy, nginx
from harness.control import Control
from harness.fetch import Fetch
from harness.ports import free
from harness.stagegate import Stagegate

ROUTES = 300
LOG_DELAY_S = 10.0
_ACCOUNT_ROLE = "arn:aws:iam::000000000000:role/bench"
_LOG_GROUP = "arn:aws:logs:us-east-1:000000000000:log-group:bench"
# API Gateway's own Common Log Format.
_LOG_FORMAT = (
    "$context.identity.sourceIp $context.identity.caller $context.identity.user [$context.requestTime] "
    '"$context.httpMethod $context.resourcePath $context.protocol" $context.status $context.responseLength '
    "$context.requestId"
)


@dataclass
class Peer:
    """A running proxy."""

    name: str
    port: int
    pid: int
    host: str
    logs: Path | None  # the folder of its access logs; none when it logs nothing

    def cut_logs(self) -> int:
        """Empty its access logs, so that long runs do not fill the disk; how many bytes they held."""
        if not self.logs:
            return 0
        files = [path for path in self.logs.rglob("*") if path.is_file()]
        held = sum(path.stat().st_size for path in files)
        for path in files:
            os.truncate(path, 0)
        return held

    def check(self, paths: list[str]) -> None:
        """Every path is answered with the back end's body, and logged; RuntimeError otherwise."""
        fetch = Fetch(self.port, self.host)
        for path in paths:
            if (answer := fetch.get(path)) != (200, nginx.BODY):
                raise RuntimeError(f"{self.name} answers {path} with {answer}")
        fetch.close()
        end = time.monotonic() + LOG_DELAY_S
        while self.logs and not self.cut_logs():
            if time.monotonic() > end:
                raise RuntimeError(f"{self.name} has not logged {len(paths)} requests after {LOG_DELAY_S} s")
            time.sleep(0.05)


def _nginx(name: str, logged: bool, directory: Path, backend_port: int, core: int) -> Peer:
    (port,) = free(1)
    child = nginx.proxy(directory, port, backend_port, core, log=logged, keepalive=512)
    return Peer(name, port, child.pid, f"127.0.0.1:{port}", directory / "logs" if logged else None)


def _haproxy(directory: Path, backend_port: int, core: int) -> Peer:
    (port,) = free(1)
    child = haproxy.proxy(directory, port, backend_port, core)
    return Peer("haproxy", port, child.pid, f"127.0.0.1:{port}", directory / "logs")


def log_accesses(control: Control, api: str) -> None:
    """Switch the access log of an API's stage on, and its metrics."""
    control.patch("/account", ("replace", "/cloudwatchRoleArn", _ACCOUNT_ROLE))
    control.update_stage(
        api,
        definition.STAGE,
        ("replace", "/accessLogSettings/destinationArn", _LOG_GROUP),
        ("replace", "/accessLogSettings/format", _LOG_FORMAT),
        ("replace", "/*/*/metrics/enabled", "true"),
    )


def _stagegate(directory: Path, backend_port: int, core: int) -> Peer:
    gate = Stagegate(directory, core=core, cores=1)
    gate.start()
    control = gate.control()
    backend = f"http://127.0.0.1:{backend_port}"
    api = control.import_api(definition.services("bench", backend, ROUTES // 10))
    control.deploy(api, definition.STAGE)
    log_accesses(control, api)
    control.close()
    return Peer("stagegate", gate.gateway_port, gate.pid, gate.host(api), directory / "data" / "logs")


_STARTERS: dict[str, Callable[[Path, int, int], Peer]] = {
    "nginx-log": lambda directory, backend, core: _nginx("nginx-log", True, directory, backend, core),
    "nginx": lambda directory, backend, core: _nginx("nginx", False, directory, backend, core),
    "haproxy": _haproxy,
    "stagegate": _stagegate,
}
NAMES = list(_STARTERS)
BASELINE = "nginx-log"


def start(name: str, directory: Path, backend_port: int, core: int) -> Peer:
    """Start the peer `name` on `core`, in a fresh `directory`, and check that it does its work."""
    shutil.rmtree(directory, ignore_errors=True)
    peer = _STARTERS[name](directory, backend_port, core)
    peer.check(definition.sample(ROUTES // 10))
    return peer
