"""What holds for every operation of HTTP APIs alike, whatever it does: who is refused before it begins."""

import pytest
from botocore import xform_name
from harness.faults import fails
from operations.http.http_world import HttpWorld
from operations.http.test_http_table import TABLE
from operations.nobody import NOBODY


class Nothing(HttpWorld):
    """A world in which nothing is made: every `$name` is a name that nobody has."""

    def get(self, name):
        """A name."""
        return "arn:aws:apigateway:us-east-1::/apis/nosuch" if name == "arn" else "nosuch"


def call(client, name):
    """A call of an operation's row, about nothing that there is."""
    arguments = Nothing(client).fill(TABLE.rows[name]["call"])
    return getattr(client, xform_name(name))(**arguments)


@pytest.mark.parametrize("name", TABLE.rows)
def test_a_stranger_is_unknown(gateway, name):
    client = gateway.client(service="apigatewayv2", access_key="AKIDEXAMPLE", secret_key="x")
    with fails("UnrecognizedClientException", status=403):
        call(client, name)


@pytest.mark.parametrize("name", TABLE.rows)
def test_who_has_no_policy_is_denied(peopled, name):
    client = peopled.client(service="apigatewayv2", **NOBODY)
    message = "User: arn:aws:iam::000000000000:user/nobody is not authorized to perform: apigateway:.*"
    with fails("AccessDeniedException", message, 403):
        call(client, name)


@pytest.mark.parametrize("name", TABLE.rows)
def test_who_calls_too_often_is_asked_to_wait(still, name):
    with fails("TooManyRequestsException", "Too Many Requests", 429):
        call(still.client(service="apigatewayv2"), name)
