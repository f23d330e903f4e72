#!/usr/bin/env python3
"""Compare guarded routes with nginx's proxy_pass and its access log: a cached Lambda authorizer, then every guard together.

Every proxy has core 0 to itself while it is loaded; wrk and the back end share core 1.
"""

from __future__ import annotations

from pathlib import Path

from harness import definition, peers
from harness.compared import PROXY_CORE, Held, Target, baseline, run
from harness.control import REGION, Control
from harness.peers import BASELINE
from harness.stagegate import Stagegate

LIMIT = 1.1  # times the baseline's CPU per request
SCRIPT = "guarded.lua"
# The script sends this key.
KEY = "bench-key-bench-key-bench-key"
ALLOW = """
STATEMENT = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": "*"}


def handler(event, context):
    policy = {"Version": "2012-10-17", "Statement": [STATEMENT]}
    return {"principalId": "bench", "policyDocument": policy, "context": {"tier": "gold"}}
"""
SETTINGS = """
[functions.guard]
code = "{code}"
handler = "app.handler"
runtime = "python3.12"
"""
OPEN, AUTHORIZER, ALL = "open", "cached authorizer", "API key, usage plan, stage throttle, cached authorizer"
PATHS = {OPEN: "/open", AUTHORIZER: "/authorizer", ALL: "/guarded"}


def _document(backend: str) -> definition.Definition:
    """Three routes to the same back end, guarded more and more."""
    uri = f"arn:aws:lambda:{REGION}:000000000000:function:guard"
    authorizer = {
        "type": "token",
        "authorizerUri": f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{uri}/invocations",
        "authorizerResultTtlInSeconds": 3600,
    }
    key: definition.Definition = {"type": "apiKey", "in": "header", "name": "x-api-key"}
    token = {**key, "name": "Authorization", "x-amazon-apigateway-authtype": "custom"}
    token["x-amazon-apigateway-authorizer"] = authorizer
    guards = {OPEN: [], AUTHORIZER: [{"token": []}], ALL: [{"token": [], "key": []}]}
    paths = {}
    for name, path in PATHS.items():
        operation = definition.integrated({"type": "http_proxy", "httpMethod": "GET", "uri": f"{backend}/parts"})
        paths[path] = {"get": {**operation, "security": guards[name]}}
    schemes = {"securitySchemes": {"token": token, "key": key}}
    return {**definition.api("guards", paths), "components": schemes}


def _admit(control: Control, api: str) -> None:
    """A key in a usage plan of the stage, with rates that are never reached."""
    rates = {"rateLimit": 1e6, "burstLimit": 1_000_000}
    key = control.call("POST", "/apikeys", {"name": "bench", "value": KEY, "enabled": True})["id"]
    stages = [{"apiId": api, "stage": definition.STAGE}]
    quota = {"limit": 1_000_000_000, "period": "MONTH"}
    plan = {"name": "bench", "throttle": rates, "quota": quota, "apiStages": stages}
    plan_id = control.call("POST", "/usageplans", plan)["id"]
    control.call("POST", f"/usageplans/{plan_id}/keys", {"keyId": key, "keyType": "API_KEY"})
    control.update_stage(
        api,
        definition.STAGE,
        ("replace", "/*/*/throttling/rateLimit", "1000000"),
        ("replace", "/*/*/throttling/burstLimit", "1000000"),
    )


def _gate(directory: Path, backend_port: int) -> dict[str, Target]:
    code = directory / "code"
    code.mkdir(parents=True)
    (code / "app.py").write_text(ALLOW)
    gate = Stagegate(directory, core=PROXY_CORE, cores=1, config=SETTINGS.format(code=code))
    gate.start()
    control = gate.control()
    api = control.import_api(_document(f"http://127.0.0.1:{backend_port}"))
    control.deploy(api, definition.STAGE)
    _admit(control, api)
    peers.log_accesses(control, api)
    control.close()
    targets = {}
    for name, path in PATHS.items():
        paths = directory / (path.strip("/") + ".txt")
        paths.write_text(f"/{definition.STAGE}{path}\n")
        targets[name] = Target(gate.gateway_port, gate.host(api), gate.pid, paths, SCRIPT)
    return targets


def _targets(directory: Path, backend_port: int) -> dict[str, Target]:
    return {BASELINE: baseline(directory / BASELINE, backend_port)._replace(script=SCRIPT)} | _gate(directory / "gate", backend_port)


if __name__ == "__main__":
    SECTION = ("guards", "Guarded routes beside nginx")
    raise SystemExit(run(__doc__, SECTION, Held(ALL, LIMIT, "a token and an API key"), _targets))
