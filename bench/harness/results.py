"""Keep bench/RESULTS.md: one section per benchmark, replaced by each full run."""

from __future__ import annotations

import re
import sys
from datetime import datetime, timezone
from pathlib import Path

from harness import machine

_FILE = Path(__file__).resolve().parents[1] / "RESULTS.md"
_HEAD = """# Benchmark results

Written by `make bench`; every section names the command that made it. The machine is shared with other work, so
absolute times and rates drift from run to run: read the **ratios**, which compare interleaved rounds on the same cores
within seconds of each other. Intervals hold the median with 95 % confidence (order statistics, no assumption on the
distribution). All load runs over 127.0.0.1.
"""


def table(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def verdict(holds: bool) -> str:
    """How a threshold came out."""
    return "met" if holds else "**MISSED**"


def publish(name: str, title: str, body: str, *, keep: bool) -> None:
    """Print a section and, if `keep`, put it in RESULTS.md in place of the older one."""
    print(f"\n## {title}\n\n{body}\n", flush=True)
    if not keep:
        return
    date = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    with_what = " · ".join(f"{key} {value}" for key, value in machine.versions().items())
    command = " ".join(["bench/" + Path(sys.argv[0]).name, *sys.argv[1:]])
    section = f"<!-- {name} -->\n## {title}\n\n{date} · `{command}`  \n{with_what}\n\n{body}\n<!-- /{name} -->\n"
    text = _FILE.read_text() if _FILE.exists() else _HEAD
    pattern = re.compile(rf"<!-- {name} -->\n.*?<!-- /{name} -->\n", re.DOTALL)
    if pattern.search(text):
        text = pattern.sub(lambda _: section, text, count=1)
    else:
        text = text.rstrip("\n") + "\n\n" + section
    _FILE.write_text(text)
