"""Resource: the tree, its rules, and what happens to children."""

import re

import pytest

from harness.faults import fails, patch, status_of


def test_create_get_and_list(client, api):
    api_id, root = api
    made = client.create_resource(restApiId=api_id, parentId=root, pathPart="pets")
    assert status_of(made) == 201
    assert re.fullmatch(r"[a-z0-9]{6}", made["id"])
    assert (made["parentId"], made["pathPart"], made["path"]) == (root, "pets", "/pets")
    child = client.create_resource(restApiId=api_id, parentId=made["id"], pathPart="{petId}")
    assert child["path"] == "/pets/{petId}"
    found = client.get_resource(restApiId=api_id, resourceId=child["id"])
    assert {k: found[k] for k in ("id", "parentId", "pathPart", "path")} == {
        k: child[k] for k in ("id", "parentId", "pathPart", "path")}
    listed = {item["path"]: item for item in client.get_resources(restApiId=api_id)["items"]}
    assert set(listed) == {"/", "/pets", "/pets/{petId}"}
    assert "parentId" not in listed["/"] and "pathPart" not in listed["/"]


def test_list_is_paged(client, api):
    for number in range(6):
        client.create_resource(restApiId=api[0], parentId=api[1], pathPart=f"r{number}")
    pages = list(client.get_paginator("get_resources").paginate(restApiId=api[0], PaginationConfig={"PageSize": 3}))
    assert [len(page["items"]) for page in pages] == [3, 3, 1]
    assert len({item["id"] for page in pages for item in page["items"]}) == 7


def test_embed_brings_the_methods_along(client, mock_method):
    plain = client.get_resources(restApiId=mock_method["restApiId"])["items"]
    embedded = client.get_resources(restApiId=mock_method["restApiId"], embed=["methods"])["items"]
    by_path = {item["path"]: item for item in plain}
    assert by_path["/pets"]["resourceMethods"] == {"GET": {}}
    method = {item["path"]: item for item in embedded}["/pets"]["resourceMethods"]["GET"]
    assert (method["httpMethod"], method["authorizationType"]) == ("GET", "NONE")
    assert method["methodIntegration"]["type"] == "MOCK"
    one = client.get_resource(restApiId=mock_method["restApiId"], resourceId=mock_method["resourceId"], embed=["methods"])
    assert one["resourceMethods"]["GET"]["methodResponses"]["200"]["statusCode"] == "200"


def test_a_name_is_taken_once_below_a_parent(client, pets, api):
    with fails("ConflictException", "Another resource with the same parent already has this name: pets", 409):
        client.create_resource(restApiId=api[0], parentId=api[1], pathPart="pets")


def test_variable_children_are_alone_of_their_kind(client, api):
    """Fact 33."""
    greedy = client.create_resource(restApiId=api[0], parentId=api[1], pathPart="{proxy+}")
    message = r"A sibling \({proxy\+}\) of this resource already has a variable path part -- only one is allowed"
    with fails("BadRequestException", message, 400):
        client.create_resource(restApiId=api[0], parentId=api[1], pathPart="{id}")
    message = r"Cannot create a child of a resource with a greedy path variable: {proxy\+}"
    with fails("BadRequestException", message, 400):
        client.create_resource(restApiId=api[0], parentId=greedy["id"], pathPart="child")
    client.create_resource(restApiId=api[0], parentId=api[1], pathPart="static")


@pytest.mark.parametrize("part", ["a/b", "a b", "{", "}", "{}", "{a", "a}", "a{b}", "{a}b", "{a+}b", "a?", "a#b", "é", ""])
def test_a_bad_path_part_is_refused(client, api, part):
    with fails("BadRequestException", status=400):
        client.create_resource(restApiId=api[0], parentId=api[1], pathPart=part)


@pytest.mark.parametrize("part", ["a", "A-Z_0.9", "a:b", "{id}", "{proxy+}", "{a_b}"])
def test_a_good_path_part_is_taken(client, api, part):
    assert client.create_resource(restApiId=api[0], parentId=api[1], pathPart=part)["pathPart"] == part


def test_unknown_resources(client, api):
    """Fact 126."""
    with fails("NotFoundException", "Invalid Resource identifier specified", 404):
        client.get_resource(restApiId=api[0], resourceId="aaaaaa")
    with fails("NotFoundException", "Invalid Resource identifier specified", 404):
        client.create_resource(restApiId=api[0], parentId="aaaaaa", pathPart="x")
    with fails("NotFoundException", "Invalid Resource identifier specified", 404):
        client.delete_resource(restApiId=api[0], resourceId="aaaaaa")


def test_a_resource_can_be_renamed_and_moved_with_its_children(client, api):
    api_id, root = api
    first = client.create_resource(restApiId=api_id, parentId=root, pathPart="a")["id"]
    second = client.create_resource(restApiId=api_id, parentId=root, pathPart="b")["id"]
    child = client.create_resource(restApiId=api_id, parentId=first, pathPart="c")["id"]
    renamed = client.update_resource(restApiId=api_id, resourceId=first, patchOperations=[patch("replace", "/pathPart", "x")])
    assert renamed["path"] == "/x"
    assert client.get_resource(restApiId=api_id, resourceId=child)["path"] == "/x/c"
    client.update_resource(restApiId=api_id, resourceId=child, patchOperations=[patch("replace", "/parentId", second)])
    assert client.get_resource(restApiId=api_id, resourceId=child)["path"] == "/b/c"


def test_moves_that_break_the_tree_are_refused(client, api):
    """Fact 130."""
    api_id, root = api
    first = client.create_resource(restApiId=api_id, parentId=root, pathPart="a")["id"]
    child = client.create_resource(restApiId=api_id, parentId=first, pathPart="c")["id"]
    client.create_resource(restApiId=api_id, parentId=root, pathPart="b")
    with fails("BadRequestException", "Root resource cannot update its pathPart."):
        client.update_resource(restApiId=api_id, resourceId=root, patchOperations=[patch("replace", "/pathPart", "x")])
    for resource, operation in (
        (first, patch("replace", "/parentId", child)), (first, patch("replace", "/parentId", first)),
        (first, patch("replace", "/parentId", "aaaaaa")), (first, patch("replace", "/pathPart", "b")),
        (first, patch("replace", "/pathPart", "a b")), (first, patch("remove", "/pathPart")),
        (first, patch("replace", "/path", "/z")),
    ):
        with pytest.raises(client.exceptions.ClientError):
            client.update_resource(restApiId=api_id, resourceId=resource, patchOperations=[operation])
    paths = {item["path"] for item in client.get_resources(restApiId=api_id)["items"]}
    assert paths == {"/", "/a", "/a/c", "/b"}


def test_delete_takes_the_children_along(client, api):
    """Fact 130."""
    api_id, root = api
    first = client.create_resource(restApiId=api_id, parentId=root, pathPart="a")["id"]
    child = client.create_resource(restApiId=api_id, parentId=first, pathPart="c")["id"]
    client.put_method(restApiId=api_id, resourceId=child, httpMethod="GET", authorizationType="NONE")
    assert status_of(client.delete_resource(restApiId=api_id, resourceId=first)) == 202
    assert [item["path"] for item in client.get_resources(restApiId=api_id)["items"]] == ["/"]
    with fails("NotFoundException"):
        client.get_method(restApiId=api_id, resourceId=child, httpMethod="GET")
    with fails("BadRequestException"):
        client.delete_resource(restApiId=api_id, resourceId=root)
