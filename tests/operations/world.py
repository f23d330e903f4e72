"""The things that the rows of the operation table talk about: `$method` in a row is made when it is first named."""

import datetime
import itertools
import json
import re

SERIAL = itertools.count(1)
BALANCER = "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/n/1"
CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/c"
FUNCTION = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:us-east-1:000000000000:function:f/invocations")
POOL = "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_a"
POLICY = '{"Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}'
REFERENCE = re.compile(r"\$\{?([a-z_]+)\}?")


class World:
    """One account's things, made on demand; every public method without arguments is a `$name`."""

    def __init__(self, client):
        self.client = client
        self.made = {}
        self.number = next(SERIAL)

    def fill(self, value):
        """A value of a row with its `$names` replaced; `$$` is a dollar sign."""
        if isinstance(value, dict):
            return {self.fill(name): self.fill(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        if not isinstance(value, str):
            return value
        parts = [REFERENCE.sub(lambda found: str(self.get(found[1])), part) for part in value.split("$$")]
        return "$".join(parts)

    def get(self, name):
        """The thing of this name."""
        if name == "serial":
            return next(SERIAL)
        if name == "next_plan":
            return self.next_plan()
        if name not in self.made:
            self.made[name] = getattr(self, name)()
        return self.made[name]

    # An API and what it holds.

    def api(self):
        """An API: its id."""
        made = self.client.create_rest_api(name="table")
        self.made["root"] = made["rootResourceId"]
        return made["id"]

    def root(self):
        """Its root resource."""
        self.get("api")
        return self.made["root"]

    def other_api(self):
        """One more API, without a stage."""
        return self.client.create_rest_api(name="other")["id"]

    def private_api(self):
        """A private API."""
        return self.client.create_rest_api(name="private", endpointConfiguration={"types": ["PRIVATE"]})["id"]

    def binary(self):
        """A binary media type of the API."""
        self._patch_api("api", "add", "/binaryMediaTypes/image~1png")
        return "image/png"

    def modern(self):
        """A security policy of the API that knows access modes."""
        self._patch_api("api", "replace", "/securityPolicy", "SecurityPolicy_TLS13_1_3_2025_09")
        return "SecurityPolicy_TLS13_1_3_2025_09"

    def endpoint(self):
        """A VPC endpoint of the private API."""
        self._patch_api("private_api", "add", "/endpointConfiguration/vpcEndpointIds", "vpce-1")
        return "vpce-1"

    def _patch_api(self, api, op, path, value=""):
        operation = {"op": op, "path": path, "value": value}
        self.client.update_rest_api(restApiId=self.get(api), patchOperations=[operation])

    def _resource(self, parent, part):
        return self.client.create_resource(restApiId=self.get("api"), parentId=self.get(parent), pathPart=part)["id"]

    def resource(self):
        """/pets"""
        return self._resource("root", "pets")

    def child(self):
        """/pets/child"""
        return self._resource("resource", "child")

    def sibling(self):
        """/cats"""
        return self._resource("root", "cats")

    def method(self):
        """GET /pets: a verb."""
        self.client.put_method(
            restApiId=self.get("api"), resourceId=self.get("resource"), httpMethod="GET", authorizationType="CUSTOM",
            authorizerId=self.get("authorizer"), requestValidatorId=self.get("used_validator"),
            requestParameters={"method.request.header.A": False}, requestModels={"application/json": self.get("used_model")},
            authorizationScopes=["read"])
        return "GET"

    def response(self):
        """Its method response 200."""
        self.client.put_method_response(
            **self.here(), statusCode="200", responseParameters={"method.response.header.A": False},
            responseModels={"application/json": "Empty"})
        return "200"

    def here(self):
        """The arguments that name the method."""
        return {"restApiId": self.get("api"), "resourceId": self.get("resource"), "httpMethod": self.get("method")}

    def integration(self):
        """Its integration; the verb again."""
        self.client.put_integration(
            **self.here(), type="HTTP_PROXY", integrationHttpMethod="GET", uri="http://a.example",
            requestParameters={"integration.request.header.A": "'a'"}, requestTemplates={"application/json": "x"},
            cacheKeyParameters=["method.request.header.A"])
        return "GET"

    def pool_method(self):
        """POST /pets, which asks a user pool for the scope `read`; the verb."""
        self.client.put_method(
            restApiId=self.get("api"), resourceId=self.get("resource"), httpMethod="POST",
            authorizationType="COGNITO_USER_POOLS", authorizerId=self.get("pool_authorizer"), authorizationScopes=["read"])
        return "POST"

    def linked(self):
        """PATCH /pets, whose integration goes through a VPC link; the verb."""
        at = {"restApiId": self.get("api"), "resourceId": self.get("resource"), "httpMethod": "PATCH"}
        self.client.put_method(**at, authorizationType="NONE")
        self.client.put_integration(
            **at, type="HTTP_PROXY", integrationHttpMethod="GET", uri="http://a.example", connectionType="VPC_LINK",
            connectionId=self.get("link"))
        return "PATCH"

    def mock(self):
        """A MOCK method OPTIONS; the verb."""
        at = {"restApiId": self.get("api"), "resourceId": self.get("resource"), "httpMethod": "OPTIONS"}
        self.client.put_method(**at, authorizationType="NONE")
        self.client.put_integration(**at, type="MOCK")
        return "OPTIONS"

    def no_integration(self):
        """A method HEAD without an integration; the verb."""
        at = {"restApiId": self.get("api"), "resourceId": self.get("resource"), "httpMethod": "HEAD"}
        self.client.put_method(**at, authorizationType="NONE")
        return "HEAD"

    def integration_response(self):
        """The integration response 200."""
        self.get("integration")
        self.client.put_integration_response(
            **self.here(), statusCode=self.get("response"), responseParameters={"method.response.header.A": "'a'"},
            responseTemplates={"application/json": "x"})
        return "200"

    def authorizer(self):
        """A TOKEN authorizer, which the method uses."""
        return self._authorizer("token", type="TOKEN", authorizerUri=FUNCTION, identitySource="method.request.header.A")

    def _authorizer(self, name, **members):
        return self.client.create_authorizer(restApiId=self.get("api"), name=name, **members)["id"]

    def free_authorizer(self):
        """A TOKEN authorizer that nothing uses."""
        return self._authorizer("free", type="TOKEN", authorizerUri=FUNCTION, identitySource="method.request.header.A")

    def request_authorizer(self):
        """A REQUEST authorizer that caches nothing."""
        return self._authorizer(
            "request", type="REQUEST", authorizerUri=FUNCTION, authorizerResultTtlInSeconds=0,
            identitySource="method.request.header.A")

    def pool_authorizer(self):
        """An authorizer of two user pools."""
        return self._authorizer(
            "pool", type="COGNITO_USER_POOLS", providerARNs=[POOL, POOL + "b"], identitySource="method.request.header.A")

    def jwt_authorizer(self):
        """A JWT authorizer."""
        configuration = {
            "issuers": [{"issuer": "https://a.example", "audiences": ["a"]}], "defaultAlgorithms": ["RS256"]}
        return self._authorizer("jwt", type="JWT", jwtConfiguration=configuration, identitySource="method.request.header.A")

    def model(self):
        """A model that nothing uses: its name."""
        self.client.create_model(restApiId=self.get("api"), name="Free", contentType="application/json", schema="{}")
        return "Free"

    def used_model(self):
        """The model that the method uses."""
        self.client.create_model(restApiId=self.get("api"), name="Used", contentType="application/json", schema="{}")
        return "Used"

    def validator(self):
        """A validator that nothing uses."""
        return self.client.create_request_validator(restApiId=self.get("api"), name="free")["id"]

    def used_validator(self):
        """The validator that the method uses."""
        return self.client.create_request_validator(restApiId=self.get("api"), name="used")["id"]

    def gateway_response(self):
        """A gateway response of the API's own: its type."""
        self.client.put_gateway_response(
            restApiId=self.get("api"), responseType="THROTTLED", statusCode="429",
            responseParameters={"gatewayresponse.header.A": "'a'"}, responseTemplates={"application/json": "x"})
        return "THROTTLED"

    def part(self):
        """A documentation part of the API."""
        return self.client.create_documentation_part(
            restApiId=self.get("api"), location={"type": "API"}, properties="{}")["id"]

    def parts(self):
        """Two query parameters of /pets, one of them without a description."""
        for name, properties in (("limit", '{"description": "d"}'), ("offset", "{}")):
            location = {"type": "QUERY_PARAMETER", "path": "/pets", "name": name}
            self.client.create_documentation_part(restApiId=self.get("api"), location=location, properties=properties)

    def second_version(self):
        """One more documentation version."""
        self.client.create_documentation_version(restApiId=self.get("api"), documentationVersion="2")
        return "2"

    def version(self):
        """A documentation version."""
        self.client.create_documentation_version(restApiId=self.get("api"), documentationVersion="1")
        return "1"

    def deployment(self):
        """A deployment that a stage serves."""
        at = {"restApiId": self.get("api"), "resourceId": self.get("root"), "httpMethod": "GET"}
        self.client.put_method(**at, authorizationType="NONE")
        self.client.put_integration(**at, type="MOCK")
        return self.client.create_deployment(restApiId=self.get("api"))["id"]

    def free_deployment(self):
        """A deployment that no stage serves."""
        self.get("deployment")
        return self.client.create_deployment(restApiId=self.get("api"))["id"]

    def stage(self):
        """A stage with a variable, a canary and a method setting: its name."""
        self.client.create_stage(
            restApiId=self.get("api"), stageName="dev", deploymentId=self.get("deployment"), variables={"name": "x"},
            canarySettings={"percentTraffic": 1.5, "stageVariableOverrides": {"name": "y"}})
        self.client.update_stage(restApiId=self.get("api"), stageName="dev", patchOperations=[
            {"op": "replace", "path": "/*/*/metrics/enabled", "value": "true"}])
        return "dev"

    def plain_stage(self):
        """A stage without a canary."""
        self.client.create_stage(restApiId=self.get("api"), stageName="plain", deploymentId=self.get("deployment"))
        return "plain"

    # What an account holds.

    def key(self):
        """An API key."""
        made = self.client.create_api_key(name="key", stageKeys=[{"restApiId": self.get("api"), "stageName": self.get("stage")}])
        self.made["key_value"] = made["value"]
        return made["id"]

    def key_value(self):
        """What the key says."""
        self.get("key")
        return self.made["key_value"]

    def free_key(self):
        """A key in no plan."""
        return self.client.create_api_key(name="free")["id"]

    def plan(self):
        """A usage plan with a quota and no stage."""
        return self.client.create_usage_plan(
            name="plan", quota={"limit": 10, "period": "MONTH"}, throttle={"rateLimit": 1.0, "burstLimit": 1})["id"]

    def unlimited_plan(self):
        """A usage plan without a quota."""
        return self.client.create_usage_plan(name="unlimited")["id"]

    def staged_plan(self):
        """A usage plan of the stage."""
        stage = {"apiId": self.get("api"), "stage": self.get("stage"), "throttle": {"/pets/GET": {"rateLimit": 1.0}}}
        return self.client.create_usage_plan(name="staged", apiStages=[stage])["id"]

    def next_plan(self):
        """A usage plan that is new whenever it is named."""
        return self.client.create_usage_plan(name="next")["id"]

    def planned_twice(self):
        """The key in the plan and in one that has the stage already."""
        self.client.create_usage_plan_key(
            usagePlanId=self.get("staged_plan"), keyId=self.get("planned"), keyType="API_KEY")
        return self.get("staged_plan")

    def planned(self):
        """The key, now in the plan."""
        self.client.create_usage_plan_key(usagePlanId=self.get("plan"), keyId=self.get("key"), keyType="API_KEY")
        return self.get("key")

    def also_planned(self):
        """The free key, now in the plan, too."""
        self.client.create_usage_plan_key(usagePlanId=self.get("plan"), keyId=self.get("free_key"), keyType="API_KEY")
        return self.get("free_key")

    def link(self):
        """A VPC link."""
        return self.client.create_vpc_link(name="link", targetArns=[BALANCER])["id"]

    def used_link(self):
        """A VPC link that an integration uses."""
        link = self.client.create_vpc_link(name="used", targetArns=[BALANCER])["id"]
        self.get("integration")
        at = {**self.here(), "httpMethod": "PUT"}
        self.client.put_method(**at, authorizationType="NONE")
        self.client.put_integration(
            **at, type="HTTP_PROXY", integrationHttpMethod="GET", uri="http://a.example", connectionType="VPC_LINK",
            connectionId=link)
        return link

    def certificate(self):
        """A client certificate."""
        return self.client.generate_client_certificate()["clientCertificateId"]

    def used_certificate(self):
        """A client certificate that the stage uses."""
        made = self.client.generate_client_certificate()["clientCertificateId"]
        self.client.update_stage(restApiId=self.get("api"), stageName=self.get("stage"), patchOperations=[
            {"op": "replace", "path": "/clientCertificateId", "value": made}])
        return made

    def domain(self):
        """A regional domain name."""
        name = f"w{self.number}.example.com"
        self.client.create_domain_name(
            domainName=name, regionalCertificateArn=CERTIFICATE, endpointConfiguration={"types": ["REGIONAL"]},
            securityPolicy="SecurityPolicy_TLS13_1_3_2025_09",
            mutualTlsAuthentication={"truststoreUri": "s3://bucket/key.pem", "truststoreVersion": "1"})
        return name

    def moving_domain(self):
        """A domain name on its way from regional to edge, with the certificates of both."""
        name = f"m{self.number}.example.com"
        self.client.create_domain_name(
            domainName=name, regionalCertificateArn=CERTIFICATE, regionalCertificateName="r", certificateArn=CERTIFICATE,
            certificateName="e", endpointConfiguration={"types": ["REGIONAL"]})
        self.client.update_domain_name(domainName=name, patchOperations=[
            {"op": "add", "path": "/endpointConfiguration/types", "value": "EDGE"}])
        return name

    def private_domain(self):
        """A private domain name; its id and ARN are things of their own."""
        made = self.client.create_domain_name(
            domainName=f"p{self.number}.example.com", certificateArn=CERTIFICATE, endpointConfiguration={"types": ["PRIVATE"]})
        self.made["domain_id"], self.made["domain_arn"] = made["domainNameId"], made["domainNameArn"]
        return made["domainName"]

    def domain_id(self):
        """The private domain name's id."""
        self.get("private_domain")
        return self.made["domain_id"]

    def domain_arn(self):
        """The private domain name's ARN."""
        self.get("private_domain")
        return self.made["domain_arn"]

    def association(self):
        """An access association of the private domain name: its ARN."""
        return self.client.create_domain_name_access_association(
            domainNameArn=self.get("domain_arn"), accessAssociationSourceType="VPCE", accessAssociationSource="vpce-1",
        )["domainNameAccessAssociationArn"]

    def second_association(self):
        """One more access association."""
        return self.client.create_domain_name_access_association(
            domainNameArn=self.get("domain_arn"), accessAssociationSourceType="VPCE", accessAssociationSource="vpce-2",
        )["domainNameAccessAssociationArn"]

    def mapping(self):
        """A base path of the domain name."""
        self.client.create_base_path_mapping(
            domainName=self.get("domain"), basePath="pets", restApiId=self.get("api"), stage=self.get("stage"))
        return "pets"

    def whole_mapping(self):
        """A base path of the domain name that leads to every stage."""
        self.client.create_base_path_mapping(domainName=self.get("domain"), basePath="whole", restApiId=self.get("api"))
        return "whole"

    def second_mapping(self):
        """One more base path of the domain name."""
        self.client.create_base_path_mapping(
            domainName=self.get("domain"), basePath="second", restApiId=self.get("api"), stage=self.get("stage"))
        return "second"

    # What is only written down.

    def region(self):
        """The region of the client."""
        return self.client.meta.region_name

    def today(self):
        """The date in UTC."""
        return datetime.datetime.now(datetime.timezone.utc).date().isoformat()

    def definition(self):
        """A small OpenAPI definition."""
        return json.dumps({"openapi": "3.0.1", "info": {"title": "t", "version": "1"}, "paths": {}})

    def wide_definition(self):
        """A definition with more resources than a tight quota allows."""
        paths = {f"/p{number}": {} for number in range(9)}
        return json.dumps({"openapi": "3.0.1", "info": {"title": "t", "version": "1"}, "paths": paths})

    def documentation(self):
        """A definition with documentation parts only."""
        parts = [{"location": {"type": "RESOURCE", "path": f"/{n}"}, "properties": {"a": n}} for n in range(9)]
        extension = {"x-amazon-apigateway-documentation": {"documentationParts": parts}}
        return json.dumps({"openapi": "3.0.1", "info": {"title": "t", "version": "1"}, "paths": {}, **extension})

    def function(self):
        """The URI of a Lambda function."""
        return FUNCTION

    def pool(self):
        """A user pool that no authorizer has."""
        return POOL + "c"

    def old_pool(self):
        """A user pool that the pool authorizer has."""
        return POOL

    def certificate_arn(self):
        """A certificate of ACM."""
        return CERTIFICATE

    def balancer(self):
        """A network load balancer."""
        return BALANCER

    def policy(self):
        """A resource policy."""
        return POLICY
