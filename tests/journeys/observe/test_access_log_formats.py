"""The four formats of AWS's guide for access logs, and the variables that only access logs have (facts L16, L17, L18 and H53)."""

import csv
import json
import re
import uuid
import xml.etree.ElementTree as ElementTree

import pytest

from harness.apis import Api, definition, eventually, http, mock
from harness.faults import patch

FIELDS = ["requestId", "extendedRequestId", "identity.sourceIp", "identity.caller", "identity.user", "requestTime", "httpMethod",
          "resourcePath", "status", "protocol", "responseLength"]
CLF = (
    '$context.identity.sourceIp $context.identity.caller $context.identity.user [$context.requestTime] '
    '"$context.httpMethod $context.resourcePath $context.protocol" $context.status $context.responseLength '
    "$context.requestId $context.extendedRequestId")
JSON = "{" + ", ".join(f'"{name.split(".")[-1]}":"$context.{name}"' for name in FIELDS) + "}"
XML = (
    '<request id="$context.requestId">'
    + "".join(f"<{name.split('.')[-1]}>$context.{name}</{name.split('.')[-1]}>" for name in FIELDS[1:]) + "</request>")
CSV = ",".join(f"$context.{name}" for name in FIELDS)


def from_clf(line):
    """The fields of a line."""
    found = re.fullmatch(r'(\S+) (\S+) (\S+) \[([^]]+)\] "(\S+) (\S+) (\S+)" (\d+) (\d+) (\S+) (\S+)', line)
    names = ["sourceIp", "caller", "user", "requestTime", "httpMethod", "resourcePath", "protocol", "status",
             "responseLength", "requestId", "extendedRequestId"]
    return dict(zip(names, found.groups(), strict=True))


def from_xml(line):
    """The fields of a document."""
    request = ElementTree.fromstring(line)
    return {"requestId": request.get("id")} | {part.tag: part.text for part in request}


def from_csv(line):
    """The fields of a row."""
    return dict(zip([name.split(".")[-1] for name in FIELDS], next(csv.reader([line])), strict=True))


def logged(gateway, routes, log_format):
    """An API whose stage logs accesses in a format, and where."""
    api = Api(gateway, definition(routes))
    group = uuid.uuid4().hex
    api.client.update_stage(restApiId=api.id, stageName="dev", patchOperations=[
        patch("replace", "/accessLogSettings/destinationArn", f"arn:aws:logs:us-east-1:000000000000:log-group:{group}"),
        patch("replace", "/accessLogSettings/format", log_format)])
    api.wait_until_live()
    return api, gateway.data_dir / "logs" / f"{group}.log"


def line_of(path, answer):
    """The line of a request."""
    wanted = answer.header("x-amzn-RequestId")

    def find():
        lines = path.read_text().splitlines() if path.exists() else []
        found = [line for line in lines if wanted in line]
        assert len(found) == 1
        return found[0]

    return eventually(find)


@pytest.mark.parametrize(("log_format", "read"), [(CLF, from_clf), (JSON, json.loads), (XML, from_xml), (CSV, from_csv)],
                         ids=["clf", "json", "xml", "csv"])
def test_fact_l16_the_formats_of_the_guide_are_read_by_their_readers(gateway, log_format, read):
    api, path = logged(gateway, {"GET /pets/{id}": mock(202)}, log_format)
    answer = api.send("GET", "/pets/7")
    found = read(line_of(path, answer))
    assert re.fullmatch(r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000", found.pop("requestTime"))
    assert found == {
        "requestId": answer.header("x-amzn-RequestId"), "extendedRequestId": answer.header("x-amz-apigw-id"),
        "sourceIp": "127.0.0.1", "caller": "-", "user": "-", "httpMethod": "GET", "resourcePath": "/pets/{id}",
        "status": "202", "protocol": "HTTP/1.1", "responseLength": "0"}


def test_fact_l17_what_templates_override_is_logged(gateway, backend):
    template = (
        '#set($context.requestOverride.header.X-Team = "pets")#set($context.requestOverride.querystring.q = "1")'
        '#set($context.requestOverride.path.id = "8"){}')
    response = '#set($context.responseOverride.status = 418)#set($context.responseOverride.header.X-Tea = "green")x'
    integration = http(
        f"{backend.url}/p/{{id}}", requestTemplates={"application/json": template},
        requestParameters={"integration.request.path.id": "method.request.path.id"},
        responses={"default": {"statusCode": "200", "responseTemplates": {"application/json": response}}})
    names = ["requestOverride.header.X-Team", "requestOverride.querystring.q", "requestOverride.path.id",
             "responseOverride.status", "responseOverride.header.X-Tea", "responseOverride.header.X-None"]
    api, path = logged(gateway, {"GET /pets/{id}": integration, "GET /m": mock(200)},
                       " ".join(["$context.requestId", *(f"$context.{name}" for name in names)]))
    backend.replies(200, [("Content-Type", "application/json")], b"{}")
    answer = api.send("GET", "/pets/7")
    assert answer.status == 418
    assert line_of(path, answer).split()[1:] == ["pets", "1", "8", "418", "green", "-"]
    assert line_of(path, api.send("GET", "/m")).split()[1:] == ["-"] * 6


def test_fact_h53_ids_of_back_ends_at_aws_and_unknown_variables(gateway, backend):
    names = ["awsEndpointRequestId", "awsEndpointRequestId2", "dataProcessed", "waf.status", "webaclArn", "nothing.at.all"]
    api, path = logged(gateway, {"GET /p": {"type": "http_proxy", "httpMethod": "GET", "uri": backend.url}},
                       " ".join(["$context.requestId", *(f"$context.{name}" for name in names)]))
    backend.replies(200, [("x-amz-request-id", "one"), ("x-amz-id-2", "two")], b"seven b")
    assert line_of(path, api.send("GET", "/p")).split()[1:] == ["one", "two", "7", "-", "-", "-"]
    backend.replies(200, [("Content-Type", "text/plain")], b"")
    assert line_of(path, api.send("GET", "/p")).split()[1:] == ["-", "-", "0", "-", "-", "-"]
