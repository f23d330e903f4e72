"""Cached routes of HTTP APIs: hits have the form of their API, and tell browsers what each request's origin calls for."""

import json

from harness.cached import counts
from harness.http_apis import HttpApi


class Cached(HttpApi):
    """An API with one cached route, whose configuration knows two origins."""

    def __init__(self, gateway, url):
        self.gateway, self.stage = gateway, "$default"
        self.client = gateway.client(service="apigatewayv2")
        integration = {"type": "HTTP_PROXY", "httpMethod": "ANY", "uri": url, "payloadFormatVersion": "1.0"}
        operation = {
            "responses": {"default": {"description": ""}},
            "x-amazon-apigateway-integration": integration,
            "x-stagegate-cache": {"ttlInSeconds": 300},
        }
        cors = {"allowOrigins": ["https://a.example", "https://b.example"], "exposeHeaders": ["X-Own"]}
        body = {
            "openapi": "3.0.1", "info": {"title": "cached", "version": "1"},
            "paths": {"/a": {"get": operation}}, "x-amazon-apigateway-cors": cors,
        }
        self.id = self.client.import_api(Body=json.dumps(body), FailOnWarnings=True)["ApiId"]
        self.client.create_stage(ApiId=self.id, StageName="$default", AutoDeploy=True)
        self.live()


def test_hits_tell_each_origin_its_own(gateway, backend):
    counts(backend, headers=[("X-Own", "yes"), ("Access-Control-Allow-Origin", "https://evil.example")])
    api = Cached(gateway, f"{backend.url}/x")
    answers = [api.send("GET", "/a", [("Origin", f"https://{name}.example")] if name else []) for name in ("a", "b", "c", None, "a")]
    assert [answer.body for answer in answers] == [b"1"] * 5
    assert [answer.header("Access-Control-Allow-Origin") for answer in answers] == [
        "https://a.example", "https://b.example", None, None, "https://a.example"]
    assert len({answer.header("apigw-requestid") for answer in answers}) == 5
    assert all(answer.header("X-Own") == "yes" for answer in answers)
