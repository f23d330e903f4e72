"""Secrets at rest, the key that seals them, restarts, accounts beside each other, and races."""

import base64
import concurrent.futures
import os
import pathlib
import stat

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from harness.process import Stagegate
from operations.iam.conftest import ACCOUNT, refused, statement, trust

EVERYTHING = statement("Allow", "*")
REGIONAL = {"endpointConfiguration": {"types": ["REGIONAL"]},
            "regionalCertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/c"}
OTHER = "111111111111"
SETTINGS = f"""
[accounts.{OTHER}]
access_key_id = "AKIAOTHERROOT0000000"
secret_access_key = "wJalrXUtnFEMI/K7MDENG"
"""
ROOT_OF_OTHER = dict(access_key="AKIAOTHERROOT0000000", secret_key="wJalrXUtnFEMI/K7MDENG")


def settings_user(account):
    """A user of the settings in an account; without one, in the first."""
    named = f'account = "{account}"' if account else ""
    return f"""
[users.cleo]
access_key_id = "AKIACLEO000000000000"
secret_access_key = "wJalrXUtnFEMI/K7MDENG"
policy = '{EVERYTHING}'
{named}
"""


def user(gateway, name="ann", *documents, **root):
    """Makes a user with an access key; answers the key."""
    iam = gateway.client(service="iam", **root)
    iam.create_user(UserName=name)
    for number, document in enumerate(documents):
        iam.put_user_policy(UserName=name, PolicyName=f"p{number}", PolicyDocument=document)
    return iam.create_access_key(UserName=name)["AccessKey"]


def signed_by(gateway, key, service="sts"):
    """A client with an access key, or with a session's."""
    return boto3.client(
        service, region_name="us-east-1", endpoint_url=gateway.control_url, aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"], aws_session_token=key.get("SessionToken"),
        config=Config(retries={"total_max_attempts": 1}))


def files(gateway):
    """Everything in the data directory."""
    return [path for path in pathlib.Path(gateway.data_dir).rglob("*") if path.is_file()]


def test_no_secret_is_on_disk_and_the_key_is_the_owners(start):
    gateway = start()
    key = user(gateway, "ann", EVERYTHING)
    session = signed_by(gateway, key).get_session_token()["Credentials"]
    gateway.terminate()
    for path in files(gateway):
        content = path.read_bytes()
        for secret in (key["SecretAccessKey"], session["SecretAccessKey"], session["SessionToken"]):
            assert secret.encode() not in content, path
            assert base64.b64encode(secret.encode())[:40] not in content, path
    assert any(key["AccessKeyId"].encode() in path.read_bytes() for path in files(gateway)), "the key's id is kept"
    mode = stat.S_IMODE(os.stat(pathlib.Path(gateway.data_dir) / "secret.key").st_mode)
    assert mode == 0o600


def test_a_secret_is_shown_once(gateway):
    iam = gateway.client(service="iam")
    secret = user(gateway, "shown-once")["SecretAccessKey"]
    assert len(secret) == 40
    for answer in (iam.list_access_keys(UserName="shown-once"), iam.get_user(UserName="shown-once")):
        assert secret not in str(answer) and "SecretAccessKey" not in str(answer)


def test_a_restart_keeps_users_and_sessions(start):
    gateway = start()
    key = user(gateway, "ann", EVERYTHING)
    session = signed_by(gateway, key).get_session_token()["Credentials"]
    gateway.terminate()
    gateway.start()
    arn = f"arn:aws:iam::{ACCOUNT}:user/ann"
    assert signed_by(gateway, key).get_caller_identity()["Arn"] == arn
    assert signed_by(gateway, session).get_caller_identity()["Arn"] == arn
    signed_by(gateway, key, "apigateway").get_rest_apis()


