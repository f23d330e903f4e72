"""Sending raw bytes to a gateway and reading its answers, however broken either is."""

from __future__ import annotations

import contextlib
import re
import select
import socket
import time
from dataclasses import dataclass

READ_BYTES = 65536


@dataclass
class Exchange:
    """What came back on one connection."""

    received: bytes
    closed: str | None
    seconds: float


@dataclass
class Answer:
    """One response; a status of 'partial' or 'junk' where there is no status line."""

    status: int | str
    body: bytes


def exchange(
    address: tuple[str, int], raw: bytes, *, half_close: bool, limit_seconds: float, quiet_seconds: float
) -> Exchange:
    """Sends `raw`, then reads until the peer closes, is quiet after an answer, or the limit is over."""
    connection = socket.create_connection(address, 5)
    connection.setblocking(False)
    with connection:
        return _Conversation(connection, raw, half_close).run(limit_seconds, quiet_seconds)


class _Conversation:
    def __init__(self, connection: socket.socket, raw: bytes, half_close: bool) -> None:
        self.connection = connection
        self.unsent = memoryview(raw)
        self.half_close = half_close
        self.received = b""
        self.closed: str | None = None

    def run(self, limit_seconds: float, quiet_seconds: float) -> Exchange:
        start = time.monotonic()
        last = None
        while self.closed is None:
            now = time.monotonic()
            if now - start > limit_seconds or (last is not None and now - last > quiet_seconds):
                break
            self._shut_down_when_sent()
            writers = [self.connection] if self.unsent else []
            readable, writable, _ = select.select([self.connection], writers, [], 0.05)
            if writable:
                self._send()
            if readable and self._receive():
                last = time.monotonic()
        return Exchange(self.received, self.closed, time.monotonic() - start)

    def _shut_down_when_sent(self) -> None:
        if self.half_close and not self.unsent:
            self.half_close = False
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_WR)

    def _send(self) -> None:
        try:
            self.unsent = self.unsent[self.connection.send(self.unsent[:READ_BYTES]) :]
        except BlockingIOError:
            pass
        except OSError:
            self.unsent = self.unsent[:0]

    def _receive(self) -> bool:
        try:
            data = self.connection.recv(READ_BYTES)
        except BlockingIOError:
            return False
        except OSError:
            self.closed = "reset"
            return False
        if not data:
            self.closed = "fin"
        self.received += data
        return bool(data)


def answers(received: bytes, first_to_head: bool) -> list[Answer]:
    """The final responses in what was received; `first_to_head` if the first answers HEAD."""
    found: list[Answer] = []
    rest = received
    while rest:
        head, end, rest = rest.partition(b"\r\n\r\n")
        if not end:
            found.append(Answer("partial", b""))
            break
        match = re.match(rb"HTTP/\d(?:\.\d)? (\d{3})", head)
        if not match:
            found.append(Answer("junk", head[:60]))
            break
        status = int(match[1])
        if 100 <= status < 200 and status != 101:
            continue
        bodiless = (first_to_head and not found) or status in (204, 304)
        body, rest = (b"", rest) if bodiless else _body(head, rest)
        found.append(Answer(status, body))
    return found


def _body(head: bytes, rest: bytes) -> tuple[bytes, bytes]:
    lines = (line.partition(b":") for line in head.split(b"\r\n")[1:])
    fields = {name.strip().lower(): value.strip() for name, _, value in lines}
    if fields.get(b"transfer-encoding", b"").lower() == b"chunked":
        return _chunks(rest)
    if b"content-length" in fields:
        length = int(fields[b"content-length"])
        return rest[:length], rest[length:]
    return rest, b""


def _chunks(rest: bytes) -> tuple[bytes, bytes]:
    body = b""
    while True:
        line, _, rest = rest.partition(b"\r\n")
        size = int(line.split(b";")[0] or b"0", 16)
        if size == 0:
            return body, rest.partition(b"\r\n")[2]
        body += rest[:size]
        rest = rest[size + 2 :]
