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
from .worktime import is_away, is_working

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

SECONDS_A_DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """m past answers: `owner` is a candidate's row; `age` in days; `similarity` and `lexical` as

    in facts.PastAnswer; `accepted` and `proposal` are flags.
    """

    owner: Ints
    age: Floats
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
    def of(cls, candidates: Sequence[Candidate], case: CaseFacts, now: datetime) -> Pool:
        """The columns for these candidates and this case at `now` (timezone-aware)."""
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
                is_working(now, each.hours, each.away, each.timezone) for each in candidates
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
            max((now - answer.at).total_seconds() / SECONDS_A_DAY, 0.0),
            answer.similarity,
            answer.lexical,
            answer.accepted,
            answer.kind is PastKind.PROPOSAL,
        )
        for owner, candidate in enumerate(candidates)
        for answer in candidate.past
    ]
    table = np.array(rows, dtype=np.float64).reshape(len(rows), 6)
    return Past(
        owner=table[:, 0].astype(np.int64),
        age=table[:, 1],
        similarity=table[:, 2],
        lexical=table[:, 3],
        accepted=table[:, 4].astype(bool),
        proposal=table[:, 5].astype(bool),
    )
