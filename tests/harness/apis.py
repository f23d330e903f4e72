"""Builds APIs from short descriptions: routes in, an imported and deployed API out."""

import copy
import json
import re
import time

VERBS = {"GET", "PUT", "POST", "DELETE", "PATCH", "HEAD", "OPTIONS"}


def mock(status=200, **integration):
    """A MOCK integration that answers with a status and no body."""
    return {
        "type": "mock",
        "requestTemplates": {"application/json": json.dumps({"statusCode": status})},
        "responses": {"default": {"statusCode": str(status)}},
        **integration,
    }


def proxy(uri, method="GET", **integration):
    """An HTTP_PROXY integration."""
    return {"type": "http_proxy", "httpMethod": method, "uri": uri, **integration}


def http(uri, method="GET", **integration):
    """An HTTP integration whose default response is 200."""
    responses = {"default": {"statusCode": "200"}}
    return {"type": "http", "httpMethod": method, "uri": uri, "responses": responses, **integration}


def definition(routes, title="test", **top_level):
    """An OpenAPI 3.0 document; `routes` maps `VERB /path` to an integration."""
    paths = {}
    for route, integration in routes.items():
        verb, path = route.split(" ")
        key = verb.lower() if verb in VERBS else "x-amazon-apigateway-any-method"
        paths.setdefault(path, {})[key] = operation(path, integration)
    info = {"title": title, "version": "1"}
    return {"openapi": "3.0.1", "info": info, "paths": paths, **top_level}


def operation(path, integration):
    """An operation that declares every parameter and response header its integration maps."""
    integration = copy.deepcopy(integration)
    extra = integration.pop("operation", {})
    declared = {("path", name.rstrip("+")) for name in re.findall(r"{([^}]+)}", path)}
    for source in integration.get("requestParameters", {}).values():
        if found := re.match(r"method\.request\.(?:multivalue)?(header|querystring|path)\.(.+)", source):
            declared.add((found[1].replace("querystring", "query"), found[2]))
    parameters = [
        {"name": name, "in": place, "required": place == "path", "schema": {"type": "string"}}
        for place, name in sorted(declared)
    ]
    responses = {}
    for answer in integration.get("responses", {}).values():
        names = [k.rsplit(".", 1)[1] for k in answer.get("responseParameters", {})]
        headers = {name: {"schema": {"type": "string"}} for name in names}
        responses[answer["statusCode"]] = {"description": "", "headers": headers}
    responses = responses or {"200": {"description": ""}}
    built = {"responses": responses, "x-amazon-apigateway-integration": integration, **extra}
    if parameters:
        built.setdefault("parameters", parameters)
    return built


class Api:
    """An imported API: its id, its stage, and short ways to change and call it."""

    def __init__(self, gateway, document, stage="dev", region="us-east-1", variables=None):
        self.gateway, self.stage, self.region = gateway, stage, region
        self.client = gateway.client(region)
        self.id = self.client.import_rest_api(body=json.dumps(document))["id"]
        self.deploy(**({"variables": variables} if variables else {}))

    def deploy(self, **arguments):
        """CreateDeployment to the stage, and waits until the stage answers."""
        made = self.client.create_deployment(restApiId=self.id, stageName=self.stage, **arguments)
        self.wait_until_live()
        return made["id"]

    def reimport(self, document, mode="overwrite"):
        """PutRestApi, then deploys."""
        self.client.put_rest_api(restApiId=self.id, mode=mode, body=json.dumps(document))
        return self.deploy()

    def wait_until_live(self):
        """Returns once the data plane knows the stage (and has had time to learn of a change)."""
        time.sleep(0.1)
        deadline = time.monotonic() + 5
        while (answer := self.send("HEAD", "/no-such-route")).status == 404 or answer.error_type == "ForbiddenException":
            assert time.monotonic() < deadline, "the stage never became live"
            time.sleep(0.02)

    def send(self, method, path, headers=(), body=None, **options):
        """One request below the stage."""
        target = f"/{self.stage}{path}"
        return self.gateway.send(method, target, self.id, headers, body, region=self.region, **options)

    @property
    def host(self):
        """The Host value of the API."""
        return self.gateway.host(self.id, self.region)


def eventually(check, timeout_s=15):
    """Runs `check` until it stops failing; its last failure counts."""
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            return check()
        except AssertionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
