"""The tools of the hostile corpus themselves: verdicts, lint flags, answers as they are parsed, and the built corpus."""

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from exchange import Answer, answers  # noqa: E402
from lint import lint  # noqa: E402
from verdict import Case, Seen, judge  # noqa: E402

ACCEPT, REJECT, ANY, CLOSE = "accept-normalized", "reject-400", "reject-4xx", "close"
CLEAN = {"target": "/h/x", "flags": []}
FLAGGED = {"target": "/h/x", "flags": ["dup-cl"]}
HIDDEN = {"target": "/smuggled", "flags": []}


def verdict(expect, statuses, closed="fin", requests=(), partial=(), canary="ok", **flags):
    case = Case("x", "x", expect, "", "", "", **flags)
    found = [Answer(status, b"") for status in statuses]
    return judge(case, Seen(found, closed, list(requests), list(partial), canary))


@pytest.mark.parametrize(
    ("expected", "seen"),
    [
        ("PASS", (ACCEPT, [200], None, [CLEAN])),
        ("REFUSED", (ACCEPT, [400])),
        ("REFUSED", (ACCEPT, [502], None)),
        ("HANG", (ACCEPT, [], None)),
        ("LENIENT", (ACCEPT, [200], None, [FLAGGED])),
        ("SPLIT", (ACCEPT, [200, 200], None, [CLEAN, CLEAN])),
        ("SPLIT", (ACCEPT, [200], None, [HIDDEN])),
        ("SMUGGLED", (ACCEPT, [200], None, [CLEAN, CLEAN])),
        ("SMUGGLED", (ACCEPT, [200], None, [CLEAN], [], "somebody else's")),
        ("PASS", (REJECT, [400])),
        ("SAFE", (REJECT, [400], None)),
        ("SAFE", (REJECT, [403])),
        ("PASS", (ANY, [403])),
        ("PASS", (ANY, [505])),
        ("SAFE", (REJECT, [])),
        ("HANG", (REJECT, [], None)),
        ("NORMALIZED", (REJECT, [200], None, [CLEAN])),
        ("ABORTED", (REJECT, [400], "fin", [], [CLEAN])),
        ("PASS", (CLOSE, [])),
        ("PASS", (CLOSE, [408])),
        ("HANG", (CLOSE, [], None)),
        ("SMUGGLED", (CLOSE, [408], "fin", [CLEAN])),
    ],
)
def test_verdicts(expected, seen):
    assert verdict(*seen) == expected


def test_flags_of_a_case_widen_what_passes():
    assert verdict(ACCEPT, [400], alt_reject=True) == "PASS"
    assert verdict(ANY, [200], None, [CLEAN], alt_ok=True) == "PASS"
    assert verdict(ANY, [404], None, info_only=True) == "PASS"
    assert verdict(ACCEPT, [200, 200], None, [CLEAN, CLEAN], max_backend=2) == "PASS"


@pytest.mark.parametrize(
    ("flags", "head"),
    [
        ([], b"GET /h HTTP/1.1\r\nHost: a\r\n"),
        (["bare-lf"], b"GET /h HTTP/1.1\r\nHost: a\r\nX: 1\nY: 2\r\n"),
        (["bad-cl"], b"GET /h HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n"),
        (["cl+te"], b"GET /h HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
        (["dup-cl"], b"GET /h HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n"),
        (["host-count-2"], b"GET /h HTTP/1.1\r\nHost: a\r\nHost: a\r\n"),
        (["bad-host"], b"GET /h HTTP/1.1\r\nHost: a/b\r\n"),
        (["ws-before-colon"], b"GET /h HTTP/1.1\r\nHost: a\r\nX : 1\r\n"),
        (["obs-fold"], b"GET /h HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n"),
        (["bad-request-line"], b"GET  /h HTTP/1.1\r\nHost: a\r\n"),
        (["bad-pct"], b"GET /h%zz HTTP/1.1\r\nHost: a\r\n"),
        (["lookalike-framing"], b"GET /h HTTP/1.1\r\nHost: a\r\nContent_Length: 5\r\n"),
        (["upgrade-forwarded"], b"GET /h HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\n"),
    ],
)
def test_lint_flags(flags, head):
    assert lint(head) == flags


def test_answers_are_cut_by_their_framing():
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    sized = b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno"
    interim = b"HTTP/1.1 100 Continue\r\n\r\n"
    assert answers(interim + chunked + sized, False) == [Answer(200, b"abc"), Answer(404, b"no")]
    assert answers(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n" + sized, True)[1:] == [Answer(404, b"no")]
    assert [answer.status for answer in answers(b"HTTP/1.1 200", False)] == ["partial"]


def test_the_second_corpus_is_what_its_tables_say():
    built = subprocess.run([sys.executable, HERE / "more" / "build.py", "--check"], capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
