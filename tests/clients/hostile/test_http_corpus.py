"""The hostile corpus against an HTTP API: its paths are decoded before they are routed, and nothing gets past for it."""

import collections
import json
import subprocess
import sys

import pytest

from clients.hostile.test_corpus import CORPUS, RUN_TIMEOUT_S, SLOW_TIMEOUT_S, UNSAFE, back_end, shards
from harness.http_apis import HttpApi

MODE = "te"


def launch(gateway, shard, out):
    """Starts one shard: its back end, its API with the stages `h` and `canary`, and the runner."""
    process, port, control = back_end(MODE)
    api = HttpApi(gateway, stage="h", variables={"stage": "h"})
    api.client.create_stage(ApiId=api.id, StageName="canary", AutoDeploy=True, StageVariables={"stage": "canary"})
    api.route("ANY /{proxy+}", api.proxy(f"http://127.0.0.1:{port}/${{stageVariables.stage}}/{{proxy}}"))
    api.route("ANY /", api.proxy(f"http://127.0.0.1:{port}/${{stageVariables.stage}}"))
    runner = subprocess.Popen(
        [sys.executable, str(CORPUS / "run_hostile.py"), "127.0.0.1", str(gateway.gateway), api.host,
         "--control", str(control), "--corpus", str(shard), "--out", str(out), "--quiet", "--strict",
         "--slow-timeout", str(SLOW_TIMEOUT_S)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return runner, process


@pytest.fixture(scope="module")
def results(gateway, tmp_path_factory):
    """The verdicts."""
    folder = tmp_path_factory.mktemp("hostile")
    running = [(launch(gateway, shard, folder / f"{number}.json"), folder / f"{number}.json")
               for number, shard in enumerate(shards(folder))]
    rows = []
    for (runner, process), out in running:
        shown = runner.communicate(timeout=RUN_TIMEOUT_S)[0].decode()
        process.terminate()
        process.wait()
        assert out.exists(), shown
        rows += json.loads(out.read_text())["results"]
    return rows


def test_no_case_is_unsafe(results):
    unsafe = [row for row in results if row["verdict"] in UNSAFE]
    assert not unsafe, unsafe


def test_cases_end_as_they_do_for_rest_apis(results, record_property):
    counts = collections.Counter(row["verdict"] for row in results)
    record_property("hostile requests, HTTP API", f"{counts['PASS']} of {len(results)} pass")
    failed = [row for row in results if row["verdict"] != "PASS"]
    shown = "\n".join(
        f"{r['verdict']} {r['name']}: expected {r.get('expect')}, got {r.get('statuses')} closed={r.get('closed')} "
        f"saw={r.get('saw')} flags={r.get('flags')} canary={r.get('canary')} {r.get('err', '')}" for r in failed)
    assert not failed, f"{len(failed)} of {len(results)}:\n{shown}"
