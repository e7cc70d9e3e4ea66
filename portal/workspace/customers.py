"""Customers as their managers see them: the list, and everything that is known of one.

Guarantee: a list costs the same queries however long it is; every fact is shown with where it came
from and what it may be used for.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customer_knowledge import selectors
from customer_knowledge.models import (
    BasicFact,
    CoCreation,
    ContactLogEntry,
    Customer,
    ManagerAssignment,
    MarketComment,
    Preference,
    ProductComment,
    ProductUse,
    Question,
    Transaction,
)
from kiplatform.accounts.access import Viewer
from kiplatform.accounts.models import User
from kiplatform.core import clock
from portal.workspace.inbox import shown_state
from portal.workspace.listing import Chip, chips, shortened
from search.analysis import name_tokens, query_name_tokens

PARTS: tuple[tuple[str, str | Promise], ...] = (
    ("timeline", _("What happened")),
    ("facts", _("What we know")),
    ("transactions", _("Transactions")),
    ("contacts", _("People")),
    ("co-creations", _("Created together")),
)
MOST_BY_SOUND = 2000


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of the list of customers."""

    importance: Sequence[Chip]
    relationship: Sequence[Chip]
    loyalty: Sequence[Chip]


def filters_of(request: HttpRequest) -> Filters:
    """Return the filters as links."""
    every = [("", pgettext_lazy("customers", "All"))]
    return Filters(
        importance=chips(request, "importance", [*every, *Customer.Importance.choices]),
        relationship=chips(request, "relationship", [*every, *Customer.Relationship.choices]),
        loyalty=chips(request, "loyalty", [*every, *Customer.Loyalty.choices]),
    )


def customers_of(request: HttpRequest, viewer: User) -> QuerySet[Customer]:
    """Return the viewer's customers as the address filters them, those with open questions first.

    A query finds parts of names, of e-mail addresses and numbers, and Chinese names by pinyin.
    """
    managers = ManagerAssignment.objects.filter(ended_at=None, is_primary=True)
    rows = selectors.customers_for(viewer).prefetch_related(
        Prefetch("assignments", managers.select_related("manager"), to_attr="first_managers")
    )
    for name in ("importance", "relationship", "loyalty"):
        if request.GET.get(name):
            rows = rows.filter(**{name: request.GET[name]})
    query = request.GET.get("q", "").strip()[:100]
    return rows.filter(named(viewer, query)) if query else rows


def named(viewer: Viewer, query: str) -> Q:
    """Return the condition by which a typed name finds customers; one query for pinyin."""
    named = Q(name__icontains=query) | Q(email__icontains=query) | Q(phone__icontains=query)
    if not query.isascii():
        return named
    names = Customer.objects.visible_to(viewer).values_list("pk", "name")[:MOST_BY_SOUND]
    return named | Q(pk__in=[pk for pk, name in names if _sounds_like(query, name)])


@lru_cache(maxsize=20_000)
def _sounds(name: str) -> frozenset[str]:
    return frozenset(name_tokens(name))


def _sounds_like(query: str, name: str) -> bool:
    """Tell whether each typed word begins a syllable or a form of `name`, or all do together."""
    whole, *words = query_name_tokens(query) or [""]
    sounds = _sounds(name)
    if not whole:
        return False
    begun = [any(sound.startswith(word) for sound in sounds) for word in (whole, *words)]
    return begun[0] if not words else begun[0] or all(begun[1:])


@dataclass(frozen=True, slots=True)
class Happening:
    """An entry of the timeline for components/timeline.html."""

    title: str
    text: str
    at: datetime
    icon: str
    tone: str
    url: str


def timeline_of(viewer: User, customer: Customer, kind: str = "") -> list[Happening]:
    """Return what a customer asked, said and did, newest first; one query for each kind."""
    entries = selectors.timeline_of(viewer, customer, limit=100)
    return [_happening(entry) for entry in entries if not kind or entry.kind == kind]


TIMELINE_KINDS: tuple[tuple[str, str | Promise], ...] = (
    ("", pgettext_lazy("timeline", "All")),
    ("question", _("Questions")),
    ("productcomment", _("Product comments")),
    ("marketcomment", _("Market comments")),
    ("complaint", _("Complaints")),
    ("suggestion", _("Suggestions")),
    ("contactlogentry", _("Contacts")),
    ("cocreation", _("Created together")),
)
TIMELINE_ICONS = {
    "question": "question",
    "productcomment": "star",
    "marketcomment": "chart",
    "complaint": "flag",
    "suggestion": "lightbulb",
    "contactlogentry": "phone",
    "cocreation": "handshake",
}
UNSETTLED = frozenset({"open", "in_progress"})


