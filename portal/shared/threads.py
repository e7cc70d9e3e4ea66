"""Threads as both sides see them: one presenter, one set of templates, one set of addresses.

Guarantee: what is shown comes from `selectors.messages_of(viewer, ...)`; a citation appears only
where its reader may see what it names, asked once for each kind, and otherwise leaves no trace.

How a page shows a thread:

    conversation = threads.opened(
        request.user, thread, page_url=request.path, reply=request.GET.get("reply", "")
    )
    # in the view's context; then in its template:
    {% include "portal/shared/thread.html" %}

`thread.html` holds the list (which keeps itself up to date through the thread's channel), who is
typing, and the composer. It takes `conversation`, and optionally what components/composer.html
takes: placeholder, submit_label, recipient; and `read_only` (no composer), `note_only`,
`can_note`, `thread_note` (words in place of the composer), `empty_text`.
Only the list: {% include "portal/shared/messages.html" with messages=conversation.messages %}.
Writes go to the addresses of portal/shared/thread_views.py, which are the same for both sides:
post, edit, delete, react.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from customer_knowledge import selectors, services
from customer_knowledge.models import Attachment, Citation, Message, Thread
from customer_knowledge.thread_people import marks_of, people_of, readers_of
from kiplatform.accounts.models import User
from portal.shared import marks
from portal.shared.addresses import address_of
from portal.shared.marks import Readers
from search.sources import registry as search_sources

MessageView = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Conversation:
    """A thread for one reader.

    channel: of the websocket. version: how far `messages` goes, in the reader's own counting.
    messages: what components/message.html shows, in order. people: who can be mentioned.
    reply: the message that the composer replies to. readers: for the company's side alone.
    """

    key: str
    channel: str
    version: int
    messages: Sequence[MessageView]
    page_url: str
    post_url: str
    refresh_url: str
    people: Sequence[User]
    reply: Mapping[str, str] | None
    readers: Readers | None
    was_read: bool


def channel_of(viewer: User, thread: Thread) -> str:
    """Return the live channel on which `viewer` hears of changes of `thread`."""
    return f"{'conversation' if viewer.is_contact else 'thread'}:{thread.public_id}"


def version_of(viewer: User, thread: Thread) -> int:
    """Return the thread's version as `viewer` counts it."""
    return thread.shared_version if viewer.is_contact else thread.version


def present(viewer: User, thread: Thread, *, page_url: str, reply: str = "") -> Conversation:
    """Return `thread` for `viewer`, who must see it.

    :param page_url: path of the page that shows it; without scripts, writes lead back there.
    :param reply: public id of the message that is to be replied to; what is not there is ignored.
    """
    address = reverse("shared:thread_messages", args=[thread.public_id])
    rows = list(selectors.messages_of(viewer, thread))
    messages = present_messages(viewer, rows, page_url=page_url)
    people, marks_ = list(people_of(thread)), marks_of(thread)
    own = next((mark for mark in marks_ if mark.user_id == viewer.pk), None)
    _mark_unread(viewer, messages, own.number if own else 0)
    back = urlencode({"next": page_url})
    return Conversation(
        key=thread.public_id,
        channel=channel_of(viewer, thread),
        version=version_of(viewer, thread),
        messages=messages,
        page_url=page_url,
        post_url=f"{address}?{back}",
        refresh_url=f"{address}?{back}",
        people=[person for person in people if person.pk != viewer.pk],
        reply=_reply(viewer, next((row for row in rows if row.public_id == reply), None)),
        readers=marks.readers(viewer, thread, readers_of(viewer, people, marks_, rows)),
        was_read=own is not None and own.version >= version_of(viewer, thread),
    )


def opened(viewer: User, thread: Thread, *, page_url: str, reply: str = "") -> Conversation:
    """Return `thread` for `viewer`, who opens its page, and note that they have read it."""
    conversation = present(viewer, thread, page_url=page_url, reply=reply)
    if not conversation.was_read:
        mark_seen(viewer, thread)
    return conversation


def _mark_unread(viewer: User, messages: Sequence[dict[str, Any]], last_read: int) -> None:
    """Mark the first message that is new to `viewer`; nothing is old to who comes first."""
    fresh = (row for row in messages if row["number"] > last_read and not row["own"])
    first = next(fresh, None)
    if first is not None and last_read:
        first["is_first_unread"] = True


def mark_seen(viewer: User, thread: Thread) -> None:
    """Note that `viewer` has the thread before their eyes up to its present version."""
    services.mark_read(user=viewer, thread=thread, version=version_of(viewer, thread))


