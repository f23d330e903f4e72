"""The proxies that are compared: how each is started, addressed and cleaned between rounds."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

from harness import definition, haproxy, nginx
from harness.ports import free
from harness.stagegate import Stagegate

ROUTES = 300
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
    logs: list[Path] = field(default_factory=list)

    def cut_logs(self) -> None:
        """Empty its access logs, so that long runs do not fill the disk."""
        for log in self.logs:
            if log.exists():
                os.truncate(log, 0)


def _nginx(name: str, logged: bool, directory: Path, backend_port: int, core: int) -> Peer:
    (port,) = free(1)
    child = nginx.proxy(directory, port, backend_port, core, log=logged, keepalive=512)
    return Peer(name, port, child.pid, f"127.0.0.1:{port}", [directory / "access.log"])


def _haproxy(directory: Path, backend_port: int, core: int) -> Peer:
    (port,) = free(1)
    child = haproxy.proxy(directory, port, backend_port, core)
    return Peer("haproxy", port, child.pid, f"127.0.0.1:{port}", [directory / "access.log"])


def _stagegate(directory: Path, backend_port: int, core: int) -> Peer:
    gate = Stagegate(directory, core=core, cores=1)
    gate.start()
    control = gate.control()
    backend = f"http://127.0.0.1:{backend_port}"
    api = control.import_api(definition.services("bench", backend, ROUTES // 10))
    control.deploy(api, definition.STAGE)
    control.patch("/account", ("replace", "/cloudwatchRoleArn", _ACCOUNT_ROLE))
    control.update_stage(
        api,
        definition.STAGE,
        ("replace", "/accessLogSettings/destinationArn", _LOG_GROUP),
        ("replace", "/accessLogSettings/format", _LOG_FORMAT),
        ("replace", "/*/*/metrics/enabled", "true"),
    )
    control.close()
    logs = directory / "data" / "logs"
    return Peer("stagegate", gate.gateway_port, gate.pid, gate.host(api), [logs / "bench", logs / "bench.log"])


_STARTERS: dict[str, Callable[[Path, int, int], Peer]] = {
    "nginx-log": lambda directory, backend, core: _nginx("nginx-log", True, directory, backend, core),
    "nginx": lambda directory, backend, core: _nginx("nginx", False, directory, backend, core),
    "haproxy": _haproxy,
    "stagegate": _stagegate,
}
NAMES = list(_STARTERS)
BASELINE = "nginx-log"


def start(name: str, directory: Path, backend_port: int, core: int) -> Peer:
    """Start the peer `name` on `core`, in a fresh `directory`."""
    shutil.rmtree(directory, ignore_errors=True)
    return _STARTERS[name](directory, backend_port, core)
