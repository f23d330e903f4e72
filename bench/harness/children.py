"""Start child processes pinned to a core, and never leave one behind."""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import sys
from pathlib import Path

_running: list[subprocess.Popen[bytes]] = []


def spawn(
    argv: list[str],
    *,
    core: int | None = None,
    log: Path | None = None,
    env: dict[str, str] | None = None,
    pipe: bool = False,
) -> subprocess.Popen[bytes]:
    """Start `argv` in a session of its own; `log` takes both outputs by appending, `pipe` opens both as pipes."""
    if core is not None:
        argv = ["taskset", "-c", str(core), *argv]
    output: int = subprocess.PIPE if pipe else subprocess.DEVNULL
    handle = open(log, "ab") if log else None  # appending, so that a log can be cut while it is written
    try:
        child = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=handle or output,
            stderr=handle or output,
            env={**os.environ, **(env or {})},
            start_new_session=True,
        )
    finally:
        if handle:
            handle.close()
    _running.append(child)
    return child


def end(child: subprocess.Popen[bytes], *, grace_s: float = 20.0, kill: bool = True) -> None:
    """SIGTERM, and with `kill` SIGKILL after `grace_s`, to this one process; harmless when it is gone."""
    if child.poll() is not None:
        return
    child.terminate()
    try:
        child.wait(grace_s)
    except subprocess.TimeoutExpired:
        if kill:
            child.kill()
            child.wait(grace_s)


def stop(child: subprocess.Popen[bytes], *, grace_s: float = 5.0) -> int | None:
    """SIGTERM, then SIGKILL to the whole session after `grace_s`; answers the exit status."""
    try:
        end(child, grace_s=grace_s, kill=False)
        # The leader may be gone while its workers are not.
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        return child.wait(grace_s)
    finally:
        for stream in (child.stdout, child.stderr):
            if stream:
                stream.close()
        if child in _running:
            _running.remove(child)


def stop_all() -> None:
    """Stop whatever still runs; called at exit."""
    for child in list(reversed(_running)):
        stop(child, grace_s=2.0)


def _on_signal(number: int, _frame: object) -> None:
    sys.exit(128 + number)


atexit.register(stop_all)
for _signal in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(_signal, _on_signal)
