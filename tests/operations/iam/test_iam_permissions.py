"""Policies of stored users and roles take effect on every API of the control plane, at once."""

import json

import pytest
from botocore.exceptions import ClientError
from operations.iam.conftest import ACCOUNT, fresh, refused, statement

GET = statement("Allow", "apigateway:GET")
EVERYTHING = statement("Allow", "*")
NO_DELETE = statement("Deny", "apigateway:DELETE")
READ_IAM = statement("Allow", ["iam:Get*", "iam:List*"])
NOT_ALLOWED = "User: arn:aws:iam::000000000000:user/.* is not authorized to perform: {} on resource: .* because no {} allows the .* action"


def may(call, **arguments):
    """Whether a call is allowed; one that fails for another reason is."""
    try:
        call(**arguments)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("AccessDenied", "AccessDeniedException"):
            return False
        assert error.response["Error"]["Code"] in ("NotFoundException", "NoSuchEntity", "BadRequestException"), error
    return True


def test_without_a_policy_nothing_is_allowed(user_of):
    client = user_of()
    assert not may(client().get_rest_apis)
    assert not may(client("lambda").list_functions)
    assert not may(client("iam").list_users)
    with refused("AccessDenied", NOT_ALLOWED.format("iam:ListUsers", "identity-based policy"), 403):
        client("iam").list_users()
    assert client("sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/{client.user}"


def test_an_inline_policy_counts_until_it_is_deleted(iam, user_of):
    client = user_of(GET)
    assert may(client().get_rest_apis) and not may(client().create_rest_api, name="x")
    iam.delete_user_policy(UserName=client.user, PolicyName="p0")
    assert not may(client().get_rest_apis)


def test_a_deny_wins(iam, user_of):
    client = user_of(EVERYTHING, NO_DELETE)
    assert may(client().create_rest_api, name="x") and not may(client().delete_rest_api, restApiId="abc")
    with refused("AccessDenied", ".* with an explicit deny in an identity-based policy", 403):
        iam.put_user_policy(UserName=client.user, PolicyName="p1", PolicyDocument=statement("Deny", "iam:*"))
        client("iam").list_users()


def test_a_managed_policy_counts_by_its_default_version(iam, user_of):
    client = user_of()
    arn = iam.create_policy(PolicyName=fresh("managed"), PolicyDocument=GET)["Policy"]["Arn"]
    iam.attach_user_policy(UserName=client.user, PolicyArn=arn)
    assert may(client().get_rest_apis) and not may(client().create_rest_api, name="x")
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=EVERYTHING, SetAsDefault=True)
    assert may(client().create_rest_api, name="x")
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    assert not may(client().create_rest_api, name="x")
    iam.detach_user_policy(UserName=client.user, PolicyArn=arn)
    assert not may(client().get_rest_apis)


def test_a_group_lends_its_policies(iam, user_of):
    client, group = user_of(), fresh("group")
    iam.create_group(GroupName=group)
    iam.put_group_policy(GroupName=group, PolicyName="get", PolicyDocument=GET)
    assert not may(client().get_rest_apis)
    iam.add_user_to_group(GroupName=group, UserName=client.user)
    assert may(client().get_rest_apis) and not may(client("iam").list_users)
    iam.attach_group_policy(GroupName=group, PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
    assert may(client("iam").list_users)
    iam.update_group(GroupName=group, NewGroupName=group + "-renamed")
    assert may(client("iam").list_users)
    iam.delete_group_policy(GroupName=group + "-renamed", PolicyName="get")
    assert not may(client().get_rest_apis)
    iam.remove_user_from_group(GroupName=group + "-renamed", UserName=client.user)
    assert not may(client("iam").list_users)


def test_a_boundary_limits_what_policies_allow(iam, user_of):
    client = user_of(EVERYTHING)
    arn = iam.create_policy(PolicyName=fresh("boundary"), PolicyDocument=GET)["Policy"]["Arn"]
    assert may(client().create_rest_api, name="x")
    iam.put_user_permissions_boundary(UserName=client.user, PermissionsBoundary=arn)
    assert may(client().get_rest_apis) and not may(client().create_rest_api, name="x")
    with refused("AccessDenied", NOT_ALLOWED.format("iam:ListUsers", "permissions boundary")):
        client("iam").list_users()
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=EVERYTHING, SetAsDefault=True)
    assert may(client("iam").list_users)
    iam.delete_user_permissions_boundary(UserName=client.user)
    assert may(client().create_rest_api, name="x")


def test_variables_and_paths_narrow_what_a_user_may_do_to_itself(iam, user_of):
    own = f"arn:aws:iam::{ACCOUNT}:user/${{aws:username}}"
    client = user_of(statement("Allow", ["iam:CreateAccessKey", "iam:GetUser", "iam:ListAccessKeys"], own))
    other = fresh("user")
    iam.create_user(UserName=other, Path="/staff/")
    assert client("iam").get_user()["User"]["UserName"] == client.user
    assert not may(client("iam").get_user, UserName=other)
    assert client("iam").create_access_key()["AccessKey"]["UserName"] == client.user
    staff = user_of(statement("Allow", "iam:GetUser", f"arn:aws:iam::{ACCOUNT}:user/staff/*"))
    assert may(staff("iam").get_user, UserName=other) and not may(staff("iam").get_user, UserName=client.user)


