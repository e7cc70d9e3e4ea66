"""The doors for writes: notify people, mark as read, set preferences.

Somebody is told of an event once, whatever is repeated: a second call with the same person, type
and event changes nothing. Texts are rendered when they are shown or sent, in the reader's
language, so a notification stores parameters and no sentences.
"""

import dataclasses
import datetime
import uuid
from collections.abc import Iterable, Mapping, Sequence

from django.db import transaction
from django.db.models import F, Max, Min
from django.utils.translation import gettext as _

from kiplatform.accounts.models import User
from kiplatform.core import clock
from kiplatform.core.errors import InvalidInput, NotFound
from kiplatform.events.services import record
from kiplatform.notifications.events import NotificationRead, NotificationSent
from kiplatform.notifications.hours import due_time
from kiplatform.notifications.models import (
    EmailChoice,
    EmailDelivery,
    Inbox,
    MailHours,
    Notification,
    Preference,
)
from kiplatform.notifications.registry import (
    NotificationType,
    Parameter,
    split_subject,
    type_named,
    visible_subjects,
)

# People whose ids fit into one event and one statement.
PEOPLE_AT_ONCE = 200


@dataclasses.dataclass(frozen=True, slots=True)
class _News:
    """What is to be told, the same for everybody."""

    type: NotificationType
    subject: str
    params: Mapping[str, Parameter]
    url: str
    event_id: uuid.UUID


def notify(
    user: User,
    type: str,
    *,
    subject: str,
    params: Mapping[str, Parameter],
    url: str,
    event_id: uuid.UUID,
) -> Notification | None:
    """Tell one person, once for each event; see `notify_all`.

    :return: the notification, or None where the person wants none of this type.
    """
    notify_all([user], type, subject=subject, params=params, url=url, event_id=event_id)
    return Notification.objects.filter(user=user, type=type, event_id=event_id).first()


@transaction.atomic
def notify_all(
    users: Iterable[User],
    type: str,
    *,
    subject: str,
    params: Mapping[str, Parameter],
    url: str,
    event_id: uuid.UUID,
) -> int:
    """Tell several people the same, each once for each event.

    :param users: who; people who may no longer sign in are passed over.
    :param type: key of a registered type.
    :param subject: what it is about, "kind:public_id" of a registered kind, or "" if nothing that
        could become invisible.
    :param params: what the type's templates name.
    :param url: the exact place, as a path on this site.
    :param event_id: the event that causes it.
    :return: how many were told that had not been told before.
    :raises KeyError: the type or a parameter of its templates is missing.
    :raises ValueError: the subject's kind is not registered, or the address leaves this site.
    """
    news = _News(type_named(type), subject, dict(params), url, event_id)
    _check(news)
    people = list({user.pk: user for user in users if user.is_active}.values())
    return sum(
        _tell(people[start : start + PEOPLE_AT_ONCE], news)
        for start in range(0, len(people), PEOPLE_AT_ONCE)
    )


def _check(news: _News) -> None:
    split_subject(news.subject)
    if not news.url.startswith("/") or news.url.startswith(("//", "/\\")) or len(news.url) > 300:
        raise ValueError("a notification leads to a path on this site")
    if not news.url.isprintable() or " " in news.url:
        raise ValueError("a notification's address holds no white space")
    for template in (news.type.title, news.type.body):
        str(template) % news.params


def _tell(users: Sequence[User], news: _News) -> int:
    choices = _choices(users, news.type)
    told = set(
        Notification.objects.filter(
            user__in=users, type=news.type.key, event_id=news.event_id
        ).values_list("user_id", flat=True)
    )
    wanted = [u for u in users if u.pk not in told and choices[u.pk] != (False, EmailChoice.OFF)]
    if not wanted:
        return 0
    versions = _next_versions(wanted)
    rows = Notification.objects.bulk_create(
        [
            Notification(
                user=user,
                type=news.type.key,
                subject=news.subject,
                params=news.params,
                url=news.url,
                event_id=news.event_id,
                in_app=choices[user.pk][0],
                version=versions[user.pk],
            )
            for user in wanted
        ]
    )
    _plan_mail(wanted, rows, choices, news.type)
    event = NotificationSent(users=tuple(user.public_id for user in wanted))
    record(event, actor=None, subject=news.subject)
    return len(rows)


def _choices(users: Sequence[User], type: NotificationType) -> dict[int, tuple[bool, str]]:
    """Return, for each person, whether it shows in the app and when it is mailed."""
    choices: dict[int, tuple[bool, str]] = {u.pk: (type.in_app, type.email) for u in users}
    rows = Preference.objects.filter(user__in=users, type=type.key)
    choices.update(
        (user_id, (in_app, email))
        for user_id, in_app, email in rows.values_list("user_id", "in_app", "email")
    )
    return choices


