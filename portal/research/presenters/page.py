"""A case's page: everything that its templates show to one viewer."""

from typing import Any

from django.db.models import Count, Q

from kiplatform.accounts.models import User
from kiplatform.core.choices import Language
from portal.research.near import near_cases
from portal.research.presenters import evidence, people, proposals, steps
from qa_center import selectors, wording
from qa_center.models import KnowledgeGap, ResearchCase
from qa_center.selectors import CaseView

# The story's icons; everything else gets a dot.
ICONS = {
    "opened": "search",
    "asking": "users",
    "invited": "send",
    "accepted": "check",
    "declined": "x",
    "silent": "clock",
    "snoozed": "clock",
    "postponed": "clock",
    "widened": "users",
    "escalated": "alert",
    "proposed": "lightbulb",
    "endorsed": "thumb-up",
    "objected": "thumb-down",
    "resolved": "check-circle",
    "released": "send",
    "unmasked": "eye",
    "merged": "merge",
    "left": "logout",
    "ended": "flag",
}


def layout_of(view: CaseView) -> str:
    """Return what stands in the middle of the page: "search", "talk", or "outside" of it."""
    if not view.takes_part:
        return "outside"
    searching = view.case.state == ResearchCase.State.SEARCHING
    return "search" if searching and not view.case.thread.version else "talk"


def case_context(viewer: User, case: ResearchCase) -> dict[str, Any]:
    """Return the context of a case's page and of its parts."""
    view = selectors.case_view(viewer, case)
    pieces = evidence.visible(viewer, view.evidence)
    searching = view.steers and case.state == ResearchCase.State.SEARCHING
    return {
        "view": view,
        "case": case,
        "layout": layout_of(view),
        "next": steps.next_step(viewer, view),
        "ending": steps.ending(view),
        "gap": _gap(case),
        "merged": _merged(viewer, case) if view.takes_part else [],
        "near": near_cases(viewer, case.text, leave_out=case.pk) if searching else [],
        "evidence": [evidence.card(viewer, piece) for piece in pieces],
        "people": people.taking_part(case.thread) if view.takes_part else [],
        "invitations": people.invitation_rows(view),
        "proposals": proposals.cards(viewer, view),
        "story": _story(view),
        "language": language_label(case.language),
    }


def _gap(case: ResearchCase) -> KnowledgeGap | None:
    if case.state != ResearchCase.State.UNANSWERABLE:
        return None
    return KnowledgeGap.objects.filter(case=case).select_related("owner").first()


def _merged(viewer: User, case: ResearchCase) -> list[ResearchCase]:
    """Return the cases that were merged into this one and that the viewer sees as well."""
    return list(ResearchCase.objects.visible_to(viewer).filter(merged_into=case).order_by("pk"))


def _story(view: CaseView) -> list[dict[str, Any]]:
    """Return the case's story, line by line, in words."""
    return [
        {
            "text": wording.sentence(entry),
            "at": entry.at,
            "icon": ICONS.get(entry.kind, "dot"),
            "tone": "is-warn" if entry.kind == "escalated" else "",
        }
        for entry in view.story
    ]


def language_label(code: str) -> str:
    """Return the name of a language."""
    return str(Language(code).label)


def counts_by_state(viewer: User) -> dict[str, int]:
    """Return how many cases the viewer sees in each state, and under "waiting" those they hold."""
    rows = (
        ResearchCase.objects.visible_to(viewer)
        .order_by()
        .values("state")
        .annotate(n=Count("pk"), mine=Count("pk", filter=Q(owner=viewer)))
    )
    counts: dict[str, int] = {"waiting": 0}
    for row in rows:
        counts[row["state"]] = row["n"]
        if row["state"] not in ResearchCase.ENDED:
            counts["waiting"] += row["mine"]
    return counts
