"""Questions from asked to ended: every step is one transaction that ends in a lawful state."""

from collections.abc import Sequence
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from customer_knowledge import policies
from customer_knowledge.deadlines import FOLLOW_UP, answer_due
from customer_knowledge.events import (
    QuestionAnswered,
    QuestionAsked,
    QuestionConfirmed,
    QuestionDeflected,
    QuestionReassigned,
    QuestionReopened,
    QuestionWithdrawn,
)
from customer_knowledge.language import language_of
from customer_knowledge.models import (
    Answer,
    Attachment,
    Customer,
    Product,
    Question,
    Source,
)
from customer_knowledge.services.threads import (
    Cited,
    check_citations,
    check_client_id,
    message_post,
    thread_for_customer,
)
from kiplatform.accounts.models import User
from kiplatform.accounts.roles import Role
from kiplatform.core import clock
from kiplatform.core.choices import Urgency
from kiplatform.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from kiplatform.core.text import clean_text
from kiplatform.core.trace import current_trace_id, trace
from kiplatform.events.services import record
from kiplatform.events.types import Event


def _choice(value: str, choices: type, field: str) -> str:
    if value not in choices.values:  # type: ignore[attr-defined]
        raise InvalidInput(_("Please choose one of the options."), code="choice", field=field)
    return value


def check_asker(actor: User) -> Customer:
    """Return the customer for whom `actor` asks.

    :raises NotAllowed: the actor is not an active contact.
    """
    if not policies.may_ask(actor):
        raise NotAllowed(_("Only a customer's contacts can do this."))
    return actor.contact.customer


def owner_for(customer: Customer) -> User:
    """Return who answers a customer: its first manager, another one, or an administrator.

    :raises Conflict: the company has nobody who could.
    """
    assignment = (
        customer.assignments.filter(
            ended_at=None, manager__is_active=True, manager__is_sales_manager=True
        )
        .select_related("manager")
        .order_by("-is_primary", "id")
        .first()
    )
    if assignment is not None:
        return assignment.manager
    administrator = User.objects.with_role(Role.ADMINISTRATOR).order_by("id").first()
    if administrator is None:
        raise Conflict(_("Nobody can take this now. Please call us; what you wrote is kept here."))
    return administrator


@transaction.atomic
def question_ask(
    *,
    actor: User,
    text: str,
    kind: str,
    client_id: str,
    product: Product | None = None,
    urgency: str = Urgency.NORMAL,
    attachments: Sequence[Attachment] = (),
) -> Question:
    """Ask on behalf of the actor's customer, once for a given `client_id`.

    :param text: the missing knowledge in the customer's own words, 1 to 20,000 characters.
    :param kind: one of `Question.Kind`.
    :raises NotAllowed: the actor is not an active contact.
    :raises InvalidInput: the text is empty or too long, or a choice is unknown.
    """
    customer = check_asker(actor)
    check_client_id(client_id)
    asked = Question.objects.filter(author=actor, client_id=client_id).first()
    if asked is not None:
        return asked
    cleaned = clean_text(text, field="text")
    _choice(kind, Question.Kind, "kind")
    _choice(urgency, Urgency, "urgency")
    owner = owner_for(customer)
    with trace(current_trace_id()) as trace_id:
        thread = thread_for_customer(customer)
        source = Source.objects.create(customer=customer, kind=Source.Kind.PORTAL, entered_by=actor)
        question = Question.objects.create(
            customer=customer,
            product=product,
            author=actor,
            language=language_of(cleaned, otherwise=actor.language),
            source=source,
            kind=kind,
            text=cleaned,
            urgency=urgency,
            owner=owner,
            due_at=answer_due(urgency, customer.importance, clock.now()),
            thread=thread,
            client_id=client_id,
            trace_id=trace_id,
        )
        message_post(
            actor=actor,
            thread=thread,
            text=cleaned,
            client_id=client_id,
            attachments=attachments,
        )
        _record(
            question,
            QuestionAsked(
                question=question.public_id,
                customer=customer.public_id,
                owner=owner.public_id,
            ),
            actor,
        )
    return question


