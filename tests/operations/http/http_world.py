"""The things that the rows of the table of HTTP APIs talk about: `$route` in a row is made when it is first named."""

import itertools
import json
import re

SERIAL = itertools.count(1)
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:pets"
AUTHORIZER = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
REFERENCE = re.compile(r"\$\{?([a-z_]+)\}?")


class HttpWorld:
    """One account's HTTP APIs, made on demand; every public method without arguments is a `$name`."""

    def __init__(self, client):
        self.client = client
        self.made = {}

    def fill(self, value):
        """A value of a row with its `$names` replaced; `$$` is a dollar sign."""
        if isinstance(value, dict):
            return {self.fill(name): self.fill(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        if not isinstance(value, str) or value == "$absent":
            return value
        parts = [REFERENCE.sub(lambda found: str(self.get(found[1])), part) for part in value.split("$$")]
        return "$".join(parts)

    def get(self, name):
        """The thing of this name."""
        if name == "serial":
            return next(SERIAL)
        if name not in self.made:
            self.made[name] = getattr(self, name)()
        return self.made[name]

    def _in_api(self, operation, **members):
        return getattr(self.client, operation)(ApiId=self.get("api"), **members)

    def api(self):
        """An API."""
        cors = {"AllowOrigins": ["https://a.example"]}
        return self.client.create_api(Name="table", ProtocolType="HTTP", CorsConfiguration=cors)["ApiId"]

    def doomed(self):
        """An API that is deleted."""
        return self.client.create_api(Name="doomed", ProtocolType="HTTP")["ApiId"]

    def bare(self):
        """An API without routes."""
        return self.client.create_api(Name="bare", ProtocolType="HTTP")["ApiId"]

    def long(self):
        """A text that is longer than any description."""
        return "x" * 1025

    def region(self):
        """Where the client is."""
        return self.client.meta.region_name

    def arn(self):
        """The API's ARN."""
        return f"arn:aws:apigateway:{self.client.meta.region_name}::/apis/{self.get('api')}"

    def function(self):
        """A function's ARN."""
        return FUNCTION

    def authorizer_uri(self):
        """What an authorizer calls it by."""
        return AUTHORIZER

    def definition(self):
        """A definition of an HTTP API."""
        integration = {"type": "http_proxy", "httpMethod": "ANY", "uri": "https://a.example/", "payloadFormatVersion": "1.0"}
        path = {"get": {"x-amazon-apigateway-integration": integration}}
        info = {"title": "defined", "version": "1"}
        return json.dumps({"openapi": "3.0.1", "info": info, "paths": {"/pets": path}})

    def broken_definition(self):
        """One whose route's integration cannot be made."""
        return self.get("definition").replace("http_proxy", "mock")

    def _integration(self):
        return self._in_api(
            "create_integration", IntegrationType="HTTP_PROXY", IntegrationMethod="ANY",
            IntegrationUri="https://a.example/", PayloadFormatVersion="1.0")["IntegrationId"]

    def integration(self):
        """An integration that a route has."""
        return self._integration()

    def free_integration(self):
        """An integration that no route has."""
        return self._integration()

    def _authorizer(self, name):
        return self._in_api(
            "create_authorizer", Name=name, AuthorizerType="REQUEST", AuthorizerUri=AUTHORIZER,
            AuthorizerPayloadFormatVersion="2.0", IdentitySource=["$request.header.A"])["AuthorizerId"]

    def authorizer(self):
        """An authorizer that a route asks."""
        return self._authorizer("used")

    def jwt(self):
        """An authorizer of tokens."""
        return self._in_api(
            "create_authorizer", Name="jwt", AuthorizerType="JWT", IdentitySource=["$request.header.Authorization"],
            JwtConfiguration={"Issuer": "https://a.example", "Audience": ["a"]})["AuthorizerId"]

    def free_authorizer(self):
        """An authorizer that no route asks."""
        return self._authorizer("free")

    def route(self):
        """GET /pets"""
        return self._in_api(
            "create_route", RouteKey="GET /pets", Target=f"integrations/{self.get('integration')}",
            AuthorizationType="CUSTOM", AuthorizerId=self.get("authorizer"))["RouteId"]

    def other_route(self):
        """GET /cats"""
        return self._in_api("create_route", RouteKey="GET /cats")["RouteId"]

    def deployment(self):
        """A deployment that no stage serves."""
        self.get("route")
        return self._in_api("create_deployment")["DeploymentId"]

    def stage(self):
        """A stage with settings for a route."""
        self.get("route")
        settings = {"GET /pets": {"ThrottlingBurstLimit": 1}}
        log = {"DestinationArn": "arn:aws:logs:us-east-1:000000000000:log-group:g", "Format": "$context.requestId"}
        self._in_api("create_stage", StageName="staged", RouteSettings=settings, AccessLogSettings=log)
        return "staged"

    def doomed_stage(self):
        """A stage that is deleted."""
        self._in_api("create_stage", StageName="doomed")
        return "doomed"

    def automatic_stage(self):
        """A stage that deploys by itself."""
        self.get("route")
        self._in_api("create_stage", StageName="automatic", AutoDeploy=True)
        return "automatic"

    def link(self):
        """A VPC link."""
        return self.client.create_vpc_link(Name="link", SubnetIds=["subnet-1"])["VpcLinkId"]
