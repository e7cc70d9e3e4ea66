"""Messages: posted once however often they are sent, edited with history, deleted with a trace."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from customer_knowledge import policies
from customer_knowledge.events import (
    KnowledgeCited,
    MessageChanged,
    MessagePosted,
    PeopleMentioned,
    ThreadMembershipChanged,
)
from customer_knowledge.language import language_of
from customer_knowledge.mentions import named_in
from customer_knowledge.models import (
    Attachment,
    Citation,
    Customer,
    Message,
    MessageRevision,
    Thread,
    ThreadMember,
)
from customer_knowledge.services.read_marks import mark_own
from customer_knowledge.thread_people import mentionable
from kiplatform.accounts.models import User
from kiplatform.core import clock
from kiplatform.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from kiplatform.core.text import clean_text
from kiplatform.events.services import record
from search.sources import registry as search_sources

MAX_CLIENT_ID = 40
MAX_CITATIONS = 10


@dataclass(frozen=True, slots=True)
class Cited:
    """Knowledge that an answer stands on, as search names it: its kind and its key."""

    kind: str
    key: str


def check_client_id(client_id: str) -> str:
    """Return the id that a browser gave to a write, so that sending it twice stores it once.

    :raises InvalidInput: it is empty or longer than 40 characters.
    """
    if not 0 < len(client_id) <= MAX_CLIENT_ID:
        raise InvalidInput(
            _("This form is out of date. Reload the page and send again."), code="client_id"
        )
    return client_id


def thread_for_customer(customer: Customer) -> Thread:
    """Open a thread between a customer's contacts and its managers."""
    return Thread.objects.create(kind=Thread.Kind.CUSTOMER, customer=customer)


@transaction.atomic
def thread_open_for_case(*, actor: User) -> Thread:
    """Open a thread among colleagues, with `actor` as its first member."""
    thread = Thread.objects.create(kind=Thread.Kind.CASE)
    ThreadMember.objects.create(thread=thread, user=actor)
    return thread


@transaction.atomic
def thread_close(*, thread: Thread) -> None:
    """End a colleagues' thread: it can be read, and nothing is added."""
    Thread.objects.filter(pk=thread.pk, closed_at=None).update(closed_at=clock.now())


@transaction.atomic
def thread_member_add(*, actor: User | None, thread: Thread, user: User) -> None:
    """Let a staff member take part in a colleagues' thread; no effect if they already do."""
    member, created = ThreadMember.objects.get_or_create(thread=thread, user=user)
    if not created and member.left_at is None:
        return
    member.left_at = None
    member.save(update_fields=["left_at"])
    _announce_membership(actor, thread, user, joined=True)


@transaction.atomic
def thread_member_remove(*, actor: User | None, thread: Thread, user: User) -> None:
    """End a member's part in a colleagues' thread; what follows does not reach them."""
    ended = ThreadMember.objects.filter(thread=thread, user=user, left_at=None).update(
        left_at=clock.now()
    )
    if ended:
        _announce_membership(actor, thread, user, joined=False)


def _announce_membership(actor: User | None, thread: Thread, user: User, *, joined: bool) -> None:
    record(
        ThreadMembershipChanged(thread=thread.public_id, user=user.public_id, joined=joined),
        actor=actor,
        subject=f"thread:{thread.public_id}",
    )


