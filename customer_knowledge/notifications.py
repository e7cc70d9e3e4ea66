"""Who hears of what happens in the exchange."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from customer_knowledge.models import (
    Complaint,
    Contact,
    MarketComment,
    Message,
    ProductComment,
    Question,
    Suggestion,
    Thread,
)
from customer_knowledge.selectors import FEEDBACK
from kiplatform.accounts.models import User
from kiplatform.events.registry import RecordedEvent, handler
from kiplatform.notifications.registry import NotificationType, register_subject, register_type
from kiplatform.notifications.services import notify, notify_all

EXCERPT = 80
Piece = Question | ProductComment | MarketComment | Complaint | Suggestion

ASKED = register_type(
    NotificationType(
        key="question.asked",
        label=_("A customer of yours asks"),
        title=_("%(customer)s asks"),
        body="%(excerpt)s",
        audience="staff",
        email="at_once",
    )
)
ANSWERED = register_type(
    NotificationType(
        key="question.answered",
        label=_("Your question is answered"),
        title=_("%(manager)s answered your question"),
        body="%(excerpt)s",
        audience="contact",
        email="at_once",
    )
)
CONFIRMED = register_type(
    NotificationType(
        key="question.confirmed",
        label=_("An answer of yours helped"),
        title=_("Your answer helped %(customer)s"),
        body="%(excerpt)s",
        audience="staff",
        email="off",
    )
)
REOPENED = register_type(
    NotificationType(
        key="question.reopened",
        label=_("A customer asks again"),
        title=_("%(customer)s needs more than your answer"),
        body="%(excerpt)s",
        audience="staff",
        email="at_once",
    )
)
HANDED_ON = register_type(
    NotificationType(
        key="question.reassigned",
        label=_("A question is handed on to you"),
        title=_("A question of %(customer)s is now yours"),
        body="%(excerpt)s",
        audience="staff",
        email="at_once",
    )
)
WITHDRAWN = register_type(
    NotificationType(
        key="question.withdrawn",
        label=_("A customer withdraws a question"),
        title=_("%(customer)s withdrew a question"),
        body="%(excerpt)s",
        audience="staff",
        email="off",
    )
)
MESSAGE = register_type(
    NotificationType(
        key="message.posted",
        label=_("Somebody writes in a thread of yours"),
        title=_("%(author)s wrote to you"),
        body="%(excerpt)s",
        email="digest",
    )
)
MENTIONED = register_type(
    NotificationType(
        key="message.mentioned",
        label=_("Somebody mentions you"),
        title=_("%(author)s mentions you"),
        body="%(excerpt)s",
        email="at_once",
    )
)
FEEDBACK_GIVEN = register_type(
    NotificationType(
        key="feedback.given",
        label=_("A customer of yours gives feedback"),
        title=_("New feedback of %(customer)s"),
        body="%(excerpt)s",
        audience="staff",
    )
)
SETTLED = register_type(
    NotificationType(
        key="feedback.settled",
        label=_("Your complaint or suggestion moves on"),
        title=_('News about "%(subject)s"'),
        body="%(excerpt)s",
        audience="contact",
        email="at_once",
    )
)


def _excerpt(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= EXCERPT else line[: EXCERPT - 1] + "…"


def _standing_messages(user: User) -> QuerySet[Message]:
    return Message.objects.visible_to(user).filter(deleted_at=None)


register_subject("question", Question.objects.visible_to)
register_subject("message", _standing_messages)
register_subject("thread", Thread.objects.visible_to)
for _kind, _table in FEEDBACK.items():
    register_subject(_kind, _table.objects.visible_to)

_TO_OWNER = {
    "question.asked": ASKED,
    "question.confirmed": CONFIRMED,
    "question.reopened": REOPENED,
    "question.reassigned": HANDED_ON,
    "question.withdrawn": WITHDRAWN,
}


@handler(name="customer_knowledge.notify_owner", events=tuple(_TO_OWNER))
def notify_owner(event: RecordedEvent) -> None:
    """Tell a question's owner what the customer did, unless the owner did it."""
    question = (
        Question.objects.select_related("owner", "customer")
        .filter(public_id=event.payload["question"])
        .first()
    )
    if question is None or question.owner is None or question.owner_id == event.actor_id:
        return
    notify(
        question.owner,
        _TO_OWNER[event.name].key,
        subject=f"question:{question.public_id}",
        params={"customer": question.customer.name, "excerpt": _excerpt(question.text)},
        url=f"/workspace/questions/{question.public_id}/",
        event_id=event.event_id,
    )


@handler(name="customer_knowledge.notify_asker", events=("question.answered",))
def notify_asker(event: RecordedEvent) -> None:
    """Tell the contact who asked that there is an answer."""
    question = (
        Question.objects.select_related("author")
        .filter(public_id=event.payload["question"])
        .first()
    )
    manager = User.objects.filter(pk=event.actor_id).first()
    if question is None or question.author is None or manager is None:
        return
    notify(
        question.author,
        ANSWERED.key,
        subject=f"question:{question.public_id}",
        params={"manager": manager.name, "excerpt": _excerpt(question.text)},
        url=f"/portal/questions/{question.public_id}/",
        event_id=event.event_id,
    )


def _customer_thread(key: str) -> Thread | None:
    """Return a customer's thread with what opened it; None for one among colleagues.

    Most messages are written among colleagues, and the wide query costs more than posting one.
    """
    threads = Thread.objects.filter(public_id=key, customer__isnull=False)
    if not threads.exists():
        return None
    return threads.select_related("question", *FEEDBACK).first()


