"""Content that a signature covers is read once, and serves every later room: inflating, validating, forwarding, over both protocols."""

import gzip
import json

import pytest

from harness.apis import Api, definition, proxy
from harness.http2 import Http2
from harness.signed import sign

SIGV4 = {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"}
PET = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}


@pytest.fixture
def api(gateway, backend):
    """POST /plain, and POST /checked with a model; the API compresses."""
    checked = {"security": [{"sigv4": []}], "x-amazon-apigateway-request-validator": "body", "requestBody": {
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}}}
    routes = {
        "POST /plain": proxy(f"{backend.url}/plain", "POST", operation={"security": [{"sigv4": []}]}),
        "POST /checked": proxy(f"{backend.url}/checked", "POST", operation=checked),
    }
    document = definition(routes, components={"securitySchemes": {"sigv4": SIGV4}, "schemas": {"Pet": PET}})
    document["x-amazon-apigateway-minimum-compression-size"] = 1_000_000
    document["x-amazon-apigateway-request-validators"] = {"body": {"validateRequestBody": True}}
    return Api(gateway, document)


def post(api, path, body, headers=(), **how):
    """Signs and sends."""
    target, signed = sign(api.gateway.credentials, "POST", api.host, f"/dev{path}", headers, body, **how)
    return api.gateway.send("POST", target, api.id, signed, body)


@pytest.mark.parametrize("how", [{}, {"content_sha256": True}, {"content_sha256": "UNSIGNED-PAYLOAD"}])
def test_compressed_content_is_signed_as_it_is_sent(api, backend, how):
    text = b'{"name": "rex"}' * 1000
    answer = post(api, "/plain", gzip.compress(text), [("Content-Encoding", "gzip")], **how)
    assert answer.status == 200, answer.body
    assert backend.only().body == text


@pytest.mark.parametrize("how", [{}, {"content_sha256": True}])
def test_models_check_what_was_signed(api, backend, how):
    json_type = [("Content-Type", "application/json")]
    assert post(api, "/checked", b'{"name": "rex"}', json_type, **how).status == 200
    assert backend.only().body == b'{"name": "rex"}'
    refused = post(api, "/checked", b'{"name": 1}', json_type, **how)
    assert (refused.status, refused.json()) == (400, {"message": "Invalid request body"})
    assert not backend.requests


def test_signatures_count_over_http2_too(api, backend):
    body = json.dumps({"name": "rex"}).encode()
    target, signed = sign(api.gateway.credentials, "POST", api.host, "/dev/plain", [], body)
    connection = Http2(api.gateway.gateway)
    headers = [(name.lower(), value) for name, value in signed]
    good = connection.answer(connection.send("POST", target, api.host, headers, body))
    assert good[0][":status"] == "200", good
    assert backend.only().body == body
    forged = connection.answer(connection.send("POST", target, api.host, headers, body + b" "))
    assert forged[0][":status"] == "403", forged
    assert not backend.requests
