"""Canaries: which requests they get, what they are served with, and how one is promoted (facts 116 to 118, 124, N1 to N3)."""

import collections
import json
import threading
import uuid

import pytest

from harness.apis import Api, definition, eventually, mock, proxy
from harness.faults import fails, patch
from harness.wire import Connection

SEEN = json.dumps({
    "release": "%s", "canary": "$context.isCanaryRequest", "deployment": "$context.deploymentId",
    "kept": "$stageVariables.kept", "moved": "$stageVariables.moved", "new": "$stageVariables.new",
})


def told(release):
    """A method that says which release answers, and what it knows of itself."""
    integration = mock(200)
    integration["responses"]["default"]["responseTemplates"] = {"application/json": SEEN % release}
    return integration


def releases(gateway, percent, variables=None, **settings):
    """An API whose stage serves `one` and whose canary serves `two`; `api.canary` is the canary's deployment."""
    api = Api(gateway, definition({"GET /r": told("one")}), variables={"kept": "a", "moved": "b"})
    api.production = stage_of(api)["deploymentId"]
    api.client.put_rest_api(restApiId=api.id, mode="overwrite", body=json.dumps(definition({"GET /r": told("two")})))
    canary = {"percentTraffic": percent, "stageVariableOverrides": variables or {}, **settings}
    api.canary = api.client.create_deployment(restApiId=api.id, stageName="dev", canarySettings=canary)["id"]
    return api


def stage_of(api):
    return api.client.get_stage(restApiId=api.id, stageName="dev")


def update(api, *operations):
    return api.client.update_stage(restApiId=api.id, stageName="dev", patchOperations=list(operations))


def answers(api, count, headers=(), path="/r"):
    """What so many requests were told, one after the other on one connection."""
    with Connection(api.gateway.gateway) as connection:
        found = []
        for number in range(count):
            own = headers(number) if callable(headers) else headers
            connection.request("GET", f"/dev{path}", api.host, own)
            answer = connection.response()
            assert answer.status == 200, answer
            found.append(answer.json())
    return found


def told_of(api, count, **options):
    return collections.Counter(answer["release"] for answer in answers(api, count, **options))


@pytest.mark.parametrize("percent, expected", [(0.0, 0), (0.1, 2), (12.5, 256), (50.0, 1024), (100.0, 2048)])
def test_fact_n1_a_canary_gets_its_share_of_the_requests(gateway, percent, expected):
    api = releases(gateway, percent)
    found = told_of(api, 2048)["two"]
    # Of every 1,024 requests in a row, its share to within one; the ends are exact.
    assert abs(found - expected) <= (2 if 0 < percent < 100 else 0), found
    update(api, patch("replace", "/canarySettings/percentTraffic", "100.0"))
    assert told_of(api, 20) == {"two": 20}
    update(api, patch("replace", "/canarySettings/percentTraffic", "0"))
    assert told_of(api, 20) == {"one": 20}


def test_fact_117_a_canary_has_a_deployment_and_variables_of_its_own(gateway):
    api = releases(gateway, 50.0, {"moved": "c", "new": "d"})
    found = {answer["release"]: answer for answer in answers(api, 64)}
    assert found == {
        "one": {"release": "one", "canary": "false", "deployment": api.production, "kept": "a", "moved": "b", "new": ""},
        "two": {"release": "two", "canary": "true", "deployment": api.canary, "kept": "a", "moved": "c", "new": "d"},
    }
    update(api, patch("replace", "/variables/kept", "e"),
           patch("remove", "/canarySettings/stageVariableOverrides/new"))
    found = {answer["release"]: (answer["kept"], answer["moved"], answer["new"]) for answer in answers(api, 64)}
    assert found == {"one": ("e", "b", ""), "two": ("e", "c", "")}


def test_fact_117_without_a_canary_nobody_is_told_of_one(gateway):
    api = Api(gateway, definition({"GET /r": told("one")}))
    assert [answer["canary"] for answer in answers(api, 2)] == ["", ""]


def test_fact_116_a_canary_of_the_stage_s_own_deployment_differs_by_its_variables(gateway):
    api = Api(gateway, definition({"GET /r": told("one")}), variables={"moved": "b"})
    update(api, patch("replace", "/canarySettings/percentTraffic", "50.0"),
           patch("replace", "/canarySettings/stageVariableOverrides/moved", "c"))
    stage = stage_of(api)
    assert stage["canarySettings"]["deploymentId"] == stage["deploymentId"]
    found = collections.Counter((answer["canary"], answer["moved"]) for answer in answers(api, 2048))
    assert found == {("false", "b"): 1024, ("true", "c"): 1024}


