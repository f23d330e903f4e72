"""`stagegate explain`: why the gateway answers as it does, for callers who may ask, and only where it is switched on."""

import json

import pytest

from harness.apis import definition, eventually, mock

USER_KEY, USER_SECRET = "AKIDEXPLAINER0000001", "explainer-secret-of-forty-characters-0001"
USERS = f"""
[users.asker]
access_key_id = "{USER_KEY}"
secret_access_key = "{USER_SECRET}"
policy = '{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"stagegate:Explain","Resource":"*"}}]}}'

[users.stranger]
access_key_id = "AKIDSTRANGER00000001"
secret_access_key = "{USER_SECRET}"
policy = '{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"apigateway:*","Resource":"*"}}]}}'
"""
ROUTES = {
    "GET /ok/{id}": mock(202),
    "GET /broken": {"type": "mock", "requestTemplates": {"application/json": "#foreach($i in [1..2000])x#end"},
                    "responses": {"default": {"statusCode": "200"}}},
    "GET /keyed": mock(200) | {"operation": {"security": [{"key": []}]}},
    "GET /checked": mock(200) | {"operation": {
        "x-amazon-apigateway-request-validator": "all",
        "parameters": [{"name": "q", "in": "query", "required": True, "schema": {"type": "string"}}]}},
}
EXTRA = {
    "components": {"securitySchemes": {"key": {"type": "apiKey", "name": "x-api-key", "in": "header"}}},
    "x-amazon-apigateway-request-validators": {"all": {"validateRequestBody": True, "validateRequestParameters": True}},
}


@pytest.fixture
def explaining(start, tmp_path):
    """A process that explains, and the id of its API."""
    process = start(settings=f"explain = true\n{USERS}")
    document = tmp_path / "api.json"
    document.write_text(json.dumps(definition(ROUTES, **EXTRA)))
    process.run("import", str(document), "--stage", "dev")
    (api,) = (api["id"] for api in process.client().get_rest_apis()["items"])
    eventually(lambda: _is_served(process, api))
    return process, api


def _is_served(process, api):
    assert process.send("GET", "/dev/ok/1", api).status == 202


def explain(process, api, path, *more, check=True, env=None):
    """What `stagegate explain` prints."""
    url = f"http://{process.host(api)}/dev{path}"
    return process.run("explain", *more, url, check=check, env=env)


def test_every_room_gives_its_reason(explaining):
    process, api = explaining
    shown = explain(process, api, "/ok/7").stdout
    assert shown.startswith("202\n")
    for line in (f"  address   api {api}; stage dev; deployment ", "  route     GET /ok/{id}; resource ",
                 "  authorize authorization type NONE", "  integrate integration response 202; response template none",
                 "  respond   status 202"):
        assert line in shown, shown


@pytest.mark.parametrize("path, status, reason", [
    ("/nowhere", 403, "respond   MISSING_AUTHENTICATION_TOKEN; status 403; No matching resource and method"),
    ("/broken", 500, "integrate the mapping template failed: "),
    ("/keyed", 403, "respond   INVALID_API_KEY; status 403; "),
    ("/checked", 400, "respond   BAD_REQUEST_PARAMETERS; status 400; Missing required request parameters; "
                      "Missing required request parameters: [q]"),
])
def test_a_refusal_is_no_riddle(explaining, path, status, reason):
    process, api = explaining
    shown = explain(process, api, path).stdout
    assert shown.startswith(f"{status}\n") and reason in shown, shown


def test_only_callers_with_leave_may_ask(explaining):
    process, api = explaining
    as_user = lambda key: {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": USER_SECRET,
                           "STAGEGATE_ROOT_ACCESS_KEY_ID": key, "STAGEGATE_ROOT_SECRET_ACCESS_KEY": USER_SECRET}
    assert "  route     GET /ok/{id}" in explain(process, api, "/ok/7", env=as_user(USER_KEY)).stdout
    refused = explain(process, api, "/ok/7", env=as_user("AKIDSTRANGER00000001"), check=False)
    assert refused.returncode != 0
    assert "not authorized to perform: stagegate:Explain" in refused.stderr


@pytest.mark.parametrize("token", ["", "guess", "A" * 54])
def test_a_token_that_is_none_changes_nothing(explaining, token):
    process, api = explaining
    answer = process.send("GET", "/dev/ok/7", api, [("X-Stagegate-Explain", token)])
    assert answer.status == 202 and not answer.all("X-Stagegate-Explain")


def test_the_token_stays_at_the_gateway(start, backend, tmp_path):
    process = start(settings="explain = true")
    document = tmp_path / "api.json"
    routes = {"GET /p": {"type": "http_proxy", "httpMethod": "GET", "uri": backend.url + "/p"}}
    document.write_text(json.dumps(definition(routes)))
    process.run("import", str(document), "--stage", "dev")
    (api,) = (api["id"] for api in process.client().get_rest_apis()["items"])
    eventually(lambda: process.send("GET", "/dev/p", api).status == 200 or pytest.fail("not served"))
    backend.requests = []
    shown = explain(process, api, "/p", "-H", "X-Mine: 1").stdout
    assert "answered 200" in shown, shown
    assert backend.requests[-1].all("X-Mine") == ["1"]
    assert not backend.requests[-1].all("X-Stagegate-Explain")


def test_explanations_are_off_by_default(start):
    process = start()
    refused = explain(process, "abc", "/x", check=False)
    assert refused.returncode != 0 and "Explanations are off" in refused.stderr
