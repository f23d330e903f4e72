"""HTTP APIs through boto3: what is made, how it changes, what is refused."""

import datetime
import re
import threading

import pytest
from botocore.exceptions import ClientError

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:pets"
AUTHORIZER_URI = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"


def refused(call, /, **members):
    """The code and the message of a call that is refused."""
    with pytest.raises(ClientError) as error:
        call(**members)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def shown(answer):
    """An answer without what boto3 adds."""
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def test_an_api_has_aws_s_defaults(http, api):
    made = shown(http.get_api(ApiId=api))
    assert re.fullmatch("[a-z0-9]{10}", made["ApiId"])
    assert made.pop("ApiEndpoint").startswith("http://" + made["ApiId"])
    assert isinstance(made.pop("CreatedDate"), datetime.datetime)
    assert made == {
        "ApiId": api,
        "ApiKeySelectionExpression": "$request.header.x-api-key",
        "DisableExecuteApiEndpoint": False,
        "IpAddressType": "ipv4",
        "Name": "test",
        "ProtocolType": "HTTP",
        "RouteSelectionExpression": "$request.method $request.path",
        "Tags": {},
    }


def test_quick_create_makes_a_route_an_integration_and_the_default_stage(http):
    for target, kind, version in [
        (FUNCTION, "AWS_PROXY", "2.0"),
        ("https://example.com/", "HTTP_PROXY", "1.0"),
    ]:
        api = http.create_api(Name="quick", ProtocolType="HTTP", Target=target, RouteKey="GET /x")["ApiId"]
        [integration] = http.get_integrations(ApiId=api)["Items"]
        [route] = http.get_routes(ApiId=api)["Items"]
        [stage] = http.get_stages(ApiId=api)["Items"]
        [deployment] = http.get_deployments(ApiId=api)["Items"]
        assert (integration["IntegrationType"], integration["PayloadFormatVersion"]) == (kind, version)
        assert (route["RouteKey"], route["Target"]) == ("GET /x", "integrations/" + integration["IntegrationId"])
        assert (stage["StageName"], stage["AutoDeploy"]) == ("$default", True)
        assert stage["DeploymentId"] == deployment["DeploymentId"] and deployment["AutoDeployed"]
        assert all(noun["ApiGatewayManaged"] for noun in (integration, route, stage))
        http.update_api(ApiId=api, Target="https://example.org/", RouteKey="ANY /y")
        [changed] = http.get_integrations(ApiId=api)["Items"]
        assert (changed["IntegrationId"], changed["IntegrationType"]) == (integration["IntegrationId"], "HTTP_PROXY")
        assert changed["IntegrationUri"] == "https://example.org/"
        [route] = http.get_routes(ApiId=api)["Items"]
        assert route["RouteKey"] == "ANY /y"
        http.delete_api(ApiId=api)


def test_updates_change_what_they_name_and_merge_maps(http, api, integration):
    change = {"ApiId": api, "IntegrationId": integration}
    http.update_integration(**change, RequestParameters={"append:header.a": "1", "append:header.b": "2"})
    http.update_integration(**change, RequestParameters={"append:header.a": ""}, TimeoutInMillis=500)
    merged = http.get_integration(**change)
    assert merged["RequestParameters"] == {"append:header.b": "2"}
    assert (merged["TimeoutInMillis"], merged["IntegrationUri"]) == (500, "http://127.0.0.1:9/")
    http.update_integration(**change, ResponseParameters={"200": {"append:header.c": "3"}, "500": {"overwrite:statuscode": "403"}})
    http.update_integration(**change, ResponseParameters={"200": {}})
    assert http.get_integration(**change)["ResponseParameters"] == {"500": {"overwrite:statuscode": "403"}}
    http.update_api(ApiId=api, Description="d", CorsConfiguration={"AllowOrigins": ["*"], "MaxAge": 5})
    http.update_api(ApiId=api, Description="", CorsConfiguration={"AllowMethods": ["GET"]})
    changed = http.get_api(ApiId=api)
    assert "Description" not in changed and changed["CorsConfiguration"] == {"AllowMethods": ["GET"]}
    http.delete_cors_configuration(ApiId=api)
    assert "CorsConfiguration" not in http.get_api(ApiId=api)


