"""What the company knows about a customer, as that customer reads it.

Guarantee: every fact comes with where it came from and what it may be used for; the company's
internal notes and its contact log are not among them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customer_knowledge.models import (
    BasicFact,
    Customer,
    Preference,
    ProductUse,
    Source,
    Transaction,
)
from customer_knowledge.models.about import Purpose
from customer_knowledge.services.customers import BASIC_FIELDS
from customer_knowledge.services.facts import NEEDED_FIELDS

PARTS: Mapping[str, str | Promise] = {
    "": _("Basic data"),
    "preferences": _("Preferences"),
    "dealings": _("Transactions and products"),
    "together": _("Created together"),
}
SOURCES: Mapping[str, str | Promise] = {
    Source.Kind.PORTAL: _("You entered it here"),
    Source.Kind.MESSAGE: _("You said it in a message"),
    Source.Kind.CONTACT_LOG: _("You said it when we spoke"),
    Source.Kind.RECORD: _("From our business records"),
    Source.Kind.STAFF: _("Your manager entered it"),
}
KNOWN: Mapping[str, str | Promise] = {
    Preference.Known.STATED: _("You said so"),
    Preference.Known.INFERRED: _("We concluded it from what we saw"),
    Preference.Known.RECORDED: _("It is in our records"),
}
# What a fact is used for, said to the one it is about.
PURPOSES: Mapping[str, str | Promise] = {Purpose.SERVICE: _("serving you")}
ORDER = (
    "name",
    "birth_date",
    "founding_year",
    "gender",
    "phone",
    "email",
    "address",
    "industry",
    "region",
    "preferred_language",
)
GROUPS = ("relationship", "importance", "loyalty", "value_type")


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing known: what, its value, where it came from, what it is for."""

    label: str
    value: str
    source: str | Promise
    purpose: str | Promise
    state: str = ""
    note: str = ""
    # The field that the customer may contest or withdraw here; empty where they may not.
    field: str = ""
    withdrawable: bool = False


def source_of(source: Source | None) -> str | Promise:
    """Return in the customer's words where a fact came from."""
    return SOURCES[Source.Kind(source.kind)] if source else SOURCES[Source.Kind.STAFF]


def purpose_of(purpose: str) -> str | Promise:
    """Return in the customer's words what a fact is used for."""
    return PURPOSES.get(purpose) or Purpose(purpose).label


def origin_of(row: Preference | ProductUse | Transaction) -> tuple[str | Promise, str | Promise]:
    """Return in the customer's words where a piece came from and what it is used for."""
    return source_of(row.source), purpose_of(row.purpose)


def basic_facts(customer: Customer) -> list[Fact]:
    """Return the basic data that is known, in one query."""
    known = {row.field: row for row in customer.basic_facts.select_related("source")}
    assert set(ORDER) == BASIC_FIELDS  # noqa: S101 - a new field must find its place here
    return [_basic(customer, name, known.get(name)) for name in ORDER if _has(customer, name)]


def _has(customer: Customer, name: str) -> bool:
    return getattr(customer, name) not in ("", None)


def _basic(customer: Customer, name: str, fact: BasicFact | None) -> Fact:
    return Fact(
        label=str(Customer._meta.get_field(name).verbose_name),  # type: ignore[union-attr]
        value=_shown(customer, name),
        source=source_of(fact.source if fact else None),
        purpose=purpose_of(fact.purpose if fact else Purpose.SERVICE),
        state=fact.get_state_display() if fact and fact.state != "standing" else "",
        note=fact.note if fact else "",
        field=name if fact else "",
        withdrawable=name not in NEEDED_FIELDS,
    )


def groups(customer: Customer) -> list[Fact]:
    """Return how the company groups the customer: it is knowledge about it like any other."""
    return [
        Fact(
            label=str(Customer._meta.get_field(name).verbose_name),  # type: ignore[union-attr]
            value=_shown(customer, name),
            source=SOURCES[Source.Kind.STAFF],
            purpose=purpose_of(Purpose.SERVICE),
        )
        for name in GROUPS
        if _has(customer, name)
    ]


def _shown(customer: Customer, name: str) -> str:
    display = getattr(customer, f"get_{name}_display", None)
    value: Any = display() if display else getattr(customer, name)
    if name == "birth_date":
        return date_format(value, "DATE_FORMAT")
    return str(value)
