"""An API with a cache, an authorizer, API keys and a canary in play, and somebody who keeps changing it."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from harness import definition, peers
from harness.control import REGION, Control, Refused
from harness.stagegate import Stagegate

# lua/guarded.lua sends this key.
KEY = "bench-key-bench-key-bench-key"
_ALLOW = """
STATEMENT = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": "*"}


def handler(event, context):
    policy = {"Version": "2012-10-17", "Statement": [STATEMENT]}
    return {"principalId": "bench", "policyDocument": policy, "context": {"tier": "gold"}}
"""
_SETTINGS = """
[functions.guard]
code = "{code}"
handler = "app.handler"
runtime = "python3.12"
"""
_FUNCTION = f"arn:aws:lambda:{REGION}:000000000000:function:guard"
_TOKEN_KIND = {"type": "apiKey", "in": "header"}
# Guards of each route: what load asks for in turn. The cached one is behind the authorizer, too.
ROUTES: dict[str, list[dict[str, list[str]]]] = {
    "/open": [],
    "/guarded": [{"token": [], "key": []}],
    "/cached": [{"token": []}],
}
PAUSE_S = 0.25


def start(directory: Path, *, core: int | None) -> Stagegate:
    """A Stagegate with the authorizer's function."""
    code = directory / "code"
    code.mkdir(parents=True)
    (code / "app.py").write_text(_ALLOW)
    gate = Stagegate(directory, core=core, cores=1, config=_SETTINGS.format(code=code))
    gate.start()
    return gate


def document(uri: str, routes: dict[str, list[dict[str, list[str]]]] | None = None) -> definition.Definition:
    """Routes with their guards, all to one URI."""
    authorizer = {
        "type": "token",
        "authorizerUri": f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{_FUNCTION}/invocations",
        "authorizerResultTtlInSeconds": 3600,
    }
    token = {**_TOKEN_KIND, "name": "Authorization", "x-amazon-apigateway-authtype": "custom"}
    token["x-amazon-apigateway-authorizer"] = authorizer
    schemes = {"token": token, "key": {**_TOKEN_KIND, "name": "x-api-key"}}
    operation = definition.integrated({"type": "http_proxy", "httpMethod": "GET", "uri": uri})
    paths = {path: {"get": {**operation, "security": guards}} for path, guards in (routes or ROUTES).items()}
    return {**definition.api("rollout", paths), "components": {"securitySchemes": schemes}}


def admit(control: Control, api: str, value: str = KEY) -> tuple[str, str]:
    """A key in a usage plan of the stage, with limits that are never reached: the ids of plan and key."""
    stages = [{"apiId": api, "stage": definition.STAGE}]
    quota = {"limit": 1_000_000_000, "period": "MONTH"}
    plan = {"name": "bench", "throttle": {"rateLimit": 1e6, "burstLimit": 1_000_000}, "quota": quota, "apiStages": stages}
    plan_id = str(control.call("POST", "/usageplans", plan)["id"])
    key = str(control.call("POST", "/apikeys", {"name": "bench", "value": value, "enabled": True})["id"])
    control.call("POST", f"/usageplans/{plan_id}/keys", {"keyId": key, "keyType": "API_KEY"})
    return plan_id, key


def dress(control: Control, api: str) -> None:
    """Give the stage its cache, its limits, its logs and its metrics."""
    peers.log_accesses(control, api)
    control.update_stage(
        api,
        definition.STAGE,
        ("replace", "/cacheClusterEnabled", "true"),
        ("replace", "/~1cached/GET/caching/enabled", "true"),
        ("replace", "/~1cached/GET/caching/ttlInSeconds", "2"),
        ("replace", "/*/*/throttling/rateLimit", "1000000"),
        ("replace", "/*/*/throttling/burstLimit", "1000000"),
    )


