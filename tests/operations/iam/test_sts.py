"""Sessions: who gets one, what it may do, and when it ends."""

import time
import urllib.request

import boto3
import botocore.session
import pytest
from botocore.config import Config
from operations.iam.conftest import ACCOUNT, fresh, refused, statement, trust

EVERYTHING = statement("Allow", "*")
ASSUME = statement("Allow", "sts:AssumeRole")
STS = botocore.session.get_session().get_service_model("sts")
SERVED = {"AssumeRole", "GetCallerIdentity", "GetSessionToken", "GetFederationToken"}


@pytest.fixture
def with_session(gateway):
    """Makes a client of a session."""

    def make(credentials, service="apigateway"):
        return boto3.client(
            service, region_name="us-east-1", endpoint_url=gateway.control_url,
            aws_access_key_id=credentials["AccessKeyId"], aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials["SessionToken"], config=Config(retries={"total_max_attempts": 1}))

    return make


@pytest.fixture
def role_of(iam):
    """Makes a role with a trust policy and inline policies; answers its ARN."""

    def make(trusting, *documents, **more):
        name = fresh("role")
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusting, **more)["Role"]["Arn"]
        for number, document in enumerate(documents):
            iam.put_role_policy(RoleName=name, PolicyName=f"p{number}", PolicyDocument=document)
        return arn

    return make


def user_arn(client):
    """The ARN of a user."""
    return f"arn:aws:iam::{ACCOUNT}:user/{client.user}"


