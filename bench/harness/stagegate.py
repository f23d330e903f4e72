"""Build, start and watch a release binary of Stagegate."""

from __future__ import annotations

import http.client
import subprocess
import time
from pathlib import Path

from harness import children, machine
from harness.control import REGION, Control
from harness.ports import HOST, free
from harness.signer import Credential

BINARY = machine.ROOT / "target" / "release" / "stagegate"
_CREDENTIAL = Credential("AKIABENCHBENCHBENCH0", "bench/secret/that/opens/a/throwaway/data/dir")


def build() -> None:
    """`cargo build --release` of the server."""
    subprocess.run(
        ["cargo", "build", "--release", "-p", "stagegate"], check=True, timeout=3600, cwd=machine.ROOT
    )


def _probe(port: int, path: str, timeout_s: float = 2.0) -> int | None:
    """The status of a GET on the loopback, or nothing when nobody answers."""
    connection = http.client.HTTPConnection(HOST, port, timeout=timeout_s)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


class Stagegate:
    """One `stagegate serve` on free ports, with its data under `directory`."""

    def __init__(self, directory: Path, *, core: int | None = 0, cores: int = 1, config: str = "") -> None:
        self.directory = directory
        self.core = core
        self.cores = cores
        self.gateway_port, self.control_port, self.status_port = free(3)
        directory.mkdir(parents=True, exist_ok=True)
        self._config = directory / "stagegate.toml"
        self._config.write_text(config)
        self._child: subprocess.Popen[bytes] | None = None

    def start(self, *, limit_s: float = 60.0) -> float:
        """Start and wait until `/readyz` answers 200; the seconds from spawn to that answer."""
        argv = [str(BINARY), "serve", "--config", str(self._config), "--data-dir", str(self.directory / "data")]
        for flag, port in (
            ("--gateway", self.gateway_port),
            ("--control", self.control_port),
            ("--status", self.status_port),
        ):
            argv += [flag, f"{HOST}:{port}"]
        argv += ["--cores", str(self.cores)]
        env = {
            "STAGEGATE_ROOT_ACCESS_KEY_ID": _CREDENTIAL.access_key_id,
            "STAGEGATE_ROOT_SECRET_ACCESS_KEY": _CREDENTIAL.secret_access_key,
            # Its peers write files.
            "STAGEGATE_LOG_DEFAULT": "file",
        }
        begin = time.monotonic()
        self._child = children.spawn(argv, core=self.core, log=self.directory / "output.log", env=env)
        while time.monotonic() - begin < limit_s:
            if _probe(self.status_port, "/readyz") == 200:
                return time.monotonic() - begin
            if self._child.poll() is not None:
                break
            time.sleep(0.001)
        log = (self.directory / "output.log").read_text(errors="replace")[-2000:]
        raise RuntimeError(f"stagegate is not ready after {limit_s} s:\n{log}")

    def stop(self) -> None:
        """Stop it; harmless when it does not run."""
        if self._child:
            children.stop(self._child)
            self._child = None

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        if not self._child:
            raise RuntimeError("stagegate is not running")
        return self._child.pid

    def control(self) -> Control:
        """A new client of its control plane."""
        return Control(self.control_port, _CREDENTIAL)

    def host(self, api: str) -> str:
        """The Host header that addresses `api`."""
        return f"{api}.execute-api.{REGION}.localhost:{self.gateway_port}"

    def healthy(self) -> bool:
        """Whether the status port answers `/healthz` with 200 within 2 s."""
        return _probe(self.status_port, "/healthz") == 200
