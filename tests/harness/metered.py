"""Usage plans for tests: routes that need an API key, plans of a stage, and keys in them."""

from harness.apis import Api, definition

SCHEME = {"securitySchemes": {"api_key": {"type": "apiKey", "name": "x-api-key", "in": "header"}}}


def keyed(integration):
    """The same integration, for callers with an API key."""
    return {**integration, "operation": {"security": [{"api_key": []}]}}


class Metered:
    """An API whose callers are metered."""

    def __init__(self, gateway, routes, **top_level):
        self.api = Api(gateway, definition(routes, components=SCHEME, **top_level))
        self.client = self.api.client

    def plan(self, throttle=None, quota=None, methods=None):
        """A usage plan of the stage; its id."""
        stage = {"apiId": self.api.id, "stage": "dev", **({"throttle": methods} if methods else {})}
        given = {name: value for name, value in (("throttle", throttle), ("quota", quota)) if value}
        return self.client.create_usage_plan(name="p", apiStages=[stage], **given)["id"]

    def key(self, *plans, enabled=True):
        """An API key in plans: its id and its value."""
        made = self.client.create_api_key(name="k", enabled=enabled)
        for plan in plans:
            self.client.create_usage_plan_key(usagePlanId=plan, keyId=made["id"], keyType="API_KEY")
        return made["id"], made["value"]

    def send(self, path, value=None, **options):
        """A GET with a key."""
        return self.api.send("GET", path, [("x-api-key", value)] if value else [], **options)

    def statuses(self, path, value, count):
        """The statuses of so many requests, one after the other."""
        return [self.send(path, value).status for _ in range(count)]
