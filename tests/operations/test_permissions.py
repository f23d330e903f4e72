"""What users of the configuration file may do, asked through boto3 as any client of AWS asks."""

import json

import pytest
from botocore.exceptions import ClientError

from harness.process import Stagegate

ARN = "arn:aws:apigateway:us-east-1:"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


def allow(action, resource="*", **condition):
    """A statement that allows."""
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    return statement | ({"Condition": condition} if condition else {})


def deny(action, resource="*", **condition):
    """A statement that denies."""
    return allow(action, resource, **condition) | {"Effect": "Deny"}


POLICIES = {
    "nobody": [],
    "reader": [allow("apigateway:GET", f"{ARN}:/restapis*")],
    "admin": [allow("apigateway:*")],
    # Developer guide, "Allow actions based on resource tags".
    "developer": [
        allow("apigateway:*", StringEquals={"aws:ResourceTag/Environment": "Development"}),
        deny("apigateway:*", "arn:aws:apigateway:*::/tags/*",
             **{"ForAnyValue:StringEquals": {"aws:TagKeys": ["Environment"]}}),
    ],
    # Developer guide, "Deny actions based on resource tags".
    "careful": [
        allow("apigateway:*"),
        deny([f"apigateway:{verb}" for verb in ("PATCH", "PUT", "POST", "DELETE")],
             StringEquals={"aws:ResourceTag/stage": "prod"}),
    ],
    # Developer guide, "Deny tagging operations".
    "untagging": [allow("apigateway:*"), deny("apigateway:*", "arn:aws:apigateway:*::/tags*")],
    "policyless": [allow(["apigateway:POST", "apigateway:PATCH"])],
    "elsewhere": [allow("apigateway:*", IpAddress={"aws:SourceIp": "198.51.100.0/24"})],
    "here": [allow("apigateway:*", IpAddress={"aws:SourceIp": "127.0.0.0/8"})],
    "european": [allow("apigateway:*", "arn:aws:apigateway:eu-west-1::/*")],
    "own-key": [allow("apigateway:GET", f"{ARN}:/apikeys/${{aws:username}}")],
}


def key_of(user):
    """The access key id of a user."""
    return "AKIA" + user.upper().replace("-", "_").ljust(16, "0")


def settings(folder):
    """The configuration file: one policy beside it, the others within it."""
    lines = []
    for user, statements in POLICIES.items():
        lines += [f"[users.{user}]", f'access_key_id = "{key_of(user)}"', f'secret_access_key = "{SECRET}"']
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        if user == "reader":
            (folder / "reader.json").write_text(document)
            lines.append('policy = "reader.json"')
        elif statements:
            lines.append(f"policy = '{document}'")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def peopled(tmp_path_factory):
    """A Stagegate with users."""
    folder = tmp_path_factory.mktemp("permissions")
    process = Stagegate(folder / "data", settings(folder))
    yield process.start()
    process.stop()


@pytest.fixture
def root(peopled):
    """The root user."""
    return peopled.client()


@pytest.fixture
def act_as(peopled):
    """Makes the client of a user."""
    return lambda user, **options: peopled.client(access_key=key_of(user), secret_key=SECRET, **options)


def refused(call, **arguments):
    """The message of the refusal of a call that is not allowed."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    response = caught.value.response
    assert response["Error"]["Code"] == "AccessDeniedException", response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 403
    return response["Error"]["Message"]


def missing(user, action, resource):
    """AWS's words for what no policy allows."""
    return (f"User: arn:aws:iam::000000000000:user/{user} is not authorized to perform: apigateway:{action} "
            f"on resource: {resource} because no identity-based policy allows the apigateway:{action} action")


def denied(user, action, resource):
    """AWS's words for what a policy denies."""
    return (f"User: arn:aws:iam::000000000000:user/{user} is not authorized to perform: apigateway:{action} "
            f"on resource: {resource} with an explicit deny in an identity-based policy")


def test_a_user_without_a_policy_may_do_nothing(act_as):
    nobody = act_as("nobody")
    assert refused(nobody.get_rest_apis) == missing("nobody", "GET", f"{ARN}:/restapis")
    assert refused(nobody.create_api_key, name="k") == missing("nobody", "POST", f"{ARN}:/apikeys")
    tagged = f"{ARN}:/restapis/abc"
    encoded = tagged.replace(":", "%3A").replace("/", "%2F")
    assert refused(nobody.get_tags, resourceArn=tagged) == missing("nobody", "GET", f"{ARN}:/tags/{encoded}")


def test_a_policy_in_a_file_lets_a_user_read_and_no_more(root, act_as):
    api = root.create_rest_api(name="read")["id"]
    reader = act_as("reader")
    assert api in [item["id"] for item in reader.get_rest_apis(limit=500)["items"]]
    assert reader.get_rest_api(restApiId=api)["name"] == "read"
    assert reader.get_resources(restApiId=api)["items"][0]["path"] == "/"
    assert refused(reader.delete_rest_api, restApiId=api) == missing("reader", "DELETE", f"{ARN}:/restapis/{api}")
    assert refused(reader.get_account) == missing("reader", "GET", f"{ARN}:/account")


