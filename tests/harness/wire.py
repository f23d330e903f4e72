"""A raw HTTP/1.1 client: sends exactly the bytes it is given and keeps the answer as it came."""

import dataclasses
import json
import socket


class Truncated(Exception):
    """The peer closed, or reset, before the message was complete."""


@dataclasses.dataclass
class Response:
    """An answer: header names in the peer's letter case, in order, duplicates kept."""

    status: int
    version: str
    headers: list
    body: bytes
    informational: list = dataclasses.field(default_factory=list)
    chunked: bool = False

    def all(self, name):
        """Every value of a header, by case-insensitive name."""
        return [v for n, v in self.headers if n.lower() == name.lower()]

    def header(self, name, default=None):
        """The one value of a header; fails when there are several."""
        values = self.all(name)
        assert len(values) <= 1, f"{name} came {len(values)} times: {values}"
        return values[0] if values else default

    def json(self):
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def error_type(self):
        """AWS's x-amzn-ErrorType."""
        return self.header("x-amzn-ErrorType")


class Connection:
    """One TCP connection."""

    def __init__(self, port, host="127.0.0.1", timeout=15):
        self.socket = socket.create_connection((host, port), timeout)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Closes without waiting for anything."""
        self.socket.close()

    def send(self, data):
        """Sends all bytes."""
        self.socket.sendall(data)

    def half_close(self):
        """Says that no more bytes will come."""
        self.socket.shutdown(socket.SHUT_WR)

    def request(self, method, target, host, headers=(), body=None, version="HTTP/1.1", chunks=None):
        """Sends one request; adds Host first and the framing last."""
        lines = [f"{method} {target} {version}"]
        if host is not None:
            lines.append(f"Host: {host}")
        lines += [f"{n}: {v}" for n, v in headers]
        if chunks is not None:
            lines.append("Transfer-Encoding: chunked")
        elif body is not None:
            lines.append(f"Content-Length: {len(body)}")
        self.send("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n")
        if chunks is not None:
            for chunk in chunks:
                self.send(b"%x\r\n%s\r\n" % (len(chunk), chunk))
            self.send(b"0\r\n\r\n")
        elif body:
            self.send(body)

    def receive_more(self):
        """Reads what has come; false at the end of the stream."""
        try:
            data = self.socket.recv(262144)
        except ConnectionResetError as error:
            raise Truncated("connection reset") from error
        self.buffer += data
        return bool(data)

    def _line(self):
        while b"\r\n" not in self.buffer:
            if not self.receive_more():
                raise Truncated(f"closed within a line: {self.buffer[:200]!r}")
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line.decode("latin-1")

    def take(self, count):
        """Exactly so many bytes."""
        parts, have = [self.buffer], len(self.buffer)
        while have < count:
            self.buffer = b""
            if not self.receive_more():
                raise Truncated(f"closed after {have} of {count} bytes")
            parts.append(self.buffer)
            have += len(self.buffer)
        data = b"".join(parts)
        self.buffer = data[count:]
        return data[:count]

    def read_head(self):
        """Status, version and headers of the next message, informational ones included."""
        version, status, *_ = self._line().split(" ", 2)
        headers = []
        while line := self._line():
            name, _, value = line.partition(":")
            assert name == name.strip(), f"space around a header name: {line!r}"
            headers.append((name, value.strip(" \t")))
        return Response(int(status), version, headers, b"")

    def response(self, method="GET"):
        """The next final answer with its body."""
        informational = []
        while (answer := self.read_head()).status < 200:
            informational.append(answer)
        answer.informational = informational
        codings = answer.all("Transfer-Encoding")
        lengths = answer.all("Content-Length")
        assert len(codings) + len(lengths) <= 1, f"ambiguous framing: {answer.headers}"
        if method == "HEAD" or answer.status in (204, 304):
            return answer
        if codings:
            assert codings == ["chunked"], codings
            answer.chunked = True
            answer.body = b"".join(self.chunks())
        elif lengths:
            answer.body = self.take(int(lengths[0]))
        else:
            while self.receive_more():
                pass
            answer.body, self.buffer = self.buffer, b""
        return answer

    def chunks(self):
        """Yields the chunks of a chunked body as they arrive, until the clean end."""
        while size := int(self._line(), 16):
            yield self.take(size)
            assert self.take(2) == b"\r\n"
        while self._line():
            pass

    def closed(self, within_s=3):
        """Whether the peer closes within the time, without sending anything more."""
        self.socket.settimeout(within_s)
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False


def exchange(port, method, target, host, headers=(), body=None, **options):
    """One request on a connection of its own, and its answer."""
    with Connection(port, timeout=options.pop("timeout", 15)) as connection:
        connection.request(method, target, host, headers, body, **options)
        return connection.response(method)
