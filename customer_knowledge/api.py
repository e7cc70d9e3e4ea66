"""The exchange over HTTP: questions, answers, messages, with the same rules as the pages."""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status
from ninja.pagination import LimitOffsetPagination, paginate

from customer_knowledge import selectors, services, thread_people
from customer_knowledge.masking import masked, names_of
from customer_knowledge.message_marks import mentioned_in, reactions_of, replied_to
from customer_knowledge.models import Customer, Message, Question
from kiplatform.accounts.models import User
from kiplatform.core.choices import Urgency
from kiplatform.core.errors import NotFound

router = Router(tags=["exchange"])
Text = Field(max_length=20_000)
ClientId = Field(min_length=1, max_length=40, description="the same id again stores nothing twice")
PersonId = Annotated[str, Field(pattern="^[0-9a-z]{1,40}$")]


class Pages(LimitOffsetPagination):
    """Pages of a list, in sizes that a server can bear and numbers that a database can count."""

    class Input(Schema):
        limit: int = Field(100, ge=1, le=200)
        offset: int = Field(0, ge=0, lt=2**31)


class QuestionOut(Schema):
    """A question as its viewer sees it."""

    id: str = Field(alias="public_id")
    text: str
    kind: str
    language: str
    state: str
    urgency: str
    product: str | None = Field(None, alias="product.code")
    asked_at: datetime = Field(alias="occurred_at")
    due_at: datetime | None
    thread: str | None = Field(None, alias="thread.public_id")

    @staticmethod
    def resolve_text(row: Question, context: dict[str, Any]) -> str:
        """Cover who asked before somebody who reads customers' words without knowing them."""
        if row.customer_id in known_customers(context["request"]):
            return row.text
        return masked(row.text, names_of(row.customer))


class QuestionIn(Schema):
    """What a contact asks."""

    text: str = Text
    kind: Question.Kind
    product: str = Field("", max_length=40, description="code of a product")
    urgency: Urgency = Urgency.NORMAL
    client_id: str = ClientId


class CitationIn(Schema):
    """Knowledge, as search names it."""

    kind: str = Field(max_length=20)
    key: str = Field(max_length=40)


class AnswerIn(Schema):
    """A manager's answer; without citations it says why there are none."""

    text: str = Text
    client_id: str = ClientId
    citations: list[CitationIn] = Field(default=[], max_length=10)
    uncited_reason: str = Field("", max_length=300)


class MessageOut(Schema):
    """A message as its viewer sees it."""

    id: str = Field(alias="public_id")
    author: str | None = Field(None, alias="author.name")
    text: str
    internal: bool
    sent_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    reply_to: str = Field("", description="the message that this one replies to")
    mentions: list[str] = Field([], description="the people named after an @")
    reactions: dict[str, list[str]] = Field({}, description="people by kind of reaction")

    @staticmethod
    def resolve_internal(row: Message) -> bool:
        return row.audience == Message.Audience.INTERNAL

    @staticmethod
    def resolve_reply_to(row: Message, context: Any) -> str:
        return replied_to(row, for_contact=viewer_of(context["request"]).is_contact)

    @staticmethod
    def resolve_mentions(row: Message) -> list[str]:
        return mentioned_in(row)

    @staticmethod
    def resolve_reactions(row: Message) -> dict[str, list[str]]:
        return reactions_of(row)


class MessageIn(Schema):
    """A message into a thread."""

    text: str = Text
    client_id: str = ClientId
    internal: bool = False
    reply_to: str = Field(
        "", pattern="^[0-9a-z]{0,40}$", description="the id of a message of this thread"
    )
    mentions: list[PersonId] = Field(
        [], max_length=20, description="who is meant where several have the name after an @"
    )


class ReactionIn(Schema):
    """A reaction to set, or to take back."""

    kind: str = Field(max_length=20, description="endorse, object or me_too")
    on: bool = True


def viewer_of(request: HttpRequest) -> User:
    """Return who asks; the API's authentication has let nobody else in."""
    if not isinstance(request.user, User):
        raise TypeError("the API admits users alone")
    return request.user


