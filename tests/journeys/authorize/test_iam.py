"""Methods with AWS_IAM: who signs, what its policies and the API's say, and the words of refusals (facts A4 to A13, A23)."""

import json

import pytest

from harness.apis import Api, definition, eventually, proxy
from harness.process import Stagegate
from harness.signed import UNSIGNED, sign
from harness.wire import exchange

ACCOUNT = "000000000000"
ANN = ("AKIAANNANNANNANNANN1", "0123456789abcdef0123456789abcdef")
BOB = ("AKIABOBBOBBOBBOBBOB1", "0123456789abcdef0123456789abcdeg")
SIGV4 = {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"}


def policy(effect, action, resource, **more):
    """A policy document of one statement."""
    return {"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": action, "Resource": resource, **more}]}


def settings():
    """ann may GET; bob may do nothing."""
    allowed = json.dumps(policy("Allow", "execute-api:Invoke", "arn:aws:execute-api:*:*:*/dev/GET/*"))
    return (f"[users.ann]\naccess_key_id = '{ANN[0]}'\nsecret_access_key = '{ANN[1]}'\npolicy = '{allowed}'\n"
            f"[users.bob]\naccess_key_id = '{BOB[0]}'\nsecret_access_key = '{BOB[1]}'\n")


@pytest.fixture(scope="module")
def users(tmp_path_factory):
    """A process with two users."""
    process = Stagegate(tmp_path_factory.mktemp("iam") / "data", settings()).start()
    yield process
    process.stop()


@pytest.fixture
def api(users, backend):
    """Every method of /m needs a signature; GET / is open."""
    secured = {"operation": {"security": [{"sigv4": []}]}}
    routes = {f"{verb} /m": proxy(f"{backend.url}/m", verb, **secured) for verb in ("GET", "POST")}
    routes["GET /"] = proxy(f"{backend.url}/open")
    routes["GET /as/{name}"] = proxy(f"{backend.url}/as", **secured)
    return Api(users, definition(routes, components={"securitySchemes": {"sigv4": SIGV4}}))


def call(api, who, method="GET", path="/m", headers=(), body=b"", **how):
    """Signs and sends."""
    target, signed = sign(who, method, api.host, f"/{api.stage}{path}", headers, body, **how)
    return api.gateway.send(method, target, api.id, signed, body or None)


def refused(answer, error_type, message=None, key="message"):
    """The answer is a 403 of this type, with this message."""
    assert (answer.status, answer.error_type) == (403, error_type), answer.body
    if message:
        assert answer.json() == {key: message}


def test_who_may_call_is_let_in(api, backend, users):
    for who in (ANN, users.credentials):
        for how in ({}, {"content_sha256": True}, {"content_sha256": UNSIGNED}, {"expires_s": 60}):
            assert call(api, who, **how).status == 200, how
            assert backend.only().target.startswith(f"{backend.prefix}/m")


def test_fact_45_the_signature_is_not_forwarded(api, backend):
    assert call(api, ANN).status == 200
    assert backend.only().header("authorization") is None


@pytest.mark.parametrize("how", [{}, {"content_sha256": True}])
def test_a_body_is_covered_and_arrives_whole(api, backend, users, how):
    body = b"x" * 200_000
    assert call(api, users.credentials, "POST", body=body, **how).status == 200
    assert backend.only().body == body
    target, signed = sign(users.credentials, "POST", api.host, "/dev/m", body=body, **how)
    forged = api.gateway.send("POST", target, api.id, signed, body[:-1] + b"y")
    refused(forged, "InvalidSignatureException")
    assert not backend.requests


def test_a_body_that_is_not_signed_may_be_anything(api, backend, users):
    target, signed = sign(users.credentials, "POST", api.host, "/dev/m", body=b"a", content_sha256=UNSIGNED)
    assert api.gateway.send("POST", target, api.id, signed, b"other").status == 200
    assert backend.only().body == b"other"


