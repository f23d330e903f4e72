"""Authorizers put before the methods of an API that is there already."""

import contextlib

POOL = "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_pets"


def user_pool(api, name="pool", arns=(POOL,), header="Authorization", **arguments):
    """A `COGNITO_USER_POOLS` authorizer; its id."""
    made = api.client.create_authorizer(
        restApiId=api.id, name=name, type="COGNITO_USER_POOLS", providerARNs=list(arns),
        identitySource=f"method.request.header.{header}", **arguments,
    )
    return made["id"]


def jwt(api, issuers, name="jwt", algorithms=("RS256", "ES256", "ES384", "ES512"), header="Authorization"):
    """A `JWT` authorizer; its id. `issuers` are documents, or URLs of issuers whose audience is `pets`."""
    issuers = [{"issuer": one, "audiences": ["pets"]} if isinstance(one, str) else one for one in issuers]
    made = api.client.create_authorizer(
        restApiId=api.id, name=name, type="JWT", identitySource=f"method.request.header.{header}",
        jwtConfiguration={"issuers": issuers, "defaultAlgorithms": list(algorithms)},
    )
    return made["id"]


def guard(api, path, authorizer_id, scopes=(), verb="GET"):
    """Puts an authorizer before a method."""
    kind = api.client.get_authorizer(restApiId=api.id, authorizerId=authorizer_id)["type"]
    resources = api.client.get_resources(restApiId=api.id, limit=500)["items"]
    resource = next(one["id"] for one in resources if one["path"] == path)
    patches = [{"op": "replace", "path": "/authorizationType", "value": kind},
               {"op": "replace", "path": "/authorizerId", "value": authorizer_id}]
    patches += [{"op": "add", "path": "/authorizationScopes", "value": scope} for scope in scopes]
    api.client.update_method(restApiId=api.id, resourceId=resource, httpMethod=verb, patchOperations=patches)


@contextlib.contextmanager
def changing(api):
    """Deploys what was changed inside."""
    yield api
    api.deploy()


def bearer(token):
    """The header of a token."""
    return [("Authorization", f"Bearer {token}")]
