"""Metrics that go elsewhere: to an OpenTelemetry receiver, and to a CloudWatch of another make."""

import pytest

from harness.apis import eventually
from harness.metrics import Measured, total
from harness.moto import Moto
from harness.otlp import Receiver, attributes

CUMULATIVE = 2


@pytest.fixture
def receiver():
    """An OpenTelemetry receiver."""
    server = Receiver()
    yield server
    server.stop()


@pytest.fixture
def moto(tmp_path):
    """A CloudWatch of another make."""
    server = Moto(tmp_path / "moto.txt")
    yield server
    server.stop()


def points(receiver):
    """The newest point of every metric, by name and attributes."""
    found = {}
    for message in receiver.messages("/v1/metrics"):
        for resource in message.resource_metrics:
            assert attributes(resource.resource.attributes)["service.name"] == "stagegate"
            for metric in (metric for scope in resource.scope_metrics for metric in scope.metrics):
                data = getattr(metric, metric.WhichOneof("data"))
                assert data.aggregation_temporality == CUMULATIVE and metric.description and metric.unit
                for point in data.data_points:
                    assert point.start_time_unix_nano <= point.time_unix_nano
                    found[metric.name, tuple(sorted(attributes(point.attributes).items()))] = point
    return found


def of(found, name, **wanted):
    """The one point of a metric that has these attributes."""
    having = [point for (have, labels), point in found.items() if have == name and wanted.items() <= dict(labels).items()]
    assert len(having) == 1, (name, wanted, len(having))
    return having[0]


def test_opentelemetry_gets_sums_and_histograms(start, receiver, backend):
    process = start(f'otlp_endpoint = "{receiver.url}"\notlp_metrics_interval_ms = 200\notlp_batch_items = 7')
    measured = Measured(process, backend)

    def complete():
        found = points(receiver)
        assert of(found, "stagegate.route.requests", api_id=measured.api.id, resource="/ok").as_int == 5
        assert of(found, "stagegate.stage.5xx_errors", api_id=measured.api.id).as_int == 2
        # One push is several messages, of which the last may still be under way.
        assert of(found, "stagegate.route.latency", api_id=measured.api.id, resource="/ok").count == 5
        return found

    found = eventually(complete, timeout_s=10)
    latency = of(found, "stagegate.route.latency", api_id=measured.api.id, resource="/ok")
    assert sum(latency.bucket_counts) == 5
    assert len(latency.bucket_counts) == len(latency.explicit_bounds) + 1
    assert latency.explicit_bounds[0] == 0.001 and 0 < latency.sum < 60
    for message in receiver.messages("/v1/metrics"):
        metrics = [metric for resource in message.resource_metrics for scope in resource.scope_metrics
                   for metric in scope.metrics]
        assert sum(len(getattr(metric, metric.WhichOneof("data")).data_points) for metric in metrics) <= 7


def test_the_last_metrics_are_pushed_at_the_end(start, receiver, backend):
    process = start(f'otlp_endpoint = "{receiver.url}"\notlp_metrics_interval_ms = 3600000')
    measured = Measured(process, backend)
    assert process.terminate() == 0
    found = points(receiver)
    assert of(found, "stagegate.route.requests", api_id=measured.api.id, resource="/ok").as_int == 5


def test_cloudwatch_is_given_every_minute(start, moto, backend):
    process = start(f'cloudwatch_endpoint = "{moto.url}"')
    measured = Measured(process, backend)
    # The end of the process is the end of its last minute, too.
    assert process.terminate() == 0
    theirs = moto.client("cloudwatch")
    listed = theirs.list_metrics(Namespace="Stagegate/ApiGateway")["Metrics"]
    assert {metric["MetricName"] for metric in listed} >= {"Count", "4XXError", "5XXError", "Latency"}
    assert total(theirs, "Count", measured.dimensions("/ok"), namespace="Stagegate/ApiGateway") == 5.0
    assert total(theirs, "4XXError", measured.dimensions("/bad"), namespace="Stagegate/ApiGateway") == 3.0
    latency = total(theirs, "Latency", measured.dimensions("/ok"), "Maximum", namespace="Stagegate/ApiGateway")
    assert 0 < latency < 60_000