class Rollout:
    """Changes of every kind, one after the other, in a thread of its own while a `with` block runs."""

    def __init__(self, gate: Stagegate, backend: str, *, pause_s: float = PAUSE_S) -> None:
        self._control = gate.control()
        self._backend = backend
        self._pause_s = pause_s
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._number = 0
        self._old: list[str] = []
        self.api = self._control.import_api(document(self._uri()))
        first = self._control.deploy(self.api)
        stage = {"stageName": definition.STAGE, "deploymentId": first, "variables": {"mark": "m0"}}
        self._control.call("POST", f"/restapis/{self.api}/stages", stage)
        self._stage = f"/restapis/{self.api}/stages/{definition.STAGE}"
        self._live, self._canary = first, ""
        self.plan, _ = admit(self._control, self.api)
        dress(self._control, self.api)
        self.done: dict[str, int] = {}
        self.slowest_ms = 0.0
        self.failed: list[str] = []

    def _uri(self) -> str:
        return f"{self._backend}/d/{self._number}/${{stageVariables.mark}}"

    def __enter__(self) -> Rollout:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join(60)
        self._control.close()

    def _run(self) -> None:
        changes: list[tuple[str, Callable[[], None]]] = [
            ("canary deployment", self._release),
            ("share", lambda: self._share("10")),
            ("key", self._key),
            ("flush", self._flush),
            ("share", lambda: self._share("50")),
            ("variable", self._variable),
            ("promotion", self._promote),
            ("deployment", self._deploy),
            ("authorizers' flush", self._flush_authorizers),
        ]
        while not self._over.is_set():
            for name, change in changes:
                begin = time.monotonic()
                try:
                    change()
                except (OSError, http.client.HTTPException, Refused) as refused:
                    self.failed.append(f"{name}: {refused}")
                    return
                self.slowest_ms = max(self.slowest_ms, (time.monotonic() - begin) * 1e3)
                self.done[name] = self.done.get(name, 0) + 1
                if self._over.wait(self._pause_s):
                    return

    def _frozen(self, **wanted: Any) -> str:
        """The API with another URI, deployed."""
        self._number += 1
        self._control.call("PUT", f"/restapis/{self.api}?mode=overwrite", document(self._uri()))
        return str(self._control.call("POST", f"/restapis/{self.api}/deployments", wanted)["id"])

    def _release(self) -> None:
        canary = {"percentTraffic": 1.0, "stageVariableOverrides": {"mark": f"c{self._number}"}, "useStageCache": True}
        self._canary = self._frozen(stageName=definition.STAGE, canarySettings=canary)

    def _share(self, percent: str) -> None:
        self._control.update_stage(
            self.api, definition.STAGE, ("replace", "/canarySettings/percentTraffic", percent)
        )

    def _variable(self) -> None:
        changes = ("replace", "/variables/mark", f"m{self._number}"), ("replace", "/description", f"{self._number}")
        self._control.update_stage(self.api, definition.STAGE, *changes)

    def _promote(self) -> None:
        rows = [
            {"op": "copy", "from": "/canarySettings/deploymentId", "path": "/deploymentId"},
            {"op": "copy", "from": "/canarySettings/stageVariableOverrides", "path": "/variables"},
            {"op": "remove", "path": "/canarySettings"},
        ]
        self._control.call("PATCH", self._stage, {"patchOperations": rows})
        self._leave(self._canary)

    def _deploy(self) -> None:
        new = self._frozen()
        self._control.update_stage(self.api, definition.STAGE, ("replace", "/deploymentId", new))
        self._leave(new)

    def _leave(self, new: str) -> None:
        """The stage serves another deployment: the one before is kept for a rollback, older ones go."""
        self._old.append(self._live)
        self._live = new
        while len(self._old) > 1:
            self._control.call("DELETE", f"/restapis/{self.api}/deployments/{self._old.pop(0)}")

    def _key(self) -> None:
        value = f"another-key-of-the-plan-{self._number:08}"
        key = self._control.call("POST", "/apikeys", {"name": "k", "value": value, "enabled": True})["id"]
        self._control.call("POST", f"/usageplans/{self.plan}/keys", {"keyId": key, "keyType": "API_KEY"})
        self._control.patch(f"/apikeys/{key}", ("replace", "/enabled", "false"))
        self._control.call("DELETE", f"/apikeys/{key}")

    def _flush(self) -> None:
        self._control.call("DELETE", f"{self._stage}/cache/data")

    def _flush_authorizers(self) -> None:
        self._control.call("DELETE", f"{self._stage}/cache/authorizers")
