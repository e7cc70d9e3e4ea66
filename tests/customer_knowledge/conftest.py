"""The people whom the exchange's tests are about, and a question between them."""

from dataclasses import dataclass

import pytest

from customer_knowledge import services
from customer_knowledge.models import Customer, Question
from kiplatform.accounts.models import User
from tests.factories.people import (
    AdministratorFactory,
    ColleagueFactory,
    ContactFactory,
    CustomerFactory,
    EditorFactory,
    ManagerFactory,
    ProductTeamFactory,
)


@dataclass(frozen=True)
class Cast:
    """One customer with its people, and people of every kind who have nothing to do with it."""

    customer: Customer
    people: dict[str, User]

    def __getitem__(self, word: str) -> User:
        return self.people[word]


@pytest.fixture
def cast(db: None) -> Cast:
    manager = ManagerFactory()
    customer = CustomerFactory(manager=manager)
    former = ManagerFactory()
    services.manager_assign(actor=manager, customer=customer, manager=former, primary=False)
    services.manager_unassign(actor=manager, customer=customer, manager=former)
    left = ContactFactory(customer=customer, is_active=False).user
    people = {
        "contact": ContactFactory(customer=customer).user,
        "second contact": ContactFactory(customer=customer).user,
        "contact who left": left,
        "other contact": ContactFactory().user,
        "manager": manager,
        "former manager": former,
        "other manager": ManagerFactory(),
        "colleague": ColleagueFactory(),
        "product team": ProductTeamFactory(),
        "editor": EditorFactory(),
        "administrator": AdministratorFactory(),
        "dismissed administrator": AdministratorFactory(is_active=False),
    }
    return Cast(customer, people)


@pytest.fixture
def question(cast: Cast) -> Question:
    return services.question_ask(
        actor=cast["contact"],
        text="大额存单提前支取，利息怎么算？",
        kind=Question.Kind.PRODUCT_SERVICE,
        client_id="ask",
    )
