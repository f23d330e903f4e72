"""Where a request comes from: trusted proxies, and the VPC endpoints of private APIs (facts D10, D11, A10, A13)."""

import json

import pytest

from harness.apis import Api, definition, eventually, proxy
from harness.process import Stagegate
from harness.wire import exchange

SETTINGS = """
trusted_proxies = ["127.0.0.0/8"]
[vpc_endpoints.vpce-1]
vpc = "vpc-1"
sources = ["10.1.0.0/16"]
[vpc_endpoints.vpce-2]
vpc = "vpc-2"
sources = ["10.2.0.0/16"]
policy = '{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*/GET/open"}}'
"""
INSIDE, SECOND, OUTSIDE = "10.1.0.7", "10.2.0.7", "203.0.113.9"


@pytest.fixture(scope="module")
def proxied(tmp_path_factory):
    """A process behind a proxy on this machine."""
    process = Stagegate(tmp_path_factory.mktemp("sources") / "data", SETTINGS).start()
    yield process
    process.stop()


def allow(**more):
    """A policy that allows everything."""
    statement = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*", **more}
    return {"Version": "2012-10-17", "Statement": [statement]}


def built(gateway, backend, policy=None, private=None):
    """An API with two routes; `private` is its list of VPC endpoints."""
    document = definition({f"GET /{name}": proxy(f"{backend.url}/{name}") for name in ("open", "other")})
    if policy:
        document["x-amazon-apigateway-policy"] = policy
    api = Api(gateway, document)
    if private is not None:
        change = [{"op": "replace", "path": "/endpointConfiguration/types/REGIONAL", "value": "PRIVATE"}]
        change += [{"op": "add", "path": "/endpointConfiguration/vpcEndpointIds", "value": id} for id in private]
        edge = api.client.get_rest_api(restApiId=api.id)["endpointConfiguration"]["types"][0]
        change[0]["path"] = f"/endpointConfiguration/types/{edge}"
        api.client.update_rest_api(restApiId=api.id, patchOperations=change)
        api.client.create_deployment(restApiId=api.id, stageName=api.stage)
        eventually(lambda: check(ask(api, OUTSIDE).error_type == "ForbiddenException"))
    return api


def check(holds):
    """An assertion as an expression."""
    assert holds


def ask(api, client, path="/open", host=None, headers=()):
    """A request that the proxy forwards for a client."""
    forwarded = [("X-Forwarded-For", client), *headers]
    return exchange(api.gateway.gateway, "GET", f"/{api.stage}{path}", host or api.host, forwarded)


def test_the_client_that_a_trusted_proxy_names_counts(proxied, backend):
    api = built(proxied, backend, allow(Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}))
    for chain, status in [
        (OUTSIDE, 200), (f"198.51.100.1, {OUTSIDE}", 200), (f"{OUTSIDE}, 127.0.0.5", 200), (f"{OUTSIDE}:4711", 200),
        ("198.51.100.1", 403), (f"{OUTSIDE}, 198.51.100.1", 403), (f"{OUTSIDE}, unknown", 403), ("", 403),
    ]:
        assert ask(api, chain).status == status, chain
    twice = ask(api, OUTSIDE, headers=[("X-Forwarded-For", "198.51.100.1")])
    assert twice.status == 403


def test_a_trusted_proxy_says_that_it_was_tls(proxied, backend):
    api = built(proxied, backend, allow(Condition={"Bool": {"aws:SecureTransport": "true"}}))
    for scheme, status in [("https", 200), ("http", 403), ("https, http", 403), ("http, https", 200)]:
        assert ask(api, OUTSIDE, headers=[("X-Forwarded-Proto", scheme)]).status == status, scheme
    assert ask(api, OUTSIDE).status == 403


def test_fact_d11_a_private_api_is_reached_through_endpoints_only(proxied, backend):
    api = built(proxied, backend, allow(), private=[])
    assert ask(api, INSIDE).status == 200
    assert backend.only()
    for client in (OUTSIDE, "127.0.0.1", ""):
        answer = ask(api, client)
        assert (answer.status, answer.json()) == (403, {"message": "Forbidden"}), client
    assert not backend.requests


def test_fact_d11_a_private_api_without_a_policy_lets_nobody_in(proxied, backend):
    api = built(proxied, backend, private=[])
    answer = ask(api, INSIDE)
    assert (answer.status, answer.error_type) == (403, "AccessDeniedException")
    assert answer.json()["Message"].endswith("because no resource-based policy allows the execute-api:Invoke action")
    assert not backend.requests


@pytest.mark.parametrize("condition, first, second", [
    ({"StringEquals": {"aws:SourceVpce": "vpce-1"}}, 200, 403),
    ({"StringEquals": {"aws:SourceVpc": "vpc-2"}}, 403, 200),
    ({"IpAddress": {"aws:VpcSourceIp": "10.1.0.7/32"}}, 200, 403),
    ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, 403, 403),
])
def test_policies_know_the_endpoint(proxied, backend, condition, first, second):
    api = built(proxied, backend, allow(Condition=condition), private=[])
    assert (ask(api, INSIDE).status, ask(api, SECOND).status) == (first, second)


def test_an_api_that_is_not_private_came_through_no_endpoint(proxied, backend):
    api = built(proxied, backend, allow(Condition={"StringEquals": {"aws:SourceVpce": "vpce-1"}}))
    assert ask(api, INSIDE).status == 403