@transaction.atomic
def question_deflect(*, actor: User, text: str, kind: str, hit: Cited, client_id: str) -> Question:
    """Keep a question whose answer the customer found among the suggestions.

    :param hit: what answered it; the actor must see it.
    :raises NotAllowed: the actor is not an active contact.
    :raises InvalidInput: the text is not one, or the hit is not to be seen.
    """
    customer = check_asker(actor)
    check_client_id(client_id)
    asked = Question.objects.filter(author=actor, client_id=client_id).first()
    if asked is not None:
        return asked
    cleaned = clean_text(text, field="text")
    _choice(kind, Question.Kind, "kind")
    check_citations(actor, [hit])
    with trace(current_trace_id()) as trace_id:
        question = Question.objects.create(
            customer=customer,
            author=actor,
            language=language_of(cleaned, otherwise=actor.language),
            source=Source.objects.create(
                customer=customer, kind=Source.Kind.PORTAL, entered_by=actor
            ),
            kind=kind,
            text=cleaned,
            state=Question.State.DEFLECTED,
            ended_at=clock.now(),
            client_id=client_id,
            trace_id=trace_id,
            deflected_kind=hit.kind,
            deflected_key=hit.key,
        )
        _record(
            question,
            QuestionDeflected(
                question=question.public_id,
                customer=customer.public_id,
                kind=hit.kind,
                key=hit.key,
            ),
            actor,
        )
    return question


@transaction.atomic
def question_answer(
    *,
    actor: User,
    question: Question,
    text: str,
    client_id: str,
    citations: Sequence[Cited] = (),
    uncited_reason: str = "",
    attachments: Sequence[Attachment] = (),
) -> Answer:
    """Answer the customer; an earlier answer stops standing, and the question is `answered`.

    :param citations: the knowledge that the answer stands on.
    :param uncited_reason: why it stands on none; needed where `citations` is empty.
    :raises NotFound: the actor does not see the question.
    :raises NotAllowed: the actor is none of the customer's managers.
    :raises Conflict: the question is ended.
    :raises InvalidInput: neither citations nor a reason, or a text that is not one.
    """
    question = _locked(actor, question)
    if not policies.may_answer(actor, question):
        raise NotAllowed(_("Only the customer's managers can answer."))
    sent = Answer.objects.filter(
        question=question, message__author=actor, message__client_id=client_id
    ).first()
    if sent is not None:
        return sent
    if question.is_ended or question.thread is None:
        raise Conflict(_("This question is ended. Nothing was sent."), code="ended")
    reason = clean_text(
        uncited_reason, field="uncited_reason", max_length=300, required=False, multiline=False
    )
    if not citations and not reason:
        raise InvalidInput(
            _("Cite the knowledge that this stands on, or say why there is none."),
            code="uncited",
            field="citations",
        )
    with trace(question.trace_id):
        message = message_post(
            actor=actor,
            thread=question.thread,
            text=text,
            client_id=client_id,
            citations=citations,
            attachments=attachments,
        )
        question.answers.filter(is_standing=True).update(is_standing=False)
        answer = Answer.objects.create(
            question=question, message=message, answered_by=actor, uncited_reason=reason
        )
        question.state = Question.State.ANSWERED
        question.due_at = clock.now() + FOLLOW_UP
        question.save(update_fields=["state", "due_at"])
        _record(
            question,
            QuestionAnswered(
                question=question.public_id,
                answer=answer.public_id,
                message=message.public_id,
            ),
            actor,
        )
    return answer


