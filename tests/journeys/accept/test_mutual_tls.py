"""Mutual TLS: whose certificates a domain name accepts, what is told of them, and that nothing leads around it (D5, D6)."""

import base64
import contextlib
import datetime
import json
import sqlite3
import ssl

import pytest

from harness.apis import Api, definition, eventually, mock
from harness.certificates import DAY, Authority, now, self_signed
from harness.lambdas import Lambdas
from harness.ports import free_port
from harness.tls import V12, V13, TlsConnection, get
from harness.wire import Truncated, exchange

ARN = "arn:aws:acm:us-east-1:000000000000:certificate/servers"
TRUSTSTORE = "s3://pets/truststore.pem"
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:pets"
FORBIDDEN = (403, "ForbiddenException", b'{"message":"Forbidden"}')
FACTS = {
    "pem": "clientCertPem", "subject": "subjectDN", "issuer": "issuerDN", "serial": "serialNumber",
    "begins": "validity.notBefore", "ends": "validity.notAfter",
}


class World:
    """A domain name that accepts clients of one authority, another one without mutual TLS, and their access log."""

    name, other = "secure.mutual.test", "open.mutual.test"

    def __init__(self, start, folder, top="", tables=""):
        self.folder, self.port = folder, free_port()
        self.clients, servers = Authority("clients"), Authority("servers")
        self.server_trust = servers.pem
        certificate, key = servers.issue("gateway", ["*.mutual.test"]).write(folder, "servers")
        self.truststore = folder / "truststore.pem"
        self.truststore.write_text(self.clients.pem)
        self.log_file = folder / "access.log"
        self.gateway = start(
            f'tls = "127.0.0.1:{self.port}"\n{top}\n[log_groups]\naccess = "{self.log_file}"\n{tables}'
            f'[[certificates]]\narn = "{ARN}"\ncertificate = "{certificate}"\nkey = "{key}"\n'
            f'[[truststores]]\nuri = "{TRUSTSTORE}"\nfile = "{self.truststore}"\n'
            f'[[truststores]]\nuri = "{TRUSTSTORE}"\nversion = "old"\nfile = "{folder}/old.pem"\n'
        )
        template = {key: f"$context.identity.clientCert.{fact}" for key, fact in FACTS.items() if key != "pem"}
        responses = {"default": {"statusCode": "200", "responseTemplates": {"application/json": json.dumps(template)}}}
        routes = {"GET /a": mock(responses=responses)}
        self.api = Api(self.gateway, definition(routes))
        self.client = self.api.client
        self.client.update_stage(restApiId=self.api.id, stageName="dev", patchOperations=[
            {"op": "replace", "path": "/accessLogSettings/format", "value": json.dumps(
                {"of": "$context.requestId", "status": "$context.status", **{k: f"$context.identity.clientCert.{f}" for k, f in FACTS.items()}})},
            {"op": "replace", "path": "/accessLogSettings/destinationArn",
             "value": "arn:aws:logs:us-east-1:000000000000:log-group:access"},
        ])
        self.made = self.domain(self.name, mutualTlsAuthentication={"truststoreUri": TRUSTSTORE})
        self.domain(self.other)

    def domain(self, name, **more):
        """A regional domain name that leads to the API."""
        made = self.client.create_domain_name(
            domainName=name, regionalCertificateArn=ARN, endpointConfiguration={"types": ["REGIONAL"]},
            securityPolicy="TLS_1_2", **more)
        self.client.create_base_path_mapping(domainName=name, restApiId=self.api.id, stage="dev")
        return made

    def files(self, issued, name="client"):
        """A client's certificate on disk; the chain is not sent."""
        issued.chain = []
        return tuple(map(str, issued.write(self.folder, name)))

    def get(self, issued, name=None, host=None, path="/a", **insists):
        """A GET with a client's certificate."""
        files = self.files(issued) if issued else None
        return get(self.port, path, name or self.name, host, trusted=self.server_trust, client=files, **insists)

    def log(self, count):
        """The last lines of the access log."""
        def read():
            assert self.log_file.exists()
            lines = [json.loads(line) for line in self.log_file.read_text().splitlines()]
            assert len(lines) >= count
            return lines[-count:]
        return eventually(read)


