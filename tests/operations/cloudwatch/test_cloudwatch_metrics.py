"""CloudWatch's questions about metrics, as boto3 and both AWS CLIs ask them."""

import datetime
import json
import secrets

import pytest
from botocore.exceptions import ClientError

from harness.apis import eventually
from harness.metrics import NAMESPACE, listed, span
from harness.signed import sign
from harness.wire import exchange

REST = ["4XXError", "5XXError", "Count", "IntegrationLatency", "Latency"]


def statistics(cloudwatch, dimensions, name="Count", period=3600, **wanted):
    """The datapoints of a series, over one period."""
    start, end = span()
    answer = cloudwatch.get_metric_statistics(
        Namespace=NAMESPACE, MetricName=name, Dimensions=listed(dimensions), StartTime=start, EndTime=end,
        Period=period, **(wanted or {"Statistics": ["Sum", "SampleCount"]}))
    assert answer["Label"] == name
    return answer["Datapoints"]


def one(points):
    """The only datapoint."""
    assert len(points) == 1, points
    return points[0]


def test_fact_m1_errors_are_a_rate_and_count_is_a_sum(cloudwatch, measured):
    found = {
        (resource, name): one(statistics(cloudwatch, measured.dimensions(resource), name,
                                         Statistics=["Sum", "SampleCount", "Average", "Minimum", "Maximum"]))
        for resource in ("/ok", "/bad", "/broken") for name in ("Count", "4XXError", "5XXError")}
    assert {point["Unit"] for point in found.values()} == {"Count"}
    for resource, count, name in (("/bad", 3.0, "4XXError"), ("/broken", 2.0, "5XXError")):
        errors, other = found[resource, name], found["/ok", name]
        assert (errors["Sum"], errors["SampleCount"], errors["Average"], errors["Minimum"]) == (count, count, 1.0, 1.0)
        assert (other["Sum"], other["SampleCount"], other["Average"], other["Maximum"]) == (0.0, 5.0, 0.0, 0.0)
    count = found["/ok", "Count"]
    assert (count["Sum"], count["SampleCount"], count["Average"]) == (5.0, 5.0, 1.0)


def test_fact_m2_a_stage_has_the_sum_of_its_methods_and_more(cloudwatch, measured):
    stage = one(statistics(cloudwatch, measured.dimensions()))
    api = one(statistics(cloudwatch, {"ApiName": measured.name}))
    assert stage["Sum"] == api["Sum"] >= 10.0
    errors = one(statistics(cloudwatch, measured.dimensions(), "5XXError"))
    assert (errors["Sum"], errors["SampleCount"]) == (2.0, stage["Sum"])


def test_fact_m3_latencies_are_in_milliseconds_with_percentiles(cloudwatch, measured):
    wanted = {"Statistics": ["Average", "Minimum", "Maximum", "SampleCount"],
              "ExtendedStatistics": ["p0", "p50", "p99.9", "p100"]}
    whole = one(statistics(cloudwatch, measured.dimensions("/ok"), "Latency", **wanted))
    part = one(statistics(cloudwatch, measured.dimensions("/ok"), "IntegrationLatency", **wanted))
    for point in (whole, part):
        assert (point["Unit"], point["SampleCount"]) == ("Milliseconds", 5.0)
        extended = point["ExtendedStatistics"]
        assert point["Minimum"] == extended["p0"] <= extended["p50"] <= extended["p99.9"] <= extended["p100"]
        assert extended["p100"] == point["Maximum"] > 0
        assert point["Minimum"] <= point["Average"] <= point["Maximum"]
    assert part["Average"] < whole["Average"] < 60_000
    assert statistics(cloudwatch, measured.dimensions("/bad"), "IntegrationLatency", **wanted) == [], "a mock has none"


FORMS = {"smithy-rpc-v2-cbor": "application/cbor", "json": "application/x-amz-json-1.0", "query": "text/xml"}


