"""What stands around the words of a message: reactions, names of people, who has read so far.

Guarantee: it is made from rows that the viewer sees; who has read what is the company's side's to
know, so a contact is shown nothing of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.urls import reverse

from customer_knowledge import policies
from customer_knowledge.mentions import segments
from customer_knowledge.models import Message, Reaction, Thread
from customer_knowledge.thread_people import Reader
from kiplatform.accounts.models import User

REACTION_ICONS = {
    Reaction.Kind.ENDORSE: "thumb-up",
    Reaction.Kind.OBJECT: "thumb-down",
    Reaction.Kind.ME_TOO: "plus",
}


def words_of(viewer: User, row: Message) -> list[dict[str, Any]]:
    """Return the text in parts; a part that names somebody who is mentioned says so."""
    names = {user.name for user in row.mentions.all()}
    return [
        {"text": text, "mention": bool(name), "me": name.casefold() == viewer.name.casefold()}
        for text, name in segments(row.text, names)
    ]


def reactions_of(viewer: User, row: Message) -> list[dict[str, Any]]:
    """Return each kind of reaction that was given or may be: who gave it, whether one may."""
    open_to = policies.reactions_to(viewer, row) if row.thread.closed_at is None else frozenset()
    given: dict[str, list[User]] = {}
    for reaction in row.reactions.all():
        given.setdefault(reaction.kind, []).append(reaction.user)
    return [
        {
            "kind": kind.value,
            "label": kind.label,
            "icon": REACTION_ICONS[kind],
            "names": [user.name for user in given.get(kind.value, ())],
            "mine": viewer in given.get(kind.value, ()),
            "open": kind.value in open_to,
        }
        for kind in Reaction.Kind
        if kind.value in given or kind.value in open_to
    ]


@dataclass(frozen=True, slots=True)
class Behind:
    """People whose last read message is the same, not the newest one."""

    message: str
    at: datetime
    names: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Readers:
    """Who has read a thread to its end, who up to where, and who has not opened it."""

    channel: str
    version: int
    url: str
    up_to_date: Sequence[str]
    behind: Sequence[Behind]
    unopened: Sequence[str]


def readers(viewer: User, thread: Thread, read_so_far: Iterable[Reader]) -> Readers | None:
    """Return how far the others have read; None for a contact."""
    if viewer.is_contact:
        return None
    up_to_date: list[str] = []
    unopened: list[str] = []
    behind: dict[int, Behind] = {}
    for reader in read_so_far:
        if reader.last is None:
            unopened.append(reader.user.name)
        elif reader.is_up_to_date:
            up_to_date.append(reader.user.name)
        else:
            last = reader.last
            place = behind.setdefault(last.number, Behind(last.public_id, last.sent_at))
            place.names.append(reader.user.name)
    return Readers(
        channel=f"reads:{thread.public_id}",
        version=thread.read_version,
        url=reverse("shared:thread_readers", args=[thread.public_id]),
        up_to_date=up_to_date,
        behind=[behind[number] for number in sorted(behind, reverse=True)],
        unopened=unopened if thread.version else [],
    )
