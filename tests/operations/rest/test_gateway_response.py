"""GatewayResponse: 21 types, set or generated (fact 24)."""

import pytest

from harness.faults import fails, patch, status_of

STOCK = {"application/json": '{"message":$context.error.messageString}'}


def test_every_type_is_listed(client, api):
    items = client.get_gateway_responses(restApiId=api[0])["items"]
    assert len(items) == 21 and all(item["defaultResponse"] for item in items)
    by_type = {item["responseType"]: item for item in items}
    assert by_type["THROTTLED"]["statusCode"] == "429"
    assert "statusCode" not in by_type["DEFAULT_4XX"]
    assert all(item["responseTemplates"] == STOCK for item in items)


def test_put_get_update_delete(client, api):
    one = {"restApiId": api[0], "responseType": "MISSING_AUTHENTICATION_TOKEN"}
    put = client.put_gateway_response(
        **one, statusCode="404", responseParameters={"gatewayresponse.header.A": "'a'"}, responseTemplates={"text/plain": "no"})
    assert status_of(put) == 201
    found = client.get_gateway_response(**one)
    assert (found["statusCode"], found["defaultResponse"]) == ("404", False)
    operations = [patch("replace", "/statusCode", "410"), patch("add", "/responseTemplates/text~1html", "<no/>"),
                  patch("remove", "/responseParameters/gatewayresponse.header.A")]
    updated = client.update_gateway_response(**one, patchOperations=operations)
    assert (updated["statusCode"], updated["responseParameters"]) == ("410", {})
    assert updated["responseTemplates"] == {"text/plain": "no", "text/html": "<no/>"}
    assert status_of(client.delete_gateway_response(**one)) == 202
    assert client.get_gateway_response(**one)["statusCode"] == "403"
    with fails("NotFoundException", "Gateway response type not defined on api", 404):
        client.delete_gateway_response(**one)


def test_a_family_shows_on_its_unset_types_and_on_no_other(client, api):
    client.put_gateway_response(
        restApiId=api[0], responseType="AUTHORIZER_FAILURE", responseParameters={"gatewayresponse.header.A": "'a'"})
    client.put_gateway_response(restApiId=api[0], responseType="DEFAULT_5XX", statusCode="599")
    by_type = {item["responseType"]: item for item in client.get_gateway_responses(restApiId=api[0])["items"]}
    assert (by_type["INTEGRATION_FAILURE"]["statusCode"], by_type["INTEGRATION_FAILURE"]["defaultResponse"]) == ("599", True)
    assert by_type["AUTHORIZER_FAILURE"]["statusCode"] == "500"
    assert by_type["AUTHORIZER_FAILURE"]["responseTemplates"] == STOCK
    assert by_type["THROTTLED"]["statusCode"] == "429"


@pytest.mark.parametrize("given", [
    {"statusCode": "42"}, {"responseParameters": {"method.response.header.A": "'a'"}},
    {"responseParameters": {"gatewayresponse.header.A": "integration.response.header.A"}},
])
def test_what_none_takes_is_refused(client, api, given):
    with pytest.raises(client.exceptions.ClientError):
        client.put_gateway_response(restApiId=api[0], responseType="THROTTLED", **given)
    assert client.get_gateway_response(restApiId=api[0], responseType="THROTTLED")["defaultResponse"] is True
