#!/usr/bin/env python3
"""Writes fuzz/corpus: from the hostile corpora of tests/hostile heads with their line ends, and the bodies behind; from
the cases of the languages' own tests templates and paths.

A seed of HTTP starts with the byte by which the targets choose where to cut.
"""

from __future__ import annotations

import base64
import io
import json
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
HOSTILE = HERE.parent / "tests" / "hostile"
CRATES = HERE.parent / "crates"
SEED_LIMIT_BYTES = 4096
RESPONSES = [
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
    b"HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    b'HTTP/1.0 304 Not Modified\r\nConnection: keep-alive\r\nETag: "a"\r\n\r\n',
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
]
TRACES = [
    b"Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
    b"Self=1-67891234-12456789abcdef012345678;Root=1-67891233-abcdef012345678912345678;Sampled=?;Lineage=a:1|b:2",
    b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    b"cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-comes.later",
    b"rojo=00f067aa0ba902b7,congo=t61rcWkgMzE\nfw529a3039@dt=FfAAAA c",
]


def requests() -> dict[str, bytes]:
    """Every case's bytes by its name."""
    rows = (json.loads(line) for file in sorted(HOSTILE.glob("*.jsonl")) for line in file.read_text().splitlines())
    raw = {row["name"]: base64.b64decode(row["raw_base64"]).replace(b"{{HOST}}", b"a.test:8080") for row in rows}
    return {name: data for name, data in raw.items() if data and len(data) <= SEED_LIMIT_BYTES}


def definitions() -> dict[str, bytes]:
    """The definitions of the importer's fixtures by their names."""
    folders = (HERE.parent / "crates" / "openapi" / "tests" / "fixtures").iterdir()
    files = (file for folder in folders for file in folder.iterdir() if file.suffix in (".json", ".yaml"))
    return {f"{file.parent.name}-{file.name}": file.read_bytes() for file in files}


def packages() -> dict[str, bytes]:
    """Code packages: ordinary ones, and with names and links that lead elsewhere."""
    seeds = {}
    for name in ("app.py", "a/b/app.py", "../app.py", "/app.py", "a/../../app.py", "folder/", "a\\b"):
        for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            archive = io.BytesIO()
            with zipfile.ZipFile(archive, "w", method) as package:
                package.writestr(name, b"def handler(event, context): return event\n" * 9)
                link = zipfile.ZipInfo("link")
                link.create_system, link.external_attr = 3, 0o120777 << 16
                package.writestr(link, name)
            seeds[f"{method}-{name.encode().hex()}"] = archive.getvalue()
    return seeds


def tokens() -> dict[str, bytes]:
    """The verifier's own vectors, and tokens whose signatures are nobody's."""
    vectors = json.loads((CRATES / "jwt/tests/vectors.json").read_text())
    seeds = {f"token-{number}": vector["token"].encode() for number, vector in enumerate(vectors)}
    seeds["keys"] = json.dumps({"keys": [vector["key"] for vector in vectors]}).encode()
    part = lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")
    for algorithm in ("EdDSA", "RS256", "none", "HS256"):
        header = part({"alg": algorithm, "kid": "k", "typ": "JWT"})
        claims = part({"iss": "https://id.example", "aud": ["a", "b"], "exp": 1900000000.5, "scope": "a b"})
        seeds[algorithm] = b".".join((header, claims, b"A" * 86))
    return seeds


def write(target: str, seeds: dict[str, bytes], first: bytes = b"\x07") -> None:
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in seeds.items():
        (folder / name).write_bytes(first + data)
    print(f"{len(seeds)} seeds for {target}")


def templates() -> dict[str, bytes]:
    """The cases that Apache Velocity rendered for us."""
    files = sorted((CRATES / "vtl/tests/templates").glob("*.cases"))
    named = ((file.stem, part) for file in files for part in ("\n" + file.read_text()).split("\n=== ") if part.strip())
    return {f"{stem}-{part.partition(chr(10))[0]}": part.partition("\n")[2].encode() for stem, part in named}


def paths() -> dict[str, bytes]:
    """The cases that Jayway answered for us; the target brings a document of its own."""
    files = sorted((CRATES / "jsonpath/tests/cases").glob("*.json"))
    lists = {file.stem: json.loads(file.read_text()) for file in files if file.stem != "differences"}
    named = {f"{stem}-{number}": case["path"] for stem, file in lists.items() for number, case in enumerate(file["cases"])}
    return {name: path.encode() for name, path in named.items() if path}


def main() -> None:
    heads = requests()
    behind = {name: data.partition(b"\r\n\r\n")[2] for name, data in heads.items()}
    write("request_head", heads)
    write("body_decoder", {name: data for name, data in behind.items() if data})
    write("openapi_import", definitions())
    write("openapi_export", definitions())
    write("openapi_http", definitions())
    write("response_head", {f"response-{number}": data for number, data in enumerate(RESPONSES)})
    write("vtl", templates(), first=b"")
    write("jsonpath", paths(), first=b"")
    write("code_package", packages(), first=b"")
    write("token", tokens(), first=b"")
    write("trace_context", {f"trace-{number}": data for number, data in enumerate(TRACES)}, first=b"")


if __name__ == "__main__":
    main()
