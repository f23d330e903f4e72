"""VPC links: an integration's host is a name, and the settings say where its targets are."""

import time

import pytest

from harness.apis import Api, definition, eventually, proxy
from harness.ports import free_port
from harness.services import Service

ERROR = b'{"message": "Internal server error"}'
BALANCER = "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/pets/50dc6c495c0c9188"
LISTENER = "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/pets/50dc6c495c0c9188/1"


def private(link, uri="http://pets.internal/up", **members):
    """An HTTP_PROXY integration through a VPC link."""
    return proxy(uri, connectionType="VPC_LINK", connectionId=link, **members)


@pytest.fixture
def services():
    """Three targets that say who they are."""
    running = [Service() for _ in range(3)]
    for number, service in enumerate(running):
        service.answer = lambda call, number=number: (200, {}, str(number).encode())
    yield running
    for service in running:
        service.stop()


def settings(name, targets, more=""):
    """A link of the settings; targets are services or ports."""
    ports = [getattr(it, "server", None) and it.server.server_port or it for it in targets]
    listed = ", ".join(f'"127.0.0.1:{port}"' for port in ports)
    return f'[vpc_links."{name}"]\ntargets = [{listed}]\n{more}\n'


def create(client, name="pets"):
    """A link of the control plane's."""
    return client.create_vpc_link(name=name, targetArns=[BALANCER])["id"]


@pytest.mark.parametrize("name", ["pets", BALANCER])
def test_a_link_leads_to_the_targets_of_its_name_or_its_balancer(start, services, name):
    """Requests carry the host of the URI, and go to every target."""
    gateway = start(settings(name, services))
    link = create(gateway.client())
    api = Api(gateway, definition({"GET /": private(link)}))
    seen = {api.send("GET", "/").body for _ in range(40)}
    assert seen == {b"0", b"1", b"2"}
    call = services[0].calls[0]
    assert (call.target, call.header("Host")) == ("/up", "pets.internal")


def test_a_link_by_its_id_in_a_stage_variable(start, services):
    """`${stageVariables.link}`; the link may live in another account, so that the control plane does not know it."""
    gateway = start(settings("abc1234567", services[:1]))
    variables = {"link": "abc1234567"}
    api = Api(gateway, definition({"GET /": private("${stageVariables.link}")}), variables=variables)
    assert api.send("GET", "/").body == b"0"


def test_an_integration_target_wins(start, services):
    """Links of the second kind name their balancer's listener in the integration."""
    gateway = start(settings("abc1234567", services[:1]) + settings(LISTENER, services[1:2]))
    api = Api(gateway, definition({"GET /": private("abc1234567", integrationTarget=LISTENER)}))
    assert api.send("GET", "/").body == b"1"


def test_a_link_that_leads_nowhere(start, services):
    """A 500, and a finding that says what to set."""
    gateway = start(settings("other", services))
    link = create(gateway.client())
    api = Api(gateway, definition({"GET /": private(link)}))
    answer = api.send("GET", "/")
    assert (answer.status, answer.body) == (500, ERROR)
    assert not any(service.calls for service in services)


def test_a_target_that_is_gone_is_passed_over(start, services):
    """No request fails: another target is tried, and after some failures the one that is gone is left alone."""
    gateway = start(settings("abc1234567", [services[0], free_port()]))
    api = Api(gateway, definition({"GET /": private("abc1234567")}))
    for _ in range(30):
        assert (api.send("GET", "/").status, api.send("GET", "/").body) == (200, b"0")
    assert "is left alone for a while" in gateway.log()


def test_a_target_that_is_unwell_gets_nothing(start, services):
    """Active checks: a path that answers 503 takes a target out, 200 brings it back."""
    sick, well = services[:2]
    health = {"status": 503}

    def answer(call):
        return (health["status"], {}, b"") if call.target == "/health" else (200, {}, b"sick")

    sick.answer = answer
    well.answer = lambda call: (200, {}, b"well")
    check = 'check = "http"\ncheck_path = "/health"\ncheck_interval_ms = 30'
    gateway = start(settings("abc1234567", [sick, well], check))
    api = Api(gateway, definition({"GET /": private("abc1234567")}))

    def only_well():
        assert {api.send("GET", "/").body for _ in range(20)} == {b"well"}

    eventually(only_well)
    health["status"] = 200
    time.sleep(0.1)

    def both():
        assert {api.send("GET", "/").body for _ in range(20)} == {b"well", b"sick"}

    eventually(both)
