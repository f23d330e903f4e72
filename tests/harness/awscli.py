"""Runs both AWS CLIs against a running stagegate: v1 from the virtual environment, v2 from Debian."""

import json
import pathlib
import shlex
import subprocess
import sys

import pytest

from harness.process import clean_environment

V1 = pathlib.Path(sys.executable).parent / "aws"
V2 = pathlib.Path("/usr/bin/aws")


class AwsCli:
    """One of the CLIs, with the credentials file that stagegate wrote and an empty configuration."""

    def __init__(self, gateway, program, config="/dev/null"):
        if not program.exists():
            pytest.skip(f"{program} is not installed")
        self.gateway, self.program, self.config = gateway, program, config

    def __call__(self, *arguments, check=True, service="apigateway"):
        """Runs `aws SERVICE …` and parses what it prints; where a failure is no surprise, answers the process."""
        env = clean_environment(
            AWS_SHARED_CREDENTIALS_FILE=str(self.gateway.data_dir / "credentials"), AWS_DEFAULT_REGION="us-east-1",
            AWS_CONFIG_FILE=str(self.config), AWS_EC2_METADATA_DISABLED="true", AWS_PAGER="")
        done = subprocess.run(
            [str(self.program), "--endpoint-url", self.gateway.control_url, "--output", "json", service, *arguments],
            env=env, capture_output=True, text=True, timeout=60, check=False)
        if not check:
            return done
        assert done.returncode == 0, (arguments, done.stderr)
        return json.loads(done.stdout) if done.stdout.strip() else None

    def type(self, line):
        """Runs a line as a person types it, with `\\` at the ends of its parts."""
        aws, service, *arguments = shlex.split(line.replace("\\\n", " "))
        assert aws == "aws", line
        return self(*arguments, service=service)