def test_a_key_of_the_environment_and_its_rotation(start):
    one, two = (base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2))
    gateway = start(env={"STAGEGATE_SECRET_KEY": one})
    key = user(gateway, "ann", EVERYTHING)
    session = signed_by(gateway, key).get_session_token()["Credentials"]
    assert not (pathlib.Path(gateway.data_dir) / "secret.key").exists()
    gateway.terminate()
    gateway.env = {"STAGEGATE_SECRET_KEY": f"{two},{one}"}
    gateway.start()
    for credential in (key, session):
        signed_by(gateway, credential).get_caller_identity()
    gateway.terminate()
    gateway.env = {"STAGEGATE_SECRET_KEY": two}
    gateway.start()
    for credential in (key, session):
        with refused("InvalidClientTokenId", status=403):
            signed_by(gateway, credential).get_caller_identity()
    assert "an access key cannot be used" in gateway.log()


def test_a_key_that_is_none_stops_the_start(start):
    gateway = start(env={"STAGEGATE_SECRET_KEY": "hunter2"}, ready=False)
    gateway.launch()
    assert gateway.process.wait(15) != 0
    log = gateway.log()
    assert "STAGEGATE_SECRET_KEY is not well-formed" in log and "hunter2" not in log


@pytest.mark.parametrize(("settings", "message"), [
    (SETTINGS.replace(OTHER, ACCOUNT), "is `account_id`, which has its root credential elsewhere"),
    (SETTINGS + SETTINGS.replace(OTHER, "222222222222"), "the account 222222222222 has an access key of somebody else"),
    (SETTINGS + settings_user("333333333333"), "the user `cleo` is in the account 333333333333, which is neither `account_id` "
     f"nor an `[accounts.333333333333]` help: allowed: {ACCOUNT}, {OTHER}"),
], ids=["the first account", "a key twice", "a user of no account"])
def test_accounts_that_cannot_be_told_apart_stop_the_start(start, settings, message):
    gateway = start(settings, ready=False)
    gateway.launch()
    assert gateway.process.wait(15) != 0
    assert message in " ".join(gateway.log().replace("│", " ").split())


def test_an_expired_session_is_refused_by_name(start):
    """The clock cannot be turned, so the token is made by the same key with an end in the past."""
    cryptography = pytest.importorskip("cryptography.hazmat.primitives.ciphers.aead")
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF
    import json

    gateway = start(env={"STAGEGATE_SECRET_KEY": base64.b64encode(b"\1" * 32).decode()})
    user(gateway, "ann", EVERYTHING)
    holder = gateway.client(service="iam").get_user(UserName="ann")["User"]["UserId"]

    def derived(length, info):
        return HKDF(hashes.SHA256(), length, b"stagegate-seal-1", info).derive(b"\1" * 32)

    def session(ends):
        claims = json.dumps({"k": "ASIA0000000000000000", "s": "0123456789abcdef", "h": holder, "w": "s", "i": 1, "x": ends})
        head, nonce = b"\1" + derived(4, b"key id"), os.urandom(12)
        sealed = cryptography.AESGCM(derived(32, b"aes-256-gcm")).encrypt(nonce, claims.encode(), head + b"session token")
        return {"AccessKeyId": "ASIA0000000000000000", "SecretAccessKey": "0123456789abcdef",
                "SessionToken": base64.b64encode(head + nonce + sealed).decode()}

    assert signed_by(gateway, session(4_000_000_000)).get_caller_identity()["UserId"] == holder
    expired = "The security token included in the request is expired"
    with refused("ExpiredToken", expired, 403):
        signed_by(gateway, session(1_000_000_000)).get_caller_identity()
    with refused("ExpiredTokenException", expired, 403):
        signed_by(gateway, session(1_000_000_000), "apigateway").get_rest_apis()


@pytest.fixture(scope="module")
def two_accounts(tmp_path_factory):
    """A process with two accounts."""
    process = Stagegate(tmp_path_factory.mktemp("accounts") / "data", SETTINGS).start()
    yield process
    process.stop()


