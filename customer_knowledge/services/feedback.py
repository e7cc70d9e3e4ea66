"""Feedback: comments, complaints and suggestions, each with a thread and somebody to answer it."""

from typing import Any, TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from customer_knowledge import policies
from customer_knowledge.deadlines import answer_due
from customer_knowledge.events import FeedbackGiven, FeedbackSettled
from customer_knowledge.language import language_of
from customer_knowledge.models import (
    Complaint,
    MarketComment,
    Product,
    ProductComment,
    Source,
    Suggestion,
)
from customer_knowledge.services.customers import validated
from customer_knowledge.services.questions import check_asker, owner_for
from customer_knowledge.services.threads import (
    check_client_id,
    message_post,
    thread_for_customer,
)
from kiplatform.accounts.models import User
from kiplatform.core import clock
from kiplatform.core.choices import Urgency
from kiplatform.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from kiplatform.core.text import clean_text
from kiplatform.events.services import record

Piece = TypeVar("Piece", ProductComment, MarketComment, Complaint, Suggestion)
AnyFeedback = ProductComment | MarketComment | Complaint | Suggestion
SEVERITY_URGENCY = {"low": Urgency.LOW, "medium": Urgency.NORMAL, "high": Urgency.HIGH}


@transaction.atomic
def product_comment_add(
    *,
    actor: User,
    product: Product,
    perceived: int,
    expected: int,
    client_id: str,
    text: str = "",
    life_cycle: str = "",
    understands: str = "",
    invested_similar: bool | None = None,
    investment_preference: str = "",
    currency_preference: str = "",
    trend: str = "",
    trend_reason: str = "",
) -> ProductComment:
    """Say how a product is found.

    :param perceived: satisfaction with it, 1 to 5.
    :param expected: the satisfaction that was expected, 1 to 5.
    """
    return _give(
        ProductComment,
        actor=actor,
        client_id=client_id,
        text=text,
        product=product,
        perceived=perceived,
        expected=expected,
        life_cycle=life_cycle,
        understands=understands,
        invested_similar=invested_similar,
        investment_preference=investment_preference,
        currency_preference=currency_preference,
        trend=trend,
        trend_reason=clean_text(trend_reason, field="trend_reason", max_length=500, required=False),
    )


@transaction.atomic
def market_comment_add(
    *, actor: User, market: str, text: str, client_id: str, own_research: str = ""
) -> MarketComment:
    """Say something about a market, with one's own research if there is some."""
    return _give(
        MarketComment,
        actor=actor,
        client_id=client_id,
        text=clean_text(text, field="text"),
        market=clean_text(market, field="market", max_length=120, multiline=False),
        own_research=clean_text(own_research, field="own_research", required=False),
    )


@transaction.atomic
def market_comment_understood(
    *, actor: User, comment: MarketComment, company_view: str, company_understanding: str
) -> MarketComment:
    """Note the company's view of the market, and how it understood what the customer conveyed."""
    _check_settles(actor, comment)
    comment.company_view = clean_text(company_view, field="company_view", required=False)
    comment.company_understanding = clean_text(company_understanding, field="company_understanding")
    comment.save(update_fields=["company_view", "company_understanding"])
    _announce(comment, actor)
    return comment


@transaction.atomic
def complaint_file(
    *,
    actor: User,
    subject: str,
    text: str,
    client_id: str,
    severity: str = Complaint.Severity.MEDIUM,
    wish: str = "",
    product: Product | None = None,
) -> Complaint:
    """Complain: a manager owns it until it is put right or declined with reasons."""
    return _remark(
        Complaint,
        actor=actor,
        subject=subject,
        text=text,
        client_id=client_id,
        severity=severity,
        wish=wish,
        product=product,
    )


@transaction.atomic
def suggestion_make(
    *,
    actor: User,
    subject: str,
    text: str,
    client_id: str,
    severity: str = Suggestion.Severity.LOW,
    wish: str = "",
    product: Product | None = None,
) -> Suggestion:
    """Suggest: a manager owns it until it is taken up or declined with reasons."""
    return _remark(
        Suggestion,
        actor=actor,
        subject=subject,
        text=text,
        client_id=client_id,
        severity=severity,
        wish=wish,
        product=product,
    )


Remark = TypeVar("Remark", Complaint, Suggestion)


@transaction.atomic
def remark_settle(
    *, actor: User, remark: Complaint | Suggestion, state: str, remedy: str
) -> Complaint | Suggestion:
    """Move a complaint or suggestion on; resolving and declining need the remedy in words.

    :raises Conflict: it is settled already.
    """
    _check_settles(actor, remark)
    remark = type(remark).objects.select_for_update(of=("self",)).get(pk=remark.pk)
    if remark.state in {"resolved", "declined"}:
        raise Conflict(_("This is settled already."), code="state")
    settled = state in {"resolved", "declined"}
    remark.remedy = clean_text(remedy, field="remedy", required=settled)
    remark.state = state
    validated(remark)
    remark.save()
    record(
        FeedbackSettled(kind=type(remark).__name__.lower(), feedback=remark.public_id, state=state),
        actor=actor,
        subject=_subject(remark),
    )
    return remark


def _remark(
    table: type[Remark],
    *,
    actor: User,
    subject: str,
    text: str,
    severity: str,
    wish: str,
    **rest: Any,
) -> Remark:
    customer = check_asker(actor)
    if severity not in table.Severity.values:
        raise InvalidInput(_("Please choose one of the options."), field="severity")
    return _give(
        table,
        actor=actor,
        text=clean_text(text, field="text"),
        subject=clean_text(subject, field="subject", max_length=160, multiline=False),
        severity=severity,
        wish=clean_text(wish, field="wish", required=False),
        owner=owner_for(customer),
        due_at=answer_due(SEVERITY_URGENCY[severity], customer.importance, clock.now()),
        **rest,
    )


def _give(table: type[Piece], *, actor: User, client_id: str, text: str, **fields: Any) -> Piece:
    customer = check_asker(actor)
    check_client_id(client_id)
    given = table.objects.filter(author=actor, client_id=client_id).first()
    if given is not None:
        return given
    cleaned = clean_text(text, field="text", required=False)
    piece = table(
        customer=customer,
        author=actor,
        language=language_of(cleaned, otherwise=actor.language),
        source=Source.objects.create(customer=customer, kind=Source.Kind.PORTAL, entered_by=actor),
        thread=thread_for_customer(customer),
        client_id=client_id,
        text=cleaned,
        **fields,
    )
    validated(piece)
    piece.save()
    if cleaned:
        message_post(actor=actor, thread=piece.thread, text=cleaned, client_id=client_id)
    _announce(piece, actor)
    return piece


def _check_settles(actor: User, piece: AnyFeedback) -> None:
    if not policies.sees_piece(actor, piece):
        raise NotFound()
    if not policies.may_settle(actor, piece.customer):
        raise NotAllowed(_("Only the customer's managers can do this."))


def _subject(piece: AnyFeedback) -> str:
    return f"{type(piece).__name__.lower()}:{piece.public_id}"


def _announce(piece: AnyFeedback, actor: User) -> None:
    record(
        FeedbackGiven(
            kind=type(piece).__name__.lower(),
            feedback=piece.public_id,
            customer=piece.customer.public_id,
        ),
        actor=actor,
        subject=_subject(piece),
    )
