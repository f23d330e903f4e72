#!/usr/bin/env python3
"""Writes more.jsonl from the tables beside this file, or with --check says whether it is up to date."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import bodies
import fields
import request_lines

CORPUS = Path(__file__).resolve().parent.parent / "more.jsonl"
FIRST_CORPUS = CORPUS.with_name("http1.jsonl")


def text() -> str:
    """All rows, one JSON object a line; fails on a name used twice."""
    rows = [*request_lines.rows(), *fields.rows(), *bodies.rows()]
    names = [row["name"] for row in rows]
    names += [json.loads(line)["name"] for line in FIRST_CORPUS.read_text().splitlines()]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        sys.exit(f"names used twice: {sorted(twice)}")
    return "".join(json.dumps(row) + "\n" for row in rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if not options.check:
        CORPUS.write_text(text())
        return 0
    if CORPUS.read_text() == text():
        return 0
    print(f"{CORPUS.name} is not what {Path(__file__).name} writes", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
