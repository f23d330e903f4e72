"""A recording HTTP back end: keeps every request as it came, answers as a test tells it."""

import contextlib
import dataclasses
import itertools
import json
import socket
import threading

from harness.wire import Connection, Truncated


@dataclasses.dataclass
class Recorded:
    """A request as the back end saw it."""

    method: str
    target: str
    headers: list
    body: bytes
    connection: int
    complete: bool = True

    def all(self, name):
        """Every value of a header, by case-insensitive name."""
        return [v for n, v in self.headers if n.lower() == name.lower()]

    def header(self, name, default=None):
        """The one value of a header."""
        values = self.all(name)
        assert len(values) <= 1, f"{name} came {len(values)} times: {values}"
        return values[0] if values else default

    @property
    def names(self):
        """The header names in order, in their letter case."""
        return [n for n, _ in self.headers]


@dataclasses.dataclass
class Reply:
    """What a test wants answered; `raw` sends bytes as they are and closes."""

    status: int = 200
    headers: list = dataclasses.field(default_factory=list)
    body: bytes = b""
    chunks: object = None
    raw: bytes = None
    close: bool = False


def echo(recorded):
    """Answers with what was seen, as JSON."""
    seen = {
        "method": recorded.method,
        "target": recorded.target,
        "headers": recorded.headers,
        "body": recorded.body.decode("latin-1"),
    }
    return Reply(200, [("Content-Type", "application/json")], json.dumps(seen).encode())


class Space:
    """A path prefix of the back end that belongs to one test: its behaviour and its records."""

    def __init__(self, prefix, port):
        self.prefix = prefix
        self.url = f"http://127.0.0.1:{port}{prefix}"
        self.answer = echo
        self.requests = []

    def replies(self, *args, **kwargs):
        """From now on answers with this Reply."""
        reply = Reply(*args, **kwargs)
        self.answer = lambda _: reply

    def only(self):
        """The one request seen since the last call."""
        seen, self.requests = self.requests, []
        assert len(seen) == 1, f"{len(seen)} requests reached the back end: {seen}"
        return seen[0]


class _Peer(Connection):
    """The server's side of a connection, with the same readers."""

    def __init__(self, accepted):  # pylint: disable=super-init-not-called
        self.socket = accepted
        self.buffer = b""


class Backend:
    """Listens on a port of its own; one thread for every connection."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        self.spaces = {}
        self.connections = itertools.count(1)
        self.open_connections = 0
        self._serial = itertools.count(1)
        threading.Thread(target=self._accept, daemon=True).start()

    def space(self):
        """A fresh path prefix."""
        prefix = f"/s{next(self._serial)}"
        self.spaces[prefix] = Space(prefix, self.port)
        return self.spaces[prefix]

    def _accept(self):
        while True:
            accepted, _ = self.listener.accept()
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            number = next(self.connections)
            threading.Thread(target=self._serve, args=(accepted, number), daemon=True).start()

    def _serve(self, accepted, number):
        peer = _Peer(accepted)
        self.open_connections += 1
        with contextlib.suppress(OSError, Truncated, ValueError), accepted:
            while self._serve_one(peer, number):
                pass
        self.open_connections -= 1

    def _serve_one(self, peer, number):
        method, target, _ = peer._line().split(" ")
        headers = []
        while line := peer._line():
            name, _, value = line.partition(":")
            headers.append((name, value.strip(" \t")))
        recorded = Recorded(method, target, headers, b"", number)
        space = self.spaces.get("/" + target.lstrip("/").replace("?", "/").split("/")[0])
        if space is None:
            peer.send(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            return False
        space.requests.append(recorded)
        try:
            self._read_body(peer, recorded)
        except (Truncated, OSError):
            recorded.complete = False
            raise
        reply = space.answer(recorded)
        return self._send(peer, reply, method)

    @staticmethod
    def _read_body(peer, recorded):
        if (recorded.header("Expect") or "").lower() == "100-continue":
            peer.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        if recorded.all("Transfer-Encoding"):
            recorded.body = b"".join(peer.chunks())
        else:
            recorded.body = peer.take(int(recorded.header("Content-Length", "0")))

    @staticmethod
    def _send(peer, reply, method):
        if reply is None:
            return False
        if reply.raw is not None:
            peer.send(reply.raw)
            return False
        headers = list(reply.headers)
        names = {n.lower() for n, _ in headers}
        if reply.chunks is not None:
            headers.append(("Transfer-Encoding", "chunked"))
        elif "content-length" not in names and reply.status not in (204, 304):
            headers.append(("Content-Length", str(len(reply.body))))
        lines = [f"HTTP/1.1 {reply.status} X"] + [f"{n}: {v}" for n, v in headers]
        peer.send("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n")
        if method == "HEAD" or reply.status in (204, 304):
            return not reply.close
        if reply.chunks is None:
            peer.send(reply.body)
            return not reply.close
        for chunk in reply.chunks() if callable(reply.chunks) else reply.chunks:
            peer.send(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        peer.send(b"0\r\n\r\n")
        return not reply.close
