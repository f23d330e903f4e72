"""Who may: actions and ARNs of CloudWatch Logs in the policies of users, and signatures."""

import json
import urllib.request
import uuid

import botocore.exceptions
import pytest


@pytest.fixture
def user(gateway):
    """A client of a user with these statements."""
    iam = gateway.client(service="iam")
    made = []

    def run(*statements):
        name = f"reader-{uuid.uuid4().hex[:8]}"
        iam.create_user(UserName=name)
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement} for statement in statements]}
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        made.append((name, key["AccessKeyId"]))
        return gateway.client(service="logs", access_key=key["AccessKeyId"], secret_key=key["SecretAccessKey"])

    yield run
    for name, key in made:
        iam.delete_access_key(UserName=name, AccessKeyId=key)
        iam.delete_user_policy(UserName=name, PolicyName="p")
        iam.delete_user(UserName=name)


def refused(call, **arguments):
    """The message of a call that is not allowed."""
    with pytest.raises(botocore.exceptions.ClientError) as error:
        call(**arguments)
    assert error.value.response["Error"]["Code"] == "AccessDeniedException"
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return error.value.response["Error"]["Message"]


def test_actions_and_arns_decide(logs, group, put, now, user):
    put([(now, "x")])
    arn = f"arn:aws:logs:us-east-1:000000000000:log-group:{group}"
    reader = user({"Action": ["logs:Get*", "logs:FilterLogEvents"], "Resource": f"{arn}:*"})
    assert reader.get_log_events(logGroupName=group, logStreamName="one")["events"]
    assert reader.filter_log_events(logGroupIdentifier=arn)["events"]
    message = refused(reader.create_log_stream, logGroupName=group, logStreamName="two")
    assert "logs:CreateLogStream" in message and f"{arn}:log-stream:two" in message
    assert f"{arn}:log-stream:" in refused(reader.delete_log_group, logGroupName=group)
    refused(reader.filter_log_events, logGroupName=f"{group}2")
    refused(reader.describe_log_groups)
    tagger = user({"Action": "logs:*Tag*", "Resource": arn}, {"Action": "logs:DescribeLogGroups", "Resource": "*"})
    tagger.tag_resource(resourceArn=arn, tags={"team": "pets"})
    assert tagger.list_tags_for_resource(resourceArn=arn)["tags"] == {"team": "pets"}
    assert tagger.describe_log_groups(logGroupNamePrefix=group)["logGroups"]


def sending(client, body):
    """The client, whose calls have another body."""

    def other(params, **_):
        params["body"] = json.dumps(body).encode()

    client.meta.events.register("before-call.cloudwatch-logs", other)
    return client


@pytest.mark.parametrize("operation, body", [
    # Members that an operation does not have are ignored; they must not open another resource's door.
    ("FilterLogEvents", {"logGroupName": "{group}", "logStreamName": "one"}),
    ("DeleteLogGroup", {"logGroupName": "{group}", "logStreamName": "one"}),
    ("TagResource", {"resourceArn": "{arn}", "logGroupName": "mine", "tags": {"a": "b"}}),
    ("ListTagsForResource", {"resourceArn": "{arn}", "logGroupName": "mine"}),
    ("DescribeLogGroups", {"logGroupName": "mine"}),
    ("DescribeLogStreams", {"logGroupName": "{group}", "resourceArn": "mine"}),
])
def test_no_further_member_says_what_a_call_asks_leave_for(group, put, now, user, operation, body):
    put([(now, "x")])
    prefix = "arn:aws:logs:us-east-1:000000000000:log-group"
    whole = json.loads(json.dumps(body).replace("{group}", group).replace("{arn}", f"{prefix}:{group}"))
    allowed = [f"{prefix}:{group}:log-stream:one", f"{prefix}:{group}", f"{prefix}:mine", f"{prefix}:mine:*"]
    if operation in ("TagResource", "ListTagsForResource"):
        allowed.remove(f"{prefix}:{group}")
    client = sending(user({"Action": "logs:*", "Resource": allowed}), whole)
    with pytest.raises(botocore.exceptions.ClientError) as error:
        client._make_api_call(operation, {
            name: value for name, value in whole.items()
            if name in client.meta.service_model.operation_model(operation).input_shape.members})
    assert error.value.response["Error"]["Code"] == "AccessDeniedException"


def test_a_body_is_an_object(gateway, group):
    client = sending(gateway.client(service="logs"), [group])
    with pytest.raises(botocore.exceptions.ClientError) as error:
        client.delete_log_group(logGroupName=group)
    assert error.value.response["Error"]["Code"] == "SerializationException"
    assert gateway.client(service="logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"]


def test_tags_of_a_group_are_conditions(logs, group, put, now, user):
    put([(now, "x")])
    condition = {"StringEquals": {"aws:ResourceTag/team": "pets"}}
    reader = user({"Action": "logs:GetLogEvents", "Resource": "*", "Condition": condition})
    refused(reader.get_log_events, logGroupName=group, logStreamName="one")
    logs.tag_log_group(logGroupName=group, tags={"team": "pets"})
    assert reader.get_log_events(logGroupName=group, logStreamName="one")["events"]


def test_a_call_that_is_not_signed_is_refused_in_the_form_of_the_protocol(gateway):
    request = urllib.request.Request(
        gateway.control_url + "/", data=b"{}", method="POST",
        headers={"X-Amz-Target": "Logs_20140328.DescribeLogGroups", "Content-Type": "application/x-amz-json-1.1"})
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(request)
    assert error.value.headers["Content-Type"] == "application/x-amz-json-1.1"
    assert json.loads(error.value.read())["__type"] == "MissingAuthenticationTokenException"
