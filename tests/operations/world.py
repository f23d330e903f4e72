"""The things that the rows of the operation table talk about: `$method` in a row is made when it is first named."""

import datetime
import itertools
import json
import re

from operations.account_things import BALANCER, CERTIFICATE, AccountThings

SERIAL = itertools.count(1)
FUNCTION = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:us-east-1:000000000000:function:f/invocations")
POOL = "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_a"
POLICY = '{"Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}'
REFERENCE = re.compile(r"\$\{?([a-z_]+)\}?")


class World(AccountThings):
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
        self._patch_api("api", "replace", "/securityPolicy", "SecurityPolicy_TLS13_2025_EDGE")
        return "SecurityPolicy_TLS13_2025_EDGE"

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
