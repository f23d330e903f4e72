"""Requests to APIs that are signed by botocore, in the header or in the query, and may be changed afterwards."""

import datetime
import hashlib
import urllib.parse

from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

UNSIGNED = "UNSIGNED-PAYLOAD"


class _At:
    """Lets botocore sign at another time than now."""

    def __init__(self, moment):
        self.moment = moment

    def __enter__(self):
        self.kept = auth.get_current_datetime
        auth.get_current_datetime = lambda *_, **__: self.moment

    def __exit__(self, *_):
        auth.get_current_datetime = self.kept


def sign(credentials, method, host, target, headers=(), body=b"", **how):
    """Signs a request; returns its target and headers as they are to be sent, without Host.

    `credentials` are key, secret and perhaps a token. `how`: `service`, `region`, `age_s` (how long ago), `expires_s`
    (presigned), `content_sha256` (True, or the value of the header).
    """
    moment = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    moment -= datetime.timedelta(seconds=how.get("age_s", 0))
    sent = dict(headers)
    stated = how.get("content_sha256")
    if stated:
        sent["x-amz-content-sha256"] = hashlib.sha256(body).hexdigest() if stated is True else stated
    request = AWSRequest(method, f"http://{host}{target}", {"host": host, **sent}, body or None)
    scope = (Credentials(*credentials), how.get("service", "execute-api"), how.get("region", "us-east-1"))
    expires_s = how.get("expires_s")
    signer = auth.SigV4QueryAuth(*scope, expires=expires_s) if expires_s else auth.SigV4Auth(*scope)
    with _At(moment):
        signer.add_auth(request)
    url = urllib.parse.urlsplit(request.url)
    query = f"?{url.query}" if url.query else ""
    signed = [(name, value) for name, value in request.headers.items() if name.lower() not in ("host", "content-length")]
    return f"{url.path}{query}", signed
