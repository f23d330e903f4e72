"""AWS integrations with real services: the integration as AWS's guides write it, a request, and what the service has then."""

import base64
import json
import uuid

import pytest

ACCOUNT = "123456789012"
JSON = [("Content-Type", "application/json")]


def fresh(prefix):
    """A name nobody has."""
    return f"{prefix}-{uuid.uuid4().hex[:10]}"


def template(text):
    """Request templates for JSON."""
    return {"requestTemplates": {"application/json": text}}


def answered(text, status="200"):
    """Responses whose default has a template."""
    return {"default": {"statusCode": status, "responseTemplates": {"application/json": text}}}


# --- SQS ---


def test_sqs_send_message_by_path(moto, api, aws):
    """The guide's way: a path with account and queue, a form as the body."""
    queue, sqs = fresh("queue"), moto.client("sqs")
    url = sqs.create_queue(QueueName=queue)["QueueUrl"]
    integration = aws(
        f"sqs:path/{ACCOUNT}/{queue}",
        requestParameters={"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"},
        **template("Action=SendMessage&MessageBody=$util.urlEncode($input.body)"),
        responses=answered('{"sent": true}'),
    )
    answer = api({"POST /messages": integration}).send("POST", "/messages", JSON, b'{"pet": "a & b"}')
    assert (answer.status, json.loads(answer.body)) == (200, {"sent": True})
    [message] = sqs.receive_message(QueueUrl=url)["Messages"]
    assert message["Body"] == '{"pet": "a & b"}'


def test_sqs_send_message_by_action_with_mapped_parameters(moto, api, aws):
    """Action style: the mapped query string has the parameters."""
    queue, sqs = fresh("queue"), moto.client("sqs")
    url = sqs.create_queue(QueueName=queue)["QueueUrl"]
    integration = aws(
        "sqs:action/SendMessage",
        requestParameters={
            "integration.request.querystring.QueueUrl": f"'{url}'",
            "integration.request.querystring.MessageBody": "method.request.querystring.message",
        },
        responses={"default": {"statusCode": "200"}, "4\\d{2}": {"statusCode": "400"}},
    )
    answer = api({"POST /send": integration}).send("POST", "/send?message=one%20%2B%20two", body=b"ignored")
    assert answer.status == 200, answer.body
    [message] = sqs.receive_message(QueueUrl=url)["Messages"]
    assert message["Body"] == "one + two"


def test_sqs_receive_message_through_a_template(moto, api, aws):
    """What a service answers goes through the response template."""
    queue, sqs = fresh("queue"), moto.client("sqs")
    url = sqs.create_queue(QueueName=queue)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="hello")
    integration = aws(
        "sqs:action/ReceiveMessage",
        requestParameters={
            "integration.request.header.Content-Type": "'application/x-amz-json-1.0'",
            "integration.request.header.X-Amz-Target": "'AmazonSQS.ReceiveMessage'",
        },
        **template(json.dumps({"QueueUrl": url})),
        responses=answered("$input.path('$.Messages[0].Body')"),
    )
    answer = api({"POST /receive": integration}).send("POST", "/receive", JSON, b"{}")
    assert (answer.status, answer.body) == (200, b"hello")


# --- SNS ---


