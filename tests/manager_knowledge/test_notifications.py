"""Who is told what, through the relay."""

import datetime

import pytest
from django.core import mail
from django.utils import timezone

from kiplatform.accounts.models import User
from kiplatform.core import clock
from kiplatform.events.relay import run_pending
from kiplatform.notifications.models import Notification
from manager_knowledge import services
from manager_knowledge.choices import State
from tests.factories.knowledge import KnowledgePageFactory

pytestmark = pytest.mark.django_db


def told(type: str) -> set[str]:
    rows = Notification.objects.filter(type=type).values_list("user__name", flat=True)
    return set(rows)


def test_review_and_its_end(people: dict[str, User]) -> None:
    manager, editor = people["manager"], people["editor"]
    page = KnowledgePageFactory(state=State.DRAFT, owner=manager)
    services.knowledge_submit(actor=manager, page=page)
    run_pending()
    assert told("knowledge.review_wanted") == {"editor", "factory-editor"}

    services.knowledge_return(actor=editor, page=page, comment="Which rate?")
    run_pending()
    assert told("knowledge.returned") == {"manager"}

    services.knowledge_publish(actor=editor, page=page)
    run_pending()
    assert told("knowledge.published") == {"manager"}
    assert not mail.outbox


def test_nobody_is_told_what_they_did_themselves(people: dict[str, User]) -> None:
    page = KnowledgePageFactory(state=State.DRAFT, owner=people["editor"])
    services.knowledge_submit(actor=people["editor"], page=page)
    services.knowledge_publish(actor=people["editor"], page=page)
    run_pending()
    assert "editor" not in told("knowledge.review_wanted")
    assert told("knowledge.published") == set()


def test_lapsed_verification(people: dict[str, User]) -> None:
    page = KnowledgePageFactory()
    services.knowledge_verify(actor=people["editor"], page=page, until=timezone.localdate())
    with clock.frozen(timezone.now() + datetime.timedelta(days=2)):
        services.verifications_lapse()
    run_pending()
    assert told("knowledge.verification_lapsed") == {"editor"}
