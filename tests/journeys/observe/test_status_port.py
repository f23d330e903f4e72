"""The status port: health, readiness, and metrics by stage; request ids on every answer."""

import time

from harness.apis import eventually, mock


def test_health_and_readiness(gateway):
    assert gateway.get_status("/healthz")[0] == 200
    assert gateway.get_status("/readyz")[0] == 200
    assert gateway.get_status("/nowhere")[0] == 404


def test_metrics_count_requests_by_stage(serve, gateway):
    api = serve({"GET /m": mock(200)})
    # A request is counted after its answer has gone out: all that waited for the stage are, once there are some and no more come.
    readings = [0]
    while readings[-1] == 0 or len(readings) < 10 or len(set(readings[-10:])) > 1:
        time.sleep(0.1)
        readings.append(count(gateway, api))
    before = readings[-1]
    for _ in range(5):
        api.send("GET", "/m")

    def five_more():
        assert count(gateway, api) == before + 5

    eventually(five_more)


def count(gateway, api):
    """The stage's request counter: the metric whose name speaks of requests."""
    total = 0
    for line in gateway.get_status("/metrics")[1].splitlines():
        name = line.partition("{")[0]
        if api.id in line and '"dev"' in line and "request" in name and name.endswith("_total"):
            total += int(float(line.rsplit(" ", 1)[1]))
    return total


def test_every_answer_has_its_own_request_ids(serve):
    api = serve({"GET /m": mock(200)})
    answers = [api.send("GET", path) for path in ("/m", "/m", "/nowhere")]
    assert len({answer.header("x-amzn-RequestId") for answer in answers}) == 3
    assert len({answer.header("x-amz-apigw-id") for answer in answers}) == 3
