"""An issuer of tokens on loopback that is nothing but its documents, which a test changes, delays and counts."""

import http.server
import json
import threading
import time


class Issuer:
    """Serves a discovery document and a key set."""

    def __init__(self, *keys):
        self.keys, self.fetched, self.delay_s = list(keys), [], 0
        self.status, self.documents = 200, {}
        issuer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            """Answers what the issuer says now."""

            def do_GET(self):
                issuer.fetched.append(self.path)
                time.sleep(issuer.delay_s)
                body, headers = issuer.document(self.path)
                self.send_response(issuer.status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def document(self, path):
        """The body and the headers of a path; `documents` holds exceptions."""
        if path in self.documents:
            return self.documents[path], {}
        if path.endswith("/.well-known/openid-configuration"):
            name = self.url + path.removesuffix("/.well-known/openid-configuration")
            return json.dumps({"issuer": name, "jwks_uri": f"{self.url}/jwks"}).encode(), {}
        return json.dumps({"keys": [getattr(key, "jwk", lambda key=key: key)() for key in self.keys]}).encode(), {}

    def fetches(self, path="/jwks"):
        """How often a path was asked for."""
        return self.fetched.count(path)

    def stop(self):
        """No answers any more: an outage."""
        self.server.shutdown()
        self.server.server_close()
