"""What every write of the knowledge base shares: one transaction, one actor, one announcement."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.functional import Promise
from wagtail.log_actions import LogContext, get_active_log_context
from wagtail.models import Revision

from kiplatform.accounts.models import User
from kiplatform.core import clock
from kiplatform.core.errors import InvalidInput, NotAllowed, NotFound
from kiplatform.core.trace import current_trace_id, trace
from kiplatform.events.services import record
from kiplatform.events.types import Event
from manager_knowledge.models import KnowledgePage
from manager_knowledge.policies import can_see


def subject_of(public_id: str) -> str:
    """Return the subject under which everything about a page is recorded."""
    return f"knowledge:{public_id}"


@contextmanager
def writing_as(actor: User | None) -> Iterator[None]:
    """Make the block one transaction; events and log entries name `actor` (None: the platform)."""
    with transaction.atomic(), LogContext(user=actor):
        yield


def acting_user() -> User | None:
    """Return who writes now, through a service or in the Wagtail admin; None for the platform."""
    user = get_active_log_context().user
    return user if isinstance(user, User) else None


def announce(event: Event, page: KnowledgePage) -> None:
    """Record `event` about `page`, and let the event's id be the page's version.

    A page that was captured from an exchange goes on in that exchange's trace.
    """
    with trace(page.trace_id or current_trace_id()):
        row = record(event, actor=acting_user(), subject=subject_of(page.public_id))
    page.version = row.pk
    KnowledgePage.objects.filter(pk=page.pk).update(version=row.pk)


def locked(page: KnowledgePage, actor: User) -> Any:
    """Return the page in its own type, freshly read and locked.

    :raises NotFound: it is gone, or `actor` does not see it.
    """
    fresh = KnowledgePage.objects.select_for_update(of=("self",)).filter(pk=page.pk).first()
    if fresh is None or not can_see(actor, fresh):
        raise NotFound()
    return fresh.specific


def require(allowed: bool, message: str | Promise) -> None:
    """Refuse with `message` where somebody who sees the page may not do this to it."""
    if not allowed:
        raise NotAllowed(message, code="not_allowed")


def validated(page: Any) -> None:
    """Check the page as the database and its fields want it; InvalidInput names the field."""
    try:
        page.full_clean()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise InvalidInput(
            messages[0], code="invalid", field=None if field == "__all__" else field
        ) from error


def save_revision(page: Any, actor: User) -> Revision:
    """Keep the page's content as a revision of now, by `actor`."""
    revision: Revision = page.save_revision(user=actor, log_action=True, clean=False)
    now = clock.now()
    revision.created_at = now
    Revision.objects.filter(pk=revision.pk).update(created_at=now)
    page.latest_revision_created_at = now
    KnowledgePage.objects.filter(pk=page.pk).update(latest_revision_created_at=now)
    return revision


def again(page: Any) -> KnowledgePage:
    """Return the page as the database has it now."""
    fresh: KnowledgePage = type(page).objects.get(pk=page.pk)
    return fresh
