"""Reads of the research center, each for somebody: what they may not see is not there."""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    When,
)

from customer_knowledge.models import Question, ThreadMember
from customer_knowledge.selectors import unread_in
from kiplatform.accounts.access import Viewer
from kiplatform.accounts.models import User
from kiplatform.core.errors import NotFound
from kiplatform.events.models import OutboxEvent
from qa_center import policies
from qa_center.models import (
    CaseEntry,
    Credit,
    Endorsement,
    Evidence,
    Invitation,
    KnowledgeGap,
    Proposal,
    ProposalVersion,
    ResearchCase,
    Resolution,
)


def case_for(viewer: Viewer, public_id: str) -> ResearchCase:
    """Return a case with its people; NotFound where the viewer does not see it."""
    case = (
        ResearchCase.objects.visible_to(viewer)
        .select_related(
            "question",
            "question__customer",
            "question__author",
            "manager",
            "owner",
            "thread",
            "product",
            "department",
            "merged_into",
        )
        .filter(public_id=public_id)
        .first()
    )
    if case is None:
        raise NotFound()
    return case


def cases_for(viewer: Viewer) -> QuerySet[ResearchCase]:
    """Return what the viewer sees of cases, the most pressing first, ended ones last."""
    return (
        ResearchCase.objects.visible_to(viewer)
        .select_related("manager", "owner", "product", "question", "question__customer")
        .annotate(
            joined=Count(
                "invitations",
                filter=Q(invitations__status=Invitation.Status.ACCEPTED),
                distinct=True,
            ),
            proposed=Count(
                "proposals", filter=~Q(proposals__state=Proposal.State.WITHDRAWN), distinct=True
            ),
        )
        .order_by("ended_at", "due_at", "-id")
    )


def invitations_for(viewer: User) -> QuerySet[Invitation]:
    """Return the invitations that wait for the viewer's reply, the most pressing first."""
    return (
        Invitation.objects.filter(
            expert=viewer, status__in=[Invitation.Status.PENDING, Invitation.Status.SNOOZED]
        )
        .exclude(case__state__in=ResearchCase.ENDED)
        .select_related("case", "case__manager", "case__product", "suggested_by")
        .order_by("due_at")
    )


def waiting_for(viewer: User) -> QuerySet[ResearchCase]:
    """Return the running cases in which the viewer has the ball, the most pressing first."""
    return cases_for(viewer).not_ended().filter(owner=viewer).order_by("due_at")  # type: ignore[attr-defined]


def with_unread(rows: QuerySet[ResearchCase], viewer: User) -> QuerySet[ResearchCase]:
    """Annotate `unread`: messages that a member of the discussion has not read; 0 for others."""
    taken_part = ThreadMember.objects.filter(thread=OuterRef("thread"), user=viewer, left_at=None)
    return rows.annotate(
        unread=Case(
            When(Exists(taken_part), then=unread_in("thread", viewer)),
            default=0,
            output_field=IntegerField(),
        )
    )


def cases_joined(viewer: User) -> list[ResearchCase]:
    """Return the running cases that the viewer helps in, the most pressing first."""
    rows = cases_for(viewer).not_ended().exclude(manager=viewer)  # type: ignore[attr-defined]
    joined = rows.filter(thread__members__user=viewer, thread__members__left_at=None)
    return list(joined.order_by("due_at"))


def invitation_for(viewer: User, public_id: str) -> Invitation:
    """Return one of the viewer's own invitations; NotFound otherwise."""
    invitation = (
        Invitation.objects.select_related("case", "case__thread", "case__manager")
        .filter(expert=viewer, public_id=public_id)
        .first()
    )
    if invitation is None:
        raise NotFound()
    return invitation


def proposal_for(viewer: Viewer, public_id: str) -> Proposal:
    """Return a proposal with its case; NotFound where the viewer does not see the case."""
    proposal = (
        Proposal.objects.filter(case__in=ResearchCase.objects.visible_to(viewer))
        .select_related("case", "author")
        .filter(public_id=public_id)
        .first()
    )
    if proposal is None:
        raise NotFound()
    return proposal


def evidence_for(viewer: Viewer, public_id: str) -> Evidence:
    """Return a piece of evidence with its case; NotFound where the viewer does not see it."""
    evidence = (
        Evidence.objects.filter(case__in=ResearchCase.objects.visible_to(viewer))
        .select_related("case")
        .filter(public_id=public_id)
        .first()
    )
    if evidence is None:
        raise NotFound()
    return evidence


@dataclass(frozen=True, slots=True)
class CaseView:
    """Everything that a case's page shows to one viewer."""

    case: ResearchCase
    evidence: list[Evidence]
    invitations: list[Invitation]
    proposals: list[Proposal]
    story: list[CaseEntry]
    resolution: Resolution | None
    own_invitation: Invitation | None
    steers: bool
    takes_part: bool
    shows_customer: bool


