"""Metrics at their bounds: names that no system likes, requests that nobody configured, days that are over, many series."""

import secrets
import time

import pytest
from prometheus_client.parser import text_string_to_metric_families

from harness.apis import Api, definition, eventually, mock
from harness.faults import patch
from harness.metrics import NAMESPACE, Measured, listed, span, total
from harness.moto import Moto
from harness.otlp import Receiver, attributes

STRANGE = 'q"uo\\te\'d {le="0.1"} #\tBücher 猫'
DAY_HOURS = 24


@pytest.fixture
def cloudwatch(gateway):
    """A client of CloudWatch."""
    return gateway.client(service="cloudwatch")


def detailed(api):
    """Switches the metrics of every method on."""
    api.client.update_stage(restApiId=api.id, stageName="dev", patchOperations=[
        patch("replace", "/*/*/metrics/enabled", "true")])
    api.wait_until_live()


def label_sets(process, family="route", **labels):
    """The label sets of a family on the page, as Prometheus reads it."""
    page = process.get_status("/metrics")[1]
    found = [sample.labels for parsed in text_string_to_metric_families(page) for sample in parsed.samples
             if sample.name == f"stagegate_{family}_requests_total"]
    return [one for one in found if labels.items() <= one.items()]


def names(cloudwatch, **dimensions):
    """The metrics of a series that has these dimensions."""
    asked = {"Namespace": NAMESPACE, "Dimensions": listed(dimensions)}
    pages = cloudwatch.get_paginator("list_metrics").paginate(**asked)
    return [metric for page in pages for metric in page["Metrics"]]


def test_fact_m2_a_strange_name_is_readable_everywhere(gateway, cloudwatch):
    name = f"{STRANGE} {secrets.token_hex(4)}"
    shown = "".join(character for character in name if character.isascii())
    api = Api(gateway, definition({"GET /m": mock(200)}, title=name))
    assert api.send("GET", "/m").status == 200

    def counted():
        assert total(cloudwatch, "Count", {"ApiName": shown}) >= 1
        assert len(label_sets(gateway, "stage", api_name=name)) == 1

    eventually(counted, timeout_s=10)
    assert names(cloudwatch, ApiName=shown) and not names(cloudwatch, ApiName=name)


def test_what_no_method_is_configured_for_makes_no_series(gateway, cloudwatch):
    name = f"any-{secrets.token_hex(4)}"
    api = Api(gateway, definition({"ANY /{proxy+}": mock(200), "GET /a": mock(200)}, title=name))
    detailed(api)
    methods = ["GET", "POST", "DELETE", "PROPFIND", f"X{secrets.token_hex(3).upper()}"]
    for number in range(60):
        api.send(methods[number % len(methods)], f"/{secrets.token_hex(8)}/{number}?{number}")

    def counted():
        assert total(cloudwatch, "Count", {"ApiName": name, "Stage": "dev"}) >= 60

    eventually(counted, timeout_s=10)
    routes = label_sets(gateway, "route", api_name=name)
    assert len(routes) <= 2 and {one["resource"] for one in routes} <= {"/{proxy+}", "/a"}
    assert len(label_sets(gateway, "stage", api_name=name)) == 1
    dimensions = [{one["Name"]: one["Value"] for one in metric["Dimensions"]} for metric in names(cloudwatch, ApiName=name)]
    assert {one.get("Resource") for one in dimensions} <= {None, "/{proxy+}", "/a"}