def test_what_changes_is_deployed_where_a_stage_deploys_itself(http, api, integration):
    made = http.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    message = made["LastDeploymentStatusMessage"]
    assert message == "Deployment attempt failed: Unable to deploy API because no routes exist in this API"
    route = http.create_route(ApiId=api, RouteKey="GET /", Target=f"integrations/{integration}")["RouteId"]
    first = http.get_stage(ApiId=api, StageName="$default")
    expected = f"Successfully deployed stage with deployment ID '{first['DeploymentId']}'"
    assert first["LastDeploymentStatusMessage"] == expected
    http.update_route(ApiId=api, RouteId=route, OperationName="root")
    second = http.get_stage(ApiId=api, StageName="$default")["DeploymentId"]
    assert second != first["DeploymentId"]
    assert http.get_deployment(ApiId=api, DeploymentId=second)["AutoDeployed"]
    code, _ = refused(http.update_stage, ApiId=api, StageName="$default", DeploymentId=first["DeploymentId"])
    assert code == "BadRequestException"
    code, _ = refused(http.delete_deployment, ApiId=api, DeploymentId=second)
    assert code == "BadRequestException"
    http.delete_deployment(ApiId=api, DeploymentId=first["DeploymentId"])


def test_of_automatic_deployments_the_newest_are_kept(http, api, route):
    by_hand = http.create_deployment(ApiId=api)["DeploymentId"]
    http.create_stage(ApiId=api, StageName="auto", AutoDeploy=True)
    made = []
    for number in range(30):
        http.update_route(ApiId=api, RouteId=route, OperationName=f"edit{number}")
        made.append(http.get_stage(ApiId=api, StageName="auto")["DeploymentId"])
        if number == 3:
            http.create_stage(ApiId=api, StageName="pinned", DeploymentId=made[3])
    kept = {deployment["DeploymentId"] for deployment in http.get_deployments(ApiId=api)["Items"]}
    assert kept == {by_hand, made[3], *made[-21:]}, "what stages serve, what was made by hand, and the twenty newest"
    http.update_stage(ApiId=api, StageName="auto", AutoDeploy=False)
    for deployment in made[-21:]:
        assert http.update_stage(ApiId=api, StageName="auto", DeploymentId=deployment)["DeploymentId"] == deployment
        http.export_api(ApiId=api, Specification="OAS30", OutputType="JSON", StageName="auto")


def test_settings_outlive_their_route_until_they_are_deleted(http, api, route):
    """serverless-api-gateway-throttling #33, serverless-application-model #1939, terraform-provider-aws #16094."""
    stage = {"ApiId": api, "StageName": "dev"}
    http.create_stage(**stage, RouteSettings={"GET /pets": {"ThrottlingBurstLimit": 1}})
    http.update_route(ApiId=api, RouteId=route, RouteKey="GET /cats")
    assert http.get_stage(**stage)["RouteSettings"] == {"GET /pets": {"ThrottlingBurstLimit": 1}}
    assert http.update_stage(**stage, Description="d")["Description"] == "d", "what names no settings is not refused for them"
    for settings in ({"GET /cats": {"ThrottlingBurstLimit": 2}}, {"GET /pets": {"ThrottlingBurstLimit": 1}}):
        code, message = refused(http.update_stage, **stage, RouteSettings=settings)
        assert (code, message) == (
            "NotFoundException", "Unable to find Route by key GET /pets within the provided RouteSettings")
    http.delete_route_settings(**stage, RouteKey="GET /pets")
    changed = http.update_stage(**stage, RouteSettings={"GET /cats": {"ThrottlingBurstLimit": 2}})
    assert changed["RouteSettings"] == {"GET /cats": {"ThrottlingBurstLimit": 2}}
    http.delete_route(ApiId=api, RouteId=route)
    http.delete_route_settings(**stage, RouteKey="GET /cats")


