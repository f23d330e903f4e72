"""A data-plane client with little overhead: one connection, one GET at a time."""

from __future__ import annotations

import http.client

from harness.ports import HOST


class Fetch:
    """Keeps its connection; not for several threads at once."""

    def __init__(self, port: int, host: str, headers: dict[str, str] | None = None) -> None:
        self._connection = http.client.HTTPConnection(HOST, port, timeout=10)
        self._headers = {"Host": host, **(headers or {})}

    def get(self, path: str) -> tuple[int, str]:
        """Status and body."""
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
