"""Customers and what is known about them: every fact enters with its source and its purpose."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from customer_knowledge import policies
from customer_knowledge.events import CustomerAssigned, CustomerChanged
from customer_knowledge.models import (
    BasicFact,
    Contact,
    Customer,
    ManagerAssignment,
    Product,
    Question,
    Source,
)
from customer_knowledge.services.questions import owner_for
from kiplatform.accounts.models import User
from kiplatform.accounts.policies import is_administrator
from kiplatform.accounts.roles import Role
from kiplatform.core import clock
from kiplatform.core.errors import InvalidInput, NotAllowed, NotFound
from kiplatform.core.text import clean_text
from kiplatform.events.services import record

BASIC_FIELDS = frozenset(
    {
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
    }
)
CLASS_FIELDS = frozenset({"relationship", "importance", "loyalty", "value_type"})


def check_manages(actor: User, customer: Customer) -> None:
    """:raises NotFound: the actor does not see the customer.
    :raises NotAllowed: the actor is not one of its managers, nor an administrator.
    """
    if not policies.sees_customer(actor, customer):
        raise NotFound()
    if not policies.may_manage_customer(actor, customer):
        raise NotAllowed(_("Only the customer's managers can do this."))


def validated(row: models.Model) -> None:
    """Raise InvalidInput, in the user's language, where a model's field refuses its value."""
    try:
        row.full_clean(validate_unique=False, validate_constraints=True)
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise InvalidInput(messages[0], code="invalid", field=field) from error


@transaction.atomic
def customer_create(
    *, actor: User, name: str, kind: str, manager: User, source_reference: str = "", **fields: Any
) -> Customer:
    """Take a customer in, with its manager; each given field is noted as a fact with a source.

    :param fields: any of `BASIC_FIELDS` and `CLASS_FIELDS`.
    :raises NotAllowed: the actor is neither a sales manager nor an administrator.
    :raises InvalidInput: a field is unknown or refuses its value, or `manager` is not one.
    """
    if not (is_administrator(actor) or Role.SALES_MANAGER in actor.roles):
        raise NotAllowed(_("Only sales managers and administrators can add customers."))
    unknown = set(fields) - BASIC_FIELDS - CLASS_FIELDS
    if unknown:
        raise InvalidInput(_("Unknown field."), field=min(unknown))
    customer = Customer(
        name=clean_text(name, field="name", max_length=160, multiline=False), kind=kind, **fields
    )
    validated(customer)
    customer.save()
    source = Source.objects.create(
        customer=customer,
        kind=Source.Kind.STAFF,
        reference=source_reference[:120],
        entered_by=actor,
    )
    BasicFact.objects.bulk_create(
        BasicFact(customer=customer, field=field, source=source)
        for field in sorted(({"name"} | set(fields)) & BASIC_FIELDS)
        if getattr(customer, field) not in ("", None)
    )
    announce_customer(customer, actor, "created")
    _assign(actor, customer, manager, primary=True)
    return customer


@transaction.atomic
def customer_update(*, actor: User, customer: Customer, changes: Mapping[str, Any]) -> Customer:
    """Change fields of a customer; managers change all of them, its contacts the basic ones.

    :raises NotFound: the actor does not see the customer.
    :raises InvalidInput: a field is unknown to the actor, or refuses its value.
    """
    if not policies.sees_customer(actor, customer):
        raise NotFound()
    by_customer = policies.speaks_for(actor, customer)
    allowed = BASIC_FIELDS if by_customer else BASIC_FIELDS | CLASS_FIELDS
    unknown = set(changes) - allowed
    if unknown:
        raise InvalidInput(_("This cannot be changed here."), field=min(unknown))
    customer = Customer.objects.select_for_update().get(pk=customer.pk)
    changed = {f: v for f, v in changes.items() if getattr(customer, f) != v}
    if not changed:
        return customer
    for field, value in changed.items():
        setattr(customer, field, value)
    validated(customer)
    customer.save()
    source = Source.objects.create(
        customer=customer,
        kind=Source.Kind.PORTAL if by_customer else Source.Kind.STAFF,
        entered_by=actor,
    )
    for field in changed.keys() & BASIC_FIELDS:
        BasicFact.objects.update_or_create(
            customer=customer,
            field=field,
            defaults={"source": source, "state": BasicFact.State.STANDING, "note": ""},
        )
    announce_customer(customer, actor, "basic")
    return customer


@transaction.atomic
def contact_create(
    *, actor: User, customer: Customer, email: str, name: str, language: str, position: str = ""
) -> Contact:
    """Give a person at the customer an account of the portal, without a password at first.

    :raises InvalidInput: the e-mail address is taken or is not one.
    """
    check_manages(actor, customer)
    if User.objects.filter(email__iexact=email).exists():
        raise InvalidInput(_("This e-mail address has an account already."), field="email")
    user = User(
        email=email.lower(),
        name=clean_text(name, field="name", max_length=120, multiline=False),
        kind=User.Kind.CONTACT,
        language=language,
    )
    user.set_unusable_password()
    validated(user)
    user.save()
    contact = Contact.objects.create(user=user, customer=customer, position=position)
    announce_customer(customer, actor, "contact")
    return contact


@transaction.atomic
def manager_assign(*, actor: User, customer: Customer, manager: User, primary: bool = True) -> None:
    """Make `manager` an owner of the customer; a new first manager takes the open questions.

    :raises NotAllowed: the actor may not hand customers on.
    :raises InvalidInput: `manager` is not an active sales manager.
    """
    check_manages(actor, customer)
    _assign(actor, customer, manager, primary=primary)


@transaction.atomic
def manager_unassign(*, actor: User, customer: Customer, manager: User) -> None:
    """End a manager's ownership at once; the questions they held go to whoever is next."""
    check_manages(actor, customer)
    ended = ManagerAssignment.objects.filter(
        customer=customer, manager=manager, ended_at=None
    ).update(ended_at=clock.now())
    if not ended:
        raise NotFound()
    record(
        CustomerAssigned(customer=customer.public_id, manager=manager.public_id, assigned=False),
        actor=actor,
        subject=f"customer:{customer.public_id}",
    )
    _hand_on(customer, manager)


