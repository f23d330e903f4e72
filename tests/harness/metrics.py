"""What metrics are asked about: an API whose requests are known to the last one, spans of time, dimensions."""

import datetime
import secrets
import time

from harness.apis import Api, definition, mock, proxy

NAMESPACE = "AWS/ApiGateway"


def span(minutes=10):
    """Start and end of the last minutes, the current one included."""
    now = datetime.datetime.now(datetime.timezone.utc)
    return now - datetime.timedelta(minutes=minutes), now + datetime.timedelta(minutes=1)


class Measured:
    """An API with traffic: what is sent through it is counted here, too."""

    def __init__(self, gateway, backend):
        self.gateway, self.name = gateway, f"metrics-{secrets.token_hex(5)}"
        routes = {"GET /ok": proxy(backend.url + "/ok"), "GET /bad": mock(404), "GET /broken": mock(500)}
        self.api = Api(gateway, definition(routes, title=self.name))
        patch = [{"op": "replace", "path": "/*/*/metrics/enabled", "value": "true"}]
        self.api.client.update_stage(restApiId=self.api.id, stageName="dev", patchOperations=patch)
        time.sleep(0.2)
        for path, status, times in (("/ok", 200, 5), ("/bad", 404, 3), ("/broken", 500, 2)):
            for _ in range(times):
                assert self.api.send("GET", path).status == status

    def dimensions(self, resource=None):
        """The dimensions of the stage, or of a GET below it."""
        found = {"ApiName": self.name, "Stage": "dev"}
        return found | {"Resource": resource, "Method": "GET"} if resource else found


def listed(dimensions):
    """Dimensions as the API has them."""
    return [{"Name": name, "Value": value} for name, value in dimensions.items()]


def total(cloudwatch, name, dimensions, statistic="Sum", namespace=NAMESPACE):
    """A statistic of a series over the last minutes; nothing where it has no datapoint."""
    start, end = span()
    answer = cloudwatch.get_metric_statistics(
        Namespace=namespace, MetricName=name, Dimensions=listed(dimensions), StartTime=start, EndTime=end,
        Period=3600, Statistics=[statistic])
    return answer["Datapoints"][0][statistic] if answer["Datapoints"] else None
