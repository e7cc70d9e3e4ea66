"""What lists and pages read: filtered, ordered, and in a number of queries that does not grow."""

import datetime
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from kiplatform.accounts.models import Department, User
from kiplatform.core.errors import NotFound
from manager_knowledge import selectors, services
from manager_knowledge.choices import State
from manager_knowledge.models import KnowledgePage
from tests.factories.knowledge import KnowledgePageFactory

pytestmark = pytest.mark.django_db


def in_days(days: int) -> datetime.date:
    return timezone.localdate() + datetime.timedelta(days=days)


def test_page_that_is_not_for_the_viewer_does_not_exist(people: dict[str, User]) -> None:
    page = KnowledgePageFactory(audience="staff")
    for viewer in (people["contact"], AnonymousUser()):
        with pytest.raises(NotFound):
            selectors.page_for(viewer, page.public_id)
    with pytest.raises(NotFound):
        selectors.page_for(people["editor"], "0000000000000000")
    assert selectors.page_for(people["manager"], page.public_id).pk == page.pk


def test_page_comes_in_its_own_type(
    people: dict[str, User], django_assert_max_num_queries: Any
) -> None:
    page = KnowledgePageFactory(
        type="business",
        fields={"business_type": "Withdrawal"},
        steps=[{"who": "Customer", "what": "Asks"}, {"who": "Bank", "what": "Pays"}],
    )
    with django_assert_max_num_queries(4):
        read = selectors.page_for(people["manager"], page.public_id)
        assert read.business_type == "Withdrawal"
        assert [step.what for step in read.ordered_steps()] == ["Asks", "Pays"]
        assert (read.state, read.language, read.owner.name) == (
            State.LIVE,
            "en",
            "factory-editor",
        )
        assert not read.source_moved_on
        assert not read.is_under_review


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, {"product", "business", "service", "draft"}),
        ({"type": "product"}, {"product", "draft"}),
        ({"type": "service"}, {"service"}),
        ({"product": "QH-TD01"}, {"product"}),
        ({"language": "zh-hans"}, {"service"}),
        ({"state": "draft"}, {"draft"}),
        ({"state": "live", "type": "product"}, {"product"}),
        ({"verified": True}, {"business"}),
        ({"verified": False, "state": "live"}, {"product", "service"}),
    ],
)
def test_filters(people: dict[str, User], filters: dict[str, Any], found: set[str]) -> None:
    KnowledgePageFactory(title="product", product_code="QH-TD01")
    business = KnowledgePageFactory(title="business", type="business")
    services.knowledge_verify(actor=people["editor"], page=business, until=in_days(0))
    KnowledgePageFactory(title="service", type="service", language="zh-hans")
    KnowledgePageFactory(title="draft", state=State.DRAFT)
    pages = selectors.pages_visible_to(people["editor"], **filters)
    assert {page.title for page in pages} == found


def test_latest_change_comes_first(people: dict[str, User]) -> None:
    first, second = KnowledgePageFactory(), KnowledgePageFactory()
    assert [p.pk for p in selectors.pages_visible_to(people["manager"])] == [second.pk, first.pk]
    services.knowledge_draft_update(actor=people["editor"], page=first, title="New")
    assert [p.pk for p in selectors.pages_visible_to(people["manager"])] == [first.pk, second.pk]


def read_list(viewer: User) -> None:
    for page in selectors.pages_visible_to(viewer, one_per_family=True):
        shown = (page.title, page.state, page.type, page.language, page.is_verified)
        names = [who.name for who in (page.owner, page.verifier) if who]
        department = page.department.name if page.department else ""
        assert all(shown[:4])
        assert names is not None
        assert page.helpful_votes + page.unhelpful_votes >= 0
        assert isinstance(page.source_moved_on, bool)
        assert isinstance(department, str)


@pytest.mark.parametrize("who", ["contact", "manager", "editor"])
def test_list_costs_one_query(
    people: dict[str, User], who: str, django_assert_num_queries: Any
) -> None:
    for kind in ("product", "business", "service"):
        KnowledgePageFactory(type=kind, audience="public")
    read_list(people[who])
    with django_assert_num_queries(1):
        read_list(people[who])
    KnowledgePageFactory(audience="public")
    KnowledgePageFactory(state=State.IN_REVIEW)
    with django_assert_num_queries(1):
        read_list(people[who])


def test_history_says_what_each_revision_meant(people: dict[str, User]) -> None:
    editor, page = people["editor"], KnowledgePageFactory(owner=people["manager"])
    services.knowledge_draft_update(
        actor=editor, page=page, body="1.40%", significance="correction", note="Rate was wrong"
    )
    services.knowledge_publish(actor=editor, page=page)
    services.knowledge_draft_update(
        actor=people["manager"], page=page, title="Wording", significance="minor"
    )
    page = KnowledgePage.objects.get()
    rows = selectors.history_of(people["product team"], page)
    assert [(row.significance, row.note, row.by, row.live) for row in rows] == [
        ("minor", "", "manager", False),
        ("correction", "Rate was wrong", "editor", True),
        ("significant", "", "factory-editor", False),
    ]
    for viewer in (people["contact"], AnonymousUser()):
        with pytest.raises(NotFound):
            selectors.history_of(viewer, page)


def test_history_of_a_hidden_page(people: dict[str, User], credit: Department) -> None:
    page = KnowledgePageFactory(audience="department", department=credit)
    with pytest.raises(NotFound):
        selectors.history_of(people["manager"], page)
    assert selectors.history_of(people["credit colleague"], page)


def test_review_queue_is_the_editors(people: dict[str, User]) -> None:
    new = KnowledgePageFactory(state=State.IN_REVIEW)
    changed = KnowledgePageFactory()
    services.knowledge_draft_update(actor=people["editor"], page=changed, title="New")
    services.knowledge_submit(actor=people["editor"], page=changed)
    KnowledgePageFactory(state=State.DRAFT)

    assert [page.pk for page in selectors.review_queue(people["editor"])] == [new.pk, changed.pk]
    for who in ("manager", "contact", "former editor"):
        assert not selectors.review_queue(people[who]).exists()


def test_due_for_verification(people: dict[str, User]) -> None:
    editor, manager = people["editor"], people["manager"]
    never = KnowledgePageFactory(owner=manager)
    soon, later = KnowledgePageFactory(), KnowledgePageFactory()
    services.knowledge_verify(actor=editor, page=soon, until=in_days(10))
    services.knowledge_verify(actor=editor, page=later, until=in_days(100))
    services.knowledge_assign(actor=editor, page=soon, verifier=people["fx colleague"])
    KnowledgePageFactory(state=State.DRAFT, owner=manager)

    def due(who: str, **within: Any) -> list[int]:
        return [page.pk for page in selectors.due_for_verification(people[who], **within)]

    assert due("editor") == [never.pk, soon.pk]
    assert due("editor", within=datetime.timedelta(days=365)) == [never.pk, soon.pk, later.pk]
    assert due("manager") == [never.pk]
    assert due("fx colleague") == [soon.pk]
    assert due("contact") == []
