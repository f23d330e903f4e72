"""AWS's services on loopback: moto's server, an independent implementation, as one process."""

import os
import pathlib
import subprocess
import sys
import time
import urllib.request

import boto3
from botocore.config import Config

from harness.ports import free_port
from harness.process import clean_environment

READY_TIMEOUT_S = 60
ACCOUNT = "123456789012"


class Moto:
    """A server with every service behind one URL."""

    def __init__(self, log):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        program = pathlib.Path(sys.executable).with_name("moto_server")
        # State machines run for real only where this is set; nothing here may leave the machine.
        env = clean_environment(MOTO_ALLOW_NONEXISTENT_REGION="true", SF_EXECUTION_HISTORY_TYPE="SUCCESS")
        with open(log, "ab") as output:
            command = [program, "-H", "127.0.0.1", "-p", str(self.port)]
            self.process = subprocess.Popen(command, stdout=output, stderr=output, env=env, cwd=os.path.dirname(log))
        self.wait()

    def wait(self):
        """Returns once it answers."""
        deadline = time.monotonic() + READY_TIMEOUT_S
        while True:
            try:
                urllib.request.urlopen(f"{self.url}/moto-api/", timeout=5).close()
                return
            except OSError:
                assert self.process.poll() is None, "moto's server ended"
                assert time.monotonic() < deadline, "moto's server is not ready"
                time.sleep(0.1)

    def client(self, service):
        """A boto3 client of a service."""
        return boto3.client(
            service,
            region_name="us-east-1",
            endpoint_url=self.url,
            aws_access_key_id="AKIATESTSTESTSTESTS0",
            aws_secret_access_key="secret",
            config=Config(retries={"max_attempts": 0}, inject_host_prefix=False),
        )

    def stop(self):
        """Ends the process."""
        self.process.terminate()
        self.process.wait(10)
