"""X-Ray's daemon: takes segments by UDP, checks each against the documented members, and serves sampling rules by TCP."""

import http.server
import json
import pathlib
import socket
import threading

import jsonschema

SCHEMA = json.loads((pathlib.Path(__file__).parent / "xray_segment.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
DOCUMENT_BYTES_MAX = 64 * 1024


def rule(name, priority=1, rate=0.0, reservoir=0, **matched):
    """A sampling rule as GetSamplingRules has it."""
    every = {name: "*" for name in ("ResourceARN", "ServiceName", "ServiceType", "Host", "HTTPMethod", "URLPath")}
    return {"RuleName": name, "Priority": priority, "FixedRate": rate, "ReservoirSize": reservoir, "Version": 1,
            "Attributes": {}, **every, **matched}


class Daemon:
    """The daemon. Segments that break the schema are kept as `faults`."""

    def __init__(self):
        self.segments, self.faults, self.calls = [], [], []
        self.rules, self.targets, self.changed = [], {}, 0
        # Reports that are answered 500, as if they had never come.
        self.reports_lost = 0
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.udp.bind(("127.0.0.1", 0))
        handler = type("Handler", (Handler,), {"daemon": self})
        self.tcp = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.tcp.daemon_threads = True
        for target in (self.tcp.serve_forever, self._receive):
            threading.Thread(target=target, daemon=True).start()

    @property
    def udp_address(self):
        """Where segments go, in the form of the setting."""
        return f"udp:127.0.0.1:{self.udp.getsockname()[1]}"

    @property
    def address(self):
        """Both addresses."""
        return f"tcp:127.0.0.1:{self.tcp.server_port} {self.udp_address}"

    def _receive(self):
        while True:
            try:
                datagram = self.udp.recv(1 << 16)
            except OSError:
                return
            header, _, document = datagram.partition(b"\n")
            try:
                assert json.loads(header) == {"format": "json", "version": 1}
                assert len(document) <= DOCUMENT_BYTES_MAX
                segment = json.loads(document)
                VALIDATOR.validate(segment)
                self.segments.append(segment)
            except (AssertionError, ValueError, jsonschema.ValidationError) as fault:
                self.faults.append((fault, datagram))

    def stop(self):
        """Ends the daemon."""
        self.udp.close()
        self.tcp.shutdown()
        self.tcp.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    """One call of X-Ray's API, passed on by the daemon."""

    protocol_version = "HTTP/1.1"
    daemon = None

    def log_message(self, *_arguments):
        """Silence."""

    def do_POST(self):
        """Answers GetSamplingRules, in pages of one, and GetSamplingTargets."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        daemon = self.daemon
        if self.path == "/SamplingTargets" and daemon.reports_lost > 0:
            daemon.reports_lost -= 1
            self.send_error(500)
            return
        daemon.calls.append((self.path, asked))
        if self.path == "/GetSamplingRules":
            at = int(asked.get("NextToken", 0))
            answer = {"SamplingRuleRecords": [{"SamplingRule": one} for one in daemon.rules[at:at + 1]]}
            if at + 1 < len(daemon.rules):
                answer["NextToken"] = str(at + 1)
        elif self.path == "/SamplingTargets":
            names = [one["RuleName"] for one in asked["SamplingStatisticsDocuments"]]
            targets = [daemon.targets[name] for name in names if name in daemon.targets]
            answer = {"SamplingTargetDocuments": targets, "LastRuleModification": daemon.changed, "UnprocessedStatistics": []}
        else:
            answer = None
        body = json.dumps(answer).encode()
        self.send_response(200 if answer is not None else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
