"""Deployments switched under load: no request fails, and none is answered by a mix of two deployments."""

import json
import threading

from harness.apis import Api, definition, http
from harness.wire import Connection

SWITCHES = 30
CLIENTS = 4


def generation(backend, number):
    """A definition whose request mapping, URI and response mapping all carry one number."""
    return definition({"GET /p": http(
        f"{backend.url}/{number}",
        requestParameters={"integration.request.header.X-Generation": f"'{number}'"},
        responses={"default": {"statusCode": "200", "responseParameters": {"method.response.header.X-Answer": f"'{number}'"}}},
    )})


def test_switching_under_load(gateway, backend):
    api = Api(gateway, generation(backend, 0))
    over, mixed, failed, served = threading.Event(), [], [], []

    def load():
        with Connection(gateway.gateway) as connection:
            while not over.is_set():
                connection.request("GET", "/dev/p", api.host)
                answer = connection.response()
                if answer.status != 200:
                    failed.append(answer)
                    continue
                seen = answer.json()
                sent = dict((n.lower(), v) for n, v in seen["headers"])["x-generation"]
                if len({seen["target"].rsplit("/", 1)[1], sent, answer.header("X-Answer")}) != 1:
                    mixed.append((seen, answer.headers))
                served.append(sent)

    threads = [threading.Thread(target=load) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for number in range(1, SWITCHES + 1):
        api.client.put_rest_api(restApiId=api.id, mode="overwrite", body=json.dumps(generation(backend, number)))
        api.client.create_deployment(restApiId=api.id, stageName="dev")
    over.set()
    for thread in threads:
        thread.join(20)
    assert not failed and not mixed, (failed[:3], mixed[:3])
    assert len(served) > SWITCHES and len(set(served)) > SWITCHES / 2