@pytest.fixture(name="world")
def world_fixture(start, tmp_path):
    """A process of the test's own."""
    return World(start, tmp_path)


def outcome(answer):
    """What is compared of a refusal."""
    return answer.status, answer.error_type, answer.body


@pytest.mark.parametrize("versions", [(V12, V12), (V13, V13)])
def test_fact_d6_a_trusted_certificate_is_let_through_and_told_of(world, versions):
    """In mapping templates and access logs."""
    begins = datetime.datetime(2020, 8, 29, 0, 28, 21, tzinfo=datetime.timezone.utc)
    ends = datetime.datetime(2120, 8, 5, 9, 28, 21, tzinfo=datetime.timezone.utc)
    issued = world.clients.issue("ann, \"the\" client", begins=begins, ends=ends, serial=0x9E1C9E1C9E1C9E1C9E1C)
    answer = world.get(issued, versions=versions)
    assert answer.status == 200
    seen = json.loads(answer.body.replace(b'\\,', b'\\\\,').replace(b'\\"the\\"', b'the'))
    assert (seen["begins"], seen["ends"]) == ("Aug 29 00:28:21 2020 GMT", "Aug  5 09:28:21 2120 GMT")
    assert seen["issuer"] == "C=US,O=Pets,CN=clients"
    assert seen["serial"] == "9e:1c:9e:1c:9e:1c:9e:1c:9e:1c"
    assert seen["subject"].startswith("C=US,O=Pets,CN=ann")
    line = world.log(1)[0]
    assert (line["status"], line["serial"]) == ("200", seen["serial"])
    assert line["pem"].strip() == issued.pem.strip()


def test_fact_d6_an_untrusted_certificate_is_403_and_only_in_the_access_log(world):
    """Unknown issuer, self-signed, expired, not yet valid: the handshake is fine, the request is not."""
    stranger = Authority("clients")
    for issued in (
        stranger.issue("ann"), self_signed("ann"), world.clients.issue("ann", ends=now() - DAY / 24, begins=now() - DAY),
        world.clients.issue("ann", begins=now() + DAY / 24), world.clients.issue("ann", hosts=["ann.test"]),
    ):
        assert outcome(world.get(issued)) == FORBIDDEN
        line = world.log(1)[0]
        assert (line["status"], line["subject"]) == ("403", "C=US,O=Pets,CN=ann")


def test_execution_logs_say_why_in_aws_words(world):
    """The three reasons that AWS documents, and how OpenSSL puts the others."""
    world.client.update_stage(restApiId=world.api.id, stageName="dev", patchOperations=[
        {"op": "replace", "path": "/*/*/logging/loglevel", "value": "ERROR"}])
    log = world.gateway.data_dir / "logs" / f"API-Gateway-Execution-Logs_{world.api.id}" / "dev.log"
    for issued, reason in (
        (Authority("clients").issue("ann"), "Could not find issuer for certificate"),
        (self_signed("ann"), "self signed certificate"),
        (world.clients.issue("ann", ends=now() - DAY / 24, begins=now() - DAY), "certificate has expired"),
    ):
        assert outcome(world.get(issued)) == FORBIDDEN
        eventually(lambda: _assert(f"Access denied. Reason: {reason}" in _text(log.parent.parent)))


def _text(folder):
    return "".join(file.read_text() for file in folder.rglob("*") if file.is_file())


def test_without_a_certificate_the_handshake_fails(world):
    """The alert says that one is required."""
    for versions in ((V12, V12), (V13, V13)):
        with pytest.raises((ssl.SSLError, Truncated, ConnectionError)):
            world.get(None, versions=versions)
    assert world.get(None, world.other).status == 200


