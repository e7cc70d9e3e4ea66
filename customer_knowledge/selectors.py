"""Reads of customer knowledge, each for somebody: what they may not see is not there.

Guarantee: a piece comes with its customer only to those who know the customer. Who reads customers'
words for the product team gets them from `voices_for`, to be shown through `masking.masked`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db.models import (
    Count,
    F,
    IntegerField,
    OuterRef,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Coalesce

from customer_knowledge.models import (
    Answer,
    Attachment,
    CoCreation,
    Complaint,
    ContactLogEntry,
    Customer,
    MarketComment,
    Message,
    Product,
    ProductComment,
    Question,
    ReadMark,
    Suggestion,
    Thread,
)
from customer_knowledge.models.base import CustomerKnowledge
from kiplatform.accounts.access import Viewer
from kiplatform.accounts.models import User
from kiplatform.core.errors import NotFound

Piece = TypeVar("Piece", bound=CustomerKnowledge)
FEEDBACK: dict[str, type[ProductComment | MarketComment | Complaint | Suggestion]] = {
    "productcomment": ProductComment,
    "marketcomment": MarketComment,
    "complaint": Complaint,
    "suggestion": Suggestion,
}


def question_for(viewer: Viewer, public_id: str) -> Question:
    """Return a question with its people; NotFound where the viewer does not know who asked."""
    question = (
        Question.objects.visible_to(viewer)
        .of_known_customers(viewer)
        .select_related("customer", "product", "author", "owner", "thread", "thread__customer")
        .filter(public_id=public_id)
        .first()
    )
    if question is None:
        raise NotFound()
    return question


def questions_for(viewer: Viewer) -> QuerySet[Question]:
    """Return the questions of customers whom the viewer knows, newest first, with unread counts."""
    rows = (
        Question.objects.visible_to(viewer)
        .of_known_customers(viewer)
        .select_related("customer", "product", "author", "owner", "thread")
        .order_by("-occurred_at", "-id")
    )
    return _with_unread(rows, viewer)


def questions_to_answer(viewer: User) -> QuerySet[Question]:
    """Return the open questions that the viewer owns, the most pressing first."""
    rows = (
        Question.objects.waiting()
        .visible_to(viewer)
        .of_known_customers(viewer)
        .filter(owner=viewer)
        .select_related("customer", "product", "author", "owner", "thread")
        .order_by("due_at", "id")
    )
    return _with_unread(rows, viewer)


def voices_for(viewer: Viewer) -> QuerySet[Question]:
    """Return every question whose words the viewer may read, newest first, with its names."""
    return (
        Question.objects.visible_to(viewer)
        .select_related("customer", "product", "thread")
        .prefetch_related("customer__contacts__user")
        .order_by("-occurred_at", "-id")
    )


def _with_unread(rows: QuerySet[Question], viewer: Viewer) -> QuerySet[Question]:
    """Annotate `unread`: messages of others in each thread that the viewer has not read."""
    return rows.annotate(unread=unread_in("thread", viewer)) if isinstance(viewer, User) else rows


def unread_in(thread: str, viewer: User) -> Coalesce:
    """Return an expression: how many messages of others `viewer` has not read in a thread.

    Access is the caller's to check: it counts what everybody on the viewer's side may see.

    :param thread: the lookup that leads from a row to its thread.
    """
    read = ReadMark.objects.filter(thread=OuterRef("thread"), user=viewer).values("number")[:1]
    fresh = (
        Message.objects.filter(thread=OuterRef(thread), deleted_at=None)
        .exclude(author=viewer)
        .filter(number__gt=Coalesce(Subquery(read), 0))
    )
    if viewer.is_contact:
        fresh = fresh.filter(audience=Message.Audience.CUSTOMER)
    counted = fresh.order_by().values("thread").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0, output_field=IntegerField())


def standing_answer(viewer: Viewer, question: Question) -> Answer | None:
    """Return the answer that stands, with its message, or None."""
    return (
        Answer.objects.visible_to(viewer)
        .standing()
        .filter(question=question)
        .select_related("message", "answered_by", "message__author")
        .first()
    )


def thread_for(viewer: Viewer, public_id: str) -> Thread:
    """Return a thread; NotFound where the viewer does not see it."""
    thread = Thread.objects.visible_to(viewer).filter(public_id=public_id).first()
    if thread is None:
        raise NotFound()
    return thread


def messages_of(viewer: User, thread: Thread, *, after: int = 0) -> QuerySet[Message]:
    """Return a thread's messages as the viewer sees them, changed after a version, in order.

    :param after: a version of the thread, for a contact its shared version; 0 gives all.
    """
    version = "shared_version" if viewer.is_contact else "version"
    return (
        Message.objects.visible_to(viewer)
        .filter(thread=thread, **{f"{version}__gt": after})
        .select_related("thread", "author", "reply_to", "reply_to__author", "answer")
        .prefetch_related("citations", "attachments", "reactions__user", "mentions")
        .order_by("number")
    )


def message_for(viewer: Viewer, public_id: str) -> Message:
    """Return a message with its thread; NotFound where the viewer does not see it."""
    message = (
        Message.objects.visible_to(viewer)
        .select_related("thread", "thread__customer", "author")
        .filter(public_id=public_id)
        .first()
    )
    if message is None:
        raise NotFound()
    return message


def attachment_for(viewer: Viewer, public_id: str) -> Attachment:
    """Return a file; NotFound where the viewer does not see it."""
    attachment = Attachment.objects.visible_to(viewer).filter(public_id=public_id).first()
    if attachment is None:
        raise NotFound()
    return attachment


def feedback_for(
    viewer: Viewer, kind: str, public_id: str
) -> ProductComment | MarketComment | Complaint | Suggestion:
    """Return a comment, complaint or suggestion; NotFound where its customer is not known."""
    table = FEEDBACK.get(kind)
    piece = (
        table.objects.visible_to(viewer)
        .of_known_customers(viewer)
        .select_related("customer", "product", "author", "thread")
        .filter(public_id=public_id)
        .first()
        if table
        else None
    )
    if piece is None:
        raise NotFound()
    return piece


def feedback_list(viewer: Viewer, kind: str) -> QuerySet[CustomerKnowledge]:
    """Return one kind of feedback of known customers, newest first; KeyError: no such kind."""
    return (
        FEEDBACK[kind]
        .objects.visible_to(viewer)
        .of_known_customers(viewer)
        .select_related("customer", "product", "author", "thread")
        .order_by("-occurred_at", "-id")
    )


def customers_for(viewer: Viewer) -> QuerySet[Customer]:
    """Return the viewer's customers with what waits: open questions and the last contact."""
    questions = Question.objects.filter(customer=OuterRef("pk"), state=Question.State.OPEN)
    open_count = questions.order_by().values("customer").annotate(n=Count("pk")).values("n")
    last = Thread.objects.filter(customer=OuterRef("pk")).order_by(F("last_message_at").desc())
    return (
        Customer.objects.visible_to(viewer)
        .annotate(
            open_questions=Coalesce(Subquery(open_count), 0, output_field=IntegerField()),
            last_message_at=Subquery(last.values("last_message_at")[:1]),
        )
        .order_by("-open_questions", "name")
    )


