"""Fixtures of IAM's tests: clients of both services, and things that calls need."""

import contextlib
import json
import re
import secrets

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "000000000000"


def statement(effect, action, resource="*", **more):
    """A policy of one statement."""
    return json.dumps({"Version": "2012-10-17",
                       "Statement": [{"Effect": effect, "Action": action, "Resource": resource, **more}]})


def trust(principal, action="sts:AssumeRole", **condition):
    """A trust policy."""
    more = {"Condition": condition} if condition else {}
    return json.dumps({"Version": "2012-10-17",
                       "Statement": [{"Effect": "Allow", "Principal": principal, "Action": action, **more}]})


ALLOW = statement("Allow", "apigateway:*")
TRUST = trust({"AWS": ACCOUNT})


@contextlib.contextmanager
def refused(code, message=None, status=None):
    """The block raises a ClientError with this code; `message` is a regular expression for the whole text."""
    with pytest.raises(ClientError) as caught:
        yield
    response = caught.value.response
    assert response["Error"]["Code"] == code, response["Error"]
    if message is not None:
        assert re.fullmatch(message, response["Error"]["Message"], re.DOTALL), response["Error"]["Message"]
    if status is not None:
        assert response["ResponseMetadata"]["HTTPStatusCode"] == status
    headers = response["ResponseMetadata"]["HTTPHeaders"]
    assert response["ResponseMetadata"].get("RequestId", headers["x-amzn-requestid"]) == headers["x-amzn-requestid"]


def fresh(kind="x"):
    """A name that nobody has."""
    return f"{kind}-{secrets.token_hex(5)}"


class Things:
    """Makes what calls need, each once, and fills their names in."""

    def __init__(self, iam):
        self.iam, self.made = iam, {}

    def get(self, name):
        """One thing, made at its first use."""
        if name not in self.made:
            self.made[name] = getattr(self, name)()
        return self.made[name]

    def fill(self, value):
        """The value with `{thing}` replaced, however deep."""
        if isinstance(value, dict):
            return {key: self.fill(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        if isinstance(value, str):
            return re.sub(r"\{(\w+)\}", lambda found: str(self.get(found[1])), value)
        return value

    def fresh(self):
        return fresh()

    def user(self):
        name = fresh("user")
        self.iam.create_user(UserName=name)
        return name

    def group(self):
        name = fresh("group")
        self.iam.create_group(GroupName=name)
        return name

    def role(self):
        name = fresh("role")
        self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
        return name

    def policy(self):
        return self.iam.create_policy(PolicyName=fresh("policy"), PolicyDocument=ALLOW)["Policy"]["Arn"]

    def policy_name(self):
        return self.get("policy").rsplit("/", 1)[1]

    def key(self):
        return self.iam.create_access_key(UserName=self.get("user"))["AccessKey"]["AccessKeyId"]

    def second_key(self):
        self.get("key")
        return self.iam.create_access_key(UserName=self.get("user"))["AccessKey"]["AccessKeyId"]

    def member(self):
        self.iam.add_user_to_group(UserName=self.get("user"), GroupName=self.get("group"))
        return self.get("user")

    def second_version(self):
        made = self.iam.create_policy_version(PolicyArn=self.get("policy"), PolicyDocument=ALLOW)
        return made["PolicyVersion"]["VersionId"]

    def five_versions(self):
        for _ in range(4):
            self.iam.create_policy_version(PolicyArn=self.get("policy"), PolicyDocument=ALLOW)
        return 5

    def bounded_user(self):
        self.iam.put_user_permissions_boundary(UserName=self.get("user"), PermissionsBoundary=self.get("policy"))
        return self.get("user")

    def bounded_role(self):
        self.iam.put_role_permissions_boundary(RoleName=self.get("role"), PermissionsBoundary=self.get("policy"))
        return self.get("role")

    def attached_user(self):
        self.iam.attach_user_policy(UserName=self.get("user"), PolicyArn=self.get("policy"))
        return self.get("user")

    def attached_group(self):
        self.iam.attach_group_policy(GroupName=self.get("group"), PolicyArn=self.get("policy"))
        return self.get("group")

    def attached_role(self):
        self.iam.attach_role_policy(RoleName=self.get("role"), PolicyArn=self.get("policy"))
        return self.get("role")

    def inline_user(self):
        self.iam.put_user_policy(UserName=self.get("user"), PolicyName="inline", PolicyDocument=ALLOW)
        return self.get("user")

    def inline_group(self):
        self.iam.put_group_policy(GroupName=self.get("group"), PolicyName="inline", PolicyDocument=ALLOW)
        return self.get("group")

    def inline_role(self):
        self.iam.put_role_policy(RoleName=self.get("role"), PolicyName="inline", PolicyDocument=ALLOW)
        return self.get("role")

    def tagged_user(self):
        self.iam.tag_user(UserName=self.get("user"), Tags=[{"Key": str(n), "Value": ""} for n in range(50)])
        return self.get("user")

    def tagged_role(self):
        self.iam.tag_role(RoleName=self.get("role"), Tags=[{"Key": str(n), "Value": ""} for n in range(50)])
        return self.get("role")

    def tagged_policy(self):
        self.iam.tag_policy(PolicyArn=self.get("policy"), Tags=[{"Key": str(n), "Value": ""} for n in range(50)])
        return self.get("policy")


@pytest.fixture
def iam(gateway):
    """A client of IAM with the root credential."""
    return gateway.client(service="iam")


@pytest.fixture
def things(iam):
    """What calls need."""
    return Things(iam)


@pytest.fixture
def user_of(gateway, iam):
    """Makes a user with inline policies; answers a function that makes its clients."""

    def make(*documents, name=None):
        name = name or fresh("user")
        if not any(user["UserName"] == name for user in iam.list_users(MaxItems=1000)["Users"]):
            iam.create_user(UserName=name)
        for number, document in enumerate(documents):
            iam.put_user_policy(UserName=name, PolicyName=f"p{number}", PolicyDocument=document)
        key = iam.create_access_key(UserName=name)["AccessKey"]

        def client(service="apigateway", **options):
            return gateway.client(
                service=service, access_key=key["AccessKeyId"], secret_key=key["SecretAccessKey"], **options)

        client.user, client.key = name, key
        return client

    return make