def test_nothing_leads_around_mutual_tls(world):
    """Another name in the handshake, none, the plain listener: 403, and the same for the health check."""
    assert outcome(world.get(None, world.other, world.name)) == FORBIDDEN
    assert outcome(get(world.port, "/a", None, world.name)) == FORBIDDEN
    assert outcome(exchange(world.gateway.gateway, "GET", "/a", world.name)) == FORBIDDEN
    assert exchange(world.gateway.gateway, "GET", "/ping", world.name).status == 403
    headers = [("X-Forwarded-Proto", "https"), ("X-Forwarded-For", "10.0.0.1")]
    assert outcome(exchange(world.gateway.gateway, "GET", "/a", world.name, headers)) == FORBIDDEN
    trusted = world.clients.issue("ann")
    assert world.get(trusted).status == 200
    assert world.get(trusted, path="/ping").status == 200
    assert exchange(world.gateway.gateway, "GET", "/a", world.other).status == 200


def test_a_trusted_terminator_may_ask_instead(start, tmp_path):
    """Only with the setting, and only from a trusted proxy."""
    terminated = 'mutual_tls_terminated = true\n'
    world = World(start, tmp_path, terminated)
    assert outcome(exchange(world.gateway.gateway, "GET", "/a", world.name)) == FORBIDDEN
    world.gateway.stop()
    (tmp_path / "second").mkdir()
    world = World(lambda settings: start(settings, name="second/data"), tmp_path / "second",
                  terminated + 'trusted_proxies = ["127.0.0.1/32"]\n')
    assert exchange(world.gateway.gateway, "GET", "/a", world.name).status == 200
    with pytest.raises((ssl.SSLError, Truncated, ConnectionError)):
        world.get(None)


def test_fact_d5_the_whole_chain_has_to_be_in_the_truststore(world):
    """What a client sends besides its own certificate does not count."""
    below = Authority("below", world.clients)
    issued = below.issue("ann")
    whole = tuple(map(str, issued.write(world.folder, "whole")))
    sent = {"trusted": world.server_trust, "client": whole}
    assert outcome(get(world.port, "/a", world.name, **sent)) == FORBIDDEN
    world.truststore.write_text(world.clients.pem + below.pem)
    eventually(lambda: _assert(get(world.port, "/a", world.name, **sent).status == 200), 6)
    world.truststore.write_text(below.pem)
    eventually(lambda: _assert(get(world.port, "/a", world.name, **sent).status == 403), 6)


def test_a_truststore_that_changes_counts_for_open_connections(world):
    """An authority that is taken out lets nobody through any more, not even who is connected; a file that is gone trusts nobody."""
    files = world.files(world.clients.issue("ann"))
    with TlsConnection(world.port, world.name, trusted=world.server_trust, client=files) as connection:
        assert connection.get("/a", world.name).status == 200
        world.truststore.write_text(Authority("others").pem)
        eventually(lambda: _assert(connection.get("/a", world.name).status == 403), 6)
        world.truststore.write_text(world.clients.pem)
        eventually(lambda: _assert(connection.get("/a", world.name).status == 200), 6)
        world.truststore.unlink()
        eventually(lambda: _assert(connection.get("/a", world.name).status == 403), 6)


def test_truststores_are_found_by_uri_and_version(world):
    """A version of its own before the one for all; a URI without a file closes the domain name, with warnings."""
    replace = lambda path, value: world.client.update_domain_name(  # noqa: E731
        domainName=world.name, patchOperations=[
            {"op": "replace", "path": f"/mutualTlsAuthentication/{path}", "value": value}])
    trusted = world.clients.issue("ann")
    assert "truststoreWarnings" not in world.made["mutualTlsAuthentication"]
    replace("truststoreVersion", "any")
    assert world.get(trusted).status == 200
    told = replace("truststoreVersion", "old")["mutualTlsAuthentication"]
    assert "no client is trusted" in told["truststoreWarnings"][0]
    assert outcome(world.get(trusted)) == FORBIDDEN
    assert "old.pem" in world.gateway.log()
    replace("truststoreVersion", "")
    assert world.get(trusted).status == 200
    told = replace("truststoreUri", "s3://pets/other.pem")["mutualTlsAuthentication"]
    assert told["truststoreWarnings"] == ["No file is set up for the truststore, and no client is trusted"]
    assert outcome(world.get(trusted)) == FORBIDDEN
    assert "s3://pets/other.pem" in world.gateway.log() and world.name in world.gateway.log()
    replace("truststoreUri", "")
    assert world.get(None).status == 200