def test_a_user_who_may_do_all_does_what_root_does(act_as):
    admin = act_as("admin")
    made = admin.create_rest_api(name="all", tags={"a": "b"})
    admin.update_rest_api(restApiId=made["id"], patchOperations=[{"op": "replace", "path": "/name", "value": "new"}])
    admin.tag_resource(resourceArn=f"{ARN}:/restapis/{made['id']}", tags={"c": "d"})
    assert admin.get_rest_api(restApiId=made["id"])["tags"] == {"a": "b", "c": "d"}
    admin.delete_rest_api(restApiId=made["id"])


def test_tags_decide_who_works_on_an_api_and_on_what_is_below_it(root, act_as):
    apis = {}
    for environment in ("Development", "Production"):
        made = root.create_rest_api(name=environment, tags={"Environment": environment})
        apis[environment] = made["id"], made["rootResourceId"]
    developer = act_as("developer")
    api, parent = apis["Development"]
    resource = developer.create_resource(restApiId=api, parentId=parent, pathPart="pets")["id"]
    developer.put_method(restApiId=api, resourceId=resource, httpMethod="GET", authorizationType="NONE")
    other, other_root = apis["Production"]
    path = f"{ARN}:/restapis/{other}/resources/{other_root}"
    assert refused(developer.create_resource, restApiId=other, parentId=other_root, pathPart="pets") \
        == missing("developer", "POST", path)
    arn = f"{ARN}:/restapis/{api}"
    encoded = arn.replace(":", "%3A").replace("/", "%2F")
    assert refused(developer.untag_resource, resourceArn=arn, tagKeys=["Environment"]) \
        == denied("developer", "DELETE", f"{ARN}:/tags/{encoded}")
    developer.tag_resource(resourceArn=arn, tags={"Team": "pets"})


def test_a_change_of_tags_counts_for_the_next_call(root, act_as):
    api = root.create_rest_api(name="soon", tags={"stage": "beta"})["id"]
    arn = f"{ARN}:/restapis/{api}"
    rename = {"restApiId": api, "patchOperations": [{"op": "replace", "path": "/name", "value": "now"}]}
    careful = act_as("careful")
    careful.update_rest_api(**rename)
    root.tag_resource(resourceArn=arn, tags={"stage": "prod"})
    assert refused(careful.update_rest_api, **rename) == denied("careful", "PATCH", arn)
    assert careful.get_rest_api(restApiId=api)["name"] == "now"
    root.untag_resource(resourceArn=arn, tagKeys=["stage"])
    careful.update_rest_api(**rename)


def test_who_may_not_tag_may_not_create_with_tags(act_as):
    untagging = act_as("untagging")
    untagging.create_rest_api(name="plain")
    collection = "arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Frestapis%2F*"
    assert refused(untagging.create_rest_api, name="tagged", tags={"a": "b"}) \
        == denied("untagging", "PUT", f"{ARN}:/tags/{collection}")


def test_a_resource_policy_needs_an_action_of_its_own(act_as):
    policyless = act_as("policyless")
    api = policyless.create_rest_api(name="open")["id"]
    document = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*"}]})
    assert refused(policyless.create_rest_api, name="closed", policy=document) \
        == missing("policyless", "UpdateRestApiPolicy", f"{ARN}:/restapis/*")
    patch = [{"op": "replace", "path": "/policy", "value": document}]
    assert refused(policyless.update_rest_api, restApiId=api, patchOperations=patch) \
        == missing("policyless", "UpdateRestApiPolicy", f"{ARN}:/restapis/{api}")
    definition = {"openapi": "3.0.1", "info": {"title": "t", "version": "1"}, "paths": {},
                  "x-amazon-apigateway-policy": json.loads(document)}
    assert refused(policyless.import_rest_api, body=json.dumps(definition)) \
        == missing("policyless", "UpdateRestApiPolicy", f"{ARN}:/restapis/*")


def test_the_address_of_the_client_is_a_condition(act_as):
    act_as("here").get_rest_apis()
    assert refused(act_as("elsewhere").get_rest_apis) == missing("elsewhere", "GET", f"{ARN}:/restapis")


def test_a_policy_can_be_for_one_region(act_as):
    act_as("european", region="eu-west-1").get_rest_apis()
    assert refused(act_as("european").get_rest_apis) == missing("european", "GET", f"{ARN}:/restapis")


def test_policies_know_the_name_of_the_user(act_as):
    own_key = act_as("own-key")
    with pytest.raises(own_key.exceptions.NotFoundException):
        own_key.get_api_key(apiKey="own-key")
    assert refused(own_key.get_api_key, apiKey="other") == missing("own-key", "GET", f"{ARN}:/apikeys/other")


def test_a_user_with_a_wrong_secret_is_nobody(peopled):
    stranger = peopled.client(access_key=key_of("admin"), secret_key="x" * 40)
    with pytest.raises(ClientError) as caught:
        stranger.get_rest_apis()
    assert caught.value.response["Error"]["Code"] == "InvalidSignatureException"
