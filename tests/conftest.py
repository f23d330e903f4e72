"""Fixtures of every end-to-end test, and the figures that tests record."""

import datetime
import pathlib
import subprocess

import pytest

from harness.apis import Api, definition
from harness.backend import Backend
from harness.process import Stagegate, binary

REPORT_HEAD = """# Robustness figures

Written by `scripts/report.sh` on {date} with {version}.

| What | Figure |
|---|---|
"""


def pytest_addoption(parser):
    """`--report FILE` keeps the recorded figures."""
    parser.addoption("--report", help="write the figures that the tests record to this file")


def pytest_terminal_summary(terminalreporter, config):
    """Shows what tests recorded with `record_property`, and writes it down where asked to."""
    reports = [report for outcome in ("passed", "failed") for report in terminalreporter.stats.get(outcome, [])]
    figures = sorted({figure for report in reports for figure in report.user_properties})
    if not figures:
        return
    terminalreporter.section("figures")
    for name, value in figures:
        terminalreporter.write_line(f"{name}: {value}")
    if path := config.getoption("--report"):
        version = subprocess.run([binary(), "--version"], capture_output=True, text=True, check=True).stdout.strip()
        head = REPORT_HEAD.format(date=datetime.datetime.now(datetime.timezone.utc).date(), version=version)
        rows = "".join(f"| {name} | {value} |\n" for name, value in figures)
        pathlib.Path(path).write_text(head + rows)


@pytest.fixture(scope="session")
def gateway(tmp_path_factory):
    """A stagegate with default settings that the tests of one worker share."""
    process = Stagegate(tmp_path_factory.mktemp("stagegate") / "data").start()
    yield process
    process.stop()


@pytest.fixture
def start(tmp_path):
    """Starts processes with settings of their own; ends them with the test."""
    started = []

    def run(settings="", env=None, args=(), name="data", ready=True):
        process = Stagegate(tmp_path / name, settings, env, args)
        started.append(process)
        return process.start() if ready else process

    yield run
    for process in started:
        process.stop()


@pytest.fixture
def client(gateway):
    """A boto3 client of the shared process."""
    return gateway.client()


@pytest.fixture(scope="session")
def recording_backend():
    """The recording back end of this worker."""
    return Backend()


@pytest.fixture
def backend(recording_backend):
    """A fresh path prefix of the back end."""
    return recording_backend.space()


@pytest.fixture
def serve(gateway):
    """Imports routes as a new API of the shared process, deployed to stage `dev`."""

    def build(routes, variables=None, region="us-east-1", **top_level):
        return Api(gateway, definition(routes, **top_level), variables=variables, region=region)

    return build
