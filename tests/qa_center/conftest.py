"""A bank small enough to know everybody: one case and the people around it."""

from dataclasses import dataclass

import pytest

from customer_knowledge import services as exchange
from customer_knowledge.models import Question
from kiplatform.accounts.models import Department, User
from qa_center import services
from qa_center.models import Invitation, ResearchCase
from tests.factories.people import (
    AdministratorFactory,
    ColleagueFactory,
    ContactFactory,
    DepartmentFactory,
    EditorFactory,
    ManagerFactory,
    ProductTeamFactory,
)

STAFF = (
    "manager",
    "head",
    "expert",
    "second",
    "third",
    "other manager",
    "product team",
    "editor",
    "administrator",
)


@dataclass
class Floor:
    """The people of a case, by a word that says who they are."""

    people: dict[str, User]
    question: Question
    department: Department

    def __getitem__(self, word: str) -> User:
        return self.people[word]

    def open(self) -> ResearchCase:
        """Open the case on the question, searched and not yet asked."""
        return services.case_open(actor=self["manager"], question=self.question, client_id="case")

    def asked(self, *words: str) -> ResearchCase:
        """Open the case and ask just these colleagues."""
        case = self.open()
        chosen = [self[word] for word in words]
        return services.case_ask_colleagues(actor=self["manager"], case=case, chosen=chosen)

    def joined(self, *words: str) -> ResearchCase:
        """Ask these colleagues, and let all of them accept."""
        case = self.asked(*words)
        for word in words:
            services.invitation_accept(
                actor=self[word], invitation=Invitation.objects.get(case=case, expert=self[word])
            )
        case.refresh_from_db()
        return case

    def resolved_need(self, text: str, helper: User) -> ResearchCase:
        """A need of the manager's own, answered by the helper and ended."""
        manager = self["manager"]
        case = services.case_open(actor=manager, text=text, client_id=text)
        services.case_ask_colleagues(actor=manager, case=case, chosen=[helper])
        invitation = Invitation.objects.get(case=case, expert=helper)
        services.invitation_accept(actor=helper, invitation=invitation)
        made = services.proposal_make(actor=helper, case=case, text="可以。", client_id=text)
        services.proposal_accept(actor=manager, case=case, proposals=[made])
        return services.case_close_uncaptured(actor=manager, case=case, reason="只此一件。")


@pytest.fixture
def floor(db: None) -> Floor:
    department = DepartmentFactory()
    head = ColleagueFactory(department=department)
    department.head = head
    department.save()
    manager = ManagerFactory(department=department)
    contact = ContactFactory(customer__manager=manager)
    people = {
        "manager": manager,
        "head": head,
        "expert": ColleagueFactory(department=department),
        "second": ColleagueFactory(department=department),
        "third": ColleagueFactory(),
        "other manager": ManagerFactory(),
        "product team": ProductTeamFactory(),
        "editor": EditorFactory(),
        "administrator": AdministratorFactory(),
        "contact": contact.user,
    }
    question = exchange.question_ask(
        actor=contact.user,
        text="信托能不能装入境外基金份额？",
        kind=Question.Kind.PRODUCT_SERVICE,
        client_id="ask",
    )
    return Floor(people, question, department)
