"""Fitting the weights to a company's own past.

Guarantee: only questions before the split are looked at. The fit is made on the earlier part of
them and kept only if it does better than the shipped weights on the later part; otherwise the
shipped weights come back, and the result says so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from ..pool import Flags, Floats, Past, Pool
from ..scoring import score
from ..weights import SHIPPED, BadWeights, Weights
from .figures import place
from .history import PastQuestion
from .running import Moment, Texts, judgeable, split_at, walk

FITTED = (
    "decay",
    "pace_days",
    "accepted",
    "late",
    "burst",
    "topic",
    "similarity",
    "lexical",
    "half_life_days",
)
SUBJECT = ("topic", "similarity", "lexical")
"""How much the subject of a question counts: what a company's first questions tell already."""
STEPS = (1.6, 1.25)
# Pull of each fitted weight to the shipped one, on the scale of log(weight), in nats.
PULL = 12.0
FIT_SHARE = 0.7
LEAST = 30
LEAST_FOR_ALL = 100
MOST = 400


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What a calibration found.

    `adopted`: whether the fitted weights won; `weights` are the fitted or else the shipped ones.
    `fitted_on`, `validated_on`: numbers of questions. The losses are mean negative log chances
    of the accepted answerer on the validation part, the MRRs are on it too; None if there was too
    little to learn from.
    """

    weights: Weights
    adopted: bool
    fitted_on: int
    validated_on: int
    loss_shipped: float | None = None
    loss_fitted: float | None = None
    mrr_shipped: float | None = None
    mrr_fitted: float | None = None


@dataclass(frozen=True, slots=True)
class _Case:
    pool: Pool
    target: int


def calibrate(
    history: Sequence[PastQuestion],
    texts: Texts,
    start: Weights = SHIPPED,
    *,
    share: float = 0.3,
    most: int = MOST,
) -> Calibrated:
    """Fit `start` on the first `share` of the history.

    most: use at most so many questions, the latest ones. With fewer than 100 that can be judged
    only SUBJECT is fitted; with fewer than 30 chance would be learnt, and `start` comes back.
    """
    stop = split_at(history, share)
    indices = judgeable(history, 0, stop)[-most:]
    cut = int(len(indices) * FIT_SHARE)
    if len(indices) < LEAST:
        return Calibrated(start, False, 0, 0)
    # Nothing after the split is even read.
    cases = [_kept(moment) for moment in walk(history[:stop], texts.before(stop), indices)]
    fit, check = cases[:cut], cases[cut:]
    fitted = _descend(fit, start, SUBJECT if len(indices) < LEAST_FOR_ALL else FITTED)
    temperature = _temperature(fit, start), _temperature(fit, fitted)
    losses = _loss(check, start, temperature[0]), _loss(check, fitted, temperature[1])
    adopted = losses[1] < losses[0]
    return Calibrated(
        weights=fitted if adopted else start,
        adopted=adopted,
        fitted_on=len(fit),
        validated_on=len(check),
        loss_shipped=losses[0],
        loss_fitted=losses[1],
        mrr_shipped=_mrr(check, start),
        mrr_fitted=_mrr(check, fitted),
    )


def _kept(moment: Moment) -> _Case:
    """A copy of the moment's columns, since the walk goes on to change them."""
    past = Past(**{f.name: getattr(moment.pool.past, f.name).copy() for f in fields(Past)})
    return _Case(pool=replace(moment.pool, past=past), target=moment.target)


def _chances(case: _Case, weights: Weights) -> tuple[Floats, float]:
    able: Flags = case.pool.able
    scores = score(case.pool, weights)
    return scores[able], float(scores[case.target])


def _loss(cases: Sequence[_Case], weights: Weights, temperature: float) -> float:
    """Mean negative log of the target's share in the softmax of the scores."""
    total = 0.0
    for case in cases:
        scores, target = _chances(case, weights)
        top = scores.max()
        others = math.log(float(np.exp((scores - top) / temperature).sum()))
        total += others + (float(top) - target) / temperature
    return total / len(cases)


def _temperature(cases: Sequence[_Case], weights: Weights) -> float:
    """The scale of the scores that makes them chances; it does not change any order."""
    return min((0.5, 0.6, 0.75, 0.9, 1.1, 1.35), key=lambda value: _loss(cases, weights, value))


def _pulled(cases: Sequence[_Case], weights: Weights, start: Weights, temperature: float) -> float:
    pull = sum(
        math.log(getattr(weights, name) / getattr(start, name)) ** 2
        for name in FITTED
        if getattr(start, name)
    )
    return _loss(cases, weights, temperature) + PULL * pull / len(cases)


def _descend(cases: Sequence[_Case], start: Weights, names: Sequence[str]) -> Weights:
    """Coordinate descent on the logarithms of the weights; few rounds, since few are needed."""
    temperature = _temperature(cases, start)
    best, least = start, _pulled(cases, start, start, temperature)
    for step in STEPS:
        for name in names:
            for factor in (step, 1 / step):
                while True:
                    tried = _scaled(best, name, factor)
                    if tried is None:
                        break
                    loss = _pulled(cases, tried, start, temperature)
                    if loss >= least - 1e-6:
                        break
                    best, least = tried, loss
    return best


def _scaled(weights: Weights, name: str, factor: float) -> Weights | None:
    value = round(getattr(weights, name) * factor, 6)
    if not value:
        return None
    try:
        return replace(weights, **{name: value})
    except BadWeights:
        return None


def _mrr(cases: Sequence[_Case], weights: Weights) -> float:
    places = [place(score(case.pool, weights), case.pool.able, case.target) for case in cases]
    return float(np.mean([1 / each for each in places]))
