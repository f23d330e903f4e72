"""IAM's operations: a call of each that succeeds, and one for each error that AWS documents.

`{thing}` is made when it is needed (see `conftest.Things`); `needs` makes things that the call does not name.
"""

from operations.iam.conftest import ALLOW, TRUST

NOBODY = "nobody-at-all"
NO_POLICY = "arn:aws:iam::000000000000:policy/nobody-at-all"
BROKEN = '{"Version": "2012-10-17", "Statement": [{"Effect": "Perhaps"}]}'
LONG = ALLOW.replace('"apigateway:*"', '["' + '","'.join(f"apigateway:{'a' * 200}{n}" for n in range(60)) + '"]')
TWO = [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]
TAGS = [{"Key": "team", "Value": "a b"}]
NO_USER = {"NoSuchEntity": {"with": {"UserName": NOBODY}, "message": f"The user with name {NOBODY} cannot be found."}}
NO_GROUP = {"NoSuchEntity": {"with": {"GroupName": NOBODY}, "message": f"The group with name {NOBODY} cannot be found."}}
NO_ROLE = {"NoSuchEntity": {"with": {"RoleName": NOBODY}, "message": f"The role with name {NOBODY} cannot be found."}}
NO_ARN = {
    "NoSuchEntity": {"with": {"PolicyArn": NO_POLICY}, "message": f"Policy {NO_POLICY} was not found."},
    "InvalidInput": {"with": {"PolicyArn": "arn:aws:iam::0:policy/x"}, "message": "ARN arn:.* is not valid."},
}
MALFORMED = {"MalformedPolicyDocument": {"with": {"PolicyDocument": BROKEN}, "message": "Syntax errors in policy.*"}}
USER, GROUP, ROLE, POLICY = {"UserName": "{user}"}, {"GroupName": "{group}"}, {"RoleName": "{role}"}, {"PolicyArn": "{policy}"}
NO_VERSION = {"NoSuchEntity": {"with": {"VersionId": "v9"}}, "InvalidInput": NO_ARN["InvalidInput"]}
AWS_OWN = {"with": {"PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}}


def row(call, refused=None, needs=()):
    """One row."""
    return {"call": call, "refused": refused or {}, "needs": needs}


def inline(kind, named, missing):
    """The rows of inline policies."""
    policy = {**named, "PolicyName": "inline"}
    made = (f"inline_{kind.lower()}",)
    absent = {"NoSuchEntity": {"with": {"PolicyName": NOBODY}, "message": f"The {kind.lower()} policy with name {NOBODY} cannot be found."}}
    return {
        f"Put{kind}Policy": row({**policy, "PolicyDocument": ALLOW}, {
            **missing, **MALFORMED, "LimitExceeded": {"with": {"PolicyDocument": LONG}, "message": f"Maximum policy size of \\d+ bytes exceeded for {kind.lower()} .*"}}),
        f"Get{kind}Policy": row(policy, absent, made),
        f"List{kind}Policies": row(named, missing, made),
        f"Delete{kind}Policy": row(policy, absent, made),
    }


def attached(kind, named, missing):
    """The rows of attached policies."""
    both, made = {**named, **POLICY}, (f"attached_{kind.lower()}",)
    odd = {"with": {"PolicyArn": "arn:aws:iam::000000000000:user/x"}, "message": "ARN .* is not valid."}
    return {
        f"Attach{kind}Policy": row(both, {
            "NoSuchEntity": {"with": {"PolicyArn": NO_POLICY}, "message": f"Policy {NO_POLICY} does not exist or is not attachable."},
            "ValidationError": odd}),
        f"Detach{kind}Policy": row(both, {
            "NoSuchEntity": {"with": {"PolicyArn": NO_POLICY}, "message": f"Policy {NO_POLICY} was not found."}, "ValidationError": odd}, made),
        f"ListAttached{kind}Policies": row(named, missing, made),
    }


def tagged(kind, named, missing):
    """The rows of tags."""
    plural = f"{kind}"
    return {
        f"Tag{plural}": row({**named, "Tags": TAGS}, {
            **missing,
            "InvalidInput": {"with": {"Tags": TWO}, "message": "Duplicate tag keys found.*"},
            "LimitExceeded": {"needs": (f"tagged_{kind.lower()}",), "with": {"Tags": TAGS}, "message": "The number of tags has reached the maximum limit of 50."}}),
        f"Untag{plural}": row({**named, "TagKeys": ["team"]}, missing),
        f"List{plural}Tags": row(named, missing),
    }


def bounded(kind, named, missing):
    """The rows of permissions boundaries."""
    return {
        f"Put{kind}PermissionsBoundary": row({**named, "PermissionsBoundary": "{policy}"}, {
            **missing, "InvalidInput": {"with": {"PermissionsBoundary": "arn:aws:iam::aws:user/x"}, "message": "ARN .* is not valid."}}),
        f"Delete{kind}PermissionsBoundary": row(named, missing, (f"bounded_{kind.lower()}",)),
    }


ROWS = {
    "CreateUser": row({"UserName": "{fresh}", "Path": "/a/b/", "Tags": TAGS, "PermissionsBoundary": "{policy}"}, {
        "EntityAlreadyExists": {"with": {"UserName": "{user}"}, "message": "User with name .* already exists."},
        "NoSuchEntity": {"with": {"PermissionsBoundary": NO_POLICY}},
        "InvalidInput": {"with": {"Tags": TWO}},
        "LimitExceeded": {"quota": "iam_users_count"}}),
    "GetUser": row(USER, NO_USER),
    "ListUsers": row({"PathPrefix": "/"}),
    "UpdateUser": row({**USER, "NewUserName": "{fresh}", "NewPath": "/new/"}, {
        **NO_USER, "EntityAlreadyExists": {"needs": ("key",), "with": {"NewUserName": "{bystander}"}}}),
    "DeleteUser": row(USER, {
        **NO_USER, "DeleteConflict": {"needs": ("key",), "with": {}, "message": "Cannot delete entity, must delete access keys first."}}),
    "CreateAccessKey": row(USER, {
        **NO_USER, "LimitExceeded": {"needs": ("second_key",), "with": {}, "message": "Cannot exceed quota for AccessKeysPerUser: 2"}}),
    "ListAccessKeys": row(USER, NO_USER, ("key",)),
    "UpdateAccessKey": row({**USER, "AccessKeyId": "{key}", "Status": "Inactive"}, {
        "NoSuchEntity": {"with": {"AccessKeyId": "AKIA0000000000000000"}, "message": "The Access Key with id AKIA0000000000000000 cannot be found."},
        "InvalidInput": {"with": {"Status": "Expired"}}}),
    "DeleteAccessKey": row({**USER, "AccessKeyId": "{key}"}, {
        "NoSuchEntity": {"with": {"AccessKeyId": "AKIA0000000000000000"}}}),
    "GetAccessKeyLastUsed": row({"AccessKeyId": "{key}"}, {"NoSuchEntity": {"with": {"AccessKeyId": "AKIA0000000000000000"}}}),
    "CreateGroup": row({"GroupName": "{fresh}", "Path": "/g/"}, {
        "EntityAlreadyExists": {"with": {"GroupName": "{group}"}, "message": "Group with name .* already exists."},
        "LimitExceeded": {"quota": "iam_groups_count"}}),
    "GetGroup": row(GROUP, NO_GROUP, ("member",)),
    "ListGroups": row({}),
    "UpdateGroup": row({**GROUP, "NewGroupName": "{fresh}", "NewPath": "/new/"}, {
        **NO_GROUP, "EntityAlreadyExists": {"with": {"NewGroupName": "{second_group}"}}}, ("member",)),
    "DeleteGroup": row(GROUP, {
        **NO_GROUP, "DeleteConflict": {"needs": ("member",), "with": {}, "message": "Cannot delete entity, must remove users from group first."}}),
    "AddUserToGroup": row({**GROUP, **USER}, {**NO_GROUP, "LimitExceeded": {"quota": "iam_groups_of_a_user_count"}}),
    "RemoveUserFromGroup": row({**GROUP, **USER}, NO_GROUP, ("member",)),
    "ListGroupsForUser": row(USER, NO_USER, ("member",)),
    "CreateRole": row({"RoleName": "{fresh}", "AssumeRolePolicyDocument": TRUST, "Description": "d", "MaxSessionDuration": 7200, "Tags": TAGS, "Path": "/r/"}, {
        "EntityAlreadyExists": {"with": {"RoleName": "{role}"}, "message": "Role with name .* already exists."},
        "MalformedPolicyDocument": {"with": {"AssumeRolePolicyDocument": ALLOW}},
        "InvalidInput": {"with": {"Tags": TWO}},
        "LimitExceeded": {"quota": "iam_roles_count"}}),
    "GetRole": row(ROLE, NO_ROLE),
    "ListRoles": row({"PathPrefix": "/"}),
    "UpdateRole": row({**ROLE, "Description": "new", "MaxSessionDuration": 3600}, NO_ROLE),
    "UpdateRoleDescription": row({**ROLE, "Description": "new"}, NO_ROLE),
    "UpdateAssumeRolePolicy": row({**ROLE, "PolicyDocument": TRUST}, {
        **NO_ROLE, **MALFORMED, "LimitExceeded": {"with": {"PolicyDocument": TRUST.replace("000000000000", "0" * 12 + '", "' + '", "'.join(f"{n:012}" for n in range(200))).replace('"AWS": "', '"AWS": ["').replace('000199"', '000199"]')}}}),
    "DeleteRole": row(ROLE, {
        **NO_ROLE, "DeleteConflict": {"needs": ("attached_role",), "with": {}, "message": "Cannot delete entity, must detach all policies first."}}),
    **inline("User", USER, NO_USER), **inline("Group", GROUP, NO_GROUP), **inline("Role", ROLE, NO_ROLE),
    "CreatePolicy": row({"PolicyName": "{fresh}", "PolicyDocument": ALLOW, "Path": "/p/", "Description": "d", "Tags": TAGS}, {
        "EntityAlreadyExists": {"with": {"PolicyName": "{policy_name}"}, "message": "A policy called .* already exists. Duplicate names are not allowed."},
        **MALFORMED, "InvalidInput": {"with": {"Tags": TWO}},
        "LimitExceeded": {"with": {"PolicyDocument": LONG}, "message": "Cannot exceed quota for PolicySize: 6144"}}),
    "GetPolicy": row(POLICY, NO_ARN),
    "ListPolicies": row({"Scope": "Local"}),
    "DeletePolicy": row(POLICY, {
        **NO_ARN, "DeleteConflict": {"needs": ("attached_user",), "with": {}, "message": "Cannot delete a policy attached to entities."}}),
    "ListEntitiesForPolicy": row(POLICY, {
        "NoSuchEntity": {"with": {"PolicyArn": NO_POLICY}}, "ValidationError": {"with": {"PolicyArn": "arn:aws:iam::0:policy/x"}}}, ("attached_user", "attached_group", "bounded_role")),
    "CreatePolicyVersion": row({**POLICY, "PolicyDocument": ALLOW, "SetAsDefault": True}, {
        **NO_ARN, **MALFORMED, "LimitExceeded": {"needs": ("five_versions",), "with": {}, "message": "A managed policy can have up to 5 versions.*"},
        "InvalidInput": AWS_OWN}),
    "GetPolicyVersion": row({**POLICY, "VersionId": "v1"}, NO_VERSION),
    "ListPolicyVersions": row(POLICY, NO_ARN, ("second_version",)),
    "SetDefaultPolicyVersion": row({**POLICY, "VersionId": "{second_version}"}, NO_VERSION),
    "DeletePolicyVersion": row({**POLICY, "VersionId": "{second_version}"}, {
        **NO_VERSION, "DeleteConflict": {"with": {"VersionId": "v1"}, "message": "Cannot delete the default version of a policy."}}),
    **attached("User", USER, NO_USER), **attached("Group", GROUP, NO_GROUP), **attached("Role", ROLE, NO_ROLE),
    **bounded("User", USER, NO_USER), **bounded("Role", ROLE, NO_ROLE),
    **tagged("User", USER, NO_USER), **tagged("Role", ROLE, NO_ROLE), **tagged("Policy", POLICY, NO_ARN),
}

# Documented errors that cannot happen here, and why.
EVERYWHERE = {
    "ServiceFailure": "a store that fails is what makes it",
    "ConcurrentModification": "a lost race is run again",
    "EntityTemporarilyUnmodifiable": "what was made is there at once",
    "UnmodifiableEntity": "AWS makes service-linked roles, nobody does here",
    "PolicyNotAttachable": "every policy that is there can be attached",
}
NEVER = {
    "LimitExceeded": "nothing is added" , "InvalidInput": "nothing but names and checked texts are read",
    "NoSuchEntity": "nothing else is looked up",
}
SILENT = {
    "LimitExceeded": {"UpdateUser", "DeleteUser", "UpdateAccessKey", "DeleteAccessKey", "UpdateGroup", "DeleteGroup",
                      "RemoveUserFromGroup", "DeleteRole", "DeletePolicy", "SetDefaultPolicyVersion", "DeletePolicyVersion",
                      "DeleteUserPolicy", "DeleteGroupPolicy", "DeleteRolePolicy", "DetachUserPolicy", "DetachGroupPolicy",
                      "DetachRolePolicy", "AttachUserPolicy", "AttachGroupPolicy", "AttachRolePolicy"},
    "NoSuchEntity": {"CreateGroup"},
    # An ARN out of form is a ValidationError there, as on AWS.
    "InvalidInput": {"AttachUserPolicy", "AttachGroupPolicy", "AttachRolePolicy", "DetachUserPolicy", "DetachGroupPolicy",
                     "DetachRolePolicy", "ListAttachedUserPolicies", "ListAttachedGroupPolicies",
                     "ListAttachedRolePolicies", "ListEntitiesForPolicy"},
}