def test_accounts_do_not_see_each_other(two_accounts):
    here = {service: two_accounts.client(service=service) for service in ("apigateway", "iam", "lambda", "sts")}
    there = {service: two_accounts.client(service=service, **ROOT_OF_OTHER) for service in here}
    assert there["sts"].get_caller_identity()["Account"] == OTHER
    api = there["apigateway"].create_rest_api(name="theirs")["id"]
    there["apigateway"].create_usage_plan(name="theirs")
    there["iam"].create_user(UserName="ann")
    there["iam"].create_role(RoleName="reader", AssumeRolePolicyDocument=trust({"AWS": OTHER}))
    assert there["iam"].get_user(UserName="ann")["User"]["Arn"] == f"arn:aws:iam::{OTHER}:user/ann"
    assert here["apigateway"].get_rest_apis()["items"] == [] and here["apigateway"].get_usage_plans()["items"] == []
    assert here["iam"].list_users()["Users"] == [] and here["iam"].list_roles()["Roles"] == []
    assert here["lambda"].list_functions()["Functions"] == []
    with refused("NotFoundException", f"Invalid API identifier specified {ACCOUNT}:{api}", 404):
        here["apigateway"].get_rest_api(restApiId=api)
    for call in (lambda: here["apigateway"].delete_rest_api(restApiId=api), lambda: here["apigateway"].get_resources(restApiId=api)):
        with pytest.raises(ClientError):
            call()
    here["iam"].create_user(UserName="ann")
    assert [api["name"] for api in there["apigateway"].get_rest_apis()["items"]] == ["theirs"]


def test_a_role_is_assumed_across_accounts_when_both_sides_allow(two_accounts):
    here, there = two_accounts.client(service="iam"), two_accounts.client(service="iam", **ROOT_OF_OTHER)
    arn = there.create_role(RoleName="shared", AssumeRolePolicyDocument=trust({"AWS": ACCOUNT}))["Role"]["Arn"]
    there.put_role_policy(RoleName="shared", PolicyName="all", PolicyDocument=EVERYTHING)
    bob, eve = (user(two_accounts, name, *policy) for name, policy in (("bob", [EVERYTHING]), ("eve", [])))
    session = signed_by(two_accounts, bob).assume_role(RoleArn=arn, RoleSessionName="ci")["Credentials"]
    assert signed_by(two_accounts, session).get_caller_identity()["Account"] == OTHER
    made = signed_by(two_accounts, session, "apigateway").create_rest_api(name="by bob")["id"]
    assert two_accounts.client(**ROOT_OF_OTHER).get_rest_api(restApiId=made)["name"] == "by bob"
    with refused("AccessDenied", status=403):
        signed_by(two_accounts, eve).assume_role(RoleArn=arn, RoleSessionName="ci")
    # Even where the trust policy names the user itself, the user's own account must let it.
    there.update_assume_role_policy(RoleName="shared", PolicyDocument=trust({"AWS": f"arn:aws:iam::{ACCOUNT}:user/eve"}))
    with refused("AccessDenied", status=403):
        signed_by(two_accounts, eve).assume_role(RoleArn=arn, RoleSessionName="ci")
    here.put_user_policy(UserName="eve", PolicyName="all", PolicyDocument=EVERYTHING)
    signed_by(two_accounts, eve).assume_role(RoleArn=arn, RoleSessionName="ci")
    with refused("AccessDenied", status=403):
        signed_by(two_accounts, bob).assume_role(RoleArn=arn, RoleSessionName="ci")


def test_a_domain_name_belongs_to_one_account(two_accounts):
    here, there = two_accounts.client(), two_accounts.client(**ROOT_OF_OTHER)
    for name in ("owned.example.com", "*.wild.example.com"):
        here.create_domain_name(domainName=name, **REGIONAL)
    taken = pytest.raises(ClientError, match="The domain name you provided already exists.")
    for name in ("owned.example.com", "OWNED.example.com", "a.wild.example.com", "*.example.com"):
        with taken:
            there.create_domain_name(domainName=name, **REGIONAL)
    here.create_domain_name(domainName="a.wild.example.com", **REGIONAL)
    elsewhere = two_accounts.client("eu-west-1")
    elsewhere.create_domain_name(domainName="owned.example.com", **REGIONAL)
    here.delete_domain_name(domainName="owned.example.com")
    with taken:
        there.create_domain_name(domainName="owned.example.com", **REGIONAL)
    elsewhere.delete_domain_name(domainName="owned.example.com")
    there.create_domain_name(domainName="owned.example.com", **REGIONAL)


