"""Quotas: exact, told day by day, extended live, and never exceeded by a kill (facts T3 to T11)."""

import signal
import time

import pytest

from harness.apis import mock
from harness.faults import patch
from harness.metered import Metered, keyed


@pytest.fixture
def metered(gateway):
    return Metered(gateway, {"GET /k": keyed(mock(200))})


def today():
    return time.strftime("%Y-%m-%d", time.gmtime())


def used(metered, plan, key_id, value):
    usage = metered.client.get_usage(usagePlanId=plan, keyId=key_id, startDate=today(), endDate=today())
    return usage["items"][value][-1]


def test_fact_t3_a_quota_is_exact_and_shared_by_nobody(metered):
    plan = metered.plan(quota={"limit": 7, "period": "DAY"})
    key_id, value = metered.key(plan)
    _, other = metered.key(plan)
    assert metered.statuses("/k", value, 10) == [200] * 7 + [429] * 3
    answer = metered.send("/k", value)
    assert (answer.status, answer.error_type) == (429, "LimitExceededException")
    assert answer.body == b'{"message":"Limit Exceeded"}' and answer.header("Retry-After") is None
    assert used(metered, plan, key_id, value) == [7, 0]
    assert metered.statuses("/k", other, 8) == [200] * 7 + [429]


def test_usage_is_set_and_extended_live(metered):
    plan = metered.plan(quota={"limit": 5, "period": "MONTH"})
    key_id, value = metered.key(plan)
    assert metered.statuses("/k", value, 6) == [200] * 5 + [429]
    set_to = lambda left: metered.client.update_usage(
        usagePlanId=plan, keyId=key_id, patchOperations=[patch("replace", "/remaining", str(left))])
    assert set_to(3)["items"] == {value: [[5, 3]]}
    assert metered.statuses("/k", value, 4) == [200] * 3 + [429]
    assert used(metered, plan, key_id, value) == [8, 0]
    metered.client.update_usage_plan(usagePlanId=plan, patchOperations=[patch("replace", "/quota/limit", "9")])
    # The limit is higher by four, and three were added.
    assert metered.statuses("/k", value, 6) == [200] * 4 + [429] * 2


def test_fact_t6_an_offset_is_taken_off_the_first_period(metered):
    plan = metered.plan(quota={"limit": 6, "offset": 2, "period": "WEEK"})
    key_id, value = metered.key(plan)
    assert metered.statuses("/k", value, 5) == [200] * 4 + [429]
    assert used(metered, plan, key_id, value) == [4, 0]


def test_a_quota_that_was_gone_for_a_while_honours_no_lease_of_before(metered):
    plan = metered.plan(quota={"limit": 2000, "period": "DAY"})
    _, value = metered.key(plan)
    assert metered.statuses("/k", value, 2) == [200] * 2
    change = lambda *operations: metered.client.update_usage_plan(usagePlanId=plan, patchOperations=list(operations))
    change({"op": "remove", "path": "/quota"})
    assert metered.statuses("/k", value, 2) == [200] * 2
    change(patch("add", "/quota/limit", "3"), patch("add", "/quota/period", "DAY"))
    assert metered.statuses("/k", value, 5) == [200] + [429] * 4, "two were counted before"


def test_a_key_that_leaves_a_plan_starts_anew(metered):
    plan = metered.plan(quota={"limit": 2, "period": "DAY"})
    key_id, value = metered.key(plan)
    assert metered.statuses("/k", value, 3) == [200, 200, 429]
    metered.client.delete_usage_plan_key(usagePlanId=plan, keyId=key_id)
    metered.client.create_usage_plan_key(usagePlanId=plan, keyId=key_id, keyType="API_KEY")
    assert metered.statuses("/k", value, 3) == [200, 200, 429]


def test_a_stop_loses_nothing_and_a_kill_one_lease_at_most(start, record_property):
    process = start()
    metered = Metered(process, {"GET /k": keyed(mock(200))})
    limit, lease = 600, 6
    plan = metered.plan(quota={"limit": limit, "period": "MONTH"})
    key_id, value = metered.key(plan)
    served, kills = metered.statuses("/k", value, 20).count(200), 0
    process.terminate()
    process.start()
    assert used(metered, plan, key_id, value) == [20, limit - 20], "a stop returns what is leased"
    for step in (1, 2, 5, 17, 40, 80):
        served += metered.statuses("/k", value, step).count(200)
        process.terminate(signal.SIGKILL)
        process.start()
        kills += 1
    counted, left = used(metered, plan, key_id, value)
    assert served <= counted <= served + kills * lease and left == limit - counted
    served += metered.statuses("/k", value, limit).count(200)
    assert served <= limit and served >= limit - kills * lease
    record_property("`kill -9` of a quota of 600", f"{kills} kills, {limit - served} requests lost, none too many")