FUNCTION = """
[functions.pets]
code = "./code"
handler = "app.handler"
runtime = "python3.12"
"""
CODE = """
import json

def handler(event, context):
    context = event["requestContext"]
    seen = {name: context.get(name, "absent") for name in ("isCanaryRequest", "deploymentId", "stage")}
    return {"statusCode": 200, "body": json.dumps({**seen, "variables": event["stageVariables"]})}
"""


def test_fact_60_functions_are_told_of_a_canary_where_there_is_one(start, tmp_path):
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "app.py").write_text(CODE)
    arn = "arn:aws:lambda:us-east-1:000000000000:function:pets"
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"
    api = Api(start(FUNCTION), definition({"GET /r": {"type": "aws_proxy", "httpMethod": "POST", "uri": uri}}))
    ask = lambda: api.send("GET", "/r").json()
    deployment = stage_of(api)["deploymentId"]
    seen = {"deploymentId": deployment, "stage": "dev"}
    assert ask() == {**seen, "isCanaryRequest": "absent", "variables": None}
    update(api, patch("replace", "/canarySettings/percentTraffic", "0"),
           patch("replace", "/canarySettings/stageVariableOverrides/place", "canary"))
    assert ask() == {**seen, "isCanaryRequest": False, "variables": None}
    update(api, patch("replace", "/canarySettings/percentTraffic", "100"))
    assert ask() == {**seen, "isCanaryRequest": True, "variables": {"place": "canary"}}


def test_uris_are_bound_to_the_canary_s_variables(gateway, backend):
    routes = {"GET /r": proxy(backend.url + "/${stageVariables.place}")}
    api = Api(gateway, definition(routes), variables={"place": "production"})
    update(api, patch("replace", "/canarySettings/percentTraffic", "50"),
           patch("replace", "/canarySettings/stageVariableOverrides/place", "canary"))
    assert {answer["target"].rsplit("/", 1)[1] for answer in answers(api, 64)} == {"production", "canary"}


def test_a_stage_is_made_with_a_canary(gateway):
    api = releases(gateway, 0.0)
    settings = {"percentTraffic": 100.0, "deploymentId": api.canary, "stageVariableOverrides": {"kept": "z"}}
    api.client.create_stage(restApiId=api.id, stageName="next", deploymentId=api.production, canarySettings=settings)
    answer = api.gateway.send("GET", "/next/r", api.id).json()
    assert (answer["release"], answer["canary"], answer["kept"]) == ("two", "true", "z")


def test_fact_n3_a_canary_is_promoted_step_by_step(gateway):
    api = releases(gateway, 50.0, {"moved": "c", "new": "d"})
    update(api, {"op": "copy", "from": "/canarySettings/deploymentId", "path": "/deploymentId"})
    assert told_of(api, 20) == {"two": 20}
    update(api, {"op": "copy", "from": "/canarySettings/stageVariableOverrides", "path": "/variables"})
    assert {(answer["kept"], answer["moved"], answer["new"]) for answer in answers(api, 20)} == {("a", "c", "d")}
    update(api, patch("replace", "/canarySettings/percentTraffic", "0.0"))
    assert {answer["canary"] for answer in answers(api, 20)} == {"false"}, "the canary is still there"
    update(api, patch("remove", "/canarySettings"))
    assert {answer["canary"] for answer in answers(api, 20)} == {""}
    stage = stage_of(api)
    assert (stage["deploymentId"], stage["variables"]) == (api.canary, {"kept": "a", "moved": "c", "new": "d"})
    assert "canarySettings" not in stage


