"""What today asks of a manager, in figures and in the few things that press most."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from customer_knowledge import selectors
from customer_knowledge.models import Answer, Complaint, Question
from kiplatform.accounts.models import User
from kiplatform.core import clock
from qa_center.models import ResearchCase
from qa_center.selectors import waiting_for

SOON = timedelta(hours=4)
WEEK = timedelta(days=7)
MOST = 5


@dataclass(frozen=True, slots=True)
class Today:
    """Figures of the viewer's own, and what waits beside the questions."""

    waiting: int
    overdue: int
    soon: int
    answered: int
    cases: Sequence[ResearchCase]
    complaints: Sequence[Complaint]


def today_of(viewer: User) -> Today:
    """Return the viewer's day; four queries."""
    now = clock.now()
    complaints: QuerySet[Any] = selectors.feedback_list(viewer, "complaint")
    counts = (
        Question.objects.visible_to(viewer)
        .filter(state=Question.State.OPEN, owner=viewer)
        .aggregate(
            waiting=Count("pk"),
            overdue=Count("pk", filter=Q(due_at__lt=now)),
            soon=Count("pk", filter=Q(due_at__gte=now, due_at__lt=now + SOON)),
        )
    )
    unsettled = [Complaint.State.OPEN, Complaint.State.IN_PROGRESS]
    return Today(
        answered=Answer.objects.filter(answered_by=viewer, created_at__gte=now - WEEK).count(),
        cases=list(waiting_for(viewer)[:MOST]),
        complaints=list(complaints.filter(state__in=unsettled).order_by("due_at")[:MOST]),
        **counts,
    )