def test_fact_a12_policies_say_who_is_not_let_in(api, backend):
    arn = f"arn:aws:execute-api:us-east-1:********{ACCOUNT[-4:]}:{api.id}/dev/GET/m"
    silent = "because no identity-based policy allows the execute-api:Invoke action"
    refused(call(api, BOB), "AccessDeniedException",
            f"User: arn:aws:iam::{ACCOUNT}:user/bob is not authorized to perform: execute-api:Invoke on resource: {arn} {silent}",
            "Message")
    refused(call(api, ANN, "POST"), "AccessDeniedException")
    assert not backend.requests


def test_fact_a23_the_resource_policy_takes_part(api, backend):
    root = api.gateway.credentials
    bob = f"arn:aws:iam::{ACCOUNT}:user/bob"
    cases = [
        (policy("Allow", "execute-api:Invoke", "execute-api:/*", Principal={"AWS": bob}), {"bob": 200, "ann": 200, "root": 200}),
        (policy("Allow", "execute-api:Invoke", "execute-api:/*", Principal={"AWS": ACCOUNT}), {"bob": 403, "ann": 200, "root": 200}),
        (policy("Deny", "execute-api:Invoke", "execute-api:/*", Principal="*"), {"bob": 403, "ann": 403, "root": 403}),
        (policy("Deny", "execute-api:Invoke", "execute-api:/*", Principal={"AWS": ACCOUNT}), {"bob": 403, "ann": 403, "root": 403}),
        (policy("Allow", "execute-api:Invoke", "execute-api:/*/POST/*", Principal="*"), {"bob": 403, "ann": 200, "root": 200}),
    ]
    for document, expected in cases:
        patch = [{"op": "replace", "path": "/policy", "value": json.dumps(document)}]
        api.client.update_rest_api(restApiId=api.id, patchOperations=patch)
        api.deploy()
        for name, who in (("bob", BOB), ("ann", ANN), ("root", root)):
            eventually(lambda who=who, name=name: check(call(api, who).status == expected[name], (document, name)))


@pytest.mark.parametrize("effect, reason", [
    ("Deny", "with an explicit deny in a resource-based policy"),
    ("Allow", "because no resource-based policy allows the execute-api:Invoke action"),
])
def test_facts_14_a10_and_a11_nobody_known_is_named_anonymous(api, backend, effect, reason):
    document = policy(effect, "execute-api:Invoke", "execute-api:/*/DELETE/*" if effect == "Allow" else "execute-api:/*", Principal="*")
    api.client.update_rest_api(
        restApiId=api.id, patchOperations=[{"op": "replace", "path": "/policy", "value": json.dumps(document)}])
    api.deploy()
    arn = f"arn:aws:execute-api:us-east-1:********{ACCOUNT[-4:]}:{api.id}/dev/GET/"
    message = f"User: anonymous is not authorized to perform: execute-api:Invoke on resource: {arn} {reason}"
    eventually(lambda: refused(api.send("GET", "/"), "AccessDeniedException", message, "Message"))
    assert not backend.requests


def check(holds, why):
    """An assertion as an expression."""
    assert holds, why


def test_fact_a15_and_a4_what_is_no_signature(api):
    refused(api.send("GET", "/m"), "MissingAuthenticationTokenException", "Missing Authentication Token")
    for header, begins in [
        ("Bearer abc", "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256"),
        ("Bearer", "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature'"),
        ("AWS4-HMAC-SHA256 Credential=a", "Authorization header requires 'Signature' parameter."),
    ]:
        for path in ("/m", "/nowhere"):
            answer = api.send("GET", path, [("Authorization", header)])
            refused(answer, "IncompleteSignatureException")
            assert answer.json()["message"].startswith(begins), (path, answer.body)


def test_fact_a5_without_a_route_a_good_signature_is_worth_nothing(api):
    refused(call(api, ANN, path="/nowhere"), "MissingAuthenticationTokenException", "Missing Authentication Token")


