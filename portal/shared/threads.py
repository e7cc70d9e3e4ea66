"""Threads as both sides see them: one presenter, one set of templates, one set of addresses.

Guarantee: what is shown comes from `selectors.messages_of(viewer, ...)`; a citation appears only
where its reader may see what it names, asked once for each kind, and otherwise leaves no trace.

How a page shows a thread:

    conversation = threads.present(request.user, thread, page_url=request.path)
    # in the view's context; then in its template:
    {% include "portal/shared/thread.html" %}

`thread.html` holds the list (which keeps itself up to date through the thread's channel), who is
typing, and the composer. It takes `conversation`, and optionally what components/composer.html
takes: placeholder, submit_label, recipient; and `read_only` (no composer), `note_only`,
`can_note`, `thread_note` (words in place of the composer), `empty_text`.
Only the list: {% include "portal/shared/messages.html" with messages=conversation.messages %}.
Writes go to the addresses of portal/shared/thread_views.py, which are the same for both sides:
post, edit, delete. A page that is opened marks the thread as read with `threads.mark_seen`.
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
from kiplatform.accounts.models import User
from portal.shared.addresses import address_of
from search.sources import registry as search_sources

MessageView = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Conversation:
    """A thread for one reader.

    channel: of the websocket. version: how far `messages` goes, in the reader's own counting.
    messages: what components/message.html shows, in order.
    """

    key: str
    channel: str
    version: int
    messages: Sequence[MessageView]
    post_url: str
    refresh_url: str


def channel_of(viewer: User, thread: Thread) -> str:
    """Return the live channel on which `viewer` hears of changes of `thread`."""
    return f"{'conversation' if viewer.is_contact else 'thread'}:{thread.public_id}"


def version_of(viewer: User, thread: Thread) -> int:
    """Return the thread's version as `viewer` counts it."""
    return thread.shared_version if viewer.is_contact else thread.version


def present(viewer: User, thread: Thread, *, page_url: str) -> Conversation:
    """Return `thread` for `viewer`, who must see it.

    :param page_url: path of the page that shows it; without scripts, writes lead back there.
    """
    address = reverse("shared:thread_messages", args=[thread.public_id])
    return Conversation(
        key=thread.public_id,
        channel=channel_of(viewer, thread),
        version=version_of(viewer, thread),
        messages=present_messages(viewer, selectors.messages_of(viewer, thread), page_url=page_url),
        post_url=f"{address}?{urlencode({'next': page_url})}",
        refresh_url=f"{address}?{urlencode({'next': page_url})}",
    )


def mark_seen(viewer: User, thread: Thread) -> None:
    """Note that `viewer` has the thread before their eyes up to its present version."""
    services.mark_read(user=viewer, thread=thread, version=version_of(viewer, thread))


def present_messages(
    viewer: User, messages: Iterable[Message], *, page_url: str
) -> list[MessageView]:
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
) -> MessageView:
    own = row.author_id == viewer.pk
    is_answer = getattr(row, "answer", None) is not None
    back = urlencode({"next": page_url})
    changeable = own and row.deleted_at is None and not is_opening(row)
    return {
        "public_id": row.public_id,
        "client_id": row.client_id if own else "",
        "author_name": _name(row.author),
        "author_key": row.author.public_id if row.author else "",
        "role": _role(viewer, row.author),
        "text": row.text,
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
    return {"author_name": _name(message.author), "text": message.text}