@transaction.atomic
def message_post(
    *,
    actor: User,
    thread: Thread,
    text: str,
    client_id: str,
    internal: bool = False,
    reply_to: Message | None = None,
    citations: Sequence[Cited] = (),
    attachments: Sequence[Attachment] = (),
    mentions: Sequence[User] = (),
) -> Message:
    """Post a message into a thread, once for a given `client_id`.

    :param internal: a note that the customer never sees; always so among colleagues.
    :param mentions: who is meant where several people have the name that stands after an @.
    :raises NotFound: the actor does not see the thread.
    :raises NotAllowed: a contact tries to write an internal note.
    :raises Conflict: the thread is closed.
    :raises InvalidInput: the text is empty or too long, or a citation is not to be seen.
    """
    visible = Thread.objects.visible_to(actor).filter(pk=thread.pk)
    held = visible.select_for_update().first()
    if held is None:
        raise NotFound()
    thread = held
    internal = internal or thread.kind == Thread.Kind.CASE
    if not policies.may_post(actor, internal=internal):
        raise NotAllowed(_("You cannot write here."))
    check_client_id(client_id)
    sent = Message.objects.filter(thread=thread, author=actor, client_id=client_id).first()
    if sent is not None:
        return sent
    if thread.closed_at is not None:
        raise Conflict(_("This conversation has ended. Nothing was sent."), code="closed")
    cleaned = clean_text(text, field="text", required=not attachments)
    if reply_to is not None and reply_to.thread_id != thread.pk:
        raise InvalidInput(_("The message that you reply to is not here."), field="reply_to")
    cited = check_citations(actor, citations)
    return _post(
        thread=thread,
        actor=actor,
        text=cleaned,
        client_id=client_id,
        audience=Message.Audience.INTERNAL if internal else Message.Audience.CUSTOMER,
        reply_to=reply_to,
        cited=cited,
        attachments=attachments,
        mentions=mentions,
    )


def _post(
    *,
    thread: Thread,
    actor: User,
    text: str,
    client_id: str,
    audience: str,
    reply_to: Message | None,
    cited: Sequence[Citation],
    attachments: Sequence[Attachment],
    mentions: Sequence[User],
) -> Message:
    shared = audience == Message.Audience.CUSTOMER
    thread.read_version += 1
    version = _next_version(thread, shared=shared)
    message = Message.objects.create(
        thread=thread,
        author=actor,
        audience=audience,
        text=text,
        language=language_of(text, otherwise=actor.language),
        reply_to=reply_to,
        client_id=client_id,
        number=version,
        version=version,
        shared_version=thread.shared_version if shared else 0,
    )
    for citation in cited:
        citation.message = message
    Citation.objects.bulk_create(cited)
    if attachments:
        _attach(message, actor, attachments)
    record(
        MessagePosted(
            thread=thread.public_id,
            message=message.public_id,
            version=version,
            shared_version=message.shared_version,
        ),
        actor=actor,
        subject=f"thread:{thread.public_id}",
    )
    if "@" in text:
        _mention(message, actor, mentions)
    if shared:
        for citation in cited:
            record(
                KnowledgeCited(kind=citation.kind, key=citation.key, message=message.public_id),
                actor=actor,
                subject=f"{citation.kind}:{citation.key}",
            )
    mark_own(actor, message, thread)
    return message


def _mention(message: Message, actor: User, chosen: Sequence[User]) -> None:
    """Keep who is named in the message, and announce those who were not named before."""
    internal = message.audience == Message.Audience.INTERNAL
    people = mentionable(message.thread, internal=internal).exclude(pk=actor.pk)
    named = named_in(message.text, people, {user.pk for user in chosen})
    before = set(message.mentions.values_list("pk", flat=True))
    message.mentions.set(named)
    fresh = tuple(user.public_id for user in named if user.pk not in before)
    if fresh:
        record(
            PeopleMentioned(
                thread=message.thread.public_id, message=message.public_id, users=fresh
            ),
            actor=actor,
            subject=f"thread:{message.thread.public_id}",
        )


def _next_version(thread: Thread, *, shared: bool) -> int:
    """Raise the versions of a thread whose row the transaction holds."""
    thread.version += 1
    thread.shared_version += shared
    thread.last_message_at = clock.now()
    thread.save(update_fields=["version", "shared_version", "read_version", "last_message_at"])
    return thread.version


