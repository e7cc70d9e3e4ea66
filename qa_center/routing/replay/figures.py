"""The figures of a ranking: P@1, P@3, MRR and the spread of load.

Guarantee: ties are neither luck nor harm: someone who ties with others has the middle of their
places.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..pool import Flags, Floats, Ints


@dataclass(frozen=True, slots=True)
class Figures:
    """p1, p3: share of questions whose answerer was first, among the first three. mrr: mean of

    1 / place. gini, gini_first: spread of being among the first three, of being first (0: all are
    asked equally often, 1: one person is asked always).
    """

    p1: float
    p3: float
    mrr: float
    gini: float
    gini_first: float


def place(scores: Floats, able: Flags, target: int) -> float:
    """The place (1 is first) of row `target` among the rows that are `able`."""
    better = np.count_nonzero(scores[able] > scores[target])
    same = np.count_nonzero(scores[able] == scores[target])
    return float(better + (same + 1) / 2)


def first_rows(scores: Floats, able: Flags, count: int) -> Ints:
    """The `count` best rows that are able, best first; ties by row."""
    rows = np.flatnonzero(able)
    return rows[np.argsort(-scores[rows], kind="stable")[:count]]


def gini(loads: Floats) -> float:
    """Gini coefficient of loads (>= 0, one each person); 0 if all are 0.

    G = sum((2 i - n - 1) x_i) / (n sum(x)) over ascending x (Sen, 1973).
    """
    ordered = np.sort(loads)
    size, total = len(ordered), ordered.sum()
    if not total:
        return 0.0
    return float((2 * np.arange(1, size + 1) - size - 1) @ ordered / (size * total))


def figures(places: Floats, loads: Floats, firsts: Floats) -> Figures:
    """Sum up: places of the answerers, and how often each person was in the first three, first."""
    return Figures(
        p1=float(np.mean(places <= 1)),
        p3=float(np.mean(places <= 3)),
        mrr=float(np.mean(1 / places)),
        gini=gini(loads),
        gini_first=gini(firsts),
    )


def interval(ours: Floats, theirs: Floats, *, rounds: int = 2000) -> tuple[float, float]:
    """95 % bootstrap interval of mrr(ours) / mrr(theirs), the questions drawn in pairs.

    ours, theirs: places, shape (n,). The draws are seeded, so the same places give the same.
    """
    draws = np.random.default_rng(0).integers(0, len(ours), (rounds, len(ours)))
    ratios = (1 / ours)[draws].mean(axis=1) / (1 / theirs)[draws].mean(axis=1)
    low, high = np.percentile(ratios, [2.5, 97.5])
    return float(low), float(high)