def _happening(entry: selectors.Utterance) -> Happening:
    piece: Any = entry.piece
    tone, text = "", ""
    if isinstance(piece, Question):
        title, tone = shortened(piece.text, 140), _tone(shown_state(piece))
        url = reverse("workspace:question", args=[piece.public_id])
    elif isinstance(piece, ContactLogEntry):
        title = f"{piece.get_channel_display()} · {piece.get_direction_display()}"
        text, url = piece.summary, ""
    elif isinstance(piece, CoCreation):
        title, text, tone = piece.title, shortened(piece.body, 160), "is-accent"
        url = reverse("workspace:co_creation", args=[piece.public_id])
    else:
        title, text = _said(piece)
        tone = "is-danger" if entry.kind == "complaint" and piece.state in UNSETTLED else ""
        url = reverse("workspace:feedback_detail", args=[entry.kind, piece.public_id])
    return Happening(title, text, entry.at, TIMELINE_ICONS[entry.kind], tone, url)


def _said(piece: Any) -> tuple[str, str]:
    if isinstance(piece, ProductComment):
        product = piece.product.name if piece.product else ""
        return f"{product} · {piece.perceived}/{piece.expected}", shortened(piece.text, 160)
    if isinstance(piece, MarketComment):
        return piece.market, shortened(piece.text, 160)
    return piece.subject, shortened(piece.text, 160)


def _tone(state: str) -> str:
    if state in {"open", "reopened"}:
        return "is-warn"
    return "is-accent" if state in {"answered", "confirmed"} else ""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is known: label and text, its source and purpose, and how it stands."""

    label: str
    text: str
    source: str
    at: datetime | None
    purpose: str
    contested: bool
    note: str = ""
    confirmed: bool = False


def facts_of(customer: Customer) -> list[Fact]:
    """Return the basic data, each with its source where one is kept; one query."""
    known = {
        fact.field: fact
        for fact in BasicFact.objects.filter(customer=customer).select_related(
            "source", "source__entered_by"
        )
    }
    return list(_facts(customer, known))


FIELDS = (
    "preferred_language",
    "birth_date",
    "founding_year",
    "gender",
    "phone",
    "email",
    "address",
    "industry",
    "region",
)


def _facts(customer: Customer, known: dict[str, BasicFact]) -> Iterator[Fact]:
    for name in FIELDS:
        value = getattr(customer, name)
        if value in ("", None):
            continue
        display = getattr(customer, f"get_{name}_display", None)
        fact = known.get(name)
        yield Fact(
            label=str(Customer._meta.get_field(name).verbose_name),  # type: ignore[union-attr]
            text=_shown(value) if display is None else str(display()),
            source=_source(fact) if fact else "",
            at=fact.source.created_at if fact else None,
            purpose=str(fact.get_purpose_display()) if fact else "",
            contested=bool(fact and fact.state != BasicFact.State.STANDING),
            note=fact.note if fact else "",
        )


def _shown(value: Any) -> str:
    return formats.date_format(value, "DATE_FORMAT") if isinstance(value, date) else str(value)


def _source(fact: BasicFact) -> str:
    parts = [str(fact.source.get_kind_display()), fact.source.reference]
    if fact.source.entered_by:
        parts.append(fact.source.entered_by.name)
    return " · ".join(part for part in parts if part)


def uses_of(viewer: User, customer: Customer) -> QuerySet[ProductUse]:
    """Return the products that a customer uses or used."""
    return selectors.pieces_of(viewer, customer, ProductUse).order_by("until", "-since")


def transactions_of(viewer: User, customer: Customer) -> QuerySet[Transaction]:
    """Return a customer's business records, newest first."""
    return selectors.pieces_of(viewer, customer, Transaction)


def preferences_of(viewer: User, customer: Customer) -> QuerySet[Preference]:
    """Return every preference, also those that may not be used, which the page says."""
    rows = selectors.pieces_of(viewer, customer, Preference).select_related("source__entered_by")
    return rows.order_by("kind", "-strength")


def people_for(customer: Customer, viewer: User) -> list[User]:
    """Return who can have contributed: the customer's contacts, its managers, the viewer."""
    contacts = [contact.user for contact in customer.contacts.all() if contact.is_active]
    managers = [row.manager for row in customer.assignments.all() if row.ended_at is None]
    return list(dict.fromkeys([*contacts, *managers, viewer]))


def today() -> Any:
    """Return the day in the reader's time zone."""
    return timezone.localdate(clock.now())
