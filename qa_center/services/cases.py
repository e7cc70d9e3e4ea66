"""Cases from opened to ended: search first, and every end said in words."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from customer_knowledge.language import language_of
from customer_knowledge.masking import masked, names_of
from customer_knowledge.models import Answer, Product, Question
from customer_knowledge.services import (
    Cited,
    question_answer,
    thread_close,
    thread_member_add,
    thread_member_remove,
    thread_open_for_case,
)
from kiplatform.accounts.models import Department, User
from kiplatform.core import clock
from kiplatform.core.choices import Urgency
from kiplatform.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from kiplatform.core.text import clean_text
from kiplatform.core.trace import current_trace_id, trace
from manager_knowledge.models import KnowledgePage
from qa_center import policies
from qa_center.deadlines import step_due
from qa_center.events import CaseEnded, CaseOpened, CaseUnmasked
from qa_center.models import Evidence, Invitation, KnowledgeGap, ResearchCase
from qa_center.story import announce, check_running, locked, tell
from search.results import Hit
from search.services import search

EVIDENCE_KINDS = frozenset({"knowledge", "answer", "case"})
EVIDENCE_LIMIT = 8
LONGEST_POSTPONEMENT = timedelta(days=14)
GAP_TIME = timedelta(days=30)


@transaction.atomic
def case_open(
    *,
    actor: User,
    client_id: str,
    question: Question | None = None,
    text: str = "",
    product: Product | None = None,
    urgency: str = Urgency.NORMAL,
) -> ResearchCase:
    """Open a case on a customer's question, or on a need of the manager's own; search at once.

    :param text: what is to be found out; empty takes the question's own words. What could name or
        reach the customer is covered in it.
    :raises NotAllowed: the actor is neither a sales manager nor an administrator.
    :raises NotFound: the actor does not see the question.
    :raises Conflict: the question is ended, or a case on it is running (opened by another).
    """
    if not policies.may_open(actor):
        raise NotAllowed(_("Only sales managers can open a research case."))
    opened = ResearchCase.objects.filter(manager=actor, client_id=client_id).first()
    if opened is not None:
        return opened
    if question is not None:
        _check_question(actor, question)
        urgency, product = question.urgency, product or question.product
        text = text or question.text
    cleaned = clean_text(text, field="text")
    if question is not None:
        # Colleagues read it, from whom the customer is masked.
        cleaned = masked(cleaned, names_of(question.customer))
    with trace(question.trace_id if question else current_trace_id()) as trace_id:
        case = ResearchCase(
            question=question,
            manager=actor,
            owner=actor,
            text=cleaned,
            language=language_of(cleaned, otherwise=actor.language),
            product=product,
            urgency=urgency,
            due_at=step_due(ResearchCase.State.SEARCHING, urgency, actor, clock.now()),
            thread=thread_open_for_case(actor=actor),
            client_id=client_id,
            trace_id=trace_id,
        )
        case.save()
        _search(case, actor)
        announce(
            case,
            CaseOpened(case=case.public_id, question=question.public_id if question else ""),
            actor,
        )
        tell(case, "opened", actor=actor, verdict=case.verdict)
    return case


def _check_question(actor: User, question: Question) -> None:
    known = Question.objects.visible_to(actor).of_known_customers(actor)
    if not known.filter(pk=question.pk).exists():
        raise NotFound()
    if question.is_ended:
        raise Conflict(_("This question is ended."), code="state")
    if ResearchCase.objects.not_ended().filter(question=question).exists():
        raise Conflict(_("A case on this question is already running."), code="running")


def _search(case: ResearchCase, actor: User) -> None:
    """Keep what the company knows already as evidence, with how sure the search is of it."""
    results = search(case.text, actor, kinds=EVIDENCE_KINDS, limit=EVIDENCE_LIMIT, reader=True)
    case.verdict = results.verdict
    case.department = _department_of(results.hits)
    Evidence.objects.bulk_create(
        Evidence(
            case=case,
            rank=hit.rank,
            kind=hit.kind,
            key=hit.key,
            title=hit.title[:300],
            passage=hit.passage,
            score=hit.score,
            verdict=hit.verdict,
        )
        for hit in results.hits
    )


def _department_of(hits: Sequence[Hit]) -> Department | None:
    """The department whose page is nearest to the case, where one is near at all."""
    near = [hit.key for hit in hits if hit.kind == "knowledge" and hit.verdict != "nothing"]
    pages = KnowledgePage.objects.select_related("owner__staff_profile__department")
    page = pages.filter(public_id__in=near[:1]).first()
    profile = getattr(page.owner, "staff_profile", None) if page and page.owner else None
    return profile.department if profile else None


@transaction.atomic
def evidence_mark(*, actor: User, evidence: Evidence, mark: str) -> Evidence:
    """Note whether a piece of evidence fits; this is what search is evaluated by.

    The mark that it has already changes nothing.
    """
    case = locked(actor, evidence.case)
    check_steers(actor, case)
    if mark not in Evidence.Mark.values:
        raise InvalidInput(_("Please choose one of the options."), field="mark")
    evidence = Evidence.objects.get(pk=evidence.pk)
    if evidence.mark == mark:
        return evidence
    check_running(case)
    evidence.mark = mark
    evidence.marked_at = clock.now() if mark else None
    evidence.save(update_fields=["mark", "marked_at"])
    tell(case, "evidence_marked", actor=actor, title=evidence.title, mark=mark)
    return evidence


@transaction.atomic
def case_answer_from_evidence(
    *, actor: User, case: ResearchCase, text: str, evidence: Sequence[Evidence], client_id: str
) -> Answer | None:
    """Answer the customer from what was found; the case ends.

    :param text: the answer in the customer's language.
    :param evidence: what the answer stands on, at least one piece that the actor sees.
    :return: the answer, or None for a case without a question.
    """
    case = locked(actor, case)
    check_steers(actor, case)
    check_running(case)
    if not evidence or any(piece.case_id != case.pk for piece in evidence):
        raise InvalidInput(_("Choose the evidence that the answer stands on."), field="evidence")
    for piece in evidence:
        if piece.mark != Evidence.Mark.FITS:
            piece.mark, piece.marked_at = Evidence.Mark.FITS, clock.now()
            piece.save(update_fields=["mark", "marked_at"])
    answer = None
    with trace(case.trace_id):
        if case.question is not None:
            answer = question_answer(
                actor=actor,
                question=case.question,
                text=text,
                client_id=client_id,
                citations=[Cited(piece.kind, piece.key) for piece in evidence],
            )
        end(case, ResearchCase.State.ANSWERED_FROM_KNOWLEDGE, actor)
    return answer


@transaction.atomic
def case_cancel(*, actor: User, case: ResearchCase, reason: str) -> ResearchCase:
    """Give a case up, with the reason; its question stays with its owner."""
    case = locked(actor, case)
    check_steers(actor, case)
    check_running(case)
    case.end_reason = clean_text(reason, field="reason", max_length=500, multiline=False)
    with trace(case.trace_id):
        end(case, ResearchCase.State.CANCELLED, actor)
    return case


@transaction.atomic
def case_postpone(
    *, actor: User, case: ResearchCase, due_at: datetime, reason: str
) -> ResearchCase:
    """Give the present step more time, with the reason; the ball comes back to the manager.

    The due time that holds already, with the ball where it is, changes nothing.

    :param due_at: later than now and at most 14 days ahead.
    """
    case = locked(actor, case)
    check_steers(actor, case)
    check_running(case)
    now = clock.now()
    if not now < due_at <= now + LONGEST_POSTPONEMENT:
        raise InvalidInput(_("Choose a time within the next 14 days."), field="due_at")
    words = clean_text(reason, field="reason", max_length=300, multiline=False)
    if case.due_at == due_at and case.owner == case.manager and not case.escalated:
        return case
    case.due_at = due_at
    case.owner = case.manager
    case.escalated = []
    with trace(case.trace_id):
        tell(case, "postponed", actor=actor, reason=words)
    return case


@transaction.atomic
def case_mark_unanswerable(
    *, actor: User, case: ResearchCase, reason: str, gap_owner: User
) -> KnowledgeGap:
    """End a case that nobody could answer; the gap stays, with somebody to close it."""
    case = locked(actor, case)
    check_steers(actor, case)
    check_running(case)
    if not (gap_owner.is_active and gap_owner.is_staff_member):
        raise InvalidInput(_("The gap needs an owner from the company."), field="gap_owner")
    case.end_reason = clean_text(reason, field="reason", max_length=500, multiline=False)
    gap = KnowledgeGap.objects.create(
        case=case,
        text=case.text,
        language=case.language,
        owner=gap_owner,
        due_at=clock.now() + GAP_TIME,
    )
    with trace(case.trace_id):
        end(case, ResearchCase.State.UNANSWERABLE, actor)
    return gap


@transaction.atomic
def identity_unmask(*, actor: User, case: ResearchCase, reason: str) -> ResearchCase:
    """Show the customer's identity to the colleagues in the case; the reason is recorded."""
    case = locked(actor, case)
    check_steers(actor, case)
    check_running(case)
    if case.question is None:
        raise Conflict(_("This case is not about a customer."), code="no_customer")
    if case.unmasked_at is not None:
        return case
    case.unmask_reason = clean_text(reason, field="reason", max_length=300, multiline=False)
    case.unmasked_at = clock.now()
    announce(case, CaseUnmasked(case=case.public_id), actor)
    tell(case, "unmasked", actor=actor, reason=case.unmask_reason)
    return case


