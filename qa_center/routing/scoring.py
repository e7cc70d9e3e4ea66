"""The routing formula, over columns.

Guarantee: pure, independent of the order of the rows, and growing in every similarity. See
docs/explanation/routing.md for why it has this form.
"""

from __future__ import annotations

import numpy as np

from .pool import Floats, Past, Pool
from .weights import Weights


def expertise(past: Past, size: int, weights: Weights) -> Floats:
    """What each of `size` candidates has shown, in fresh answers on an average subject (>= 0)."""
    value = np.exp(weights.similarity * past.similarity + weights.lexical * past.lexical)
    value = value * np.where(past.accepted, weights.accepted, 1.0)
    value = value * np.where(past.proposal, weights.proposal, 1.0)
    fresh = np.exp2(-past.age / weights.half_life_days)
    long = weights.long_share * np.exp2(-past.age / weights.long_half_life_days)
    total = np.bincount(past.owner, weights=value * (fresh + long), minlength=size)
    return total.astype(np.float64)


def score(pool: Pool, weights: Weights) -> Floats:
    """A score for each candidate of `pool`; higher is better, differences are log odds."""
    mass = expertise(pool.past, len(pool.able), weights)
    mass = mass + weights.page_owned * pool.owned + weights.page_verified * pool.verified
    mass = mass + weights.skill * pool.skill + weights.prior
    total: Floats = (
        np.log(mass)
        + weights.department * pool.department
        + weights.language * pool.language
        + weights.working_now * pool.working
        + weights.online * pool.online
        + weights.response * pool.response
        - weights.load * pool.load
        - weights.fairness * np.log1p(pool.asked)
    )
    return total
