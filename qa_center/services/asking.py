"""Asking: invites whom routing names, hears their replies, and goes on when nobody says a word.

`advance` carries out what `routing.plan_next` decides and nothing else; it may be called at any
time and any number of times.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from customer_knowledge.services import thread_member_add
from kiplatform.accounts.models import User
from kiplatform.accounts.roles import Role
from kiplatform.core import clock
from kiplatform.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from kiplatform.core.text import clean_text
from kiplatform.core.trace import trace
from qa_center import policies
from qa_center.deadlines import step_due
from qa_center.events import CaseEscalated, InvitationAnswered, InvitationSent
from qa_center.models import Invitation, ResearchCase
from qa_center.people import candidates, case_facts, shifts_of
from qa_center.reasons import stored
from qa_center.routing import (
    OFFICE_HOURS,
    CaseState,
    Escalate,
    InvitationState,
    InvitationStatus,
    Invite,
    Level,
    RankedExpert,
    Reason,
    Resume,
    TimeOut,
    Urgency,
    WidenRing,
    plan_next,
    plan_overdue,
    route,
)
from qa_center.services.cases import check_steers
from qa_center.services.weights import current_weights
from qa_center.story import announce, check_running, locked, tell

ASKING = ResearchCase.State.ASKING
# Hours are chosen: two times this near to each other are one choice, sent twice.
SAME_SNOOZE = timedelta(minutes=10)
# The states in which a silent step escalates by itself.
RUNNING = (
    ResearchCase.State.SEARCHING,
    ASKING,
    ResearchCase.State.DISCUSSING,
    ResearchCase.State.PROPOSED,
    ResearchCase.State.RESOLVED,
)


def rank_experts(case: ResearchCase) -> list[RankedExpert]:
    """Return who could be asked, best first, each with the reasons."""
    return route(case_facts(case), candidates(case), clock.now(), current_weights())


@transaction.atomic
def case_ask_colleagues(
    *, actor: User, case: ResearchCase, chosen: Iterable[User] = ()
) -> ResearchCase:
    """Ask the best few colleagues, or just those whom the manager chose.

    :raises Conflict: the case asks already, or has gone further.
    """
    case = locked(actor, case)
    check_steers(actor, case)
    check_running(case)
    if case.state != ResearchCase.State.SEARCHING:
        raise Conflict(_("Colleagues have been asked already."), code="state")
    now = clock.now()
    case.state = ASKING
    case.due_at = step_due(ASKING, case.urgency, case.manager, now)
    people = list(chosen)
    with trace(case.trace_id):
        tell(case, "asking", actor=actor)
        if people:
            ranked = {expert.key: expert for expert in rank_experts(case)}
            case.ring = 1
            case.ring_due_at = case.due_at
            for user in people:
                _invite_chosen(case, user, ranked.get(user.public_id), actor, now)
        else:
            _advance(case, now)
    return case


def _invite_chosen(
    case: ResearchCase, user: User, expert: RankedExpert | None, actor: User, now: datetime
) -> None:
    if expert is None or not expert.eligible:
        raise InvalidInput(_("%(name)s cannot be asked now.") % {"name": user.name}, field="chosen")
    due_at = step_due(ResearchCase.State.SEARCHING, case.urgency, user, now)
    _invite(case, user, ring=1, due_at=due_at, reasons=expert.reasons, actor=actor)


@transaction.atomic
def invite_more(*, actor: User, case: ResearchCase, user: User) -> Invitation:
    """The manager asks one more colleague by name, in any state that is running."""
    case = locked(actor, case)
    check_steers(actor, case)
    check_running(case)
    known = case.invitations.filter(expert=user).first()
    if known is not None:
        return known
    ranked = {expert.key: expert for expert in rank_experts(case)}
    with trace(case.trace_id):
        _invite_chosen(case, user, ranked.get(user.public_id), actor, clock.now())
    return case.invitations.get(expert=user)


def _invite(
    case: ResearchCase,
    user: User,
    *,
    ring: int,
    due_at: datetime,
    reasons: Iterable[Reason],
    actor: User | None = None,
    suggested_by: User | None = None,
) -> None:
    invitation = Invitation.objects.create(
        case=case,
        expert=user,
        ring=ring,
        due_at=due_at,
        reasons=stored(reasons),
        suggested_by=suggested_by,
    )
    announce(
        case,
        InvitationSent(case=case.public_id, invitation=invitation.public_id, expert=user.public_id),
        actor,
    )
    tell(case, "invited", actor=actor, name=user.name, ring=ring)


@transaction.atomic
def invitation_accept(*, actor: User, invitation: Invitation) -> Invitation:
    """Accept: the colleague joins the thread, and the case is discussed."""
    case, invitation = _own(actor, invitation)
    if invitation.status == Invitation.Status.ACCEPTED:
        return invitation
    _reply(invitation, Invitation.Status.ACCEPTED)
    with trace(case.trace_id):
        thread_member_add(actor=actor, thread=case.thread, user=actor)
        if case.state in {ResearchCase.State.SEARCHING, ASKING}:
            case.state = ResearchCase.State.DISCUSSING
            case.due_at = step_due(case.state, case.urgency, case.manager, clock.now())
            case.escalated = []
        _announce_reply(case, invitation, actor)
        tell(case, "accepted", actor=actor, name=actor.name)
    return invitation


@transaction.atomic
def invitation_decline(
    *, actor: User, invitation: Invitation, reason: str, suggested: User | None = None
) -> Invitation:
    """Decline with a reason, and perhaps a better name; the next colleague is asked at once."""
    case, invitation = _own(actor, invitation)
    if suggested is not None and not (suggested.is_active and suggested.is_staff_member):
        raise InvalidInput(_("Please name a colleague."), field="suggested")
    invitation.decline_reason = clean_text(reason, field="reason", max_length=300, multiline=False)
    invitation.suggested = suggested
    _reply(invitation, Invitation.Status.DECLINED)
    with trace(case.trace_id):
        _announce_reply(case, invitation, actor)
        tell(
            case,
            "declined",
            actor=actor,
            name=actor.name,
            reason=invitation.decline_reason,
            suggested=suggested.name if suggested else "",
        )
        _advance(case, clock.now())
    return invitation


@transaction.atomic
def invitation_snooze(*, actor: User, invitation: Invitation, hours: int) -> Invitation:
    """Say "later": the invitation comes back after some hours; others are asked meanwhile.

    :param hours: 1 to 72; nearly the time that was said already changes nothing.
    """
    case, invitation = _own(actor, invitation)
    if not 1 <= hours <= 72:
        raise InvalidInput(_("Choose 1 to 72 hours."), field="hours")
    until = clock.now() + timedelta(hours=hours)
    said = invitation.snoozed_until if invitation.status == Invitation.Status.SNOOZED else None
    if said is not None and abs(until - said) < SAME_SNOOZE:
        return invitation
    invitation.snoozed_until = until
    _reply(invitation, Invitation.Status.SNOOZED)
    with trace(case.trace_id):
        _announce_reply(case, invitation, actor)
        tell(case, "snoozed", actor=actor, name=actor.name)
        _advance(case, clock.now())
    return invitation


def _own(actor: User, invitation: Invitation) -> tuple[ResearchCase, Invitation]:
    """Return the case and the invitation, fresh and held, if the actor may reply to it now.

    :raises NotFound: it is not the actor's.  :raises Conflict: it is over.
    """
    if invitation.expert_id != actor.pk:
        raise NotFound()
    case = locked(None, invitation.case)
    invitation = Invitation.objects.get(pk=invitation.pk)
    over = {Invitation.Status.WITHDRAWN, Invitation.Status.DECLINED}
    if case.is_ended or invitation.status in over:
        raise Conflict(_("This invitation is over. Thank you all the same."), code="over")
    return case, invitation


def _reply(invitation: Invitation, status: str) -> None:
    invitation.status = status
    invitation.replied_at = clock.now()
    invitation.save()


def _announce_reply(case: ResearchCase, invitation: Invitation, actor: User) -> None:
    announce(
        case,
        InvitationAnswered(
            case=case.public_id, invitation=invitation.public_id, status=invitation.status
        ),
        actor,
    )


def advance_due(now: datetime | None = None) -> int:
    """Advance every case on which something is due, and return how many.

    A step that is silent past its due time never just waits: the next ring, the head of the
    department, then the administrator hears of it.
    """
    now = now or clock.now()
    due = Q(due_at__lte=now) | Q(ring_due_at__lte=now, state=ASKING)
    lapsed = Q(
        state=ASKING,
        invitations__status=Invitation.Status.PENDING,
        invitations__due_at__lte=now,
    ) | Q(
        state=ASKING,
        invitations__status=Invitation.Status.SNOOZED,
        invitations__snoozed_until__lte=now,
    )
    keys = (
        ResearchCase.objects.filter(state__in=RUNNING)
        .filter(due | lapsed)
        .values_list("pk", flat=True)
        .distinct()
    )
    advanced = 0
    for key in list(keys):
        with transaction.atomic():
            case = locked(None, ResearchCase(pk=key))
            if not case.is_ended:
                with trace(case.trace_id):
                    _advance(case, now)
                advanced += 1
    return advanced


def _advance(case: ResearchCase, now: datetime) -> None:
    """Carry out what the plan says for a case whose row the transaction holds."""
    if case.state == ASKING:
        ranked = rank_experts(case)
        plan = plan_next(_case_state(case, ranked), _invitation_states(case), now)
        reasons = {expert.key: expert.reasons for expert in ranked}
    else:
        plan = plan_overdue(_case_state(case, []), now)
        reasons = {}
    people = _people(plan)
    for action in plan:
        _carry_out(case, action, people, reasons, now)


def _case_state(case: ResearchCase, ranked: list[RankedExpert]) -> CaseState:
    return CaseState(
        ring=case.ring,
        urgency=Urgency(case.urgency),
        ranked=ranked,
        department=case.department.public_id if case.department else "",
        ring_due_at=case.ring_due_at,
        due_at=case.due_at,
        escalated=[Level(level) for level in case.escalated],
        hours=shifts_of(case.manager) or OFFICE_HOURS,
        timezone=case.manager.timezone,
    )


def _invitation_states(case: ResearchCase) -> list[InvitationState]:
    return [
        InvitationState(
            expert=row.expert.public_id,
            ring=row.ring,
            status=InvitationStatus(row.status),
            due_at=row.due_at,
            snoozed_until=row.snoozed_until,
            suggested=row.suggested.public_id if row.suggested else "",
        )
        for row in case.invitations.select_related("expert", "suggested").order_by("id")
    ]


def _people(plan: Iterable[object]) -> dict[str, User]:
    keys = {
        key
        for action in plan
        for key in (getattr(action, "expert", ""), getattr(action, "suggested_by", ""))
        if key
    }
    return {user.public_id: user for user in User.objects.filter(public_id__in=keys)}


def _carry_out(
    case: ResearchCase,
    action: TimeOut | Resume | WidenRing | Invite | Escalate,
    people: dict[str, User],
    reasons: dict[str, tuple[Reason, ...]],
    now: datetime,
) -> None:
    match action:
        case TimeOut():
            user = people[action.expert]
            case.invitations.filter(expert=user).update(status=Invitation.Status.TIMED_OUT)
            tell(case, "silent", actor=None, name=user.name)
        case Resume():
            case.invitations.filter(expert=people[action.expert]).update(
                status=Invitation.Status.PENDING, due_at=action.due_at, snoozed_until=None
            )
            tell(case, "resumed", actor=None, name=people[action.expert].name)
        case WidenRing():
            case.ring, case.ring_due_at = action.ring, action.due_at
            tell(case, "widened", actor=None, ring=action.ring)
        case Invite():
            _invite(
                case,
                people[action.expert],
                ring=action.ring,
                due_at=action.due_at,
                reasons=reasons.get(action.expert, ()),
                suggested_by=people.get(action.suggested_by),
            )
        case Escalate():
            _escalate(case, action)


def _escalate(case: ResearchCase, action: Escalate) -> None:
    """Give the ball to the next level, who joins the discussion; the case stays due."""
    holder = _holder(case, action.to)
    thread_member_add(actor=None, thread=case.thread, user=holder)
    case.owner = holder
    case.due_at = action.due_at
    case.escalated = [*dict.fromkeys([*case.escalated, str(action.to)])]
    announce(
        case,
        CaseEscalated(case=case.public_id, to=holder.public_id, reason=action.reason),
        None,
    )
    tell(
        case, "escalated", actor=None, name=holder.name, level=str(action.to), reason=action.reason
    )


def _holder(case: ResearchCase, level: Level) -> User:
    """Return the head of the manager's department, or an administrator; else the manager stays."""
    profile = getattr(case.manager, "staff_profile", None)
    head = profile.department.head if profile and profile.department else None
    if level is Level.DEPARTMENT_HEAD and head is not None and head.is_active:
        return head
    administrator = User.objects.with_role(Role.ADMINISTRATOR).order_by("id").first()
    return administrator or case.manager


def check_takes_part(actor: User, case: ResearchCase) -> None:
    """:raises NotAllowed: the actor sees the case but does not work on it."""
    if not policies.takes_part(actor, case):
        raise NotAllowed(_("Accept the invitation first, then you can take part."))