@handler(name="customer_knowledge.notify_thread", events=("message.posted",))
def notify_thread(event: RecordedEvent) -> None:
    """Tell the other side of a customer's thread of a message that is no opening and no answer."""
    thread = _customer_thread(event.payload["thread"])
    topic = topic_of(thread) if thread else None
    if thread is None or topic is None:
        return
    message = (
        thread.messages.select_related("author", "answer")
        .filter(public_id=event.payload["message"], deleted_at=None)
        .first()
    )
    opens = message is not None and message.client_id == topic.piece.client_id
    if message is None or message.author is None or hasattr(message, "answer") or opens:
        return
    readers = list(_staff_of(topic.piece))
    if event.payload["shared_version"] and topic.piece.author is not None:
        readers.append(topic.piece.author)
    # Who is mentioned hears of that instead.
    told = {message.author.pk, *message.mentions.values_list("pk", flat=True)}
    for reader in readers:
        if reader.pk in told:
            continue
        room = "portal" if reader.is_contact else "workspace"
        notify(
            reader,
            MESSAGE.key,
            subject=f"thread:{thread.public_id}",
            params={"author": message.author.name, "excerpt": _excerpt(message.text)},
            url=f"/{room}/{topic.path}/",
            event_id=event.event_id,
        )


@handler(name="customer_knowledge.notify_mentioned", events=("message.mentioned",))
def notify_mentioned(event: RecordedEvent) -> None:
    """Tell whoever a message in a customer's thread names, each with the place in their room."""
    thread = _customer_thread(event.payload["thread"])
    topic = topic_of(thread) if thread else None
    if topic is not None:
        tell_mentioned(event, lambda room: f"/{room}/{topic.path}/")


def tell_mentioned(event: RecordedEvent, page: Callable[[str], str]) -> None:
    """Tell the people of a `message.mentioned`, with a link to the message itself.

    :param page: takes a room, "portal" or "workspace", and returns the path of the thread's page.
    """
    message = (
        Message.objects.select_related("author")
        .filter(public_id=event.payload["message"], deleted_at=None)
        .first()
    )
    if message is None or message.author is None:
        return
    for user in User.objects.filter(public_id__in=event.payload["users"]):
        notify(
            user,
            MENTIONED.key,
            subject=f"message:{message.public_id}",
            params={"author": message.author.name, "excerpt": _excerpt(message.text)},
            url=f"{page('portal' if user.is_contact else 'workspace')}#message-{message.public_id}",
            event_id=event.event_id,
        )


@dataclass(frozen=True, slots=True)
class Topic:
    """What a customer's thread is about, and the path of its page in either room."""

    piece: Piece
    path: str


def topic_of(thread: Thread) -> Topic | None:
    """Return what a thread was opened by, or None where that is gone."""
    question = getattr(thread, "question", None)
    if question is not None:
        return Topic(question, f"questions/{question.public_id}")
    for kind in FEEDBACK:
        piece = getattr(thread, kind, None)
        if piece is not None:
            return Topic(piece, f"feedback/{kind}/{piece.public_id}")
    return None


def _staff_of(
    piece: Question | ProductComment | MarketComment | Complaint | Suggestion,
) -> Iterable[User]:
    """Return who looks after a piece: its owner, or the customer's first manager."""
    owner = getattr(piece, "owner", None)
    if owner is not None:
        return [owner]
    return User.objects.filter(
        assignments__customer=piece.customer_id,
        assignments__ended_at=None,
        assignments__is_primary=True,
    )


@handler(name="customer_knowledge.notify_feedback", events=("feedback.given",))
def notify_feedback(event: RecordedEvent) -> None:
    """Tell the customer's managers of its feedback."""
    kind = event.payload["kind"]
    piece = (
        FEEDBACK[kind]
        .objects.select_related("customer", "author")
        .filter(public_id=event.payload["feedback"])
        .first()
    )
    if piece is None:
        return
    managers = User.objects.filter(
        assignments__customer=piece.customer, assignments__ended_at=None
    ).exclude(pk=event.actor_id)
    notify_all(
        managers,
        FEEDBACK_GIVEN.key,
        subject=f"{kind}:{piece.public_id}",
        params={"customer": piece.customer.name, "excerpt": _excerpt(str(piece))},
        url=f"/workspace/feedback/{kind}/{piece.public_id}/",
        event_id=event.event_id,
    )


@handler(name="customer_knowledge.notify_settled", events=("feedback.settled",))
def notify_settled(event: RecordedEvent) -> None:
    """Tell the customer's contacts how their complaint or suggestion stands."""
    table = {"complaint": Complaint, "suggestion": Suggestion}[event.payload["kind"]]
    remark = table.objects.filter(public_id=event.payload["feedback"]).first()
    if remark is None:
        return
    contacts = Contact.objects.filter(customer=remark.customer_id, is_active=True)
    notify_all(
        User.objects.filter(pk__in=contacts.values("user")),
        SETTLED.key,
        subject=f"{event.payload['kind']}:{remark.public_id}",
        params={"subject": remark.subject, "excerpt": _excerpt(remark.remedy)},
        url=f"/portal/feedback/{event.payload['kind']}/{remark.public_id}/",
        event_id=event.event_id,
    )
