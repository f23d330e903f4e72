"""Stages with a response cache, and a back end that says how often it was asked."""

import itertools

from harness.backend import Reply
from harness.faults import patch

SETTINGS = {
    "enabled": "caching/enabled",
    "ttl": "caching/ttlInSeconds",
    "encrypted": "caching/dataEncrypted",
    "permission": "caching/requireAuthorizationForCacheControl",
    "strategy": "caching/unauthorizedCacheControlHeaderStrategy",
}


def cache(api, *operations, place="*/*", **settings):
    """Gives the stage a cache and its methods settings; `operations` are further ones."""
    escaped = place if place == "*/*" else "~1" + place.strip("/").replace("/", "~1", place.strip("/").count("/") - 1)
    settings = {"enabled": "true", **settings}
    patches = [patch("replace", f"/{escaped}/{SETTINGS[name]}", value) for name, value in settings.items()]
    return api.client.update_stage(
        restApiId=api.id,
        stageName=api.stage,
        patchOperations=[patch("replace", "/cacheClusterEnabled", "true"), *patches, *operations],
    )


def counts(backend, status=200, headers=(), **reply):
    """From now on each answer is the number of the request."""
    numbers = itertools.count(1)
    made = dict(status=status, headers=[("Content-Type", "text/plain"), *headers])

    def answer(_):
        return Reply(**made, body=b"%d" % next(numbers), **reply)

    backend.answer = answer


def keyed(integration, *parameters, namespace=None):
    """An integration with cache key parameters, and an operation that declares them."""
    places = {"header": "header", "querystring": "query", "multivaluequerystring": "query", "multivalueheader": "header"}
    declared = []
    for parameter in parameters:
        side, _, place, name = parameter.split(".", 3)
        if side == "method" and place != "path":
            declared.append({"name": name, "in": places[place], "schema": {"type": "string"}})
    made = {**integration, "cacheKeyParameters": list(parameters)}
    if namespace:
        made["cacheNamespace"] = namespace
    made["operation"] = {**({"parameters": declared} if declared else {}), **integration.get("operation", {})}
    return made