def test_many_series_come_in_pages_that_lose_none(start):
    process = start()
    name, count = f"many-{secrets.token_hex(4)}", 130
    routes = {f"GET /r{number}": mock(200) for number in range(count)}
    api = Api(process, definition(routes, title=name))
    detailed(api)
    for number in range(count):
        assert api.send("GET", f"/r{number}").status == 200
    cloudwatch = process.client(service="cloudwatch")

    def complete():
        found = {metric["MetricName"] + str(sorted(one["Value"] for one in metric["Dimensions"]))
                 for metric in names(cloudwatch, ApiName=name)}
        assert len([one for one in found if "/r" in one]) == 4 * count, len(found)

    eventually(complete, timeout_s=10)
    first = cloudwatch.list_metrics(Namespace=NAMESPACE)
    assert len(first["Metrics"]) == 500 and first["NextToken"]
    begin, end = span()
    metric = {"Namespace": NAMESPACE, "MetricName": "Count"}
    queries = [{"Id": f"q{number}", "MetricStat": {"Period": 3600, "Stat": "Sum", "Metric": metric | {
        "Dimensions": listed({"ApiName": name, "Stage": "dev", "Method": "GET", "Resource": f"/r{number}"})}}}
        for number in range(count)]
    pages = cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=queries, StartTime=begin, EndTime=end, PaginationConfig={"PageSize": 100})
    values = {}
    for page in pages:
        for result in page["MetricDataResults"]:
            values.setdefault(result["Id"], []).extend(result["Values"])
    assert values == {f"q{number}": [1.0] for number in range(count)}


def test_what_is_over_its_days_is_gone_at_the_start(start, backend):
    process = start()
    measured = Measured(process, backend)
    assert process.terminate() == 0
    [file] = (process.data_dir / "metrics").iterdir()
    hour = int(time.time()) // 3600
    kept, old = (file.with_name(f"{hour - days * DAY_HOURS:010}.metrics") for days in (14, 16))
    kept.write_bytes(file.read_bytes())
    file.rename(old)
    process.start()
    cloudwatch = process.client(service="cloudwatch")
    assert names(cloudwatch, ApiName=measured.name)
    assert kept.exists() and not old.exists()
    assert process.terminate() == 0
    kept.rename(old)
    process.start()
    assert not names(process.client(service="cloudwatch"), ApiName=measured.name)


def test_a_real_cloudwatch_is_sent_no_value_that_it_refuses(start, tmp_path):
    moto = Moto(tmp_path / "moto.txt")
    try:
        process = start(f'cloudwatch_endpoint = "{moto.url}"')
        apis = [Api(process, definition({"GET /m": mock(200)}, title=name)) for name in (":colon", STRANGE, "plain")]
        assert {api.send("GET", "/m").status for api in apis} == {200}
        assert process.terminate() == 0
        found = moto.client("cloudwatch").list_metrics(Namespace="Stagegate/ApiGateway")["Metrics"]
        values = {one["Value"] for metric in found for one in metric["Dimensions"] if one["Name"] == "ApiName"}
        assert {"colon", "plain"} < values and len(values) == 3
        assert all(value.isascii() and value.isprintable() and not value.startswith(":") for value in values), values
    finally:
        moto.stop()


def test_a_stage_that_is_made_anew_counts_anew_over_opentelemetry(start):
    receiver = Receiver()
    process = start(f'otlp_endpoint = "{receiver.url}"\notlp_metrics_interval_ms = 200')
    api = Api(process, definition({"GET /m": mock(200)}, title="anew"))

    def points():
        found = []
        for message in receiver.messages("/v1/metrics"):
            for resource in message.resource_metrics:
                for metric in (metric for scope in resource.scope_metrics for metric in scope.metrics):
                    if metric.name == "stagegate.stage.requests":
                        found += [point for point in metric.sum.data_points
                                  if attributes(point.attributes)["api_id"] == api.id]
        return found

    for _ in range(5):
        api.send("GET", "/m")
    eventually(lambda: check(points() and points()[-1].as_int >= 5), timeout_s=15)
    before = points()[-1]
    deployment = api.client.get_stage(restApiId=api.id, stageName="dev")["deploymentId"]
    api.client.delete_stage(restApiId=api.id, stageName="dev")

    def gone():
        # Every core looks at the snapshot with its next request, and lets go of the one before.
        assert api.send("GET", "/m").status == 403
        assert not label_sets(process, "stage", api_id=api.id)

    eventually(gone, timeout_s=30)
    api.client.create_stage(restApiId=api.id, stageName="dev", deploymentId=deployment)
    eventually(lambda: check(points()[-1].as_int < before.as_int), timeout_s=15)
    assert points()[-1].start_time_unix_nano >= before.time_unix_nano > before.start_time_unix_nano
    receiver.stop()


def check(holds):
    """Fails where something does not hold, so that it can be waited for."""
    assert holds
