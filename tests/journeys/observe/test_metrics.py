"""Metrics of both kinds of API: what is counted of a request, read through CloudWatch and through /metrics."""

import base64
import json

import pytest
from prometheus_client.parser import text_string_to_metric_families

from harness.apis import Api, definition, eventually, mock, proxy
from harness.cached import cache, counts
from harness.http_apis import HttpApi
from harness.lambdas import Lambdas
from harness.metrics import NAMESPACE, Measured, listed, span, total

LATENCY_BOUNDS = 15


@pytest.fixture
def cloudwatch(gateway):
    """A client of CloudWatch."""
    return gateway.client(service="cloudwatch")


def families(process):
    """The metrics page as Prometheus reads it: samples by name and labels."""
    page = process.get_status("/metrics")[1]
    found = {}
    for family in text_string_to_metric_families(page):
        assert family.documentation, family.name
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in found, f"{key} comes twice"
            found[key] = sample.value
    return found


def labelled(found, name, **labels):
    """The samples of a name that have these labels."""
    return {key: value for key, value in found.items() if key[0] == name and labels.items() <= dict(key[1]).items()}


def only(found, name, **labels):
    """The one sample of a name that has these labels."""
    values = labelled(found, name, **labels)
    assert len(values) == 1, (name, labels, list(values))
    return next(iter(values.values()))


def test_the_page_is_what_prometheus_reads(gateway, backend):
    measured = Measured(gateway, backend)
    stage, route = {"api_id": measured.api.id, "stage": "dev"}, {"api_id": measured.api.id, "resource": "/ok"}

    def complete():
        found = families(gateway)
        assert only(found, "stagegate_route_requests_total", **route, method="GET") == 5
        assert only(found, "stagegate_stage_5xx_errors_total", **stage) == 2
        return found

    found = eventually(complete, timeout_s=10)
    requests = only(found, "stagegate_stage_requests_total", **stage, api_name=measured.name)
    assert requests >= 10 and only(found, "stagegate_stage_4xx_errors_total", **stage) == requests - 7
    buckets = labelled(found, "stagegate_route_latency_seconds_bucket", **route)
    assert len(buckets) == LATENCY_BOUNDS
    by_bound = sorted((float(dict(labels)["le"]), count) for (_, labels), count in buckets.items())
    assert [count for _, count in by_bound] == sorted(count for _, count in by_bound)
    assert by_bound[-1] == (float("inf"), 5)
    assert only(found, "stagegate_route_latency_seconds_count", **route) == 5
    assert 0 < only(found, "stagegate_route_integration_latency_seconds_sum", **route) < 60


def test_what_is_beyond_the_limit_is_counted_together(start, tmp_path):
    process = start("metrics_label_sets_max = 2")
    apis = [Api(process, definition({"GET /m": mock(200)}, title=f"api{number}")) for number in range(4)]
    before = sum(labelled(families(process), "stagegate_stage_requests_total").values())
    for api in apis:
        for _ in range(3):
            assert api.send("GET", "/m").status == 200

    def counted():
        found = families(process)
        names = {dict(labels)["api_name"] for _, labels in labelled(found, "stagegate_stage_requests_total")}
        assert len(names) == 3 and "other" in names
        assert sum(labelled(found, "stagegate_stage_requests_total").values()) >= before + 12
        return found

    found = eventually(counted, timeout_s=10)
    assert only(found, "stagegate_stage_requests_total", api_name="other") >= 6
    assert only(found, "stagegate_metrics_label_sets") == 2
    assert only(found, "stagegate_metrics_label_sets_folded") == 2


def test_fact_c9_hits_and_misses_are_rates_of_all_requests(gateway, cloudwatch, backend):
    counts(backend)
    name = f"cached-{backend.url[-8:]}"
    api = Api(gateway, definition({"GET /a": proxy(f"{backend.url}/a")}, title=name))
    cache(api)
    eventually(lambda: check(api.send("GET", "/a").body == api.send("GET", "/a").body), timeout_s=10)
    sent = {"ApiName": name, "Stage": "dev"}
    before = {metric: total(cloudwatch, metric, sent) or 0 for metric in ("Count", "CacheHitCount", "CacheMissCount")}
    for _ in range(5):
        api.send("GET", "/a")

    def five_more():
        assert total(cloudwatch, "CacheHitCount", sent) >= before["CacheHitCount"] + 5
        assert total(cloudwatch, "CacheMissCount", sent) >= 1

    eventually(five_more, timeout_s=10)
    assert total(cloudwatch, "CacheHitCount", sent, "Maximum") == 1.0
    assert 0 < total(cloudwatch, "CacheMissCount", sent, "Average") < 1


def check(holds):
    """Fails where something does not hold, so that it can be waited for."""
    assert holds


def test_a_canary_is_in_the_totals_and_by_itself(gateway, cloudwatch):
    measured = f"canary-{id(gateway)}"
    api = Api(gateway, definition({"GET /r": mock(200)}, title=measured))
    canary = {"percentTraffic": 100.0}
    api.client.put_rest_api(restApiId=api.id, mode="overwrite",
                            body=json.dumps(definition({"GET /r": mock(202)}, title=measured)))
    api.client.create_deployment(restApiId=api.id, stageName="dev", canarySettings=canary)
    eventually(lambda: check(api.send("GET", "/r").status == 202), timeout_s=10)
    stage, alone = {"ApiName": measured, "Stage": "dev"}, {"ApiName": measured, "Stage": "dev/Canary"}

    def counted():
        assert (total(cloudwatch, "Count", alone) or 0) >= 1
        assert total(cloudwatch, "Count", stage) == total(cloudwatch, "Count", {"ApiName": measured})
        assert total(cloudwatch, "Count", stage) > total(cloudwatch, "Count", alone)

    eventually(counted, timeout_s=10)
    assert only(families(gateway), "stagegate_canary_requests_total", api_name=measured) >= 1


