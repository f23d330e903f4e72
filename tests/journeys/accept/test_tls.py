"""The TLS listener: certificates by name, policies, protocols, and clients that behave badly in a handshake."""

import json
import os
import socket
import ssl
import struct
import subprocess
import threading
import time

import h2.config
import h2.connection
import pytest

from harness.apis import Api, definition, eventually, mock, proxy
from harness.certificates import Authority
from harness.http2 import Http2
from harness.ports import free_port
from harness.tls import V12, V13, TlsConnection, context, get
from harness.wire import Truncated, exchange

ARN = "arn:aws:acm:us-east-1:000000000000:certificate/{}"
ONLY_13 = "SecurityPolicy_TLS13_1_3_2025_09"


class World:
    """A process with a TLS listener, and an API that tells how it was called."""

    def __init__(self, start, folder):
        self.authority = Authority("servers")
        self.port = free_port()
        self.files = {
            name: self.authority.issue(name, hosts).write(folder, name)
            for name, hosts in (("api", ["api.test"]), ("wild", ["*.wild.test"]), ("default", ["*.execute-api.us-east-1.localhost"]))
        }
        entries = "".join(
            f'[[certificates]]\narn = "{ARN.format(name)}"\ncertificate = "{files[0]}"\nkey = "{files[1]}"\n'
            for name, files in self.files.items()
        )
        missing = f'[[certificates]]\narn = "{ARN.format("gone")}"\ncertificate = "gone.crt"\nkey = "gone.key"\n'
        default = self.files["default"]
        top = (
            f'tls = "127.0.0.1:{self.port}"\ntls_certificate = "{default[0]}"\ntls_key = "{default[1]}"\n'
            'head_timeout_ms = 1500\n'
        )
        self.gateway = start(top + entries + missing)
        self.api = Api(self.gateway, definition({"GET /a": mock()}))
        self.client = self.api.client
        self.client.update_rest_api(restApiId=self.api.id, patchOperations=[
            {"op": "replace", "path": "/endpointConfiguration/types/EDGE", "value": "REGIONAL"}])
        self.trust = self.authority.pem

    def domain(self, name, certificate, **more):
        """A regional domain name that leads to the API."""
        more.setdefault("endpointConfiguration", {"types": ["REGIONAL"]})
        self.client.create_domain_name(domainName=name, regionalCertificateArn=ARN.format(certificate), **more)
        self.client.create_base_path_mapping(domainName=name, restApiId=self.api.id, stage="dev")
        return name

    def get(self, path, name, host=None, **insists):
        """A GET by TLS from a client that checks names and issuers."""
        return get(self.port, path, name, host, trusted=self.trust, **insists)

    def policy(self, policy, mode=None):
        """Gives the API a security policy."""
        operations = [{"op": "replace", "path": "/securityPolicy", "value": policy}]
        if mode:
            operations.append({"op": "replace", "path": "/endpointAccessMode", "value": mode})
        self.client.update_rest_api(restApiId=self.api.id, patchOperations=operations)

    @property
    def host(self):
        """The API's own host, without a port."""
        return f"{self.api.id}.execute-api.us-east-1.localhost"


@pytest.fixture(name="world")
def world_fixture(start, tmp_path):
    """A process of the test's own."""
    return World(start, tmp_path)


def shown(port, name):
    """The host names of the certificate that a name is met with."""
    with TlsConnection(port, name) as connection:
        der = connection.socket.getpeercert(binary_form=True)
    text = subprocess.run(
        ["openssl", "x509", "-inform", "der", "-noout", "-ext", "subjectAltName"],
        input=der, capture_output=True, check=True).stdout.decode()
    return [part.strip().removeprefix("DNS:") for part in text.splitlines()[1].split(",")]