def _assign(actor: User, customer: Customer, manager: User, *, primary: bool) -> None:
    if not (manager.is_active and manager.is_sales_manager):
        raise InvalidInput(_("Only a sales manager can own customers."), field="manager")
    if primary:
        ManagerAssignment.objects.filter(customer=customer, ended_at=None, is_primary=True).update(
            is_primary=False
        )
    ManagerAssignment.objects.update_or_create(
        customer=customer, manager=manager, ended_at=None, defaults={"is_primary": primary}
    )
    record(
        CustomerAssigned(customer=customer.public_id, manager=manager.public_id, assigned=True),
        actor=actor,
        subject=f"customer:{customer.public_id}",
    )


def _hand_on(customer: Customer, manager: User) -> None:
    held = Question.objects.filter(
        customer=customer, owner=manager, state__in=[Question.State.OPEN, Question.State.ANSWERED]
    )
    if held.exists():
        held.update(owner=owner_for(customer))


@transaction.atomic
def product_create(
    *,
    actor: User,
    code: str,
    product_type: str,
    names: Mapping[str, str],
    risk_level: int | None = None,
    currency: str = "",
) -> Product:
    """Add a product.

    :param names: the name by language code; "zh-hans" is needed.
    :raises NotAllowed: the actor is not an administrator.
    """
    if not is_administrator(actor):
        raise NotAllowed(_("Only administrators can add products."))
    product = Product(
        code=code,
        product_type=product_type,
        risk_level=risk_level,
        currency=currency,
        name_zh_hans=names["zh-hans"],
        name_zh_hant=names.get("zh-hant", ""),
        name_en=names.get("en", ""),
    )
    validated(product)
    product.save()
    return product


def announce_customer(customer: Customer, actor: User, what: str) -> None:
    record(
        CustomerChanged(customer=customer.public_id, what=what),
        actor=actor,
        subject=f"customer:{customer.public_id}",
    )
