"""Running cases in the index: for just those who see them, and only while they run."""

from collections.abc import Callable

import pytest

from kiplatform.accounts.access import tokens_for
from kiplatform.events.relay import run_pending
from qa_center import services
from qa_center.models import Invitation, ResearchCase
from qa_center.search_source import RunningCaseSource
from search.models import SearchDocument
from search.services import search
from tests.qa_center.conftest import STAFF, Floor

SOURCE = RunningCaseSource()


def invitation(case: ResearchCase, floor: Floor, who: str) -> Invitation:
    return Invitation.objects.get(case=case, expert=floor[who])


def just_opened(floor: Floor) -> ResearchCase:
    return floor.open()


def asked(floor: Floor) -> ResearchCase:
    return floor.asked("expert", "second")


def joined_and_declined(floor: Floor) -> ResearchCase:
    case = floor.asked("expert", "second")
    services.invitation_accept(actor=floor["expert"], invitation=invitation(case, floor, "expert"))
    services.invitation_decline(
        actor=floor["second"],
        invitation=invitation(case, floor, "second"),
        reason="不熟悉",
    )
    return case


def left(floor: Floor) -> ResearchCase:
    case = floor.joined("expert", "second")
    services.member_leave(actor=floor["expert"], case=case, user=floor["expert"])
    return case


def escalated(floor: Floor) -> ResearchCase:
    case = floor.joined("expert")
    ResearchCase.objects.filter(pk=case.pk).update(owner=floor["head"])
    return case


@pytest.mark.parametrize("story", [just_opened, asked, joined_and_declined, left, escalated])
def test_the_tokens_admit_just_those_who_see_the_case(
    floor: Floor, story: Callable[[Floor], ResearchCase]
) -> None:
    case = story(floor)
    (document,) = SOURCE.load([case.public_id])
    for who in [*STAFF, "contact"]:
        sees = ResearchCase.objects.visible_to(floor[who]).filter(pk=case.pk).exists()
        assert bool(tokens_for(floor[who]) & document.access) is sees, who
        assert SOURCE.visible_keys(floor[who], [case.public_id]) == (
            {case.public_id} if sees else set()
        )


def test_the_index_follows_who_is_asked_who_leaves_and_the_end(floor: Floor) -> None:
    def finds(who: str) -> bool:
        run_pending()
        found = search("信托装入境外基金份额", floor[who], kinds={"running_case"})
        return [hit.key for hit in found.hits] == [case.public_id]

    case = floor.asked("expert", "second")
    assert finds("manager")
    assert finds("expert")
    assert not finds("third")
    assert not finds("other manager")
    services.invitation_decline(
        actor=floor["expert"], invitation=invitation(case, floor, "expert"), reason="不熟悉"
    )
    assert not finds("expert")
    services.case_cancel(actor=floor["manager"], case=case, reason="不再需要")
    assert not finds("manager")
    assert not SearchDocument.objects.filter(kind="running_case").exists()


def test_a_running_case_is_no_evidence_for_another(floor: Floor) -> None:
    floor.asked("expert")
    run_pending()
    other = services.case_open(
        actor=floor["manager"], text="信托能不能装入境外基金份额？", client_id="other"
    )
    assert not other.evidence.filter(kind="running_case").exists()


def test_what_names_the_customer_is_not_in_the_index(floor: Floor) -> None:
    name = floor.question.customer.name
    floor.question.text = f"{name}问：信托能不能装入境外基金份额？"
    floor.question.save()
    case = floor.open()
    (document,) = SOURCE.load([case.public_id])
    assert name not in document.text