def case_view(viewer: User, case: ResearchCase) -> CaseView:
    """Return the case's page for `viewer`, who sees the case; 8 queries at most."""
    takes_part = policies.takes_part(viewer, case)
    invitations = list(
        case.invitations.select_related(
            "expert", "expert__staff_profile__department", "suggested"
        ).order_by("ring", "id")
    )
    return CaseView(
        case=case,
        evidence=list(case.evidence.all()),
        invitations=invitations,
        proposals=list(_proposals(case)) if takes_part else [],
        story=list(case.entries.select_related("actor")) if takes_part else [],
        resolution=_resolution(case),
        own_invitation=next((i for i in invitations if i.expert_id == viewer.pk), None),
        steers=policies.may_steer(viewer, case),
        takes_part=takes_part,
        shows_customer=policies.sees_customer_of(viewer, case),
    )


def _proposals(case: ResearchCase) -> QuerySet[Proposal]:
    return case.proposals.select_related("author").prefetch_related(
        Prefetch("versions", queryset=ProposalVersion.objects.order_by("-number")),
        Prefetch("endorsements", queryset=Endorsement.objects.select_related("user")),
    )


def _resolution(case: ResearchCase) -> Resolution | None:
    return (
        Resolution.objects.filter(case=case)
        .select_related("answer", "accepted_by")
        .prefetch_related("credits")
        .first()
    )


def running_case_on(question: Question) -> ResearchCase | None:
    """Return the running case on a question, or None."""
    return ResearchCase.objects.not_ended().filter(question=question).first()


def gaps_for(viewer: Viewer) -> QuerySet[KnowledgeGap]:
    """Return the open knowledge gaps of the cases that the viewer sees, and the viewer's own."""
    gaps = KnowledgeGap.objects.filter(closed_at=None).select_related("owner", "case")
    visible = Q(case__in=ResearchCase.objects.visible_to(viewer))
    if isinstance(viewer, User):
        visible |= Q(owner=viewer)
    return gaps.filter(visible).order_by("due_at")


def credits_of(user: User) -> QuerySet[Credit]:
    """Return what a colleague is credited with, newest first."""
    return (
        Credit.objects.filter(user=user)
        .select_related("resolution", "resolution__case")
        .order_by("-created_at")
    )


def journey(question: Question) -> list[OutboxEvent]:
    """Return every event of a question's journey in order: one trace from asked to captured."""
    return list(
        OutboxEvent.objects.filter(trace_id=question.trace_id)
        .select_related("actor")
        .prefetch_related("deliveries")
        .order_by("id")
    )


def routing_history() -> Iterator[dict[str, Any]]:
    """Yield the past as `routing_replay` reads it: questions, and who gave accepted answers.

    A case that a manager ended for a need of their own is a question too; oldest first.
    """
    asked = heapq.merge(_answered_questions(), _answered_needs(), key=lambda each: each[0])
    return (line for _at, line in asked)


def _answered_questions() -> Iterator[tuple[datetime, dict[str, Any]]]:
    rows = (
        Question.objects.exclude(answers=None)
        .select_related("author")
        .prefetch_related(
            "answers__answered_by", "cases__department", "cases__resolution__credits__user"
        )
        .order_by("occurred_at", "id")
    )
    for question in rows.iterator(chunk_size=500):
        cases = question.cases.all()
        yield (
            question.occurred_at,
            {
                "id": question.public_id,
                "at": question.occurred_at.isoformat(),
                "text": question.text,
                "lang": question.language,
                "department": next(filter(None, map(_department, cases)), ""),
                "asker": question.author.public_id if question.author else "",
                "answers": [*_answers(question), *_proposed(cases)],
            },
        )


def _answered_needs() -> Iterator[tuple[datetime, dict[str, Any]]]:
    rows = (
        ResearchCase.objects.filter(question=None, state__in=ResearchCase.ENDED)
        .exclude(resolution=None)
        .select_related("manager", "resolution", "department")
        .prefetch_related("resolution__credits__user")
        .order_by("created_at", "id")
    )
    for case in rows.iterator(chunk_size=500):
        yield (
            case.created_at,
            {
                "id": case.public_id,
                "at": case.created_at.isoformat(),
                "text": case.text,
                "lang": case.language,
                "department": _department(case),
                "asker": case.manager.public_id,
                "answers": list(_proposed([case])),
            },
        )


def _department(case: ResearchCase) -> str:
    return case.department.public_id if case.department else ""


def _answers(question: Question) -> Iterator[dict[str, Any]]:
    for answer in question.answers.all():
        yield {
            "by": answer.answered_by.public_id if answer.answered_by else "",
            "at": answer.created_at.isoformat(),
            "accepted": answer.is_standing,
        }


def _proposed(cases: Iterable[ResearchCase]) -> Iterator[dict[str, Any]]:
    for case in cases:
        resolution = getattr(case, "resolution", None)
        for credit in resolution.credits.all() if resolution else ():
            if credit.part == Credit.Part.PROPOSED and credit.user is not None:
                yield {
                    "by": credit.user.public_id,
                    "at": credit.created_at.isoformat(),
                    "accepted": True,
                }