def test_facts_h8_and_h57_http_apis_go_by_id_and_count_routed_requests_only(gateway, cloudwatch, backend):
    api = HttpApi(gateway)
    api.route("GET /pets", api.proxy(f"{backend.url}/pets"))
    api.client.update_stage(ApiId=api.id, StageName="$default", DefaultRouteSettings={"DetailedMetricsEnabled": True})
    api.live()
    for _ in range(4):
        assert api.send("GET", "/pets").status == 200
        assert api.send("GET", "/nowhere").status == 404
    route = {"ApiId": api.id, "Stage": "$default", "Method": "GET", "Resource": "/pets"}

    def counted():
        assert total(cloudwatch, "Count", route) == 4.0

    eventually(counted, timeout_s=10)
    assert total(cloudwatch, "4xx", {"ApiId": api.id}) == 0.0, "what no route takes is not counted"
    assert total(cloudwatch, "5xx", route) == 0.0 and total(cloudwatch, "5xx", route, "SampleCount") == 4.0
    assert total(cloudwatch, "DataProcessed", route, "SampleCount") == 4.0
    assert total(cloudwatch, "IntegrationLatency", route) < total(cloudwatch, "Latency", route)
    assert total(cloudwatch, "4XXError", {"ApiName": "test", "ApiId": api.id}) is None
    metrics = cloudwatch.list_metrics(Namespace=NAMESPACE, Dimensions=listed({"ApiId": api.id}))["Metrics"]
    assert {metric["MetricName"] for metric in metrics} == {
        "4xx", "5xx", "Count", "DataProcessed", "IntegrationLatency", "Latency"}


def test_fact_h58_a_function_s_data_is_its_whole_envelope(start):
    functions = Lambdas()
    envelope = {"statusCode": 200, "headers": {"x-long": "y" * 300}, "body": "tiny"}
    functions.functions["pets"] = lambda _: envelope
    process = start(functions.settings)
    try:
        api = HttpApi(process)
        api.route("GET /f", api.function("pets"))
        api.live()
        assert api.send("GET", "/f").status == 200, api.send("GET", "/f")
        cloudwatch = process.client(service="cloudwatch")

        def counted():
            assert (total(cloudwatch, "DataProcessed", {"ApiId": api.id}, "Maximum") or 0) > 300

        eventually(counted, timeout_s=10)
        assert total(cloudwatch, "DataProcessed", {"ApiId": api.id}, "Maximum") < 450
    finally:
        functions.stop()


def test_metrics_survive_a_restart_and_a_crash_loses_no_minute_that_is_written(start, backend):
    process = start()
    measured = Measured(process, backend)
    cloudwatch = process.client(service="cloudwatch")
    eventually(lambda: check(total(cloudwatch, "Count", measured.dimensions("/bad")) == 3.0), timeout_s=10)
    assert process.terminate() == 0
    process.start()
    cloudwatch = process.client(service="cloudwatch")
    assert total(cloudwatch, "Count", measured.dimensions("/bad")) == 3.0
    eventually(lambda: check(measured.api.send("GET", "/bad").status == 404), timeout_s=10)
    eventually(lambda: check(total(cloudwatch, "Count", measured.dimensions("/bad")) >= 4.0), timeout_s=10)
    files = list((process.data_dir / "metrics").iterdir())
    assert files and all(file.stat().st_mode & 0o077 == 0 for file in files)
    process.process.kill()
    process.process.wait()
    with open(max(files), "ab") as torn:
        torn.write(b"\x40\x00\x00\x00torn")
    process.start()
    cloudwatch = process.client(service="cloudwatch")
    assert total(cloudwatch, "Count", measured.dimensions("/bad")) >= 3.0


def test_several_statistics_of_one_series_are_asked_for_at_once(start, backend):
    process = start()
    measured = Measured(process, backend)
    cloudwatch = process.client(service="cloudwatch")
    eventually(lambda: check(total(cloudwatch, "Count", measured.dimensions("/bad")) == 3.0), timeout_s=10)
    assert process.terminate() == 0
    process.start()
    metric = {"Namespace": NAMESPACE, "MetricName": "Latency", "Dimensions": listed(measured.dimensions("/bad"))}
    queries = [{"Id": f"q{number}", "MetricStat": {"Metric": metric, "Period": 3600, "Stat": stat}}
               for number, stat in enumerate(("p50", "SampleCount", "p99"))]
    begin, end = span()
    answer = process.client(service="cloudwatch").get_metric_data(
        MetricDataQueries=queries, StartTime=begin, EndTime=end)
    values = {result["Id"]: result["Values"] for result in answer["MetricDataResults"]}
    assert values["q1"] == [3.0] and all(len(found) == 1 for found in values.values()), values


def test_a_token_that_nobody_gave_is_a_page_behind_everything(cloudwatch):
    token = base64.urlsafe_b64encode(b"after:18446744073709551615").rstrip(b"=").decode()
    answer = cloudwatch.list_metrics(NextToken=token)
    assert answer["Metrics"] == [] and "NextToken" not in answer


def test_nothing_is_kept_where_nothing_may_be(start, backend):
    process = start("metrics_store_bytes_max = 0")
    measured = Measured(process, backend)
    cloudwatch = process.client(service="cloudwatch")
    eventually(lambda: check(total(cloudwatch, "Count", measured.dimensions("/bad")) == 3.0), timeout_s=10)
    assert not (process.data_dir / "metrics").exists()
