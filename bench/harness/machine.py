"""What the figures were measured on and with."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def _first_line(*argv: str) -> str:
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=20, cwd=ROOT)
    except (OSError, subprocess.TimeoutExpired):
        return "not found"
    lines = (done.stdout + done.stderr).strip().splitlines()
    return lines[0].strip() if lines else "unknown"


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "unknown"


def versions() -> dict[str, str]:
    """Name → version, of everything that takes part."""
    return {
        "Stagegate commit": _first_line("git", "describe", "--always", "--dirty=+changes"),
        "rustc": _first_line("rustc", "--version"),
        "nginx": _first_line("nginx", "-v").removeprefix("nginx version: "),
        "HAProxy": _first_line("haproxy", "-v").split(" - ")[0],
        "wrk": _first_line("wrk", "-v").split(" Copyright")[0],
        "Linux": f"{platform.release()} {platform.machine()}",
        "CPU": f"{_cpu_model()}, {os.cpu_count()} cores",
        "Python": platform.python_version(),
    }
