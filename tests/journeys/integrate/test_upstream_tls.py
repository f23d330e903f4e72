"""HTTPS to back ends: certificates are checked against the Mozilla roots, and nothing gets around that."""

import shutil
import socket
import ssl
import subprocess
import threading

import pytest

from harness.apis import proxy

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\nConnection: close\r\n\r\nsecret"


@pytest.fixture(scope="module")
def tls_port(tmp_path_factory):
    """A back end with a self-signed certificate for localhost; counts the requests that got through."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            accepted, _ = listener.accept()
            try:
                with context.wrap_socket(accepted, server_side=True) as stream:
                    stream.settimeout(5)
                    if stream.recv(65536):
                        stream.sendall(ANSWER)
            except OSError:
                accepted.close()

    threading.Thread(target=serve, daemon=True).start()
    return listener.getsockname()[1]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_certificate_nobody_vouches_for_is_refused(serve, tls_port, host):
    api = serve({"GET /p": proxy(f"https://{host}:{tls_port}/")})
    answer = api.send("GET", "/p")
    assert answer.status in (500, 504)
    assert b"secret" not in answer.body


def test_skipping_the_verification_is_not_served_yet_and_verifies(serve, tls_port):
    api = serve({"GET /p": proxy(f"https://localhost:{tls_port}/", tlsConfig={"insecureSkipVerification": True})})
    answer = api.send("GET", "/p")
    assert answer.status in (500, 504)
    assert b"secret" not in answer.body


def test_plain_http_to_a_tls_port_is_a_gateway_error(serve, tls_port):
    api = serve({"GET /p": proxy(f"http://localhost:{tls_port}/")})
    assert api.send("GET", "/p").status in (500, 502, 504)
