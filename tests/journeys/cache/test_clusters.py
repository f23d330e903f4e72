"""The cache as a stage has it: flushes, sizes, states, settings, findings (facts 116, C7 and C10)."""

import json

import pytest

from harness.apis import Api, definition, eventually, proxy
from harness.cached import cache, counts, keyed
from harness.faults import fails, patch
from harness.signed import sign

ANN = ("AKIAANNANNANNANNANN3", "0123456789abcdef0123456789abcdef")
BOB = ("AKIABOBBOBBOBBOBBOB3", "0123456789abcdef0123456789abcdeg")
SIGV4 = {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"}
MAY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "execute-api:*", "Resource": "*"}]})
USERS = "".join(
    f"[users.{name}]\naccess_key_id = '{keys[0]}'\nsecret_access_key = '{keys[1]}'\npolicy = '{MAY}'\n"
    for name, keys in (("ann", ANN), ("bob", BOB))
)


def body(api, path="/a", headers=()):
    """What a GET is answered."""
    return api.send("GET", path, headers).body


@pytest.fixture
def api(gateway, backend):
    """One cached method."""
    counts(backend)
    api = Api(gateway, definition({"GET /a": proxy(f"{backend.url}/a")}))
    cache(api)
    return api


def resize(api, size):
    """Another cluster size."""
    operations = [patch("replace", "/cacheClusterSize", size)]
    return api.client.update_stage(restApiId=api.id, stageName=api.stage, patchOperations=operations)


def test_fact_c7_a_flush_has_effect_when_it_returns(api):
    for number in range(1, 6):
        assert [body(api), body(api)] == [b"%d" % number] * 2
        api.client.flush_stage_cache(restApiId=api.id, stageName=api.stage)
    with fails("NotFoundException"):
        api.client.flush_stage_cache(restApiId=api.id, stageName="other")


def test_fact_c7_a_new_size_begins_empty_and_everything_else_keeps_what_is_there(api):
    assert [body(api), body(api)] == [b"1", b"1"]
    cache(api, ttl="60")
    api.client.update_stage(
        restApiId=api.id, stageName=api.stage, patchOperations=[patch("replace", "/variables/v", "1")]
    )
    assert body(api) == b"1"
    resize(api, "1.6")
    assert [body(api), body(api)] == [b"2", b"2"]
    resize(api, "0.5")
    assert body(api) == b"3"


def test_fact_c7_a_new_size_begins_empty_whatever_bytes_it_stands_for(start, backend):
    counts(backend)
    process = start("[cache_sizes]\n'0.5' = 1000000\n'1.6' = 1000000\n")
    api = Api(process, definition({"GET /a": proxy(f"{backend.url}/a")}))
    cache(api)
    assert [body(api), body(api)] == [b"1", b"1"]
    resize(api, "1.6")
    assert [body(api), body(api)] == [b"2", b"2"]


def test_a_stage_that_is_made_again_inherits_no_answers(api):
    deployment = api.client.get_stage(restApiId=api.id, stageName=api.stage)["deploymentId"]
    assert [body(api), body(api)] == [b"1", b"1"]
    api.client.delete_stage(restApiId=api.id, stageName=api.stage)
    api.client.create_stage(
        restApiId=api.id, stageName=api.stage, deploymentId=deployment, cacheClusterEnabled=True, cacheClusterSize="0.5"
    )
    cache(api)
    assert [body(api), body(api)] == [b"2", b"2"]


def test_a_flush_of_one_stage_is_not_another_s(api):
    api.client.create_stage(
        restApiId=api.id, stageName="other", cacheClusterEnabled=True,
        deploymentId=api.client.get_stage(restApiId=api.id, stageName=api.stage)["deploymentId"],
    )
    api.client.update_stage(
        restApiId=api.id, stageName="other", patchOperations=[patch("replace", "/*/*/caching/enabled", "true")]
    )
    other = lambda: api.gateway.send("GET", "/other/a", api.id).body  # noqa: E731
    assert [body(api), other(), body(api), other()] == [b"1", b"2", b"1", b"2"]
    api.client.flush_stage_cache(restApiId=api.id, stageName=api.stage)
    assert [body(api), other()] == [b"3", b"2"]


def test_fact_116_fact_c10_a_canary_shares_answers_with_the_same_deployment_only(gateway, backend):
    counts(backend)
    api = Api(gateway, definition({"GET /a": proxy(f"{backend.url}/a")}))
    cache(api)
    assert body(api) == b"1"
    api.client.create_deployment(
        restApiId=api.id, stageName=api.stage, canarySettings={"percentTraffic": 100.0, "useStageCache": True}
    )

    def canary_answers():
        assert body(api) == b"2", "another deployment, other answers"

    eventually(canary_answers)
    operations = [patch("replace", "/canarySettings/deploymentId", api.client.get_stage(
        restApiId=api.id, stageName=api.stage)["deploymentId"])]
    api.client.update_stage(restApiId=api.id, stageName=api.stage, patchOperations=operations)
    assert body(api) == b"1", "the same deployment, the same answers"
    operations = [patch("replace", "/canarySettings/useStageCache", "false")]
    api.client.update_stage(restApiId=api.id, stageName=api.stage, patchOperations=operations)
    assert [body(api), body(api)] == [b"3", b"3"], "a cache of its own"


