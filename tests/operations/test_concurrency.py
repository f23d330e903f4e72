"""Many writers at once: what was acknowledged is there once, and conflicts are told, never lost."""

import collections
import concurrent.futures

from botocore.exceptions import ClientError

from harness.faults import patch

WRITERS = 8


def test_resources_created_at_once_are_all_there(gateway, client):
    made = client.create_rest_api(name="busy")
    api, root = made["id"], made["rootResourceId"]

    def create(number):
        return gateway.client().create_resource(restApiId=api, parentId=root, pathPart=f"r{number}")["id"]

    with concurrent.futures.ThreadPoolExecutor(WRITERS) as pool:
        ids = list(pool.map(create, range(WRITERS * 4)))
    listed = {item["id"] for item in client.get_resources(restApiId=api, limit=500)["items"]}
    assert listed == {root, *ids} and len(set(ids)) == WRITERS * 4


def test_one_name_is_given_once(gateway, client):
    made = client.create_rest_api(name="race")

    def create(_):
        try:
            gateway.client().create_resource(restApiId=made["id"], parentId=made["rootResourceId"], pathPart="same")
            return "made"
        except ClientError as error:
            return error.response["Error"]["Code"]

    with concurrent.futures.ThreadPoolExecutor(WRITERS) as pool:
        outcomes = collections.Counter(pool.map(create, range(WRITERS * 2)))
    assert outcomes == {"made": 1, "ConflictException": WRITERS * 2 - 1}


def test_patches_of_one_stage_do_not_overwrite_each_other(gateway, client, deployed):
    api, _ = deployed

    def set_variable(number):
        gateway.client().update_stage(
            restApiId=api, stageName="dev", patchOperations=[patch("replace", f"/variables/v{number}", str(number))])

    with concurrent.futures.ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(set_variable, range(WRITERS * 3)))
    expected = {f"v{number}": str(number) for number in range(WRITERS * 3)}
    assert client.get_stage(restApiId=api, stageName="dev")["variables"] == expected


def test_a_tree_cannot_lose_its_parent_in_a_race(gateway, client):
    """Deleting a resource and adding a child to it at once: either order, never an orphan."""
    made = client.create_rest_api(name="orphans")
    api, root = made["id"], made["rootResourceId"]

    def attempt(call, **arguments):
        try:
            call(restApiId=api, **arguments)
        except ClientError as error:
            assert error.response["Error"]["Code"] in ("NotFoundException", "ConflictException"), error

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for number in range(15):
            parent = client.create_resource(restApiId=api, parentId=root, pathPart=f"p{number}")["id"]
            tasks = [
                pool.submit(attempt, gateway.client().delete_resource, resourceId=parent),
                pool.submit(attempt, gateway.client().create_resource, parentId=parent, pathPart="child"),
            ]
            for task in tasks:
                task.result()
    listed = client.get_resources(restApiId=api, limit=500)["items"]
    ids = {item["id"] for item in listed}
    assert all(item.get("parentId", root) in ids for item in listed)
