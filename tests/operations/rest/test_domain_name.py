"""DomainName, BasePathMapping and DomainNameAccessAssociation."""

import itertools

import pytest

from harness.faults import fails, patch, status_of

CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/1"
NUMBERS = itertools.count()


@pytest.fixture
def domain(client):
    """A regional domain name that nobody else has."""
    name = f"d{next(NUMBERS)}.example.com"
    client.create_domain_name(
        domainName=name, regionalCertificateArn=CERTIFICATE, endpointConfiguration={"types": ["REGIONAL"]})
    yield name
    client.delete_domain_name(domainName=name)


@pytest.fixture
def private(client):
    """A private domain name: its name and id, as its operations want them, and its ARN."""
    made = client.create_domain_name(
        domainName="private.example.com", certificateArn=CERTIFICATE, endpointConfiguration={"types": ["PRIVATE"]})
    name = {"domainName": made["domainName"], "domainNameId": made["domainNameId"]}
    yield name, made["domainNameArn"]
    client.delete_domain_name(**name)


def test_create_get_and_list(client, domain):
    found = client.get_domain_name(domainName=domain)
    assert found["regionalDomainName"].endswith(".execute-api.us-east-1.amazonaws.com")
    assert found["domainNameArn"] == f"arn:aws:apigateway:us-east-1::/domainnames/{domain}"
    assert (found["domainNameStatus"], found["securityPolicy"]) == ("AVAILABLE", "TLS_1_2")
    pages = client.get_paginator("get_domain_names").paginate(PaginationConfig={"PageSize": 1})
    assert domain in [one["domainName"] for page in pages for one in page["items"]]
    assert client.get_domain_names(resourceOwner="OTHER_ACCOUNTS")["items"] == []


def test_create_refuses(client, domain):
    with fails("BadRequestException", "The domain name you provided already exists.", 400):
        client.create_domain_name(
            domainName=domain, regionalCertificateArn=CERTIFICATE, endpointConfiguration={"types": ["REGIONAL"]})
    with fails("BadRequestException", "A certificate was not provided for the endpoint type EDGE.", 400):
        client.create_domain_name(domainName="edge.example.com")
    with fails("NotFoundException", "Invalid domain name identifier specified", 404):
        client.get_domain_name(domainName="nope.example.com")


def test_update(client, domain):
    found = client.update_domain_name(domainName=domain, patchOperations=[
        patch("replace", "/mutualTlsAuthentication/truststoreUri", "s3://bucket/key.pem"),
        patch("replace", "/routingMode", "ROUTING_RULE_ONLY")])
    assert found["mutualTlsAuthentication"] == {"truststoreUri": "s3://bucket/key.pem"}
    assert found["routingMode"] == "ROUTING_RULE_ONLY"
    with fails("BadRequestException", status=400):
        client.update_domain_name(domainName=domain, patchOperations=[patch("replace", "/domainName", "x")])


def test_mappings(client, domain, deployed):
    api, _ = deployed
    made = client.create_base_path_mapping(domainName=domain, basePath="pets", restApiId=api, stage="dev")
    assert (status_of(made), made["basePath"], made["stage"]) == (201, "pets", "dev")
    client.create_base_path_mapping(domainName=domain, restApiId=api)
    found = client.get_base_path_mappings(domainName=domain)["items"]
    assert [one["basePath"] for one in found] == ["(none)", "pets"]
    with fails("ConflictException", "Base path already exists for this domain name", 409):
        client.create_base_path_mapping(domainName=domain, basePath="pets", restApiId=api)
    with fails("BadRequestException", "Invalid stage identifier specified", 400):
        client.create_base_path_mapping(domainName=domain, basePath="x", restApiId=api, stage="nope")
    with fails("BadRequestException", status=400):
        client.delete_rest_api(restApiId=api)
    moved = client.update_base_path_mapping(
        domainName=domain, basePath="pets", patchOperations=[patch("replace", "/basePath", "cats")])
    assert moved["basePath"] == client.get_base_path_mapping(domainName=domain, basePath="cats")["basePath"] == "cats"
    for base_path in ("cats", "(none)"):
        assert status_of(client.delete_base_path_mapping(domainName=domain, basePath=base_path)) == 202
    with fails("NotFoundException", "Invalid base path mapping identifier specified", 404):
        client.get_base_path_mapping(domainName=domain, basePath="cats")


def test_associations(client, private):
    name, arn = private
    assert client.get_domain_name(**name)["domainNameArn"] == arn

    def associate(source):
        return client.create_domain_name_access_association(
            domainNameArn=arn, accessAssociationSourceType="VPCE", accessAssociationSource=source)

    one, two = associate("vpce-1")["domainNameAccessAssociationArn"], associate("vpce-2")["domainNameAccessAssociationArn"]
    with fails("ConflictException", status=409):
        associate("vpce-1")
    client.tag_resource(resourceArn=one, tags={"k": "v"})
    found = client.get_domain_name_access_associations(resourceOwner="SELF")["items"]
    assert [(each["accessAssociationSource"], each.get("tags")) for each in found] == [("vpce-1", {"k": "v"}), ("vpce-2", None)]
    assert status_of(client.delete_domain_name_access_association(domainNameAccessAssociationArn=one)) == 202
    rejected = client.reject_domain_name_access_association(domainNameAccessAssociationArn=two, domainNameArn=arn)
    assert status_of(rejected) == 202
    with fails("NotFoundException", status=404):
        client.delete_domain_name_access_association(domainNameAccessAssociationArn=two)
