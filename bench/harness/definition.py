"""Generate the OpenAPI definitions that the benchmarks import."""

from __future__ import annotations

from typing import Any

Definition = dict[str, Any]
STAGE = "bench"


def proxied(backend: str, path: str, verb: str = "GET") -> Definition:
    """An operation that is passed to the same path of `backend`, its path parameters mapped one by one."""
    names = [part[1:-1].removesuffix("+") for part in path.split("/") if part.startswith("{")]
    integration: Definition = {
        "type": "http_proxy",
        "httpMethod": verb,
        "uri": backend + path.replace("+}", "}"),
        "passthroughBehavior": "when_no_match",
    }
    operation: Definition = {"responses": {}, "x-amazon-apigateway-integration": integration}
    if names:
        integration["requestParameters"] = {
            f"integration.request.path.{name}": f"method.request.path.{name}" for name in names
        }
        operation["parameters"] = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names
        ]
    return operation


def api(title: str, paths: Definition) -> Definition:
    """An OpenAPI 3.0 document."""
    return {"openapi": "3.0.1", "info": {"title": title, "version": "1"}, "paths": paths}


def services(title: str, backend: str, count: int) -> Definition:
    """`count` services of ten routes each: static paths, `{param}` one and two deep, `{proxy+}` with ANY."""
    paths: Definition = {}

    def add(path: str, *verbs: str) -> None:
        paths[path] = {verb.lower(): proxied(backend, path, verb) for verb in verbs}

    for number in range(count):
        base = f"/service{number:02}"
        add(f"{base}/status", "GET")
        add(f"{base}/items", "GET", "POST")
        add(f"{base}/items/{{item}}", "GET", "PUT", "DELETE")
        add(f"{base}/items/{{item}}/parts", "GET")
        add(f"{base}/items/{{item}}/parts/{{part}}", "GET")
        add(f"{base}/reports/daily", "GET")
        files = f"{base}/files/{{proxy+}}"
        paths[files] = {"x-amazon-apigateway-any-method": proxied(backend, files, "ANY")}
    return api(title, paths)


def sample(count: int) -> list[str]:
    """Request paths under the stage that visit every kind of route of `services(…, count)`."""
    kinds = [
        "/status",
        "/items",
        "/items/item-{0}",
        "/items/item-{0}/parts",
        "/items/item-{0}/parts/{0}7",
        "/reports/daily",
        "/files/2026/report-{0}.pdf",
    ]
    # A step coprime with the kinds, so that neighbours on the wire are of different services.
    return [
        f"/{STAGE}/service{(index * 11) % count:02}{kinds[index % len(kinds)].format(index)}"
        for index in range(len(kinds) * 12)
    ]


def integrated(integration: Definition) -> Definition:
    """An operation with any integration and a response 200."""
    return {"responses": {"200": {"description": "done"}}, "x-amazon-apigateway-integration": integration}
