"""Is every question and case ended, or does it have an owner who can act and a due time?

The database refuses rows without an owner or a due time. What it cannot refuse is looked for here
as well: an owner who has left or may not answer any more, and a due time that has passed without
anybody having been told, because no worker runs. Guarantee: it reads and changes nothing; its
number of queries does not depend on the rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from customer_knowledge.models import ManagerAssignment, Question
from kiplatform.core import clock
from qa_center.models import KnowledgeGap, ResearchCase

# Cases escalate within seconds of their due time; so long after it, nothing looks at them.
UNATTENDED = timedelta(hours=24)

ENDED_QUESTIONS = (
    Question.State.CONFIRMED,
    Question.State.DEFLECTED,
    Question.State.WITHDRAWN,
)


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something that nobody takes care of: what it is, its public id, and what is wrong."""

    kind: str
    key: str
    fault: str


def findings(now: datetime | None = None) -> list[Finding]:
    """Return everything in the database that is not ended and not in somebody's hands."""
    now = now or clock.now()
    return sorted([*_questions(), *_cases(now), *_gaps()])


def _found(kind: str, fault: str, rows: QuerySet[Any]) -> Iterator[Finding]:
    for key in rows.values_list("public_id", flat=True):
        yield Finding(kind, key, fault)


def _questions() -> Iterator[Finding]:
    running = Question.objects.exclude(state__in=ENDED_QUESTIONS)
    manages = ManagerAssignment.objects.filter(
        customer=OuterRef("customer"), manager=OuterRef("owner"), ended_at=None
    )
    may_answer = Q(owner__is_administrator=True) | Q(owner__is_sales_manager=True) & Q(
        Exists(manages)
    )
    owned = running.filter(owner__isnull=False)
    yield from _found("question", "no owner", running.filter(owner=None))
    yield from _found("question", "no due time", running.filter(due_at=None))
    yield from _found("question", "owner has left", owned.filter(owner__is_active=False))
    yield from _found(
        "question", "owner may not answer", owned.filter(owner__is_active=True).exclude(may_answer)
    )
    ended = Question.objects.filter(state__in=ENDED_QUESTIONS)
    yield from _found("question", "ended at no time", ended.filter(ended_at=None))


def _cases(now: datetime) -> Iterator[Finding]:
    running = ResearchCase.objects.not_ended()
    yield from _found("case", "no owner", running.filter(owner=None))
    yield from _found("case", "no due time", running.filter(due_at=None))
    yield from _found("case", "owner has left", running.filter(owner__is_active=False))
    late = running.filter(due_at__lt=now - UNATTENDED)
    yield from _found("case", "overdue and not escalated", late)
    ended = ResearchCase.objects.filter(state__in=ResearchCase.ENDED)
    yield from _found("case", "ended at no time", ended.filter(ended_at=None))


def _gaps() -> Iterator[Finding]:
    gaps = KnowledgeGap.objects.filter(closed_at=None, owner__is_active=False)
    yield from _found("gap", "owner has left", gaps)
