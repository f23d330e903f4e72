"""Custom domain names: base path mappings lead requests to stages, and every acknowledged change is live at once."""

import itertools

import pytest

from harness.apis import Api, definition, mock
from harness.wire import exchange

CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/1"
FORBIDDEN = (403, b'{"message":"Forbidden"}')
NUMBERS = itertools.count()


class Domain:
    """A regional domain name with short ways to map and call it."""

    def __init__(self, api, name=None, **more):
        self.client, self.gateway = api.client, api.gateway
        self.name = name or f"d{next(NUMBERS)}.domains.example.com"
        more.setdefault("endpointConfiguration", {"types": ["REGIONAL"]})
        self.made = self.client.create_domain_name(
            domainName=self.name, regionalCertificateArn=CERTIFICATE, certificateArn=CERTIFICATE, **more)

    def map(self, api, base_path="(none)", stage="dev"):
        """Maps a base path to a stage."""
        self.client.create_base_path_mapping(
            domainName=self.name, basePath=base_path, restApiId=api.id, **({"stage": stage} if stage else {}))
        return self

    def get(self, path, host=None, headers=()):
        """The answer to a GET."""
        return exchange(self.gateway.gateway, "GET", path, host or self.name, headers)

    def status(self, path, **options):
        """The status of a GET."""
        return self.get(path, **options).status

    def is_forbidden(self, path):
        """Whether no mapping takes the path (fact D7)."""
        answer = self.get(path)
        return (answer.status, answer.body) == FORBIDDEN and answer.error_type == "ForbiddenException"

    def delete(self):
        """Deletes the domain name with its mappings."""
        self.client.delete_domain_name(domainName=self.name)


@pytest.fixture
def api(serve):
    """An API that answers 200, 201 below `/v1`."""
    return serve({"GET /a": mock(200), "GET /v1/a": mock(201), "GET /ping": mock(202)})


@pytest.fixture
def make(api):
    """Makes domain names, and deletes them at the end."""
    made = []

    def domain(name=None, **more):
        made.append(Domain(api, name, **more))
        return made[-1]

    yield domain
    for one in made:
        one.delete()


def test_mappings_lead_to_stages_from_their_creation_to_their_end(api, make, serve):
    other = serve({"GET /a": mock(203)})
    domain = make()
    assert domain.is_forbidden("/a")
    domain.map(api)
    assert (domain.status("/a"), domain.status("/v1/a"), domain.status("/dev/a")) == (200, 201, 403)
    domain.map(other, "v1")
    assert (domain.status("/a"), domain.status("/v1/a"), domain.status("/v1/v1/a")) == (200, 203, 403)
    domain.client.update_base_path_mapping(domainName=domain.name, basePath="v1", patchOperations=[
        {"op": "replace", "path": "/restapiId", "value": api.id}])
    assert domain.status("/v1/a") == 200
    domain.client.update_base_path_mapping(domainName=domain.name, basePath="v1", patchOperations=[
        {"op": "replace", "path": "/basePath", "value": "v2"}])
    assert (domain.status("/v1/a"), domain.status("/v2/a"), domain.status("/v2/v1/a")) == (201, 200, 201)
    domain.client.delete_base_path_mapping(domainName=domain.name, basePath="(none)")
    assert domain.is_forbidden("/a") and domain.status("/v2/a") == 200
    domain.client.delete_base_path_mapping(domainName=domain.name, basePath="v2")
    assert domain.is_forbidden("/v2/a")


def test_the_host_counts_without_port_and_letter_case_before_the_api_id_header(api, make):
    domain = make().map(api, "v1")
    for host in (domain.name, domain.name.upper(), f"{domain.name}:{api.gateway.gateway}", f"{domain.name}:1"):
        assert domain.status("/v1/a", host=host) == 200, host
    assert domain.status("/dev/a", headers=[("x-apigw-api-id", api.id)]) == 403
    assert domain.status("/v1/a", host=f"x{domain.name}") == 404


def test_a_mapping_without_a_stage_leaves_it_to_the_caller(api, make):
    domain = make().map(api, "any", stage=None)
    assert domain.status("/any/dev/a") == 200
    assert domain.is_forbidden("/any/a") and domain.is_forbidden("/any")


