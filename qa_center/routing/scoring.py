"""The routing formula, over columns.

Guarantee: pure, independent of the order of the rows, and growing in every similarity. See
docs/explanation/routing.md for why it has this form.
"""

from __future__ import annotations

import math

import numpy as np

from .pool import Floats, Past, Pool
from .weights import Weights

LN2 = math.log(2)


def activity(past: Past, size: int, weights: Weights) -> Floats:
    """What each of `size` candidates answers these days, in fresh answers (>= 0)."""
    pace = max(weights.pace_least, float(np.count_nonzero(past.age < weights.pace_days)))
    # (1 + later / pace) ** -decay x 2 ** (-age / half life) as one exponential, for speed.
    fading = -weights.decay * np.log1p(past.later / pace) - past.age * (
        LN2 / weights.half_life_days
    )
    bursts = np.arange(1, past.same_day.max(initial=0) + 1, dtype=np.float64) ** -weights.burst
    value = np.exp(fading) * bursts[past.same_day - 1] * _worth(past, weights)
    return _sums(past, np.where(past.delay > weights.late_days, weights.late, 1.0) * value, size)


def topic(past: Past, size: int, weights: Weights) -> Floats:
    """How much closer to the case each candidate's past answers are than average ones (log).

    0 for someone without past answers, and near 0 for someone with few or old ones.
    """
    fading = past.age * (-LN2 / weights.topic_half_life_days)
    value = _worth(past, weights) * np.exp(fading)
    nearness = weights.similarity * past.similarity + weights.lexical * past.lexical
    near = _sums(past, value * np.exp(nearness), size) + weights.topic_prior
    plain = _sums(past, value, size) + weights.topic_prior
    ratio: Floats = np.log(near / plain)
    return ratio


def _worth(past: Past, weights: Weights) -> Floats:
    return np.where(past.accepted, weights.accepted, 1.0) * np.where(
        past.proposal, weights.proposal, 1.0
    )


def _sums(past: Past, values: Floats, size: int) -> Floats:
    total = np.bincount(past.owner, weights=values, minlength=size)
    return total.astype(np.float64)


def score(pool: Pool, weights: Weights) -> Floats:
    """A score for each candidate of `pool`; higher is better, differences are log odds."""
    size = len(pool.able)
    mass = activity(pool.past, size, weights)
    mass = mass + weights.page_owned * pool.owned + weights.page_verified * pool.verified
    mass = mass + weights.skill * pool.skill + weights.prior
    total: Floats = (
        np.log(mass)
        + weights.topic * topic(pool.past, size, weights)
        + weights.department * pool.department
        + weights.language * pool.language
        + weights.working_now * pool.working
        + weights.online * pool.online
        + weights.response * pool.response
        - weights.load * pool.load
        - weights.fairness * np.log1p(pool.asked)
    )
    return total