def _attach(message: Message, actor: User, attachments: Sequence[Attachment]) -> None:
    keys = [attachment.pk for attachment in attachments]
    taken = Attachment.objects.filter(pk__in=keys, uploader=actor, message=None).update(
        message=message
    )
    if taken != len(keys):
        raise InvalidInput(_("An attached file is gone. Attach it again."), field="attachments")


def check_citations(actor: User, citations: Sequence[Cited]) -> list[Citation]:
    """Return unsaved citations of knowledge that `actor` sees, each once, in the given order.

    :raises InvalidInput: there are more than 10, or one of them is not to be seen.
    """
    wanted = list(dict.fromkeys(citations))
    if len(wanted) > MAX_CITATIONS:
        raise InvalidInput(
            _("At most %(limit)d pieces of knowledge can be cited.") % {"limit": MAX_CITATIONS},
            field="citations",
        )
    titles: dict[Cited, str] = {}
    for kind in {cited.kind for cited in wanted}:
        keys = [cited.key for cited in wanted if cited.kind == kind]
        source = search_sources.get(kind)
        if source is None:
            continue
        visible = source.visible_keys(actor, keys)
        for document in source.load(sorted(visible)):
            titles[Cited(kind, document.key)] = document.title
    if set(titles) != set(wanted):
        raise InvalidInput(
            _("A piece of knowledge that you cite is no longer there."), field="citations"
        )
    return [
        Citation(ordinal=n, kind=cited.kind, key=cited.key, title=titles[cited][:300])
        for n, cited in enumerate(wanted)
    ]


@transaction.atomic
def message_edit(*, actor: User, message: Message, text: str) -> Message:
    """Change one's own message; what it said before is kept.

    :raises NotAllowed: it is somebody else's.  :raises Conflict: it was deleted meanwhile.
    """
    thread, message = _own_message(actor, message)
    cleaned = clean_text(text, field="text")
    if cleaned == message.text:
        return message
    _keep_revision(message, actor)
    message.text = cleaned
    message.edited_at = clock.now()
    announce_change(thread, message, actor, "edited")
    _mention(message, actor, list(message.mentions.all()))
    return message


@transaction.atomic
def message_delete(*, actor: User, message: Message) -> Message:
    """Take one's own message back: its text is emptied, its place stays.

    :raises NotAllowed: it is somebody else's.  :raises Conflict: it was deleted already, or a
        question's answer stands on it.
    """
    thread, message = _own_message(actor, message)
    if getattr(message, "answer", None) is not None:
        raise Conflict(_("This message is an answer. Answer again to replace it."), code="answer")
    _keep_revision(message, actor)
    message.text = ""
    message.deleted_at = clock.now()
    # What was learnt from the message goes with it.
    message.derived.all().delete()
    return announce_change(thread, message, actor, "deleted")


def _own_message(actor: User, message: Message) -> tuple[Thread, Message]:
    if not policies.sees_message(actor, message):
        raise NotFound()
    if message.author_id != actor.pk:
        raise NotAllowed(_("Only its writer can change a message."))
    thread = Thread.objects.select_for_update().get(pk=message.thread_id)
    message = Message.objects.get(pk=message.pk)
    if message.deleted_at is not None:
        raise Conflict(_("This message was deleted."), code="deleted")
    return thread, message


def _keep_revision(message: Message, actor: User) -> None:
    MessageRevision.objects.create(message=message, text=message.text, replaced_by=actor)


def announce_change(thread: Thread, message: Message, actor: User, change: str) -> Message:
    """Save a changed message of a thread whose row the transaction holds, under a new version."""
    shared = message.audience == Message.Audience.CUSTOMER
    message.version = _next_version(thread, shared=shared)
    message.shared_version = thread.shared_version if shared else 0
    message.save()
    record(
        MessageChanged(
            thread=thread.public_id,
            message=message.public_id,
            version=message.version,
            shared_version=message.shared_version,
            change=change,
        ),
        actor=actor,
        subject=f"thread:{thread.public_id}",
    )
    return message
