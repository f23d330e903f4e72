"""DocumentationPart and DocumentationVersion: locations, filters, imports, publishing."""

import json

from harness.faults import fails, patch, status_of


def part(client, api, properties="{}", **location):
    """CreateDocumentationPart."""
    return client.create_documentation_part(restApiId=api, location=location, properties=properties)


def test_a_part_from_create_to_delete(client, api):
    made = part(client, api[0], '{"description": "d"}', type="METHOD", path="/pets", method="GET")
    assert status_of(made) == 201
    assert made["location"] == {"type": "METHOD", "path": "/pets", "method": "GET"}
    name = {"restApiId": api[0], "documentationPartId": made["id"]}
    assert client.get_documentation_part(**name)["properties"] == '{"description": "d"}'
    changed = client.update_documentation_part(**name, patchOperations=[patch("replace", "/properties", '{"a": 1}')])
    assert changed["properties"] == '{"a": 1}'
    assert status_of(client.delete_documentation_part(**name)) == 202
    with fails("NotFoundException", "Invalid Documentation part identifier specified", 404):
        client.get_documentation_part(**name)


def test_parts_that_are_refused(client, api):
    part(client, api[0], type="API")
    with fails("ConflictException", status=409):
        part(client, api[0], type="API")
    with fails("BadRequestException", status=400):
        part(client, api[0], type="API", path="/")
    with fails("BadRequestException", status=400):
        part(client, api[0], type="MODEL")
    with fails("BadRequestException", status=400):
        part(client, api[0], "no object", type="RESOURCE")


def test_lists_are_filtered(client, api):
    part(client, api[0], type="API")
    for name in ("limit", "offset"):
        part(client, api[0], '{"description": "d"}', type="QUERY_PARAMETER", path="/pets", name=name)

    def count(**wanted):
        return len(client.get_documentation_parts(restApiId=api[0], **wanted)["items"])

    assert (count(), count(type="API"), count(nameQuery="li"), count(path="/pets")) == (3, 1, 1, 2)
    assert (count(locationStatus="DOCUMENTED"), count(locationStatus="UNDOCUMENTED"), count(limit=2)) == (2, 1, 2)


def test_import_merges_overwrites_and_rolls_back(client, api):
    def document(*parts):
        extension = {"x-amazon-apigateway-documentation": {"documentationParts": parts}}
        return json.dumps({"openapi": "3.0.1", "info": {"title": "t", "version": "1"}, "paths": {}, **extension})

    whole = {"location": {"type": "API"}, "properties": {"description": "d"}}
    foreign = {"location": {"type": "API", "name": "x"}, "properties": {}}
    made = client.import_documentation_parts(restApiId=api[0], mode="merge", body=document(whole))
    again = client.import_documentation_parts(restApiId=api[0], mode="overwrite", body=document(whole))
    assert made["ids"] == again["ids"]
    assert "warnings" not in made
    warned = client.import_documentation_parts(restApiId=api[0], mode="merge", body=document(foreign))
    assert (warned["ids"], len(warned["warnings"])) == ([], 1)
    with fails("BadRequestException", status=400):
        client.import_documentation_parts(restApiId=api[0], failOnWarnings=True, body=document(foreign))


def test_a_version_from_create_to_delete(client, deployed):
    api, _ = deployed
    name = {"restApiId": api, "documentationVersion": "1.0"}
    made = client.create_documentation_version(**name, stageName="dev", description="d")
    assert (status_of(made), made["version"], made["description"]) == (201, "1.0", "d")
    assert client.get_stage(restApiId=api, stageName="dev")["documentationVersion"] == "1.0"
    changed = client.update_documentation_version(**name, patchOperations=[patch("replace", "/description", "e")])
    assert changed["description"] == client.get_documentation_version(**name)["description"] == "e"
    assert [one["version"] for one in client.get_documentation_versions(restApiId=api)["items"]] == ["1.0"]
    with fails("ConflictException", status=409):
        client.create_documentation_version(**name)
    assert status_of(client.delete_documentation_version(**name)) == 202
    with fails("NotFoundException", "Invalid Documentation version specified", 404):
        client.get_documentation_version(**name)
