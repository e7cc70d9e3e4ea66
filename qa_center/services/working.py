"""Working it out: messages, proposals in versions, and who stands by them or objects."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from customer_knowledge.language import language_of
from customer_knowledge.models import Attachment, Message
from customer_knowledge.services import Cited, message_post
from customer_knowledge.services.threads import check_citations, check_client_id
from kiplatform.accounts.models import User
from kiplatform.core import clock
from kiplatform.core.errors import Conflict, InvalidInput, NotAllowed
from kiplatform.core.text import clean_text
from kiplatform.core.trace import trace
from qa_center import policies
from qa_center.deadlines import step_due
from qa_center.events import ProposalJudged, ProposalMade
from qa_center.models import Endorsement, Proposal, ProposalVersion, ResearchCase
from qa_center.services.asking import check_takes_part
from qa_center.story import announce, check_running, locked, tell


@transaction.atomic
def case_message_post(
    *,
    actor: User,
    case: ResearchCase,
    text: str,
    client_id: str,
    reply_to: Message | None = None,
    citations: Sequence[Cited] = (),
    attachments: Sequence[Attachment] = (),
    mentions: Sequence[User] = (),
) -> Message:
    """Write in the case's thread, once for a given `client_id`."""
    case = locked(actor, case)
    check_takes_part(actor, case)
    with trace(case.trace_id):
        return message_post(
            actor=actor,
            thread=case.thread,
            text=text,
            client_id=client_id,
            internal=True,
            reply_to=reply_to,
            citations=citations,
            attachments=attachments,
            mentions=mentions,
        )


@transaction.atomic
def proposal_make(
    *,
    actor: User,
    case: ResearchCase,
    text: str,
    client_id: str,
    citations: Sequence[Cited] = (),
) -> Proposal:
    """Propose an answer, once for a given `client_id`."""
    case = locked(actor, case)
    check_takes_part(actor, case)
    check_client_id(client_id)
    made = Proposal.objects.filter(author=actor, client_id=client_id).first()
    if made is not None:
        return made
    _check_open_to_proposals(case)
    cleaned = clean_text(text, field="text")
    proposal = Proposal.objects.create(
        case=case,
        author=actor,
        language=language_of(cleaned, otherwise=actor.language),
        client_id=client_id,
    )
    _add_version(case, proposal, actor, cleaned, citations)
    return proposal


@transaction.atomic
def proposal_revise(
    *, actor: User, proposal: Proposal, text: str, based_on: int, citations: Sequence[Cited] = ()
) -> Proposal:
    """Give a proposal a new version; endorsements and objections of older ones stay with them.

    :param based_on: number of the version that the author read.
    :raises Conflict: there is a newer version, or the proposal no longer stands.
    """
    case = locked(actor, proposal.case)
    proposal = Proposal.objects.get(pk=proposal.pk)
    if not policies.may_revise(actor, proposal):
        raise NotAllowed(_("Only its author can change a proposal."))
    _check_open_to_proposals(case)
    newest = proposal.versions.order_by("-number").values_list("number", flat=True).first()
    if proposal.state != Proposal.State.STANDING or newest != based_on:
        raise Conflict(_("This proposal has changed. Read it again first."), code="stale")
    _add_version(case, proposal, actor, clean_text(text, field="text"), citations)
    return proposal


def _check_open_to_proposals(case: ResearchCase) -> None:
    check_running(case)
    if case.state == ResearchCase.State.RESOLVED:
        raise Conflict(_("An answer has been accepted already."), code="resolved")


def _add_version(
    case: ResearchCase, proposal: Proposal, actor: User, text: str, citations: Sequence[Cited]
) -> None:
    cited = check_citations(actor, citations)
    number = proposal.versions.count() + 1
    ProposalVersion.objects.create(
        proposal=proposal,
        number=number,
        text=text,
        citations=[{"kind": c.kind, "key": c.key, "title": c.title} for c in cited],
    )
    if case.state != ResearchCase.State.PROPOSED:
        case.state = ResearchCase.State.PROPOSED
        case.owner = case.manager
        case.due_at = step_due(case.state, case.urgency, case.manager, clock.now())
        case.escalated = []
    with trace(case.trace_id):
        announce(
            case,
            ProposalMade(case=case.public_id, proposal=proposal.public_id, version=number),
            actor,
        )
        tell(case, "proposed", actor=actor, name=actor.name, version=number)


@transaction.atomic
def proposal_withdraw(*, actor: User, proposal: Proposal) -> Proposal:
    """Take one's own proposal back; without another one the case is discussed again."""
    case = locked(actor, proposal.case)
    check_running(case)
    proposal = Proposal.objects.get(pk=proposal.pk)
    if not policies.may_revise(actor, proposal):
        raise NotAllowed(_("Only its author can change a proposal."))
    if proposal.state != Proposal.State.STANDING:
        raise Conflict(_("This proposal no longer stands."), code="state")
    proposal.state = Proposal.State.WITHDRAWN
    proposal.save(update_fields=["state"])
    if not case.proposals.filter(state=Proposal.State.STANDING).exists():
        case.state = ResearchCase.State.DISCUSSING
        case.due_at = step_due(case.state, case.urgency, case.manager, clock.now())
    tell(case, "proposal_withdrawn", actor=actor, name=actor.name)
    return proposal


@transaction.atomic
def proposal_judge(
    *, actor: User, proposal: Proposal, kind: str, version: int, reason: str = ""
) -> Endorsement:
    """Stand by a version of a proposal, or object to it with a reason; a later word replaces it.

    The same word again changes nothing.

    :raises InvalidInput: an objection without a reason, or one's own proposal.
    :raises Conflict: there is a newer version.
    """
    case = locked(actor, proposal.case)
    check_takes_part(actor, case)
    said = Endorsement.objects.filter(
        proposal=proposal, version=version, user=actor, kind=kind, reason=reason.strip()
    ).first()
    if said is not None:
        return said
    _check_open_to_proposals(case)
    if kind not in Endorsement.Kind.values or proposal.author_id == actor.pk:
        raise InvalidInput(_("You cannot judge this proposal in this way."), field="kind")
    if proposal.versions.count() != version:
        raise Conflict(_("This proposal has changed. Read it again first."), code="stale")
    words = clean_text(
        reason, field="reason", max_length=500, required=kind == Endorsement.Kind.OBJECT
    )
    row, _created = Endorsement.objects.update_or_create(
        proposal=proposal, version=version, user=actor, defaults={"kind": kind, "reason": words}
    )
    with trace(case.trace_id):
        announce(
            case,
            ProposalJudged(case=case.public_id, proposal=proposal.public_id, kind=kind),
            actor,
        )
        told = "endorsed" if kind == Endorsement.Kind.ENDORSE else "objected"
        tell(case, told, actor=actor, name=actor.name)
    return row