@pytest.mark.parametrize(("condition", "arguments", "allowed"), [
    ({"StringEquals": {"aws:RequestTag/team": "a"}}, {"Tags": [{"Key": "team", "Value": "a"}]}, True),
    ({"StringEquals": {"aws:RequestTag/team": "a"}}, {"Tags": [{"Key": "team", "Value": "b"}]}, False),
    ({"StringEquals": {"aws:RequestTag/team": "a"}}, {}, False),
    ({"StringLike": {"iam:PermissionsBoundary": "*/AdministratorAccess"}}, {"PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess"}, True),
    ({"StringLike": {"iam:PermissionsBoundary": "*/AdministratorAccess"}}, {"PermissionsBoundary": "arn:aws:iam::aws:policy/PowerUserAccess"}, False),
    ({"StringLike": {"iam:PermissionsBoundary": "*/AdministratorAccess"}}, {}, False),
], ids=str)
def test_conditions_see_what_a_call_says(user_of, condition, arguments, allowed):
    client = user_of(statement("Allow", "iam:CreateUser", Condition=condition))
    assert may(client("iam").create_user, UserName=fresh("new"), **arguments) == allowed


def test_conditions_see_which_policy_is_attached_and_whose_tags(iam, user_of):
    only = {"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/IAMReadOnlyAccess"}}
    client, target = user_of(statement("Allow", "iam:AttachUserPolicy", Condition=only)), fresh("user")
    iam.create_user(UserName=target, Tags=[{"Key": "team", "Value": "a"}])
    attach = client("iam").attach_user_policy
    assert may(attach, UserName=target, PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
    assert not may(attach, UserName=target, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    tagged = user_of(statement("Allow", "iam:GetUser", Condition={"StringEquals": {"aws:ResourceTag/team": "a"}}))
    assert may(tagged("iam").get_user, UserName=target) and not may(tagged("iam").get_user, UserName=client.user)


def test_an_inactive_or_deleted_key_signs_no_more(iam, user_of):
    client = user_of(EVERYTHING)
    assert may(client().get_rest_apis)
    iam.update_access_key(UserName=client.user, AccessKeyId=client.key["AccessKeyId"], Status="Inactive")
    with refused("UnrecognizedClientException", status=403):
        client().get_rest_apis()
    with refused("InvalidClientTokenId", "The security token included in the request is invalid.", 403):
        client("sts").get_caller_identity()
    iam.update_access_key(UserName=client.user, AccessKeyId=client.key["AccessKeyId"], Status="Active")
    assert may(client().get_rest_apis)
    iam.delete_access_key(UserName=client.user, AccessKeyId=client.key["AccessKeyId"])
    with refused("InvalidClientTokenId", status=403):
        client("iam").list_users()


def test_a_renamed_user_keeps_its_keys_groups_and_policies(iam, user_of):
    client, group = user_of(), fresh("group")
    iam.create_group(GroupName=group)
    iam.add_user_to_group(GroupName=group, UserName=client.user)
    arn = iam.create_policy(PolicyName=fresh("managed"), PolicyDocument=GET)["Policy"]["Arn"]
    iam.attach_user_policy(UserName=client.user, PolicyArn=arn)
    iam.put_user_permissions_boundary(UserName=client.user, PermissionsBoundary=arn)
    iam.update_user(UserName=client.user, NewUserName=client.user + "-renamed", NewPath="/new/")
    assert may(client().get_rest_apis)
    renamed = client.user + "-renamed"
    assert client("sts").get_caller_identity()["Arn"].endswith(f":user/new/{renamed}")
    assert [user["UserName"] for user in iam.get_group(GroupName=group)["Users"]] == [renamed]
    assert [user["UserName"] for user in iam.list_entities_for_policy(PolicyArn=arn)["PolicyUsers"]] == [renamed]
    found = iam.get_policy(PolicyArn=arn)["Policy"]
    assert (found["AttachmentCount"], found["PermissionsBoundaryUsageCount"]) == (1, 1)
    last = iam.get_access_key_last_used(AccessKeyId=client.key["AccessKeyId"])
    assert last["UserName"] == renamed and last["AccessKeyLastUsed"]["ServiceName"] == "sts"


def test_users_of_the_settings_stand_beside_stored_ones(start):
    policy = json.dumps(json.loads(EVERYTHING)).replace('"', '\\"')
    gateway = start('[users.ann]\naccess_key_id = "AKIAANN0000000000000"\n'
                    f'secret_access_key = "wJalrXUtnFEMI/K7MDENG"\npolicy = "{policy}"\n')
    ann = dict(access_key="AKIAANN0000000000000", secret_key="wJalrXUtnFEMI/K7MDENG")
    iam = gateway.client(service="iam", **ann)
    with refused("EntityAlreadyExists"):
        iam.create_user(UserName="ann")
    iam.create_user(UserName="bob")
    key = iam.create_access_key(UserName="bob")["AccessKey"]
    bob = gateway.client(service="sts", access_key=key["AccessKeyId"], secret_key=key["SecretAccessKey"])
    assert bob.get_caller_identity()["Arn"].endswith(":user/bob")
    assert gateway.client(service="sts", **ann).get_caller_identity()["Arn"].endswith(":user/ann")