def test_each_name_is_met_with_its_certificate_and_others_with_the_default_one(world):
    """SNI finds custom domain names, wildcard ones too; unknown names and none get the default certificate."""
    world.domain("api.test", "api")
    world.domain("*.wild.test", "wild")
    world.domain("lost.test", "unknown")
    world.domain("gone.test", "gone")
    default = ["*.execute-api.us-east-1.localhost"]
    for name, expected in (
        ("api.test", ["api.test"]), ("API.test", ["api.test"]), ("x.wild.test", ["*.wild.test"]),
        ("a.b.wild.test", default), (world.host, default), ("nobody.test", default), (None, default),
        ("lost.test", default), ("gone.test", default),
    ):
        assert shown(world.port, name) == expected, name
    assert world.get("/a", "api.test").status == 200
    assert world.get("/a", "x.wild.test").status == 200
    assert world.get("/dev/a", world.host).status == 200
    with pytest.raises(ssl.SSLCertVerificationError):
        world.get("/a", "lost.test")
    log = world.gateway.log()
    for name in ("lost.test", "gone.test"):
        assert f"domain=\"{name}\"" in log and "shows the default certificate" in log, log
    assert ARN.format("unknown") in log and "no [[certificates]] has it" in log


def test_a_private_domain_name_is_met_with_its_certificate_through_its_endpoint(start, tmp_path):
    port, files = free_port(), Authority("servers").issue("api", ["private.test"]).write(tmp_path, "api")
    gateway = start(
        f'tls = "127.0.0.1:{port}"\n[vpc_endpoints.vpce-1]\nvpc = "vpc-1"\nsources = ["127.0.0.0/8"]\n'
        f'[[certificates]]\narn = "{ARN.format("api")}"\ncertificate = "{files[0]}"\nkey = "{files[1]}"\n')
    client = gateway.client()
    made = client.create_domain_name(
        domainName="private.test", certificateArn=ARN.format("api"), endpointConfiguration={"types": ["PRIVATE"]})
    assert shown(port, "private.test") != ["private.test"]
    client.create_domain_name_access_association(
        domainNameArn=made["domainNameArn"], accessAssociationSourceType="VPCE", accessAssociationSource="vpce-1")
    assert shown(port, "private.test") == ["private.test"]


def test_the_plain_listener_stays_as_it_was(world):
    """The same domain name answers on both, and each says the truth about itself."""
    world.domain("api.test", "api")
    assert exchange(world.gateway.gateway, "GET", "/a", "api.test").status == 200
    with pytest.raises((ssl.SSLError, ConnectionResetError, Truncated)):
        get(world.gateway.gateway, "/a", "api.test")
    with pytest.raises((Truncated, ConnectionResetError)):
        exchange(world.port, "GET", "/a", "api.test")
    assert exchange(world.gateway.gateway, "GET", "/a", "api.test").status == 200


def test_a_back_end_learns_that_the_client_came_by_tls(world, backend):
    """X-Forwarded-Proto and -Port are those of the listener."""
    world.api.reimport(definition({"GET /p": proxy(f"{backend.url}/p")}))
    for by_tls, expected in ((True, ("https", str(world.port))), (False, ("http", str(world.gateway.gateway)))):
        if by_tls:
            assert world.get("/dev/p", world.host).status == 200
        else:
            assert world.api.send("GET", "/p").status == 200
        recorded = backend.only()
        assert (recorded.header("X-Forwarded-Proto"), recorded.header("X-Forwarded-Port")) == expected


@pytest.mark.parametrize("policy, accepts_12", [
    ("TLS_1_2", True), (ONLY_13, False), ("SecurityPolicy_TLS13_1_3_FIPS_2025_09", False),
    ("SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09", True), ("SecurityPolicy_TLS13_1_2_2021_06", True),
])
def test_the_security_policy_of_a_domain_name_decides_about_versions(world, policy, accepts_12):
    """A client of TLS 1.2 alone is refused by a policy of 1.3 alone; the policy of the API plays no part."""
    more = {"securityPolicy": policy}
    world.domain("api.test", "api", **more)
    assert world.get("/a", "api.test", versions=(V13, V13)).status == 200
    if accepts_12:
        assert world.get("/a", "api.test", versions=(V12, V12)).status == 200
    else:
        with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION|protocol version"):
            world.get("/a", "api.test", versions=(V12, V12))


def test_the_security_policy_of_an_api_decides_about_its_own_host(world):
    """Live, and for this host alone."""
    assert world.get("/dev/a", world.host, versions=(V12, V12)).status == 200
    world.policy(ONLY_13)
    with pytest.raises(ssl.SSLError):
        world.get("/dev/a", world.host, versions=(V12, V12))
    assert world.get("/dev/a", world.host, versions=(V13, V13)).status == 200
    assert shown(world.port, "nobody.test")


