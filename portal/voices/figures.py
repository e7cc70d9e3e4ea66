"""What customers say, in figures and in their own words, for people who improve products.

Guarantee: no customer, contact or manager is named: pieces leave this module as masked words with
their product, kind, language and time. Each figure is one query, however much was said.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Avg, Count, FloatField, QuerySet
from django.db.models.functions import Cast, TruncMonth, TruncWeek
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customer_knowledge.masking import masked, names_of
from customer_knowledge.models import (
    Complaint,
    Contact,
    MarketComment,
    Product,
    ProductComment,
    Question,
    Suggestion,
)
from customer_knowledge.models.base import CustomerKnowledge
from customer_knowledge.models.feedback import Trend
from kiplatform.accounts.models import User
from kiplatform.core import clock
from kiplatform.core.choices import Language
from kiplatform.core.errors import NotFound
from portal.workspace.listing import Chip, chips

TABLES: dict[str, type[CustomerKnowledge]] = {
    "question": Question,
    "product_comment": ProductComment,
    "market_comment": MarketComment,
    "complaint": Complaint,
    "suggestion": Suggestion,
}
KINDS: tuple[tuple[str, str | Promise], ...] = (
    ("question", _("Questions")),
    ("product_comment", _("Product comments")),
    ("market_comment", _("Market comments")),
    ("complaint", _("Complaints")),
    ("suggestion", _("Suggestions")),
)
PERIODS: tuple[tuple[str, str | Promise], ...] = (
    ("30", _("30 days")),
    ("90", _("90 days")),
    ("365", _("12 months")),
    ("all", pgettext_lazy("period", "All")),
)
DEFAULT_PERIOD = "90"
MOST_PRODUCTS = 8
WEEKS_FROM = 92


@dataclass(frozen=True, slots=True)
class Scope:
    """What is looked at. since: None for everything."""

    product: str
    language: str
    since: datetime | None
    days: int | None


def scope_of(request: HttpRequest) -> Scope:
    """Return the scope that the address names; the last 90 days where it names none."""
    period = request.GET.get("period", DEFAULT_PERIOD)
    if period not in dict(PERIODS):
        period = DEFAULT_PERIOD
    days = None if period == "all" else int(period)
    language = request.GET.get("language", "")
    return Scope(
        product=request.GET.get("product", ""),
        language=language if language in Language.values else "",
        since=clock.now() - timedelta(days=days) if days else None,
        days=days,
    )


def filters_of(request: HttpRequest, kind: str) -> dict[str, list[Chip]]:
    """Return the filters as links, and the kinds as tabs."""
    every = pgettext_lazy("language", "All")
    tabs = chips(request, "kind", KINDS, default="question")
    return {
        "periods": chips(request, "period", PERIODS, default=DEFAULT_PERIOD),
        "languages": chips(request, "language", [("", every), *Language.choices]),
        "tabs": [
            Chip(tab.label, tab.url, value == kind)
            for tab, (value, _label) in zip(tabs, KINDS, strict=True)
        ],
    }


def rows_of(viewer: User, kind: str, scope: Scope) -> QuerySet[Any]:
    """Return one kind of piece in scope, newest first.  :raises NotFound: no such kind."""
    table = TABLES.get(kind)
    if table is None:
        raise NotFound()
    rows: QuerySet[Any] = table._default_manager.visible_to(viewer)  # type: ignore[attr-defined]
    if scope.since:
        rows = rows.filter(occurred_at__gte=scope.since)
    if scope.product:
        rows = rows.filter(product__code=scope.product)
    if scope.language:
        rows = rows.filter(language=scope.language)
    return rows.order_by("-occurred_at", "-id")


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """A product's satisfaction: mean of perceived over expected, and of each; how many said so."""

    product: Product
    index: float
    perceived: float
    expected: float
    number: int

    @property
    def tone(self) -> str:
        """How the index reads: from 1 on, expectations are met."""
        return "good" if self.index >= 1 else "bad"


def satisfaction_of(viewer: User, scope: Scope) -> list[Satisfaction]:
    """Return the satisfaction with each product that was commented on, lowest index first."""
    rows = (
        rows_of(viewer, "product_comment", scope)
        .order_by()
        .values("product")
        .annotate(
            index=Avg(Cast("perceived", FloatField()) / Cast("expected", FloatField())),
            perceived_mean=Avg("perceived"),
            expected_mean=Avg("expected"),
            number=Count("pk"),
        )
        .order_by("index")
    )
    found = list(rows)
    products = Product.objects.in_bulk([row["product"] for row in found])
    return [
        Satisfaction(
            products[row["product"]],
            row["index"],
            row["perceived_mean"],
            row["expected_mean"],
            row["number"],
        )
        for row in found
    ]


