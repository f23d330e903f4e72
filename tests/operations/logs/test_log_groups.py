"""Log groups and streams: made, listed, tagged, kept so long, deleted."""

import uuid

import botocore.exceptions
import pytest


def refusal(call, **arguments):
    """The code and the message of a refused call."""
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        call(**arguments)
    return refused.value.response["Error"]["Code"], refused.value.response["Error"]["Message"]


def names(logs, **arguments):
    """The names of the groups of a listing."""
    return [group["logGroupName"] for group in logs.describe_log_groups(**arguments)["logGroups"]]


def test_a_group_is_described_as_it_was_made(logs, group, now):
    found = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    assert len(found) == 1
    created = found[0].pop("creationTime")
    assert abs(created - now) < 60_000
    arn = f"arn:aws:logs:us-east-1:000000000000:log-group:{group}"
    assert found[0] == {
        "logGroupName": group, "arn": f"{arn}:*", "logGroupArn": arn, "metricFilterCount": 0, "storedBytes": 0,
        "logGroupClass": "STANDARD"}
    part = logs.describe_log_groups(logGroupNamePattern=group[10:30])["logGroups"]
    assert [sorted(group) for group in part] == [["arn", "creationTime", "logGroupName"]]
    assert names(logs, logGroupIdentifiers=[arn]) == [group]


def test_groups_are_of_a_region(logs, gateway, group):
    away = gateway.client(service="logs", region="eu-west-1")
    assert names(away, logGroupNamePrefix=group) == []
    assert refusal(away.describe_log_streams, logGroupName=group)[0] == "ResourceNotFoundException"


def test_groups_are_listed_page_by_page(logs):
    prefix = f"/pages/{uuid.uuid4().hex}"
    for number in range(5):
        logs.create_log_group(logGroupName=f"{prefix}-{number}")
    pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix, PaginationConfig={"PageSize": 2})
    found = [[group["logGroupName"][-1] for group in page["logGroups"]] for page in pages]
    assert found == [["0", "1"], ["2", "3"], ["4"]]
    for number in range(5):
        logs.delete_log_group(logGroupName=f"{prefix}-{number}")
    assert names(logs, logGroupNamePrefix=prefix) == []


def test_retention_is_one_of_a_list_of_days(logs, group):
    logs.put_retention_policy(logGroupName=group, retentionInDays=7)
    assert logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["retentionInDays"] == 7
    code, message = refusal(logs.put_retention_policy, logGroupName=group, retentionInDays=8)
    assert code == "InvalidParameterException" and "[1, 3, 5, 7, 14, 30" in message
    logs.delete_retention_policy(logGroupName=group)
    assert "retentionInDays" not in logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]


def test_tags_are_set_by_arn_and_by_name(logs, group):
    arn = f"arn:aws:logs:us-east-1:000000000000:log-group:{group}"
    logs.tag_resource(resourceArn=arn, tags={"team": "pets", "stage": "dev"})
    logs.tag_log_group(logGroupName=group, tags={"stage": "prod"})
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"team": "pets", "stage": "prod"}
    assert logs.list_tags_log_group(logGroupName=group)["tags"] == {"team": "pets", "stage": "prod"}
    logs.untag_resource(resourceArn=f"{arn}:*", tagKeys=["team"])
    logs.untag_log_group(logGroupName=group, tags=["nothing"])
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"stage": "prod"}
    many = {f"key-{number}": "x" for number in range(50)}
    assert refusal(logs.tag_resource, resourceArn=arn, tags=many)[0] == "TooManyTagsException"


def test_what_is_there_or_not_there_is_told_in_awss_words(logs, group):
    assert refusal(logs.create_log_group, logGroupName=group) == (
        "ResourceAlreadyExistsException", "The specified log group already exists")
    missing = ("ResourceNotFoundException", "The specified log group does not exist.")
    assert refusal(logs.delete_log_group, logGroupName="/no/such") == missing
    assert refusal(logs.create_log_stream, logGroupName="/no/such", logStreamName="x") == missing
    logs.create_log_stream(logGroupName=group, logStreamName="x")
    assert refusal(logs.create_log_stream, logGroupName=group, logStreamName="x") == (
        "ResourceAlreadyExistsException", "The specified log stream already exists")
    assert refusal(logs.get_log_events, logGroupName=group, logStreamName="y") == (
        "ResourceNotFoundException", "The specified log stream does not exist.")
    for call, arguments in [
        (logs.create_log_group, {"logGroupName": "a b"}),
        (logs.create_log_stream, {"logGroupName": group, "logStreamName": "a:b"}),
        (logs.describe_log_groups, {"limit": 51}),
        (logs.describe_log_groups, {"nextToken": "*"}),
        (logs.describe_log_groups, {"logGroupNamePrefix": "a", "logGroupNamePattern": "b"}),
        (logs.create_log_group, {"logGroupName": "k", "kmsKeyId": "arn:aws:kms:us-east-1:000000000000:key/x"}),
        (logs.describe_log_streams, {}),
    ]:
        assert refusal(call, **arguments)[0] == "InvalidParameterException", arguments


def test_an_operation_that_is_not_served_is_told(logs):
    code, message = refusal(logs.describe_metric_filters)
    assert code == "UnknownOperationException" and "DescribeMetricFilters" in message


def test_streams_are_listed_by_name_or_by_their_last_event(logs, group, put, now):
    put([(now - 5_000, "x")], stream="b")
    put([(now, "x")], stream="a")
    put([(now - 1_000, "x")], stream="c")
    listed = lambda **more: [stream["logStreamName"] for stream in logs.describe_log_streams(logGroupName=group, **more)["logStreams"]]
    assert listed() == ["a", "b", "c"]
    assert listed(logStreamNamePrefix="b") == ["b"]
    assert listed(orderBy="LastEventTime", descending=True) == ["a", "c", "b"]
    assert refusal(logs.describe_log_streams, logGroupName=group, orderBy="LastEventTime", logStreamNamePrefix="a")[0] == (
        "InvalidParameterException")
    pages = logs.get_paginator("describe_log_streams").paginate(
        logGroupName=group, descending=True, PaginationConfig={"PageSize": 2})
    assert [[stream["logStreamName"] for stream in page["logStreams"]] for page in pages] == [["c", "b"], ["a"]]
    stream = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix="b")["logStreams"][0]
    assert (stream["firstEventTimestamp"], stream["lastEventTimestamp"]) == (now - 5_000, now - 5_000)
    assert stream["arn"] == f"arn:aws:logs:us-east-1:000000000000:log-group:{group}:log-stream:b"
    logs.delete_log_stream(logGroupName=group, logStreamName="b")
    assert listed() == ["a", "c"]


def test_groups_are_of_an_account(start):
    process = start(
        "[accounts.111111111111]\naccess_key_id = 'AKIA11111111111111AB'\nsecret_access_key = 'a-secret-of-the-other-account-0000'\n")
    here = process.client(service="logs")
    there = process.client(
        service="logs", access_key="AKIA11111111111111AB", secret_key="a-secret-of-the-other-account-0000")
    here.create_log_group(logGroupName="shared-name")
    here.create_log_stream(logGroupName="shared-name", logStreamName="one")
    assert names(there) == [] and names(here) == ["shared-name"]
    assert refusal(there.get_log_events, logGroupName="shared-name", logStreamName="one")[0] == "ResourceNotFoundException"
    there.create_log_group(logGroupName="shared-name")
    assert there.describe_log_groups()["logGroups"][0]["arn"].split(":")[4] == "111111111111"
    there.delete_log_group(logGroupName="shared-name")
    assert names(here) == ["shared-name"]
