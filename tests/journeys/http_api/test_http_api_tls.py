"""TLS before an HTTP API, and behind it: what functions are told of the client's certificate, and whom listeners are taken for."""

import contextlib
import socket
import ssl
import threading

import pytest

from harness.apis import eventually
from harness.certificates import Authority
from harness.http_apis import HttpApi
from harness.lambdas import Lambdas
from harness.services import Service
from journeys.accept.test_mutual_tls import World


@pytest.mark.parametrize("version", ["2.0", "1.0"])
def test_fact_h13_a_function_is_told_of_the_certificate(start, tmp_path, version):
    lambdas = Lambdas()
    lambdas.functions["pets"] = lambda _: {"statusCode": 200}
    world = World(start, tmp_path, tables=lambdas.settings)
    api = HttpApi(world.gateway)
    api.route("GET /f", api.function("pets", version))
    for name in (world.name, world.other):
        world.client.create_base_path_mapping(domainName=name, basePath="http", restApiId=api.id, stage="$default")
    issued = world.clients.issue("ann", serial=1)
    assert world.get(issued, path="/http/f").status == 200
    context = lambdas.only().event["requestContext"]
    told = context["authentication" if version == "2.0" else "identity"]["clientCert"]
    assert list(told) == ["clientCertPem", "subjectDN", "issuerDN", "serialNumber", "validity"]
    assert (told["clientCertPem"], told["subjectDN"]) == (issued.pem.strip(), "C=US,O=Pets,CN=ann")
    if version == "2.0":
        assert list(context)[:4] == ["accountId", "apiId", "authentication", "domainName"]
    assert world.get(None, world.other, path="/http/f").status == 200
    context = lambdas.only().event["requestContext"]
    assert "authentication" not in context
    assert version == "2.0" or context["identity"]["clientCert"] is None
    lambdas.stop()


LISTENER = "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/pets/1/2"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret"


class Listener:
    """A private back end that speaks TLS, with a certificate for a name; it keeps what clients ask for and send."""

    def __init__(self, folder, name):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*Authority("nobody's").issue(name, hosts=[name]).write(folder, "listener"))
        context.sni_callback = lambda _socket, asked, _context: self.asked.append(asked)
        self.asked, self.sent = [], []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, args=(context,), daemon=True).start()

    def serve(self, context):
        """Answers one request of each connection, until the socket is closed."""
        while True:
            try:
                accepted, _ = self.socket.accept()
            except OSError:
                return
            accepted.settimeout(5)
            with contextlib.suppress(OSError), context.wrap_socket(accepted, server_side=True) as stream:
                self.sent.append(stream.recv(65536))
                stream.sendall(ANSWER)
            accepted.close()


@pytest.mark.parametrize("name", ["pets.internal", "other.internal"])
def test_a_listener_is_asked_for_the_name_to_verify_and_gets_nothing_before_it_proved_it(start, tmp_path, name):
    """`serverNameToVerify`. That a good certificate will do, `connector.rs` tests with roots of its own."""
    listener = Listener(tmp_path, "pets.internal")
    gateway = start(f'[vpc_links."{LISTENER}"]\ntargets = ["127.0.0.1:{listener.port}"]\n')
    api = HttpApi(gateway)
    link = api.client.create_vpc_link(Name="pets", SubnetIds=["subnet-1"])["VpcLinkId"]
    private = {"ConnectionType": "VPC_LINK", "ConnectionId": link}
    api.route("GET /pets", api.proxy(LISTENER, **private, TlsConfig={"ServerNameToVerify": name}))
    answer = api.send("GET", "/pets", [("X-Token", "hidden")])
    assert answer.status in (500, 503) and b"secret" not in answer.body
    assert listener.asked and set(listener.asked) == {name}
    assert listener.sent == []
    listener.socket.close()


def test_a_vpc_link_that_gets_another_name_leads_there_at_once(start):
    service = Service()
    gateway = start(f'[vpc_links.known]\ntargets = ["127.0.0.1:{service.server.server_port}"]\n')
    api = HttpApi(gateway)
    link = api.client.create_vpc_link(Name="unknown", SubnetIds=["subnet-1"])["VpcLinkId"]
    api.route("GET /pets", api.proxy(LISTENER, ConnectionType="VPC_LINK", ConnectionId=link))
    assert api.send("GET", "/pets").status == 500
    for name, status in (("known", 200), ("unknown", 500)):
        api.client.update_vpc_link(VpcLinkId=link, Name=name)
        eventually(lambda status=status: _answers(api, status))
    service.stop()


def _answers(api, status):
    assert api.send("GET", "/pets").status == status
