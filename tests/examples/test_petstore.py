"""The pet store example, as `make run` serves it: every route, through the real back end."""

import json
import subprocess

import pytest

from harness.apis import eventually
from harness.ports import free_port
from harness.process import ROOT, Stagegate, binary


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """The back end and a stagegate with the definition imported; returns a function that sends."""
    folder = tmp_path_factory.mktemp("petstore")
    port = free_port()
    text = (ROOT / "examples/petstore/petstore.yaml").read_text().replace("127.0.0.1:8090", f"127.0.0.1:{port}")
    (folder / "petstore.yaml").write_text(text)
    backend = subprocess.Popen([binary("petstore-backend", "PETSTORE_BIN"), f"127.0.0.1:{port}"], stdout=subprocess.PIPE)
    assert b"127.0.0.1" in backend.stdout.readline()
    example = ROOT / "examples/petstore"
    settings = (example / "stagegate.toml").read_text().replace("127.0.0.1:8090", f"127.0.0.1:{port}")
    settings = settings.replace("./functions", f"{example}/functions")
    process = Stagegate(folder / "data", settings, args=["--import", str(folder / "petstore.yaml"), "--stage", "dev"]).start()
    (api,) = process.client().get_rest_apis()["items"]

    def send(method, path, **options):
        return process.send(method, f"/dev{path}", api["id"], **options)

    def works():
        assert send("GET", "/pets").status == 200

    eventually(works)
    yield send
    process.stop()
    backend.terminate()
    backend.wait()


def test_mock_routes(store):
    root = store("GET", "/")
    assert (root.status, root.header("X-Pet-Store")) == (204, "open")
    assert store("GET", "/health").status == 200


@pytest.mark.parametrize("path", ["/pets", "/pets/1"])
def test_cors(store, path):
    answer = store("OPTIONS", path, headers=[("Origin", "http://shop.example")])
    assert answer.status == 200
    assert answer.header("Access-Control-Allow-Origin") == "*"
    assert "DELETE" in answer.header("Access-Control-Allow-Methods")


def test_the_life_of_a_pet(store):
    pet = json.dumps({"name": "Ada", "type": "cat", "price": 10}).encode()
    made = store("POST", "/pets", headers=[("Content-Type", "application/json")], body=pet)
    assert made.status == 201
    path = f"/pets/{made.json()['id']}"
    assert store("GET", path).json()["name"] == "Ada"
    changed = store("PUT", path, body=pet.replace(b"Ada", b"Eve"))
    assert (changed.status, changed.json()["name"]) == (200, "Eve")
    assert store("DELETE", path).status == 200
    gone = store("GET", path)
    assert (gone.status, gone.json()["message"]) == (404, "no such pet")


def test_queries_static_values_and_the_greedy_path(store):
    assert {pet["type"] for pet in store("GET", "/pets?type=dog").json()} == {"dog"}
    inventory = store("GET", "/inventory").json()
    assert inventory["asked_by"] == "api-gateway" and inventory["counts"]["dog"] == 1
    assert store("PATCH", "/store/a/b", body=b"x").json() == {"method": "PATCH", "path": "a/b"}


def test_the_function_in_python(store):
    quote = store("GET", "/pets/1/quote?quantity=2")
    assert (quote.status, quote.header("Content-Type")) == (200, "application/json"), quote.body
    assert (quote.json()["pet"], quote.json()["total"]) == ("Rex", 499.98)
    assert [store("GET", f"/pets/{path}").status for path in ("9999/quote", "x/quote", "1/quote?quantity=0")] == [404, 404, 400]


def test_the_function_in_node(store):
    made = store("POST", "/pets/1/adoption", body=b'{"adopter": "Ada"}')
    assert (made.status, made.json()["pet"], made.json()["adopter"]) == (201, "1", "Ada"), made.body
    assert made.all("Set-Cookie") == ["adopter=Ada", f"certificate={made.json()['certificate']}"]
    assert store("POST", "/pets/1/adoption", body=b"Ada").status == 400


def test_what_is_not_there(store):
    assert store("GET", "/nowhere").status == 403
    assert store("PATCH", "/pets/1").status == 403