def test_routes_that_take_the_same_requests_are_a_conflict(http, api):
    """The words of plutomi/plutomi #271."""
    http.create_route(ApiId=api, RouteKey="GET /a/{x}/b/{p+}")
    code, message = refused(http.create_route, ApiId=api, RouteKey="GET /a/{y}/b/{q+}")
    assert (code, message) == (
        "ConflictException", 'The provided route key "GET /a/{y}/b/{q+}" has a conflicting variable on the same hierarchical '
        'level as "GET /a/{x}/b/{p+}"')
    other = http.create_route(ApiId=api, RouteKey="POST /a/{y}/b/{q+}")["RouteId"]
    http.create_route(ApiId=api, RouteKey="GET /a/{y}/c")
    assert refused(http.update_route, ApiId=api, RouteId=other, RouteKey="GET /a/{y}/b/{z+}")[0] == "ConflictException"
    http.update_route(ApiId=api, RouteId=other, RouteKey="POST /a/{z}/b/{q+}")


def test_maps_without_entries_are_shown(http, api, route):
    http.create_stage(ApiId=api, StageName="dev", StageVariables={"a": "1"}, RouteSettings={"GET /pets": {"ThrottlingBurstLimit": 1}})
    http.update_stage(ApiId=api, StageName="dev", StageVariables={"a": ""}, RouteSettings={"GET /pets": {}})
    stage = http.get_stage(ApiId=api, StageName="dev")
    assert (stage["StageVariables"], stage["RouteSettings"]) == ({}, {})


def test_a_deployment_by_hand_moves_its_stage(http, api, route):
    http.create_stage(ApiId=api, StageName="dev", StageVariables={"a": "1"})
    made = http.create_deployment(ApiId=api, StageName="dev", Description="one")
    assert (made["DeploymentStatus"], made["AutoDeployed"]) == ("DEPLOYED", False)
    assert http.get_stage(ApiId=api, StageName="dev")["DeploymentId"] == made["DeploymentId"]
    changed = http.update_deployment(ApiId=api, DeploymentId=made["DeploymentId"], Description="two")
    assert changed["Description"] == "two"
    http.update_stage(ApiId=api, StageName="dev", StageVariables={"a": "", "b": "2"})
    assert http.get_stage(ApiId=api, StageName="dev")["StageVariables"] == {"b": "2"}
    assert refused(http.create_deployment, ApiId=api, StageName="prod")[0] == "NotFoundException"


def test_settings_of_routes_go_one_by_one(http, api, route):
    http.create_stage(
        ApiId=api,
        StageName="dev",
        DefaultRouteSettings={"ThrottlingRateLimit": 5.5, "ThrottlingBurstLimit": 7},
        AccessLogSettings={"DestinationArn": "arn:aws:logs:us-east-1:000000000000:log-group:a", "Format": "$context.requestId"},
        RouteSettings={"GET /pets": {"ThrottlingRateLimit": 1.0}},
    )
    for arn in ("a", "arn:aws:s3:::a", "arn:aws:logs:us-east-1:000000000000:log-group:"):
        log = {"DestinationArn": arn, "Format": "$context.requestId"}
        code, message = refused(http.update_stage, ApiId=api, StageName="dev", AccessLogSettings=log)
        assert code == "BadRequestException" and "Invalid ARN" in message
    code, message = refused(
        http.update_stage, ApiId=api, StageName="dev", RouteSettings={"GET /none": {"ThrottlingRateLimit": 1.0}}
    )
    assert (code, message) == (
        "NotFoundException",
        "Unable to find Route by key GET /none within the provided RouteSettings",
    )
    http.delete_route_settings(ApiId=api, StageName="dev", RouteKey="GET /pets")
    http.delete_access_log_settings(ApiId=api, StageName="dev")
    stage = http.get_stage(ApiId=api, StageName="dev")
    assert stage["RouteSettings"] == {} and "AccessLogSettings" not in stage
    assert stage["DefaultRouteSettings"]["ThrottlingBurstLimit"] == 7
    http.reset_authorizers_cache(ApiId=api, StageName="dev")


AUTHORIZERS = [
    ({"AuthorizerType": "JWT", "IdentitySource": ["$request.header.Authorization"],
      "JwtConfiguration": {"Issuer": "https://issuer.example", "Audience": ["a"]}}, "JWT"),
    ({"AuthorizerType": "REQUEST", "IdentitySource": ["$request.header.x", "$context.routeKey"],
      "AuthorizerUri": AUTHORIZER_URI, "AuthorizerPayloadFormatVersion": "2.0", "EnableSimpleResponses": True}, "CUSTOM"),
]  # fmt: skip