def known_customers(request: HttpRequest) -> frozenset[int]:
    """Return the keys of the customers that the viewer knows, asked once for each request."""
    known: frozenset[int] | None = getattr(request, "known_customers", None)
    if known is None:
        rows = Customer.objects.visible_to(viewer_of(request))
        known = frozenset(rows.values_list("pk", flat=True))
        request.known_customers = known  # type: ignore[attr-defined]
    return known


def seen(viewer: User, public_id: str) -> Question:
    """Return a question whose words the viewer may read; NotFound where there is none."""
    row = selectors.voices_for(viewer).filter(public_id=public_id).first()
    if row is None:
        raise NotFound()
    return row


@router.get("/questions", response=list[QuestionOut])
@paginate(Pages)
def questions(request: HttpRequest, state: Question.State | None = Query(None)) -> Any:
    """List the questions that the viewer sees, newest first."""
    rows = selectors.voices_for(viewer_of(request))
    return rows.filter(state=state) if state else rows


@router.post("/questions", response={201: QuestionOut})
def ask(request: HttpRequest, body: QuestionIn) -> Status[Question]:
    """Ask on behalf of one's customer."""
    viewer = viewer_of(request)
    product = selectors.products_for(viewer).filter(code=body.product).first()
    row = services.question_ask(
        actor=viewer,
        text=body.text,
        kind=body.kind,
        product=product,
        urgency=body.urgency,
        client_id=body.client_id,
    )
    return Status(201, row)


@router.get("/questions/{public_id}", response=QuestionOut)
def question(request: HttpRequest, public_id: str) -> Question:
    """Show a question."""
    return seen(viewer_of(request), public_id)


@router.post("/questions/{public_id}/answers", response={201: QuestionOut})
def answer(request: HttpRequest, public_id: str, body: AnswerIn) -> Status[Question]:
    """Answer a customer's question."""
    viewer = viewer_of(request)
    row = seen(viewer, public_id)
    services.question_answer(
        actor=viewer,
        question=row,
        text=body.text,
        client_id=body.client_id,
        citations=[services.Cited(c.kind, c.key) for c in body.citations],
        uncited_reason=body.uncited_reason,
    )
    return Status(201, seen(viewer, public_id))


@router.post("/questions/{public_id}/confirm", response=QuestionOut)
def confirm(request: HttpRequest, public_id: str) -> Question:
    """Say that the answer helped."""
    viewer = viewer_of(request)
    row = seen(viewer, public_id)
    return services.question_confirm(actor=viewer, question=row)


@router.post("/questions/{public_id}/withdraw", response=QuestionOut)
def withdraw(request: HttpRequest, public_id: str) -> Question:
    """Take a question back."""
    viewer = viewer_of(request)
    row = seen(viewer, public_id)
    return services.question_withdraw(actor=viewer, question=row)


@router.get("/threads/{public_id}/messages", response=list[MessageOut])
@paginate(Pages)
def messages(request: HttpRequest, public_id: str, after: int = Query(0, ge=0, lt=2**62)) -> Any:
    """List a thread's messages that changed after a version, in order."""
    viewer = viewer_of(request)
    return selectors.messages_of(viewer, selectors.thread_for(viewer, public_id), after=after)


@router.post("/threads/{public_id}/messages", response={201: MessageOut})
def post(request: HttpRequest, public_id: str, body: MessageIn) -> Status[Message]:
    """Write in a thread."""
    viewer = viewer_of(request)
    thread = selectors.thread_for(viewer, public_id)
    message = services.message_post(
        actor=viewer,
        thread=thread,
        text=body.text,
        internal=body.internal,
        client_id=body.client_id,
        reply_to=selectors.message_for(viewer, body.reply_to) if body.reply_to else None,
        mentions=list(thread_people.people_of(thread).filter(public_id__in=body.mentions)),
    )
    return Status(201, message)


@router.post("/messages/{public_id}/reactions", response=MessageOut)
def react(request: HttpRequest, public_id: str, body: ReactionIn) -> Message:
    """React to a message, or take a reaction back."""
    viewer = viewer_of(request)
    return services.message_react(
        actor=viewer,
        message=selectors.message_for(viewer, public_id),
        kind=body.kind,
        on=body.on,
    )