def test_every_form_of_the_wire_is_answered_in_kind_with_the_codes_of_query(cloudwatch, measured):
    protocol = cloudwatch.meta.service_model.resolved_protocol
    headers = cloudwatch.list_metrics(Namespace=NAMESPACE)["ResponseMetadata"]["HTTPHeaders"]
    assert headers["content-type"] == FORMS[protocol]
    assert headers.get("smithy-protocol") == ("rpc-v2-cbor" if "cbor" in protocol else None)
    with pytest.raises(cloudwatch.exceptions.InvalidNextToken) as caught:
        cloudwatch.list_metrics(NextToken="nonsense")
    assert caught.value.response["Error"]["Code"] == "InvalidNextToken"
    assert caught.value.response["Error"]["Type"] == "Sender"


def test_metrics_are_listed_by_name_and_dimensions(cloudwatch, measured):
    def found(**asked):
        pages = cloudwatch.get_paginator("list_metrics").paginate(Namespace=NAMESPACE, **asked)
        return [metric for page in pages for metric in page["Metrics"]]

    everything = found(Dimensions=[{"Name": "ApiName", "Value": measured.name}])
    sets = {tuple(sorted((d["Name"], d["Value"]) for d in metric["Dimensions"])) for metric in everything}
    expected = [{"ApiName": measured.name}, measured.dimensions()]
    expected += [measured.dimensions(resource) for resource in ("/ok", "/bad", "/broken")]
    assert sets == {tuple(sorted(dimensions.items())) for dimensions in expected}
    assert sorted({metric["MetricName"] for metric in everything}) == REST
    by_route = [{"Name": "ApiName", "Value": measured.name}, {"Name": "Resource"}]
    assert len(found(MetricName="Count", Dimensions=by_route)) == 3
    assert len(found(MetricName="Count", Dimensions=by_route, RecentlyActive="PT3H")) == 3
    assert found(MetricName="CacheHitCount", Dimensions=by_route) == [], "its cache is off"
    assert cloudwatch.list_metrics(Namespace="AWS/Lambda")["Metrics"] == []


def query(name, dimensions, stat, period=60, **more):
    """A query of GetMetricData."""
    metric = {"Namespace": NAMESPACE, "MetricName": name, "Dimensions": listed(dimensions)}
    return {"MetricStat": {"Metric": metric, "Period": period, "Stat": stat}, **more}


def test_many_series_are_asked_for_at_once(cloudwatch, measured):
    start, end = span()
    queries = [
        query("Count", measured.dimensions("/ok"), "Sum", 3600, Id="ok"),
        query("Latency", measured.dimensions("/ok"), "p99", 3600, Id="slow", Label="p99 of /ok"),
        query("Count", measured.dimensions("/bad"), "SampleCount", 3600, Id="bad", ReturnData=False),
        query("Count", measured.dimensions("/nowhere"), "Sum", 3600, Id="none"),
        query("Count", {"Stage": "dev", "ApiName": measured.name}, "Average", 3600, Id="average"),
    ]
    answer = cloudwatch.get_metric_data(MetricDataQueries=queries, StartTime=start, EndTime=end)
    results = {result["Id"]: result for result in answer["MetricDataResults"]}
    assert list(results) == ["ok", "slow", "none", "average"]
    assert results["ok"]["Values"] == [5.0] and results["average"]["Values"] == [1.0]
    assert results["slow"]["Label"] == "p99 of /ok" and results["slow"]["Values"][0] > 0
    assert (results["none"]["Values"], results["none"]["Timestamps"]) == ([], [])
    assert {result["StatusCode"] for result in results.values()} == {"Complete"}
    assert results["ok"]["Timestamps"] == [start.replace(second=0, microsecond=0)]