@pytest.mark.parametrize(("members", "kind"), AUTHORIZERS, ids=["jwt", "request"])
def test_an_authorizer_in_use_is_kept(http, api, route, members, kind):
    made = shown(http.create_authorizer(ApiId=api, Name="guard", **members))
    authorizer = made["AuthorizerId"]
    assert made == {"AuthorizerId": authorizer, "Name": "guard", **members}
    at = {"ApiId": api, "AuthorizerId": authorizer}
    http.update_route(ApiId=api, RouteId=route, AuthorizationType=kind, AuthorizerId=authorizer)
    assert refused(http.delete_authorizer, **at)[0] == "ConflictException"
    changed = http.update_route(ApiId=api, RouteId=route, AuthorizationType="NONE")
    assert "AuthorizerId" not in changed
    http.delete_authorizer(**at)
    assert refused(http.get_authorizer, **at)[0] == "NotFoundException"


REFUSED_AUTHORIZERS = [
    ({"AuthorizerType": "JWT", "IdentitySource": ["$request.header.A"]}, "JwtConfiguration"),
    ({"AuthorizerType": "JWT", "IdentitySource": [], "JwtConfiguration": {"Issuer": "https://i", "Audience": ["a"]}}, "IdentitySource"),
    ({"AuthorizerType": "JWT", "IdentitySource": ["$request.header.A"], "JwtConfiguration": {"Issuer": "i", "Audience": ["a"]}}, "Issuer"),
    ({"AuthorizerType": "JWT", "IdentitySource": ["$request.header.A"], "JwtConfiguration": {"Issuer": "https://", "Audience": ["a"]}}, "Issuer"),
    ({"AuthorizerType": "REQUEST", "IdentitySource": ["nonsense"], "AuthorizerUri": AUTHORIZER_URI}, "IdentitySource"),
    ({"AuthorizerType": "REQUEST", "IdentitySource": [], "AuthorizerUri": AUTHORIZER_URI}, "AuthorizerPayloadFormatVersion is a required parameter for Lambda authorizer"),
    ({"AuthorizerType": "REQUEST", "IdentitySource": [], "AuthorizerUri": AUTHORIZER_URI, "AuthorizerPayloadFormatVersion": "1.0", "EnableSimpleResponses": True}, "EnableSimpleResponses"),
    ({"AuthorizerType": "REQUEST", "IdentitySource": [], "AuthorizerUri": "x", "AuthorizerPayloadFormatVersion": "2.0"}, "AuthorizerUri"),
]  # fmt: skip


@pytest.mark.parametrize(("members", "why"), REFUSED_AUTHORIZERS, ids=range(len(REFUSED_AUTHORIZERS)))
def test_an_authorizer_that_cannot_decide_is_refused(http, api, members, why):
    code, message = refused(http.create_authorizer, ApiId=api, Name="guard", **members)
    assert code == "BadRequestException" and why in message


