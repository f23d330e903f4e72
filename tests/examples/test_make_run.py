"""`make run`, as a newcomer types it: what it prints is there, and the curl lines work as printed."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess

import pytest

from harness.ports import free_port
from harness.process import ROOT, clean_environment


def search_path(folder, hidden):
    """A search path of links to all programs but the hidden ones."""
    folder.mkdir()
    for program in (pathlib.Path(place) / name for place in os.environ["PATH"].split(":") if os.path.isdir(place) for name in os.listdir(place)):
        if not program.name.startswith(hidden) and not (folder / program.name).is_symlink():
            (folder / program.name).symlink_to(program)
    return str(folder)


@pytest.fixture
def running(request, tmp_path):
    """The development build, on free ports; returns what was printed until it was ready, and the process."""
    hidden = getattr(request, "param", None)
    path = {"PATH": search_path(tmp_path / "bin", hidden)} if hidden else {}
    ports = {name: free_port() for name in ("gateway", "control", "status", "petstore")}
    env = clean_environment(
        PROFILE="dev", PETSTORE_PORT=str(ports["petstore"]), STAGEGATE_DATA_DIR=str(tmp_path / "data"),
        **path, **{f"STAGEGATE_{n.upper()}": f"127.0.0.1:{ports[n]}" for n in ("gateway", "control", "status")})
    process = subprocess.Popen(
        ["make", "run"], cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
    shown = []
    for line in process.stdout:
        shown.append(line)
        if "get-rest-apis" in line:
            break
    yield "".join(shown), ports, process
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
    process.wait(20)
    process.stdout.close()


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_what_make_run_prints_works(running, tmp_path):
    shown, ports, process = running
    assert process.poll() is None, shown
    assert re.search(rf"http://\w+\.execute-api\.us-east-1\.localhost:{ports['gateway']}/dev", shown), shown
    assert f"http://127.0.0.1:{ports['control']}" in shown
    assert str(tmp_path / "data" / "credentials") in shown
    lines = re.findall(r"^  (curl .*)$", shown, re.MULTILINE)
    assert len(lines) >= 2
    for line in lines:
        done = subprocess.run(line + " -sS --fail", shell=True, capture_output=True, text=True, timeout=20, check=False)
        assert done.returncode == 0, (line, done.stderr)
    pets = next(line for line in lines if line.endswith("/pets"))
    found = subprocess.run(pets + " -sS", shell=True, capture_output=True, text=True, timeout=20, check=True).stdout
    assert "Ada" in [pet["name"] for pet in json.loads(found)]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("running", [("python", "node")], indirect=True)
def test_without_interpreters_the_rest_works(running):
    """Neither Python nor Node: the functions' routes say so, the others answer."""
    shown, ports, process = running
    assert process.poll() is None, shown
    for word in ("python3 is not installed", "node is not installed"):
        assert word in shown
    (invoke,) = set(re.findall(r"http://\w+\.execute-api\S+?/dev(?=/)", shown))

    def get(path):
        command = ["curl", "-sS", "-w", "%{http_code}", f"{invoke}{path}"]
        return subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout

    assert get("/pets/1").endswith("200")
    answer = get("/pets/1/quote")
    assert answer.endswith("500") and "make run" in answer


def test_an_interrupt_stops_both_processes(running):
    _, ports, process = running
    os.killpg(process.pid, signal.SIGINT)
    process.wait(20)
    for name in ("gateway", "petstore"):
        taken = subprocess.run(["bash", "-c", f"exec 3<>/dev/tcp/127.0.0.1/{ports[name]}"], capture_output=True, check=False)
        assert taken.returncode != 0, f"{name} still listens"
