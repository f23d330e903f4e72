"""Every operation of HTTP APIs through boto3: once with success, and once with each error that AWS documents for it."""

import pathlib
import re

import pytest
from harness.process import ROOT
from operations.http.http_world import HttpWorld
from operations.service_table import ServiceTable, each
from operations.unserved import unserved

TABLE = ServiceTable("apigatewayv2", pathlib.Path(__file__).parent / "table")
REGION = "eu-west-2"
# What is named in these calls may have another name in the answer.
CHANGES = ("Update", "Import", "Reimport")
# Those whose success is out of reach; the rows say why.
REACHABLE = [name for name, row in TABLE.rows.items() if "unreachable" not in row]
# Quotas of domain names, which are of both services and counted by the first.
ELSEWHERE = {"http_domains_count", "http_mappings_per_domain_count"}


def test_the_table_is_whole():
    missing = unserved("apigatewayv2")
    problems = TABLE.problems([name for name in TABLE.service.operation_names if name not in missing])
    assert not problems, "\n".join(problems)


def test_what_never_happens_is_about_operations_there_are():
    assert not list(TABLE.misplaced())


@pytest.fixture
def client(gateway):
    """A client in a region where no other test counts things."""
    return gateway.client(service="apigatewayv2", region=REGION)


@pytest.mark.parametrize("name", REACHABLE)
def test_success(client, name):
    TABLE.succeeds(HttpWorld(client), name, CHANGES)


@pytest.fixture(scope="module")
def shared(gateway):
    """One world for the calls that change nothing."""
    return HttpWorld(gateway.client(service="apigatewayv2", region=REGION))


@each(TABLE.plain)
def test_refusal(shared, name, error, row):
    TABLE.refuses(shared, name, error, row)


@pytest.fixture(scope="module")
def tight(tmp_path_factory):
    """A process whose count quotas are used up soon."""
    process = TABLE.tight(tmp_path_factory.mktemp("tight"))
    yield process
    process.stop()


def test_every_count_quota_is_tried():
    page = (ROOT / "docs" / "settings.md").read_text()
    counts = set(re.findall(r"\| `(http_\w+_count)` \| \d+ \| when set", page))
    assert counts - ELSEWHERE == {case["quota"] for _, _, case in TABLE.limited}


@each(TABLE.limited)
def test_limit(tight, name, error, row):
    """Each row has a region, and so a set of counts, of its own."""
    region = f"us-east-{TABLE.limited.index((name, error, row)) + 1}"
    TABLE.reaches_its_limit(HttpWorld(tight.client(service="apigatewayv2", region=region)), name, error, row)
