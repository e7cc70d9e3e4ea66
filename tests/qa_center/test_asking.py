"""Asking: replies move it on, and silence moves it on too."""

from datetime import timedelta

import pytest

from kiplatform.accounts.models import Absence, StaffProfile
from kiplatform.core import clock
from kiplatform.core.errors import Conflict, InvalidInput
from kiplatform.events.relay import run_pending
from kiplatform.notifications.models import Notification
from qa_center import services
from qa_center.models import CaseEntry, Invitation, ResearchCase
from qa_center.reasons import worded
from tests.qa_center.conftest import Floor

Status = Invitation.Status


def statuses(case: ResearchCase) -> dict[str, str]:
    return dict(case.invitations.values_list("expert__public_id", "status"))


def test_routing_asks_the_best_few_with_reasons_in_words_and_tells_them(floor: Floor) -> None:
    case = services.case_ask_colleagues(actor=floor["manager"], case=floor.open())
    asked = list(case.invitations.select_related("expert"))
    assert asked
    assert floor["manager"] not in [row.expert for row in asked]
    assert all(worded(row.reasons) for row in asked)
    run_pending()
    told = Notification.objects.filter(type="case.invited").values_list("user", flat=True)
    assert set(told) == {row.expert_id for row in asked}


def test_who_declines_is_replaced_by_whom_they_name(floor: Floor) -> None:
    case = floor.asked("expert")
    row = Invitation.objects.get(case=case, expert=floor["expert"])
    services.invitation_decline(
        actor=floor["expert"], invitation=row, reason="不懂信托", suggested=floor["third"]
    )
    assert statuses(case)[floor["third"].public_id] == Status.PENDING
    named = Invitation.objects.get(case=case, expert=floor["third"])
    assert named.suggested_by == floor["expert"]


def test_a_refusal_without_a_reason_is_refused(floor: Floor) -> None:
    case = floor.asked("expert")
    row = Invitation.objects.get(case=case, expert=floor["expert"])
    with pytest.raises(InvalidInput):
        services.invitation_decline(actor=floor["expert"], invitation=row, reason="")
    assert statuses(case)[floor["expert"].public_id] == Status.PENDING


def test_silence_passes_over_the_silent_and_asks_the_next(floor: Floor) -> None:
    case = floor.asked("expert")
    due = Invitation.objects.get(case=case, expert=floor["expert"]).due_at
    with clock.frozen(due + timedelta(minutes=1)):
        services.advance_due()
        again = services.advance_due()
    after = statuses(case)
    assert after[floor["expert"].public_id] == Status.TIMED_OUT
    assert Status.PENDING in after.values()
    assert again == 0


def test_a_case_that_stays_silent_goes_to_the_head_then_to_the_administrator(
    floor: Floor,
) -> None:
    case = floor.joined("expert")
    holders = []
    for _ in range(3):
        case.refresh_from_db()
        assert case.due_at is not None
        with clock.frozen(case.due_at + timedelta(minutes=1)):
            services.advance_due()
        case.refresh_from_db()
        holders.append(case.owner)
    assert holders == [floor["head"], floor["administrator"], floor["administrator"]]
    reasons = CaseEntry.objects.filter(case=case, kind="escalated").values_list("params", flat=True)
    assert {params["reason"] for params in reasons} == {"overdue"}


def test_nobody_is_asked_beyond_their_cap_nor_while_away(floor: Floor) -> None:
    StaffProfile.objects.filter(user=floor["expert"]).update(case_cap=0)
    today = clock.now().date()
    Absence.objects.create(user=floor["second"], starts_on=today, ends_on=today + timedelta(days=5))
    case = services.case_ask_colleagues(actor=floor["manager"], case=floor.open())
    asked = set(case.invitations.values_list("expert", flat=True))
    assert not asked & {floor["expert"].pk, floor["second"].pk}
    with pytest.raises(InvalidInput):
        services.invite_more(actor=floor["manager"], case=case, user=floor["expert"])


def test_a_snoozed_invitation_comes_back(floor: Floor) -> None:
    case = floor.asked("expert")
    row = Invitation.objects.get(case=case, expert=floor["expert"])
    services.invitation_snooze(actor=floor["expert"], invitation=row, hours=2)
    with clock.frozen(clock.now() + timedelta(hours=2, minutes=1)):
        services.advance_due()
    assert statuses(case)[floor["expert"].public_id] == Status.PENDING


def test_accepting_late_is_welcome_until_the_case_has_ended(floor: Floor) -> None:
    case = floor.asked("expert")
    row = Invitation.objects.get(case=case, expert=floor["expert"])
    with clock.frozen(row.due_at + timedelta(minutes=1)):
        services.advance_due()
        services.invitation_accept(actor=floor["expert"], invitation=row)
    case.refresh_from_db()
    assert case.state == ResearchCase.State.DISCUSSING
    services.case_cancel(actor=floor["manager"], case=case, reason="客户自己找到了")
    with pytest.raises(Conflict):
        services.invitation_snooze(actor=floor["expert"], invitation=row, hours=1)


def test_more_time_needs_a_reason_and_brings_the_ball_back(floor: Floor) -> None:
    case = floor.joined("expert")
    assert case.due_at is not None
    with clock.frozen(case.due_at + timedelta(minutes=1)):
        services.advance_due()
        later = clock.now() + timedelta(days=2)
        case = services.case_postpone(
            actor=floor["manager"], case=case, due_at=later, reason="等受托人答复"
        )
        with pytest.raises(InvalidInput):
            services.case_postpone(
                actor=floor["manager"],
                case=case,
                due_at=clock.now() + timedelta(days=30),
                reason="再等等",
            )
    case.refresh_from_db()
    assert (case.owner, case.due_at, case.escalated) == (floor["manager"], later, [])