REFUSED_INTEGRATIONS = [
    ({"IntegrationType": "AWS"}, "may only be associated with proxy integrations"),
    ({"IntegrationType": "AWS_PROXY", "IntegrationUri": FUNCTION}, "PayloadFormatVersion is a required parameter for integration"),
    ({"IntegrationType": "AWS_PROXY", "IntegrationUri": FUNCTION, "PayloadFormatVersion": "3.0"}, "PayloadFormatVersion"),
    ({"IntegrationType": "AWS_PROXY", "IntegrationUri": "https://a", "PayloadFormatVersion": "2.0"}, "not the ARN of a function"),
    ({"IntegrationType": "HTTP_PROXY", "IntegrationUri": "ftp://a", "IntegrationMethod": "GET"}, "must be a URL"),
    ({"IntegrationType": "HTTP_PROXY", "IntegrationUri": "https://", "IntegrationMethod": "GET"}, "must be a URL"),
    ({"IntegrationType": "HTTP_PROXY", "IntegrationUri": "https://a b/", "IntegrationMethod": "GET"}, "must be a URL"),
    ({"IntegrationType": "HTTP_PROXY", "IntegrationUri": "https://user@a/", "IntegrationMethod": "GET"}, "must be a URL"),
    ({"IntegrationType": "HTTP_PROXY", "IntegrationUri": "https://a:70000/", "IntegrationMethod": "GET"}, "must be a URL"),
    ({"IntegrationType": "HTTP_PROXY", "IntegrationUri": "https://a"}, "Invalid HTTP method"),
    ({"IntegrationType": "HTTP_PROXY", "IntegrationUri": "https://a", "IntegrationMethod": "GET", "TimeoutInMillis": 30001}, "TimeoutInMillis"),
    ({"IntegrationType": "HTTP_PROXY", "IntegrationUri": "https://a", "IntegrationMethod": "GET", "RequestParameters": {"append:header.Authorization": "x"}}, "Operations on header Authorization are restricted"),
    ({"IntegrationType": "HTTP_PROXY", "IntegrationUri": "https://a", "IntegrationMethod": "GET", "RequestParameters": {"append:path": "x"}}, "append:path"),
    ({"IntegrationType": "HTTP_PROXY", "IntegrationUri": "https://a", "IntegrationMethod": "GET", "ResponseParameters": {"100": {"append:header.a": "x"}}}, "100"),
    ({"IntegrationType": "HTTP_PROXY", "IntegrationUri": "arn:aws:elasticloadbalancing:us-east-1:0:listener/a", "IntegrationMethod": "GET", "ConnectionType": "VPC_LINK"}, "ConnectionId"),
    ({"IntegrationType": "AWS_PROXY", "IntegrationSubtype": "SQS-Nothing", "PayloadFormatVersion": "1.0", "CredentialsArn": "arn:aws:iam::000000000000:role/r"}, "SQS-Nothing"),
    ({"IntegrationType": "AWS_PROXY", "IntegrationSubtype": "SQS-SendMessage", "PayloadFormatVersion": "1.0", "CredentialsArn": "arn:aws:iam::000000000000:role/r", "RequestParameters": {"QueueUrl": "u"}}, "MessageBody is a required"),
    ({"IntegrationType": "AWS_PROXY", "IntegrationSubtype": "SQS-PurgeQueue", "PayloadFormatVersion": "1.0", "CredentialsArn": "arn:aws:iam::000000000000:role/r", "RequestParameters": {"QueueUrl": "u", "X": "y"}}, "X is no request parameter"),
    ({"IntegrationType": "HTTP_PROXY", "IntegrationUri": "https://a", "IntegrationMethod": "GET", "PassthroughBehavior": "NEVER"}, "PassthroughBehavior is not currently supported for HTTP APIs"),
]  # fmt: skip


@pytest.mark.parametrize(("members", "why"), REFUSED_INTEGRATIONS, ids=range(len(REFUSED_INTEGRATIONS)))
def test_an_integration_that_cannot_be_called_is_refused(http, api, members, why):
    code, message = refused(http.create_integration, ApiId=api, **members)
    assert code == "BadRequestException" and why in message


REFUSED_CORS = [
    ({"AllowHeaders": ["a\r\nx-evil: 1"]}, "AllowHeaders"),
    ({"ExposeHeaders": ["a b"]}, "ExposeHeaders"),
    ({"AllowMethods": ["GET", ""]}, "AllowMethods"),
    ({"AllowOrigins": ["https://a\r\nx-evil: 1"]}, "origin"),
    ({"AllowOrigins": ["a.example"]}, "Invalid format for origin a.example. Origin should start with a scheme"),
]  # fmt: skip


@pytest.mark.parametrize(("cors", "why"), REFUSED_CORS, ids=range(len(REFUSED_CORS)))
def test_cors_that_no_browser_could_be_told_is_refused(http, api, cors, why):
    code, message = refused(http.update_api, ApiId=api, CorsConfiguration=cors)
    assert code == "BadRequestException" and why in message
    assert "CorsConfiguration" not in http.get_api(ApiId=api)