def _next_versions(users: Sequence[User]) -> dict[int, int]:
    """Take the next version of each inbox; the rows stay locked until the transaction ends."""
    Inbox.objects.bulk_create([Inbox(user=user) for user in users], ignore_conflicts=True)
    inboxes = Inbox.objects.filter(user__in=users)
    # In one order everywhere, so that two transactions never wait for each other's rows.
    list(inboxes.order_by("user_id").select_for_update().values_list("user_id"))
    inboxes.update(version=F("version") + 1)
    return dict(inboxes.values_list("user_id", "version"))


def _plan_mail(
    users: Sequence[User],
    rows: Sequence[Notification],
    choices: Mapping[int, tuple[bool, str]],
    type: NotificationType,
) -> None:
    hours = MailHours.objects.in_bulk([user.pk for user in users])
    EmailDelivery.objects.bulk_create(
        [
            EmailDelivery(
                notification=row,
                digest=choices[user.pk][1] == EmailChoice.DIGEST,
                due_at=due_time(
                    clock.now(),
                    user.timezone,
                    hours.get(user.pk),
                    digest=choices[user.pk][1] == EmailChoice.DIGEST,
                    urgent=type.urgent,
                ),
            )
            for user, row in zip(users, rows, strict=True)
            if choices[user.pk][1] != EmailChoice.OFF
        ]
    )


@transaction.atomic
def mark_read(actor: User, *, public_id: str) -> Notification:
    """Mark one of the actor's notifications as read; nothing changes where it was read before.

    :raises NotFound: the actor has no such notification.
    """
    notification = Notification.objects.visible_to(actor).filter(public_id=public_id).first()
    if notification is None or notification.subject not in visible_subjects(
        actor, [notification.subject]
    ):
        raise NotFound()
    if notification.read_at is None:
        notification.version = _next_versions([actor])[actor.pk]
        notification.read_at = clock.now()
        notification.save(update_fields=["version", "read_at"])
        _announce_read(actor)
    return notification


@transaction.atomic
def mark_all_read(actor: User) -> int:
    """Mark all of the actor's notifications as read, and return how many were not yet."""
    unread = Notification.objects.visible_to(actor).unread()
    if not unread.exists():
        return 0
    _next_versions([actor])
    inbox = Inbox.objects.get(user=actor)
    span = unread.aggregate(first=Min("id"), last=Max("id"))
    if span["first"] is None:
        return 0
    # Keys are unique and rise, so their distances give each row a version of its own, in order.
    now = clock.now()
    base = inbox.version - span["first"]
    count = unread.update(version=F("id") + base, read_at=now, updated_at=now)
    inbox.version += span["last"] - span["first"]
    inbox.save(update_fields=["version"])
    _announce_read(actor)
    return count


def _announce_read(actor: User) -> None:
    record(NotificationRead(user=actor.public_id), actor=actor, subject=f"user:{actor.public_id}")


def preferences_set(actor: User, *, type: str, in_app: bool, email: str) -> Preference:
    """Set how the actor hears of one type.

    :param email: "at_once", "digest" or "off".
    :raises InvalidInput: there is no such type for this person, or no such choice.
    """
    try:
        entry = type_named(type)
    except KeyError:
        entry = None
    if entry is None or not entry.is_for(actor):
        raise InvalidInput(_("There is no such notification."), code="unknown_type", field="type")
    if email not in EmailChoice.values:
        raise InvalidInput(_("Choose when you want e-mail."), code="unknown_choice", field="email")
    preference, _created = Preference.objects.update_or_create(
        user=actor, type=type, defaults={"in_app": in_app, "email": email}
    )
    return preference


def mail_hours_set(
    actor: User,
    *,
    quiet_from: datetime.time | None,
    quiet_until: datetime.time | None,
    digest_at: datetime.time,
) -> MailHours:
    """Set the actor's quiet hours and the time of the daily summary, in their own time zone.

    :raises InvalidInput: one end of the quiet hours is missing, or both are the same.
    """
    if (quiet_from is None) != (quiet_until is None):
        raise InvalidInput(
            _("Quiet hours need a beginning and an end."), code="half", field="quiet_until"
        )
    if quiet_from is not None and quiet_from == quiet_until:
        raise InvalidInput(
            _("Quiet hours cannot end when they begin."), code="same", field="quiet_until"
        )
    hours, _created = MailHours.objects.update_or_create(
        user=actor,
        defaults={"quiet_from": quiet_from, "quiet_until": quiet_until, "digest_at": digest_at},
    )
    return hours
