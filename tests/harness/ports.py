"""Free TCP ports below the ephemeral range, in a band of its own for every test worker."""

import itertools
import os
import socket

_BAND_SIZE = 900


def _band_start() -> int:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    return 14000 + int(worker) % 16 * _BAND_SIZE + os.getpid() % 8 * 100


_next = itertools.count(_band_start())


def free_port() -> int:
    """A port nobody listens on; never handed out twice by this process."""
    for port in _next:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise AssertionError("the port counter is endless")
