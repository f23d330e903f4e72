"""CPU time and resident memory of a process tree, read from /proc."""

from __future__ import annotations

import os
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def _fields(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat from the third on (the second may hold blanks)."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return text[text.rindex(")") + 2 :].split()


def tree(root: int) -> list[int]:
    """`root` and all its living descendants."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit() and (fields := _fields(int(name))):
            children.setdefault(int(fields[1]), []).append(int(name))
    found, queue = [], [root]
    while queue:
        pid = queue.pop()
        found.append(pid)
        queue += children.get(pid, [])
    return found


def own_cpu_s(pid: int) -> float:
    """User plus system seconds of one process, all its threads, without any child."""
    fields = _fields(pid)
    return sum(int(fields[index]) for index in (11, 12)) / _TICKS_PER_S if fields else 0.0


def cpu_s(root: int) -> float:
    """User plus system seconds of the tree, all threads, with the children it has already reaped."""
    total = 0
    for pid in tree(root):
        if fields := _fields(pid):
            total += sum(int(fields[index]) for index in (11, 12, 13, 14))
    return total / _TICKS_PER_S


def rss_bytes(root: int) -> int:
    """Resident bytes of the tree; pages shared by two processes count twice."""
    total = 0
    for pid in tree(root):
        try:
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_BYTES
        except OSError:
            continue
    return total
