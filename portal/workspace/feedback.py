"""Feedback of customers as their managers see it: lists by kind, and one piece with its thread."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from customer_knowledge import selectors
from customer_knowledge.models import Complaint, Customer, MarketComment, ProductComment
from kiplatform.accounts.models import User
from portal.workspace.listing import Chip, chips, shortened

KINDS: tuple[tuple[str, str | Promise], ...] = (
    ("complaint", _("Complaints")),
    ("suggestion", _("Suggestions")),
    ("productcomment", _("Product comments")),
    ("marketcomment", _("Market comments")),
)
REMARKS = frozenset({"complaint", "suggestion"})
ICONS = {
    "complaint": "flag",
    "suggestion": "lightbulb",
    "productcomment": "star",
    "marketcomment": "chart",
}
SHOWS: tuple[tuple[str, str | Promise], ...] = (
    ("", pgettext_lazy("feedback", "All")),
    ("open", _("Unsettled")),
    ("settled", _("Settled")),
)
GRADES: tuple[tuple[str, str | Promise], ...] = (
    ("", pgettext_lazy("feedback", "All")),
    ("below", _("Below what was expected")),
    ("above", _("As expected or better")),
)
UNDERSTOOD: tuple[tuple[str, str | Promise], ...] = (
    ("", pgettext_lazy("feedback", "All")),
    ("open", _("Not recorded yet")),
    ("settled", _("Understanding recorded")),
)
UNSETTLED = (Complaint.State.OPEN, Complaint.State.IN_PROGRESS)


@dataclass(frozen=True, slots=True)
class Row:
    """A piece of feedback for components/list_row.html."""

    title: str
    url: str
    text: str
    name: str
    key: str
    square: bool
    at: datetime
    state: str
    due_at: datetime | None
    meta: tuple[str, ...]


def tabs_of(request: HttpRequest, kind: str) -> list[Chip]:
    """Return the kinds as tabs."""
    return [
        Chip(label, reverse("workspace:feedback_list", args=[key]), key == kind)
        for key, label in KINDS
    ]


def filters_of(request: HttpRequest, kind: str) -> list[Chip]:
    """Return the filters that suit a kind."""
    shows = SHOWS if kind in REMARKS else GRADES if kind == "productcomment" else UNDERSTOOD
    return chips(request, "show", shows)


def rows_of(request: HttpRequest, viewer: User, kind: str) -> QuerySet[Any]:
    """Return one kind of feedback as the address filters it; those that press come first."""
    rows: QuerySet[Any] = selectors.feedback_list(viewer, kind)
    show = request.GET.get("show", "")
    if request.GET.get("product"):
        rows = rows.filter(product__code=request.GET["product"])
    if kind in REMARKS and show:
        settled = show == "settled"
        rows = rows.exclude(state__in=UNSETTLED) if settled else rows.filter(state__in=UNSETTLED)
        return rows if settled else rows.order_by("due_at", "-id")
    if kind == "productcomment" and show:
        return _graded(rows, below=show == "below")
    if kind == "marketcomment" and show:
        none = {"company_understanding": ""}
        return rows.exclude(**none) if show == "settled" else rows.filter(**none)
    return rows


def _graded(rows: QuerySet[Any], *, below: bool) -> QuerySet[Any]:
    worse = {"perceived__lt": F("expected")}
    return rows.filter(**worse) if below else rows.exclude(**worse)


def row_of(kind: str, piece: Any) -> Row:
    """Return a piece of a list; no query of its own."""
    title, meta = titled(piece)
    return Row(
        title=title,
        url=reverse("workspace:feedback_detail", args=[kind, piece.public_id]),
        text=shortened(piece.text, 160),
        name=piece.customer.name,
        key=piece.customer.public_id,
        square=piece.customer.kind == Customer.Kind.ORGANISATION,
        at=piece.occurred_at,
        state=getattr(piece, "state", ""),
        due_at=piece.due_at if getattr(piece, "state", "") in UNSETTLED else None,
        meta=(piece.customer.name, *meta),
    )


def titled(piece: Any) -> tuple[str, tuple[str, ...]]:
    """Return what a piece is called, and the words beside it."""
    if isinstance(piece, ProductComment):
        index = gettext("Satisfaction %(perceived)d of %(expected)d expected") % {
            "perceived": piece.perceived,
            "expected": piece.expected,
        }
        return piece.product.name if piece.product else "", (index,)
    if isinstance(piece, MarketComment):
        return piece.market, ()
    return piece.subject, (str(piece.get_severity_display()),)


def next_states(piece: Any) -> Sequence[tuple[str, Any]]:
    """Return the states into which a complaint or suggestion can move."""
    return [choice for choice in type(piece).State.choices if choice[0] != "open"]
