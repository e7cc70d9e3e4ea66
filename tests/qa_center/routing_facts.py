"""Short ways to make facts for the tests of routing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from qa_center.routing import Candidate, CaseFacts, PastAnswer, RankedExpert

# A Wednesday, 10:00 in Shanghai.
NOW = datetime(2026, 3, 11, 2, 0, tzinfo=UTC)
CASE = CaseFacts(key="CASE", asker="ASKER")


def past(similarity: float = 0.0, days: float = 10, **values: object) -> PastAnswer:
    """A past answer given `days` before NOW."""
    return PastAnswer(similarity=similarity, at=NOW - timedelta(days=days), **values)  # type: ignore[arg-type]


def person(key: str, *answers: PastAnswer, **values: object) -> Candidate:
    """A colleague with these past answers."""
    return Candidate(key=key, past=answers, **values)  # type: ignore[arg-type]


def expert(key: str, department: str = "", eligible: bool = True) -> RankedExpert:
    """A ranked expert."""
    return RankedExpert(key=key, score=0.0, eligible=eligible, department=department)