def test_pages_of_datapoints_lose_none(cloudwatch, measured):
    start, end = span()
    queries = [query("Count", measured.dimensions(resource), "Sum", Id=f"q{n}")
               for n, resource in enumerate(("/ok", "/bad", "/broken"))]
    asked = {"MetricDataQueries": queries, "StartTime": start, "EndTime": end, "ScanBy": "TimestampAscending"}
    pages = list(cloudwatch.get_paginator("get_metric_data").paginate(**asked, PaginationConfig={"PageSize": 1}))
    values = {}
    for page in pages:
        assert sum(len(result["Values"]) for result in page["MetricDataResults"]) <= 1
        for result in page["MetricDataResults"]:
            values[result["Id"]] = values.get(result["Id"], 0) + sum(result["Values"])
    assert values == {"q0": 5.0, "q1": 3.0, "q2": 2.0} and len(pages) >= 3


def test_both_command_lines_ask_the_same(aws, measured, dumped):
    start, end = (time.strftime("%Y-%m-%dT%H:%M:%SZ") for time in span())
    dimensions = [f"Name={name},Value={value}" for name, value in measured.dimensions("/ok").items()]
    answer = aws("get-metric-statistics", "--namespace", NAMESPACE, "--metric-name", "Latency", "--start-time", start,
                 "--end-time", end, "--period", "3600", "--statistics", "SampleCount", "Maximum",
                 "--dimensions", *dimensions)
    point = one(answer["Datapoints"])
    assert point["SampleCount"] == 5.0 and point["Unit"] == "Milliseconds"
    answer = aws("get-metric-statistics", "--namespace", NAMESPACE, "--metric-name", "Latency", "--start-time", start,
                 "--end-time", end, "--period", "3600", "--extended-statistics", "p50", "p99.9",
                 "--dimensions", *dimensions)
    extended = one(answer["Datapoints"])["ExtendedStatistics"]
    assert 0 < extended["p50"] <= extended["p99.9"] <= point["Maximum"]
    queries = [query("Count", measured.dimensions("/bad"), "Sum", 3600, Id="bad")]
    answer = aws("get-metric-data", "--metric-data-queries", dumped(queries), "--start-time", start, "--end-time", end)
    assert answer["MetricDataResults"][0]["Values"] == [3.0]
    answer = aws("list-metrics", "--namespace", NAMESPACE, "--metric-name", "5XXError",
                 "--dimensions", f"Name=ApiName,Value={measured.name}")
    assert len(answer["Metrics"]) == 5
    refused = aws("get-metric-statistics", "--namespace", NAMESPACE, "--metric-name", "Count", "--start-time", end,
                  "--end-time", start, "--period", "60", "--statistics", "Sum", check=False)
    assert "(InvalidParameterValue)" in refused.stderr and "must be less than" in refused.stderr


def test_json_is_spoken_too(gateway, measured):
    start, end = (int(time.timestamp()) for time in span())
    asked = {"Namespace": NAMESPACE, "MetricName": "Count", "Dimensions": listed(measured.dimensions("/ok")),
             "StartTime": start, "EndTime": end, "Period": 3600, "Statistics": ["Sum"]}
    headers = {"content-type": "application/x-amz-json-1.0",
               "x-amz-target": "GraniteServiceVersion20100801.GetMetricStatistics"}

    def post(body):
        host = f"127.0.0.1:{gateway.control}"
        target, signed = sign(gateway.credentials, "POST", host, "/", headers, body, service="monitoring")
        return exchange(gateway.control, "POST", target, host, signed, body)

    answer = post(json.dumps(asked).encode())
    assert answer.status == 200 and answer.header("content-type") == "application/x-amz-json-1.0"
    document = json.loads(answer.body)
    assert document["Datapoints"] == [{"Timestamp": float(start - start % 60), "Sum": 5.0, "Unit": "Count"}]
    answer = post(b"[1")
    assert answer.status == 400 and json.loads(answer.body)["__type"] == "SerializationException"


NOW = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
GOOD = {"Namespace": NAMESPACE, "MetricName": "Count", "StartTime": NOW - datetime.timedelta(hours=1), "EndTime": NOW,
        "Period": 60, "Statistics": ["Sum"]}


