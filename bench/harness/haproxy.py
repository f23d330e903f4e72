"""HAProxy as a peer: one thread, HTTP log on."""

from __future__ import annotations

import subprocess
from pathlib import Path

from harness import children, ports

# `log stdout` is HAProxy's own way to log into a file; stdout is that file here.
_CONFIG = """\
global
    nbthread 1
    maxconn 8192
    log stdout format raw local0 info
defaults
    mode http
    log global
    option httplog
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    http-reuse always
frontend bench
    bind 127.0.0.1:{port}
    default_backend backend
backend backend
    server one 127.0.0.1:{backend}
"""


def proxy(directory: Path, port: int, backend_port: int, core: int) -> subprocess.Popen[bytes]:
    """Start HAProxy in front of `backend_port`; its log is in `directory`/logs."""
    logs = directory / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    config = directory / "haproxy.cfg"
    config.write_text(_CONFIG.format(port=port, backend=backend_port))
    child = children.spawn(["haproxy", "-db", "-f", str(config)], core=core, log=logs / "access.log")
    ports.wait_open(port)
    return child
