"""A small bank as its staff see it: two customers with their people, and staff of every role."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

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

HTMX = {"HX-Request": "true"}
STAFF = ["manager", "other_manager", "colleague", "product_team", "editor", "administrator"]
# Who has no business with a customer of `manager`.
OUTSIDERS = ["contact", "other_contact", "other_manager", "colleague", "product_team", "editor"]
numbers = itertools.count(1)


@dataclass(frozen=True)
class Bank:
    """The people by their part; `customer` is `manager`'s and `contact` speaks for it."""

    manager: User
    other_manager: User
    contact: User
    other_contact: User
    colleague: User
    product_team: User
    editor: User
    administrator: User
    customer: Customer
    other_customer: Customer
    product: Product


@pytest.fixture
def bank(db: None) -> Bank:
    manager, other_manager = ManagerFactory(name="沈若清"), ManagerFactory(name="许安琪")
    customer = CustomerFactory(name="陈桂兰", manager=manager)
    other = CustomerFactory(name="周奕航", manager=other_manager)
    return Bank(
        manager=manager,
        other_manager=other_manager,
        contact=ContactFactory(customer=customer, user__name="陈桂兰").user,
        other_contact=ContactFactory(customer=other, user__name="周奕航").user,
        colleague=ColleagueFactory(),
        product_team=ProductTeamFactory(),
        editor=EditorFactory(),
        administrator=AdministratorFactory(),
        customer=customer,
        other_customer=other,
        product=ProductFactory(name_zh_hans="稳盈定期", name_en="Steady Deposit"),
    )


def signed_in(user: User, language: str = "zh-hans") -> Client:
    """Return a browser in which `user` has signed in, in one of the languages."""
    client = Client()
    client.force_login(user)
    client.cookies["django_language"] = language
    return client


@pytest.fixture
def question(bank: Bank) -> Question:
    return ask(bank.contact)


def ask(contact: User, text: str = "提前支取定期存款，利息怎么算？", **fields: Any) -> Question:
    """Return a new question of `contact`."""
    client_id = f"ask-{next(numbers)}"
    return question_ask(
        actor=contact, text=text, kind="product_service", client_id=client_id, **fields
    )


def text_of(response: Any) -> str:
    """Return a page's markup, which must have come."""
    assert response.status_code == 200, response.status_code
    return str(response.content.decode())


def queries(load: Callable[[], Any]) -> int:
    """Return how many statements `load` sends, without those that only mark transactions."""
    with CaptureQueriesContext(connection) as captured:
        load()
    marks = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
    return sum(not query["sql"].startswith(marks) for query in captured.captured_queries)


def cost(client: Client, path: str) -> int:
    """Return the queries of a page beyond those of its session, its person and its frame."""
    frame = queries(lambda: client.get("/workspace/no-such-page/"))
    page = queries(lambda: text_of(client.get(path)))
    return page - frame
