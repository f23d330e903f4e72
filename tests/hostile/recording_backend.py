#!/usr/bin/env python3
"""A recording back end, deliberately lenient, so that a smuggled request is SEEN.

usage: recording_backend.py PORT [--mode te|cl] [--control PORT+1]

te: any Transfer-Encoding-like field with 'chunked' in it wins; bare LF, folds, controls and look-alike names pass.
cl: the first Content-Length wins even when Transfer-Encoding is there; chunked only without a length.

Every request head is linted against RFC 9110 and 9112; the flags are what a correct gateway must never forward.
The control port takes one line, 'reset' or 'dump', and answers one line of JSON.
"""

from __future__ import annotations

import argparse
import base64
import json
import re
import socket
import threading
from dataclasses import dataclass, field
from typing import Any

from lint import TOKEN, lint

BODY_LIMIT_BYTES = 10**8
FORBIDDEN_TRAILERS = (b"content-length", b"transfer-encoding", b"host", b"authorization")
BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Log:
    """What all connections saw, in order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: list[dict[str, Any]] = []

    def append(self, row: dict[str, Any]) -> None:
        with self._lock:
            self._rows.append(row)

    def reset(self) -> None:
        with self._lock:
            self._rows.clear()

    def rows(self) -> list[dict[str, Any]]:
        with self._lock:
            return list(self._rows)


class Peer:
    """Buffered reading from one connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.buffer = b""
        self._ended = False

    def _more(self) -> bool:
        if self._ended:
            return False
        try:
            data = self._connection.recv(65536)
        except OSError:
            data = b""
        self._ended = not data
        self.buffer += data
        return not self._ended

    def line(self) -> bytes | None:
        """The next line with its LF, or None when the peer closed before it."""
        while b"\n" not in self.buffer:
            if not self._more():
                return None
        end = self.buffer.index(b"\n") + 1
        line, self.buffer = self.buffer[:end], self.buffer[end:]
        return line

    def take(self, count: int) -> bytes | None:
        """The next `count` bytes, or None when the peer closed before them."""
        while len(self.buffer) < count:
            if not self._more():
                return None
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data


@dataclass
class Request:
    """One request as a lenient server reads it."""

    head: bytes
    mode: str
    flags: list[str] = field(default_factory=list)
    body_bytes: int = 0

    def __post_init__(self) -> None:
        lines = [line.rstrip(b"\r\n") for line in self.head.split(b"\n")]
        self.line = lines[0]
        self.words = self.line.split()
        self.target = self.words[1] if len(self.words) > 1 else b""
        self.fields = self._fields(lines[1:])
        self.flags = lint(self.head.removesuffix(b"\r\n"))

    def _fields(self, lines: list[bytes]) -> list[tuple[bytes, bytes]]:
        fields: list[tuple[bytes, bytes]] = []
        for line in lines:
            if line[:1] in (b" ", b"\t") and fields:
                name, value = fields.pop()
                fields.append((name, value + b" " + line.strip()))
                continue
            name, colon, value = line.partition(b":")
            if colon:
                fields.append((self._name(name), value.strip()))
        return fields

    def _name(self, name: bytes) -> bytes:
        if self.mode == "te":
            return re.sub(rb"[\x00-\x20\x7f]", b"", name).lower().replace(b"_", b"-")
        return name.lower()

    def values(self, name: bytes) -> list[bytes]:
        return [value for field_name, value in self.fields if field_name == name]

    def framing(self) -> tuple[bool, int]:
        """Whether the body is chunked, and its length if not."""
        lengths = self.values(b"content-length")
        codings = [value.lower() for value in self.values(b"transfer-encoding")]
        if self.mode == "te":
            chunked = any(b"chunked" in coding for coding in codings)
            length = lengths[-1] if lengths else b"0"
        else:
            chunked = not lengths and b"chunked" in codings
            length = lengths[0] if lengths else b"0"
        digits = re.match(rb"\s*(\d+)", length)
        return chunked, int(digits[1]) if digits else 0

    def closes(self) -> bool:
        return self.line.endswith(b"HTTP/1.0") or any(b"close" in value.lower() for value in self.values(b"connection"))

    def row(self, connection_id: int) -> dict[str, Any]:
        return {
            "kind": "request",
            "cid": connection_id,
            "line": self.line[:200].decode("latin-1"),
            "target": self.target[:300].decode("latin-1"),
            "flags": self.flags,
            "head": base64.b64encode(self.head[:2000]).decode(),
            "host": [value.decode("latin-1") for value in self.values(b"host")][:3],
            "body": self.body_bytes,
        }


