"""Run wrk with a list of paths and read its figures."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import NamedTuple

from harness import children

_LUA = Path(__file__).resolve().parents[1] / "lua"


class Round(NamedTuple):
    """What one run of wrk saw; `failed` are socket errors, time-outs and answers that are not 2xx or 3xx."""

    requests: int
    duration_s: float
    p50_ms: float
    p99_ms: float
    socket_errors: int
    bad_status: int

    @property
    def failed(self) -> int:
        """Everything that was not a good answer."""
        return self.socket_errors + self.bad_status


def command(
    port: int, host: str, paths: Path, *, connections: int, duration_s: float, script: str = "spread.lua"
) -> list[str]:
    """The argv for one thread of wrk that asks for `paths` (one a line) in turn, with `host` as Host."""
    return [
        *["wrk", "-t", "1", "-c", str(connections), "-d", f"{max(1, round(duration_s))}s", "--timeout", "10s"],
        *["-s", str(_LUA / script), f"http://127.0.0.1:{port}/", "--", str(paths), host],
    ]


def figures(output: str) -> Round:
    """Parse the `FIGURES {…}` line that the scripts print at the end."""
    for line in output.splitlines():
        if line.startswith("FIGURES "):
            return Round(**json.loads(line.removeprefix("FIGURES ")))
    raise RuntimeError(f"wrk gave no figures:\n{output}")


def run(
    port: int,
    host: str,
    paths: Path,
    *,
    core: int,
    connections: int,
    duration_s: float,
    script: str = "spread.lua",
) -> Round:
    """One round against 127.0.0.1:`port`."""
    argv = command(port, host, paths, connections=connections, duration_s=duration_s, script=script)
    child = children.spawn(argv, core=core, pipe=True)
    try:
        output, errors = child.communicate(timeout=duration_s + 30)
    except subprocess.TimeoutExpired as late:
        raise RuntimeError(f"wrk did not end within {duration_s + 30} s") from late
    finally:
        children.stop(child)
    return figures(output.decode() + errors.decode())