def test_of_two_who_make_a_user_one_does(gateway):
    clients = [gateway.client(service="iam") for _ in range(8)]

    def make(iam):
        try:
            return iam.create_user(UserName="raced")["User"]["UserId"]
        except ClientError as error:
            return error.response["Error"]["Code"]

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(make, clients))
    assert sorted(outcomes)[0].startswith("AIDA") and outcomes.count("EntityAlreadyExists") == 7
    with refused("EntityAlreadyExists"):
        gateway.client(service="iam").create_user(UserName="RACED")


def test_racing_attachments_are_all_counted(gateway):
    iam = gateway.client(service="iam")
    arn = iam.create_policy(PolicyName="raced", PolicyDocument=EVERYTHING)["Policy"]["Arn"]
    for number in range(6):
        iam.create_user(UserName=f"attached-{number}")
    clients = [gateway.client(service="iam") for _ in range(6)]
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda one: one[1].attach_user_policy(UserName=f"attached-{one[0]}", PolicyArn=arn), enumerate(clients)))
    assert iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 6


@pytest.mark.parametrize("account", [None, ACCOUNT, OTHER], ids=["unsaid", "the first", "another"])
def test_a_user_of_the_settings_is_in_the_account_that_its_row_names(start, account):
    gateway = start(SETTINGS + settings_user(account))
    cleo = dict(AccessKeyId="AKIACLEO000000000000", SecretAccessKey="wJalrXUtnFEMI/K7MDENG")
    there = account or ACCOUNT
    found = signed_by(gateway, cleo).get_caller_identity()
    assert (found["Account"], found["Arn"]) == (there, f"arn:aws:iam::{there}:user/cleo")
    made = signed_by(gateway, cleo, "apigateway").create_rest_api(name="cleo's")["id"]
    owners = {ACCOUNT: gateway.client(), OTHER: gateway.client(**ROOT_OF_OTHER)}
    seen = {name: [api["id"] for api in client.get_rest_apis()["items"]] for name, client in owners.items()}
    assert seen == {ACCOUNT: [made] if there == ACCOUNT else [], OTHER: [made] if there == OTHER else []}


def test_the_last_use_of_a_key_outlives_a_restart_and_ends_with_the_key(start):
    gateway = start()
    iam = gateway.client(service="iam")
    used, unused = user(gateway, "ann"), user(gateway, "bob")
    signed_by(gateway, used).get_caller_identity()
    before = iam.get_access_key_last_used(AccessKeyId=used["AccessKeyId"])
    assert before["AccessKeyLastUsed"]["ServiceName"] == "sts" and "LastUsedDate" in before["AccessKeyLastUsed"]
    for _ in range(2):
        assert gateway.terminate() == 0
        gateway.start()
        iam = gateway.client(service="iam")
        after = iam.get_access_key_last_used(AccessKeyId=used["AccessKeyId"])
        assert (after["UserName"], after["AccessKeyLastUsed"]) == ("ann", before["AccessKeyLastUsed"])
        never = iam.get_access_key_last_used(AccessKeyId=unused["AccessKeyId"])["AccessKeyLastUsed"]
        assert never == {"ServiceName": "N/A", "Region": "N/A"}
    iam.delete_access_key(UserName="ann", AccessKeyId=used["AccessKeyId"])
    assert gateway.terminate() == 0
    gateway.start()
    with refused("NoSuchEntity"):
        gateway.client(service="iam").get_access_key_last_used(AccessKeyId=used["AccessKeyId"])
