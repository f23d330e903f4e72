"""What a correct gateway must never forward, found in a request head as the back end received it."""

from __future__ import annotations

import re

TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
REQUEST_LINE = re.compile(
    rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+ [\x21\x24-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]+ HTTP/1\.[01]"
)
CONTROL = re.compile(rb"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")
HOST_FORBIDDEN = re.compile(rb"[\x00-\x20\x7f-\xff@/#?,\\<>\"]")
Fields = list[tuple[bytes, bytes]]


def lint(head: bytes) -> list[str]:
    """The sorted flags of a head without its last empty line."""
    lines = head.split(b"\r\n")
    fields, flags = _lint_lines(lines[1:])
    flags |= _lint_bytes(head) | _lint_request_line(lines[0])
    flags |= _lint_framing(fields, lines[0]) | _lint_host(fields, lines[0])
    return sorted(flags)


def _lint_bytes(head: bytes) -> set[str]:
    checks = {
        "bare-lf": re.search(rb"(?<!\r)\n", head),
        "bare-cr": re.search(rb"\r(?!\n)", head),
        "nul": re.search(rb"\x00", head),
        "ctl": CONTROL.search(head),
    }
    return {flag for flag, found in checks.items() if found}


def _lint_request_line(line: bytes) -> set[str]:
    path = line.split(b"?")[0]
    checks = {
        "bad-request-line": not REQUEST_LINE.fullmatch(line),
        "absolute-form-forwarded": re.match(rb"\S+ [a-z]+://", line, re.IGNORECASE),
        "bad-pct": re.search(rb"%(?![0-9A-Fa-f]{2})", path),
    }
    return {flag for flag, found in checks.items() if found}


def _lint_lines(lines: list[bytes]) -> tuple[Fields, set[str]]:
    flags: set[str] = set()
    fields: Fields = []
    for line in filter(None, lines):
        name, colon, value = line.partition(b":")
        if line[:1] in (b" ", b"\t"):
            flags.add("obs-fold")
            continue
        if not colon:
            flags.add("no-colon")
            continue
        if name != name.rstrip():
            flags.add("ws-before-colon")
        if not TOKEN.fullmatch(name.strip()):
            flags.add("bad-name")
        fields.append((name.strip().lower(), value.strip(b" \t")))
    return fields, flags


def _values(fields: Fields, name: bytes) -> list[bytes]:
    return [value for field, value in fields if field == name]


def _lint_framing(fields: Fields, line: bytes) -> set[str]:
    lengths = _values(fields, b"content-length")
    codings = _values(fields, b"transfer-encoding")
    names = {name for name, _ in fields}
    checks = {
        "dup-cl": len(lengths) > 1,
        "bad-cl": any(not re.fullmatch(rb"[0-9]{1,19}", value) for value in lengths),
        "cl+te": lengths and codings,
        "bad-te": codings and [value.lower() for value in codings] != [b"chunked"],
        "te-http10": codings and line.endswith(b"HTTP/1.0"),
        "lookalike-framing": names & {b"content_length", b"transfer_encoding"},
        "upgrade-forwarded": b"upgrade" in names,
    }
    return {flag for flag, found in checks.items() if found}


def _lint_host(fields: Fields, line: bytes) -> set[str]:
    hosts = _values(fields, b"host")
    flags = set()
    if len(hosts) != 1 and line.endswith(b"/1.1"):
        flags.add(f"host-count-{len(hosts)}")
    if any(HOST_FORBIDDEN.search(value) for value in hosts):
        flags.add("bad-host")
    return flags
