"""Stages of HTTP APIs: throttling, access logs, metrics, deployments that are chosen, VPC links."""

import json
import time
import uuid

import pytest

from harness.apis import eventually
from harness.backend import Reply
from harness.http_apis import ACCOUNT, REGION, HttpApi
from harness.services import Service

LISTENER = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:listener/app/pets/50dc6c495c0c9188/1"
FORMAT = (
    '{"requestId":"$context.requestId","ext":"$context.extendedRequestId","ip":"$context.identity.sourceIp",'
    '"httpMethod":"$context.httpMethod","routeKey":"$context.routeKey","status":"$context.status",'
    '"protocol":"$context.protocol","responseLength":"$context.responseLength","path":"$context.path",'
    '"stage":"$context.stage","errorMessage":"$context.error.message","backend":"$context.integrationStatus"}'
)


@pytest.fixture
def api(gateway, backend):
    """An API with two routes."""
    built = HttpApi(gateway)
    built.route("GET /slow", built.proxy(f"{backend.url}/slow"))
    built.route("GET /free", built.proxy(f"{backend.url}/free"))
    return built


def statuses(api, path, count):
    """The statuses of so many requests."""
    return [api.send("GET", path).status for _ in range(count)]


def test_a_route_has_a_rate_of_its_own(api):
    api.client.update_stage(ApiId=api.id, StageName="$default", RouteSettings={
        "GET /slow": {"ThrottlingRateLimit": 0.001, "ThrottlingBurstLimit": 2}})
    assert statuses(api, "/slow", 4) == [200, 200, 429, 429]
    assert statuses(api, "/free", 4) == [200] * 4
    answer = api.send("GET", "/slow")
    assert (answer.status, answer.body) == (429, b'{"message":"Too Many Requests"}')
    assert answer.header("apigw-requestid") and not answer.all("Retry-After")


def test_settings_of_a_stage_are_for_routes_without_their_own(api):
    api.client.update_stage(
        ApiId=api.id, StageName="$default",
        DefaultRouteSettings={"ThrottlingRateLimit": 0.001, "ThrottlingBurstLimit": 1},
        RouteSettings={"GET /free": {"ThrottlingRateLimit": 0.001, "ThrottlingBurstLimit": 3}})
    assert statuses(api, "/slow", 2) == [200, 429]
    assert statuses(api, "/free", 4) == [200, 200, 200, 429]
    api.client.delete_route_settings(ApiId=api.id, StageName="$default", RouteKey="GET /free")
    assert statuses(api, "/free", 1) == [429]


def test_facts_h53_and_h54_access_logs_have_the_variables_of_http_apis(api):
    group = f"/http/{uuid.uuid4().hex}"
    api.client.update_stage(ApiId=api.id, StageName="$default", AccessLogSettings={
        "DestinationArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}", "Format": FORMAT})
    answers = [api.send("GET", "/free?a=b"), api.send("GET", "/nothing")]

    def lines():
        files = [path for path in (api.gateway.data_dir / "logs").rglob("*")
                 if path.is_file() and group.rsplit("/", 1)[1] in str(path)]
        found = [json.loads(line) for path in files for line in path.read_text().splitlines()]
        by_id = {line["requestId"]: line for line in found}
        ids = [answer.header("apigw-requestid") for answer in answers]
        assert by_id.keys() >= set(ids)
        return [by_id[request_id] for request_id in ids]

    found, missed = eventually(lines)
    assert found["ext"] == found["requestId"]
    assert (found["routeKey"], found["status"], found["backend"], found["errorMessage"]) == ("GET /free", "200", "200", "-")
    assert (found["httpMethod"], found["protocol"], found["stage"], found["path"]) == ("GET", "HTTP/1.1", "$default", "/free")
    assert (missed["routeKey"], missed["status"], missed["responseLength"]) == ("-", "404", "23")
    assert missed["errorMessage"] == "Not Found"


def test_fact_h31_logs_say_that_a_back_end_cannot_be_reached(gateway, backend):
    api = HttpApi(gateway)
    api.route("GET /away", api.proxy("http://127.0.0.1:9/"))
    api.route("GET /late", api.proxy(backend.url, TimeoutInMillis=50))
    api.logs(type="$context.error.responseType", message="$context.error.message")
    backend.answer = lambda _: time.sleep(1) or Reply()
    for path, expected in [("/away", "INTEGRATION_NETWORK_FAILURE"), ("/late", "INTEGRATION_TIMEOUT")]:
        line = api.line(api.send("GET", path))
        assert (line["type"], line["message"]) == (expected, "Service Unavailable")


def test_a_stage_serves_the_deployment_that_it_names(gateway, backend):
    api = HttpApi(gateway)
    api.client.create_stage(ApiId=api.id, StageName="prod")
    api.route("GET /a", api.proxy(backend.url))
    first = api.client.create_deployment(ApiId=api.id)["DeploymentId"]
    api.route("GET /b", api.proxy(backend.url))
    second = api.client.create_deployment(ApiId=api.id)["DeploymentId"]
    status = lambda path: gateway.send("GET", f"/prod{path}", api.id).status
    assert status("/a") == 404, "a stage without a deployment serves nothing"
    for deployment, expected in ((first, [200, 404]), (second, [200, 200]), (first, [200, 404])):
        api.client.update_stage(ApiId=api.id, StageName="prod", DeploymentId=deployment)
        assert [status("/a"), status("/b")] == expected
    assert api.send("GET", "/b").status == 200


def test_apis_are_served_again_after_a_restart(start, backend):
    gateway = start()
    api = HttpApi(gateway)
    api.route("GET /a", api.proxy(backend.url))
    assert api.send("GET", "/a").status == 200
    gateway.stop()
    gateway.start()
    assert api.send("GET", "/a").status == 200
    assert api.id in gateway.run("apis").stdout


@pytest.mark.parametrize("name", [LISTENER, "pets"])
def test_fact_103_private_back_ends_get_the_stage_and_the_host_of_the_request(start, name):
    service = Service()
    service.answer = lambda call: (200, {}, b"private")
    gateway = start(f'[vpc_links."{name}"]\ntargets = ["127.0.0.1:{service.server.server_port}"]\n')
    api = HttpApi(gateway, stage="dev")
    link = api.client.create_vpc_link(Name="pets", SubnetIds=["subnet-1"])["VpcLinkId"]
    private = api.proxy(LISTENER, ConnectionType="VPC_LINK", ConnectionId=link)
    api.route("GET /pets/{id}", private)
    assert api.send("GET", "/pets/a%20b?x=1").body == b"private"
    call = service.calls[0]
    assert (call.target, call.header("Host")) == ("/dev/pets/a%20b?x=1", api.host)
    service.stop()


def test_a_link_that_leads_nowhere_refuses(gateway):
    api = HttpApi(gateway)
    link = api.client.create_vpc_link(Name="nowhere", SubnetIds=["subnet-1"])["VpcLinkId"]
    api.route("GET /", api.proxy(LISTENER, ConnectionType="VPC_LINK", ConnectionId=link))
    answer = api.send("GET", "/")
    assert (answer.status, answer.body) == (500, b'{"message":"Internal Server Error"}')


def test_quick_create_serves_at_once(gateway, backend):
    made = gateway.client(service="apigatewayv2").create_api(
        Name="quick", ProtocolType="HTTP", Target=f"{backend.url}/quick", RouteKey="GET /q")
    assert gateway.send("GET", "/q", made["ApiId"]).status == 200
    assert backend.only().target == f"{backend.prefix}/quick"
