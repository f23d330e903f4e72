"""Access logs stay in their account: a stage cannot write into a log group or a delivery stream of another one."""

import pytest
from botocore.exceptions import ClientError

from harness.apis import Api, definition, mock
from harness.faults import patch
from harness.http_apis import HttpApi

OTHER = [
    "arn:aws:logs:us-east-1:111111111111:log-group:theirs",
    "arn:aws:logs:us-east-1:111111111111:log-group:theirs:*",
    "arn:aws:logs:us-east-1::log-group:theirs",
    "arn:aws:firehose:us-east-1:111111111111:deliverystream/amazon-apigateway-theirs",
]


def refusal(call, **arguments):
    """Code and message of a call that is refused."""
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    return refused.value.response["Error"]["Code"], refused.value.response["Error"]["Message"]


@pytest.mark.parametrize("arn", OTHER)
def test_a_rest_api_s_stage_logs_into_its_own_account(gateway, arn):
    api = Api(gateway, definition({"GET /m": mock(200)}))
    operations = [patch("replace", "/accessLogSettings/destinationArn", arn),
                  patch("replace", "/accessLogSettings/format", "$context.requestId")]
    code, message = refusal(api.client.update_stage, restApiId=api.id, stageName="dev", patchOperations=operations)
    assert code == "BadRequestException" and message.startswith("Invalid ARN specified in the request")
    assert "accessLogSettings" not in api.client.get_stage(restApiId=api.id, stageName="dev")


@pytest.mark.parametrize("arn", OTHER)
def test_an_http_api_s_stage_logs_into_its_own_account(gateway, arn):
    api = HttpApi(gateway)
    settings = {"DestinationArn": arn, "Format": "$context.requestId"}
    code, message = refusal(api.client.create_stage, ApiId=api.id, StageName="logged", AccessLogSettings=settings)
    assert code == "BadRequestException" and message.startswith("Invalid ARN specified in the request")