@pytest.mark.parametrize("change, code, text", [
    ({"StartTime": NOW}, "InvalidParameterValue", "must not equal"),
    ({"StartTime": NOW + datetime.timedelta(hours=1)}, "InvalidParameterValue", "must be less than"),
    ({"Period": 30}, "InvalidParameterValue", "multiple of 60"),
    ({"Period": 90}, "InvalidParameterValue", "multiple of 60"),
    ({"Statistics": None}, "InvalidParameterCombination", "At least one"),
    ({"Statistics": ["Median"]}, "InvalidParameterValue", "Median"),
    ({"ExtendedStatistics": ["tm90"]}, "InvalidParameterValue", "trimmed"),
    ({"ExtendedStatistics": ["p101"]}, "InvalidParameterValue", "p101"),
    ({"StartTime": NOW - datetime.timedelta(days=2)}, "InvalidParameterCombination", "exceeds the limit of 1440"),
])
def test_statistics_say_what_is_wrong(cloudwatch, change, code, text):
    with pytest.raises(ClientError) as caught:
        cloudwatch.get_metric_statistics(**{name: value for name, value in (GOOD | change).items() if value is not None})
    error = caught.value.response["Error"]
    assert error["Code"] == code and text in error["Message"], error


@pytest.mark.parametrize("change, code, text", [
    ({"MetricDataQueries": [{"Id": "a", "Expression": "m1 * 2"}]}, "ValidationError", "metric math"),
    ({"MetricDataQueries": [{"Id": "a"}]}, "ValidationError", "MetricStat"),
    ({"MetricDataQueries": [query("Count", {}, "Sum", Id="A")]}, "ValidationError", "lower-case"),
    ({"MetricDataQueries": [query("Count", {}, "Sum", Id="a")] * 2}, "ValidationError", "not unique"),
    ({"MetricDataQueries": [query("Count", {}, "Sum", Id="a", ReturnData=False)]}, "ValidationError", "At least one"),
    ({"MetricDataQueries": [query("Count", {}, "Sum", Id=f"a{n}") for n in range(501)]}, "ValidationError", "500"),
    ({"MetricDataQueries": []}, "MissingParameter", "MetricDataQueries"),
    ({"EndTime": NOW - datetime.timedelta(hours=2)}, "ValidationError", "must be less than"),
    ({"MaxDatapoints": 200_000}, "ValidationError", "MaxDatapoints"),
])
def test_queries_say_what_is_wrong(cloudwatch, change, code, text):
    good = {"MetricDataQueries": [query("Count", {}, "Sum", Id="a")], "StartTime": NOW - datetime.timedelta(hours=1),
            "EndTime": NOW}
    with pytest.raises(ClientError) as caught:
        cloudwatch.get_metric_data(**good | change)
    error = caught.value.response["Error"]
    assert error["Code"] == code and text in error["Message"], error


def test_what_is_not_served_and_who_may_not(gateway, cloudwatch):
    with pytest.raises(ClientError) as caught:
        cloudwatch.describe_alarms()
    assert caught.value.response["Error"]["Code"] == "InvalidAction"
    with pytest.raises(ClientError) as caught:
        gateway.client(service="cloudwatch", secret_key="wrong").list_metrics()
    assert caught.value.response["Error"]["Code"] == "SignatureDoesNotMatch"
    iam, name = gateway.client(service="iam"), f"watcher-{secrets.token_hex(4)}"
    iam.create_user(UserName=name)
    policy = {"Version": "2012-10-17",
              "Statement": [{"Effect": "Allow", "Action": "cloudwatch:ListMetrics", "Resource": "*"}]}
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    watcher = gateway.client(
        service="cloudwatch", access_key=key["AccessKeyId"], secret_key=key["SecretAccessKey"])

    def known():
        try:
            watcher.list_metrics()
        except ClientError as error:
            raise AssertionError(error) from error

    eventually(known)
    with pytest.raises(ClientError) as caught:
        watcher.get_metric_statistics(**GOOD)
    error = caught.value.response["Error"]
    assert error["Code"] == "AccessDenied" and "cloudwatch:GetMetricStatistics" in error["Message"]