def test_fact_a7_a_wrong_signature_shows_what_was_signed(api):
    answer = call(api, (ANN[0], "not the secret"))
    refused(answer, "InvalidSignatureException")
    message = answer.json()["message"]
    assert message.startswith("The request signature we calculated does not match the signature you provided.")
    assert "\n\nThe Canonical String for this request should have been\n'GET\n/dev/m\n\nhost:" in message
    assert message.endswith("'\n")


def test_fact_a8_the_scope_must_be_right(api):
    region = "Credential should be scoped to a valid region. "
    service = "Credential should be scoped to correct service: 'execute-api'. "
    refused(call(api, ANN, region="eu-west-1"), "InvalidSignatureException", region)
    refused(call(api, ANN, service="apigateway"), "InvalidSignatureException", service)
    refused(call(api, ANN, region="x", service="lambda"), "InvalidSignatureException", region + service)


def test_fact_a9_time_and_key(api):
    late = call(api, ANN, age_s=400)
    refused(late, "InvalidSignatureException")
    assert late.json()["message"].startswith("Signature expired: ")
    early = call(api, ANN, age_s=-400)
    assert early.json()["message"].startswith("Signature not yet current: ")
    refused(call(api, ANN, age_s=100, expires_s=60), "InvalidSignatureException")
    assert call(api, ANN, age_s=500, expires_s=600).status == 200
    unknown = "The security token included in the request is invalid."
    refused(call(api, ("AKIANOBODYNOBODYNOBO", "x" * 20)), "UnrecognizedClientException", unknown)
    refused(call(api, (*ANN, "no-token")), "UnrecognizedClientException", unknown)


def test_gateway_responses_say_it_in_other_words(api):
    for response in ("ACCESS_DENIED", "INVALID_SIGNATURE"):
        template = {"application/json": '{"why":$context.error.messageString,"type":"$context.error.responseType"}'}
        api.client.put_gateway_response(restApiId=api.id, responseType=response, statusCode="418", responseTemplates=template)
    api.deploy()
    answer = eventually(lambda: answered(call(api, BOB), 418))
    assert answer["type"] == "ACCESS_DENIED" and "user/bob" in answer["why"]
    assert answered(call(api, ANN, region="x"), 418)["type"] == "INVALID_SIGNATURE"


def answered(answer, status):
    """The JSON of an answer with this status."""
    assert answer.status == status, answer.body
    return answer.json()


def test_fact_20_an_arn_has_1600_bytes(api, backend):
    assert call(api, ANN, path="/as/" + "n" * 1400).status == 200
    assert backend.only()
    assert call(api, ANN, path="/as/" + "n" * 1600).status == 414
    assert not backend.requests


def test_the_header_that_names_the_api_is_covered_by_the_signature(api, users, backend):
    """Whoever forwards a signed request must not be able to lead it to another API of the same host."""
    secured = {"operation": {"security": [{"sigv4": []}]}}
    other = Api(users, definition({"GET /m": proxy(f"{backend.url}/other", **secured)}, components={"securitySchemes": {"sigv4": SIGV4}}))

    def sent(named, added=(), host="gateway.internal", **how):
        """Signed for one API, and sent with headers that were added on the way."""
        target, signed = sign(ANN, "GET", host, f"/{api.stage}/m", named, **how)
        return exchange(users.gateway, "GET", target, host, [*signed, *added])

    header = [("x-apigw-api-id", api.id)]
    assert sent(header).status == 200
    assert sent(header, expires_s=60).status == 200
    for how in ({}, {"expires_s": 60}, {"content_sha256": UNSIGNED}):
        refused(sent([], [("X-Apigw-Api-Id", other.id)], **how), "InvalidSignatureException")
        refused(sent([], header, **how), "InvalidSignatureException")
    # Where the host names the API the header counts for nothing, signed or not.
    assert sent([], [("x-apigw-api-id", other.id)], host=api.host).status == 200
    targets = {request.target.removeprefix(backend.prefix).partition("?")[0] for request in backend.requests}
    assert targets == {"/m"}