def read_head(peer: Peer) -> tuple[bytes, bool]:
    """What came of a head, and whether it is complete."""
    head = b""
    while True:
        line = peer.line()
        if line is None:
            return head + peer.buffer, False
        if not head and line in (b"\r\n", b"\n"):
            continue
        head += line
        if line in (b"\r\n", b"\n"):
            return head, True


def read_body(peer: Peer, request: Request) -> bool:
    """Reads the body, adding flags to the request; whether it was complete."""
    chunked, length = request.framing()
    if chunked:
        return _read_chunks(peer, request)
    request.body_bytes = length
    return length <= BODY_LIMIT_BYTES and peer.take(length) is not None


def _read_chunks(peer: Peer, request: Request) -> bool:
    while True:
        line = peer.line()
        if line is None:
            return False
        if not re.fullmatch(rb"[0-9A-Fa-f]+\r\n", line):
            request.flags.append("chunk-line:" + repr(line[:30]))
        digits = re.match(rb"\s*(?:0x)?([0-9A-Fa-f]+)", line)
        size = int(digits[1], 16) if digits else 0
        if size == 0:
            return _read_trailers(peer, request)
        if size > BODY_LIMIT_BYTES or peer.take(size) is None:
            return False
        request.body_bytes += size
        if not _read_chunk_end(peer, request):
            return False


def _read_chunk_end(peer: Peer, request: Request) -> bool:
    end = peer.take(2)
    if end is None:
        return False
    if end != b"\r\n":
        request.flags.append("chunk-data-end")
        peer.buffer = (end[end.find(b"\n") + 1 :] if b"\n" in end else end) + peer.buffer
    return True


def _read_trailers(peer: Peer, request: Request) -> bool:
    while True:
        line = peer.line()
        if line is None:
            return False
        if line in (b"\r\n", b"\n"):
            return True
        if line.split(b":")[0].strip().lower() in FORBIDDEN_TRAILERS:
            request.flags.append("forbidden-trailer")
        if b":" not in line or not line.endswith(b"\r\n"):
            request.flags.append("bad-trailer")


class Backend:
    """Serves connections and records them."""

    def __init__(self, mode: str) -> None:
        self.mode = mode
        self.log = Log()

    def serve(self, connection: socket.socket, connection_id: int) -> None:
        with connection:
            peer = Peer(connection)
            try:
                while self._serve_one(connection, peer, connection_id):
                    pass
            except OSError:
                pass

    def _serve_one(self, connection: socket.socket, peer: Peer, connection_id: int) -> bool:
        head, complete = read_head(peer)
        if not complete:
            if head:
                raw = base64.b64encode(head[:400]).decode()
                self.log.append({"kind": "partial", "where": "head", "cid": connection_id, "raw": raw})
            return False
        request = Request(head, self.mode)
        if len(request.words) < 2 or not TOKEN.fullmatch(request.words[0]):
            request.flags.append("garbage")
            self.log.append(request.row(connection_id))
            connection.sendall(BAD_REQUEST)
            return False
        if any(b"100" in value for value in request.values(b"expect")):
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if not read_body(peer, request):
            self.log.append(request.row(connection_id) | {"kind": "partial", "where": "body"})
            return False
        self.log.append(request.row(connection_id))
        connection.sendall(self._answer(request, connection_id))
        return not request.closes()

    def _answer(self, request: Request, connection_id: int) -> bytes:
        seen = {"seen": request.target[:200].decode("latin-1"), "cid": connection_id}
        body = json.dumps(seen).encode()
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
        return head if request.words[0] == b"HEAD" else head + body

    def control(self, listener: socket.socket) -> None:
        while True:
            connection, _ = listener.accept()
            with connection:
                try:
                    command = connection.makefile("r").readline().strip()
                    connection.sendall(json.dumps(self._obey(command)).encode() + b"\n")
                except OSError:
                    pass

    def _obey(self, command: str) -> dict[str, Any]:
        if command == "reset":
            self.log.reset()
            return {"ok": 1}
        return {"log": self.log.rows(), "mode": self.mode}


def listen(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(512)
    return listener


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("port", type=int)
    parser.add_argument("--mode", choices=["te", "cl"], default="te")
    parser.add_argument("--control", type=int, help="control port, PORT+1 unless given")
    options = parser.parse_args()
    control_port = options.control or options.port + 1
    backend = Backend(options.mode)
    control = listen(control_port)
    listener = listen(options.port)
    threading.Thread(target=backend.control, args=(control,), daemon=True).start()
    print("listening", options.port, "control", control_port, "mode", options.mode, flush=True)
    connection_id = 0
    while True:
        connection, _ = listener.accept()
        connection_id += 1
        threading.Thread(target=backend.serve, args=(connection, connection_id), daemon=True).start()


if __name__ == "__main__":
    main()