def test_a_session_of_a_role_may_do_what_the_role_may(iam, user_of, role_of, with_session):
    client = user_of(ASSUME)
    arn = role_of(trust({"AWS": ACCOUNT}), statement("Allow", "apigateway:GET"), Path="/ci/")
    made = client("sts").assume_role(RoleArn=arn, RoleSessionName="nightly")
    name = arn.rsplit("/", 1)[1]
    assert made["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/nightly"
    assert made["AssumedRoleUser"]["AssumedRoleId"] == iam.get_role(RoleName=name)["Role"]["RoleId"] + ":nightly"
    credentials = made["Credentials"]
    assert credentials["AccessKeyId"].startswith("ASIA")
    assert 3500 < credentials["Expiration"].timestamp() - time.time() <= 3600
    who = with_session(credentials, "sts").get_caller_identity()
    assert (who["Arn"], who["UserId"]) == (made["AssumedRoleUser"]["Arn"], made["AssumedRoleUser"]["AssumedRoleId"])
    with_session(credentials).get_rest_apis()
    with refused("AccessDeniedException", f"User: {made['AssumedRoleUser']['Arn']} is not authorized .*"):
        with_session(credentials).create_rest_api(name="x")
    # A role is asked anew at every call.
    iam.put_role_policy(RoleName=name, PolicyName="more", PolicyDocument=EVERYTHING)
    with_session(credentials).create_rest_api(name="x")


@pytest.mark.parametrize(("principal", "policy", "allowed"), [
    ("{user}", None, True),
    ("{account}", ASSUME, True),
    ("{account}", None, False),
    ("*", None, True),
    ("arn:aws:iam::000000000000:user/somebody-else", ASSUME, False),
    ("111111111111", ASSUME, False),
    ("{user}", statement("Deny", "sts:AssumeRole"), False),
], ids=str)
def test_the_role_must_trust_and_the_account_must_let(user_of, role_of, principal, policy, allowed):
    client = user_of(*[policy] if policy else [])
    principal = principal.format(user=user_arn(client), account=ACCOUNT)
    arn = role_of(trust(principal if principal == "*" else {"AWS": principal}))
    if allowed:
        client("sts").assume_role(RoleArn=arn, RoleSessionName="ci")
        return
    with refused("AccessDenied", f"User: {user_arn(client)} is not authorized to perform: sts:AssumeRole on resource: {arn}", 403):
        client("sts").assume_role(RoleArn=arn, RoleSessionName="ci")


def test_a_trust_policy_may_ask_for_an_external_id_and_a_name(user_of, role_of):
    client = user_of(ASSUME)
    arn = role_of(trust({"AWS": ACCOUNT}, StringEquals={"sts:ExternalId": "e-1", "sts:RoleSessionName": "ci"}))
    sts = client("sts")
    sts.assume_role(RoleArn=arn, RoleSessionName="ci", ExternalId="e-1")
    for wrong in ({"ExternalId": "e-2"}, {}, {"ExternalId": "e-1", "RoleSessionName": "other"}):
        with refused("AccessDenied"):
            sts.assume_role(**{"RoleArn": arn, "RoleSessionName": "ci", **wrong})


def test_tags_need_leave_and_are_the_sessions(user_of, role_of, with_session):
    client = user_of(statement("Allow", ["sts:AssumeRole", "sts:TagSession"]))
    tagged = statement("Allow", "apigateway:GET", Condition={"StringEquals": {"aws:PrincipalTag/team": "a"}})
    plain = role_of(trust({"AWS": ACCOUNT}), tagged)
    tags = [{"Key": "team", "Value": "a"}]
    with refused("AccessDenied", ".* sts:TagSession .*"):
        client("sts").assume_role(RoleArn=plain, RoleSessionName="ci", Tags=tags)
    arn = role_of(trust({"AWS": ACCOUNT}, action=["sts:AssumeRole", "sts:TagSession"]), tagged)
    made = client("sts").assume_role(RoleArn=arn, RoleSessionName="ci", Tags=tags)
    with_session(made["Credentials"]).get_rest_apis()
    made = client("sts").assume_role(RoleArn=arn, RoleSessionName="ci")
    with refused("AccessDeniedException"):
        with_session(made["Credentials"]).get_rest_apis()


def test_tags_count_towards_the_size_of_a_token(user_of, role_of):
    both = ["sts:AssumeRole", "sts:TagSession"]
    client, arn = user_of(statement("Allow", both)), role_of(trust({"AWS": ACCOUNT}, action=both))
    tags = [{"Key": f"{number:0128}", "Value": "v" * 256} for number in range(12)]
    with refused("PackedPolicyTooLarge", r"Packed policy consumes 11\d% of allotted space, please use smaller policy.", 400):
        client("sts").assume_role(RoleArn=arn, RoleSessionName="ci", Tags=tags)
    assert client("sts").assume_role(RoleArn=arn, RoleSessionName="ci", Tags=tags[:5])["PackedPolicySize"] == 46


def test_session_policies_limit_a_session(iam, user_of, role_of, with_session):
    client, arn = user_of(ASSUME), role_of(trust({"AWS": ACCOUNT}), EVERYTHING)
    get = statement("Allow", "apigateway:GET")
    managed = iam.create_policy(PolicyName=fresh("session"), PolicyDocument=get)["Policy"]["Arn"]
    for limit in ({"Policy": get}, {"PolicyArns": [{"arn": managed}]}):
        made = client("sts").assume_role(RoleArn=arn, RoleSessionName="ci", **limit)
        assert made["PackedPolicySize"] >= 0
        with_session(made["Credentials"]).get_rest_apis()
        with refused("AccessDeniedException", ".* because no session policy allows the apigateway:POST action"):
            with_session(made["Credentials"]).create_rest_api(name="x")
    for code, limit in (("MalformedPolicyDocument", {"Policy": "{}"}),
                        ("MalformedPolicyDocument", {"PolicyArns": [{"arn": managed + "x"}]}),
                        ("PackedPolicyTooLarge", {"Policy": get + " " * 5000})):
        with refused(code, status=400):
            client("sts").assume_role(RoleArn=arn, RoleSessionName="ci", **limit)


def test_how_long_a_session_may_be(user_of, role_of, with_session):
    client = user_of(ASSUME)
    arn = role_of(trust({"AWS": "*"}), ASSUME, MaxSessionDuration=7200)
    long = client("sts").assume_role(RoleArn=arn, RoleSessionName="ci", DurationSeconds=7200)
    assert long["Credentials"]["Expiration"].timestamp() - time.time() > 7100
    exceeds = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    with refused("ValidationError", exceeds, 400):
        client("sts").assume_role(RoleArn=arn, RoleSessionName="ci", DurationSeconds=7201)
    chained = with_session(long["Credentials"], "sts")
    chained.assume_role(RoleArn=arn, RoleSessionName="again")
    with refused("ValidationError", ".*1 hour session limit for roles assumed by role chaining."):
        chained.assume_role(RoleArn=arn, RoleSessionName="again", DurationSeconds=3601)
    with refused("ValidationError", "1 validation error detected: Value '43201' at 'durationSeconds' failed .*"):
        client("sts").assume_role(RoleArn=arn, RoleSessionName="ci", DurationSeconds=43_201)


def test_root_assumes_no_role(gateway, role_of):
    with refused("AccessDenied", "Roles may not be assumed by root accounts.", 403):
        gateway.client(service="sts").assume_role(RoleArn=role_of(trust({"AWS": ACCOUNT})), RoleSessionName="ci")


def test_a_session_ends_with_its_role(iam, user_of, role_of, with_session):
    client, arn = user_of(ASSUME), role_of(trust({"AWS": ACCOUNT}))
    credentials = client("sts").assume_role(RoleArn=arn, RoleSessionName="ci")["Credentials"]
    with_session(credentials, "sts").get_caller_identity()
    name = arn.rsplit("/", 1)[1]
    iam.delete_role(RoleName=name)
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust({"AWS": ACCOUNT}))
    with refused("InvalidClientTokenId", status=403):
        with_session(credentials, "sts").get_caller_identity()


