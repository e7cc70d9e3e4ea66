"""What a case that asks colleagues does next.

Guarantee: `plan_next` is pure, and the service layer only carries out what it says. Whatever the
order of events: nobody is invited twice, nobody who is not eligible (absent, at their cap, the
asker) is invited, a snooze is respected, a silent invitee is passed over, a ring that brings
nobody widens, and a case with nobody left to ask escalates instead of waiting.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .facts import OFFICE_HOURS, RankedExpert, Shift, Urgency
from .timetable import STANDARD, Timetable, invitation_deadline

LAST_RING = 3


class InvitationStatus(StrEnum):
    """Where an invitation stands."""

    PENDING = "pending"
    SNOOZED = "snoozed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    TIMED_OUT = "timed_out"
    WITHDRAWN = "withdrawn"


class Level(StrEnum):
    """Who a case is escalated to, in this order."""

    DEPARTMENT_HEAD = "department_head"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationState:
    """One invitation. `suggested` is the better name that a decline gave."""

    expert: str
    ring: int
    status: InvitationStatus
    due_at: datetime
    snoozed_until: datetime | None = None
    suggested: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseState:
    """A case that asks. `ring` is 0 before the first invitation, `ring_due_at` when it widens,

    `due_at` when the present step of the case is due (None: not set), `escalated` who it was
    escalated to already. `ranked` is the ranking made now.
    """

    ring: int
    urgency: Urgency
    ranked: Sequence[RankedExpert]
    department: str = ""
    ring_due_at: datetime | None = None
    due_at: datetime | None = None
    escalated: Collection[Level] = ()
    hours: Sequence[Shift] = OFFICE_HOURS
    timezone: str = "Asia/Shanghai"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeOut:
    """Mark a silent invitee as passed over."""

    expert: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """A snooze is over: the invitation counts again and is due at `due_at`."""

    expert: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WidenRing:
    """The case goes to `ring`, which has until `due_at`."""

    ring: int
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """Ask `expert`, in `ring`; `suggested_by` is who named them, if anyone did."""

    expert: str
    ring: int
    due_at: datetime
    suggested_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalate:
    """Hand the attention to `to`; `reason` is "overdue" or "nobody_left"."""

    to: Level
    reason: str
    due_at: datetime


Action = TimeOut | Resume | WidenRing | Invite | Escalate


def rings(
    ranked: Sequence[RankedExpert],
    departments: Collection[str] = (),
    *,
    timetable: Timetable = STANDARD,
) -> tuple[tuple[RankedExpert, ...], tuple[RankedExpert, ...], tuple[RankedExpert, ...]]:
    """Split a ranking into the best few, their departments, and the company.

    ranked: best first. departments: further departments that ring 2 takes in (the case's own).
    Only eligible experts are in a ring, each in exactly one, in the order of the ranking.
    """
    able = [expert for expert in ranked if expert.eligible]
    first, others = able[: timetable.best_few], able[timetable.best_few :]
    near = ({expert.department for expert in first} | set(departments)) - {""}
    second = [expert for expert in others if expert.department in near]
    third = [expert for expert in others if expert.department not in near]
    return tuple(first), tuple(second), tuple(third)


def plan_next(
    case: CaseState,
    invitations: Sequence[InvitationState],
    now: datetime,
    *,
    timetable: Timetable = STANDARD,
) -> list[Action]:
    """What to do at `now`, in the order in which it is to be done; [] means: nothing yet.

    case: with a ranking made now. invitations: all that the case ever made.
    """
    actions: list[Action] = []
    lapsed = {
        each.expert
        for each in invitations
        if each.status is InvitationStatus.PENDING and each.due_at <= now
    }
    actions += [TimeOut(expert=each.expert) for each in invitations if each.expert in lapsed]
    accepted = sum(each.status is InvitationStatus.ACCEPTED for each in invitations)
    if accepted >= timetable.wanted:
        return actions + plan_overdue(case, now, timetable=timetable)
    resumed = [each.expert for each in invitations if _wakes(each, now)]
    due_at = _due(case, now, timetable)
    actions += [Resume(expert=expert, due_at=due_at) for expert in resumed]
    waiting = len(resumed) + sum(
        each.status is InvitationStatus.PENDING and each.expert not in lapsed
        for each in invitations
    )
    asking = _ask(case, invitations, waiting, now, timetable)
    actions += asking
    invited = any(isinstance(action, Invite) for action in asking)
    if not waiting and not invited:
        return actions + _escalation(case, "nobody_left", now, timetable)
    return actions + plan_overdue(case, now, timetable=timetable)


def _wakes(invitation: InvitationState, now: datetime) -> bool:
    return invitation.status is InvitationStatus.SNOOZED and (
        invitation.snoozed_until is None or invitation.snoozed_until <= now
    )


def _due(case: CaseState, now: datetime, timetable: Timetable, rounds: int = 1) -> datetime:
    return invitation_deadline(
        case.urgency, case.hours, now, tz=case.timezone, rounds=rounds, timetable=timetable
    )


def _ask(
    case: CaseState,
    invitations: Sequence[InvitationState],
    waiting: int,
    now: datetime,
    timetable: Timetable,
) -> list[Action]:
    """Fill the present ring's places, widening while its time is over or nobody is left in it."""
    actions: list[Action] = []
    asked = {each.expert for each in invitations}
    able = {expert.key for expert in case.ranked if expert.eligible}
    named = [
        (each.suggested, each.expert)
        for each in invitations
        if each.suggested in able and each.suggested not in asked
    ]
    split = rings(case.ranked, {case.department}, timetable=timetable)
    ring = min(case.ring, LAST_RING)
    overdue = ring == 0 or (case.ring_due_at is not None and case.ring_due_at <= now)
    due_at = _due(case, now, timetable)
    while True:
        queue = dict(named)
        for expert in (expert for group in split[:ring] for expert in group):
            if expert.key not in asked:
                queue.setdefault(expert.key, "")
        if ring < LAST_RING and (overdue or not (queue or waiting)):
            ring += 1
            overdue = False
            rounds = timetable.ring_rounds[ring - 1]
            actions = [WidenRing(ring=ring, due_at=_due(case, now, timetable, rounds))]
            continue
        places = max(timetable.at_once[max(ring, 1) - 1] - waiting, 0)
        return actions + [
            Invite(expert=expert, ring=ring, due_at=due_at, suggested_by=by)
            for expert, by in list(queue.items())[:places]
        ]


def plan_overdue(
    case: CaseState, now: datetime, *, timetable: Timetable = STANDARD
) -> list[Action]:
    """What to do at `now` in a step that asks nobody: [] until it is overdue, then escalate."""
    if case.due_at is None or now < case.due_at:
        return []
    return _escalation(case, "overdue", now, timetable)


def _escalation(case: CaseState, reason: str, now: datetime, timetable: Timetable) -> list[Action]:
    """Tell the next level; the last one is told again each time that its time is over."""
    if case.escalated and case.due_at is not None and now < case.due_at:
        return []
    level = next((each for each in Level if each not in case.escalated), Level.ADMINISTRATOR)
    return [Escalate(to=level, reason=reason, due_at=_due(case, now, timetable))]
