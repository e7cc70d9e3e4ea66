"""What search gets of the knowledge base, and whom the database lets find it."""

import datetime
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone, translation

from kiplatform.accounts.access import tokens_for
from kiplatform.accounts.models import Department, User
from kiplatform.core import clock
from kiplatform.events.models import OutboxEvent
from kiplatform.events.registry import RecordedEvent
from manager_knowledge import services
from manager_knowledge.choices import Audience, State
from manager_knowledge.models import KnowledgePage
from manager_knowledge.policies import can_see
from manager_knowledge.search_source import KnowledgeSource, text_of
from search import sources
from search.sync import cut_text
from tests.factories.knowledge import KnowledgePageFactory

pytestmark = pytest.mark.django_db
source = KnowledgeSource()


def test_it_is_registered() -> None:
    assert isinstance(sources.registry.get("knowledge"), KnowledgeSource)


def test_only_live_pages_are_documents() -> None:
    pages = {state: KnowledgePageFactory(state=state) for state in State}
    every = [page.public_id for page in pages.values()]
    assert list(source.keys()) == [pages[State.LIVE].public_id]
    assert [document.key for document in source.load(every)] == [pages[State.LIVE].public_id]


def test_document_says_everything_that_the_page_says(people: dict[str, User]) -> None:
    page = KnowledgePageFactory(
        type="business",
        title="Withdrawing early",
        summary="It costs interest.",
        body="## Example",
        product_code="QH-TD01",
        audience="customers",
        fields={"business_type": "Deposits"},
        steps=[{"who": "Bank", "what": "Pays", "documents": "Passport", "time": "At once"}],
    )
    until = timezone.localdate() + datetime.timedelta(days=9)
    services.knowledge_verify(actor=people["editor"], page=page, until=until)
    (document,) = source.load([page.public_id])
    assert (document.kind, document.title, document.language) == (
        "knowledge",
        "Withdrawing early",
        "en",
    )
    for words in ("It costs interest.", "## Example", "Deposits", "Bank · Pays · Passport"):
        assert words in document.text
    assert document.facets == {"type": "business", "language": "en", "product": "QH-TD01"}
    assert document.verified
    assert document.version == KnowledgePage.objects.get().version


@pytest.mark.parametrize("reader", ["zh-hans", "en"])
@pytest.mark.parametrize(
    ("language", "said"), [("en", "business type: Deposits"), ("zh-hans", "业务类型: Deposits")]
)
def test_labels_are_in_the_language_of_the_page(reader: str, language: str, said: str) -> None:
    page = KnowledgePageFactory(
        type="business", language=language, fields={"business_type": "Deposits"}
    )
    with translation.override(reader):
        (document,) = source.load([page.public_id])
    assert said in document.text


def test_each_way_of_asking_is_a_passage_of_its_own() -> None:
    page = KnowledgePageFactory(
        summary="It costs interest.", asked_as="What does it cost?\n\n提前支取要扣多少？"
    )
    (document,) = source.load([page.public_id])
    cuts = [cut.text for cut in cut_text(document.title, document.text, document.language)]
    # The heading is in the question's language too, so that the passage is of one language.
    assert cuts[-2:] == [
        "## How people ask it\nWhat does it cost?",
        "## 大家怎么问\n提前支取要扣多少？",
    ]


def test_a_page_that_nobody_asked_for_yet_says_nothing_about_asking() -> None:
    page = KnowledgePageFactory()
    (document,) = source.load([page.public_id])
    assert document.text == text_of(page)


def test_a_page_hands_out_the_same_document_until_its_lapse_is_announced(
    people: dict[str, User],
) -> None:
    page = KnowledgePageFactory()
    until = timezone.localdate() + datetime.timedelta(days=9)
    services.knowledge_verify(actor=people["editor"], page=page, until=until)
    (today,) = source.load([page.public_id])
    with clock.frozen(timezone.now() + datetime.timedelta(days=11)):
        (later,) = source.load([page.public_id])
        assert later.metadata_fingerprint == today.metadata_fingerprint
        assert services.verifications_lapse() == 1
        (told,) = source.load([page.public_id])
    assert not told.verified
    assert told.metadata_fingerprint != today.metadata_fingerprint


def test_readers_text_is_searched_not_the_draft(people: dict[str, User]) -> None:
    page = KnowledgePageFactory(title="Old")
    services.knowledge_draft_update(actor=people["editor"], page=page, title="New")
    (document,) = source.load([page.public_id])
    assert document.title == "Old"


@pytest.mark.parametrize("audience", Audience)
def test_tokens_let_in_exactly_those_who_may_see(
    people: dict[str, User], credit: Department, audience: Audience
) -> None:
    department = credit if audience == Audience.DEPARTMENT else None
    page = KnowledgePageFactory(audience=audience, department=department)
    (document,) = source.load([page.public_id])
    for viewer in (*people.values(), AnonymousUser()):
        seen = can_see(viewer, page)
        assert bool(document.access & tokens_for(viewer)) == seen
        assert source.visible_keys(viewer, [page.public_id]) == (
            {page.public_id} if seen else set()
        )


def test_owner_does_not_find_what_is_not_live(people: dict[str, User]) -> None:
    page = KnowledgePageFactory(state=State.DRAFT, owner=people["manager"])
    assert source.visible_keys(people["manager"], [page.public_id]) == set()
    assert source.visible_keys(people["editor"], [page.public_id]) == set()


def test_database_decides_in_one_query(
    people: dict[str, User], django_assert_num_queries: Any
) -> None:
    keys = [KnowledgePageFactory().public_id for _ in range(3)]
    for who in ("contact", "manager", "editor"):
        with django_assert_num_queries(1):
            source.visible_keys(people[who], keys)


def test_loading_does_not_cost_a_query_for_each_page(
    credit: Department, django_assert_max_num_queries: Any
) -> None:
    keys = [
        KnowledgePageFactory(type=kind, audience="department", department=credit).public_id
        for kind in ("product", "business", "service")
        for _ in range(2)
    ]
    list(source.load(keys))
    with django_assert_max_num_queries(8):
        assert len(list(source.load(keys))) == 6


def test_every_event_that_changes_a_document_names_it(people: dict[str, User]) -> None:
    editor, page = people["editor"], KnowledgePageFactory(audience="public")
    services.knowledge_verify(actor=editor, page=page, until=timezone.localdate())
    services.knowledge_draft_update(actor=editor, page=page, audience="staff")
    services.knowledge_publish(actor=editor, page=page)
    services.knowledge_archive(actor=editor, page=page)
    page.specific.delete()
    changed = [
        row.name
        for row in OutboxEvent.objects.order_by("pk")
        if sources.registry.changed_by(RecordedEvent.of(row)).get("knowledge") == [page.public_id]
    ]
    assert [name.removeprefix("knowledge.") for name in changed] == [
        "published",
        "verified",
        "published",
        "access_changed",
        "unpublished",
        "deleted",
    ]