Points = list[tuple[str, float]]


def _over_time(rows: QuerySet[Any], scope: Scope, figure: Any) -> dict[Any, float]:
    step = TruncWeek("occurred_at") if _weekly(scope) else TruncMonth("occurred_at")
    grouped = rows.order_by().annotate(step=step).values("step").annotate(figure=figure)
    return {row["step"]: row["figure"] for row in grouped.order_by("step")}


def _points(values: dict[Any, float], scope: Scope) -> Points:
    return [(_step_name(at, scope), round(value, 2)) for at, value in sorted(values.items())]


def _step_name(at: datetime, scope: Scope) -> str:
    """Name a week by its Monday and a month by its number, short enough to stand in a row."""
    day = timezone.localtime(at)
    return f"{day.month}/{day.day}" if _weekly(scope) else f"{day.year}-{day.month:02}"


def _weekly(scope: Scope) -> bool:
    return scope.days is not None and scope.days < WEEKS_FROM


def index_over_time(viewer: User, scope: Scope) -> Points:
    """Return the mean satisfaction index of each week, or month of a longer period."""
    ratio = Avg(Cast("perceived", FloatField()) / Cast("expected", FloatField()))
    return _points(_over_time(rows_of(viewer, "product_comment", scope), scope, ratio), scope)


def count_over_time(viewer: User, scope: Scope) -> Points:
    """Return how many pieces of every kind came in each week or month; one query a kind."""
    totals: dict[Any, float] = {}
    for kind in TABLES:
        for at, n in _over_time(rows_of(viewer, kind, scope), scope, Count("pk")).items():
            totals[at] = totals.get(at, 0) + n
    return _points(totals, scope)


def questions_by_product(viewer: User, scope: Scope) -> Points:
    """Return the products that most is asked about."""
    rows = (
        rows_of(viewer, "question", scope)
        .exclude(product=None)
        .order_by()
        .values("product")
        .annotate(number=Count("pk"))
        .order_by("-number")[:MOST_PRODUCTS]
    )
    found = list(rows)
    products = Product.objects.in_bulk([row["product"] for row in found])
    return [(products[row["product"]].name, row["number"]) for row in found]


def trends(viewer: User, scope: Scope) -> Points:
    """Return how many see the market of their product going down, staying flat, going up."""
    rows = (
        rows_of(viewer, "product_comment", scope)
        .exclude(trend="")
        .order_by()
        .values("trend")
        .annotate(number=Count("pk"))
    )
    found = {row["trend"]: row["number"] for row in rows}
    return [(str(Trend(key).label), found[key]) for key in Trend.values if key in found]


@dataclass(frozen=True, slots=True)
class Voice:
    """What somebody said, without who it was."""

    kind: str
    key: str
    text: str
    language: str
    product: str
    at: datetime
    segment: str
    piece: Any


def voices(kind: str, pieces: Sequence[Any]) -> list[Voice]:
    """Return pieces as masked words; one query for the names, whatever their number."""
    customers = [piece.customer_id for piece in pieces]
    people: dict[int, list[str]] = {}
    contacts = Contact.objects.filter(customer__in=customers).values_list("customer", "user__name")
    for customer, name in contacts:
        people.setdefault(customer, []).append(name)
    return [_voice(kind, piece, people.get(piece.customer_id, [])) for piece in pieces]


def _voice(kind: str, piece: Any, names: list[str]) -> Voice:
    said = [getattr(piece, "subject", ""), getattr(piece, "market", ""), piece.text]
    return Voice(
        kind=kind,
        key=piece.public_id,
        text=masked("\n".join(filter(None, said)), [piece.customer.name, *names]),
        language=piece.language,
        product=piece.product.name if piece.product else "",
        at=piece.occurred_at,
        segment=str(piece.customer.get_relationship_display()),
        piece=piece,
    )


def voice_for(viewer: User, kind: str, public_id: str) -> Voice:
    """Return one piece as masked words; NotFound where the viewer does not see it."""
    scope = Scope(product="", language="", since=None, days=None)
    row = (
        rows_of(viewer, kind, scope)
        .select_related("customer", "product")
        .filter(public_id=public_id)
        .first()
    )
    if row is None:
        raise NotFound()
    return voices(kind, [row])[0]


def also_said(voice: Voice) -> list[tuple[str, str]]:
    """Return the further words of a piece, masked alike, with what they are."""
    piece = voice.piece
    names = names_of(piece.customer)
    fields = ("wish", "own_research", "trend_reason")
    return [
        (str(piece._meta.get_field(name).verbose_name), masked(getattr(piece, name), names))
        for name in fields
        if getattr(piece, name, "")
    ]
