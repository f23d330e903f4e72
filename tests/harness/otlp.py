"""An OpenTelemetry receiver: OTLP over HTTP, decoded by OpenTelemetry's own package."""

import gzip
import http.server
import threading
from dataclasses import dataclass, field

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

MESSAGES = {
    "/v1/traces": ExportTraceServiceRequest,
    "/v1/metrics": ExportMetricsServiceRequest,
    "/v1/logs": ExportLogsServiceRequest,
}


@dataclass
class Post:
    """One post: its path, its headers by their names in lower case, and the message in it."""

    path: str
    headers: dict
    message: object


@dataclass
class Answer:
    """What the receiver answers."""

    status: int = 200
    body: bytes = b""
    headers: dict = field(default_factory=dict)


def plain(value):
    """An attribute's value as Python has it."""
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [plain(item) for item in value.array_value.values]
    if kind == "kvlist_value":
        return attributes(value.kvlist_value.values)
    return getattr(value, kind) if kind else None


def attributes(pairs):
    """Attributes by their names; none comes twice."""
    names = [pair.key for pair in pairs]
    assert len(names) == len(set(names)), names
    return {pair.key: plain(pair.value) for pair in pairs}


class Receiver:
    """The server. `posts` keeps what came; `answers` are given first, and then successes. `gate` holds every answer back while unset."""

    def __init__(self, port=0):
        self.posts, self.answers, self.gate = [], [], threading.Event()
        self.gate.set()
        handler = type("Handler", (Handler,), {"receiver": self})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        """Its address."""
        return f"http://127.0.0.1:{self.server.server_port}"

    def messages(self, path):
        """The messages that came to a path."""
        return [post.message for post in list(self.posts) if post.path == path]

    def spans(self):
        """Every span so far, with its resource's attributes."""
        return [
            (span, attributes(resource.resource.attributes))
            for message in self.messages("/v1/traces") for resource in message.resource_spans
            for scope in resource.scope_spans for span in scope.spans]

    def stop(self):
        """Ends the server."""
        self.gate.set()
        self.server.shutdown()
        self.server.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    """One post."""

    protocol_version = "HTTP/1.1"
    receiver = None

    def log_message(self, *_arguments):
        """Silence."""

    def do_POST(self):
        """Decodes, keeps and answers."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers["Content-Encoding"] == "gzip":
            body = gzip.decompress(body)
        assert self.headers["Content-Type"] == "application/x-protobuf"
        message = MESSAGES[self.path].FromString(body)
        receiver = self.receiver
        receiver.posts.append(Post(self.path, {name.lower(): value for name, value in self.headers.items()}, message))
        receiver.gate.wait()
        answer = receiver.answers.pop(0) if receiver.answers else Answer()
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/x-protobuf")
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)
