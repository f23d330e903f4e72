"""A definition that has everything, each of its nodes replaced in turn: a 400 that says something and leaves nothing, or an API."""

import copy
import json
import pathlib

import pytest
import yaml
from botocore.exceptions import ClientError

FULL = pathlib.Path(__file__).parents[3] / "crates" / "openapi" / "tests" / "wrong_types" / "full.yaml"
WRONG = [None, True, -7, "", "no such thing", [], [[None]], {}, {"no such": {"thing": None}}]


def full():
    """The definition, private as its VPC endpoints demand."""
    document = yaml.safe_load(FULL.read_text())
    document["x-amazon-apigateway-policy"] = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*"}]}
    return document


def places(node, here=()):
    """Every way from the root to a node."""
    yield here
    members = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, member in members:
        yield from places(member, (*here, key))


def replaced(document, place, wrong):
    """The document with one node replaced."""
    if not place:
        return wrong
    document = copy.deepcopy(document)
    node = document
    for key in place[:-1]:
        node = node[key]
    node[place[-1]] = wrong
    return document


def families():
    """The nodes, by the top-level member that they belong to."""
    found = {}
    for place in places(full()):
        found.setdefault(str(place[0]) if place else "root", []).append(place)
    return [pytest.param(all_, id=name) for name, all_ in found.items()]


def apis(client):
    """The ids of all APIs."""
    return {item["id"] for page in client.get_paginator("get_rest_apis").paginate() for item in page["items"]}


def put(client, api, body):
    """What PutRestApi answers: nothing, or the message of its 400."""
    try:
        client.put_rest_api(restApiId=api, mode="overwrite", body=body)
    except ClientError as error:
        answer = error.response
        assert (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]) == (400, "BadRequestException"), answer
        assert answer["Error"]["Message"].strip(), answer
        return answer["Error"]["Message"]
    return None


def state(client, api):
    """All that a refused definition could have changed."""
    read = lambda answer: {key: value for key, value in answer.items() if key != "ResponseMetadata"}
    return [read(client.get_rest_api(restApiId=api))] + [
        read(call(restApiId=api)) for call in (
            client.get_models, client.get_authorizers, client.get_request_validators, client.get_documentation_parts,
            client.get_gateway_responses)] + [read(client.get_resources(restApiId=api, embed=["methods"]))]


@pytest.fixture
def private(client):
    """A private API as the full definition describes it."""
    made = client.import_rest_api(body=json.dumps(full()), parameters={"endpointConfigurationTypes": "PRIVATE"})
    assert "warnings" not in made
    return made["id"]


@pytest.mark.parametrize("family", families())
def test_each_node_of_a_wrong_type_is_refused_whole_or_taken(client, private, family):
    document = full()
    before = state(client, private)
    refused = 0
    for place in family:
        for wrong in WRONG:
            if put(client, private, json.dumps(replaced(document, place, wrong))):
                refused += 1
            else:
                client.put_rest_api(restApiId=private, mode="overwrite", body=json.dumps(document))
                before = state(client, private)
        assert state(client, private) == before, place
    assert refused, "some wrong types of each family are refused"


def test_refused_imports_leave_no_api(client):
    document = full()
    before = apis(client)
    for place in places(document):
        body = json.dumps(replaced(document, place, [[None]]))
        try:
            client.delete_rest_api(restApiId=client.import_rest_api(body=body)["id"])
        except ClientError as error:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400, (place, error)
    assert apis(client) == before
