"""E-mail of notifications: from rows that wait, in the reader's language, at least once.

A delivery is claimed for a few minutes, sent outside of any transaction, and marked. A process
killed in between leaves it to the next one, so nobody goes without, and at worst somebody gets a
second copy with the same Message-ID. Before sending, the database is asked again whether the
reader may still see what the e-mail is about. Addresses and words never reach the log.
"""

import dataclasses
import logging
import smtplib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import models
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext, ngettext

from kiplatform.accounts.models import User
from kiplatform.core import clock
from kiplatform.core.ids import new_public_id
from kiplatform.notifications.models import EmailDelivery
from kiplatform.notifications.selectors import Entry, entry, still_visible

logger = logging.getLogger(__name__)

BATCH = 100
CLAIM = timedelta(minutes=5)
MOST_ATTEMPTS = 10
LONGEST_SUBJECT = 150
MOST_IN_DIGEST = 50


@dataclasses.dataclass(frozen=True, slots=True)
class Sent:
    """What one round did: e-mails sent and to be tried again, deliveries no longer wanted."""

    sent: int
    failed: int
    dropped: int


def send_due() -> Sent:
    """Send every e-mail that is due, and return what happened."""
    sent = failed = dropped = 0
    while claimed := _claim():
        for user, deliveries in _letters(claimed):
            wanted = _still_wanted(user, deliveries)
            _end([row for row in deliveries if row not in wanted], "not_wanted")
            dropped += len(deliveries) - len(wanted)
            if not wanted:
                continue
            if _send(user, wanted):
                sent += 1
            else:
                failed += 1
    return Sent(sent, failed, dropped)


def due(now: datetime) -> models.QuerySet[EmailDelivery]:
    """Return the deliveries that are due and that nobody is sending."""
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    return EmailDelivery.objects.filter(free, ended_at=None, due_at__lte=now)


def _claim() -> list[EmailDelivery]:
    """Claim some due deliveries, so that no other process sends them meanwhile."""
    now, claim = clock.now(), new_public_id()
    ids = list(due(now).order_by("due_at", "id").values_list("id", flat=True)[:BATCH])
    if not ids:
        return []
    due(now).filter(id__in=ids).update(claim=claim, claimed_until=now + CLAIM)
    mine = EmailDelivery.objects.filter(claim=claim, ended_at=None).order_by("id")
    return list(mine.select_related("notification__user"))


def _letters(claimed: Iterable[EmailDelivery]) -> list[tuple[User, list[EmailDelivery]]]:
    """Return who gets which deliveries in one e-mail: each alone, or all of a person's summary."""
    letters: list[tuple[User, list[EmailDelivery]]] = []
    summaries: dict[int, list[EmailDelivery]] = {}
    for row in claimed:
        user = row.notification.user
        if not row.digest:
            letters.append((user, [row]))
        elif user.pk in summaries:
            summaries[user.pk].append(row)
        else:
            summaries[user.pk] = [row]
            letters.append((user, summaries[user.pk]))
    return letters


def _still_wanted(user: User, rows: Sequence[EmailDelivery]) -> list[EmailDelivery]:
    """Leave out what was read in the app meanwhile, or may no longer be seen."""
    if not user.is_active:
        return []
    unread = [row for row in rows if row.notification.read_at is None]
    visible = {row.pk for row in still_visible(user, [row.notification for row in unread])}
    return [row for row in unread if row.notification_id in visible]


def _send(user: User, rows: Sequence[EmailDelivery]) -> bool:
    """Send one e-mail and mark its deliveries; False where it has to be tried again."""
    message = letter(user, rows)
    try:
        _connection().send_messages([message])
    except (OSError, smtplib.SMTPException) as error:
        logger.warning("e-mail %s was not sent: %s", rows[0].public_id, type(error).__name__)
        for row in rows:
            _postpone(row, type(error).__name__)
        return False
    _end(rows, "sent")
    return True


def _connection() -> BaseEmailBackend:
    return get_connection(timeout=20) if "smtp" in settings.EMAIL_BACKEND else get_connection()


def _postpone(row: EmailDelivery, error: str) -> None:
    """Try again after a minute, doubled with each failure; give up after the last attempt."""
    row.attempts += 1
    row.outcome = error
    row.due_at = clock.now() + timedelta(minutes=2 ** (row.attempts - 1))
    row.claimed_until = None
    if row.attempts >= MOST_ATTEMPTS:
        row.ended_at = clock.now()
    row.save(update_fields=["attempts", "outcome", "due_at", "claimed_until", "ended_at"])


def _end(rows: Sequence[EmailDelivery], outcome: str) -> None:
    now = clock.now()
    EmailDelivery.objects.filter(pk__in=[row.pk for row in rows]).update(
        ended_at=now, updated_at=now, outcome=outcome
    )


def letter(user: User, rows: Sequence[EmailDelivery]) -> EmailMessage:
    """Return the e-mail about `rows` in the reader's language, as plain text with full links."""
    with translation.override(user.language):
        entries = [entry(row.notification, user.language) for row in rows[:MOST_IN_DIGEST]]
        subject = entries[0].title
        if rows[0].digest:
            subject = ngettext(
                "%(count)d thing waits for you", "%(count)d things wait for you", len(rows)
            ) % {"count": len(rows)}
        host = urlsplit(settings.SITE_URL).hostname or "localhost"
        return EmailMessage(
            subject=one_line(subject),
            body="\n\n".join([*map(_paragraph, entries), _ending()]),
            to=[user.email],
            headers={
                "Message-ID": f"<{rows[0].public_id}@{host}>",
                "Auto-Submitted": "auto-generated",
            },
        )


def _paragraph(item: Entry) -> str:
    link = settings.SITE_URL + item.url
    return "\n".join(filter(None, [one_line(item.title), item.body.strip(), link]))


def _ending() -> str:
    return "-- \n" + gettext(
        "You can choose which e-mail you get, and when, in your notification settings."
    )


def one_line(text: str) -> str:
    """Return `text` without line breaks and control characters, cut to a subject's length."""
    line = "".join(c if c.isprintable() else " " for c in text)
    line = " ".join(line.split())
    return line if len(line) <= LONGEST_SUBJECT else line[: LONGEST_SUBJECT - 1] + "…"
