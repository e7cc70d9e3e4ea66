"""Drafts, reviews and publication: what is stored, and what readers get of it."""

import datetime
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils import timezone

from kiplatform.accounts.models import Department, User
from kiplatform.core import clock
from kiplatform.core.errors import Conflict, InvalidInput
from manager_knowledge import services
from manager_knowledge.choices import Significance, State
from manager_knowledge.models import BusinessKnowledge, KnowledgePage, ProductKnowledge
from tests.factories.knowledge import KnowledgePageFactory

pytestmark = pytest.mark.django_db

STEPS = [
    {
        "who": "Customer",
        "what": "Choose the deposit and withdraw",
        "documents": "",
        "time": "3 min",
    },
    {"who": "Bank", "what": "Pays principal and interest", "documents": "None", "time": "At once"},
]


def draft(actor: User, **changes: Any) -> KnowledgePage:
    return services.knowledge_draft_create(
        **{
            "actor": actor,
            "type": "product",
            "title": "Steady Term Deposit",
            "summary": "A fixed rate from CNY 1,000.",
            "body": "## Rates",
            "language": "en",
            "audience": "customers",
        }
        | changes
    )


def test_draft_keeps_everything(people: dict[str, User]) -> None:
    made = draft(
        people["manager"],
        product_code="QH-TD01",
        source_case="0123456789abcdef",
        source_question="fedcba9876543210",
        fields={"risk_level": 2, "currency": "CNY", "suits": "Savers", "product_type": "deposit"},
    )
    page = ProductKnowledge.objects.get(public_id=made.public_id)
    assert (page.state, page.language, page.type) == (State.DRAFT, "en", "product")
    assert (page.owner, page.audience) == (people["manager"], "customers")
    assert (page.product_code, page.risk_level, page.currency) == ("QH-TD01", 2, "CNY")
    assert (page.source_case, page.source_question) == ("0123456789abcdef", "fedcba9876543210")
    assert page.get_parent().slug == "knowledge-en"


