"""Building the rows of more.jsonl: a case is a short call, its bytes are spelled only where they matter."""

from __future__ import annotations

import base64
from typing import Any

ACCEPT = "accept-normalized"
REJECT = "reject-400"
REJECT_ANY = "reject-4xx"
CLOSE = "close"

HIDDEN = b"GET /smuggled HTTP/1.1\r\nHost: smuggled.test\r\n\r\n"
HOST = "Host: {{HOST}}"
CHUNKED = "Transfer-Encoding: chunked"

Row = dict[str, Any]


def case(cls: str, name: str, expect: str, raw: bytes, why: str, rfc: str, **flags: bool | int) -> Row:
    """One row; `flags` are the optional members of the schema (half_close, max_backend, alt_reject, info_only)."""
    encoded = base64.b64encode(raw).decode()
    return {"name": name, "raw_base64": encoded, "expect": expect, "why": why, "rfc": rfc, "cls": cls, **flags}


def get(name: str, *fields: str, target: str = "", version: str = "HTTP/1.1", host: str = HOST) -> bytes:
    """A GET of /h/NAME, or of `target`, with these fields behind Host."""
    return request(name, *fields, target=target, version=version, host=host)


def post(name: str, *fields: str, version: str = "HTTP/1.1", body: bytes = b"") -> bytes:
    """A POST to /h/NAME with these fields behind Host."""
    return request(name, *fields, method="POST", version=version, body=body)


def request(
    name: str,
    *fields: str,
    method: str = "GET",
    target: str = "",
    version: str = "HTTP/1.1",
    host: str = HOST,
    body: bytes = b"",
) -> bytes:
    """A request; `host` is the whole line or lines, empty for none."""
    line = f"{method} {target or f'/h/{name}'} {version}"
    lines = [line, *([host] if host else []), *fields, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def chunks(*data: bytes) -> bytes:
    """A chunked body of these chunks, without extensions or trailers."""
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in data) + b"0\r\n\r\n"