def test_facts_118_and_n3_a_canary_is_promoted_by_one_call(gateway):
    """The operations of AWS's pages "Update a canary release" and "Promote a canary release", in their order."""
    api = releases(gateway, 50.0, {"moved": "c"})
    update(api, patch("replace", "/canarySettings/useStageCache", "true"),
           patch("replace", "/canarySettings/percentTraffic", "25.0"),
           patch("replace", "/canarySettings/stageVariableOverrides/new", "d"))
    update(api, patch("replace", "/canarySettings/percentTraffic", "0.0"),
           {"op": "copy", "from": "/canarySettings/stageVariableOverrides", "path": "/variables"},
           {"op": "copy", "from": "/canarySettings/deploymentId", "path": "/deploymentId"})
    seen = {(answer["release"], answer["kept"], answer["moved"], answer["new"]) for answer in answers(api, 20)}
    assert seen == {("two", "a", "c", "d")}
    canary = stage_of(api)["canarySettings"]
    assert (canary["percentTraffic"], canary["useStageCache"], canary["deploymentId"]) == (0.0, True, api.canary)
    with fails("BadRequestException", "Active stages pointing to this deployment must be moved or deleted"):
        api.client.delete_deployment(restApiId=api.id, deploymentId=api.canary)
    api.client.delete_deployment(restApiId=api.id, deploymentId=api.production)


def test_a_canary_that_is_removed_leaves_the_stage_as_it_was(gateway):
    api = releases(gateway, 100.0, {"moved": "c"})
    assert told_of(api, 5) == {"two": 5}
    update(api, patch("remove", "/canarySettings"))
    found = answers(api, 20)
    assert {(answer["release"], answer["moved"]) for answer in found} == {("one", "b")}


def test_a_stage_is_rolled_back_by_pointing_it_at_an_earlier_deployment(gateway):
    api = Api(gateway, definition({"GET /r": told("one")}))
    first = stage_of(api)["deploymentId"]
    api.reimport(definition({"GET /r": told("two")}))
    history = api.client.get_deployments(restApiId=api.id)["items"]
    assert {first, stage_of(api)["deploymentId"]} == {deployment["id"] for deployment in history}
    assert told_of(api, 5) == {"two": 5}
    update(api, patch("replace", "/deploymentId", first))
    assert told_of(api, 5) == {"one": 5}


def test_a_test_of_a_method_knows_no_canary(gateway):
    api = releases(gateway, 100.0, {"moved": "c"})
    resources = {item["path"]: item["id"] for item in api.client.get_resources(restApiId=api.id)["items"]}
    tried = api.client.test_invoke_method(
        restApiId=api.id, resourceId=resources["/r"], httpMethod="GET", stageVariables={"moved": "given"})
    found = json.loads(tried["body"])
    assert (found["release"], found["canary"], found["moved"]) == ("two", "", "given")


def test_releases_share_the_limits_of_the_stage(gateway):
    api = releases(gateway, 50.0)
    update(api, patch("replace", "/*/*/throttling/rateLimit", "0.001"),
           patch("replace", "/*/*/throttling/burstLimit", "5"))
    found = [api.send("GET", "/r").status for _ in range(20)]
    assert collections.Counter(found) == {200: 5, 429: 15}


def test_a_custom_domain_name_leads_to_canaries_too(gateway):
    api = releases(gateway, 50.0)
    name = f"{uuid.uuid4().hex}.example.com"
    api.client.create_domain_name(
        domainName=name, endpointConfiguration={"types": ["REGIONAL"]},
        regionalCertificateArn="arn:aws:acm:us-east-1:000000000000:certificate/1")
    api.client.create_base_path_mapping(domainName=name, restApiId=api.id, stage="dev")
    found = set()
    with Connection(gateway.gateway) as connection:
        for _ in range(64):
            connection.request("GET", "/r", name)
            found.add(connection.response().json()["release"])
    assert found == {"one", "two"}


def test_facts_124_and_n2_a_canary_s_lines_are_in_logs_of_its_own_as_well(gateway):
    api = releases(gateway, 50.0)
    group = f"canaries-{uuid.uuid4().hex}"
    update(api, patch("replace", "/accessLogSettings/destinationArn", f"arn:aws:logs:us-east-1:000000000000:log-group:{group}"),
           patch("replace", "/accessLogSettings/format", "$context.requestId $context.isCanaryRequest"),
           patch("replace", "/*/*/logging/loglevel", "INFO"))
    sent = {"one": [], "two": []}
    for _ in range(32):
        answer = api.send("GET", "/r")
        sent[answer.json()["release"]].append(answer.header("x-amzn-RequestId"))
    assert sent["one"] and sent["two"]
    logs = gateway.data_dir / "logs"

    def lines(name):
        path = logs / f"{name}.log"
        return path.read_text().splitlines() if path.exists() else []

    def check():
        wanted = {f"{one} false" for one in sent["one"]} | {f"{one} true" for one in sent["two"]}
        assert set(lines(group)) == wanted
        assert set(lines(f"{group}_Canary")) == {f"{one} true" for one in sent["two"]}
        execution = f"API-Gateway-Execution-Logs_{api.id}_dev"
        named = lambda name: {line[1:].split(")")[0] for line in lines(name) if "completed with status" in line}
        assert named(execution) == set(sent["one"] + sent["two"])
        assert named(f"{execution}_Canary") == set(sent["two"])

    eventually(check)


