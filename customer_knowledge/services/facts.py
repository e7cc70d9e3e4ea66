"""Facts about a customer: each has a source and a purpose, and the customer has a say in it."""

from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from customer_knowledge import policies
from customer_knowledge.models import (
    BasicFact,
    ContactLogEntry,
    Customer,
    Preference,
    Product,
    ProductUse,
    Source,
    Transaction,
)
from customer_knowledge.models.about import Purpose
from customer_knowledge.services.customers import announce_customer, check_manages, validated
from kiplatform.accounts.models import User
from kiplatform.core import clock
from kiplatform.core.errors import InvalidInput, NotFound
from kiplatform.core.text import clean_text

Fact = TypeVar("Fact", Transaction, ProductUse, Preference, ContactLogEntry)
# What the company cannot do without: these are corrected, never taken away.
NEEDED_FIELDS = frozenset({"name", "preferred_language"})


@transaction.atomic
def transaction_record(
    *,
    actor: User,
    customer: Customer,
    number: str,
    kind: str,
    amount: Decimal,
    currency: str,
    occurred_at: datetime,
    status: str,
    product: Product | None = None,
    quantity: Decimal = Decimal(1),
) -> Transaction:
    """Note a business record; the same number again gives the row that is there."""
    check_manages(actor, customer)
    known = Transaction.objects.filter(customer=customer, number=number).first()
    if known is not None:
        return known
    row = Transaction(
        customer=customer,
        author=actor,
        product=product,
        source=_source(customer, actor, Source.Kind.RECORD, number),
        purpose=Purpose.SERVICE,
        occurred_at=occurred_at,
        number=number,
        kind=kind,
        amount=amount,
        quantity=quantity,
        currency=currency,
        status=status,
    )
    return _save(row, actor, "transaction")


@transaction.atomic
def product_use_record(
    *,
    actor: User,
    customer: Customer,
    product: Product,
    since: date,
    until: date | None = None,
    frequency: str = "",
    notes: str = "",
) -> ProductUse:
    """Note that a customer uses a product."""
    check_manages(actor, customer)
    row = ProductUse(
        customer=customer,
        author=actor,
        product=product,
        source=_source(customer, actor, Source.Kind.STAFF),
        since=since,
        until=until,
        frequency=frequency,
        notes=clean_text(notes, field="notes", required=False),
    )
    return _save(row, actor, "use")


@transaction.atomic
def preference_note(
    *,
    actor: User,
    customer: Customer,
    kind: str,
    value: str,
    strength: int,
    known: str,
    purpose: str = Purpose.ADVICE,
    expires_on: date | None = None,
) -> Preference:
    """Note what a customer likes; what the customer enters is confirmed from the start."""
    if not policies.sees_customer(actor, customer):
        raise NotFound()
    by_customer = policies.speaks_for(actor, customer)
    row = Preference(
        customer=customer,
        author=actor,
        source=_source(customer, actor, Source.Kind.PORTAL if by_customer else Source.Kind.STAFF),
        kind=kind,
        value=clean_text(value, field="value", max_length=200, multiline=False),
        strength=strength,
        known=Preference.Known.STATED if by_customer else known,
        purpose=purpose,
        expires_on=expires_on,
        confirmed_at=clock.now() if by_customer else None,
    )
    return _save(row, actor, "preference")


@transaction.atomic
def preference_confirm(*, actor: User, preference: Preference, right: bool) -> Preference:
    """The customer says whether a preference is right; a contested one is used no more."""
    if not policies.speaks_for(actor, preference.customer):
        raise NotFound()
    preference.confirmed_at = clock.now() if right else None
    preference.contested_at = None if right else clock.now()
    preference.save(update_fields=["confirmed_at", "contested_at"])
    announce_customer(preference.customer, actor, "preference")
    return preference


@transaction.atomic
def preference_withdraw(*, actor: User, preference: Preference) -> None:
    """The customer takes a preference away: the row and its source go."""
    if not policies.speaks_for(actor, preference.customer):
        raise NotFound()
    customer = preference.customer
    preference.source.delete()
    announce_customer(customer, actor, "preference")


@transaction.atomic
def contact_log_add(
    *,
    actor: User,
    customer: Customer,
    channel: str,
    direction: str,
    summary: str,
    started_at: datetime,
    ended_at: datetime,
    spoke: str = "",
    next_step: str = "",
) -> ContactLogEntry:
    """Note a call, a visit, an e-mail; managers of the customer see it in full."""
    check_manages(actor, customer)
    row = ContactLogEntry(
        customer=customer,
        author=actor,
        source=_source(customer, actor, Source.Kind.STAFF),
        channel=channel,
        direction=direction,
        summary=clean_text(summary, field="summary"),
        occurred_at=started_at,
        ended_at=ended_at,
        spoke=clean_text(spoke, field="spoke", max_length=160, required=False, multiline=False),
        next_step=clean_text(
            next_step, field="next_step", max_length=300, required=False, multiline=False
        ),
        visibility="internal",
    )
    return _save(row, actor, "contact_log")


def _source(customer: Customer, actor: User, kind: str, reference: str = "") -> Source:
    return Source.objects.create(
        customer=customer, kind=kind, reference=reference, entered_by=actor
    )


def _save(row: Fact, actor: User, what: str) -> Fact:
    validated(row)
    row.save()
    announce_customer(row.customer, actor, what)
    return row


@transaction.atomic
def basic_fact_contest(*, actor: User, customer: Customer, field: str, note: str) -> BasicFact:
    """The customer says that a field of its basic data is wrong, and why; staff see it marked.

    :raises NotFound: the actor does not speak for the customer, or nothing is known there.
    """
    fact = _own_basic_fact(actor, customer, field)
    fact.note = clean_text(note, field="note", max_length=500, multiline=False)
    fact.state = BasicFact.State.CONTESTED
    fact.save(update_fields=["note", "state"])
    announce_customer(customer, actor, "basic")
    return fact


@transaction.atomic
def basic_fact_withdraw(*, actor: User, customer: Customer, field: str) -> BasicFact:
    """The customer takes a field of its basic data away: the value goes, the wish is kept.

    :raises InvalidInput: the company cannot do without it; it can be corrected instead.
    """
    fact = _own_basic_fact(actor, customer, field)
    if field in NEEDED_FIELDS:
        raise InvalidInput(_("This cannot be taken away, only corrected."), field=field)
    column = Customer._meta.get_field(field)
    setattr(customer, field, None if column.null else "")
    validated(customer)
    customer.save(update_fields=[field])
    fact.state = BasicFact.State.WITHDRAWN
    fact.note = ""
    fact.save(update_fields=["note", "state"])
    announce_customer(customer, actor, "basic")
    return fact


def _own_basic_fact(actor: User, customer: Customer, field: str) -> BasicFact:
    if not policies.speaks_for(actor, customer):
        raise NotFound()
    fact = BasicFact.objects.select_for_update().filter(customer=customer, field=field).first()
    if fact is None:
        raise NotFound()
    return fact
