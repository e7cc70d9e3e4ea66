"""Reads of the inbox: only one's own, and of those only what one may still see.

A notification whose subject has become invisible to its reader is in no list and no count. Every
read asks for all subjects at once, however many notifications it shows.
"""

import dataclasses
import datetime
from collections.abc import Iterable, Mapping, Sequence

from django.utils import translation

from kiplatform.accounts.access import Viewer
from kiplatform.accounts.models import User
from kiplatform.notifications.models import Inbox, MailHours, Notification, Preference
from kiplatform.notifications.registry import (
    NotificationType,
    Parameter,
    Words,
    known_types,
    types_for,
    visible_subjects,
)

# The bell shows "99+" beyond this.
MOST_COUNTED = 99
# Rows looked through for one page of the inbox, where many have become invisible.
MOST_LOOKED_THROUGH = 500


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """A notification in its reader's words."""

    public_id: str
    type: str
    title: str
    body: str
    url: str
    unread: bool
    urgent: bool
    created_at: datetime.datetime


@dataclasses.dataclass(frozen=True, slots=True)
class Choice:
    """How a person hears of one type, for the page of preferences."""

    type: NotificationType
    in_app: bool
    email: str


def words(template: Words, params: Mapping[str, Parameter], language: str) -> str:
    """Return `template` with its parameters, in `language`."""
    with translation.override(language):
        return str(template) % {key: _spoken(value, language) for key, value in params.items()}


def _spoken(value: Parameter, language: str) -> str:
    if isinstance(value, Mapping):
        return value.get(language) or next((text for text in value.values() if text), "")
    return str(value)


def still_visible(viewer: User, rows: Iterable[Notification]) -> list[Notification]:
    """Return those of the viewer's notifications that may show: known type, visible subject."""
    kept = [row for row in rows if row.type in known_types()]
    subjects = visible_subjects(viewer, {row.subject for row in kept})
    return [row for row in kept if row.subject in subjects]


def entry(row: Notification, language: str) -> Entry:
    """Return a notification in the words of `language`."""
    kind = known_types()[row.type]
    return Entry(
        public_id=row.public_id,
        type=row.type,
        title=words(kind.title, row.params, language),
        body=words(kind.body, row.params, language),
        url=row.url,
        unread=row.read_at is None,
        urgent=kind.urgent,
        created_at=row.created_at,
    )


def inbox(
    viewer: Viewer, *, limit: int = 30, before: str = "", unread_only: bool = False
) -> list[Entry]:
    """Return the viewer's notifications, newest first.

    :param limit: most entries, 1 to 100.
    :param before: public id of the entry after which to go on; empty: from the newest.
    :param unread_only: leave out what was read.
    """
    if not isinstance(viewer, User):
        return []
    rows = Notification.objects.visible_to(viewer)
    if unread_only:
        rows = rows.unread()
    if before:
        rows = rows.filter(id__lt=rows_before(viewer, before))
    language = translation.get_language() or viewer.language
    shown = still_visible(viewer, rows[:MOST_LOOKED_THROUGH])
    return [entry(row, language) for row in shown[: max(1, min(limit, 100))]]


def rows_before(viewer: User, public_id: str) -> int:
    """Return the key of the viewer's notification called `public_id`; 0 where there is none."""
    mine = Notification.objects.visible_to(viewer).filter(public_id=public_id)
    return mine.values_list("id", flat=True).first() or 0


def unread_count(viewer: Viewer) -> int:
    """Return how many visible notifications the viewer has not read, at most 100 (shown as 99+)."""
    if not isinstance(viewer, User):
        return 0
    rows = Notification.objects.visible_to(viewer).unread().only("id", "type", "subject")
    shown = still_visible(viewer, rows[:MOST_LOOKED_THROUGH])
    return min(len(shown), MOST_COUNTED + 1)


def inbox_versions(public_ids: Sequence[str]) -> dict[str, int]:
    """Return how far the live inbox of each person (public id) has got."""
    rows = Inbox.objects.filter(user__public_id__in=public_ids)
    return dict(rows.values_list("user__public_id", "version"))


def inbox_since(public_id: str, after: int, limit: int) -> list[tuple[Notification, bool]]:
    """Return the person's notifications above a version, in order, and whether each may show."""
    user = User.objects.active().filter(public_id=public_id).first()
    if user is None:
        return []
    rows = list(
        Notification.objects.filter(user=user, version__gt=after).order_by("version")[:limit]
    )
    shown = {row.pk for row in still_visible(user, rows) if row.in_app}
    return [(row, row.pk in shown) for row in rows]


def preferences(viewer: Viewer) -> list[Choice]:
    """Return how the viewer hears of each type that they can get, by the type's key."""
    if not isinstance(viewer, User):
        return []
    rows = {row.type: row for row in Preference.objects.filter(user=viewer)}
    return [
        Choice(kind, rows[kind.key].in_app, rows[kind.key].email)
        if kind.key in rows
        else Choice(kind, kind.in_app, kind.email)
        for kind in types_for(viewer)
    ]


def mail_hours(viewer: User) -> MailHours:
    """Return the viewer's quiet hours and time of summary, or the defaults, unsaved."""
    return MailHours.objects.filter(user=viewer).first() or MailHours(
        user=viewer, digest_at=datetime.time(8)
    )
