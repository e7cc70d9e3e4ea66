"""The people of a thread: who takes part, who can be mentioned, and how far each has read.

Guarantee: only people who see the thread now are named.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from customer_knowledge.models import Message, ReadMark, Thread
from kiplatform.accounts.models import User


def people_of(thread: Thread) -> QuerySet[User]:
    """Return who takes part: the members, or the customer's managers and contacts, by name."""
    if thread.customer_id is None:
        rows = User.objects.filter(
            kind=User.Kind.STAFF, memberships__thread=thread, memberships__left_at=None
        )
    else:
        managers = Q(
            is_sales_manager=True,
            assignments__customer=thread.customer_id,
            assignments__ended_at=None,
        )
        contacts = Q(contact__customer=thread.customer_id, contact__is_active=True)
        rows = User.objects.filter(managers | contacts)
    return rows.filter(is_active=True).distinct().order_by("name", "pk")


def mentionable(thread: Thread, *, internal: bool) -> QuerySet[User]:
    """Return who can be mentioned in a message; a note that contacts do not see names none."""
    rows = people_of(thread)
    return rows.filter(kind=User.Kind.STAFF) if internal else rows


def marks_of(thread: Thread) -> list[ReadMark]:
    """Return how far people have read a thread, with the people."""
    return list(ReadMark.objects.filter(thread=thread).select_related("user"))


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody other than the viewer, and the last message that they have had before them."""

    user: User
    last: Message | None
    is_up_to_date: bool


def readers_of(
    viewer: User,
    people: Iterable[User],
    marks: Iterable[ReadMark],
    messages: Sequence[Message],
) -> list[Reader]:
    """Return how far everybody else has read: who takes part, and administrators who looked in.

    Reads nothing itself; made of what a page has loaded.

    :param messages: all of the thread, in order, as the company's side sees them.
    """
    numbers = {mark.user_id: mark.number for mark in marks}
    overseers = [m.user for m in marks if m.user.is_administrator and m.user.is_active]
    everybody = {user.pk: user for user in [*people, *overseers] if user.pk != viewer.pk}
    found = [_reader(user, messages, numbers.get(user.pk, 0)) for user in everybody.values()]
    return [reader for reader in found if not _wrote_the_last_word(reader)]


def _wrote_the_last_word(reader: Reader) -> bool:
    """Tell whether it goes without saying that somebody has read to the end."""
    own = reader.last is not None and reader.last.author_id == reader.user.pk
    return own and reader.is_up_to_date


def _reader(user: User, messages: Sequence[Message], number: int) -> Reader:
    theirs = [
        row for row in messages if not user.is_contact or row.audience == Message.Audience.CUSTOMER
    ]
    read = [row for row in theirs if row.number <= number]
    return Reader(user, read[-1] if read else None, len(read) == len(theirs))