def test_a_policy_decides_about_cipher_suites(world):
    """FIPS policies have no ChaCha20; no policy has suites without forward secrecy."""
    world.domain("api.test", "api", securityPolicy="SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09")
    for suite, is_fine in (
        ("ECDHE-ECDSA-AES128-GCM-SHA256", True), ("ECDHE-ECDSA-AES256-GCM-SHA384", True),
        ("ECDHE-ECDSA-CHACHA20-POLY1305", False), ("ECDHE-ECDSA-AES128-SHA256", False),
    ):
        insists = {"versions": (V12, V12), "ciphers": suite}
        if is_fine:
            assert world.get("/a", "api.test", **insists).status == 200
        else:
            with pytest.raises(ssl.SSLError):
                world.get("/a", "api.test", **insists)


def test_old_versions_are_refused(world):
    """TLS 1.0 and 1.1 are not served, whatever the policy says."""
    made = ["openssl", "s_client", "-connect", f"127.0.0.1:{world.port}", "-servername", world.host]
    for version in ("-tls1", "-tls1_1"):
        asked = subprocess.run(
            [*made, version, "-cipher", "ALL:@SECLEVEL=0"], input=b"", capture_output=True, timeout=10, check=False)
        assert asked.returncode != 0, asked.stdout


def test_strict_endpoints_hold_the_name_of_the_handshake_against_the_host(world):
    """`endpointAccessMode`: BASIC takes another Host than the SNI, STRICT does not."""
    world.domain("api.test", "api", securityPolicy=ONLY_13, endpointAccessMode="STRICT")
    world.domain("x.wild.test", "wild", securityPolicy=ONLY_13, endpointAccessMode="BASIC")
    assert world.get("/a", "api.test").status == 200
    assert world.get("/a", "api.test", "API.test:443").status == 200
    refused = world.get("/a", "x.wild.test", "api.test")
    assert (refused.status, refused.error_type, refused.body) == (403, "ForbiddenException", b'{"message":"Forbidden"}')
    assert get(world.port, "/a", None, "api.test").status == 403
    assert world.get("/a", "api.test", "x.wild.test").status == 200
    world.policy(ONLY_13, "STRICT")
    assert world.get("/dev/a", world.host).status == 200
    assert world.get("/dev/a", "x.wild.test", world.host).status == 403
    world.policy(ONLY_13, "BASIC")
    assert world.get("/dev/a", "x.wild.test", world.host).status == 200


def test_a_strict_endpoint_keeps_its_type(world):
    """AWS wants BASIC first."""
    world.domain("api.test", "api", securityPolicy=ONLY_13, endpointAccessMode="STRICT")
    with pytest.raises(world.client.exceptions.BadRequestException, match="STRICT"):
        world.client.update_domain_name(domainName="api.test", patchOperations=[
            {"op": "replace", "path": "/endpointConfiguration/types/REGIONAL", "value": "EDGE"},
            {"op": "replace", "path": "/certificateArn", "value": ARN.format("api")},
        ])


def test_http2_is_agreed_on_in_the_handshake(world):
    """ALPN chooses; without it the connection is one of HTTP/1.1, and a preface is no request."""
    made = context(trusted=world.trust, alpn=["h2", "http/1.1"])
    plain = socket.create_connection(("127.0.0.1", world.port), 10)
    with made.wrap_socket(plain, server_hostname=world.host) as connection:
        assert connection.selected_alpn_protocol() == "h2"
        client = Http2.__new__(Http2)
        client.socket = connection
        client.h2 = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        client.h2.initiate_connection()
        client.answers, client.ended, client.reset = {}, set(), {}
        client.flush()
        for _ in range(3):
            stream = client.send("GET", "/dev/a", world.host)
            assert client.answer(stream)[0][":status"] == "200"
    with TlsConnection(world.port, world.host, trusted=world.trust, alpn=["http/1.1"]) as connection:
        assert connection.socket.selected_alpn_protocol() == "http/1.1"
        assert connection.get("/dev/a", world.host).status == 200
    with TlsConnection(world.port, world.host, trusted=world.trust) as connection:
        connection.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        assert connection.response().status >= 400
    with pytest.raises(ssl.SSLError):
        get(world.port, "/", world.host, alpn=["spdy/3"])


