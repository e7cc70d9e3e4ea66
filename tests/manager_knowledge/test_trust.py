"""Verification, votes and citations."""

import datetime

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from kiplatform.accounts.models import User
from kiplatform.core import clock
from kiplatform.core.errors import Conflict, InvalidInput
from kiplatform.events.models import OutboxEvent
from kiplatform.events.registry import RecordedEvent
from manager_knowledge import handlers, selectors, services
from manager_knowledge.choices import State
from manager_knowledge.models import KnowledgePage, KnowledgeVote
from tests.factories.knowledge import KnowledgePageFactory

pytestmark = pytest.mark.django_db


def in_days(days: int) -> datetime.date:
    return timezone.localdate() + datetime.timedelta(days=days)


@pytest.mark.parametrize(("days", "accepted"), [(-1, False), (0, True), (365, True), (1096, False)])
def test_how_long_somebody_may_vouch(people: dict[str, User], days: int, accepted: bool) -> None:
    page = KnowledgePageFactory()
    if accepted:
        page = services.knowledge_verify(actor=people["editor"], page=page, until=in_days(days))
        assert page.is_verified
    else:
        with pytest.raises(InvalidInput):
            services.knowledge_verify(actor=people["editor"], page=page, until=in_days(days))
        assert not KnowledgePage.objects.get().is_verified


@pytest.mark.parametrize("state", [State.DRAFT, State.IN_REVIEW, State.ARCHIVED])
def test_only_live_pages_are_vouched_for(people: dict[str, User], state: State) -> None:
    with pytest.raises(Conflict):
        services.knowledge_verify(
            actor=people["editor"], page=KnowledgePageFactory(state=state), until=in_days(9)
        )


def test_lapse_is_announced_once(people: dict[str, User]) -> None:
    page = services.knowledge_verify(
        actor=people["editor"], page=KnowledgePageFactory(), until=in_days(1)
    )
    assert services.verifications_lapse() == 0
    with clock.frozen(timezone.now() + datetime.timedelta(days=3)):
        assert not KnowledgePage.objects.get().is_verified
        assert services.verifications_lapse() == 1
        assert services.verifications_lapse() == 0
        event = OutboxEvent.objects.get(name="knowledge.verification_lapsed")
        assert event.payload == {"page": page.public_id, "verifier": people["editor"].public_id}
        assert event.actor is None

        services.knowledge_verify(actor=people["editor"], page=page, until=in_days(5))
    with clock.frozen(timezone.now() + datetime.timedelta(days=9)):
        assert services.verifications_lapse() == 1


def test_daily_command_announces_the_lapsed(
    people: dict[str, User], capsys: pytest.CaptureFixture[str]
) -> None:
    services.knowledge_verify(actor=people["editor"], page=KnowledgePageFactory(), until=in_days(0))
    with clock.frozen(timezone.now() + datetime.timedelta(days=2)):
        call_command("knowledge_lapse")
    assert capsys.readouterr().out.startswith("1 ")
    assert OutboxEvent.objects.filter(name="knowledge.verification_lapsed").count() == 1


def test_last_vote_counts(people: dict[str, User]) -> None:
    page = KnowledgePageFactory(audience="customers")
    for helpful in (True, False, False):
        services.knowledge_vote(actor=people["contact"], page=page, helpful=helpful)
    services.knowledge_vote(actor=people["manager"], page=page, helpful=True)

    counted = selectors.page_for(people["contact"], page.public_id)
    assert (counted.helpful_votes, counted.unhelpful_votes) == (1, 1)
    assert selectors.own_vote(people["contact"], page) is False

    services.knowledge_vote(actor=people["contact"], page=page, helpful=None)
    counted = selectors.page_for(people["contact"], page.public_id)
    assert (counted.helpful_votes, counted.unhelpful_votes) == (1, 0)
    assert selectors.own_vote(people["contact"], page) is None


def test_database_keeps_one_vote_for_each_reader(people: dict[str, User]) -> None:
    page = KnowledgePageFactory()
    services.knowledge_vote(actor=people["manager"], page=page, helpful=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        KnowledgeVote.objects.create(
            page=KnowledgePage.objects.get(), user=people["manager"], helpful=False
        )


def cited(kind: str, key: str) -> RecordedEvent:
    row = OutboxEvent.objects.create(
        name="knowledge.cited", payload={"kind": kind, "key": key, "message": "m"}, subject="m:1"
    )
    return RecordedEvent.of(row)


def test_citations_are_counted(people: dict[str, User]) -> None:
    page, other = KnowledgePageFactory(), KnowledgePageFactory()
    for event in (
        cited("knowledge", page.public_id),
        cited("knowledge", page.public_id),
        cited("question", page.public_id),
        cited("knowledge", "0000000000000000"),
    ):
        handlers.count_citation(event)
    assert KnowledgePage.objects.get(pk=page.pk).cited_count == 2
    assert KnowledgePage.objects.get(pk=other.pk).cited_count == 0


def test_stale_instance_does_not_take_back_the_count(people: dict[str, User]) -> None:
    page = KnowledgePageFactory(state=State.DRAFT)
    handlers.count_citation(cited("knowledge", page.public_id))
    page.specific.save()
    assert KnowledgePage.objects.get().cited_count == 1
