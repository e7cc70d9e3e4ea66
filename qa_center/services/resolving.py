"""Resolve, release, capture: from an accepted proposal to knowledge that the next search finds."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customer_knowledge.models import Answer, Question
from customer_knowledge.services import Cited, question_answer
from kiplatform.accounts.models import User
from kiplatform.core import clock
from kiplatform.core.errors import Conflict, InvalidInput
from kiplatform.core.text import clean_text
from kiplatform.core.trace import trace
from manager_knowledge.choices import KnowledgeType
from manager_knowledge.models import KnowledgePage
from manager_knowledge.services import knowledge_draft_create, knowledge_submit
from qa_center.deadlines import step_due
from qa_center.events import CaseCaptured, CaseReleased, CaseResolved
from qa_center.models import Credit, Endorsement, Proposal, ResearchCase, Resolution
from qa_center.services.cases import check_steers, end
from qa_center.story import announce, check_running, locked, tell

TITLE_LENGTH = 120
SUMMARY_LENGTH = 300
ASKED_LENGTH = 300
UNCITED = gettext_lazy("Worked out with colleagues in a research case.")


@transaction.atomic
def proposal_accept(
    *, actor: User, case: ResearchCase, proposals: Sequence[Proposal], text: str = ""
) -> Resolution:
    """Accept a proposal, or several that the manager merges into words of their own.

    :param proposals: standing proposals of the case; none if the manager wrote it all.
    :param text: the wording; empty takes the newest version of the one proposal.
    :raises Conflict: the case is resolved already, or a proposal no longer stands.
    """
    case = locked(actor, case)
    check_steers(actor, case)
    check_running(case)
    if Resolution.objects.filter(case=case).exists():
        raise Conflict(_("An answer has been accepted already."), code="resolved")
    rows = list(case.proposals.filter(pk__in=[p.pk for p in proposals], state="standing"))
    if len(rows) != len(set(proposals)):
        raise Conflict(_("A proposal no longer stands. Read the case again."), code="stale")
    newest = [row.versions.order_by("-number").first() for row in rows]
    if not text.strip() and len(rows) != 1:
        raise InvalidInput(_("Write the answer, or choose one proposal."), field="text")
    words = clean_text(text if text.strip() else newest[0].text, field="text")  # type: ignore[union-attr]
    cited = {(c["kind"], c["key"]): c for v in newest if v is not None for c in v.citations}
    resolution = Resolution.objects.create(
        case=case,
        text=words,
        language=rows[0].language if rows else case.language,
        accepted_by=actor,
        citations=list(cited.values()),
    )
    resolution.proposals.set(rows)
    Proposal.objects.filter(pk__in=[row.pk for row in rows]).update(state=Proposal.State.ACCEPTED)
    _credit(resolution, case, rows)
    case.state = ResearchCase.State.RESOLVED
    case.owner = case.manager
    case.due_at = step_due(case.state, case.urgency, case.manager, clock.now())
    case.escalated = []
    with trace(case.trace_id):
        announce(case, CaseResolved(case=case.public_id, resolution=resolution.public_id), actor)
        tell(case, "resolved", actor=actor, names=[row.author.name for row in rows])
    return resolution


def _credit(resolution: Resolution, case: ResearchCase, accepted: Sequence[Proposal]) -> None:
    """Credit everyone once, with the part in which they helped most."""
    parts: dict[User, str] = {}
    for proposal in accepted:
        parts.setdefault(proposal.author, Credit.Part.PROPOSED)
    for row in Endorsement.objects.filter(
        proposal__in=accepted, kind=Endorsement.Kind.ENDORSE
    ).select_related("user"):
        parts.setdefault(row.user, Credit.Part.ENDORSED)
    parts.setdefault(case.manager, Credit.Part.MANAGED)
    for message in case.thread.messages.filter(deleted_at=None).select_related("author"):
        if message.author is not None:
            parts.setdefault(message.author, Credit.Part.DISCUSSED)
    if case.question is not None and case.question.author is not None:
        parts.setdefault(case.question.author, Credit.Part.ASKED)
    Credit.objects.bulk_create(
        Credit(resolution=resolution, user=user, name=user.name, part=part)
        for user, part in parts.items()
    )


@transaction.atomic
def case_release(*, actor: User, case: ResearchCase, text: str, client_id: str) -> Answer | None:
    """Send the answer to the customer, in the manager's name; nothing else of the case goes out.

    :param text: the wording for the customer, in the customer's language.
    :return: the answer, or None for a case without a question.
    :raises Conflict: nothing is accepted yet.
    """
    case = locked(actor, case)
    check_steers(actor, case)
    resolution = _resolution(case)
    if case.question is None:
        return None
    if resolution.answer is not None:
        return resolution.answer
    check_running(case)
    with trace(case.trace_id):
        answer = question_answer(
            actor=actor,
            question=case.question,
            text=text or resolution.text,
            client_id=client_id,
            citations=[Cited(c["kind"], c["key"]) for c in resolution.citations],
            uncited_reason="" if resolution.citations else str(UNCITED),
        )
        resolution.answer = answer
        resolution.released_at = clock.now()
        resolution.save(update_fields=["answer", "released_at"])
        announce(case, CaseReleased(case=case.public_id, answer=answer.public_id), actor)
        tell(case, "released", actor=actor)
    return answer


def capture_suggestion(case: ResearchCase) -> dict[str, str]:
    """Return what a capture could say, from the case: type, title, summary, body and the rest.

    :raises Conflict: nothing is accepted yet.
    """
    # What was accepted, not what was sent: the letter to the customer may name people.
    resolution = _resolution(case)
    text = resolution.text
    first_line = case.text.split("\n")[0].strip()
    paragraphs = [part.strip() for part in text.split("\n\n") if part.strip()]
    return {
        "type": _suggested_type(case),
        "title": first_line[:TITLE_LENGTH],
        "summary": paragraphs[0][:SUMMARY_LENGTH] if paragraphs else "",
        "body": text,
        "asked_as": " ".join(case.text.split())[:ASKED_LENGTH],
        "language": resolution.language,
        "product_code": case.product.code if case.product else "",
    }


def _suggested_type(case: ResearchCase) -> str:
    if case.question is not None and case.question.kind == Question.Kind.COMPANY_BUSINESS:
        return KnowledgeType.BUSINESS
    return KnowledgeType.PRODUCT if case.product else KnowledgeType.SERVICE


@transaction.atomic
def case_capture(
    *,
    actor: User,
    case: ResearchCase,
    type: str,
    title: str,
    summary: str,
    body: str,
    language: str,
    audience: str,
    client_id: str,
    asked_as: str = "",
    product_code: str = "",
) -> KnowledgePage:
    """Make the resolution a knowledge draft in the editors' workflow; the case ends.

    :param type: a knowledge type of `manager_knowledge`.
    :raises Conflict: nothing is accepted yet, or the customer still waits for the answer.
    """
    case = locked(actor, case)
    check_steers(actor, case)
    resolution = _resolution(case)
    if resolution.captured_as:
        return KnowledgePage.objects.get(public_id=resolution.captured_as)
    _check_released(case, resolution)
    with trace(case.trace_id):
        page = knowledge_draft_create(
            actor=actor,
            type=type,
            title=title,
            summary=summary,
            body=body,
            language=language,
            audience=audience,
            asked_as=asked_as,
            product_code=product_code,
            source_case=case.public_id,
            source_question=case.question.public_id if case.question else "",
            client_id=client_id,
        )
        knowledge_submit(actor=actor, page=page)
        resolution.captured_as = page.public_id
        resolution.captured_at = clock.now()
        resolution.save(update_fields=["captured_as", "captured_at"])
        announce(case, CaseCaptured(case=case.public_id, page=page.public_id), actor)
        end(case, ResearchCase.State.CAPTURED, actor)
    return page


@transaction.atomic
def case_close_uncaptured(*, actor: User, case: ResearchCase, reason: str) -> ResearchCase:
    """End a resolved case without new knowledge, and say why there is none."""
    case = locked(actor, case)
    check_steers(actor, case)
    check_running(case)
    resolution = _resolution(case)
    _check_released(case, resolution)
    resolution.not_captured_reason = clean_text(
        reason, field="reason", max_length=300, multiline=False
    )
    resolution.save(update_fields=["not_captured_reason"])
    case.end_reason = resolution.not_captured_reason
    with trace(case.trace_id):
        end(case, ResearchCase.State.ANSWERED, actor)
    return case


def _resolution(case: ResearchCase) -> Resolution:
    resolution = Resolution.objects.filter(case=case).select_related("answer").first()
    if resolution is None:
        raise Conflict(_("Accept an answer first."), code="unresolved")
    return resolution


def _check_released(case: ResearchCase, resolution: Resolution) -> None:
    waiting = case.question is not None and not case.question.is_ended
    if waiting and resolution.answer is None:
        raise Conflict(_("The customer is still waiting: send the answer first."), code="release")