def present_messages(
    viewer: User, messages: Iterable[Message], *, page_url: str
) -> list[dict[str, Any]]:
    """Return messages as components/message.html shows them, with the citations that may show."""
    rows = list(messages)
    titles = visible_citations(viewer, [c for row in rows for c in row.citations.all()])
    return [_message(viewer, row, titles, page_url) for row in rows]


def visible_citations(viewer: User, citations: Sequence[Citation]) -> set[tuple[str, str]]:
    """Return (kind, key) of those citations that `viewer` may see; one query for each kind."""
    by_kind: dict[str, set[str]] = defaultdict(set)
    for citation in citations:
        by_kind[citation.kind].add(citation.key)
    visible: set[tuple[str, str]] = set()
    for kind, keys in by_kind.items():
        source = search_sources.get(kind)
        if source is not None:
            visible |= {(kind, key) for key in source.visible_keys(viewer, sorted(keys))}
    return visible


def _message(
    viewer: User, row: Message, visible: set[tuple[str, str]], page_url: str
) -> dict[str, Any]:
    own = row.author_id == viewer.pk
    is_answer = getattr(row, "answer", None) is not None
    back = urlencode({"next": page_url})
    reactions = marks.reactions_of(viewer, row) if row.deleted_at is None else []
    changeable = own and row.deleted_at is None and not is_opening(row)
    return {
        "public_id": row.public_id,
        "client_id": row.client_id if own else "",
        "author_name": _name(row.author),
        "author_key": row.author.public_id if row.author else "",
        "role": _role(viewer, row.author),
        "text": row.text,
        "words": marks.words_of(viewer, row),
        "number": row.number,
        "language": row.language,
        "at": row.sent_at,
        "own": own,
        # Among colleagues everything is internal; saying so at each message would say nothing.
        "internal": row.audience == Message.Audience.INTERNAL
        and row.thread.kind == Thread.Kind.CUSTOMER,
        "is_answer": is_answer,
        "is_standing": is_answer and row.answer.is_standing,
        "edited": row.edited_at is not None,
        "deleted": row.deleted_at is not None,
        "version": row.shared_version if viewer.is_contact else row.version,
        "citations": [
            _citation(viewer, c) for c in row.citations.all() if (c.kind, c.key) in visible
        ],
        "attachments": [_attachment(file) for file in row.attachments.all()],
        "reply_to": _reply(viewer, row.reply_to),
        "reply_url": _reply_url(row, page_url),
        "reactions": reactions,
        "has_reactions": any(reaction["names"] for reaction in reactions),
        "react_url": f"{reverse('shared:message_react', args=[row.public_id])}?{back}",
        "edit_url": f"{reverse('shared:message_edit', args=[row.public_id])}?{back}"
        if changeable
        else "",
        "delete_url": f"{reverse('shared:message_delete', args=[row.public_id])}?{back}"
        if changeable and not is_answer
        else "",
    }


def is_opening(message: Message) -> bool:
    """Tell whether a message says what its thread is about.

    It repeats a question or a comment, so it is not changed behind that one's back.
    """
    return message.number == 1 and message.author is not None and message.author.is_contact


def _name(author: User | None) -> str:
    return author.name if author else _("Somebody who has left")


def _role(viewer: User, author: User | None) -> str:
    """Say on whose side a writer stands, where the reader stands on the other."""
    if author is None or author.kind == viewer.kind:
        return ""
    return _("your manager") if viewer.is_contact else _("customer")


def _citation(viewer: User, citation: Citation) -> dict[str, str]:
    return {
        "title": citation.title,
        "url": address_of(viewer, citation.kind, citation.key),
    }


def _attachment(file: Attachment) -> dict[str, Any]:
    return {
        "name": file.name,
        "url": reverse("shared:attachment", args=[file.public_id]),
        "size": file.size,
    }


def _reply(viewer: User, message: Message | None) -> dict[str, str] | None:
    if message is None or message.deleted_at is not None:
        return None
    if viewer.is_contact and message.audience != Message.Audience.CUSTOMER:
        return None
    return {
        "public_id": message.public_id,
        "author_name": _name(message.author),
        "text": message.text,
    }


def _reply_url(row: Message, page_url: str) -> str:
    """Return where a reply to a message is written without scripts; "" where nothing is added."""
    if row.deleted_at is not None or row.thread.closed_at is not None:
        return ""
    joint = "&" if "?" in page_url else "?"
    return f"{page_url}{joint}{urlencode({'reply': row.public_id})}#composer"
