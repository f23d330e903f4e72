"""Who may call the control plane: SigV4 in headers and in a URL, the skew, the service and the region."""

import datetime
import json
import urllib.parse

import botocore.auth
import botocore.compat
import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from harness.wire import Connection


def signed(gateway, method="GET", path="/restapis", body=b"", service="apigateway", region="us-east-1",
           key=None, secret=None, offset_s=0, query=False, headers=(), monkeypatch=None):
    """A request signed by botocore as if `offset_s` from now; returns target and headers."""
    root_key, root_secret = gateway.credentials
    credentials = Credentials(key or root_key, secret or root_secret)
    request = AWSRequest(method, gateway.control_url + path, data=body, headers=dict(headers))
    signer = (SigV4QueryAuth if query else SigV4Auth)(credentials, service, region)
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=offset_s)
    if monkeypatch:
        for module in (botocore.auth, botocore.compat):
            if hasattr(module, "get_current_datetime"):
                monkeypatch.setattr(module, "get_current_datetime", lambda remove_tzinfo=True: moment.replace(
                    tzinfo=None) if remove_tzinfo else moment)
    signer.add_auth(request)
    if monkeypatch:
        monkeypatch.undo()
    url = urllib.parse.urlsplit(request.prepare().url)
    target = url.path + (f"?{url.query}" if url.query else "")
    return target, [(n, v) for n, v in request.headers.items() if n.lower() not in ("host", "content-length")]


def call(gateway, method, target, headers, body=None, host=None):
    """Sends what was signed and returns the raw answer."""
    with Connection(gateway.control) as connection:
        connection.request(method, target, host or f"127.0.0.1:{gateway.control}", headers, body)
        return connection.response(method)


def assert_refused(answer, *types):
    """403 with one of the fault types, as JSON with a message and a request id."""
    assert answer.status == 403, (answer.status, answer.body)
    assert answer.error_type.split(":")[0] in types, answer.error_type
    assert answer.json()["message"]
    assert answer.header("x-amzn-RequestId")


def test_a_signed_call_works_and_lists_are_called_item_on_the_wire(gateway):
    target, headers = signed(gateway)
    answer = call(gateway, "GET", target, headers)
    assert answer.status == 200
    assert isinstance(answer.json()["item"], list)
    assert answer.header("Content-Type").startswith("application/json")


def test_an_unsigned_call_is_refused(gateway):
    for path in ("/restapis", "/", "/nowhere", "/account"):
        answer = call(gateway, "GET", path, [])
        assert_refused(answer, "MissingAuthenticationTokenException")


