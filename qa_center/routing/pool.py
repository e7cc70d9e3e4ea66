"""Candidates as columns of numbers, so that thousands can be scored at once.

Guarantee: `Pool.of(candidates, ...)` and a pool that a replay keeps up to date hold the same
columns, and `scoring.score` is the only thing that turns them into scores.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from .facts import Candidate, CaseFacts, PastKind
from .worktime import WorkClock, is_away

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

SECONDS_A_DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """m past answers of a pool, one row each.

    `owner`: a candidate's row. `age`: days. `later`: how many answers of the pool are newer.
    `same_day`: how many answers (this one counted) the same person gave on the same UTC day.
    `delay`: days from question to answer. `similarity`, `lexical`: as in facts.PastAnswer.
    """

    owner: Ints
    age: Floats
    later: Floats
    same_day: Ints
    delay: Floats
    similarity: Floats
    lexical: Floats
    accepted: Flags
    proposal: Flags


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """n candidates. Every column has n rows, but for `past`, which has one row an answer.

    `owned` and `verified`: sum over pages of max(0, similarity). `skill`: the best matching
    level / 3. `department`, `language`, `working`, `online`: 1 if it fits. `load`: share of the
    cap in use (0..1). `response`: share of invitations accepted, -0.5..0.5 around the middle.
    `asked`: invitations in the last 30 days. `able`: may be asked at all.
    """

    past: Past
    owned: Floats
    verified: Floats
    skill: Floats
    department: Floats
    language: Floats
    working: Floats
    online: Floats
    load: Floats
    response: Floats
    asked: Floats
    able: Flags

    @classmethod
    def of(cls, candidates: Sequence[Candidate], case: CaseFacts, clock: WorkClock) -> Pool:
        """The columns for these candidates and this case at the clock's `now`."""
        now = clock.now
        return cls(
            past=_past(candidates, now),
            owned=_column(_pages(each, verified=False) for each in candidates),
            verified=_column(_pages(each, verified=True) for each in candidates),
            skill=_column(_skill(each, case) for each in candidates),
            department=_column(
                bool(case.department) and each.department == case.department for each in candidates
            ),
            language=_column(
                not case.language or case.language in each.languages for each in candidates
            ),
            working=_column(
                clock.next_moment(each.hours, each.away, each.timezone) == now
                for each in candidates
            ),
            online=_column(each.online for each in candidates),
            load=_column(_load(each) for each in candidates),
            response=_column(response_share(each) for each in candidates),
            asked=_column(each.recent_invitations for each in candidates),
            able=np.array([not refusal(each, case, now) for each in candidates], dtype=bool),
        )


def refusal(candidate: Candidate, case: CaseFacts, now: datetime) -> str:
    """Why a candidate must not be asked: "asker", "away", "at_cap", or "" if they may be."""
    if candidate.key == case.asker:
        return "asker"
    if is_away(now, candidate.away, candidate.timezone) is not None:
        return "away"
    if candidate.cap is not None and candidate.load >= candidate.cap:
        return "at_cap"
    return ""


def response_share(candidate: Candidate) -> float:
    """How well invitations were received, -0.5..0.5; 0 without a record.

    The share accepted, pulled to the middle as if 4 more had been split evenly. A decline counts
    half as bad as silence: it lets the case go on at once.
    """
    record = candidate.responses
    good = record.accepted + 0.5 * record.declined + 2
    return good / (record.asked + 4) - 0.5


def _column(values: Iterable[float]) -> Floats:
    return np.fromiter(values, dtype=np.float64)


def _pages(candidate: Candidate, *, verified: bool) -> float:
    return sum(max(0.0, page.similarity) for page in candidate.pages if page.verified is verified)


def _skill(candidate: Candidate, case: CaseFacts) -> float:
    levels = [skill.level for skill in candidate.skills if skill.topic in case.topics]
    return max(levels, default=0) / 3


def _load(candidate: Candidate) -> float:
    if candidate.cap is None:
        return candidate.load / (candidate.load + 5)
    return min(candidate.load / candidate.cap, 1.0) if candidate.cap else 1.0


def _past(candidates: Sequence[Candidate], now: datetime) -> Past:
    rows = [
        (
            owner,
            answer.at.timestamp(),
            answer.similarity,
            answer.lexical,
            answer.accepted,
            answer.kind is PastKind.PROPOSAL,
            answer.days_after,
        )
        for owner, candidate in enumerate(candidates)
        for answer in candidate.past
    ]
    table = np.array(rows, dtype=np.float64).reshape(len(rows), 7)
    owner, at = table[:, 0].astype(np.int64), table[:, 1]
    return Past(
        owner=owner,
        age=np.maximum(now.timestamp() - at, 0.0) / SECONDS_A_DAY,
        later=len(at) - np.searchsorted(np.sort(at), at, side="right").astype(np.float64),
        same_day=_same_day(owner, at),
        delay=table[:, 6],
        similarity=table[:, 2],
        lexical=table[:, 3],
        accepted=table[:, 4].astype(bool),
        proposal=table[:, 5].astype(bool),
    )


def _same_day(owner: Ints, at: Floats) -> Ints:
    days = np.stack([owner, np.floor(at / SECONDS_A_DAY).astype(np.int64)])
    _, which, counts = np.unique(days, axis=1, return_inverse=True, return_counts=True)
    return counts[which.reshape(-1)].astype(np.int64)