REFUSED_LOGS = [
    ({"Format": "$context.status"}, "Access log format must contain at least $context.requestId"),
    ({"Format": "$context.requestId\n$context.status"}, "Access log format must be single line"),
    ({"Format": "$context.requestId" + "x" * 3072}, "Access log format must not exceed 3072 bytes"),
    ({"DestinationArn": "arn:aws:logs:us-east-1:111111111111:log-group:a"}, "must be in the account of the API"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "why"), REFUSED_LOGS, ids=range(len(REFUSED_LOGS)))
def test_an_access_log_that_aws_would_not_write_is_refused(http, api, change, why):
    """`AccessLogSettings` of the service model: a single line that has at least `$context.requestId`."""
    log = {"DestinationArn": "arn:aws:logs:us-east-1:000000000000:log-group:a:*", "Format": "$context.requestId"}
    code, message = refused(http.create_stage, ApiId=api, StageName="dev", AccessLogSettings=log | change)
    assert code == "BadRequestException" and why in message
    kept = http.create_stage(ApiId=api, StageName="dev", AccessLogSettings=log)["AccessLogSettings"]
    assert kept["DestinationArn"] == log["DestinationArn"].removesuffix(":*")


def test_what_quick_create_made_is_not_taken_away(http):
    """The service model: a managed integration can be updated, not deleted; the key of a managed route is not modified."""
    api = http.create_api(Name="quick", ProtocolType="HTTP", Target=FUNCTION)["ApiId"]
    [route], [integration] = http.get_routes(ApiId=api)["Items"], http.get_integrations(ApiId=api)["Items"]
    at = {"ApiId": api, "RouteId": route["RouteId"]}
    assert refused(http.update_route, **at, RouteKey="GET /x")[0] == "BadRequestException"
    assert http.update_route(**at, OperationName="all", RouteKey="$default")["OperationName"] == "all"
    http.update_api(ApiId=api, RouteKey="GET /x")
    assert http.get_route(**at)["RouteKey"] == "GET /x"
    http.update_integration(ApiId=api, IntegrationId=integration["IntegrationId"], TimeoutInMillis=100)
    http.delete_route(**at)
    code, _ = refused(http.delete_integration, ApiId=api, IntegrationId=integration["IntegrationId"])
    assert code == "BadRequestException"
    http.delete_api(ApiId=api)


def test_an_integration_in_use_is_kept(http, api, integration, route):
    """The words of milliHQ/terraform-aws-next-js #247."""
    other = http.create_route(ApiId=api, RouteKey="GET /cats", Target=f"integrations/{integration}")["RouteId"]
    code, message = refused(http.delete_integration, ApiId=api, IntegrationId=integration)
    ids = ", ".join(sorted([route, other]))
    assert (code, message) == (
        "ConflictException", f"Cannot delete Integration because it is referenced by the following Routes with Ids: [{ids}]")


def test_ids_and_names_of_private_networks_are_checked(http, api):
    assert refused(http.create_vpc_link, Name="l", SubnetIds=["subnet-1", ""])[0] == "BadRequestException"
    assert refused(http.create_vpc_link, Name="l", SubnetIds=["s"], SecurityGroupIds=[""])[0] == "BadRequestException"
    link = http.create_vpc_link(Name="l", SubnetIds=["s"])["VpcLinkId"]
    private = {"ApiId": api, "IntegrationType": "HTTP_PROXY", "IntegrationMethod": "ANY", "ConnectionType": "VPC_LINK",
               "ConnectionId": link, "IntegrationUri": "arn:aws:elasticloadbalancing:us-east-1:0:listener/a"}
    for name in ("a b", "a:443", "a/b", "a\r\nb"):
        code, message = refused(http.create_integration, **private, TlsConfig={"ServerNameToVerify": name})
        assert code == "BadRequestException" and "ServerNameToVerify" in message
    made = http.create_integration(**private, TlsConfig={"ServerNameToVerify": "pets.internal"})
    assert refused(http.delete_vpc_link, VpcLinkId=link)[0] == "BadRequestException"
    public = {"ConnectionType": "INTERNET", "IntegrationUri": "https://a.example", "ConnectionId": ""}
    at = {"ApiId": api, "IntegrationId": made["IntegrationId"]}
    assert refused(http.update_integration, **at, **public)[0] == "BadRequestException", "the name is for private back ends"
    changed = http.update_integration(**at, **public, TlsConfig={"ServerNameToVerify": ""})
    assert "TlsConfig" not in changed and "ConnectionId" not in changed
    http.delete_vpc_link(VpcLinkId=link)


