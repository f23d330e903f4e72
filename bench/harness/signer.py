"""Sign control-plane calls with AWS Signature Version 4, from the standard library alone."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timezone
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, urlsplit

_SERVICE = "apigateway"


class Credential(NamedTuple):
    """An access key pair."""

    access_key_id: str
    secret_access_key: str


def _mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def _canonical(method: str, target: str, host: str, stamp: str, body: bytes) -> str:
    """The canonical request; the path, already encoded once, is encoded again as every service but S3 does."""
    parts = urlsplit(target)
    pairs = sorted(parse_qsl(parts.query, keep_blank_values=True))
    query = "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in pairs)
    headers = f"host:{host}\nx-amz-date:{stamp}\n"
    digest = hashlib.sha256(body).hexdigest()
    return "\n".join([method, quote(parts.path, safe="/-_.~"), query, headers, "host;x-amz-date", digest])


def sign(
    credential: Credential, region: str, method: str, target: str, host: str, body: bytes
) -> dict[str, str]:
    """The headers that `method target` needs beside `Host: host` to pass as signed now."""
    stamp = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{stamp[:8]}/{region}/{_SERVICE}/aws4_request"
    digest = hashlib.sha256(_canonical(method, target, host, stamp, body).encode()).hexdigest()
    key = b"AWS4" + credential.secret_access_key.encode()
    for part in (stamp[:8], region, _SERVICE, "aws4_request"):
        key = _mac(key, part)
    signature = _mac(key, f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{digest}").hex()
    return {
        "X-Amz-Date": stamp,
        "Authorization": f"AWS4-HMAC-SHA256 Credential={credential.access_key_id}/{scope}, "
        f"SignedHeaders=host;x-amz-date, Signature={signature}",
    }
