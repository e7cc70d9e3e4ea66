"""A small bank: two customers with their people, and staff of every role."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.test import Client

from customer_knowledge.models import Customer, Product, Question
from customer_knowledge.services import question_ask
from kiplatform.accounts.models import User
from tests.factories.people import (
    AdministratorFactory,
    ColleagueFactory,
    ContactFactory,
    CustomerFactory,
    EditorFactory,
    ManagerFactory,
    ProductFactory,
    ProductTeamFactory,
)

numbers = itertools.count(1)


@dataclass(frozen=True)
class Bank:
    """The people by their part; `customer` is `contact`'s."""

    manager: User
    other_manager: User
    contact: User
    partner: User
    other_contact: User
    colleague: User
    product_team: User
    editor: User
    administrator: User
    customer: Customer
    product: Product


@pytest.fixture
def bank(db: None) -> Bank:
    manager, other_manager = ManagerFactory(name="沈若清"), ManagerFactory()
    customer = CustomerFactory(name="陈桂兰", manager=manager)
    return Bank(
        manager=manager,
        other_manager=other_manager,
        contact=ContactFactory(customer=customer, user__name="陈桂兰").user,
        partner=ContactFactory(customer=customer).user,
        other_contact=ContactFactory(customer=CustomerFactory(manager=other_manager)).user,
        colleague=ColleagueFactory(),
        product_team=ProductTeamFactory(),
        editor=EditorFactory(),
        administrator=AdministratorFactory(),
        customer=customer,
        product=ProductFactory(name_zh_hans="稳盈定期", name_en="Steady Deposit"),
    )


OUTSIDERS = [
    "other_contact",
    "manager",
    "other_manager",
    "colleague",
    "product_team",
    "editor",
    "administrator",
]


@pytest.fixture
def as_user() -> Callable[[User], Client]:
    def signed_in(user: User, language: str = "zh-hans") -> Client:
        client = Client()
        client.force_login(user)
        client.cookies["django_language"] = language
        return client

    return signed_in


@pytest.fixture
def question(bank: Bank) -> Question:
    return ask(bank)


def ask(bank: Bank, text: str = "提前支取定期存款，利息怎么算？") -> Question:
    """Return a new question of the bank's contact."""
    return question_ask(
        actor=bank.contact,
        text=text,
        kind="product_service",
        client_id=f"ask-{next(numbers)}",
    )