def test_fact_a13_the_policy_of_the_endpoint_must_allow_too(proxied, backend):
    api = built(proxied, backend, allow(), private=[])
    assert ask(api, SECOND).status == 200
    answer = ask(api, SECOND, "/other")
    assert answer.status == 403
    assert answer.json()["Message"].endswith("because no VPC endpoint policy allows the execute-api:Invoke action")
    assert ask(api, INSIDE, "/other").status == 200


def test_fact_d10_hosts_may_name_the_endpoint(proxied, backend):
    api = built(proxied, backend, allow(), private=["vpce-1"])
    own = "vpce-{0}-abc.execute-api.us-east-1.vpce.localhost"
    alias = f"{api.id}-vpce-{{0}}.execute-api.us-east-1.localhost"
    named = [("x-apigw-api-id", api.id)]
    for host, headers, client, status in [
        (alias.format(1), [], INSIDE, 200),
        (alias.format(1), [], SECOND, 403),
        (alias.format(1), [], OUTSIDE, 403),
        (alias.format(2), [], SECOND, 403),
        (own.format(1), named, INSIDE, 200),
        (own.format(2), named, SECOND, 200),
        (own.format(2), named, INSIDE, 403),
        (own.format(3), named, INSIDE, 403),
        (own.format(1), [], INSIDE, 404),
    ]:
        assert ask(api, client, host=host, headers=headers).status == status, (host, client)
    regional = built(proxied, backend)
    assert ask(regional, INSIDE, host=f"{regional.id}-vpce-1.execute-api.us-east-1.localhost").status == 404


def test_events_show_the_client(proxied, backend):
    document = definition({"GET /open": proxy(f"{backend.url}/x", requestParameters={
        "integration.request.header.X-Who": "context.identity.sourceIp"})})
    api = Api(proxied, document)
    ask(api, OUTSIDE)
    seen = backend.only()
    assert seen.header("X-Who") == OUTSIDE
    assert json.dumps(seen.headers).count("127.0.0.1") >= 1, "the proxy is the last of the chain"


CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/11111111-2222-3333-4444-555555555555"


@pytest.fixture
def private_domain(proxied):
    """Makes private domain names, each with the VPC endpoints that may use it."""
    client, made = proxied.client(), []

    def make(policy=None, endpoints=("vpce-1",), api=None, name="api.private.example"):
        members = {"policy": json.dumps(policy)} if policy else {}
        domain = client.create_domain_name(
            domainName=name, certificateArn=CERTIFICATE, endpointConfiguration={"types": ["PRIVATE"]}, **members)
        made.append(domain)
        for endpoint in endpoints:
            client.create_domain_name_access_association(
                domainNameArn=domain["domainNameArn"], accessAssociationSourceType="VPCE",
                accessAssociationSource=endpoint)
        client.create_base_path_mapping(
            domainName=name, domainNameId=domain["domainNameId"], basePath="v1", restApiId=api.id, stage=api.stage)
        return domain

    yield make
    for domain in made:
        client.delete_domain_name(domainName=domain["domainName"], domainNameId=domain["domainNameId"])


def by_domain(api, client, name="api.private.example"):
    """A request by a private domain name."""
    answer = exchange(api.gateway.gateway, "GET", "/v1/open", name, [("X-Forwarded-For", client)])
    return answer.status


def test_a_private_domain_name_is_reached_through_its_endpoints_only(proxied, backend, private_domain):
    api = built(proxied, backend, allow(), private=[])
    domain = private_domain(allow(), ["vpce-1"], api)
    assert [by_domain(api, client) for client in (INSIDE, SECOND, OUTSIDE)] == [200, 404, 404]
    [association] = proxied.client().get_domain_name_access_associations()["items"]
    arn = association["domainNameAccessAssociationArn"]
    proxied.client().delete_domain_name_access_association(domainNameAccessAssociationArn=arn)
    assert by_domain(api, INSIDE) == 404
    assert domain["domainNameId"] in arn


def test_the_policies_of_a_private_domain_name_and_of_its_api_must_both_allow(proxied, backend, private_domain):
    through = {"Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}}
    arn = "arn:aws:execute-api:us-east-1:000000000000:/domainnames/api.private.example+*"
    for of_domain, of_api, status in [
        (allow(), allow(), 200),
        (allow(**through), allow(), 200),
        (allow(Resource=arn), allow(), 200),
        (allow(Resource=arn.replace("private", "other")), allow(), 403),
        (allow(Condition={"StringEquals": {"aws:SourceVpce": "vpce-9"}}), allow(), 403),
        (None, allow(), 403),
        (allow(), None, 403),
        ({"Version": "2012-10-17", "Statement": [*allow()["Statement"], {**allow()["Statement"][0], "Effect": "Deny"}]}, allow(), 403),
    ]:
        api = built(proxied, backend, of_api, private=[])
        domain = private_domain(of_domain, ["vpce-1"], api)
        assert by_domain(api, INSIDE) == status, (of_domain, of_api)
        proxied.client().delete_base_path_mapping(
            domainName=domain["domainName"], domainNameId=domain["domainNameId"], basePath="v1")
        [association] = proxied.client().get_domain_name_access_associations()["items"]
        proxied.client().delete_domain_name_access_association(
            domainNameAccessAssociationArn=association["domainNameAccessAssociationArn"])


def test_two_private_domain_names_with_one_name_are_told_apart_by_their_endpoints(proxied, backend, private_domain):
    first, refusing = built(proxied, backend, allow(), private=[]), built(proxied, backend, private=[])
    private_domain(allow(), ["vpce-1"], first)
    private_domain(allow(), ["vpce-2"], refusing)
    assert [by_domain(first, client) for client in (INSIDE, SECOND, OUTSIDE)] == [200, 403, 404]
