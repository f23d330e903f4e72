"""Rates of keys, methods, stages and accounts, in AWS's order, exact and live (facts 8, T1, T2, L10)."""

import time

from harness.apis import mock
from harness.faults import patch
from harness.metered import Metered, keyed
from journeys.observe.test_execution_log import lines_of


def throttled(answer):
    assert (answer.status, answer.error_type) == (429, "TooManyRequestsException")
    assert answer.body == b'{"message":"Too Many Requests"}'
    assert not [name for name, _ in answer.headers if name.lower().startswith("ratelimit") or name.lower() == "retry-after"]


def test_fact_t2_a_key_gets_its_burst_and_then_its_rate(gateway):
    metered = Metered(gateway, {"GET /k": keyed(mock(200))})
    _, value = metered.key(metered.plan(throttle={"rateLimit": 20, "burstLimit": 5}))
    _, other = metered.key(metered.plan(throttle={"rateLimit": 0.01, "burstLimit": 2}))
    assert metered.statuses("/k", other, 3) == [200, 200, 429]
    throttled(metered.send("/k", other))
    began = time.monotonic()
    statuses = []
    while time.monotonic() < began + 2:
        statuses.append(metered.send("/k", value).status)
    spent = time.monotonic() - began
    served = statuses.count(200)
    assert set(statuses) == {200, 429}
    # Requests take their time: one more may be decided at the very end.
    assert 20 * 2 * 0.9 <= served <= 20 * spent + 5


def test_fact_t1_what_one_limit_refuses_costs_the_others_nothing(gateway):
    metered = Metered(gateway, {"GET /slow": keyed(mock(200)), "GET /fast": keyed(mock(200))})
    limits = {"/slow/GET": {"rateLimit": 0.01, "burstLimit": 1}}
    plan = metered.plan({"rateLimit": 0.01, "burstLimit": 5}, {"limit": 10, "period": "DAY"}, limits)
    key_id, value = metered.key(plan)
    assert metered.statuses("/slow", value, 20) == [200] + [429] * 19
    assert metered.statuses("/fast", value, 6) == [200] * 4 + [429] * 2
    _, second = metered.key(plan)
    assert metered.statuses("/slow", second, 2) == [200, 429], "each key has buckets of its own"
    today = time.strftime("%Y-%m-%d", time.gmtime())
    usage = metered.client.get_usage(usagePlanId=plan, keyId=key_id, startDate=today, endDate=today)
    assert usage["items"] == {value: [[5, 5]]}


def test_a_stage_limits_each_method_whoever_calls(gateway):
    metered = Metered(gateway, {"GET /a": mock(200), "GET /b": mock(200), "GET /k": keyed(mock(200))})
    set_stage(metered, {"/*/*": (0.01, 3), "/~1b/GET": (0.01, 1)})
    assert metered.statuses("/a", None, 4) == [200] * 3 + [429]
    assert metered.statuses("/b", None, 2) == [200, 429]
    _, value = metered.key(metered.plan())
    assert metered.statuses("/k", value, 4) == [200] * 3 + [429]


def test_limits_change_live_and_tokens_stay_spent(gateway):
    metered = Metered(gateway, {"GET /a": mock(200)})
    set_stage(metered, {"/*/*": (0.01, 2)})
    assert metered.statuses("/a", None, 3) == [200, 200, 429]
    metered.api.deploy()
    assert metered.send("/a").status == 429, "a deployment fills no bucket"
    set_stage(metered, {"/*/*": (1000, 2)})
    time.sleep(0.05)
    assert metered.send("/a").status == 200
    set_stage(metered, {"/*/*": (0, 0)})
    assert metered.send("/a").status == 429
    set_stage(metered, {"/*/*": (-1, -1)})
    assert metered.statuses("/a", None, 10) == [200] * 10


def set_stage(metered, limits):
    operations = []
    for place, (rate, burst) in limits.items():
        operations.append(patch("replace", f"{place}/throttling/rateLimit", str(rate)))
        operations.append(patch("replace", f"{place}/throttling/burstLimit", str(burst)))
    metered.client.update_stage(restApiId=metered.api.id, stageName="dev", patchOperations=operations)


def test_fact_l10_the_log_names_the_limit(gateway):
    metered = Metered(gateway, {"GET /a": mock(200)})
    set_stage(metered, {"/*/*": (1, 0)})
    operations = [patch("replace", "/*/*/logging/loglevel", "ERROR")]
    metered.client.update_stage(restApiId=metered.api.id, stageName="dev", patchOperations=operations)
    answer = metered.send("/a")
    throttled(answer)
    resources = metered.client.get_resources(restApiId=metered.api.id)["items"]
    resource = next(item["id"] for item in resources if item["path"] == "/a")
    line = f"Key throttle limit exceeded for RestApi {metered.api.id}, Stage dev, Resource {resource}, HttpMethod GET. Limit: 1.00 Burst: 0"
    assert lines_of(metered.api, answer) == [line, "Method completed with status: 429"]


def test_an_account_is_limited_where_the_operator_says_so(start):
    process = start("[quotas]\naccount_rate_per_second = 1\naccount_burst_count = 4\n")
    one, two = Metered(process, {"GET /a": mock(200)}), Metered(process, {"GET /a": mock(200)})
    # The harness has asked each API for a route that there is not: no limit counts what has no route.
    statuses = one.statuses("/a", None, 3) + two.statuses("/a", None, 4)
    assert statuses[:4] == [200] * 4 and 429 in statuses[4:]
    limits = process.client().get_account()["throttleSettings"]
    assert limits == {"burstLimit": 4, "rateLimit": 1.0}


def test_answers_say_how_limits_stand_where_the_operator_wants_it(start):
    process = start("rate_limit_headers = true\n")
    metered = Metered(process, {"GET /k": keyed(mock(200)), "GET /open": mock(200)})
    plan = metered.plan({"rateLimit": 0.1, "burstLimit": 2}, {"limit": 100, "period": "MONTH"})
    _, value = metered.key(plan)
    shown = lambda answer: [answer.header(f"RateLimit-{name}") for name in ("Limit", "Remaining", "Reset")]
    first = metered.send("/k", value)
    assert shown(first) == ["2", "1", "10"] and first.header("Retry-After") is None
    assert shown(metered.send("/k", value))[:2] == ["2", "0"]
    refused = metered.send("/k", value)
    assert refused.status == 429 and shown(refused)[:2] == ["2", "0"]
    assert int(refused.header("Retry-After")) in (9, 10)
    assert shown(metered.send("/open")) == [None] * 3
    assert 'stagegate_throttled_total 1' in process.get_status("/metrics")[1]
