"""A service of AWS's as a test writes it: a callable answers, and every request is kept with what botocore thinks of it."""

import dataclasses
import http.server
import threading
import urllib.parse

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


@dataclasses.dataclass
class Call:
    """A request as the service saw it."""

    method: str
    target: str
    headers: list
    body: bytes

    def header(self, name):
        """The value of a header, if it came once."""
        values = [value for known, value in self.headers if known.lower() == name.lower()]
        assert len(values) < 2, f"{name} came {len(values)} times"
        return values[0] if values else None

    @property
    def credential(self):
        """Access key, date, region, service and terminator of the signature."""
        return self.header("Authorization").split("Credential=")[1].split(",")[0].split("/")

    def is_signed_with(self, secret, token=None):
        """Whether botocore signs this request with the same signature."""
        key, _date, region, service, _end = self.credential
        names = self.header("Authorization").split("SignedHeaders=")[1].split(",")[0].split(";")
        headers = {name: self.header(name) for name in names}
        path, _, query = self.target.partition("?")
        # AWS decodes a query before it encodes it for the signature; botocore takes it as it is.
        pairs = urllib.parse.parse_qsl(query, keep_blank_values=True)
        query = urllib.parse.urlencode(pairs, quote_via=urllib.parse.quote, safe="-_.~")
        url = f"http://{self.header('Host')}{path}" + (f"?{query}" if query else "")
        request = AWSRequest(self.method, url, headers, self.body)
        request.context["timestamp"] = headers["x-amz-date"]
        kind = S3SigV4Auth if service == "s3" else SigV4Auth
        signer = kind(Credentials(key, secret, token), service, region)
        text = signer.string_to_sign(request, signer.canonical_request(request))
        return signer.signature(text, request) == self.header("Authorization").split("Signature=")[1]


class Service:
    """The service; `answer` takes a call and returns status, headers and body."""

    def __init__(self):
        self.calls, self.answer = [], lambda call: (200, {}, b"{}")
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_call(self):
                length = int(self.headers.get("Content-Length", 0))
                call = Call(self.command, self.path, self.headers.items(), self.rfile.read(length))
                service.calls.append(call)
                status, headers, body = service.answer(call)
                self.send_response(status)
                for name, value in {"Content-Type": "application/x-amz-json-1.0", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = handle_call

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def forms(self):
        """The bodies of the calls as parameters."""
        return [dict(urllib.parse.parse_qsl(call.body.decode())) for call in self.calls]

    def stop(self):
        """Ends it."""
        self.server.shutdown()
        self.server.server_close()