def test_a_session_of_a_user_is_the_user_but_for_iam(user_of, with_session):
    client = user_of(EVERYTHING)
    credentials = client("sts").get_session_token()["Credentials"]
    assert credentials["Expiration"].timestamp() - time.time() > 43_000
    assert with_session(credentials, "sts").get_caller_identity()["Arn"] == user_arn(client)
    with_session(credentials).get_rest_apis()
    with refused("InvalidClientTokenId", status=403):
        with_session(credentials, "iam").list_users()
    with refused("AccessDenied", "Cannot call GetSessionToken with session credentials", 403):
        with_session(credentials, "sts").get_session_token()


def test_a_federated_user_has_what_both_allow(user_of, with_session):
    client = user_of(statement("Allow", ["apigateway:*", "sts:GetFederationToken"]))
    token = client("sts").get_federation_token(Name="visitor", Policy=statement("Allow", ["apigateway:GET", "lambda:*"]))
    assert token["FederatedUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:federated-user/visitor"
    credentials = token["Credentials"]
    assert with_session(credentials, "sts").get_caller_identity()["UserId"] == f"{ACCOUNT}:visitor"
    with_session(credentials).get_rest_apis()
    for service, call in (("apigateway", lambda it: it.create_rest_api(name="x")), ("lambda", lambda it: it.list_functions())):
        with refused("AccessDeniedException"):
            call(with_session(credentials, service))
    nothing = client("sts").get_federation_token(Name="visitor")["Credentials"]
    with refused("AccessDeniedException"):
        with_session(nothing).get_rest_apis()
    with refused("AccessDenied"):
        user_of()("sts").get_federation_token(Name="visitor")


def test_root_vouches_and_has_sessions_too(gateway, with_session):
    sts = gateway.client(service="sts")
    itself = sts.get_session_token(DurationSeconds=36_000)["Credentials"]
    assert itself["Expiration"].timestamp() - time.time() <= 3600
    assert with_session(itself, "sts").get_caller_identity() | {"ResponseMetadata": 0} == {
        "Arn": f"arn:aws:iam::{ACCOUNT}:root", "UserId": ACCOUNT, "Account": ACCOUNT, "ResponseMetadata": 0}
    visitor = sts.get_federation_token(Name="visitor", Policy=statement("Allow", "apigateway:GET"))["Credentials"]
    with_session(visitor).get_rest_apis()
    with refused("AccessDeniedException"):
        with_session(visitor).create_rest_api(name="x")


def test_tokens_and_keys_belong_together(user_of, role_of, with_session):
    client, arn = user_of(ASSUME), role_of(trust({"AWS": ACCOUNT}), EVERYTHING)
    one, two = (client("sts").assume_role(RoleArn=arn, RoleSessionName="ci")["Credentials"] for _ in range(2))
    mixed = {**one, "SessionToken": two["SessionToken"]}
    changed = {**one, "SessionToken": one["SessionToken"][:-8] + "AAAAAAA="}
    borrowed = {**client.key, "SessionToken": one["SessionToken"]}
    for wrong in (mixed, changed, borrowed, {**one, "SessionToken": "x"}):
        with refused("UnrecognizedClientException", status=403):
            with_session(wrong).get_rest_apis()
    with refused("InvalidSignatureException", status=403):
        with_session({**one, "SecretAccessKey": two["SecretAccessKey"]}).get_rest_apis()


@pytest.mark.parametrize("name", sorted(set(STS.operation_names) - SERVED))
def test_what_is_not_served_is_refused_by_name(gateway, name):
    client = gateway.client(service="sts")
    is_signed = STS.operation_model(name).auth_type != "none"
    expected = ("InvalidAction", f"Could not find operation {name} for version 2011-06-15", 400)
    with refused(*(expected if is_signed else ("MissingAuthenticationToken", None, 403))):
        client._make_api_call(name, minimal(STS.operation_model(name).input_shape))  # pylint: disable=protected-access


def minimal(shape):
    """Some value of a shape."""
    if shape.type_name == "structure":
        return {name: minimal(member) for name, member in shape.members.items() if name in shape.required_members}
    if shape.type_name == "list":
        return [minimal(shape.member)]
    return {"string": "a" * max(20, shape.metadata.get("min", 1)), "integer": shape.metadata.get("min", 1)}[shape.type_name]


def test_mfa_is_refused_rather_than_ignored(user_of):
    with refused("ValidationError", "The parameter SerialNumber is not served .*"):
        user_of(EVERYTHING)("sts").get_session_token(SerialNumber="arn:aws:iam::000000000000:mfa/x", TokenCode="123456")


def test_who_calls_may_be_asked_by_a_presigned_url(gateway, user_of):
    client = user_of()
    url = client("sts").generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")
    with urllib.request.urlopen(url) as page:
        text = page.read().decode()
    assert f"<Arn>{user_arn(client)}</Arn>" in text and "GetCallerIdentityResult" in text


