"""IAM's answers on the wire: pages, encoded documents, ids, errors as XML, and both AWS CLIs."""

import json
import urllib.parse

import pytest
from harness.awscli import V1, V2, AwsCli
from operations.iam.conftest import ALLOW, TRUST, Things, fresh, refused


def test_ids_have_their_prefixes(iam):
    things = Things(iam)
    assert iam.get_user(UserName=things.get("user"))["User"]["UserId"].startswith("AIDA")
    assert iam.get_group(GroupName=things.get("group"))["Group"]["GroupId"].startswith("AGPA")
    assert iam.get_role(RoleName=things.get("role"))["Role"]["RoleId"].startswith("AROA")
    assert iam.get_policy(PolicyArn=things.get("policy"))["Policy"]["PolicyId"].startswith("ANPA")
    assert things.get("key").startswith("AKIA") and len(things.get("key")) == 20


def test_documents_come_back_as_they_went(iam):
    things, spaced = Things(iam), json.dumps(json.loads(ALLOW), indent=2)
    iam.put_user_policy(UserName=things.get("user"), PolicyName="inline", PolicyDocument=spaced)
    raw = []
    iam.meta.events.register("before-parse.iam.GetUserPolicy", lambda response_dict, **_: raw.append(response_dict["body"]))
    found = iam.get_user_policy(UserName=things.get("user"), PolicyName="inline")
    assert found["PolicyDocument"] == json.loads(ALLOW)
    text = raw[0].decode().split("<PolicyDocument>")[1].split("</PolicyDocument>")[0] if raw else urllib.parse.quote(spaced, safe="")
    assert urllib.parse.unquote(text) == spaced
    assert iam.get_role(RoleName=things.get("role"))["Role"]["AssumeRolePolicyDocument"] == json.loads(TRUST)


def test_lists_are_paged(iam):
    path = f"/{fresh('paged')}/"
    names = sorted(fresh("user") for _ in range(5))
    for name in names:
        iam.create_user(UserName=name, Path=path)
    found, marker, pages = [], {}, 0
    while True:
        page = iam.list_users(PathPrefix=path, MaxItems=2, **marker)
        found += [user["UserName"] for user in page["Users"]]
        pages += 1
        if not page["IsTruncated"]:
            break
        marker = {"Marker": page["Marker"]}
    assert (sorted(found), pages) == (names, 3)
    every = iam.get_paginator("list_users").paginate(PathPrefix=path, PaginationConfig={"PageSize": 1}).build_full_result()
    assert sorted(user["UserName"] for user in every["Users"]) == names
    with refused("ValidationError", "Invalid Marker."):
        iam.list_users(Marker="not a marker")


def test_constraints_are_gathered(iam):
    long = "a" * 129
    with refused("ValidationError", "2 validation errors detected: Value 'a b' at 'groupName' failed to satisfy constraint: Member must "
                 r"satisfy regular expression pattern: \[\\w\+=,.@-\]\+; Value '.*' at 'userName' failed to satisfy constraint: "
                 "Member must have length less than or equal to 128", 400):
        iam.add_user_to_group(GroupName="a b", UserName=long)
    with refused("ValidationError", "1 validation error detected: Value '1001' at 'maxItems' failed .*"):
        iam.list_users(MaxItems=1001)
    with refused("ValidationError", ".*Value 'Perhaps' at 'status' failed to satisfy constraint: Member must satisfy enum value set: .*"):
        iam.update_access_key(AccessKeyId="AKIA0000000000000000", Status="Perhaps", UserName="x")


def test_without_a_user_name_root_is_told_so(iam):
    with refused("ValidationError", "Must specify userName when calling with non-User credentials", 400):
        iam.create_access_key()
    assert iam.get_user()["User"]["Arn"].endswith(":root")


@pytest.mark.parametrize("name", [
    "AdministratorAccess", "AmazonAPIGatewayInvokeFullAccess", "AmazonAPIGatewayAdministrator",
    "service-role/AWSLambdaBasicExecutionRole", "service-role/AmazonAPIGatewayPushToCloudWatchLogs"])
def test_policies_of_aws_are_there(iam, name):
    arn = f"arn:aws:iam::aws:policy/{name}"
    found = iam.get_policy(PolicyArn=arn)["Policy"]
    assert (found["PolicyName"], found["DefaultVersionId"]) == (name.rsplit("/", 1)[-1], "v1")
    document = iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"]
    assert document["Statement"][0]["Effect"] == "Allow"
    assert arn in [policy["Arn"] for policy in iam.list_policies(Scope="AWS")["Policies"]]
    with refused("InvalidInput"):
        iam.delete_policy(PolicyArn=arn)


def test_one_that_is_not_known_here_is_named(iam):
    arn = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
    with refused("NoSuchEntity", f"Policy {arn} was not found.", 404):
        iam.get_policy(PolicyArn=arn)
    with refused("NoSuchEntity", f"Policy {arn} does not exist or is not attachable."):
        iam.attach_user_policy(UserName=Things(iam).get("user"), PolicyArn=arn)


@pytest.mark.parametrize("program", [V1, V2], ids=["v1", "v2"])
def test_the_command_line_makes_a_user_who_calls(gateway, program):
    aws, name = AwsCli(gateway, program), fresh(program.parent.name.strip("."))
    assert aws("create-user", "--user-name", name, service="iam")["User"]["UserName"] == name
    assert aws("put-user-policy", "--user-name", name, "--policy-name", "p", "--policy-document", ALLOW, service="iam") is None
    found = aws("get-user-policy", "--user-name", name, "--policy-name", "p", service="iam")
    assert found["PolicyDocument"] == json.loads(ALLOW)
    key = aws("create-access-key", "--user-name", name, service="iam")["AccessKey"]
    gateway.client(access_key=key["AccessKeyId"], secret_key=key["SecretAccessKey"]).get_rest_apis()
    assert name in [user["UserName"] for user in aws("list-users", service="iam")["Users"]]
    assert aws("get-caller-identity", service="sts")["Arn"].endswith(":root")
    failed = aws("get-user", "--user-name", "nobody-at-all", check=False, service="iam")
    assert failed.returncode != 0 and "NoSuchEntity" in failed.stderr
