"""Who should be asked, and why.

Guarantee: `route` is pure. The order does not depend on the order of the candidates; whoever must
not be asked (the asker, the absent, those at their cap) comes after all others and is marked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from .facts import Candidate, CaseFacts, RankedExpert
from .pool import Pool
from .reasons import reasons
from .scoring import score
from .weights import SHIPPED, Weights
from .worktime import WorkClock


def route(
    case: CaseFacts,
    candidates: Sequence[Candidate],
    now: datetime,
    weights: Weights = SHIPPED,
    *,
    limit: int | None = None,
) -> list[RankedExpert]:
    """Rank `candidates` for `case` at `now` (timezone-aware), best first, with reasons.

    limit: how many to give back (None: all). Ties go by key. Raises ValueError for a naive `now`
    or a key that occurs twice.
    """
    if now.tzinfo is None:
        raise ValueError("now must be timezone-aware")
    if len({candidate.key for candidate in candidates}) != len(candidates):
        raise ValueError("a candidate occurs twice")
    if not candidates:
        return []
    clock = WorkClock(now)
    pool = Pool.of(candidates, case, clock)
    scores = score(pool, weights)
    order = sorted(
        range(len(candidates)),
        key=lambda row: (not pool.able[row], -scores[row], candidates[row].key),
    )
    return [
        RankedExpert(
            key=candidates[row].key,
            score=float(scores[row]),
            eligible=bool(pool.able[row]),
            department=candidates[row].department,
            reasons=reasons(case, candidates[row], clock),
        )
        for row in order[:limit]
    ]