def test_steps_keep_their_order(people: dict[str, User]) -> None:
    page = draft(people["manager"], type="business", steps=STEPS)
    stored = BusinessKnowledge.objects.get(pk=page.pk)
    assert [step.who for step in stored.ordered_steps()] == ["Customer", "Bank"]

    services.knowledge_draft_update(
        actor=people["manager"], page=page, steps=[*STEPS[::-1], {"who": "Bank", "what": "Files"}]
    )
    stored = BusinessKnowledge.objects.get(pk=page.pk)
    assert [step.what[:5] for step in stored.ordered_steps()] == ["Pays ", "Choos", "Files"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " \u200b "}, "title"),
        ({"title": "x" * 256}, "title"),
        ({"summary": ""}, "summary"),
        ({"body": "x" * 20_001}, "body"),
        ({"type": "poem"}, "type"),
        ({"language": "fr"}, "language"),
        ({"audience": "friends"}, "audience"),
        ({"audience": "department"}, "department"),
        ({"fields": {"risk_level": 6}}, "risk_level"),
        ({"fields": {"risk_level": "high"}}, "risk_level"),
        ({"fields": {"product_type": "poem"}}, "product_type"),
        ({"fields": {"owner": 1}}, "owner"),
        ({"type": "business", "steps": [{"who": "Bank", "what": ""}]}, "steps"),
        ({"type": "business", "steps": [{"who": "Bank", "what": "Acts"}] * 41}, "steps"),
        ({"type": "product", "steps": STEPS}, "steps"),
    ],
)
def test_what_cannot_be_stored(
    people: dict[str, User], changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        draft(people["manager"], **changes)
    assert refused.value.field == field
    assert not KnowledgePage.objects.exists()


def test_sent_twice_is_stored_once(people: dict[str, User]) -> None:
    first = draft(people["manager"], client_id="try-1")
    assert draft(people["manager"], client_id="try-1").pk == first.pk
    with pytest.raises(Conflict):
        draft(people["editor"], client_id="try-1")
    assert KnowledgePage.objects.count() == 1


@pytest.mark.parametrize(
    "row",
    [
        {"audience": "department"},
        {"audience": "friends"},
        {"verified_until": datetime.date(2030, 1, 1)},
    ],
)
def test_database_keeps_the_rules(row: dict[str, Any]) -> None:
    page = KnowledgePageFactory(state=State.DRAFT)
    with pytest.raises(IntegrityError), transaction.atomic():
        KnowledgePage.objects.filter(pk=page.pk).update(**row)


def test_database_keeps_department_from_other_audiences(credit: Department) -> None:
    page = KnowledgePageFactory(state=State.DRAFT)
    with pytest.raises(IntegrityError), transaction.atomic():
        KnowledgePage.objects.filter(pk=page.pk).update(department=credit)


@pytest.mark.parametrize("level", [0, 6])
def test_database_keeps_risk_levels(level: int) -> None:
    page = KnowledgePageFactory(state=State.DRAFT)
    with pytest.raises(IntegrityError), transaction.atomic():
        ProductKnowledge.objects.filter(pk=page.pk).update(risk_level=level)


def test_change_of_a_live_page_waits_for_publication(people: dict[str, User]) -> None:
    page = KnowledgePageFactory(title="Old", type="business", steps=STEPS)
    services.knowledge_draft_update(
        actor=people["editor"], page=page, title="New", audience="public", steps=STEPS[:1]
    )
    live = BusinessKnowledge.objects.get(pk=page.pk)
    assert (live.title, live.audience, len(live.ordered_steps())) == ("Old", "staff", 2)
    assert live.has_unpublished_changes

    services.knowledge_publish(actor=people["editor"], page=page)
    live = BusinessKnowledge.objects.get(pk=page.pk)
    assert (live.title, live.audience, len(live.ordered_steps())) == ("New", "public", 1)
    assert not live.has_unpublished_changes


def test_stale_form_is_refused(people: dict[str, User]) -> None:
    page = KnowledgePageFactory(state=State.DRAFT)
    seen = page.latest_revision_id
    services.knowledge_draft_update(actor=people["editor"], page=page, title="First")
    with pytest.raises(Conflict):
        services.knowledge_draft_update(
            actor=people["editor"], page=page, title="Second", base_revision=seen
        )
    assert KnowledgePage.objects.get(pk=page.pk).title == "First"


def test_review_is_sent_returned_and_sent_again(people: dict[str, User]) -> None:
    manager, editor = people["manager"], people["editor"]
    page = draft(manager)
    assert services.knowledge_submit(actor=manager, page=page).state == State.IN_REVIEW
    with pytest.raises(Conflict):
        services.knowledge_submit(actor=editor, page=page)

    returned = services.knowledge_return(actor=editor, page=page, comment="Which rate?")
    assert returned.state == State.DRAFT
    services.knowledge_draft_update(actor=manager, page=page, body="1.45%")
    assert services.knowledge_submit(actor=manager, page=page).state == State.IN_REVIEW

    live = services.knowledge_publish(actor=editor, page=page)
    assert (live.state, live.body) == (State.LIVE, "1.45%")
    assert live.current_workflow_state is None
    assert not mail.outbox


def test_nothing_new_is_not_reviewed(people: dict[str, User]) -> None:
    with pytest.raises(Conflict):
        services.knowledge_submit(actor=people["editor"], page=KnowledgePageFactory())


def test_archived_in_review_leaves_the_queue(people: dict[str, User]) -> None:
    page = KnowledgePageFactory(state=State.IN_REVIEW)
    archived = services.knowledge_archive(actor=people["editor"], page=page)
    assert archived.state == State.ARCHIVED
    assert not KnowledgePage.objects.in_state("in_review").exists()


def test_archived_page_comes_back_by_publishing(people: dict[str, User]) -> None:
    page = KnowledgePageFactory(state=State.ARCHIVED)
    assert page.state == State.ARCHIVED
    assert services.knowledge_publish(actor=people["editor"], page=page).state == State.LIVE


@pytest.mark.parametrize("state", State)
def test_state_and_its_query_agree(state: State) -> None:
    page = KnowledgePageFactory(state=state)
    assert KnowledgePage.objects.get().state == state
    found = {s for s in State if KnowledgePage.objects.in_state(s).filter(pk=page.pk).exists()}
    assert found == {state}


def test_times_are_the_clocks(people: dict[str, User]) -> None:
    day = datetime.datetime(2025, 3, 1, 9, 30, tzinfo=datetime.UTC)
    with clock.frozen(day):
        page = KnowledgePageFactory()
    assert (page.first_published_at, page.last_published_at, page.changed_at) == (day, day, day)
    assert page.latest_revision.created_at == day
    with clock.frozen(day + datetime.timedelta(days=1)):
        services.knowledge_draft_update(
            actor=people["editor"], page=page, title="Typo mended", significance="minor"
        )
        page = services.knowledge_publish(actor=people["editor"], page=page)
    assert page.first_published_at == day
    assert page.last_published_at == day + datetime.timedelta(days=1)
    assert page.changed_at == day


@pytest.mark.parametrize(
    ("significance", "still_verified"),
    [("minor", True), ("correction", True), ("significant", False)],
)
def test_significant_change_ends_the_verification(
    people: dict[str, User], significance: str, still_verified: bool
) -> None:
    editor, page = people["editor"], KnowledgePageFactory()
    until = timezone.localdate() + datetime.timedelta(days=90)
    services.knowledge_verify(actor=editor, page=page, until=until)
    services.knowledge_draft_update(
        actor=editor, page=page, body="Other rates", significance=significance
    )
    assert KnowledgePage.objects.get().is_verified
    services.knowledge_publish(actor=editor, page=page)
    assert KnowledgePage.objects.get().is_verified is still_verified


def test_editor_judges_the_revision(people: dict[str, User]) -> None:
    page = KnowledgePageFactory()
    services.knowledge_draft_update(actor=people["editor"], page=page, body="1.40%")
    page = services.knowledge_publish(
        actor=people["editor"], page=page, significance="correction", note="The rate was wrong"
    )
    assert page.change_significance == Significance.CORRECTION
    assert page.change_note == "The rate was wrong"


def test_old_revision_does_not_bring_back_what_belongs_to_the_page(
    people: dict[str, User],
) -> None:
    editor, page = people["editor"], KnowledgePageFactory(body="First")
    first = page.latest_revision
    until = timezone.localdate() + datetime.timedelta(days=90)
    services.knowledge_draft_update(actor=editor, page=page, body="Second", significance="minor")
    services.knowledge_publish(actor=editor, page=page)
    services.knowledge_verify(actor=editor, page=page, until=until)
    KnowledgePage.objects.update(cited_count=7)

    again = KnowledgePage.objects.get().specific
    again.change_significance = "minor"
    first.content["change_significance"] = "minor"
    first.save()
    first.publish(user=editor)

    live = KnowledgePage.objects.get()
    assert (live.body, live.public_id, live.cited_count) == ("First", page.public_id, 7)
    assert (live.verified_until, live.verifier) == (until, editor)
