#!/usr/bin/env python3
"""Offer GETs at a fixed rate, whatever comes back: `open_loop.py PORT HOST PATH RATE_PER_S SECONDS`.

Arrivals follow the clock. Each takes an idle connection or opens one; a connection that the other side closes is
dropped. Prints one line of JSON: how many were offered, good (200), refused (503), other, broken, not sent because
too many were outstanding, and the latency of the good ones.
"""

from __future__ import annotations

import json
import select
import socket
import sys
import time
from collections import Counter

MOST_OUTSTANDING = 4000
LINGER_S = 2.0


class Exchange:
    """One connection and the request on it, if any."""

    def __init__(self, port: int, epoll: select.epoll) -> None:
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.connect_ex(("127.0.0.1", port))
        self.since = 0.0  # when its request was due; 0 while idle
        self.unsent = b""
        self.received = b""
        epoll.register(self.socket, select.EPOLLIN | select.EPOLLOUT | select.EPOLLET)

    def send(self) -> None:
        """Write what is still to be written, as far as the socket takes it."""
        if self.unsent:
            try:
                self.unsent = self.unsent[self.socket.send(self.unsent) :]
            except (BlockingIOError, InterruptedError):
                pass

    def receive(self) -> bool:
        """Read what is there; whether the other side has closed."""
        try:
            while data := self.socket.recv(65536):
                self.received += data
        except (BlockingIOError, InterruptedError):
            return False
        return True

    def status(self) -> int | None:
        """The status once head and body (by Content-Length) are here."""
        head, blank, body = self.received.partition(b"\r\n\r\n")
        if not blank:
            return None
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length" and len(body) < int(value):
                return None
        return int(head[9:12])


class Offer:
    """The run: a clock, the exchanges, the counts."""

    def __init__(self, port: int, host: str, path: str) -> None:
        self._port = port
        self._request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
        self._epoll = select.epoll()
        self._all: dict[int, Exchange] = {}
        self._idle: list[Exchange] = []
        self.busy = 0
        self.counts: Counter[str] = Counter()
        self.latencies_ms: list[float] = []

    def _start(self, due: float) -> None:
        self.counts["offered"] += 1
        if self.busy >= MOST_OUTSTANDING:
            self.counts["unsent"] += 1
            return
        if self._idle:
            exchange = self._idle.pop()
        else:
            exchange = Exchange(self._port, self._epoll)
            self._all[exchange.socket.fileno()] = exchange
        exchange.since, exchange.unsent, exchange.received = due, self._request, b""
        self.busy += 1
        try:
            exchange.send()
        except OSError:
            # Not connected yet, or closed: the next event on the socket tells which.
            pass

    def _close(self, exchange: Exchange) -> None:
        del self._all[exchange.socket.fileno()]
        exchange.socket.close()

    def _lost(self, exchange: Exchange) -> None:
        """The other side closed, with or without a request on the connection."""
        if exchange.since:
            self.busy -= 1
            self.counts["broken"] += 1
        elif exchange in self._idle:
            self._idle.remove(exchange)
        self._close(exchange)

    def _answered(self, exchange: Exchange, status: int, now: float) -> None:
        kind = {200: "good", 503: "refused"}.get(status, "other")
        self.counts[kind] += 1
        if kind == "good":
            self.latencies_ms.append((now - exchange.since) * 1e3)
        exchange.since = 0.0
        self.busy -= 1

    def _event(self, exchange: Exchange) -> None:
        broken, closed = False, False
        try:
            exchange.send()
        except OSError:
            broken = True
        try:
            closed = exchange.receive()
        except OSError:
            broken = True
        status = exchange.status() if exchange.since else None
        if status is not None:
            self._answered(exchange, status, time.monotonic())
            if not (closed or broken or b"\nconnection: close" in exchange.received.lower()):
                self._idle.append(exchange)
                return
            self._close(exchange)
        elif closed or broken:
            self._lost(exchange)

    def run(self, rate: float, duration_s: float) -> None:
        """Offer for `duration_s`, then wait for the last answers up to `LINGER_S`."""
        begin, number = time.monotonic(), 0
        total = int(rate * duration_s)
        while time.monotonic() < begin + duration_s + LINGER_S and (number < total or self.busy):
            now = time.monotonic()
            while number < total and begin + number / rate <= now:
                self._start(begin + number / rate)
                number += 1
            wait_s = max(0.0, begin + number / rate - time.monotonic()) if number < total else 0.01
            for descriptor, _ in self._epoll.poll(wait_s, 512):
                if exchange := self._all.get(descriptor):
                    self._event(exchange)
        self.counts["broken"] += self.busy


def main() -> None:
    """Run as the command line says."""
    port, host, path, rate, duration_s = sys.argv[1:6]
    offer = Offer(int(port), host, path)
    offer.run(float(rate), float(duration_s))
    ordered = sorted(offer.latencies_ms) or [0.0]
    names = ("offered", "good", "refused", "other", "broken", "unsent")
    figures: dict[str, float] = {name: offer.counts[name] for name in names}
    figures["p50_ms"] = ordered[len(ordered) // 2]
    figures["p99_ms"] = ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
