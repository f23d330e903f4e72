"""The operations that are not served, as `unserved.txt` lists them: by service."""

from harness.process import ROOT


def unserved(service):
    """The names of a service's operations that are not served."""
    lines = (ROOT / "unserved.txt").read_text().splitlines()
    return [name for of, name in (line.split() for line in lines) if of == service]
