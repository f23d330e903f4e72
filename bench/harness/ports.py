"""Pick free loopback ports and wait for a listener on one."""

from __future__ import annotations

import socket
import time

HOST = "127.0.0.1"


def free(count: int) -> list[int]:
    """`count` different ports that were free a moment ago."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind((HOST, 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def wait_open(port: int, *, limit_s: float = 10.0) -> None:
    """Return once something accepts on `port`; TimeoutError after `limit_s`."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        try:
            socket.create_connection((HOST, port), timeout=1.0).close()
            return
        except OSError:
            time.sleep(0.02)
    raise TimeoutError(f"nothing listens on {HOST}:{port} after {limit_s} s")