def sticky(start, by):
    """A gateway that keeps clients on their side, and an API with a canary of half the requests."""
    process = start(f"trusted_proxies = ['127.0.0.1/32']\n[sticky_canaries]\n'*' = '{by}'\n")
    return releases(process, 50.0)


CLIENTS = {
    "header:X-User": lambda client: [("x-user", f"user-{client}")],
    "cookie:session": lambda client: [("Cookie", f"a=b; session=user-{client}"), ("Cookie", "c=d")],
    "source_address": lambda client: [("X-Forwarded-For", f"10.0.{client}.7")],
}


@pytest.mark.parametrize("by", CLIENTS)
def test_a_setting_keeps_clients_on_their_side(start, by):
    api = sticky(start, by)
    identify = CLIENTS[by]

    def sides():
        found = answers(api, 200, headers=lambda number: identify(number % 100))
        first, second = [[answer["release"] for answer in part] for part in (found[:100], found[100:])]
        assert first == second, "every client is where it was"
        return first

    before = sides()
    assert 25 <= before.count("two") <= 75
    update(api, patch("replace", "/canarySettings/percentTraffic", "90.0"))
    after = sides()
    assert not [client for client in range(100) if before[client] == "two" and after[client] == "one"]
    assert after.count("two") > before.count("two")
    update(api, patch("replace", "/canarySettings/percentTraffic", "50.0"))
    assert sides() == before
    if by != "source_address":
        found = told_of(api, 1024)
        assert abs(found["two"] - 512) <= 1, "who cannot be told from others is picked at random"


def test_a_setting_for_one_stage_is_nobody_else_s(start):
    process = start("[sticky_canaries]\n'*' = 'header:X-User'\n")
    api = releases(process, 50.0)
    everybody = lambda _: [("X-User", "the same")]
    assert len(told_of(api, 64, headers=everybody)) == 1
    process.terminate()
    process.settings = f"[sticky_canaries]\n'*' = 'header:X-User'\n'{api.id}/dev' = 'none'\n"
    process.start()
    assert len(told_of(api, 64, headers=everybody)) == 2


def test_canaries_come_go_and_are_promoted_under_load(gateway):
    api = releases(gateway, 20.0)
    over, failed, mixed, served = threading.Event(), [], [], collections.Counter()

    def load():
        with Connection(gateway.gateway) as connection:
            while not over.is_set():
                connection.request("GET", "/dev/r", api.host)
                answer = connection.response()
                if answer.status != 200:
                    failed.append(answer)
                    continue
                seen = answer.json()
                served[seen["release"]] += 1
                # Every deployment says which one it is, so that a mix of two would show.
                if deployments.setdefault(seen["deployment"], seen["release"]) != seen["release"]:
                    mixed.append(seen)

    deployments = {api.production: "one", api.canary: "two"}
    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(3, 13):
        for percent in ("1", "50", "100"):
            update(api, patch("replace", "/canarySettings/percentTraffic", percent))
        update(api, {"op": "copy", "from": "/canarySettings/deploymentId", "path": "/deploymentId"},
               patch("remove", "/canarySettings"))
        api.client.put_rest_api(
            restApiId=api.id, mode="overwrite", body=json.dumps(definition({"GET /r": told(str(number))})))
        api.client.create_deployment(restApiId=api.id, stageName="dev", canarySettings={"percentTraffic": 50.0})
    unused = {item["id"] for item in api.client.get_deployments(restApiId=api.id, limit=100)["items"]}
    stage = stage_of(api)
    for deployment in unused - {stage["deploymentId"], stage["canarySettings"]["deploymentId"]}:
        api.client.delete_deployment(restApiId=api.id, deploymentId=deployment)
    over.set()
    for thread in threads:
        thread.join(20)
    assert not failed and not mixed, (failed[:3], mixed[:3])
    assert len(served) > 5, served
