"""Checks SigV4 signatures of the tests' clients against botocore's."""

import re

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

CREDENTIALS = {"accessKey": "AKIAEXAMPLE", "secretKey": "wJalrXUtnFEMI/K7MDENG", "sessionToken": "a/token=="}


def assert_signed(method, url, headers, body, region="us-east-1"):
    """botocore would have signed these headers, by their names in small letters, with CREDENTIALS in the same way."""
    authorization = headers["authorization"]
    names = re.search("SignedHeaders=([^,]+)", authorization)[1].split(";")
    assert {"host", "accept", "x-amz-date", "x-amz-security-token", "x-api-key"} <= set(names), names
    assert headers["x-amz-security-token"] == CREDENTIALS["sessionToken"]
    signed = {name: headers[name] for name in names if name in headers}
    request = AWSRequest(method, url, signed, body)
    request.context["timestamp"] = headers["x-amz-date"]
    signer = SigV4Auth(Credentials(*CREDENTIALS.values()), "execute-api", region)
    canonical = signer.canonical_request(request)
    signature = signer.signature(signer.string_to_sign(request, canonical), request)
    scope = f"{headers['x-amz-date'][:8]}/{region}/execute-api/aws4_request"
    expected = f"AWS4-HMAC-SHA256 Credential={CREDENTIALS['accessKey']}/{scope}, SignedHeaders={';'.join(names)}, Signature={signature}"
    assert authorization == expected, canonical
