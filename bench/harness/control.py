"""A small signed client of the control plane."""

from __future__ import annotations

import http.client
import json
import time
from typing import Any

from harness.ports import HOST
from harness.signer import Credential, sign

REGION = "us-east-1"
Patch = tuple[str, str, str]


class Refused(RuntimeError):
    """The control plane answered something other than 2xx."""


class Control:
    """One keep-alive connection; not for several threads at once."""

    def __init__(self, port: int, credential: Credential) -> None:
        self._host = f"{HOST}:{port}"
        self._credential = credential
        self._connection = http.client.HTTPConnection(HOST, port, timeout=30)

    def call(self, method: str, target: str, document: Any = None) -> Any:
        """Send one call and answer its decoded body; `Refused` unless the status is 2xx."""
        text = self.timed(method, target, document)[1]
        return json.loads(text) if text else None

    def timed(self, method: str, target: str, document: Any = None) -> tuple[float, bytes]:
        """As `call`, but the seconds from the first byte sent to the last one read, and the body as it came.

        Encoding and signing are done before the clock starts, decoding is left to the caller.
        """
        body = b"" if document is None else json.dumps(document).encode()
        headers = {"Host": self._host, **sign(self._credential, REGION, method, target, self._host, body)}
        if body:
            headers["Content-Type"] = "application/json"
        begin = time.perf_counter()
        try:
            self._connection.request(method, target, body or None, headers)
            answer = self._connection.getresponse()
            text = answer.read()
        except (http.client.HTTPException, OSError):
            self._connection.close()
            raise
        taken_s = time.perf_counter() - begin
        if not 200 <= answer.status < 300:
            raise Refused(f"{method} {target}: {answer.status} {text[:500].decode(errors='replace')}")
        return taken_s, text

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def import_api(self, definition: dict[str, Any]) -> str:
        """ImportRestApi; answers the API's id."""
        return str(self.call("POST", "/restapis?mode=import", definition)["id"])

    def deploy(self, api: str, stage: str | None = None) -> str:
        """CreateDeployment, onto `stage` if given; answers the deployment's id."""
        wanted = {"stageName": stage} if stage else {}
        return str(self.call("POST", f"/restapis/{api}/deployments", wanted)["id"])

    def patch(self, target: str, *operations: Patch) -> Any:
        """Any Update call: `operations` are (op, path, value)."""
        rows = [{"op": op, "path": path, "value": value} for op, path, value in operations]
        return self.call("PATCH", target, {"patchOperations": rows})

    def update_stage(self, api: str, stage: str, *operations: Patch) -> Any:
        """UpdateStage."""
        return self.patch(f"/restapis/{api}/stages/{stage}", *operations)