def test_warnings_tell_of_certificates_that_are_of_no_use(world):
    """Expired ones, and those whose issuer is missing, with their subjects."""
    other = Authority("root")
    old = other.issue("expired", ends=now() - DAY / 2, begins=now() - DAY)
    world.truststore.write_text(world.clients.pem + old.pem + "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n")

    def warned():
        told = world.client.update_domain_name(domainName=world.name, patchOperations=[
            {"op": "replace", "path": "/mutualTlsAuthentication/truststoreUri", "value": TRUSTSTORE}])
        assert told["mutualTlsAuthentication"].get("truststoreWarnings") == [
            "Certificate with subject C=US,O=Pets,CN=expired has expired",
            "A certificate of the truststore does not meet X.509 syntax requirements",
            "Could not find issuer for certificate with subject C=US,O=Pets,CN=expired",
        ]
    eventually(warned, 6)
    assert world.get(world.clients.issue("ann")).status == 200


def test_what_aws_refuses_is_refused(world):
    """Enhanced policies, other endpoint types and TLS 1.0 have no mutual TLS."""
    refused = world.client.exceptions.BadRequestException
    with pytest.raises(refused, match="SecurityPolicy_"):
        world.client.update_domain_name(domainName=world.name, patchOperations=[
            {"op": "replace", "path": "/securityPolicy", "value": "SecurityPolicy_TLS13_1_3_2025_09"}])
    with pytest.raises(refused, match="TLS 1.2"):
        world.client.update_domain_name(domainName=world.name, patchOperations=[
            {"op": "replace", "path": "/securityPolicy", "value": "TLS_1_0"}])


def test_fact_d6_a_function_is_told_of_the_certificate(start, tmp_path):
    """`requestContext.identity.clientCert` of proxy events, and no such member without mutual TLS."""
    lambdas = Lambdas()
    world = World(start, tmp_path, tables=lambdas.settings)
    invoke = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
    world.api.reimport(definition({"GET /f": {"type": "aws_proxy", "httpMethod": "POST", "uri": invoke}}))
    lambdas.functions["pets"] = lambda _: {"statusCode": 200}
    issued = world.clients.issue("ann", serial=1)
    assert world.get(issued, path="/f").status == 200
    event = lambdas.only().event
    told = event["requestContext"]["identity"]["clientCert"]
    assert list(told) == ["clientCertPem", "subjectDN", "issuerDN", "serialNumber", "validity"]
    assert told["clientCertPem"] == issued.pem.strip()
    assert (told["subjectDN"], told["issuerDN"]) == ("C=US,O=Pets,CN=ann", "C=US,O=Pets,CN=clients")
    assert told["serialNumber"] == "1" and list(told["validity"]) == ["notBefore", "notAfter"]
    assert event["headers"]["X-Forwarded-Proto"] == "https"
    assert event["headers"]["X-Forwarded-Port"] == str(world.port)
    assert world.get(None, world.other, path="/f").status == 200
    assert "clientCert" not in lambdas.only().event["requestContext"]["identity"]
    lambdas.stop()