@transaction.atomic
def case_merge(*, actor: User, case: ResearchCase, into: ResearchCase) -> ResearchCase:
    """End `case` in favour of `into`; its people go along, and both threads are kept.

    :raises NotAllowed: the actor does not take part in `into`, so may not bring people into it.
    :raises Conflict: one of them has ended, or they are the same.
    """
    first, second = sorted((case, into), key=lambda row: row.pk)
    rows = {row.pk: locked(actor, row) for row in (first, second)}
    case, into = rows[case.pk], rows[into.pk]
    check_steers(actor, case)
    if not policies.takes_part(actor, into):
        raise NotAllowed(_("Accept the invitation first, then you can take part."))
    check_running(case)
    check_running(into)
    if case.pk == into.pk:
        raise Conflict(_("A case cannot be merged with itself."), code="same")
    for member in case.thread.members.filter(left_at=None).select_related("user"):
        thread_member_add(actor=actor, thread=into.thread, user=member.user)
    case.merged_into = into
    case.end_reason = _("Merged with another case.")
    with trace(case.trace_id):
        end(case, ResearchCase.State.CANCELLED, actor)
    with trace(into.trace_id):
        tell(into, "merged", actor=actor, case=case.public_id)
    return into


@transaction.atomic
def member_leave(*, actor: User, case: ResearchCase, user: User) -> None:
    """A colleague leaves the case, or the manager removes them; what follows is not theirs."""
    case = locked(actor, case)
    if actor.pk != user.pk:
        check_steers(actor, case)
    if user.pk == case.manager_id:
        raise Conflict(_("The manager cannot leave the case."), code="manager")
    if not case.thread.members.filter(user=user, left_at=None).exists():
        raise NotFound()
    thread_member_remove(actor=actor, thread=case.thread, user=user)
    case.invitations.filter(expert=user).update(status=Invitation.Status.WITHDRAWN)
    tell(case, "left", actor=actor, name=user.name)


def check_steers(actor: User, case: ResearchCase) -> None:
    if not policies.may_steer(actor, case):
        raise NotAllowed(_("Only the manager who opened the case decides this."))


def end(case: ResearchCase, state: str, actor: User | None) -> None:
    """End a case: open invitations are withdrawn, and the story says so."""
    case.state = state
    case.ended_at = clock.now()
    case.due_at = None
    thread_close(thread=case.thread)
    case.invitations.filter(
        status__in=[Invitation.Status.PENDING, Invitation.Status.SNOOZED]
    ).update(status=Invitation.Status.WITHDRAWN)
    announce(case, CaseEnded(case=case.public_id, state=state), actor)
    tell(case, "ended", actor=actor, state=state, reason=case.end_reason)
