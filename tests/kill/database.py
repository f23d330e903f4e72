"""What must be true of the rows in the database file, whatever was running when the process died."""

import contextlib
import hashlib
import json
import sqlite3


def check(path):
    """Opens the file beside the running process and checks every invariant; returns the newest revision."""
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        connection.execute("BEGIN")
        rows = dict(connection.execute("SELECT key, body FROM documents"))
        blobs = dict(connection.execute("SELECT hash, body FROM blobs"))
        changes = [revision for (revision,) in connection.execute("SELECT revision FROM changes ORDER BY revision")]
        newest = connection.execute("SELECT COALESCE(MAX(revision), 0) FROM documents").fetchone()[0]
    documents = {key: json.loads(body) for key, body in rows.items()}
    check_revisions(changes, newest)
    check_blobs(blobs)
    apis = [key for key in documents if key.count("/") == 3 and "/restapis/" in key]
    assert {key.rsplit("/", 1)[1] for key in apis} == {key[4:] for key in documents if key.startswith("ids/")}
    for api in apis:
        below = {key.removeprefix(f"{api}/"): row for key, row in documents.items() if key.startswith(f"{api}/")}
        check_api(api, below, blobs)
    owners = {"/".join(key.split("/")[:4]) for key in documents if key.count("/") > 3}
    assert owners <= set(apis), "rows outlived their API"
    return changes[-1] if changes else 0


def check_revisions(changes, newest):
    """The change feed has no gap, and no row is newer than it."""
    assert not changes or changes == list(range(changes[0], changes[-1] + 1))
    assert newest <= (changes[-1] if changes else 0)


def check_blobs(blobs):
    """Every blob has the content its name says."""
    for name, body in blobs.items():
        assert hashlib.sha256(body).hexdigest() == name


def check_api(api, rows, blobs):
    """A generation, one root, no resource without its parent, no method without its resource, no deployment without its blob."""
    assert "generation" in rows, api
    resources = {key.split("/")[1]: row for key, row in rows.items() if key.startswith("resources/")}
    assert [row["path"] for row in resources.values() if "parentId" not in row] == ["/"], api
    for row in resources.values():
        assert row.get("parentId") in {None, *resources}, (api, row)
    methods = [key.split("/")[1] for key in rows if key.startswith("methods/")]
    assert set(methods) <= set(resources), api
    deployments = {key.split("/")[1]: row for key, row in rows.items() if key.startswith("deployments/")}
    for row in deployments.values():
        assert row["frozen"] in blobs, (api, row)
        json.loads(blobs[row["frozen"]])
    for key, row in rows.items():
        if key.startswith("stages/"):
            assert row["deploymentId"] in deployments, (api, row)