def test_an_uploaded_certificate_is_shown_and_its_key_is_not_told(start, tmp_path):
    """`certificateBody`, `certificatePrivateKey` and `certificateChain`."""
    port, authority = free_port(), Authority("uploads")
    below = Authority("below", authority)
    gateway = start(f'tls = "127.0.0.1:{port}"\n')
    api = Api(gateway, definition({"GET /a": mock()}))
    issued = below.issue("up", ["up.test"])
    given = {
        "certificateName": "mine", "certificateBody": issued.pem, "certificatePrivateKey": issued.key_pem,
        "certificateChain": below.pem,
    }
    made = api.client.create_domain_name(domainName="up.test", **given)
    assert made["certificateName"] == "mine" and "certificateUploadDate" in made
    api.client.create_base_path_mapping(domainName="up.test", restApiId=api.id, stage="dev")
    assert get(port, "/a", "up.test", trusted=authority.pem).status == 200
    secret = issued.key_pem.splitlines()[1]
    told = json.dumps(api.client.get_domain_name(domainName="up.test"), default=str)
    assert secret not in told and secret not in gateway.log() and "PRIVATE" not in told
    at_rest = b"".join(file.read_bytes() for file in gateway.data_dir.iterdir() if file.is_file())
    assert secret.encode() not in at_rest and b"PRIVATE KEY" not in at_rest
    gateway.stop()
    gateway.start()
    assert get(port, "/a", "up.test", trusted=authority.pem).status == 200
    assert all(file.stat().st_mode & 0o077 == 0 for file in gateway.data_dir.glob("stagegate.db*"))
    client = gateway.client()
    client.delete_domain_name(domainName="up.test")
    stored = b"".join(file.read_bytes() for file in gateway.data_dir.iterdir() if file.is_file())
    assert client.get_domain_names().get("items", []) == [] and stored
    other = below.issue("other", ["up.test"])
    refusals = (
        ({"certificatePrivateKey": other.key_pem}, "does not match"),
        ({"certificateBody": "nonsense"}, "Unable to parse certificate"),
        ({"certificateBody": base64.b64encode(b"x").decode()}, "Unable to parse certificate"),
        ({"certificatePrivateKey": "nonsense"}, "Unable to parse key"),
        ({"certificateChain": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"}, "Unable to parse certificate"),
        ({"certificateName": ""}, "together"),
    )
    for change, words in refusals:
        with pytest.raises(client.exceptions.BadRequestException, match=words):
            client.create_domain_name(domainName="up.test", certificateArn=ARN, **{**given, **change})
    with pytest.raises(client.exceptions.BadRequestException, match="does not cover"):
        client.create_domain_name(domainName="down.test", **given)


def test_keys_that_an_earlier_version_left_in_clear_text_are_sealed_at_the_start(start, tmp_path):
    """The rows as they were: `privateKeyPem` beside the certificate, of a domain name and of a client certificate."""
    port, authority = free_port(), Authority("uploads")
    gateway = start(f'tls = "127.0.0.1:{port}"\n')
    api = Api(gateway, definition({"GET /a": mock()}))
    issued = authority.issue("up", ["up.test"])
    api.client.create_domain_name(domainName="up.test", certificateName="mine", certificateBody=issued.pem,
                                  certificatePrivateKey=issued.key_pem)
    api.client.create_base_path_mapping(domainName="up.test", restApiId=api.id, stage="dev")
    made = api.client.generate_client_certificate()["clientCertificateId"]
    rows = {"domaincertificates/up.test": issued.key_pem, f"clientcertificates/{made}": issued.key_pem}
    assert gateway.terminate() == 0
    [database] = gateway.data_dir.glob("stagegate.db")

    def documents(change=None):
        """The rows' documents, changed if they are to be."""
        found = {}
        with contextlib.closing(sqlite3.connect(database)) as connection, connection:
            for end, pem in rows.items():
                key, body = connection.execute("SELECT key, body FROM documents WHERE key LIKE ?", (f"%/{end}",)).fetchone()
                found[end] = json.loads(body)
                if change:
                    row = change(found[end], pem)
                    connection.execute("UPDATE documents SET body = ? WHERE key = ?", (json.dumps(row).encode(), key))
        return found

    sealed = documents(lambda row, pem: {"privateKeyPem": pem} | {k: v for k, v in row.items() if k != "sealedPrivateKey"})
    assert all("sealedPrivateKey" in row for row in sealed.values())
    assert all(row["privateKeyPem"] == issued.key_pem for row in documents().values())
    gateway.start()
    assert get(port, "/a", "up.test", trusted=authority.pem).status == 200
    assert gateway.client().get_client_certificate(clientCertificateId=made)["clientCertificateId"] == made
    assert gateway.terminate() == 0
    assert all("sealedPrivateKey" in row and "PRIVATE" not in json.dumps(row) for row in documents().values())


def _assert(condition):
    assert condition

