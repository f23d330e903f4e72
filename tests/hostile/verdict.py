"""Judging what a gateway made of one case. Pure: everything seen comes in, one word comes out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from exchange import Answer

UNSAFE = ("SMUGGLED", "SPLIT", "LENIENT", "HANG")


@dataclass
class Case:
    """One row of a corpus."""

    name: str
    cls: str
    expect: str
    why: str
    rfc: str
    raw_base64: str
    half_close: bool = False
    max_backend: int = 1
    alt_ok: bool = False
    alt_reject: bool = False
    info_only: bool = False


@dataclass
class Seen:
    """What the client and the back end saw of one case."""

    answers: list[Answer]
    closed: str | None
    requests: list[dict[str, Any]] = field(default_factory=list)
    partial: list[dict[str, Any]] = field(default_factory=list)
    canary: str = "ok"
    has_backend: bool = True

    @property
    def statuses(self) -> list[int | str]:
        return [answer.status for answer in self.answers]

    @property
    def status(self) -> int:
        """The first status, 0 without one."""
        first = self.statuses[0] if self.answers else 0
        return first if isinstance(first, int) else 0

    @property
    def flags(self) -> list[str]:
        return sorted({flag for row in self.requests + self.partial for flag in row.get("flags", [])})

    @property
    def rejected(self) -> bool:
        return 400 <= self.status < 500 or self.status in (501, 505)

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 300


def judge(case: Case, seen: Seen) -> str:
    """The verdict; see run_hostile.py for what each means."""
    if seen.has_backend and (len(seen.requests) > len(seen.answers) or seen.canary != "ok"):
        return "SMUGGLED"
    if seen.has_backend and _is_split(case, seen):
        return "SPLIT"
    if seen.flags and seen.requests:
        return "LENIENT"
    if case.expect == "accept-normalized":
        return _judge_accept(case, seen)
    if case.expect == "close":
        return _judge_close(seen)
    return _judge_reject(case, seen)


def _is_split(case: Case, seen: Seen) -> bool:
    if case.max_backend != 1 or case.name.startswith("cl-then"):
        return False
    return len(seen.requests) > 1 or any("/smuggled" in row["target"] for row in seen.requests)


def _judge_accept(case: Case, seen: Seen) -> str:
    if seen.accepted or (seen.rejected and case.alt_reject and not seen.requests):
        return "PASS"
    return "REFUSED" if seen.rejected or seen.status >= 500 or seen.closed else "HANG"


def _judge_close(seen: Seen) -> str:
    if seen.requests:
        return "SMUGGLED"
    if seen.closed and (not seen.answers or seen.rejected):
        return "PASS"
    return "SAFE" if seen.rejected or seen.closed else "HANG"


def _judge_reject(case: Case, seen: Seen) -> str:
    if seen.requests:
        return "PASS" if case.alt_ok and seen.accepted else "NORMALIZED"
    if seen.partial:
        return "ABORTED" if seen.rejected or seen.closed or seen.status >= 500 else "HANG"
    if not seen.answers:
        return "SAFE" if seen.closed else "HANG"
    if case.info_only:
        return "PASS" if seen.rejected else "SAFE"
    if seen.rejected and (seen.status == 400 or case.expect == "reject-4xx"):
        return "PASS" if seen.closed else "SAFE"
    if seen.accepted and seen.has_backend:
        return "NORMALIZED"
    return "SAFE"
