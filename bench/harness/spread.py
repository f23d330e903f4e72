"""Medians and distribution-free 95 % intervals."""

from __future__ import annotations

import math
import statistics
from typing import NamedTuple


class Spread(NamedTuple):
    """A median with the interval that holds the true median with at least 95 % confidence."""

    median: float
    low: float
    high: float
    count: int

    def text(self, digits: int = 3) -> str:
        """`0.912 [0.890, 0.931]`."""
        return f"{self.median:.{digits}f} [{self.low:.{digits}f}, {self.high:.{digits}f}]"


def spread(values: list[float]) -> Spread:
    """Median and order-statistic interval (binomial, no assumption on the distribution).

    Under 6 values no such interval exists: the extremes are given.
    """
    ordered = sorted(values)
    count = len(ordered)
    below, tail = 0, 0.0
    while below < count // 2:
        tail += math.comb(count, below) / 2**count
        if 2 * tail > 0.05:
            break
        below += 1
    below = max(below - 1, 0)
    return Spread(statistics.median(ordered), ordered[below], ordered[count - 1 - below], count)


def quantile(values: list[float], share: float) -> float:
    """The value below which `share` of the values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, math.ceil(share * len(ordered)) - 1))]
