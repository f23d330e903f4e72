"""Fixtures of HTTP APIs: a client of version 2, and an API with a route."""

import pytest


@pytest.fixture
def http(gateway):
    """A boto3 client of version 2."""
    return gateway.client(service="apigatewayv2")


@pytest.fixture
def api(http):
    """An HTTP API without anything below it: its id."""
    made = http.create_api(Name="test", ProtocolType="HTTP")["ApiId"]
    yield made
    try:
        http.delete_api(ApiId=made)
    except http.exceptions.NotFoundException:
        pass


@pytest.fixture
def integration(http, api):
    """An integration with a URL: its id."""
    made = http.create_integration(
        ApiId=api,
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="ANY",
        IntegrationUri="http://127.0.0.1:9/",
        PayloadFormatVersion="1.0",
    )
    return made["IntegrationId"]


@pytest.fixture
def route(http, api, integration):
    """A route to it: its id."""
    return http.create_route(ApiId=api, RouteKey="GET /pets", Target=f"integrations/{integration}")["RouteId"]
