"""The case's story and its version: every change adds one entry and is announced once."""

from typing import Any

from django.utils.translation import gettext as _

from kiplatform.accounts.models import User
from kiplatform.core.errors import Conflict, NotFound
from kiplatform.events.services import record
from kiplatform.events.types import Event
from qa_center import policies
from qa_center.events import CaseChanged
from qa_center.models import CaseEntry, ResearchCase


def locked(actor: User | None, case: ResearchCase) -> ResearchCase:
    """Return the case's fresh row, held until the transaction ends; NotFound if unseen.

    :param actor: None for the platform itself.
    """
    row = (
        ResearchCase.objects.select_for_update(of=("self",))
        .select_related("manager", "owner", "thread", "question", "question__customer", "product")
        .get(pk=case.pk)
    )
    if actor is not None and not policies.sees_case(actor, row):
        raise NotFound()
    return row


def check_running(case: ResearchCase) -> None:
    """:raises Conflict: the case has ended."""
    if case.is_ended:
        raise Conflict(_("This case has ended."), code="ended")


def announce(case: ResearchCase, event: Event, actor: User | None) -> None:
    """Record `event` about the case."""
    record(event, actor=actor, subject=f"case:{case.public_id}")


def tell(case: ResearchCase, kind: str, /, *, actor: User | None, **params: Any) -> None:
    """Add an entry to the story, save the case under its next version and announce the change.

    :param kind: what happened, a key of `qa_center.wording.STORY`.
    :param params: values that word it: names, numbers, public ids.
    """
    case.version += 1
    case.save()
    CaseEntry.objects.create(case=case, actor=actor, kind=kind, params=params, version=case.version)
    announce(case, CaseChanged(case=case.public_id, change=kind, version=case.version), actor)