def test_curl_speaks_http2_with_it(world):
    """A client of everyday life."""
    got = subprocess.run(
        ["curl", "-sS", "--http2", "--cacert", "/dev/stdin", "-o", os.devnull, "-w", "%{http_version} %{http_code}",
         "--resolve", f"{world.host}:{world.port}:127.0.0.1", f"https://{world.host}:{world.port}/dev/a"],
        input=world.trust, capture_output=True, text=True, timeout=20, check=True)
    assert got.stdout == "2 200"


def test_a_changed_file_is_shown_without_a_restart(world, tmp_path):
    """A certificate that is renewed, then broken, then whole again."""
    world.domain("api.test", "api")
    certificate, key = world.files["api"]

    def is_shown(names):
        assert shown(world.port, "api.test") == names

    with TlsConnection(world.port, "api.test", trusted=world.trust) as connection:
        assert connection.get("/a", "api.test").status == 200
        world.authority.issue("renewed", ["api.test", "new.test"]).write(tmp_path, "api")
        eventually(lambda: is_shown(["api.test", "new.test"]), 6)
        assert connection.get("/a", "api.test").status == 200
    key.write_text("broken")
    eventually(lambda: _assert("the one before is kept" in world.gateway.log()), 6)
    is_shown(["api.test", "new.test"])
    certificate.unlink()
    world.authority.issue("again", ["api.test", "third.test"]).write(tmp_path, "api")
    eventually(lambda: is_shown(["api.test", "third.test"]), 6)
    world.authority.issue("default", ["*.execute-api.us-east-1.localhost", "more.test"]).write(tmp_path, "default")
    eventually(lambda: _assert(shown(world.port, "nobody.test")[-1] == "more.test"), 6)


def _assert(condition):
    assert condition


def test_without_a_default_certificate_one_is_made(start):
    """For the hosts of APIs."""
    port = free_port()
    gateway = start(f'tls = "127.0.0.1:{port}"\n')
    assert "*.execute-api.us-east-1.localhost" in shown(port, "nobody.test")
    api = Api(gateway, definition({"GET /a": mock()}))
    assert get(port, "/dev/a", f"{api.id}.execute-api.us-east-1.localhost").status == 200
    assert f"https://127.0.0.1:{port}" in gateway.log()


def test_garbage_and_slow_handshakes_hurt_nobody(world):
    """Noise gets an alert or an end; silence ends with the head timeout; meanwhile others are served."""
    silent = [socket.create_connection(("127.0.0.1", world.port), 10) for _ in range(20)]
    hello = bytes.fromhex("160301") + struct.pack(">H", 200) + b"\x01" + b"\x00\x00\xc4"
    slow = socket.create_connection(("127.0.0.1", world.port), 10)
    slow.sendall(hello)
    begun = time.monotonic()
    for noise in (b"\x00" * 100, b"GET / HTTP/1.1\r\n\r\n", os.urandom(500), b"\x16\x03\x01\xff\xff" + os.urandom(70000)):
        with socket.create_connection(("127.0.0.1", world.port), 10) as broken:
            try:
                broken.sendall(noise)
                while broken.recv(4096):
                    pass
            except ConnectionError:
                pass
    for _ in range(10):
        assert world.get("/dev/a", world.host).status == 200
    for quiet in (*silent, slow):
        quiet.settimeout(5)
        try:
            while quiet.recv(4096):
                pass
        except ConnectionError:
            pass
        quiet.close()
    assert 1.2 < time.monotonic() - begun < 5
    # A failure is counted after its connection ended: the client may know of it first.
    eventually(lambda: _assert(world.gateway.figure("stagegate_tls_failures_total") >= 25))
    assert "panicked" not in world.gateway.log()


def test_large_content_goes_both_ways(world, backend):
    """Megabytes in and out, over the boundaries of records."""
    world.api.reimport(definition({"ANY /p": proxy(f"{backend.url}/p", "ANY")}))
    sent = os.urandom(3_000_000)
    backend.replies(200, body=sent)
    with TlsConnection(world.port, world.host, trusted=world.trust) as connection:
        for _ in range(2):
            connection.request("POST", "/dev/p", world.host, [("Content-Type", "application/octet-stream")], sent)
            answer = connection.response("POST")
            assert (answer.status, answer.body) == (200, sent)


