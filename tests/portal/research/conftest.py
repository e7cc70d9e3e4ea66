"""The bank of tests/qa_center, seen through its pages."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from customer_knowledge.models import Message, Question
from kiplatform.accounts.models import User
from kiplatform.events.models import OutboxEvent
from manager_knowledge.models import KnowledgePage
from qa_center import services
from qa_center.models import (
    CaseEntry,
    Endorsement,
    Evidence,
    Invitation,
    KnowledgeGap,
    Proposal,
    ProposalVersion,
    ResearchCase,
    Resolution,
)
from tests.qa_center.conftest import Floor, floor

__all__ = ["AsUser", "Floor", "everything", "evidence", "floor", "proposal", "say", "to", "told"]

AsUser = Callable[..., Client]


@pytest.fixture
def as_user() -> AsUser:
    def signed_in(user: User, language: str = "en") -> Client:
        client = Client()
        client.force_login(user)
        client.cookies["django_language"] = language
        return client

    return signed_in


@pytest.fixture
def manager(floor: Floor, as_user: AsUser) -> Client:
    return as_user(floor["manager"])


@pytest.fixture
def expert(floor: Floor, as_user: AsUser) -> Client:
    return as_user(floor["expert"])


TABLES: tuple[type[Model], ...] = (
    ResearchCase,
    Invitation,
    Evidence,
    Proposal,
    ProposalVersion,
    Endorsement,
    Resolution,
    KnowledgeGap,
    CaseEntry,
    Message,
    Question,
    OutboxEvent,
)


def everything() -> list[Any]:
    """Return all that the research center's pages could change, to compare before and after."""
    rows: list[Any] = [list(table._default_manager.order_by("pk").values()) for table in TABLES]
    return [*rows, KnowledgePage.objects.count()]


def evidence(case: ResearchCase, rank: int = 1, **values: Any) -> Evidence:
    """Return a piece of evidence that the search could have brought: an ended case by default."""
    given = {
        "kind": "case",
        "key": f"none{rank}",
        "title": f"以往研讨 {rank}",
        "passage": "可以装入。",
    }
    return Evidence.objects.create(
        case=case, rank=rank, score=1.0, verdict="close", **{**given, **values}
    )


def proposal(floor: Floor, case: ResearchCase, who: str, text: str = "可以装入。") -> Proposal:
    """Let somebody propose an answer."""
    return services.proposal_make(
        actor=floor[who], case=case, text=text, client_id=f"proposal-{who}-{len(text)}"
    )


def say(response: Any) -> list[str]:
    """Return the confirmations and refusals that the next page shows."""
    return [str(message) for message in response.context["messages"]]


def to(name: str, thing: Any) -> str:
    return reverse(f"workspace:{name}", args=[thing.public_id])


def told(kind: str) -> int:
    return CaseEntry.objects.filter(kind=kind).count()
