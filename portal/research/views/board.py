"""The board of cases: by who has the ball, by state, with age, due time and figures."""

from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from portal.labels import state_look
from portal.research.presenters.page import counts_by_state
from portal.research.presenters.steps import turn
from portal.shared.gates import SignedInRequest, staff_only
from qa_center import policies, selectors
from qa_center.figures import case_figures
from qa_center.models import ResearchCase

PER_PAGE = 25
SCOPES = ("waiting", "running", "ended")
STATES: dict[str, tuple[str, ...]] = {
    "waiting": (),
    "running": tuple(s for s in ResearchCase.State.values if s not in ResearchCase.ENDED),
    "ended": tuple(s for s in ResearchCase.State.values if s in ResearchCase.ENDED),
}


@require_GET
@staff_only()
def board(request: SignedInRequest) -> HttpResponse:
    """Show cases by who has the ball, with their age, state and due time."""
    counts = counts_by_state(request.user)
    asked = request.GET.get("show", "")
    show = asked if asked in SCOPES else ("waiting" if counts["waiting"] else "running")
    state = request.GET.get("state", "")
    state = state if state in STATES[show] else ""
    rows = selectors.with_unread(_rows(request, show, state), request.user)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [{"case": row, "turn": turn(request.user, row)} for row in page],
        "show": show,
        "tabs": _tabs(show, counts),
        "chips": _chips(show, state, counts),
        "figures": case_figures(request.user),
        "invited": selectors.invitations_for(request.user).count(),
        "may_open": policies.may_open(request.user),
    }
    return render(request, "portal/research/board.html", context)


def _rows(request: SignedInRequest, show: str, state: str) -> QuerySet[ResearchCase]:
    if show == "waiting":
        return selectors.waiting_for(request.user)
    states = (state,) if state else STATES[show]
    rows = selectors.cases_for(request.user).filter(state__in=states)
    return rows.order_by("-ended_at", "-pk") if show == "ended" else rows


def _tabs(show: str, counts: dict[str, int]) -> list[dict[str, Any]]:
    labels = {"waiting": _("Waiting for me"), "running": _("Running"), "ended": _("Ended")}
    totals = {name: sum(counts.get(s, 0) for s in STATES[name]) for name in SCOPES}
    totals["waiting"] = counts["waiting"]
    return [
        {
            "label": labels[name],
            "url": f"?show={name}",
            "active": name == show,
            "count": totals[name],
        }
        for name in SCOPES
    ]


def _chips(show: str, state: str, counts: dict[str, int]) -> list[dict[str, Any]]:
    """Return the filters by state; none where there is nothing to choose between."""
    present = [name for name in STATES[show] if counts.get(name)]
    if len(present) < 2:
        return []
    every = {"label": _("All"), "url": f"?show={show}", "active": not state, "count": ""}
    return [
        every,
        *(
            {
                "label": state_look("case", name).label,
                "url": "?" + urlencode({"show": show, "state": name}),
                "active": name == state,
                "count": counts[name],
            }
            for name in present
        ),
    ]
