"""Planning: rings, passing over, snoozing, widening and escalating, step by step and at random."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from qa_center.routing import (
    CaseState,
    Escalate,
    InvitationState,
    InvitationStatus,
    Invite,
    Level,
    Resume,
    Shift,
    TimeOut,
    Timetable,
    Urgency,
    WidenRing,
    plan_next,
    rings,
)

from .routing_facts import NOW, expert

HOUR = timedelta(hours=1)
RANKED = [expert(f"E{n}", department="D1" if n % 2 else "D2") for n in range(4)] + [
    expert("D2b", "D2"),
    expert("X1", "D9"),
    expert("FULL", "D1", eligible=False),
    expert("X2", "D8"),
]


def case(**values):
    return CaseState(**({"ring": 0, "urgency": Urgency.HIGH, "ranked": RANKED} | values))


def invitation(key, status=InvitationStatus.PENDING, ring=1, due=HOUR, **values):
    return InvitationState(expert=key, ring=ring, status=status, due_at=NOW + due, **values)


def invited(actions):
    return [action.expert for action in actions if isinstance(action, Invite)]


def test_the_rings_are_the_best_few_their_departments_and_the_company():
    first, second, third = rings(RANKED, {"D9"})
    assert [each.key for each in first] == ["E0", "E1", "E2", "E3"]
    assert [each.key for each in second] == ["D2b", "X1"]
    assert [each.key for each in third] == ["X2"]


def test_a_new_case_opens_ring_1_and_asks_the_best_two():
    assert plan_next(case(), [], NOW) == [
        WidenRing(ring=1, due_at=NOW + 2 * HOUR),
        Invite(expert="E0", ring=1, due_at=NOW + HOUR),
        Invite(expert="E1", ring=1, due_at=NOW + HOUR),
    ]


def test_while_people_may_still_answer_nothing_happens():
    assert plan_next(case(ring=1), [invitation("E0"), invitation("E1")], NOW) == []


def test_a_silent_invitee_is_passed_over_and_the_next_is_asked():
    actions = plan_next(case(ring=1), [invitation("E0", due=-HOUR), invitation("E1")], NOW)
    assert actions[0] == TimeOut(expert="E0")
    assert invited(actions) == ["E2"]


def test_a_better_name_is_asked_first_and_with_its_source():
    declined = invitation("E0", InvitationStatus.DECLINED, suggested="X2")
    actions = plan_next(case(ring=1), [declined, invitation("E1")], NOW)
    assert actions == [Invite(expert="X2", ring=1, due_at=NOW + HOUR, suggested_by="E0")]


def test_a_better_name_that_is_at_the_cap_or_unknown_is_not_asked():
    for name in ("FULL", "NOBODY", "E1"):
        declined = invitation("E0", InvitationStatus.DECLINED, suggested=name)
        assert invited(plan_next(case(ring=1), [declined, invitation("E1")], NOW)) == ["E2"]


def test_someone_who_snoozed_does_not_hold_up_the_case():
    snoozed = invitation("E0", InvitationStatus.SNOOZED, snoozed_until=NOW + HOUR)
    assert invited(plan_next(case(ring=1), [snoozed, invitation("E1")], NOW)) == ["E2"]


def test_a_snooze_that_is_over_counts_again():
    snoozed = invitation("E0", InvitationStatus.SNOOZED, snoozed_until=NOW)
    actions = plan_next(case(ring=1), [snoozed, invitation("E1")], NOW)
    assert actions == [Resume(expert="E0", due_at=NOW + HOUR)]


def test_a_ring_without_an_acceptance_in_time_widens():
    state = case(ring=1, ring_due_at=NOW)
    actions = plan_next(state, [invitation("E0", due=-HOUR), invitation("E1", due=-HOUR)], NOW)
    assert WidenRing(ring=2, due_at=NOW + 2 * HOUR) in actions
    assert invited(actions) == ["E2", "E3", "D2b"]


def test_an_exhausted_ring_widens_at_once_past_an_empty_one():
    ranked = [expert("E0"), expert("E1"), expert("E2"), expert("E3"), expert("X", "D")]
    settled = [invitation(each.key, InvitationStatus.DECLINED) for each in ranked[:4]]
    actions = plan_next(case(ring=1, ranked=ranked), settled, NOW)
    assert [action.ring for action in actions] == [3, 3]
    assert invited(actions) == ["X"]


def test_an_acceptance_ends_the_asking():
    state = case(ring=1, ring_due_at=NOW)
    accepted = invitation("E0", InvitationStatus.ACCEPTED)
    assert plan_next(state, [accepted, invitation("E1", due=-HOUR)], NOW) == [TimeOut(expert="E1")]


def test_a_step_that_is_overdue_after_an_acceptance_escalates():
    state = case(ring=1, due_at=NOW)
    assert plan_next(state, [invitation("E0", InvitationStatus.ACCEPTED)], NOW) == [
        Escalate(to=Level.DEPARTMENT_HEAD, reason="overdue", due_at=NOW + HOUR)
    ]


def test_an_accepted_colleague_who_left_is_replaced():
    gone = invitation("E0", InvitationStatus.WITHDRAWN)
    assert invited(plan_next(case(ring=1), [gone], NOW)) == ["E1", "E2"]


def test_with_nobody_left_the_head_is_told_then_the_administrator():
    nobody = case(ring=3, ranked=[])
    assert plan_next(nobody, [], NOW) == [
        Escalate(to=Level.DEPARTMENT_HEAD, reason="nobody_left", due_at=NOW + HOUR)
    ]
    told = replace(nobody, escalated=[Level.DEPARTMENT_HEAD], due_at=NOW + HOUR)
    assert plan_next(told, [], NOW) == []
    later = plan_next(told, [], NOW + HOUR)
    assert [action.to for action in later] == [Level.ADMINISTRATOR]
    everyone = replace(told, escalated=tuple(Level))
    assert [action.to for action in plan_next(everyone, [], NOW + HOUR)] == [Level.ADMINISTRATOR]


def test_a_clock_that_jumps_back_changes_nothing():
    state = case(ring=1, ring_due_at=NOW + 2 * HOUR)
    assert plan_next(state, [invitation("E0"), invitation("E1")], NOW - timedelta(days=3)) == []


ANSWERS = st.sampled_from(
    [
        InvitationStatus.PENDING,
        InvitationStatus.DECLINED,
        InvitationStatus.SNOOZED,
        InvitationStatus.PENDING,
    ]
)


def carry_out(state, invitations, actions):
    """What the services do with a plan."""
    for action in actions:
        if isinstance(action, Invite):
            invitations[action.expert] = InvitationState(
                expert=action.expert,
                ring=action.ring,
                status=InvitationStatus.PENDING,
                due_at=action.due_at,
            )
        elif isinstance(action, TimeOut):
            invitations[action.expert] = replace(
                invitations[action.expert], status=InvitationStatus.TIMED_OUT
            )
        elif isinstance(action, Resume):
            invitations[action.expert] = replace(
                invitations[action.expert], status=InvitationStatus.PENDING, due_at=action.due_at
            )
        elif isinstance(action, WidenRing):
            state = replace(state, ring=action.ring, ring_due_at=action.due_at)
        else:
            told = (*state.escalated, action.to)
            state = replace(state, escalated=told, due_at=action.due_at)
    return state


@settings(max_examples=60)
@given(
    st.integers(0, 9),
    st.lists(st.tuples(st.integers(0, 3000), st.lists(ANSWERS, max_size=9)), max_size=25),
    st.sets(st.integers(0, 8)),
    st.sampled_from(Urgency),
)
def test_whatever_happens_nobody_is_asked_twice_and_no_case_just_waits(size, steps, full, urgency):
    ranked = [expert(f"E{n}", f"D{n % 3}", eligible=n not in full) for n in range(size)]
    hours = (Shift(weekday=2, start=time(9), end=time(18)),)
    state = case(ranked=ranked, urgency=urgency, hours=hours)
    invitations: dict[str, InvitationState] = {}
    ever: list[str] = []
    now = NOW
    for minutes, answers in steps:
        actions = plan_next(state, list(invitations.values()), now)
        ever += invited(actions)
        assert len(set(ever)) == len(ever)
        assert not {f"E{n}" for n in full} & set(ever)
        rank_before = state.ring
        state = carry_out(state, invitations, actions)
        assert state.ring >= rank_before
        assert plan_next(state, list(invitations.values()), now) == []
        waited_for = [
            each.due_at for each in invitations.values() if each.status is InvitationStatus.PENDING
        ]
        assert any(due > now for due in waited_for) or (state.due_at and state.due_at > now)
        for key, answer in zip(list(invitations), answers, strict=False):
            if invitations[key].status in {InvitationStatus.PENDING, InvitationStatus.SNOOZED}:
                invitations[key] = replace(
                    invitations[key], status=answer, snoozed_until=now + timedelta(hours=5)
                )
        now += timedelta(minutes=minutes)


def test_the_timetable_can_be_tuned():
    timetable = Timetable(best_few=1, at_once=(1, 1, 1), invitation_minutes={Urgency.HIGH: 5})
    actions = plan_next(case(), [], NOW, timetable=timetable)
    assert invited(actions) == ["E0"]
    assert actions[1].due_at == datetime(2026, 3, 11, 2, 5, tzinfo=UTC)
