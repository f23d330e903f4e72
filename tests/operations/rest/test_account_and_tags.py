"""Account and tags."""

import pytest

from harness.faults import fails, patch, status_of


def test_account(start):
    client = start().client()
    found = client.get_account()
    assert found["throttleSettings"] == {"burstLimit": 5000, "rateLimit": 10000.0}
    assert "UsagePlans" in found["features"] and found["apiKeyVersion"]
    role = "arn:aws:iam::000000000000:role/logs"
    changed = client.update_account(patchOperations=[patch("replace", "/cloudwatchRoleArn", role)])
    assert changed["cloudwatchRoleArn"] == role
    assert client.get_account()["cloudwatchRoleArn"] == role
    for operation in (patch("replace", "/nope", "x"), patch("replace", "/throttleSettings/rateLimit", "5")):
        with fails("BadRequestException", status=400):
            client.update_account(patchOperations=[operation])


def test_the_account_id_is_a_setting(start):
    client = start(env={"STAGEGATE_ACCOUNT_ID": "123456789012"}).client()
    with fails("NotFoundException", "Invalid API identifier specified 123456789012:aaaaaaaaaa"):
        client.get_rest_api(restApiId="aaaaaaaaaa")


def test_tags_of_an_api_and_of_a_stage(client, deployed):
    api, _ = deployed
    for arn, read in (
        (f"arn:aws:apigateway:us-east-1::/restapis/{api}", lambda: client.get_rest_api(restApiId=api)),
        (f"arn:aws:apigateway:us-east-1::/restapis/{api}/stages/dev", lambda: client.get_stage(restApiId=api, stageName="dev")),
    ):
        assert client.get_tags(resourceArn=arn)["tags"] == {}
        assert status_of(client.tag_resource(resourceArn=arn, tags={"a": "1", "b c": "2"})) == 204
        client.tag_resource(resourceArn=arn, tags={"a": "3"})
        assert client.get_tags(resourceArn=arn)["tags"] == {"a": "3", "b c": "2"}
        assert read()["tags"] == {"a": "3", "b c": "2"}
        client.tag_resource(resourceArn=arn, tags={"a,b": "kept"})
        assert status_of(client.untag_resource(resourceArn=arn, tagKeys=["a", "absent"])) == 204
        assert client.get_tags(resourceArn=arn)["tags"].pop("a,b") == "kept"
        client.untag_resource(resourceArn=arn, tagKeys=["a,b"])
        assert client.get_tags(resourceArn=arn)["tags"] == {"b c": "2"}


@pytest.mark.parametrize("arn", [
    "nonsense", "arn:aws:apigateway:us-east-1::/restapis/aaaaaaaaaa", "arn:aws:s3:::bucket",
    "arn:aws:apigateway:us-east-1::/nouns/x",
])
def test_a_wrong_arn_is_refused(client, arn):
    with pytest.raises(client.exceptions.ClientError) as caught:
        client.tag_resource(resourceArn=arn, tags={"a": "1"})
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 404)