def test_every_subtype_is_taken_with_what_it_needs(http, api):
    subtypes = {
        "EventBridge-PutEvents": ["Detail", "DetailType", "Source"],
        "SQS-SendMessage": ["QueueUrl", "MessageBody"],
        "SQS-ReceiveMessage": ["QueueUrl"],
        "SQS-DeleteMessage": ["ReceiptHandle", "QueueUrl"],
        "SQS-PurgeQueue": ["QueueUrl"],
        "AppConfig-GetConfiguration": ["Application", "Environment", "Configuration", "ClientId"],
        "Kinesis-PutRecord": ["StreamName", "Data", "PartitionKey"],
        "StepFunctions-StartExecution": ["StateMachineArn"],
        "StepFunctions-StartSyncExecution": ["StateMachineArn"],
        "StepFunctions-StopExecution": ["ExecutionArn"],
    }
    for subtype, names in subtypes.items():
        made = http.create_integration(
            ApiId=api,
            IntegrationType="AWS_PROXY",
            IntegrationSubtype=subtype,
            PayloadFormatVersion="1.0",
            CredentialsArn="arn:aws:iam::000000000000:role/r",
            RequestParameters={"Region": "eu-west-1", **{name: f"$request.body.{name}" for name in names}},
        )
        assert made["IntegrationSubtype"] == subtype


def test_a_stage_that_a_domain_leads_to_is_kept(http, api, gateway):
    """terraform-aws-modules/terraform-aws-apigateway-v2 #83."""
    http.create_stage(ApiId=api, StageName="dev")
    rest, name = gateway.client(), f"{api}.example.com"
    certificate = "arn:aws:acm:us-east-1:000000000000:certificate/x"
    rest.create_domain_name(domainName=name, regionalCertificateArn=certificate, endpointConfiguration={"types": ["REGIONAL"]})
    rest.create_base_path_mapping(domainName=name, basePath="v2", restApiId=api, stage="dev")
    code, message = refused(http.delete_stage, ApiId=api, StageName="dev")
    assert code == "BadRequestException" and name in message
    rest.delete_base_path_mapping(domainName=name, basePath="v2")
    http.delete_stage(ApiId=api, StageName="dev")
    rest.delete_domain_name(domainName=name)


def test_an_authorizer_in_use_stays_of_its_type(http, api, route):
    used = http.create_authorizer(ApiId=api, Name="guard", AuthorizerType="REQUEST", AuthorizerUri=AUTHORIZER_URI,
                                  AuthorizerPayloadFormatVersion="2.0", IdentitySource=["$request.header.A"])["AuthorizerId"]
    http.update_route(ApiId=api, RouteId=route, AuthorizationType="CUSTOM", AuthorizerId=used)
    code, message = refused(http.update_authorizer, ApiId=api, AuthorizerId=used, AuthorizerType="JWT")
    assert (code, message) == (
        "ConflictException", f"Cannot change the type of Authorizer '{used}' as it is referenced in Route 'GET /pets'")


REFUSED_KEYS = ["GET /a\0b", "GET", "GET pets", "$connect", "GET /pets/", "GET /{a}/{a}", "GET /{p+}/x", "FETCH /x"]


@pytest.mark.parametrize("key", REFUSED_KEYS)
def test_a_key_that_no_request_matches_is_refused(http, api, key):
    assert refused(http.create_route, ApiId=api, RouteKey=key)[0] == "BadRequestException"


def test_what_is_there_already_is_a_conflict(http, api, route, integration):
    assert refused(http.create_route, ApiId=api, RouteKey="GET /pets")[0] == "ConflictException"
    assert refused(http.delete_integration, ApiId=api, IntegrationId=integration)[0] == "ConflictException"
    http.create_stage(ApiId=api, StageName="dev")
    assert refused(http.create_stage, ApiId=api, StageName="dev")[0] == "ConflictException"


def test_credentials_and_any_origin_do_not_go_together(http, api):
    """Fact H49."""
    cors = {"AllowCredentials": True, "AllowOrigins": ["*"]}
    code, message = refused(http.update_api, ApiId=api, CorsConfiguration=cors)
    assert (code, message) == ("BadRequestException", "allow-credentials is not supported if 'allow-origin' is *")


