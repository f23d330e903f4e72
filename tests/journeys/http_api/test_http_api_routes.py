"""Which route of an HTTP API takes a request: methods, variables, slashes, stages, custom domain names."""

import pytest

from harness.http_apis import HttpApi

NOT_FOUND = (404, b'{"message":"Not Found"}')


@pytest.fixture
def api(gateway):
    """An HTTP API with a `$default` stage."""
    return HttpApi(gateway)


def routes(api, backend, *keys):
    """Makes routes whose back end is told their key; answers who was called by a request."""
    for index, key in enumerate(keys):
        api.route(key, api.proxy(f"{backend.url}/r{index}", "ANY"))

    def called(method, path, **options):
        backend.requests.clear()
        answer = api.send(method, path, **options)
        if not backend.requests:
            return answer.status
        return keys[int(backend.only().target.removeprefix(f"{backend.prefix}/r").split("?")[0])]

    return called


def test_facts_92_and_h10_the_most_specific_route_takes_a_request(api, backend):
    called = routes(api, backend, "GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}",
                    "$default", "ANY /both", "POST /both")
    for method, path, expected in [
        ("GET", "/pets/dog/1", "GET /pets/dog/1"), ("GET", "/pets/dog/2", "GET /pets/dog/{id}"),
        ("GET", "/pets/cat/1", "GET /pets/{proxy+}"), ("POST", "/test/5", "ANY /{proxy+}"),
        ("POST", "/both", "POST /both"), ("PUT", "/both", "ANY /both"), ("GET", "/", "$default"),
        ("PATCH", "/pets/dog/1", "ANY /{proxy+}"),
    ]:
        assert called(method, path) == expected, (method, path)


def test_facts_h7_and_91_nothing_else_is_found(api, backend):
    called = routes(api, backend, "GET /pets", "POST /pets")
    for method, path in [("PUT", "/pets"), ("PATCH", "/pets"), ("DELETE", "/pets"), ("GET", "/"), ("GET", "/health"),
                         ("PROPFIND", "/pets")]:
        answer = api.send(method, path)
        assert (answer.status, answer.body) == NOT_FOUND, (method, path)
    head = api.send("HEAD", "/pets")
    assert (head.status, head.body, head.header("Content-Length")) == (404, b"", "23")
    assert called("GET", "/pets") == "GET /pets"


def test_facts_102_and_h9_a_slash_at_the_end_counts(api, backend):
    called = routes(api, backend, "GET /metrics", "GET /x", "GET /x/{id}")
    for path, expected in [("/metrics", "GET /metrics"), ("/metrics/", 404), ("/x", "GET /x"), ("/x/", "GET /x/{id}"),
                           ("/x/7", "GET /x/{id}"), ("/x/7/", 404)]:
        assert called("GET", path) == expected, path


def test_siblings_have_variables_of_different_names(api, backend):
    called = routes(api, backend, "GET /a/{x}", "GET /a/{y}/b", "POST /a/{z}")
    assert [called("GET", "/a/1"), called("GET", "/a/1/b"), called("POST", "/a/1")] == [
        "GET /a/{x}", "GET /a/{y}/b", "POST /a/{z}"]


def test_routes_that_differ_in_names_of_variables_only_are_refused(api, backend):
    called = routes(api, backend, "GET /a/{x}", "GET /b")
    with pytest.raises(api.client.exceptions.ConflictException):
        api.route("GET /a/{y}", api.proxy(backend.url))
    assert [called("GET", "/a/1"), called("GET", "/b")] == ["GET /a/{x}", "GET /b"]


def test_fact_h18_a_path_is_decoded_once_and_then_routed(api, backend):
    """An encoded slash separates, as it does for the function that gets the decoded path: nobody reaches a guarded path by it."""
    called = routes(api, backend, "GET /admin/{x}", "GET /{x}", "GET /a%b")
    for path, expected in [("/admin%2Fusers", "GET /admin/{x}"), ("/admin%252Fusers", "GET /{x}"),
                           ("/%61dmin/users", "GET /admin/{x}"), ("/a%25b", "GET /a%b"), ("/a%2525b", "GET /{x}")]:
        assert called("GET", path) == expected, path


def test_dots_that_are_encoded_never_reach_a_back_end_as_dots(api, backend):
    api.route("GET /files/{rest+}", api.proxy(f"{backend.url}/public/{{rest}}"))
    for path in ("/files/%2e%2e/secret", "/files/a%2F..%2F..%2Fsecret", "/files/..%2Fsecret", "/files/a/..;x/b"):
        backend.requests.clear()
        api.send("GET", path)
        targets = [seen.target for seen in backend.requests]
        assert not any("secret" in target or ".." in target for target in targets), (path, targets)


def test_fact_92_a_stage_is_chosen_first_and_its_name_is_no_path(gateway, backend):
    api = HttpApi(gateway, stage="dev")
    api.client.create_stage(ApiId=api.id, StageName="$default", AutoDeploy=True)
    called = routes(api, backend, "GET /pets", "GET /dev/pets", "GET /$default/pets")
    assert called("GET", "/pets") == "GET /pets"
    for path, expected in [("/pets", "GET /pets"), ("/dev/dev/pets", "GET /dev/pets"), ("/%64ev/pets", "GET /pets"),
                           ("/$default/pets", "GET /$default/pets")]:
        backend.requests.clear()
        gateway.send("GET", path, api.id)
        assert backend.only().target.endswith(f"/r{['GET /pets', 'GET /dev/pets', 'GET /$default/pets'].index(expected)}")


def test_fact_91_without_a_default_stage_there_is_nothing_at_the_root(gateway, backend):
    api = HttpApi(gateway, stage="dev")
    called = routes(api, backend, "GET /pets", "GET /")
    assert [called("GET", "/pets"), called("GET", ""), called("GET", "/")] == ["GET /pets", "GET /", "GET /"]
    for path in ("/pets", "/", "/test/pets"):
        answer = gateway.send("GET", path, api.id)
        assert (answer.status, answer.body) == NOT_FOUND, path


def test_custom_domain_names_lead_to_http_apis(gateway, api, backend):
    api.route("GET /pets", api.proxy(f"{backend.url}/pets"))
    name = f"{api.id}.example.com"
    client = gateway.client()
    client.create_domain_name(domainName=name, regionalCertificateName="c", endpointConfiguration={"types": ["REGIONAL"]})
    client.create_base_path_mapping(domainName=name, basePath="v1", restApiId=api.id, stage="$default")
    answer = gateway_send(gateway, name, "/v1/pets")
    assert (answer.status, backend.only().target) == (200, f"{backend.prefix}/pets")
    assert answer.header("Apigw-Requestid")
    answer = gateway_send(gateway, name, "/v1/dogs")
    assert (answer.status, answer.body) == NOT_FOUND
    client.delete_base_path_mapping(domainName=name, basePath="v1")
    assert gateway_send(gateway, name, "/v1/pets").status == 403


def gateway_send(gateway, host, path):
    """One request to a host of its own."""
    from harness.wire import exchange

    return exchange(gateway.gateway, "GET", path, host)
