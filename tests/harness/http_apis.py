"""Builds HTTP APIs through apigatewayv2: routes, integrations and authorizers in, an API with an automatic `$default` stage out."""

import functools
import json
import uuid


from harness.apis import eventually

ACCOUNT = "000000000000"
REGION = "us-east-1"


def function_arn(name):
    """The ARN of a function."""
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"


def function_uri(name):
    """The URI by which authorizers name a function."""
    return f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{function_arn(name)}/invocations"


class HttpApi:
    """An HTTP API with a stage that deploys by itself, and short ways to change and call it."""

    def __init__(self, gateway, stage="$default", variables=None, **settings):
        self.gateway, self.stage = gateway, stage
        self.client = gateway.client(service="apigatewayv2")
        self.id = self.client.create_api(Name="test", ProtocolType="HTTP", **settings)["ApiId"]
        more = {"StageVariables": variables} if variables else {}
        self.client.create_stage(ApiId=self.id, StageName=stage, AutoDeploy=True, **more)

    def integration(self, **settings):
        """CreateIntegration; its target."""
        return f"integrations/{self.client.create_integration(ApiId=self.id, **settings)['IntegrationId']}"

    def proxy(self, url, method="ANY", **settings):
        """An HTTP_PROXY integration."""
        return self.integration(IntegrationType="HTTP_PROXY", IntegrationMethod=method, IntegrationUri=url,
                                PayloadFormatVersion="1.0", **settings)

    def function(self, name, version="2.0", **settings):
        """An integration with a function."""
        return self.integration(IntegrationType="AWS_PROXY", IntegrationUri=function_uri(name),
                                PayloadFormatVersion=version, **settings)

    def service(self, subtype, role, **parameters):
        """An integration with an operation of a service."""
        return self.integration(IntegrationType="AWS_PROXY", IntegrationSubtype=subtype, CredentialsArn=role,
                                PayloadFormatVersion="1.0", RequestParameters=parameters)

    def jwt(self, issuer, audience=("pets",), source="$request.header.Authorization", name="jwt"):
        """A JWT authorizer: its id."""
        made = self.client.create_authorizer(
            ApiId=self.id, Name=name, AuthorizerType="JWT", IdentitySource=[source],
            JwtConfiguration={"Issuer": issuer, "Audience": list(audience)},
        )
        return made["AuthorizerId"]

    def asks(self, function, version="2.0", sources=("$request.header.Authorization",), name="guard", **settings):
        """A Lambda authorizer: its id."""
        made = self.client.create_authorizer(
            ApiId=self.id, Name=name, AuthorizerType="REQUEST", AuthorizerUri=function_uri(function),
            AuthorizerPayloadFormatVersion=version, IdentitySource=list(sources), **settings,
        )
        return made["AuthorizerId"]

    def route(self, key, target, authorizer=None, scopes=None, **settings):
        """CreateRoute; its id. `authorizer` is an id, or `AWS_IAM`."""
        if authorizer == "AWS_IAM":
            settings["AuthorizationType"] = authorizer
        elif authorizer:
            kind = self.client.get_authorizer(ApiId=self.id, AuthorizerId=authorizer)["AuthorizerType"]
            settings |= {"AuthorizationType": "JWT" if kind == "JWT" else "CUSTOM", "AuthorizerId": authorizer}
        if scopes:
            settings["AuthorizationScopes"] = list(scopes)
        return self.client.create_route(ApiId=self.id, RouteKey=key, Target=target, **settings)["RouteId"]

    def logs(self, **variables):
        """Gives the stage an access log whose lines have these members."""
        self.group = f"/http/{uuid.uuid4().hex}"
        form = json.dumps({"requestId": "$context.requestId", **variables})
        arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{self.group}"
        self.client.update_stage(ApiId=self.id, StageName=self.stage,
                                 AccessLogSettings={"DestinationArn": arn, "Format": form})

    def line(self, answer):
        """The line of the access log for an answer."""
        wanted = answer.header("apigw-requestid")

        def found():
            unique = self.group.rsplit("/", 1)[1]
            files = [p for p in (self.gateway.data_dir / "logs").rglob("*") if p.is_file() and unique in str(p)]
            lines = [json.loads(line) for path in files for line in path.read_text().splitlines()]
            of_answer = [line for line in lines if line["requestId"] == wanted]
            assert len(of_answer) == 1, f"{len(of_answer)} of {len(lines)} lines are for {wanted}"
            return of_answer[0]

        return eventually(found)

    def live(self):
        """Returns the API once the data plane serves what was made so far."""
        path, marker = f"/is-live-{len(self.markers)}", self.markers
        target = marker[0][1] if marker else self.proxy("http://127.0.0.1:9/")
        marker.append((self.route(f"GET {path}", target), target))
        eventually(functools.partial(self._served, path), timeout_s=10)
        return self

    @functools.cached_property
    def markers(self):
        """Routes that tell how far the data plane is."""
        return []

    def _served(self, path):
        assert self.send("GET", path).status == 503

    def send(self, method, path, headers=(), body=None, **options):
        """One request below the stage."""
        prefix = "" if self.stage == "$default" else f"/{self.stage}"
        return self.gateway.send(method, f"{prefix}{path}", self.id, headers, body, **options)

    @property
    def host(self):
        """The Host value of the API."""
        return self.gateway.host(self.id, REGION)
