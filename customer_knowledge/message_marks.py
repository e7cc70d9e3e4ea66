"""What stands beside a message's words in frames and in the API: reply, mentions, reactions.

Everything is named by public ids, and what one side does not see is named nowhere.
"""

from typing import TypedDict

from customer_knowledge.models import Message


class Marks(TypedDict):
    """Public ids: of a message ("" for none), of people, and of people by kind of reaction."""

    reply_to: str
    mentions: list[str]
    reactions: dict[str, list[str]]


def marks_of(row: Message, *, for_contact: bool) -> Marks:
    """Return the marks of a message as one side may see them.

    :param for_contact: a contact is not told that a message replies to an internal note.
    """
    reactions: dict[str, list[str]] = {}
    for reaction in row.reactions.all():
        reactions.setdefault(reaction.kind, []).append(reaction.user.public_id)
    return {
        "reply_to": _replied(row, for_contact=for_contact),
        "mentions": sorted(user.public_id for user in row.mentions.all()),
        "reactions": {kind: sorted(people) for kind, people in sorted(reactions.items())},
    }


def _replied(row: Message, *, for_contact: bool) -> str:
    """Return the id of the message that is replied to, where this side sees it."""
    replied = row.reply_to
    if replied is None or replied.deleted_at is not None:
        return ""
    hidden = for_contact and replied.audience != Message.Audience.CUSTOMER
    return "" if hidden else replied.public_id