def test_sns_publish(moto, api, aws):
    """Publish by action, the message read back from a subscribed queue."""
    sns, sqs = moto.client("sns"), moto.client("sqs")
    topic = sns.create_topic(Name=fresh("topic"))["TopicArn"]
    url = sqs.create_queue(QueueName=fresh("queue"))["QueueUrl"]
    queue_arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn)
    integration = aws(
        "sns:action/Publish",
        requestParameters={
            "integration.request.querystring.TopicArn": f"'{topic}'",
            "integration.request.querystring.Message": "method.request.body.text",
            "integration.request.querystring.Subject": "method.request.querystring.subject",
        },
    )
    answer = api({"POST /publish": integration}).send("POST", "/publish?subject=pets", JSON, b'{"text": "a dog"}')
    assert answer.status == 200, answer.body
    assert b"MessageId" in answer.body
    notice = json.loads(sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"])
    assert (notice["Message"], notice["Subject"]) == ("a dog", "pets")


# --- DynamoDB ---


@pytest.fixture(scope="module")
def comments(moto):
    """The table of AWS's tutorial, with its index."""
    dynamodb, name = moto.client("dynamodb"), fresh("Comments")
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "commentId", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": "commentId", "AttributeType": "S"},
            {"AttributeName": "pageId", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "pageId-index",
                "KeySchema": [{"AttributeName": "pageId", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    return dynamodb, name


PUT_COMMENT = """{
    "TableName": "%s",
    "Item": {
        "commentId": {"S": "$context.requestId"},
        "pageId": {"S": "$input.path('$.pageId')"},
        "userName": {"S": "$input.path('$.userName')"},
        "message": {"S": "$input.path('$.message')"}
    }
}"""

QUERY_COMMENTS = """{
    "TableName": "%s",
    "IndexName": "pageId-index",
    "KeyConditionExpression": "pageId = :v1",
    "ExpressionAttributeValues": {":v1": {"S": "$input.params('pageId')"}}
}"""

COMMENTS = """#set($inputRoot = $input.path('$'))
{
    "comments": [
        #foreach($elem in $inputRoot.Items) {
            "commentId": "$elem.commentId.S",
            "userName": "$elem.userName.S",
            "message": "$elem.message.S"
        }#if($foreach.hasNext),#end
	#end
    ]
}"""


def test_dynamodb_put_item_and_query(comments, api, aws):
    """The tutorial "API Gateway as a proxy for DynamoDB": PutItem and Query with templates both ways."""
    dynamodb, name = comments
    deployed = api(
        {
            "POST /comments": aws("dynamodb:action/PutItem", **template(PUT_COMMENT % name)),
            "GET /comments/{pageId}": aws(
                "dynamodb:action/Query", **template(QUERY_COMMENTS % name), responses=answered(COMMENTS)
            ),
        }
    )
    for user, message in (("ann", "first"), ("ben", "second")):
        body = json.dumps({"pageId": "breaking-news", "userName": user, "message": message}).encode()
        answer = deployed.send("POST", "/comments", JSON, body)
        assert (answer.status, answer.body) == (200, b"{}"), answer.body
    stored = dynamodb.scan(TableName=name)["Items"]
    assert {item["userName"]["S"] for item in stored} == {"ann", "ben"}
    answer = deployed.send("GET", "/comments/breaking-news")
    found = json.loads(answer.body)["comments"]
    assert {(it["userName"], it["message"]) for it in found} == {("ann", "first"), ("ben", "second")}


def test_fact_61_a_services_status_selects_the_response(comments, api, aws):
    """A refusal by the service is a 400, which a pattern turns into something else; its body is at hand."""
    responses = {
        "default": {"statusCode": "200"},
        "4\\d{2}": {
            "statusCode": "404",
            "responseTemplates": {"application/json": '{"why": $input.json(\'$.__type\')}'},
            "responseParameters": {"method.response.header.X-Id": "integration.response.header.x-amzn-RequestId"},
        },
    }
    integration = aws("dynamodb:action/GetItem", **template('{"TableName": "no-such-table", "Key": {}}'), responses=responses)
    answer = api({"GET /": integration}).send("GET", "/")
    assert answer.status == 404
    assert json.loads(answer.body)["why"].endswith("ResourceNotFoundException")
    assert answer.header("X-Amzn-Trace-Id").startswith("Root=1-")


# --- S3 ---

PIXELS = bytes(range(256)) * 8
S3_PATH = {
    "integration.request.path.bucket": "method.request.path.folder",
    "integration.request.path.key": "method.request.path.item",
}


def s3_routes(aws, operation="s3:path/{bucket}/{key}", parameters=S3_PATH):
    """The resources of the tutorial "API as an Amazon S3 proxy"."""
    typed = {**parameters, "integration.request.header.Content-Type": "method.request.header.Content-Type"}
    found = {
        "statusCode": "200",
        "responseParameters": {
            "method.response.header.Content-Type": "integration.response.header.Content-Type",
            "method.response.header.ETag": "integration.response.header.ETag",
        },
    }
    responses = {"default": found, "4\\d{2}": {"statusCode": "404"}}
    path = "/{folder}/{item}"
    return {
        f"PUT {path}": aws(operation, "PUT", requestParameters=typed, responses=responses),
        f"GET {path}": aws(operation, "GET", requestParameters=parameters, responses=responses),
        f"DELETE {path}": aws(operation, "DELETE", requestParameters=parameters, responses=responses),
    }


def test_s3_objects_by_path_with_binary_content(moto, api, aws):
    """Bytes go in and come out as they are."""
    s3, bucket = moto.client("s3"), fresh("bucket")
    s3.create_bucket(Bucket=bucket)
    deployed = api(s3_routes(aws), **{"x-amazon-apigateway-binary-media-types": ["image/png"]})
    put = deployed.send("PUT", f"/{bucket}/a%20pixel.png", [("Content-Type", "image/png")], PIXELS)
    assert put.status == 200, put.body
    stored = s3.get_object(Bucket=bucket, Key="a pixel.png")
    assert (stored["Body"].read(), stored["ContentType"]) == (PIXELS, "image/png")
    got = deployed.send("GET", f"/{bucket}/a%20pixel.png", [("Accept", "image/png")])
    assert (got.status, got.body, got.header("Content-Type")) == (200, PIXELS, "image/png")
    assert got.header("ETag") == stored["ETag"]
    assert deployed.send("DELETE", f"/{bucket}/a%20pixel.png").status == 200
    assert deployed.send("GET", f"/{bucket}/a%20pixel.png").status == 404


def test_fact_67_s3_objects_as_base64(moto, api, aws):
    """AWS's example "Access Binary Files in Amazon S3": text goes in with CONVERT_TO_BINARY, and comes out for text clients."""
    s3, bucket = moto.client("s3"), fresh("bucket")
    s3.create_bucket(Bucket=bucket)
    routes = s3_routes(aws)
    routes["PUT /{folder}/{item}"]["contentHandling"] = "CONVERT_TO_BINARY"
    deployed = api(routes, **{"x-amazon-apigateway-binary-media-types": ["application/octet-stream", "image/*"]})
    text, path = base64.b64encode(PIXELS), f"/{bucket}/pixel.png"
    assert deployed.send("PUT", path, [("Content-Type", "application/json")], text).status == 200
    assert s3.get_object(Bucket=bucket, Key="pixel.png")["Body"].read() == PIXELS
    assert deployed.send("PUT", path, [("Content-Type", "image/png")], PIXELS).status == 200
    assert s3.get_object(Bucket=bucket, Key="pixel.png")["Body"].read() == PIXELS
    assert deployed.send("GET", path, [("Accept", "application/json")]).body == text
    assert deployed.send("GET", path, [("Accept", "application/octet-stream")]).body == PIXELS
    assert deployed.send("PUT", path, [("Content-Type", "application/json")], b"{}").status == 500


def test_s3_with_the_bucket_as_subdomain(moto, api, aws):
    """`{bucket}.s3` in the ARN; the bucket comes from a stage variable."""
    s3, bucket = moto.client("s3"), fresh("bucket")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="pets/1.json", Body=b'{"id": 1}')
    integration = aws(
        f"{bucket}.s3:path/${{stageVariables.folder}}/{{key}}",
        "GET",
        requestParameters={"integration.request.path.key": "method.request.path.key"},
    )
    answer = api({"GET /{key}": integration}, variables={"folder": "pets"}).send("GET", "/1.json")
    assert (answer.status, answer.body) == (200, b'{"id": 1}')


# --- Kinesis, EventBridge, Systems Manager, Step Functions ---


def test_kinesis_put_record(moto, api, aws):
    """The tutorial "API as an Amazon Kinesis proxy": the record's data is encoded by the template."""
    kinesis, stream = moto.client("kinesis"), fresh("stream")
    kinesis.create_stream(StreamName=stream, ShardCount=1)
    text = """{
        "StreamName": "$input.params('stream-name')",
        "Data": "$util.base64Encode($input.json('$.Data'))",
        "PartitionKey": "$input.path('$.PartitionKey')"
    }"""
    integration = aws(
        "kinesis:action/PutRecord",
        requestParameters={"integration.request.header.Content-Type": "'application/x-amz-json-1.1'"},
        **template(text),
    )
    deployed = api({"PUT /streams/{stream-name}/record": integration})
    answer = deployed.send("PUT", f"/streams/{stream}/record", JSON, b'{"Data": "some data", "PartitionKey": "k"}')
    assert answer.status == 200, answer.body
    assert json.loads(answer.body)["ShardId"].startswith("shardId-")
    shard = kinesis.describe_stream(StreamName=stream)["StreamDescription"]["Shards"][0]["ShardId"]
    at = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    [record] = kinesis.get_records(ShardIterator=at["ShardIterator"])["Records"]
    assert (record["Data"], record["PartitionKey"]) == (b'"some data"', "k")


def test_eventbridge_put_events_with_overridden_headers(moto, api, aws):
    """As AWS's patterns write it: the template sets the protocol's headers itself."""
    events, sqs = moto.client("events"), moto.client("sqs")
    url = sqs.create_queue(QueueName=fresh("queue"))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    source = fresh("pets")
    events.put_rule(Name=source, EventPattern=json.dumps({"source": [source]}))
    events.put_targets(Rule=source, Targets=[{"Id": "q", "Arn": arn}])
    text = """#set($context.requestOverride.header.X-Amz-Target = "AWSEvents.PutEvents")
#set($context.requestOverride.header.Content-Type = "application/x-amz-json-1.1")
#set($inputRoot = $input.path('$'))
{"Entries": [#foreach($elem in $inputRoot.items){
    "Detail": "$util.escapeJavaScript($elem.Detail).replaceAll("\\\\'","'")",
    "DetailType": "$elem.DetailType",
    "Source": "%s"
}#if($foreach.hasNext),#end#end]}""" % source
    deployed = api({"POST /events": aws("events:action/PutEvents", **template(text))})
    body = json.dumps({"items": [{"Detail": '{"name": "o\'dog"}', "DetailType": "born"}]}).encode()
    answer = deployed.send("POST", "/events", JSON, body)
    assert answer.status == 200, answer.body
    assert json.loads(answer.body)["FailedEntryCount"] == 0
    event = json.loads(sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"])
    assert (event["detail"], event["detail-type"]) == ({"name": "o'dog"}, "born")


def test_ssm_get_parameter(moto, api, aws):
    """A parameter's value, dug out by the response template."""
    ssm, name = moto.client("ssm"), "/" + fresh("pets")
    ssm.put_parameter(Name=name, Value="seven", Type="String")
    integration = aws(
        "ssm:action/GetParameter",
        **template('{"Name": "/$input.params(\'name\')"}'),
        responses=answered('{"value": $input.json(\'$.Parameter.Value\')}'),
    )
    answer = api({"GET /parameters/{name}": integration}).send("GET", f"/parameters{name}")
    assert (answer.status, json.loads(answer.body)) == (200, {"value": "seven"})


def state_machine(moto):
    """A machine that passes its input on."""
    definition = {"StartAt": "Pass", "States": {"Pass": {"Type": "Pass", "End": True}}}
    made = moto.client("stepfunctions").create_state_machine(
        name=fresh("machine"),
        definition=json.dumps(definition),
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/machine",
    )
    return made["stateMachineArn"]


START = """{"input": "$util.escapeJavaScript($input.json('$'))", "stateMachineArn": "%s"}"""


def test_step_functions_start_execution(moto, api, aws):
    """The tutorial "Create a Step Functions API"."""
    states, machine = moto.client("stepfunctions"), state_machine(moto)
    deployed = api({"POST /execution": aws("states:action/StartExecution", **template(START % machine))})
    answer = deployed.send("POST", "/execution", JSON, b'{"pet": "dog"}')
    assert answer.status == 200, answer.body
    started = states.describe_execution(executionArn=json.loads(answer.body)["executionArn"])
    assert json.loads(started["input"]) == {"pet": "dog"}
    assert started["stateMachineArn"] == machine


def test_templates_decode_what_services_encode(moto, api, aws):
    """A record read back through `$util.base64Decode`."""
    kinesis, stream = moto.client("kinesis"), fresh("stream")
    kinesis.create_stream(StreamName=stream, ShardCount=1)
    kinesis.put_record(StreamName=stream, Data=b"hello", PartitionKey="k")
    shard = kinesis.describe_stream(StreamName=stream)["StreamDescription"]["Shards"][0]["ShardId"]
    at = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"].strip()
    integration = aws(
        "kinesis:action/GetRecords",
        **template('{"ShardIterator": "$input.params(\'Shard-Iterator\')"}'),
        responses=answered("$util.base64Decode($input.path('$.Records[0].Data'))"),
    )
    answer = api({"GET /records": integration}).send("GET", "/records", [("Shard-Iterator", at)])
    assert (answer.status, answer.body) == (200, b"hello"), base64.b64encode(answer.body)
