"""The hostile corpus against a real gateway, in both back-end modes: every case passes, none is unsafe.

The cases mostly wait, so each mode is cut into shards that run side by side, each with a back end and
an API of its own.
"""

import collections
import json
import subprocess
import sys

import pytest

from harness.apis import Api, definition, proxy
from harness.ports import free_port
from harness.process import ROOT

CORPUS = ROOT / "tests" / "hostile"
SHARDS = 4
SLOW_TIMEOUT_S = 40
RUN_TIMEOUT_S = 600
UNSAFE = ("SMUGGLED", "SPLIT", "LENIENT", "HANG")


def shards(folder):
    """The cases of every corpus file, dealt out to as many files as there are shards."""
    cases = [line for path in sorted(CORPUS.glob("*.jsonl")) for line in path.read_text().splitlines()]
    assert len(cases) >= 306, "the corpus of 206 and at least 100 more"
    for number in range(SHARDS):
        path = folder / f"shard-{number}.jsonl"
        path.write_text("\n".join(cases[number::SHARDS]) + "\n")
        yield path


def back_end(mode):
    """A recording back end: its process and its port; the control port is the next one."""
    port, control = free_port(), free_port()
    process = subprocess.Popen(
        [sys.executable, str(CORPUS / "recording_backend.py"), str(port), "--mode", mode, "--control", str(control)],
        stdout=subprocess.PIPE)
    assert b"listening" in process.stdout.readline()
    return process, port, control


def launch(gateway, mode, shard, out):
    """Starts one shard: its back end, its API with the stages `h` and `canary`, and the runner."""
    process, port, control = back_end(mode)
    uri = f"http://127.0.0.1:{port}/${{stageVariables.stage}}/{{proxy}}"
    route = proxy(uri, "ANY", requestParameters={"integration.request.path.proxy": "method.request.path.proxy"})
    root = proxy(f"http://127.0.0.1:{port}/${{stageVariables.stage}}", "ANY")
    document = definition({"ANY /{proxy+}": route, "ANY /": root})
    api = Api(gateway, document, stage="h", variables={"stage": "h"})
    api.client.create_deployment(restApiId=api.id, stageName="canary", variables={"stage": "canary"})
    api.stage = "canary"
    api.wait_until_live()
    runner = subprocess.Popen(
        [sys.executable, str(CORPUS / "run_hostile.py"), "127.0.0.1", str(gateway.gateway), api.host,
         "--control", str(control), "--corpus", str(shard), "--out", str(out), "--quiet", "--strict",
         "--slow-timeout", str(SLOW_TIMEOUT_S)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return runner, process


@pytest.fixture(scope="module")
def results(gateway, tmp_path_factory):
    """The verdicts of both modes; they run at the same time."""
    folder = tmp_path_factory.mktemp("hostile")
    files = list(shards(folder))
    running = {
        (mode, number): launch(gateway, mode, shard, folder / f"{mode}-{number}.json")
        for mode in ("te", "cl") for number, shard in enumerate(files)
    }
    rows = {"te": [], "cl": []}
    for (mode, number), (runner, process) in running.items():
        shown = runner.communicate(timeout=RUN_TIMEOUT_S)[0].decode()
        process.terminate()
        process.wait()
        out = folder / f"{mode}-{number}.json"
        assert out.exists(), shown
        rows[mode] += json.loads(out.read_text())["results"]
    return rows


@pytest.mark.parametrize("mode", ["te", "cl"])
def test_every_case_passes(results, mode, record_property):
    counts = collections.Counter(row["verdict"] for row in results[mode])
    unsafe = sum(counts[verdict] for verdict in UNSAFE)
    record_property(
        f"hostile requests, back end in mode `{mode}`",
        f"{counts['PASS']} of {len(results[mode])} pass, {unsafe} unsafe")
    failed = [row for row in results[mode] if row["verdict"] != "PASS"]
    shown = "\n".join(
        f"{r['verdict']} {r['name']}: expected {r.get('expect')}, got {r.get('statuses')} closed={r.get('closed')} "
        f"saw={r.get('saw')} flags={r.get('flags')} canary={r.get('canary')} {r.get('err', '')}" for r in failed)
    assert not failed, f"{len(failed)} of {len(results[mode])}:\n{shown}"


def test_the_written_corpus_is_up_to_date():
    subprocess.run([sys.executable, str(CORPUS / "more" / "build.py"), "--check"], check=True, timeout=60)


def test_the_gateway_is_well_afterwards(results, gateway):
    assert results
    assert gateway.get_status("/healthz")[0] == 200
    assert gateway.process.poll() is None
