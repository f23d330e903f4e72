"""A Lambda API: Invoke and InvokeWithResponseStream over HTTP, for functions that are Python callables of a test."""

import dataclasses
import http.server
import json
import re
import struct
import threading
import urllib.parse
import zlib

ROUTE = re.compile(r"/(?:2015-03-31|2021-11-15)/functions/([^/]+)/(invocations|response-streaming-invocations)")


@dataclasses.dataclass
class Invocation:
    """An invocation as Lambda saw it."""

    arn: str
    qualifier: str
    is_streamed: bool
    payload: bytes
    headers: object
    target: str

    @property
    def event(self):
        """The event."""
        return json.loads(self.payload)


class Failed(Exception):
    """The function failed: `X-Amz-Function-Error` and an error document."""


@dataclasses.dataclass
class Refused(Exception):
    """Lambda refuses the call with an exception of its own."""

    status: int
    name: str


@dataclasses.dataclass
class Stream:
    """A streamed answer; an `error` ends it as a function that failed half-way, `cut` without any end. `kind` is the function's media
    type."""

    pieces: list
    error: str = None
    cut: bool = False
    kind: str = None


def metadata(**members):
    """The metadata of a streamed answer, with its delimiter."""
    return json.dumps(members).encode() + bytes(8)


def message(kind, payload, message_type="event"):
    """One message of an event stream."""
    headers = b""
    for name, value in ((":event-type", kind), (":content-type", "application/json"), (":message-type", message_type)):
        headers += struct.pack("!B", len(name)) + name.encode() + struct.pack("!BH", 7, len(value)) + value.encode()
    prelude = struct.pack("!II", 16 + len(headers) + len(payload), len(headers))
    prelude += struct.pack("!I", zlib.crc32(prelude))
    return prelude + headers + payload + struct.pack("!I", zlib.crc32(prelude + headers + payload))


class Lambdas:
    """The server. `functions` maps names to callables of an invocation; `seen` keeps what came."""

    def __init__(self):
        self.functions, self.seen = {}, []
        handler = type("Handler", (Handler,), {"lambdas": self})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        """Its address."""
        return f"http://127.0.0.1:{self.server.server_port}"

    @property
    def settings(self):
        """The settings that send every function's invocations here."""
        return f'[[lambda.endpoints]]\nfunctions = "arn:aws:lambda:*:*:function:*"\nurl = "{self.url}"\n'

    def only(self):
        """The one invocation since the last look."""
        seen, self.seen = self.seen, []
        assert len(seen) == 1, seen
        return seen[0]

    def stop(self):
        """Ends the server."""
        self.server.shutdown()
        self.server.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    """One call."""

    protocol_version = "HTTP/1.1"
    lambdas = None

    def log_message(self, *_arguments):
        """Silence."""

    def do_POST(self):
        """Invokes."""
        payload = self.rfile.read(int(self.headers["Content-Length"]))
        target = urllib.parse.urlsplit(self.path)
        found = ROUTE.fullmatch(target.path)
        assert found, self.path
        arn = urllib.parse.unquote(found[1])
        qualifier = urllib.parse.parse_qs(target.query).get("Qualifier", [None])[0]
        is_streamed = found[2] != "invocations"
        invocation = Invocation(arn, qualifier, is_streamed, payload, self.headers, self.path)
        self.lambdas.seen.append(invocation)
        function = self.lambdas.functions.get(arn.rsplit(":", 1)[1])
        try:
            if not function:
                raise Refused(404, "ResourceNotFoundException")
            if self.headers["X-Amz-Invocation-Type"] == "Event":
                return self.answer(202, b"")
            self.invoked(function(invocation), is_streamed)
        except Refused as refused:
            body = json.dumps({"Type": "User", "message": refused.name}).encode()
            self.answer(refused.status, body, {"x-amzn-ErrorType": refused.name})
        except Failed as failed:
            body = json.dumps({"errorMessage": str(failed), "errorType": "Failed"}).encode()
            self.answer(200, body, {"X-Amz-Function-Error": "Unhandled"})
        return None

    def invoked(self, result, is_streamed):
        """Answers with a result."""
        if not isinstance(result, Stream):
            result = result if isinstance(result, bytes) else json.dumps(result).encode()
            if not is_streamed:
                return self.answer(200, result)
            result = Stream([result])
        self.send_response(200)
        self.send_header("Content-Type", "application/vnd.amazon.eventstream")
        if result.kind:
            self.send_header("X-Amzn-Remapped-Content-Type", result.kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in result.pieces:
            self.chunk(message("PayloadChunk", piece() if callable(piece) else piece))
        self.close_connection = True
        if result.cut:
            return None
        error = {"ErrorCode": result.error, "ErrorDetails": "half-way"} if result.error else {}
        self.chunk(message("InvokeComplete", json.dumps(error).encode()))
        self.wfile.write(b"0\r\n\r\n")
        return None

    def chunk(self, data):
        """Sends a chunk."""
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def answer(self, status, body, headers=()):
        """Sends a whole answer."""
        self.send_response(status)
        sent = {"x-amzn-RequestId": "7b1e2c1e-8d1d-4c9a-9c51-0d6d2f1c0a11", "X-Amz-Executed-Version": "$LATEST"}
        for name, value in (sent | dict(headers)).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