@transaction.atomic
def question_confirm(*, actor: User, question: Question) -> Question:
    """The customer says that the standing answer helped; the question is ended.

    :raises Conflict: no answer stands.  :raises NotAllowed: the actor is not the customer.
    """
    question = _own(actor, question)
    if question.state == Question.State.CONFIRMED:
        return question
    answer = question.answers.filter(is_standing=True).first()
    if question.state != Question.State.ANSWERED or answer is None:
        raise Conflict(_("There is no answer to confirm yet."), code="state")
    answer.accepted_at = clock.now()
    answer.save(update_fields=["accepted_at"])
    question.state = Question.State.CONFIRMED
    question.ended_at = clock.now()
    question.due_at = None
    question.save(update_fields=["state", "ended_at", "due_at"])
    with trace(question.trace_id):
        _record(
            question,
            QuestionConfirmed(question=question.public_id, answer=answer.public_id),
            actor,
        )
    return question


@transaction.atomic
def question_reopen(
    *, actor: User, question: Question, text: str = "", client_id: str = ""
) -> Question:
    """The customer says that the answer did not help, and perhaps why; it is open again.

    :raises Conflict: the question is neither answered nor confirmed.
    """
    question = _own(actor, question)
    if question.state not in {Question.State.ANSWERED, Question.State.CONFIRMED}:
        raise Conflict(_("This question is not answered."), code="state")
    owner = question.owner if question.owner and question.owner.is_active else None
    question.owner = owner or owner_for(question.customer)
    question.state = Question.State.OPEN
    question.ended_at = None
    question.due_at = answer_due(question.urgency, question.customer.importance, clock.now())
    question.reopened_count += 1
    question.save()
    with trace(question.trace_id):
        if text.strip() and question.thread is not None:
            message_post(
                actor=actor,
                thread=question.thread,
                text=text,
                client_id=client_id or uuid4().hex,
            )
        _record(question, QuestionReopened(question=question.public_id), actor)
    return question


@transaction.atomic
def question_withdraw(*, actor: User, question: Question) -> Question:
    """The customer takes the question back.  :raises Conflict: it is ended already."""
    question = _own(actor, question)
    if question.state == Question.State.WITHDRAWN:
        return question
    if question.is_ended:
        raise Conflict(_("This question is ended."), code="state")
    question.state = Question.State.WITHDRAWN
    question.ended_at = clock.now()
    question.due_at = None
    question.save(update_fields=["state", "ended_at", "due_at"])
    with trace(question.trace_id):
        _record(question, QuestionWithdrawn(question=question.public_id), actor)
    return question


@transaction.atomic
def question_reassign(*, actor: User, question: Question, owner: User) -> Question:
    """Give a question to another manager of the customer, or to an administrator.

    :raises InvalidInput: the new owner may not answer this customer.
    """
    question = _locked(actor, question)
    if not policies.may_answer(actor, question):
        raise NotAllowed(_("Only the customer's managers can hand a question on."))
    if question.is_ended:
        raise Conflict(_("This question is ended."), code="state")
    if not policies.may_answer(owner, question):
        raise InvalidInput(_("This person does not manage the customer."), field="owner")
    question.owner = owner
    question.save(update_fields=["owner"])
    with trace(question.trace_id):
        _record(
            question,
            QuestionReassigned(question=question.public_id, owner=owner.public_id),
            actor,
        )
    return question


def _locked(actor: User, question: Question) -> Question:
    """Return the question's fresh row, held until the transaction ends; NotFound if unseen."""
    row = (
        Question.objects.visible_to(actor)
        .filter(pk=question.pk)
        .values_list("pk", flat=True)
        .first()
    )
    if row is None:
        raise NotFound()
    return (
        Question.objects.select_for_update(of=("self",))
        .select_related("customer", "thread", "owner")
        .get(pk=row)
    )


def _own(actor: User, question: Question) -> Question:
    question = _locked(actor, question)
    if not policies.speaks_for(actor, question.customer):
        raise NotAllowed(_("Only the customer can do this."))
    return question


def _record(question: Question, event: Event, actor: User) -> None:
    record(event, actor=actor, subject=f"question:{question.public_id}")
