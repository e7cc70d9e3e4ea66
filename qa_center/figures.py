"""Figures of the research center: how fast, from where, and how often knowledge was reused."""

from dataclasses import dataclass
from datetime import timedelta
from statistics import fmean, median

from kiplatform.accounts.access import Viewer
from kiplatform.core import clock
from qa_center.models import CaseEntry, ResearchCase

WINDOW = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class CaseFigures:
    """Figures of the cases that a viewer sees, opened in the last 90 days.

    Times are medians, None where nothing was measured; `from_knowledge` is the share, 0 to 100, of
    the cases ended with an answer for which no colleague was needed.
    """

    opened: int
    running: int
    overdue: int
    minutes_to_join: float | None
    hours_to_resolve: float | None
    from_knowledge: int | None


def case_figures(viewer: Viewer) -> CaseFigures:
    """Return the figures of the last 90 days; two queries."""
    now = clock.now()
    cases = list(
        ResearchCase.objects.visible_to(viewer)
        .filter(created_at__gte=now - WINDOW)
        .values_list("pk", "state", "created_at", "due_at", "ended_at")
    )
    first: dict[tuple[int, str], float] = {}
    opened = {pk: created for pk, _state, created, *_rest in cases}
    entries = CaseEntry.objects.filter(case__in=opened, kind__in=["accepted", "resolved"])
    for case, kind, at in entries.order_by("id").values_list("case", "kind", "at"):
        first.setdefault((case, kind), (at - opened[case]).total_seconds() / 60)
    ended = [row for row in cases if row[4] is not None]
    from_knowledge = [
        state == ResearchCase.State.ANSWERED_FROM_KNOWLEDGE
        for _pk, state, *_rest in ended
        if state in ResearchCase.SHARED_STATES
    ]
    resolved = _median(first, "resolved")
    return CaseFigures(
        opened=len(cases),
        running=len(cases) - len(ended),
        overdue=sum(1 for *_rest, due, end in cases if end is None and due and due < now),
        minutes_to_join=_median(first, "accepted"),
        hours_to_resolve=None if resolved is None else resolved / 60,
        from_knowledge=round(100 * fmean(from_knowledge)) if from_knowledge else None,
    )


def _median(first: dict[tuple[int, str], float], kind: str) -> float | None:
    values = [minutes for (_case, which), minutes in first.items() if which == kind]
    return median(values) if values else None
