"""Builds HTTP APIs from definitions, with extensions of AWS's and of ours."""

import json

from harness.http_apis import HttpApi


class Imported(HttpApi):
    """An API from a definition, with a `$default` stage."""

    def __init__(self, gateway, operations, **top):
        self.gateway, self.stage = gateway, "$default"
        self.client = gateway.client(service="apigatewayv2")
        paths = {}
        for route, operation in operations.items():
            verb, path = route.split(" ")
            paths.setdefault(path, {})[verb.lower()] = {"responses": {"default": {"description": ""}}, **operation}
        body = {"openapi": "3.0.1", "info": {"title": "beyond", "version": "1"}, "paths": paths, **top}
        self.id = self.client.import_api(Body=json.dumps(body), FailOnWarnings=True)["ApiId"]
        self.client.create_stage(ApiId=self.id, StageName="$default", AutoDeploy=True)
        self.live()


def to(url, **integration):
    """An HTTP_PROXY integration of an operation."""
    return {"x-amazon-apigateway-integration": {
        "type": "HTTP_PROXY", "httpMethod": "ANY", "uri": url, "payloadFormatVersion": "1.0", **integration}}