def test_pages_have_no_gap(http, api):
    keys = {f"GET /p{number}" for number in range(7)}
    for key in keys:
        http.create_route(ApiId=api, RouteKey=key)
    pages = http.get_paginator("get_routes").paginate(ApiId=api, PaginationConfig={"PageSize": 3})
    pages = [page["Items"] for page in pages]
    assert [len(page) for page in pages] == [3, 3, 1]
    assert {item["RouteKey"] for page in pages for item in page} == keys
    assert refused(http.get_routes, ApiId=api, MaxResults="0")[0] == "BadRequestException"
    assert refused(http.get_routes, ApiId=api, NextToken="?")[0] == "BadRequestException"


def test_tags_of_apis_stages_and_links(http, api):
    http.create_stage(ApiId=api, StageName="dev")
    link = http.create_vpc_link(Name="l", SubnetIds=["subnet-1"], Tags={"t": "0"})["VpcLinkId"]
    for path in [f"apis/{api}", f"apis/{api}/stages/dev", f"vpclinks/{link}"]:
        arn = f"arn:aws:apigateway:us-east-1::/{path}"
        http.tag_resource(ResourceArn=arn, Tags={"a": "1", "b": "2"})
        http.untag_resource(ResourceArn=arn, TagKeys=["a", "t"])
        assert http.get_tags(ResourceArn=arn)["Tags"] == {"b": "2"}
    http.delete_vpc_link(VpcLinkId=link)
    assert refused(http.get_tags, ResourceArn=arn)[0] == "NotFoundException"


def test_a_vpc_link_in_use_is_kept(http, api):
    made = http.create_vpc_link(Name="l", SubnetIds=["subnet-1"], SecurityGroupIds=["sg-1"])
    link = made["VpcLinkId"]
    assert (made["VpcLinkStatus"], made["VpcLinkVersion"]) == ("AVAILABLE", "V2")
    private = http.create_integration(
        ApiId=api,
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="ANY",
        IntegrationUri="arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/a/b/c",
        ConnectionType="VPC_LINK",
        ConnectionId=link,
        PayloadFormatVersion="1.0",
    )
    assert refused(http.delete_vpc_link, VpcLinkId=link)[0] == "BadRequestException"
    http.delete_integration(ApiId=api, IntegrationId=private["IntegrationId"])
    assert http.update_vpc_link(VpcLinkId=link, Name="m")["Name"] == "m"
    assert link in [item["VpcLinkId"] for item in http.get_vpc_links()["Items"]]
    http.delete_vpc_link(VpcLinkId=link)


def test_what_is_not_there_is_named(http, api):
    calls = [
        (http.get_api, {"ApiId": "none"}),
        (http.get_route, {"ApiId": api, "RouteId": "none"}),
        (http.get_integration, {"ApiId": api, "IntegrationId": "none"}),
        (http.get_authorizer, {"ApiId": api, "AuthorizerId": "none"}),
        (http.get_stage, {"ApiId": api, "StageName": "none"}),
        (http.get_deployment, {"ApiId": api, "DeploymentId": "none"}),
        (http.get_vpc_link, {"VpcLinkId": "none"}),
        (http.create_route, {"ApiId": api, "RouteKey": "GET /x", "Target": "integrations/none"}),
    ]
    for call, members in calls:
        code, message = refused(call, **members)
        assert code == "NotFoundException" and "none" in message


def test_concurrent_writers_lose_nothing(gateway, http, api):
    http.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    refusals = []

    def write(worker):
        client = gateway.client(service="apigatewayv2")
        for number in range(4):
            try:
                client.create_route(ApiId=api, RouteKey=f"GET /w{worker}/{number}")
            except ClientError as error:
                refusals.append(error.response["Error"]["Code"])

    workers = [threading.Thread(target=write, args=(worker,)) for worker in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    made = [route for page in http.get_paginator("get_routes").paginate(ApiId=api) for route in page["Items"]]
    assert set(refusals) <= {"ConflictException"}
    assert len(made) + len(refusals) == 32