@pytest.mark.parametrize("value", ["Bearer abc", "Basic dTpw", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=x", "garbage"])
def test_an_authorization_that_is_not_sigv4_is_refused(gateway, value):
    answer = call(gateway, "GET", "/restapis", [("Authorization", value)])
    assert_refused(answer, "IncompleteSignatureException", "MissingAuthenticationTokenException")


def test_a_wrong_secret_and_an_unknown_key(gateway):
    target, headers = signed(gateway, secret="x" * 40)
    assert_refused(call(gateway, "GET", target, headers), "InvalidSignatureException")
    target, headers = signed(gateway, key="AKIAAAAAAAAAAAAAAAAA")
    answer = call(gateway, "GET", target, headers)
    assert_refused(answer, "UnrecognizedClientException")
    assert answer.json()["message"] == "The security token included in the request is invalid."


def test_anything_changed_after_signing_is_noticed(gateway):
    body = json.dumps({"name": "signed"}).encode()
    target, headers = signed(gateway, "POST", body=body, headers=[("Content-Type", "application/json")])
    assert call(gateway, "POST", target, headers, body).status == 201
    changed = body.replace(b"signed", b"forged")
    assert_refused(call(gateway, "POST", target, headers, changed), "InvalidSignatureException")
    assert_refused(call(gateway, "POST", target + "?mode=import", headers, body), "InvalidSignatureException")
    assert_refused(call(gateway, "PUT", target, headers, body), "InvalidSignatureException")
    host = f"localhost:{gateway.control}"
    assert_refused(call(gateway, "POST", target, headers, body, host=host), "InvalidSignatureException")


@pytest.mark.parametrize("offset_s, accepted", [(-240, True), (240, True), (-400, False), (400, False)])
def test_the_clock_may_be_five_minutes_off(gateway, monkeypatch, offset_s, accepted):
    target, headers = signed(gateway, offset_s=offset_s, monkeypatch=monkeypatch)
    answer = call(gateway, "GET", target, headers)
    if accepted:
        assert answer.status == 200, answer.body
    else:
        assert_refused(answer, "InvalidSignatureException", "SignatureDoesNotMatch", "RequestExpired")
        expected = "Signature expired" if offset_s < 0 else "Signature not yet current"
        assert answer.json()["message"].startswith(expected)


def test_a_presigned_url_works_and_expires(gateway, monkeypatch):
    target, _ = signed(gateway, query=True)
    assert "X-Amz-Signature=" in target
    assert call(gateway, "GET", target, []).status == 200
    assert_refused(call(gateway, "GET", target.replace("X-Amz-Expires=3600", "X-Amz-Expires=3601"), []), "InvalidSignatureException")
    old, _ = signed(gateway, query=True, offset_s=-3700, monkeypatch=monkeypatch)
    answer = call(gateway, "GET", old, [])
    assert answer.status == 403


def test_paths_that_need_escapes_are_signed_twice_encoded(client, gateway):
    """The generic SigV4 rule; a tag's ARN holds colons and slashes."""
    api = client.create_rest_api(name="escapes")["id"]
    arn = f"arn:aws:apigateway:us-east-1::/restapis/{api}"
    client.tag_resource(resourceArn=arn, tags={"k": "v"})
    assert client.get_tags(resourceArn=arn)["tags"] == {"k": "v"}


@pytest.mark.parametrize("service", ["s3", "execute-api", "nonsense", ""])
def test_a_scope_of_another_service_is_refused(gateway, service):
    target, headers = signed(gateway, service=service)
    assert call(gateway, "GET", target, headers).status == 403


def test_a_region_that_is_none_is_refused(gateway):
    target, headers = signed(gateway, region="moon-base-1x")
    assert call(gateway, "GET", target, headers).status == 403


def test_a_call_that_is_no_operation(gateway):
    for method, path in (("GET", "/nowhere"), ("PATCH", "/restapis"), ("BREW", "/restapis")):
        target, headers = signed(gateway, method, path)
        answer = call(gateway, method, target, headers)
        assert answer.status in (403, 404, 405, 501), (method, path)
        assert answer.json()["message"] and answer.error_type


@pytest.mark.parametrize("body", [b"", b"not JSON", b"[]", b'{"name": 5}', b'{"name": {}}', b"\xff\xfe", b'{"name": "x"'])
def test_a_body_that_is_not_the_operations_input_is_400(gateway, body):
    target, headers = signed(gateway, "POST", body=body, headers=[("Content-Type", "application/json")])
    answer = call(gateway, "POST", target, headers, body)
    assert answer.status == 400, answer.body
    assert answer.error_type


def test_the_body_of_a_stranger_is_dropped_and_one_without_bounds_not_awaited(gateway):
    target, headers = signed(gateway, "POST", body=b"x" * 2_000_000, key="AKIASTRANGERSTRANGER")
    answer = call(gateway, "POST", target, headers, b"x" * 2_000_000)
    assert (answer.status, answer.error_type) == (403, "UnrecognizedClientException")
    with Connection(gateway.control, timeout=5) as connection:
        connection.send(b"POST /restapis HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999999\r\n\r\n")
        assert connection.response("POST").status == 403


@pytest.mark.parametrize("host, allowed", [
    ("localhost:{port}", True), ("127.0.0.1:{port}", True), ("[::1]:{port}", True), ("[::ffff:127.0.0.1]", True), ("localhost.", True), ("x.localhost", True), ("127.0.0.1", True),
    ("evil.example", False), ("127.0.0.1.evil.example", False), ("localhost.evil.example:{port}", False), ("10.0.0.1", False),
])
def test_host_is_checked_against_an_allowlist(gateway, host, allowed):
    """DNS rebinding ends here, before any signature is looked at."""
    answer = call(gateway, "GET", "/restapis", [], host=host.format(port=gateway.control))
    assert answer.status in (400, 403, 421)
    assert answer.header("x-amzn-RequestId")
    refused_for_host = answer.error_type != "MissingAuthenticationTokenException"
    assert refused_for_host != allowed, (answer.error_type, answer.body)


def test_a_setting_adds_hosts(start):
    process = start('trusted_hosts = ["gateway.example"]\n')
    answer = call(process, "GET", "/restapis", [], host="gateway.example")
    assert answer.error_type == "MissingAuthenticationTokenException"


@pytest.mark.parametrize("headers", [
    [("Origin", "http://evil.example")], [("Origin", "null")], [("Sec-Fetch-Site", "cross-site")],
])
def test_cross_origin_browser_requests_are_refused(gateway, headers):
    target, signature = signed(gateway)
    answer = call(gateway, "GET", target, signature + headers)
    assert answer.status == 403
    assert not answer.all("Access-Control-Allow-Origin")

