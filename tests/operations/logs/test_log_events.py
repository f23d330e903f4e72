"""Events: put, read stream by stream, searched through all streams of a group."""

import pytest

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


def messages(page):
    """The messages of a page."""
    return [event["message"] for event in page["events"]]


def test_events_are_read_forwards_and_backwards(logs, group, put, now):
    put([(now + number, f"event {number}") for number in range(7)])
    read = lambda **more: logs.get_log_events(logGroupName=group, logStreamName="one", limit=3, **more)
    newest = read()
    assert messages(newest) == ["event 4", "event 5", "event 6"]
    before = read(nextToken=newest["nextBackwardToken"])
    assert messages(before) == ["event 1", "event 2", "event 3"]
    first = read(nextToken=before["nextBackwardToken"])
    assert messages(first) == ["event 0"]
    end = read(nextToken=first["nextBackwardToken"])
    assert messages(end) == [] and end["nextBackwardToken"] == first["nextBackwardToken"]
    assert messages(read(nextToken=first["nextForwardToken"], startFromHead=True)) == ["event 1", "event 2", "event 3"]
    # At the end the token stays what it was, and finds what comes later.
    last = read(nextToken=newest["nextForwardToken"], startFromHead=True)
    assert messages(last) == [] and last["nextForwardToken"] == newest["nextForwardToken"]
    put([(now + 10, "later")])
    assert messages(read(nextToken=last["nextForwardToken"], startFromHead=True)) == ["later"]
    assert messages(read(startFromHead=True)) == ["event 0", "event 1", "event 2"]


def test_the_end_of_a_range_belongs_to_a_search_and_not_to_a_read(logs, group, put, now):
    put([(now, "a"), (now + 1, "b"), (now + 2, "c")])
    read = logs.get_log_events(logGroupName=group, logStreamName="one", startTime=now + 1, endTime=now + 2)
    assert messages(read) == ["b"]
    assert messages(logs.filter_log_events(logGroupName=group, startTime=now + 1, endTime=now + 2)) == ["b", "c"]


def test_a_search_joins_streams_in_the_order_of_time(logs, group, put, now):
    put([(now, "a"), (now + 2, "c")], stream="one")
    put([(now + 1, "b"), (now + 3, "d")], stream="two")
    found = logs.filter_log_events(logGroupName=group)
    assert [(event["logStreamName"], event["message"]) for event in found["events"]] == [
        ("one", "a"), ("two", "b"), ("one", "c"), ("two", "d")]
    ids = [event["eventId"] for event in found["events"]]
    assert ids == sorted(ids) and {len(event_id) for event_id in ids} == {56}
    assert "nextToken" not in found
    arn = f"arn:aws:logs:us-east-1:000000000000:log-group:{group}"
    assert messages(logs.filter_log_events(logGroupIdentifier=arn, logStreamNamePrefix="t")) == ["b", "d"]
    assert messages(logs.filter_log_events(logGroupName=group, logStreamNames=["one"])) == ["a", "c"]
    newest = logs.filter_log_events(logGroupName=group, startFromHead=False, startTime=now, limit=3)
    assert messages(newest) == ["d", "c", "b"]
    rest = logs.filter_log_events(logGroupName=group, startTime=now, nextToken=newest["nextToken"])
    assert messages(rest) == ["a"]


def test_pages_of_a_search_are_all_of_it(logs, group, put, now):
    put([(now + number // 10, f"event {number}") for number in range(95)])
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group, PaginationConfig={"PageSize": 20})
    found = [messages(page) for page in pages]
    assert [len(page) for page in found] == [20, 20, 20, 20, 15]
    assert sum(found, []) == [f"event {number}" for number in range(95)]


@pytest.mark.parametrize(("pattern", "expected"), [
    ("", ["plain ERROR 1", "plain INFO", '{"status":500,"path":"/pets/7"}', '{"status":200,"path":"/pets"}', "1.2.3.4 - 404 12"]),
    ("ERROR", ["plain ERROR 1"]),
    ("?ERROR ?INFO", ["plain ERROR 1", "plain INFO"]),
    ("plain -ERROR", ["plain INFO"]),
    ('"ERROR 1"', ["plain ERROR 1"]),
    ("{ $.status >= 500 }", ['{"status":500,"path":"/pets/7"}']),
    ('{ $.status = 200 || $.path = "/pets/*" }', ['{"status":500,"path":"/pets/7"}', '{"status":200,"path":"/pets"}']),
    ("[ip, user, status=4*, bytes]", ["1.2.3.4 - 404 12"]),
    ("%plain (.)%", None),
    ("%INFO|404%", ["plain INFO", "1.2.3.4 - 404 12"]),
    ("{ $.status > x }", None),
])
def test_patterns_choose_events(logs, group, put, now, pattern, expected):
    put(list(enumerate(
        ["plain ERROR 1", "plain INFO", '{"status":500,"path":"/pets/7"}', '{"status":200,"path":"/pets"}', "1.2.3.4 - 404 12"],
        now)))
    search = lambda: messages(logs.filter_log_events(logGroupName=group, filterPattern=pattern))
    if expected is None:
        with pytest.raises(logs.exceptions.InvalidParameterException, match="at character"):
            search()
    else:
        assert search() == expected


def test_a_batch_is_in_order_and_of_one_day(logs, group, put, now):
    for events, told in [
        ([(now, "b"), (now - 1, "a")], "chronological order"),
        ([(now - DAY_MS - 1, "a"), (now, "b")], "24 hours"),
        ([(now, "x" * 600_000), (now, "x" * 600_000)], "too large"),
    ]:
        with pytest.raises(logs.exceptions.InvalidParameterException, match=told):
            put(events)
    old = put([(now - 15 * DAY_MS, "old")])
    assert old["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 1}
    new = put([(now, "now"), (now + 3 * HOUR_MS, "too new")])
    assert new["rejectedLogEventsInfo"] == {"tooNewLogEventStartIndex": 1}
    assert messages(logs.filter_log_events(logGroupName=group)) == ["now"]


def test_events_past_their_retention_are_not_shown(logs, group, put, now):
    put([(now - 3 * DAY_MS, "old")])
    put([(now, "new")])
    logs.put_retention_policy(logGroupName=group, retentionInDays=1)
    assert messages(logs.filter_log_events(logGroupName=group)) == ["new"]
    logs.delete_retention_policy(logGroupName=group)
    assert messages(logs.filter_log_events(logGroupName=group)) == ["old", "new"]


def test_a_token_of_another_kind_is_refused(logs, group, put, now):
    put([(now, "x")])
    for token in ["x", "f/1/s", "z/" + "1" * 56 + "/s"]:
        with pytest.raises(logs.exceptions.InvalidParameterException, match="nextToken"):
            logs.filter_log_events(logGroupName=group, nextToken=token)
        with pytest.raises(logs.exceptions.InvalidParameterException, match="nextToken"):
            logs.get_log_events(logGroupName=group, logStreamName="one", nextToken=token)
