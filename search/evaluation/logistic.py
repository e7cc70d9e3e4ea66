"""A small logistic regression over evidence.

Guarantee: no weight is negative: a feature that speaks for an answer never counts against it, even
where the labelled questions would reward that.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from search.calibration import Logistic
from search.results import Evidence

_RIDGE = 1.0
_STEPS = 30


def fit(
    cases: Sequence[tuple[Evidence, bool]], features: Sequence[str], groups: Sequence[str] = ()
) -> Logistic:
    """Newton's method with a ridge of 1 on standardised features and balanced classes.

    groups: one name per case; within a class each group counts the same. Without them each case
    does. Features that would get a negative weight are left out, and the rest is fitted again.
    Cases of one class get a model that always says that class.
    """
    answers = np.array([float(right) for _, right in cases])
    if not len(cases) or answers.min() == answers.max():
        return Logistic(intercept=20.0 if len(cases) and answers[0] else -20.0)
    importance = _importance(answers, groups)
    kept = list(features)
    while True:
        values = np.array([[getattr(e, name) or 0.0 for name in kept] for e, _ in cases])
        centre, spread = values.mean(axis=0), values.std(axis=0)
        spread[spread == 0] = 1.0
        weights = _newton((values - centre) / spread, answers, importance)
        negative = [name for name, weight in zip(kept, weights[1:], strict=True) if weight < 0]
        if not negative:
            break
        kept = [
            name for name in kept if name != min(negative, key=lambda n: weights[1 + kept.index(n)])
        ]
    slopes = weights[1:] / spread
    return Logistic(
        intercept=float(weights[0] - slopes @ centre),
        weights={name: float(slope) for name, slope in zip(kept, slopes, strict=True)},
    )


def _importance(answers: np.ndarray, groups: Sequence[str]) -> np.ndarray:
    """What each case counts, shape (n,); half of it all for either class, n together."""
    cells = list(zip(answers.tolist(), groups or [""] * len(answers), strict=True))
    sizes = Counter(cells)
    groups_of = Counter(answer for answer, _ in sizes)
    return np.array([len(cells) / (2 * groups_of[cell[0]] * sizes[cell]) for cell in cells])


def _newton(values: np.ndarray, answers: np.ndarray, importance: np.ndarray) -> np.ndarray:
    rows = np.hstack([np.ones((len(values), 1)), values])
    penalty = np.diag([0.0, *[_RIDGE] * values.shape[1]])
    weights = np.zeros(rows.shape[1])
    for _ in range(_STEPS):
        guess = 1 / (1 + np.exp(-np.clip(rows @ weights, -30, 30)))
        slope = rows.T @ (importance * (guess - answers)) + penalty @ weights
        bend = (rows.T * (importance * guess * (1 - guess) + 1e-9)) @ rows + penalty
        weights -= np.linalg.solve(bend, slope)
    return weights
