"""Feedback as its customers see it: the kinds, rows of lists, the parts of a page."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customer_knowledge.models import Complaint, MarketComment, ProductComment, Suggestion
from customer_knowledge.selectors import feedback_list
from kiplatform.accounts.models import User
from portal.customer.hits import shortened

Piece = ProductComment | MarketComment | Complaint | Suggestion


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of feedback, in words."""

    key: str
    title: str | Promise
    plural: str | Promise
    invitation: str | Promise
    icon: str


KINDS: Mapping[str, Kind] = {
    kind.key: kind
    for kind in (
        Kind(
            "productcomment",
            _("Comment on a product"),
            _("Comments on products"),
            _("How satisfied you are, against what you expected"),
            "star",
        ),
        Kind(
            "marketcomment",
            _("Comment on a market"),
            _("Comments on markets"),
            _("What you see coming, and what you found out yourself"),
            "chart",
        ),
        Kind(
            "complaint",
            _("Complaint"),
            _("Complaints"),
            _("Something went wrong, and what would put it right"),
            "flag",
        ),
        Kind(
            "suggestion",
            _("Suggestion"),
            _("Suggestions"),
            _("Something that could be better"),
            "lightbulb",
        ),
    )
}


def rows(viewer: User, *, most: int) -> list[dict[str, Any]]:
    """Return the latest pieces of every kind, newest first; one query for each kind."""
    pieces = [(key, piece) for key in KINDS for piece in feedback_list(viewer, key)[:most]]
    newest = sorted(pieces, key=lambda entry: entry[1].occurred_at, reverse=True)
    return [row(key, piece) for key, piece in islice(newest, most)]  # type: ignore[arg-type]


def row(key: str, piece: Piece) -> dict[str, Any]:
    """Return one piece as components/list_row.html shows it."""
    kind = KINDS[key]
    return {
        "title": heading(piece),
        "text": shortened(piece.text) if piece.text else "",
        "url": reverse("portal:feedback_piece", args=[key, piece.public_id]),
        "icon": kind.icon,
        "at": piece.occurred_at,
        "kind": key if hasattr(piece, "state") else "",
        "state": getattr(piece, "state", ""),
        "meta": [kind.title],
    }


def heading(piece: Piece) -> str:
    """Return what a piece is about, in one line."""
    if isinstance(piece, ProductComment):
        return piece.product.name if piece.product else str(KINDS["productcomment"].title)
    if isinstance(piece, MarketComment):
        return piece.market
    return piece.subject


def facts(piece: Piece) -> list[tuple[str | Promise, str]]:
    """Return label and words of what was said beyond the text; only what was said."""
    if isinstance(piece, ProductComment):
        return _said(piece)
    if isinstance(piece, Complaint | Suggestion):
        entries: list[tuple[str | Promise, Any]] = [
            (_("Product"), piece.product.name if piece.product else ""),
            (_("How serious"), piece.get_severity_display()),
        ]
        return [(label, str(value)) for label, value in entries if value]
    return []


def _said(piece: ProductComment) -> list[tuple[str | Promise, str]]:
    invested = {None: "", True: _("Yes"), False: _("No")}[piece.invested_similar]
    entries = [
        (_("Where the product stands"), piece.get_life_cycle_display()),
        (_("You understand how it works"), piece.get_understands_display()),
        (_("You have invested in a similar market"), invested),
        (_("How you like to invest"), piece.get_investment_preference_display()),
        (_("Currency you prefer"), piece.currency_preference),
        (_("Where you see the market going"), piece.get_trend_display()),
        (_("Why"), piece.trend_reason),
    ]
    return [(label, str(value)) for label, value in entries if value]
