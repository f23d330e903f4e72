#!/usr/bin/env python3
"""Compare routes that ask for a token with nginx's proxy_pass and its access log: RS256, remembered and verified each time.

Every proxy has core 0 to itself while it is loaded; wrk and the back end share core 1, where the issuer idles, too.
"""

from __future__ import annotations

import base64
import http.server
import json
import subprocess
import threading
import time
from pathlib import Path

from harness import definition, peers
from harness.compared import PROXY_CORE, Held, Target, baseline, run
from harness.peers import BASELINE
from harness.ports import HOST
from harness.stagegate import Stagegate

LIMIT = 1.15  # times the baseline's CPU per request
LIFETIME_S = 86_400
OPEN, CACHED, UNCACHED = "open", "JWT authorizer, RS256, remembered", "JWT authorizer, RS256, verified each time"
NOTHING_REMEMBERED = "token_cache_entries = 0\n"


def b64(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Issuer:
    """An issuer with one RSA key, made by OpenSSL."""

    def __init__(self, directory: Path) -> None:
        self.key = directory / "key.pem"
        directory.mkdir(parents=True)
        self._openssl("genrsa", "-out", str(self.key), "2048")
        modulus = self._openssl("rsa", "-in", str(self.key), "-noout", "-modulus").decode().strip().split("=")[1]
        jwk = {"kty": "RSA", "kid": "bench", "use": "sig", "alg": "RS256", "e": "AQAB", "n": b64(bytes.fromhex(modulus))}
        issuer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            """The two documents."""

            def do_GET(self) -> None:
                discovery = {"issuer": issuer.url, "jwks_uri": issuer.url + "/jwks"}
                body = json.dumps({"keys": [jwk]} if self.path == "/jwks" else discovery).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer((HOST, 0), Handler)
        self.url = f"http://{HOST}:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @staticmethod
    def _openssl(*arguments: str, data: bytes = b"") -> bytes:
        return subprocess.run(["openssl", *arguments], input=data, check=True, capture_output=True, timeout=60).stdout

    def token(self) -> str:
        """A token as an identity provider writes them: about 700 bytes."""
        now = int(time.time())
        claims = {
            "iss": self.url, "sub": "7c5a0c0e-6bb0-4a2c-9f5f-3b1f7f3c2d10", "aud": "pets", "iat": now, "exp": now + LIFETIME_S,
            "scope": "openid profile pets:read", "client_id": "3nkoep4151b7umeggnottc30u9", "jti": "13727aba-89e6-4896",
        }
        header = {"alg": "RS256", "kid": "bench", "typ": "JWT"}
        signed = ".".join(b64(json.dumps(part).encode()) for part in (header, claims))
        return signed + "." + b64(self._openssl("dgst", "-sha256", "-sign", str(self.key), data=signed.encode()))


def _document(backend: str, issuer: str) -> definition.Definition:
    """Two routes to the same back end, one of which asks for a token."""
    authorizer = {
        "type": "jwt",
        "identitySource": "method.request.header.Authorization",
        "jwtConfiguration": {"issuers": [{"issuer": issuer, "audiences": ["pets"]}], "defaultAlgorithms": ["RS256"]},
    }
    scheme: definition.Definition = {"type": "apiKey", "in": "header", "name": "Authorization"}
    scheme |= {"x-amazon-apigateway-authtype": "jwt", "x-amazon-apigateway-authorizer": authorizer}
    operation = definition.integrated({"type": "http_proxy", "httpMethod": "GET", "uri": f"{backend}/parts"})
    paths = {
        "/open": {"get": operation},
        "/token": {"get": {**operation, "security": [{"jwt": ["pets:read"]}]}},
    }
    return {**definition.api("tokens", paths), "components": {"securitySchemes": {"jwt": scheme}}}


def _gate(directory: Path, backend_port: int, issuer: Issuer, config: str) -> dict[str, Target]:
    """A gateway's open route and its guarded one."""
    gate = Stagegate(directory, core=PROXY_CORE, cores=1, config=config)
    gate.start()
    control = gate.control()
    api = control.import_api(_document(f"http://{HOST}:{backend_port}", issuer.url))
    control.deploy(api, definition.STAGE)
    peers.log_accesses(control, api)
    control.close()
    return {name: _target(directory / name, gate.gateway_port, gate.host(api), gate.pid, issuer.token(), name)
            for name in ("open", "token")}


def _target(directory: Path, port: int, host: str, pid: int, token: str, route: str) -> Target:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "token").write_text(token + "\n")
    (directory / "paths.txt").write_text(f"/{definition.STAGE}/{route}\n")
    return Target(port, host, pid, directory / "paths.txt", "bearer.lua")


def _targets(directory: Path, backend_port: int) -> dict[str, Target]:
    issuer = Issuer(directory / "issuer")
    peer = baseline(directory / BASELINE, backend_port)
    remembering = _gate(directory / "remembering", backend_port, issuer, "")
    forgetting = _gate(directory / "forgetting", backend_port, issuer, NOTHING_REMEMBERED)
    return {
        BASELINE: _target(directory / "peer", peer.port, peer.host, peer.pid, issuer.token(), "open"),
        OPEN: remembering["open"],
        CACHED: remembering["token"],
        UNCACHED: forgetting["token"],
    }


if __name__ == "__main__":
    SECTION = ("tokens", "Tokens beside nginx")
    raise SystemExit(run(__doc__, SECTION, Held(CACHED, LIMIT, "a token of about 700 bytes"), _targets))
