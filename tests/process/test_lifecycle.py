"""The process: credentials, restarts, signals, and a second instance on the same data."""

import concurrent.futures
import os
import pathlib
import re
import signal
import socket
import stat
import subprocess
import threading
import time

import pytest

from harness.apis import Api, definition, eventually, mock, proxy
from harness.backend import Reply
from harness.wire import Connection, Truncated, exchange


def test_the_first_start_writes_a_root_credential_only_its_owner_can_read(start):
    process = start()
    path = process.data_dir / "credentials"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    key, secret = process.credentials
    assert len(key) >= 16 and len(secret) >= 32
    assert process.client().get_rest_apis()["items"] == []


def test_the_credential_survives_a_restart_and_is_never_printed(start):
    process = start()
    before = process.credentials
    assert process.terminate() == 0
    process.start()
    assert process.credentials == before
    assert before[1] not in process.log()


def test_the_root_credential_can_be_given(start):
    given = {"STAGEGATE_ROOT_ACCESS_KEY_ID": "AKIAGIVENGIVENGIVEN0", "STAGEGATE_ROOT_SECRET_ACCESS_KEY": "s" * 40}
    process = start(env=given)
    client = process.client(access_key="AKIAGIVENGIVENGIVEN0", secret_key="s" * 40)
    assert client.get_rest_apis()["items"] == []


def test_a_restart_keeps_everything(start, recording_backend):
    space = recording_backend.space()
    process = start()
    api = Api(process, definition({"GET /p": proxy(f"{space.url}/${{stageVariables.v}}"), "GET /m": mock(202)}), variables={"v": "x"})
    other = Api(process, definition({"GET /m": mock(200)}), region="eu-west-1")
    before = api.client.get_resources(restApiId=api.id, embed=["methods"])["items"]
    stage = api.client.get_stage(restApiId=api.id, stageName="dev")
    assert process.terminate() == 0
    process.start()
    api.client = process.client()
    assert api.client.get_resources(restApiId=api.id, embed=["methods"])["items"] == before
    after = api.client.get_stage(restApiId=api.id, stageName="dev")
    stage.pop("ResponseMetadata"), after.pop("ResponseMetadata")
    assert after == stage
    assert api.send("GET", "/m").status == 202
    assert api.send("GET", "/p").json()["target"].endswith("/x")
    assert other.send("GET", "/m").status == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_drains(start, recording_backend, number):
    """No new connections, running requests finish, exit 0."""
    space = recording_backend.space()
    process = start()
    api = Api(process, definition({"GET /slow": proxy(f"{space.url}/slow"), "GET /m": mock(200)}))
    entered = threading.Event()

    def slow(_):
        entered.set()
        time.sleep(1)
        return Reply(200, [("Content-Type", "text/plain")], b"finished")

    space.answer = slow
    idle = Connection(process.gateway)
    idle.request("GET", "/dev/m", api.host)
    assert idle.response().status == 200
    with Connection(process.gateway) as running:
        running.request("GET", "/dev/slow", api.host)
        assert entered.wait(5)
        process.process.send_signal(number)

        def refused():
            try:
                exchange(process.gateway, "GET", "/dev/m", api.host, timeout=1)
            except (ConnectionError, Truncated, TimeoutError):
                return
            raise AssertionError("a new connection was served while draining")

        eventually(refused, timeout_s=0.7)
        assert running.response().body == b"finished"
    assert process.process.wait(10) == 0
    assert idle.closed()
    idle.close()


def test_a_running_http2_stream_finishes_before_the_exit(start, recording_backend):
    space, entered = recording_backend.space(), threading.Event()
    process = start()
    api = Api(process, definition({"GET /slow": proxy(f"{space.url}/slow")}))

    def slow(_):
        entered.set()
        time.sleep(1)
        return Reply(200, [("Content-Type", "text/plain")], b"finished")

    space.answer = slow
    # curl, since python-h2 takes nothing more once it has read a GOAWAY.
    curl = subprocess.Popen(
        ["curl", "-sS", "--http2-prior-knowledge", "-H", f"Host: {api.host}", "-w", " %{http_version} %{http_code}",
         f"http://127.0.0.1:{process.gateway}/dev/slow"], stdout=subprocess.PIPE)
    assert entered.wait(5)
    process.process.send_signal(signal.SIGTERM)
    assert curl.communicate(timeout=10)[0] == b"finished 2 200"
    assert process.process.wait(10) == 0


def test_many_idle_connections_do_not_hold_up_the_drain(start):
    process = start()
    sockets = [socket.create_connection(("127.0.0.1", process.gateway)) for _ in range(50)]
    begin = time.monotonic()
    assert process.terminate(timeout_s=20) == 0
    assert time.monotonic() - begin < 8
    for each in sockets:
        each.close()


def test_a_data_folder_that_cannot_be_written_is_said_so(start, tmp_path):
    (tmp_path / "data").write_text("a file, not a folder")
    process = start(ready=False)
    process.launch()
    assert process.process.wait(10) != 0
    assert str(process.data_dir) in process.log()


def test_a_port_that_is_taken_is_said_so(start):
    process = start(ready=False)
    with socket.create_server(("127.0.0.1", process.control)):
        process.launch()
        assert process.process.wait(10) != 0
    assert str(process.control) in process.log()


def test_a_stop_closes_the_database(start):
    process = start()
    process.client().create_rest_api(name="kept")
    assert process.terminate() == 0
    left = [path.name for path in process.data_dir.iterdir()]
    assert "stagegate.db" in left
    assert not [name for name in left if name.endswith(("-wal", "-shm"))], left


def test_two_servers_never_share_the_gateways_port(start):
    """The cores of one gateway share its port, so the kernel would let another process join them."""
    first, second = start(), start(name="second", ready=False)
    second.gateway = first.gateway
    second.launch()
    assert second.process.wait(10) != 0
    assert str(first.gateway) in second.log() and "--gateway" in second.log()


def test_large_definitions_at_once_take_memory_for_a_few(start):
    """Each takes some 18 MB while it is imported: four at a time, not twelve."""
    process = start()
    keys = "".join(f" a{index}: 1\n" for index in range(100_000))
    document = f'openapi: "3.0.1"\ninfo: {{title: t}}\nx-large:\n{keys}paths: {{}}\n'.encode()

    def send(_):
        return process.client(read_timeout_s=120).import_rest_api(body=document)["id"]

    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        assert len(set(pool.map(send, range(12)))) == 12
    status = pathlib.Path(f"/proc/{process.process.pid}/status").read_text()
    assert int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) < 200_000


def test_cores_can_be_limited(start):
    process = start(args=["--cores", "1"])
    assert process.get_status("/readyz")[0] == 200
    threads = os.listdir(f"/proc/{process.process.pid}/task")
    assert len(threads) < 40
