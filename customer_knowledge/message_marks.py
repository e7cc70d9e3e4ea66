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
    """Return the marks of a message as one side may see them."""
    return {
        "reply_to": replied_to(row, for_contact=for_contact),
        "mentions": mentioned_in(row),
        "reactions": reactions_of(row),
    }


def replied_to(row: Message, *, for_contact: bool) -> str:
    """Return the id of the message that is replied to, where this side sees it.

    :param for_contact: a contact is not told that a message replies to an internal note.
    """
    replied = row.reply_to
    if replied is None or replied.deleted_at is not None:
        return ""
    hidden = for_contact and replied.audience != Message.Audience.CUSTOMER
    return "" if hidden else replied.public_id


def mentioned_in(row: Message) -> list[str]:
    """Return the people whom a message names."""
    return sorted(user.public_id for user in row.mentions.all())


def reactions_of(row: Message) -> dict[str, list[str]]:
    """Return who reacted to a message, by kind of reaction."""
    reactions: dict[str, list[str]] = {}
    for reaction in row.reactions.all():
        reactions.setdefault(reaction.kind, []).append(reaction.user.public_id)
    return {kind: sorted(people) for kind, people in sorted(reactions.items())}