def customer_for(viewer: Viewer, public_id: str) -> Customer:
    """Return a customer with contacts and managers; NotFound where the viewer does not see it."""
    customer = (
        Customer.objects.visible_to(viewer)
        .prefetch_related("contacts__user", "assignments__manager")
        .filter(public_id=public_id)
        .first()
    )
    if customer is None:
        raise NotFound()
    return customer


def customer_of(viewer: User) -> Customer:
    """Return the customer whom a contact speaks for; NotFound where there is none."""
    customer = Customer.objects.filter(contacts__user=viewer, contacts__is_active=True).first()
    if customer is None or not viewer.is_contact:
        raise NotFound()
    return customer


def pieces_of(viewer: Viewer, customer: Customer, table: type[Piece]) -> QuerySet[Piece]:
    """Return one kind of knowledge about a customer as the viewer sees it, newest first."""
    return (
        table._default_manager.visible_to(viewer)  # type: ignore[attr-defined]
        .filter(customer=customer)
        .select_related("product", "author", "source")
        .order_by("-occurred_at", "-id")
    )


def co_creations_for(viewer: Viewer) -> QuerySet[CoCreation]:
    """Return co-creations as the viewer sees them, with their contributors, newest first."""
    return (
        CoCreation.objects.visible_to(viewer)
        .select_related("customer", "product")
        .prefetch_related("contributions")
        .order_by("-occurred_at", "-id")
    )


def products_for(viewer: Viewer) -> QuerySet[Product]:
    """Return the products that the viewer may choose from, by code."""
    return Product.objects.visible_to(viewer).order_by("code")


@dataclass(frozen=True, slots=True)
class Utterance:
    """One thing that a customer said or asked, whatever its kind, for the timeline."""

    kind: str
    piece: CustomerKnowledge
    at: datetime


def timeline_of(viewer: Viewer, customer: Customer, limit: int = 50) -> list[Utterance]:
    """Return everything that a customer asked, said and did lately, newest first.

    :param limit: most entries, 1 to 200; one query for each kind of knowledge.
    """
    kinds: tuple[type[CustomerKnowledge], ...] = (
        Question,
        ProductComment,
        MarketComment,
        Complaint,
        Suggestion,
        CoCreation,
        ContactLogEntry,
    )
    entries = [
        Utterance(table.__name__.lower(), piece, piece.occurred_at)
        for table in kinds
        for piece in pieces_of(viewer, customer, table)[:limit]
    ]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)[:limit]
