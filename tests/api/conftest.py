"""The API's world: a customer with its people, a stranger of every kind, and a question."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from customer_knowledge import services
from customer_knowledge.models import Message, Question
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


@dataclass(frozen=True)
class World:
    """People by their part, None for somebody who has not signed in; `question` is answered."""

    people: dict[str, User | None]
    question: Question
    note: str

    @property
    def thread(self) -> str:
        """The public id of the question's thread."""
        assert self.question.thread is not None
        return self.question.thread.public_id

    @property
    def message(self) -> str:
        """The public id of the message that the manager answered with."""
        return Message.objects.get(client_id="answer").public_id

    def client(self, part: str) -> Client:
        """An HTTP client of the person with this part."""
        client = Client()
        user = self.people[part]
        if user is not None:
            client.force_login(user)
        return client


Call = Callable[[str, str, str, Any], Any]


@pytest.fixture
def world(db: None) -> World:
    manager = ManagerFactory(name="沈若清")
    customer = CustomerFactory(name="陈桂兰", manager=manager)
    asker = ContactFactory(customer=customer).user
    ProductFactory(code="P-1")
    question = services.question_ask(
        actor=asker,
        text="定期存款提前支取怎么计息？",
        kind=Question.Kind.PRODUCT_SERVICE,
        client_id="ask",
    )
    services.question_answer(
        actor=manager,
        question=question,
        text="取出的部分按活期计息。",
        client_id="answer",
        uncited_reason="柜面惯例",
    )
    note = "她上个月也问过，耐心一点。"
    assert question.thread is not None
    services.message_post(
        actor=manager, thread=question.thread, text=note, client_id="note", internal=True
    )
    question.refresh_from_db()
    people: dict[str, User | None] = {
        "nobody": None,
        "asker": asker,
        "contact": ContactFactory(customer=customer).user,
        "former contact": ContactFactory(customer=customer, is_active=False).user,
        "stranger": ContactFactory(customer__manager=manager).user,
        "manager": manager,
        "other manager": ManagerFactory(),
        "colleague": ColleagueFactory(),
        "product team": ProductTeamFactory(),
        "editor": EditorFactory(),
        "administrator": AdministratorFactory(),
    }
    return World(people, question, note)
