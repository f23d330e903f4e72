"""Mutual TLS before an HTTP API: what its functions are told of the client's certificate."""

import pytest

from harness.http_apis import HttpApi
from harness.lambdas import Lambdas
from journeys.accept.test_mutual_tls import World


@pytest.mark.parametrize("version", ["2.0", "1.0"])
def test_fact_h13_a_function_is_told_of_the_certificate(start, tmp_path, version):
    lambdas = Lambdas()
    lambdas.functions["pets"] = lambda _: {"statusCode": 200}
    world = World(start, tmp_path, tables=lambdas.settings)
    api = HttpApi(world.gateway)
    api.route("GET /f", api.function("pets", version))
    for name in (world.name, world.other):
        world.client.create_base_path_mapping(domainName=name, basePath="http", restApiId=api.id, stage="$default")
    issued = world.clients.issue("ann", serial=1)
    assert world.get(issued, path="/http/f").status == 200
    context = lambdas.only().event["requestContext"]
    told = context["authentication" if version == "2.0" else "identity"]["clientCert"]
    assert list(told) == ["clientCertPem", "subjectDN", "issuerDN", "serialNumber", "validity"]
    assert (told["clientCertPem"], told["subjectDN"]) == (issued.pem.strip(), "C=US,O=Pets,CN=ann")
    if version == "2.0":
        assert list(context)[:4] == ["accountId", "apiId", "authentication", "domainName"]
    assert world.get(None, world.other, path="/http/f").status == 200
    context = lambdas.only().event["requestContext"]
    assert "authentication" not in context
    assert version == "2.0" or context["identity"]["clientCert"] is None
    lambdas.stop()
