"""One process, one issuer and one API for the tests of tokens that change none of them."""

import types

import pytest

from harness.apis import Api, definition, proxy
from harness.backend import Backend
from harness.guards import POOL, changing, guard, jwt, user_pool
from harness.issuer import Issuer
from harness.jose import key, now
from harness.process import Stagegate

SETTINGS = """
discover_issuers = true
jwt_algorithms = ["PS256", "PS384", "PS512", "EdDSA", "RS384", "RS512"]
user_pool_algorithms = ["RS256", "ES256"]
issuer_refetch_s = 1
[[cognito.user_pools]]
arn = "arn:aws:cognito-idp:*:*:userpool/*"
issuer = "{issuer}"
"""
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
RULES = [
    {"claimName": "tier", "format": "SINGLE_STRING", "expectedValues": ["gold"]},
    {"claimName": "sub", "format": "SINGLE_STRING", "required": True},
]
ROUTES = ["/jwt", "/scoped", "/ruled", "/pool", "/pool-scoped", "/pool-audience"]


class World(types.SimpleNamespace):
    """Keys, claims, and the way to the API."""

    def claims(self, **changed):
        """Claims that every route but the scoped ones takes; `None` leaves one out."""
        usual = {"iss": self.issuer.url, "sub": "ann", "aud": "pets", "iat": now(-5), "exp": now(300), "token_use": "id"}
        return {name: value for name, value in {**usual, **changed}.items() if value is not None}

    def send(self, path, headers):
        """A request with exactly these headers besides Host."""
        return self.api.send("GET", path, headers)


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    """Everything that the tests of a worker share."""
    keys = {name: key(f"{name}-key", name) for name in ALGORITHMS}
    issuer, trap = Issuer(*keys.values()), Issuer()
    settings = SETTINGS.format(issuer=issuer.url)
    process = Stagegate(tmp_path_factory.mktemp("tokens") / "data", settings).start()
    backend = Backend().space()
    shown = {f"integration.request.header.X-{name}": f"context.authorizer.claims.{name}" for name in ("sub", "exp")}
    api = Api(process, definition({f"GET {path}": proxy(backend.url, requestParameters=shown) for path in ROUTES}))
    with changing(api):
        usual = jwt(api, [issuer.url])
        ruled = jwt(api, [{"issuer": issuer.url, "audiences": ["cats", "pets"], "additionalClaims": RULES}], "ruled")
        pool, audience = user_pool(api), user_pool(api, "audience", identityValidationExpression="pets-.*")
        guard(api, "/jwt", usual)
        guard(api, "/scoped", usual, ["pets:read", "pets:write"])
        guard(api, "/ruled", ruled)
        guard(api, "/pool", pool)
        guard(api, "/pool-scoped", pool, ["pets:read", "pets:write"])
        guard(api, "/pool-audience", audience)
    yield World(process=process, issuer=issuer, trap=trap, keys=keys, api=api, backend=backend, pool_arn=POOL,
                stranger=key("RS256-key-of-a-stranger"), authorizers={"jwt": usual, "ruled": ruled, "pool": pool})
    process.stop()
