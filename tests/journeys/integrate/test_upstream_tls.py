"""HTTPS to back ends: certificates are checked against the Mozilla roots, and nothing gets around that."""

import shutil
import socket
import ssl
import subprocess
import threading

import pytest

from harness.apis import definition, eventually, mock, proxy

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\nConnection: close\r\n\r\nsecret"


class TlsServer:
    """A back end with a self-signed certificate; `asks_for` is a certificate that its clients must show."""

    def __init__(self, folder, names="DNS:localhost,IP:127.0.0.1", days=2, asks_for=None):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", str(days), "-subj", "/CN=localhost",
             "-addext", f"subjectAltName={names}", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
            check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        if asks_for:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(cadata=asks_for)
        listener = socket.create_server(("127.0.0.1", 0))
        self.port, self.certificates = listener.getsockname()[1], []
        threading.Thread(target=self.serve, args=(listener, context), daemon=True).start()

    def serve(self, listener, context):
        """Answers one request of each connection."""
        while True:
            accepted, _ = listener.accept()
            try:
                with context.wrap_socket(accepted, server_side=True) as stream:
                    stream.settimeout(5)
                    if stream.recv(65536):
                        self.certificates.append(stream.getpeercert(binary_form=True))
                        stream.sendall(ANSWER)
            except OSError:
                accepted.close()


@pytest.fixture(scope="module")
def tls_port(tmp_path_factory):
    """A back end with a self-signed certificate for localhost."""
    return TlsServer(tmp_path_factory.mktemp("tls")).port


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_certificate_nobody_vouches_for_is_refused(serve, tls_port, host):
    api = serve({"GET /p": proxy(f"https://{host}:{tls_port}/")})
    answer = api.send("GET", "/p")
    assert answer.status in (500, 504)
    assert b"secret" not in answer.body


def skipping(port, host="localhost"):
    """An integration that accepts any issuer."""
    return proxy(f"https://{host}:{port}/", tlsConfig={"insecureSkipVerification": True})


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_any_issuer_will_do_where_the_verification_is_skipped(serve, tls_port, host):
    answer = serve({"GET /p": skipping(tls_port, host)}).send("GET", "/p")
    assert (answer.status, answer.body) == (200, b"secret")


def test_a_skipped_verification_helps_no_other_integration(serve, tls_port):
    """Two routes to one origin: the one that verifies never gets the other's connection."""
    api = serve({"GET /any": skipping(tls_port), "GET /usual": proxy(f"https://localhost:{tls_port}/")})
    assert api.send("GET", "/any").status == 200
    assert api.send("GET", "/usual").status in (500, 504)


def test_names_and_dates_are_checked_although_the_verification_is_skipped(serve, tmp_path):
    """`TlsConfig`: the certificate must still be for the host, and be valid now."""
    for kind, options in (("other", {"names": "DNS:other.example"}), ("expired", {"days": -1})):
        (tmp_path / kind).mkdir()
        try:
            port = TlsServer(tmp_path / kind, **options).port
        except subprocess.CalledProcessError:
            pytest.skip("this openssl makes no expired certificates")
        answer = serve({"GET /p": skipping(port)}).send("GET", "/p")
        assert answer.status in (500, 504), kind
        assert b"secret" not in answer.body


def test_a_stages_client_certificate_is_shown_to_back_ends(serve, tmp_path):
    """GenerateClientCertificate, UpdateStage; a back end that trusts just this certificate lets the request in."""
    api = serve({"GET /": mock()})
    made = api.client.generate_client_certificate(description="for back ends")
    backend = TlsServer(tmp_path, asks_for=made["pemEncodedCertificate"])
    api.reimport(definition({"GET /p": skipping(backend.port)}))
    assert api.send("GET", "/p").status in (500, 504), "nothing is shown yet"
    operations = [{"op": "replace", "path": "/clientCertificateId", "value": made["clientCertificateId"]}]
    api.client.update_stage(restApiId=api.id, stageName=api.stage, patchOperations=operations)

    def is_let_in():
        answer = api.send("GET", "/p")
        assert (answer.status, answer.body) == (200, b"secret")

    eventually(is_let_in)
    assert backend.certificates == [ssl.PEM_cert_to_DER_cert(made["pemEncodedCertificate"])]


def test_plain_http_to_a_tls_port_is_a_gateway_error(serve, tls_port):
    api = serve({"GET /p": proxy(f"http://localhost:{tls_port}/")})
    assert api.send("GET", "/p").status in (500, 502, 504)
