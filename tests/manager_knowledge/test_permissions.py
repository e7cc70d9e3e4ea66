"""Who may do what to a page: a table, with proof that a refusal changed nothing."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from kiplatform.accounts.models import Department, User
from kiplatform.core.errors import NotAllowed, NotFound
from kiplatform.events.models import OutboxEvent
from manager_knowledge import services
from manager_knowledge.choices import State
from manager_knowledge.models import KnowledgePage, KnowledgeVote
from tests.factories.knowledge import KnowledgePageFactory

pytestmark = pytest.mark.django_db

OK = "ok"
NEXT_MONTH = timezone.localdate() + datetime.timedelta(days=30)

Act = Callable[[User, KnowledgePage], Any]
ACTS: dict[str, Act] = {
    "update": lambda who, page: services.knowledge_draft_update(actor=who, page=page, title="New"),
    "submit": lambda who, page: services.knowledge_submit(actor=who, page=page),
    "publish": lambda who, page: services.knowledge_publish(actor=who, page=page),
    "return": lambda who, page: services.knowledge_return(actor=who, page=page, comment="Sources?"),
    "archive": lambda who, page: services.knowledge_archive(actor=who, page=page),
    "verify": lambda who, page: services.knowledge_verify(actor=who, page=page, until=NEXT_MONTH),
    "assign": lambda who, page: services.knowledge_assign(actor=who, page=page, verifier=who),
    "vote": lambda who, page: services.knowledge_vote(actor=who, page=page, helpful=True),
    "translate": lambda who, page: services.translation_create(
        actor=who, page=page, language="zh-hans", title="定期存款", summary="固定利率。", body=""
    ),
}
# Act, state of a page for staff that the manager owns -> what each person gets.
TABLE = [
    ("update", State.DRAFT, {"manager": OK, "editor": OK, "administrator": OK}),
    ("update", State.IN_REVIEW, {"manager": NotAllowed, "editor": OK, "administrator": OK}),
    ("update", State.ARCHIVED, {"manager": NotAllowed, "editor": OK}),
    ("update", State.LIVE, {"manager": OK, "editor": OK, "fx colleague": NotAllowed}),
    ("submit", State.DRAFT, {"manager": OK, "editor": OK, "administrator": OK}),
    ("submit", State.ARCHIVED, {"manager": NotAllowed, "editor": OK}),
    ("submit", State.LIVE, {"fx colleague": NotAllowed}),
    ("publish", State.DRAFT, {"manager": NotAllowed, "editor": OK, "administrator": OK}),
    ("publish", State.IN_REVIEW, {"manager": NotAllowed, "editor": OK, "administrator": OK}),
    ("publish", State.ARCHIVED, {"manager": NotAllowed, "editor": OK, "administrator": OK}),
    ("return", State.IN_REVIEW, {"manager": NotAllowed, "editor": OK, "administrator": OK}),
    ("archive", State.DRAFT, {"manager": OK, "editor": OK, "administrator": OK}),
    ("archive", State.LIVE, {"manager": NotAllowed, "fx colleague": NotAllowed, "editor": OK}),
    ("verify", State.LIVE, {"manager": NotAllowed, "fx colleague": NotAllowed, "editor": OK}),
    ("assign", State.LIVE, {"manager": NotAllowed, "fx colleague": NotAllowed, "editor": OK}),
    ("vote", State.LIVE, {"manager": NotAllowed, "fx colleague": OK, "editor": OK}),
    ("translate", State.LIVE, {"manager": OK, "fx colleague": NotAllowed, "editor": OK}),
]
# Whoever is not named above for a state does not see the page at all.
NOT_LIVE_STRANGERS = ("contact", "fx colleague", "product team", "former editor")
LIVE_STRANGERS = ("contact", "former contact", "former editor")


def rows() -> list[tuple[str, State, str, Any]]:
    cases = [
        (act, state, who, result)
        for act, state, results in TABLE
        for who, result in results.items()
    ]
    for act, state, _results in TABLE:
        strangers = LIVE_STRANGERS if state == State.LIVE else NOT_LIVE_STRANGERS
        cases += [(act, state, who, NotFound) for who in strangers]
    return cases


def snapshot() -> list[Any]:
    return [
        list(KnowledgePage.objects.order_by("pk").values()),
        list(KnowledgeVote.objects.values()),
        OutboxEvent.objects.count(),
    ]


@pytest.mark.parametrize(("act", "state", "who", "result"), rows())
def test_acts(people: dict[str, User], act: str, state: State, who: str, result: Any) -> None:
    page = KnowledgePageFactory(state=state, owner=people["manager"])
    before = snapshot()
    if result == OK:
        ACTS[act](people[who], page)
        assert snapshot() != before
    else:
        with pytest.raises(result):
            ACTS[act](people[who], page)
        assert snapshot() == before


@pytest.mark.parametrize(
    ("who", "allowed"),
    [
        ("contact", False),
        ("former editor", False),
        ("product team", False),
        ("fx colleague", False),
        ("manager", True),
        ("editor", True),
        ("administrator", True),
    ],
)
def test_who_begins_pages(people: dict[str, User], who: str, allowed: bool) -> None:
    def begin() -> KnowledgePage:
        return services.knowledge_draft_create(
            actor=people[who],
            type="service",
            title="Branch hours",
            summary="Monday to Friday, 9:00 to 17:00.",
            body="",
            language="en",
            audience="public",
        )

    if allowed:
        assert begin().owner == people[who]
    else:
        with pytest.raises(NotAllowed):
            begin()
        assert not KnowledgePage.objects.exists()


def test_only_editors_name_another_owner(people: dict[str, User]) -> None:
    with pytest.raises(NotAllowed):
        services.knowledge_draft_create(
            actor=people["manager"],
            owner=people["fx colleague"],
            type="service",
            title="Branch hours",
            summary="Monday to Friday.",
            body="",
            language="en",
            audience="public",
        )
    assert not KnowledgePage.objects.exists()


def test_asked_verifier_verifies_what_they_see(people: dict[str, User], credit: Department) -> None:
    asked = people["fx colleague"]
    seen = KnowledgePageFactory()
    hidden = KnowledgePageFactory(audience="department", department=credit)
    for page in (seen, hidden):
        services.knowledge_assign(actor=people["editor"], page=page, verifier=asked)

    verified = services.knowledge_verify(actor=asked, page=seen, until=NEXT_MONTH)
    assert verified.is_verified
    assert verified.verifier == asked
    with pytest.raises(NotFound):
        services.knowledge_verify(actor=asked, page=hidden, until=NEXT_MONTH)
