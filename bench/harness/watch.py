"""Watch a Stagegate while it is loaded: memory, and whether its status and control ports still answer."""

from __future__ import annotations

import http.client
import threading
import time
from types import TracebackType

from harness import procfs
from harness.control import Refused
from harness.stagegate import Stagegate

_EVERY_S = 0.1


class Watch:
    """Samples while one of its `with` blocks runs, and keeps the samples of all of them."""

    def __init__(self, gate: Stagegate) -> None:
        self._gate = gate
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self.rss_mib: list[float] = []
        self.probes = 0
        self.unreachable = 0
        self.slowest_ms = 0.0

    def __enter__(self) -> Watch:
        self._over.clear()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._thread:
            self._thread.join(60)

    def _probe(self) -> bool:
        """A status call and a signed control call, each over a connection of its own."""
        control = self._gate.control()
        try:
            control.call("GET", "/restapis")
            return self._gate.healthy()
        except (OSError, http.client.HTTPException, Refused):
            return False
        finally:
            control.close()

    def _run(self) -> None:
        while not self._over.wait(_EVERY_S):
            self.rss_mib.append(procfs.rss_bytes(self._gate.pid) / 2**20)
            begin = time.monotonic()
            self.probes += 1
            self.unreachable += not self._probe()
            self.slowest_ms = max(self.slowest_ms, (time.monotonic() - begin) * 1e3)

    def halves_mib(self) -> tuple[float, float]:
        """The most memory in the first and in the second half of the time."""
        middle = max(1, len(self.rss_mib) // 2)
        return max(self.rss_mib[:middle], default=0.0), max(self.rss_mib[middle:], default=0.0)
