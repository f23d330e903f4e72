"""Starts and stops real stagegate processes on free ports with a data folder of their own."""

import configparser
import os
import pathlib
import signal
import subprocess
import time
import urllib.error
import urllib.request

import boto3
from botocore.config import Config

from harness.ports import free_port
from harness.wire import exchange

ROOT = pathlib.Path(__file__).resolve().parents[2]
READY_TIMEOUT_S = 20


def binary(name="stagegate", variable="STAGEGATE_BIN"):
    """The program under test: from the environment, else the development build."""
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return os.environ.get(variable, str(target / "debug" / name))


def clean_environment(**extra):
    """The caller's environment without any setting of Stagegate or AWS."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("STAGEGATE_", "AWS_"))}
    return inherited | extra


class Stagegate:
    """One process. `settings` is TOML text; ports are chosen here and kept over restarts."""

    def __init__(self, data_dir, settings="", env=None, args=()):
        self.data_dir = pathlib.Path(data_dir)
        self.gateway, self.control, self.status = free_port(), free_port(), free_port()
        self.env = env or {}
        self.args = list(args)
        self.settings = settings
        self.process = None
        self.log_path = self.data_dir.with_suffix(".stderr")

    def command(self):
        """The command line of `serve`."""
        listen = [f"--{name}=127.0.0.1:{port}" for name, port in (
            ("gateway", self.gateway), ("control", self.control), ("status", self.status))]
        config = []
        if self.settings:
            path = self.data_dir.with_suffix(".toml")
            path.write_text(self.settings)
            config = ["--config", str(path)]
        # Tests stay on this machine: issuers are looked up only where a test asks for it.
        still = [] if "discover_issuers" in self.settings else ["--discover-issuers=false"]
        # Tests read logs from files, but for those that say otherwise.
        files = [] if "log_default" in self.settings else ["--log-default=file"]
        return [binary(), "serve", f"--data-dir={self.data_dir}", *listen, *config, *still, *files, *self.args]

    def start(self):
        """Starts and waits until /readyz says 200."""
        self.launch()
        deadline = time.monotonic() + READY_TIMEOUT_S
        while not self.is_ready():
            assert self.process.poll() is None, f"stagegate exited: {self.log()}"
            assert time.monotonic() < deadline, f"not ready in {READY_TIMEOUT_S} s: {self.log()}"
            time.sleep(0.02)
        return self

    def launch(self):
        """Starts without waiting."""
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                self.command(), stdout=log, stderr=log, env=clean_environment(**self.env), cwd=self.data_dir.parent
            )

    def is_ready(self):
        """Whether /readyz answers 200."""
        try:
            return self.get_status("/readyz")[0] == 200
        except OSError:
            return False

    def get_status(self, path):
        """Status code and text of a page of the status port."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.status}{path}", timeout=5) as page:
                return page.status, page.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def figure(self, name):
        """A number of the metrics page that has no labels."""
        page = self.get_status("/metrics")[1]
        found = [int(line.split()[1]) for line in page.splitlines() if line.startswith(f"{name} ")]
        assert len(found) == 1, f"{name} is there {len(found)} times"
        return found[0]

    def log(self):
        """What the process wrote to its standard outputs."""
        return self.log_path.read_text(errors="replace")[-4000:]

    def terminate(self, number=signal.SIGTERM, timeout_s=15):
        """Sends a signal and returns the exit status."""
        self.process.send_signal(number)
        return self.process.wait(timeout_s)

    def stop(self):
        """Ends the process whatever its state."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    @property
    def control_url(self):
        """The control plane's address."""
        return f"http://127.0.0.1:{self.control}"

    @property
    def credentials(self):
        """The root credential: access key id and secret."""
        parser = configparser.ConfigParser()
        assert parser.read(self.data_dir / "credentials"), "no credentials file"
        profile = parser["default"]
        return profile["aws_access_key_id"], profile["aws_secret_access_key"]

    def client(self, region="us-east-1", access_key=None, secret_key=None, service="apigateway", read_timeout_s=20):
        """A boto3 client that never retries."""
        root_key, root_secret = self.credentials
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self.control_url,
            aws_access_key_id=access_key or root_key,
            aws_secret_access_key=secret_key or root_secret,
            config=Config(retries={"total_max_attempts": 1}, read_timeout=read_timeout_s),
        )

    def host(self, api_id, region="us-east-1"):
        """The Host value that addresses an API."""
        return f"{api_id}.execute-api.{region}.localhost:{self.gateway}"

    def send(self, method, target, api_id, headers=(), body=None, **options):
        """One request to an API on a connection of its own."""
        host = self.host(api_id, options.pop("region", "us-east-1"))
        return exchange(self.gateway, method, target, host, headers, body, **options)

    def run(self, *arguments, check=True, env=None):
        """Runs another subcommand against this process."""
        settings = {
            "STAGEGATE_DATA_DIR": str(self.data_dir),
            "STAGEGATE_CONTROL": f"127.0.0.1:{self.control}",
            "STAGEGATE_GATEWAY": f"127.0.0.1:{self.gateway}",
            "STAGEGATE_STATUS": f"127.0.0.1:{self.status}",
        }
        return subprocess.run(
            [binary(), *arguments], env=clean_environment(**settings, **(env or {})),
            capture_output=True, text=True, timeout=60, check=check,
        )
