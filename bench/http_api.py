#!/usr/bin/env python3
"""Compare an HTTP API of 300 routes with nginx's proxy_pass and its access log: open, and behind a JWT authorizer.

Tokens are remembered: the signature of each is checked once. Every proxy has core 0 to itself while it is loaded; wrk and the back
end share core 1, where the issuer idles, too.
"""

from __future__ import annotations

import json
from pathlib import Path

from harness import definition, peers
from harness.compared import PROXY_CORE, Held, Target, run
from harness.control import Control
from harness.peers import BASELINE, ROUTES
from harness.ports import HOST
from harness.stagegate import Stagegate
from tokens import Issuer

OPEN, GUARDED = "300 routes", "300 routes, JWT authorizer"
LIMITS = [Held(OPEN, 1.0, "a token of about 700 bytes"), Held(GUARDED, 1.1, "a token of about 700 bytes")]
LOG_FORMAT = (
    '$context.identity.sourceIp - - [$context.requestTime] "$context.httpMethod $context.routeKey $context.protocol" '
    "$context.status $context.responseLength $context.requestId"
)
LOG_GROUP = "arn:aws:logs:us-east-1:000000000000:log-group:bench"
SECTION = ("http_api", "HTTP APIs beside nginx")


def _document(backend: str, issuer: str | None) -> definition.Definition:
    """The routes that `proxies.py` has, as an HTTP API takes them; with an issuer, each asks for a token."""
    document = definition.services("http", backend, ROUTES // 10)
    for operations in document["paths"].values():
        for operation in operations.values():
            operation.pop("parameters", None)
            integration = operation["x-amazon-apigateway-integration"]
            integration.pop("requestParameters", None)
            integration.pop("passthroughBehavior", None)
            integration["payloadFormatVersion"] = "1.0"
            if issuer:
                operation["security"] = [{"jwt": ["pets:read"]}]
    if issuer:
        authorizer = {
            "type": "jwt",
            "identitySource": "$request.header.Authorization",
            "jwtConfiguration": {"issuer": issuer, "audience": ["pets"]},
        }
        scheme = {"type": "oauth2", "x-amazon-apigateway-authorizer": authorizer}
        document["components"] = {"securitySchemes": {"jwt": scheme}}
    return document


def _api(control: Control, document: definition.Definition) -> str:
    """ImportApi, and a stage with an access log and detailed metrics; the API's id."""
    api = control.call("PUT", "/v2/apis?failOnWarnings=true", {"body": json.dumps(document)})["apiId"]
    stage = {
        "stageName": definition.STAGE,
        "autoDeploy": True,
        "accessLogSettings": {"destinationArn": LOG_GROUP, "format": LOG_FORMAT},
        "defaultRouteSettings": {"detailedMetricsEnabled": True},
    }
    control.call("POST", f"/v2/apis/{api}/stages", stage)
    return str(api)


def _target(directory: Path, token: str, port: int, host: str, pid: int) -> Target:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "token").write_text(token + "\n")
    (directory / "paths.txt").write_text("\n".join(definition.sample(ROUTES // 10)) + "\n")
    return Target(port, host, pid, directory / "paths.txt", "bearer.lua")


def _targets(directory: Path, backend_port: int) -> dict[str, Target]:
    issuer = Issuer(directory / "issuer")
    token = issuer.token()
    peer = peers.start(BASELINE, directory / BASELINE, backend_port, PROXY_CORE)
    gate = Stagegate(directory / "gate", core=PROXY_CORE, cores=1)
    gate.start()
    control = gate.control()
    backend = f"http://{HOST}:{backend_port}"
    apis = {OPEN: _api(control, _document(backend, None)), GUARDED: _api(control, _document(backend, issuer.url))}
    control.close()
    targets = {BASELINE: _target(directory / "peer", token, peer.port, peer.host, peer.pid)}
    for number, (name, api) in enumerate(apis.items()):
        targets[name] = _target(directory / f"api{number}", token, gate.gateway_port, gate.host(api), gate.pid)
    return targets


if __name__ == "__main__":
    raise SystemExit(run(__doc__, SECTION, LIMITS, _targets))
