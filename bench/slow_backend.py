#!/usr/bin/env python3
"""A back end that answers every request after a fixed delay: `slow_backend.py PORT DELAY_MS`."""

from __future__ import annotations

import asyncio
import sys

_ANSWER = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{"slow":true}'


class Slow(asyncio.Protocol):
    """GETs only, without pipelining: a request ends at its blank line."""

    def __init__(self, delay_s: float) -> None:
        self._delay_s = delay_s
        self._pending = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each whole head, later."""
        self._pending += data
        while b"\r\n\r\n" in self._pending:
            _, self._pending = self._pending.split(b"\r\n\r\n", 1)
            asyncio.get_running_loop().call_later(self._delay_s, self._answer)

    def _answer(self) -> None:
        if not self._transport.is_closing():
            self._transport.write(_ANSWER)


async def main() -> None:
    """Serve until killed."""
    port, delay_ms = int(sys.argv[1]), float(sys.argv[2])
    server = await asyncio.get_running_loop().create_server(
        lambda: Slow(delay_ms / 1e3), "127.0.0.1", port, backlog=4096
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
