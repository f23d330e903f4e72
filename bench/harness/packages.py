"""Install the Debian packages the benchmarks compare with, naming them first."""

from __future__ import annotations

import os
import shutil
import subprocess

# program → Debian package
_NEEDED = {"nginx": "nginx-light", "haproxy": "haproxy", "wrk": "wrk", "taskset": "util-linux"}


def install(needed: dict[str, str] = _NEEDED) -> None:
    """Install what is missing with apt-get (through sudo unless root); nothing when all is there.

    `needed` names the package of each program, or of each file by its absolute path.
    """
    os.environ["PATH"] += ":/usr/sbin:/sbin"  # where Debian keeps nginx and haproxy
    missing = sorted({package for program, package in needed.items() if not (shutil.which(program) or os.path.isfile(program))})
    if not missing:
        return
    print(f"bench: installing Debian packages: {' '.join(missing)}", flush=True)
    if needed is _NEEDED:
        print("bench: (Debian starts nginx and haproxy as services when it installs them)", flush=True)
    sudo = [] if os.geteuid() == 0 else ["sudo"]
    quiet = ["env", "DEBIAN_FRONTEND=noninteractive"]
    subprocess.run([*sudo, *quiet, "apt-get", "update", "-qq"], check=True, timeout=600)
    subprocess.run(
        [*sudo, *quiet, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing],
        check=True,
        timeout=900,
    )