def test_keep_alive_pipelining_and_a_clean_farewell(world):
    """Requests one after the other and at once; the end is announced."""
    with TlsConnection(world.port, world.host, trusted=world.trust) as connection:
        head = f"GET /dev/a HTTP/1.1\r\nHost: {world.host}\r\n\r\n".encode()
        connection.send(head * 3)
        assert [connection.response().status for _ in range(3)] == [200] * 3
        connection.request("GET", "/dev/a", world.host, [("Connection", "close")])
        assert connection.response().status == 200
        connection.socket.settimeout(3)
        # A close without close_notify would raise here.
        assert connection.socket.recv(1) == b""


def test_a_client_that_breaks_off_ends_the_call(world):
    """The back end's connection is closed when the client leaves."""
    listener = socket.create_server(("127.0.0.1", 0))
    world.api.reimport(definition({"GET /slow": proxy(f"http://127.0.0.1:{listener.getsockname()[1]}/")}))
    connection = TlsConnection(world.port, world.host, trusted=world.trust)
    connection.request("GET", "/dev/slow", world.host)
    called, _ = listener.accept()
    called.settimeout(5)
    assert called.recv(65536)
    connection.close()
    assert called.recv(1) == b""
    listener.close()


def test_a_response_that_breaks_off_is_no_clean_end(world):
    """What a back end cuts off is cut off for the client, too, by a reset or without a farewell."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        peer, _ = listener.accept()
        peer.recv(65536)
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 500000\r\n\r\n" + b"x" * 200000)
        time.sleep(0.3)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.close()

    threading.Thread(target=serve, daemon=True).start()
    stream = {"responseTransferMode": "STREAM"}
    world.api.reimport(definition({"GET /cut": proxy(f"http://127.0.0.1:{listener.getsockname()[1]}/", **stream)}))
    with TlsConnection(world.port, world.host, trusted=world.trust) as connection:
        connection.request("GET", "/dev/cut", world.host)
        with pytest.raises((Truncated, ssl.SSLError, ConnectionResetError)):
            connection.response()


def test_a_stop_waits_for_requests_and_not_for_silence(world):
    """Connections that said nothing, in a handshake or after one, are closed at once."""
    silent = socket.create_connection(("127.0.0.1", world.port), 10)
    with TlsConnection(world.port, world.host, trusted=world.trust) as connection:
        assert connection.get("/dev/a", world.host).status == 200
        begun = time.monotonic()
        assert world.gateway.terminate() == 0
        assert time.monotonic() - begun < 3
    silent.close()


def test_access_logs_tell_version_and_cipher_suite(start, tmp_path):
    """`$context.tlsVersion` and `$context.cipherSuite`; a dash without TLS."""
    port, log = free_port(), tmp_path / "tls.log"
    gateway = start(f'tls = "127.0.0.1:{port}"\n[log_groups]\n"tls" = "{log}"\n')
    api = Api(gateway, definition({"GET /a": mock()}))
    line = json.dumps({"version": "$context.tlsVersion", "suite": "$context.cipherSuite", "of": "$context.requestId"})
    api.client.update_stage(restApiId=api.id, stageName="dev", patchOperations=[
        {"op": "replace", "path": "/accessLogSettings/format", "value": line},
        {"op": "replace", "path": "/accessLogSettings/destinationArn",
         "value": "arn:aws:logs:us-east-1:000000000000:log-group:tls"},
    ])
    host = f"{api.id}.execute-api.us-east-1.localhost"
    assert get(port, "/dev/a", host, versions=(V13, V13)).status == 200
    assert get(port, "/dev/a", host, versions=(V12, V12), ciphers="ECDHE-ECDSA-AES128-GCM-SHA256").status == 200
    assert api.send("GET", "/a").status == 200
    told = sorted((entry["version"], entry["suite"]) for entry in eventually(lambda: _lines(log, 3)))
    assert told[:2] == [("-", "-"), ("TLSv1.2", "ECDHE-ECDSA-AES128-GCM-SHA256")]
    assert told[2][0] == "TLSv1.3" and told[2][1].startswith("TLS_AES_")


def _lines(log, count):
    assert log.exists()
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert len(lines) >= count
    return lines[-count:]