def test_sizes_are_settings_and_a_bound(start, backend):
    """A stage of 0.5 GB that is set to 1 MB keeps what fits, and what is used the longest."""
    backend.replies(200, [("Content-Type", "text/plain")], b"x" * 10_000)
    process = start("[cache_sizes]\n'0.5' = 1000000\n")
    api = Api(process, definition({"GET /{id}": keyed(proxy(f"{backend.url}/x"), "method.request.path.id")}))
    cache(api)
    api.send("GET", "/used")
    for number in range(300):
        api.send("GET", f"/{number}")
        backend.requests.clear()
        api.send("GET", "/used")
        assert not backend.requests, number
    for number in range(300):
        api.send("GET", f"/{number}")
    assert 150 < len(backend.requests) <= 300, "there was room for 96 at most"


def test_all_caches_together_have_a_bound(start, backend):
    counts(backend)
    process = start("cache_bytes_max = 0\n")
    api = Api(process, definition({"GET /a": proxy(f"{backend.url}/x")}))
    cache(api)
    assert [body(api), body(api)] == [b"1", b"2"], "nothing is kept where there is no room"


def test_the_principal_is_part_of_the_key_where_that_is_set(start, backend):
    routes = {"GET /a": proxy(f"{backend.url}/a", operation={"security": [{"sigv4": []}]}), "GET /open": proxy(f"{backend.url}/o")}
    document = definition(routes, components={"securitySchemes": {"sigv4": SIGV4}})

    def seen(process):
        counts(backend)
        api = Api(process, document)
        cache(api)
        target = f"/{api.stage}/a"
        ask = lambda who: process.send("GET", target, api.id, sign(who, "GET", api.host, target)[1]).body  # noqa: E731
        return [ask(ANN), ask(BOB), ask(ANN), ask(BOB), body(api, "/open"), body(api, "/open")]

    def told(process):
        return "callers get each other's answers" in process.run("apis").stdout

    plain, varying = start(USERS), start("cache_vary_by_principal = true\n" + USERS, name="varying")
    assert seen(plain) == [b"1"] * 4 + [b"2"] * 2, "as on AWS"
    assert seen(varying) == [b"1", b"2", b"1", b"2", b"3", b"3"]
    assert (told(plain), told(varying)) == (True, False)


def test_fact_c7_the_status_walks(gateway, backend):
    api = Api(gateway, definition({"GET /a": proxy(f"{backend.url}/a")}))
    get = lambda: api.client.get_stage(restApiId=api.id, stageName=api.stage)["cacheClusterStatus"]  # noqa: E731
    update = lambda value: api.client.update_stage(  # noqa: E731
        restApiId=api.id, stageName=api.stage, patchOperations=[patch("replace", "/cacheClusterEnabled", value)]
    )["cacheClusterStatus"]
    assert get() == "NOT_AVAILABLE"
    assert (update("true"), get()) == ("CREATE_IN_PROGRESS", "AVAILABLE")
    assert (update("true"), get()) == ("AVAILABLE", "AVAILABLE")
    assert (resize(api, "6.1")["cacheClusterStatus"], get()) == ("CREATE_IN_PROGRESS", "AVAILABLE")
    assert (update("false"), get()) == ("DELETE_IN_PROGRESS", "NOT_AVAILABLE")
    deployment = api.client.get_stage(restApiId=api.id, stageName=api.stage)["deploymentId"]
    made = api.client.create_stage(
        restApiId=api.id, stageName="cached", deploymentId=deployment, cacheClusterEnabled=True, cacheClusterSize="1.6"
    )
    assert (made["cacheClusterStatus"], made["cacheClusterSize"]) == ("CREATE_IN_PROGRESS", "1.6")


def test_hits_are_explained(start, backend):
    process = start("explain = true\n")
    counts(backend)
    api = Api(process, definition({"GET /a": proxy(f"{backend.url}/a")}))
    cache(api)
    ask = lambda: process.run("explain", f"http://{api.host}/{api.stage}/a").stdout  # noqa: E731
    first, second = ask(), ask()
    assert "miss; an answer is kept for 300 s" in first and "integrate" in first
    assert "hit" in second and "integrate" not in second


def test_a_hit_is_logged_without_a_back_end(start, backend):
    """Facts L5 and L15: the method's lines are there, the back end's are not, and its variables have no value."""
    counts(backend)
    process = start("log_default = 'file'\n")
    api = Api(process, definition({"GET /a": proxy(f"{backend.url}/a")}))
    form = "$context.requestId $context.status $context.responseLength $context.integrationLatency $context.integration.status"
    api.client.update_account(patchOperations=[patch("replace", "/cloudwatchRoleArn", "arn:aws:iam::000000000000:role/logs")])
    cache(
        api,
        patch("replace", "/*/*/logging/loglevel", "INFO"),
        patch("replace", "/*/*/logging/dataTrace", "true"),
        patch("replace", "/accessLogSettings/destinationArn", "arn:aws:logs:us-east-1:000000000000:log-group:hits"),
        patch("replace", "/accessLogSettings/format", form),
    )
    answers = [api.send("GET", "/a") for _ in range(2)]

    def lines(name, last):
        path = process.data_dir / "logs" / f"{name}.log"
        assert path.exists(), name
        mine = [[line for line in path.read_text().splitlines() if answer.header("x-amzn-RequestId") in line] for answer in answers]
        assert all(of and last in of[-1] for of in mine), mine
        return mine

    missed, hit = eventually(lambda: lines("hits", "200 1"), timeout_s=10)
    assert missed[0].split()[3:] != ["-", "-"] and hit[0].split()[3:] == ["-", "-"]
    group = f"API-Gateway-Execution-Logs_{api.id}_{api.stage}"
    missed, hit = eventually(lambda: lines(group, "Method completed with status: 200"), timeout_s=10)
    assert any("Endpoint request URI" in line for line in missed) and not any("Endpoint" in line for line in hit)
    for said in ("Starting execution", "Method response body after transformations: 1", "Successfully completed execution"):
        assert any(said in line for line in hit), (said, hit)