def test_a_wildcard_takes_the_hosts_that_no_other_domain_name_takes(api, make):
    wildcard, special = make("*.wild.example.com").map(api, "v1"), make("special.wild.example.com").map(api, "v2")
    assert wildcard.status("/v1/a", host="any.wild.example.com") == 200
    assert wildcard.status("/v1/a", host="special.wild.example.com") == 403
    assert special.status("/v2/a") == 200
    assert wildcard.status("/v1/a", host="a.b.wild.example.com") == 404
    assert wildcard.status("/v1/a", host="wild.example.com") == 404


def test_a_deleted_domain_name_is_no_domain_name(api):
    domain = Domain(api).map(api)
    assert domain.status("/a") == 200
    domain.delete()
    assert domain.status("/a") == 404
    assert domain.status("/dev/a", headers=[("x-apigw-api-id", api.id)]) == 200


def test_ping_and_sping_are_the_health_check(api, make):
    """Facts 36 and D9: reserved on custom domain names, whatever is mapped."""
    domain = make().map(api)
    for path in ("/ping", "/sping"):
        answer = domain.get(path)
        assert (answer.status, answer.body) == (200, b"healthy")
    assert api.send("GET", "/ping").status == 202


def test_a_default_endpoint_that_is_switched_off_leaves_the_domain_name(api, make):
    """D4."""
    domain = make().map(api)
    patch = [{"op": "replace", "path": "/disableExecuteApiEndpoint", "value": "true"}]
    api.client.update_rest_api(restApiId=api.id, patchOperations=patch)
    api.client.create_deployment(restApiId=api.id, stageName="dev")
    assert api.send("GET", "/a").status == 403
    assert domain.status("/a") == 200


def test_routing_modes(api, make):
    """Without routing rules, mappings decide, unless the mode leaves everything to rules."""
    domain = make(routingMode="ROUTING_RULE_THEN_BASE_PATH_MAPPING").map(api)
    assert domain.status("/a") == 200

    def switch(mode):
        patch = [{"op": "replace", "path": "/routingMode", "value": mode}]
        domain.client.update_domain_name(domainName=domain.name, patchOperations=patch)

    switch("ROUTING_RULE_ONLY")
    assert domain.is_forbidden("/a")
    switch("BASE_PATH_MAPPING_ONLY")
    assert domain.status("/a") == 200


def test_a_gateway_response_reads_path_parameters_below_a_base_path(serve, make):
    refusing = mock(200, passthroughBehavior="never")
    api = serve({"POST /pets/{petId}": refusing})
    api.client.put_gateway_response(restApiId=api.id, responseType="UNSUPPORTED_MEDIA_TYPE", responseParameters={
        "gatewayresponse.header.x-pet": "method.request.path.petId"})
    api.deploy()
    domain = make().map(api, "v1")
    for path, host in (("/v1/pets/7", domain.name), ("/dev/pets/7", api.host)):
        answer = exchange(api.gateway.gateway, "POST", path, host, [("Content-Type", "text/plain")], b"x")
        assert (answer.status, answer.header("x-pet")) == (415, "7"), path


def test_the_list_of_what_is_served_has_domain_names_and_what_is_wrong_with_them(api, make):
    domain = make().map(api, "v1").map(api)
    rules = make(routingMode="ROUTING_RULE_ONLY")
    private = api.client.create_domain_name(
        domainName="private.domains.example.com", certificateArn=CERTIFICATE,
        endpointConfiguration={"types": ["PRIVATE"]})
    listed = api.gateway.run("apis").stdout
    assert f"{domain.name}  us-east-1\n" in listed
    url = f"http://{domain.name}:{api.gateway.gateway}"
    assert f"  (none)  {api.id}/dev  {url}\n" in listed
    assert f"  v1  {api.id}/dev  {url}/v1\n" in listed
    assert f"{rules.name}  us-east-1\n    ! answers 403: its routing mode is ROUTING_RULE_ONLY" in listed
    assert "private.domains.example.com  us-east-1\n    ! is reached by nobody: no VPC endpoint is associated with it" in listed
    assert domain.status("/", host=private["domainName"]) == 404
    api.client.delete_domain_name(domainName=private["domainName"], domainNameId=private["domainNameId"])


def test_domain_names_are_served_after_a_restart(start):
    gateway = start()
    api = Api(gateway, definition({"GET /a": mock(200)}))
    mapped, bare = Domain(api).map(api, "v1"), Domain(api)
    gateway.stop()
    gateway.start()
    assert mapped.status("/v1/a") == 200 and mapped.is_forbidden("/a")
    assert bare.is_forbidden("/v1/a")
