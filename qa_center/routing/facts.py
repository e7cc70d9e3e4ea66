"""The facts that routing decides on.

Guarantee: these are plain frozen values. Nothing here reads a database, a clock or a setting,
so the same facts always give the same ranking. Times are timezone-aware; keys are the
`public_id`s of people and cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum


class Urgency(StrEnum):
    """How soon a case needs its first colleague."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class PastKind(StrEnum):
    """What a colleague did for a past question."""

    ANSWER = "answer"
    PROPOSAL = "proposal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A span of working time that starts on `weekday` (0 is Monday), in the person's local time.

    An `end` at or before `start` lies on the next day, so 22:00 to 06:00 is a night shift and
    09:00 to 00:00 ends at midnight.
    """

    weekday: int
    start: time
    end: time

    def __post_init__(self) -> None:
        if not 0 <= self.weekday <= 6:
            raise ValueError(f"weekday must be 0..6, not {self.weekday}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AwayDays:
    """Whole local days of absence, first and last day included."""

    starts_on: date
    ends_on: date

    def covers(self, day: date) -> bool:
        """Whether `day` is one of the days of absence."""
        return self.starts_on <= day <= self.ends_on


OFFICE_HOURS: tuple[Shift, ...] = tuple(
    Shift(weekday=day, start=time(9), end=time(18)) for day in range(5)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastAnswer:
    """One past contribution of a colleague, seen from the case at hand.

    `similarity`: centred cosine (-1..1) between the case and the question that was answered.
    `lexical`: BM25 of the case against that question, divided by the best of all (0..1).
    `at`: when it was given. `accepted`: the asker took it, or for a proposal: it was endorsed.
    `days_after`: days from the question to the answer. Answers to one's own question are left out.
    """

    similarity: float
    at: datetime
    accepted: bool = False
    kind: PastKind = PastKind.ANSWER
    lexical: float = 0.0
    days_after: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPage:
    """A knowledge page that a colleague owns or has verified; `similarity` as in PastAnswer."""

    similarity: float
    title: str = ""
    verified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredSkill:
    """A skill that a colleague declared: `topic` (a key, such as a product code), level 1..3."""

    topic: str
    level: int = 1
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseRecord:
    """How a colleague dealt with past invitations (counts)."""

    accepted: int = 0
    declined: int = 0
    timed_out: int = 0

    @property
    def asked(self) -> int:
        """How many invitations were settled one way or another."""
        return self.accepted + self.declined + self.timed_out


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    """What routing knows of a case.

    `asker` opened it and is never asked. `topics` are keys that declared skills are matched with.
    `language` "" means any.
    """

    key: str
    asker: str
    language: str = ""
    department: str = ""
    topics: frozenset[str] = frozenset()
    urgency: Urgency = Urgency.NORMAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What routing knows of a colleague.

    `load` counts the open cases they were asked into or work on; `cap` is the most they take
    (None: no cap). `recent_invitations` is how often they were asked in the last 30 days, which
    is what fairness spreads. `past` should hold every answer of the last two years, since the pace
    of the whole pool tells what is recent.
    """

    key: str
    department: str = ""
    languages: frozenset[str] = frozenset()
    past: tuple[PastAnswer, ...] = ()
    pages: tuple[KnownPage, ...] = ()
    skills: tuple[DeclaredSkill, ...] = ()
    hours: tuple[Shift, ...] = OFFICE_HOURS
    timezone: str = "Asia/Shanghai"
    away: tuple[AwayDays, ...] = ()
    load: int = 0
    cap: int | None = None
    recent_invitations: int = 0
    responses: ResponseRecord = ResponseRecord()
    online: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One reason for or against a colleague: a kind and its values, worded by `wording.words`."""

    kind: str
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedExpert:
    """A candidate's place in the ranking.

    `score` compares candidates of one ranking only. Someone who is not `eligible` (the asker,
    absent, at their cap) must not be asked; they follow after all who may be.
    """

    key: str
    score: float
    eligible: bool
    department: str = ""
    reasons: tuple[Reason, ...] = ()
