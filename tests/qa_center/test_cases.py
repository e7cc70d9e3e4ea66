"""Cases: seen by those who take part, steered by one, never without an owner and a due time."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from customer_knowledge import services as exchange
from customer_knowledge.models import Message, Question
from kiplatform.core import clock
from kiplatform.core.errors import ApplicationError, Conflict, InvalidInput, NotAllowed, NotFound
from kiplatform.events.models import OutboxEvent
from kiplatform.events.relay import run_pending
from qa_center import policies, selectors, services
from qa_center.models import (
    CaseEntry,
    Credit,
    Evidence,
    Invitation,
    KnowledgeGap,
    Proposal,
    ResearchCase,
)
from qa_center.wording import STORY, sentence
from tests.qa_center.conftest import STAFF, Floor

State = ResearchCase.State


def invitation(case: ResearchCase, floor: Floor, word: str) -> Invitation:
    return Invitation.objects.get(case=case, expert=floor[word])


def evidence(case: ResearchCase) -> Evidence:
    return Evidence.objects.create(
        case=case, rank=1, kind="case", key="none", passage="可以", score=1.0, verdict="close"
    )


def propose(floor: Floor, case: ResearchCase, word: str, text: str = "可以装入。") -> Proposal:
    return services.proposal_make(
        actor=floor[word], case=case, text=text, client_id=f"proposal-{word}-{len(text)}"
    )


def resolved(floor: Floor) -> ResearchCase:
    case = floor.joined("expert", "second")
    proposal = propose(floor, case, "expert")
    services.proposal_judge(actor=floor["second"], proposal=proposal, kind="endorse", version=1)
    services.proposal_accept(actor=floor["manager"], case=case, proposals=[proposal])
    case.refresh_from_db()
    return case


INVOLVED = {"manager", "administrator"}


def _captured(floor: Floor) -> ResearchCase:
    case = resolved(floor)
    services.case_release(actor=floor["manager"], case=case, text="", client_id="release")
    services.case_capture(
        actor=floor["manager"],
        case=case,
        **services.capture_suggestion(case),
        audience="customers",
        client_id="capture",
    )
    return case


SEEN: list[tuple[str, Callable[[Floor], ResearchCase], set[str]]] = [
    ("only searched", lambda floor: floor.open(), INVOLVED),
    ("asked", lambda floor: floor.asked("expert"), INVOLVED | {"expert"}),
    ("joined", lambda floor: floor.joined("expert", "third"), INVOLVED | {"expert", "third"}),
    ("captured", _captured, set(STAFF)),
    ("answered", lambda floor: floor.resolved_need("能不能？", floor["expert"]), set(STAFF)),
]


@pytest.mark.parametrize(("stage", "make", "expected"), SEEN, ids=[row[0] for row in SEEN])
def test_predicate_and_queryset_show_a_case_to_exactly_these_people(
    floor: Floor, stage: str, make: Callable[[Floor], ResearchCase], expected: set[str]
) -> None:
    case = make(floor)
    case.refresh_from_db()
    by_query = {
        w for w, p in floor.people.items() if ResearchCase.objects.visible_to(p).filter(pk=case.pk)
    }
    by_predicate = {w for w, p in floor.people.items() if policies.sees_case(p, case)}
    assert by_query == expected
    assert by_predicate == expected


def test_who_declines_or_leaves_sees_the_case_no_more(floor: Floor) -> None:
    case = floor.joined("expert", "second")
    services.member_leave(actor=floor["expert"], case=case, user=floor["expert"])
    with pytest.raises(NotFound):
        selectors.case_for(floor["expert"], case.public_id)
    with pytest.raises(NotFound):
        services.case_message_post(actor=floor["expert"], case=case, text="还有", client_id="x")
    selectors.case_for(floor["second"], case.public_id)


def test_colleagues_learn_who_the_customer_is_only_after_a_recorded_reason(floor: Floor) -> None:
    case = floor.joined("expert")
    assert not selectors.case_view(floor["expert"], case).shows_customer
    with pytest.raises(InvalidInput):
        services.identity_unmask(actor=floor["manager"], case=case, reason=" ")
    services.identity_unmask(actor=floor["manager"], case=case, reason="需要核对合同")
    case.refresh_from_db()
    assert selectors.case_view(floor["expert"], case).shows_customer
    assert case.unmask_reason == "需要核对合同"
    assert OutboxEvent.objects.filter(name="case.unmasked").exists()


Act = Callable[[Floor, str, ResearchCase], Any]


def _asks(floor: Floor, who: str, case: ResearchCase) -> Any:
    return services.case_cancel(actor=floor[who], case=case, reason="不必了")


def _unmasks(floor: Floor, who: str, case: ResearchCase) -> Any:
    return services.identity_unmask(actor=floor[who], case=case, reason="好奇")


def _accepts(floor: Floor, who: str, case: ResearchCase) -> Any:
    return services.proposal_accept(actor=floor[who], case=case, proposals=[], text="就这样")


def _writes(floor: Floor, who: str, case: ResearchCase) -> Any:
    return services.case_message_post(actor=floor[who], case=case, text="我说", client_id=who)


def _proposes(floor: Floor, who: str, case: ResearchCase) -> Any:
    return propose(floor, case, who)


def _accepts_for_another(floor: Floor, who: str, case: ResearchCase) -> Any:
    return services.invitation_accept(
        actor=floor[who], invitation=invitation(case, floor, "second")
    )


OUTSIDE = ("third", "other manager", "product team", "editor", "contact")
REFUSED: list[tuple[Act, str, type[ApplicationError]]] = [
    *[
        (act, w, NotFound)
        for act in (_asks, _unmasks, _accepts, _writes, _proposes)
        for w in OUTSIDE
    ],
    (_asks, "expert", NotAllowed),
    (_unmasks, "expert", NotAllowed),
    (_accepts, "expert", NotAllowed),
    (_writes, "second", NotAllowed),
    (_proposes, "second", NotAllowed),
    *[(_accepts_for_another, who, NotFound) for who in ("expert", "manager", "administrator")],
]


@pytest.mark.parametrize(("act", "who", "error"), REFUSED)
def test_whoever_may_not_act_in_a_case_is_refused_and_changes_nothing(
    floor: Floor, act: Act, who: str, error: type[ApplicationError]
) -> None:
    case = floor.asked("expert", "second")
    services.invitation_accept(actor=floor["expert"], invitation=invitation(case, floor, "expert"))

    def everything() -> list[Any]:
        return [
            ResearchCase.objects.values().get(),
            list(Invitation.objects.order_by("pk").values()),
            Proposal.objects.count(),
            Message.objects.count(),
            OutboxEvent.objects.count(),
        ]

    before = everything()
    with pytest.raises(error):
        act(floor, who, case)
    assert everything() == before


def test_a_question_has_one_running_case_and_opening_twice_gives_the_same(floor: Floor) -> None:
    case = floor.open()
    assert floor.open() == case
    with pytest.raises(Conflict):
        services.case_open(actor=floor["manager"], question=floor.question, client_id="another")
    assert ResearchCase.objects.count() == 1


def test_two_people_accepting_different_proposals_end_with_one_resolution(floor: Floor) -> None:
    case = floor.joined("expert", "second")
    first = propose(floor, case, "expert")
    second = propose(floor, case, "second", "还不能装入。")
    services.proposal_accept(actor=floor["manager"], case=case, proposals=[first])
    with pytest.raises(Conflict):
        services.proposal_accept(actor=floor["administrator"], case=case, proposals=[second])
    case.refresh_from_db()
    assert list(case.resolution.proposals.all()) == [first]
    second.refresh_from_db()
    assert second.state == Proposal.State.STANDING


def test_several_proposals_are_merged_in_the_managers_words_and_both_are_credited(
    floor: Floor,
) -> None:
    case = floor.joined("expert", "second", "third")
    rows = [propose(floor, case, "expert"), propose(floor, case, "second", "要等系统上线。")]
    services.case_message_post(actor=floor["third"], case=case, text="同意", client_id="m")
    resolution = services.proposal_accept(
        actor=floor["manager"], case=case, proposals=rows, text="可以，等系统上线。"
    )
    parts = dict(resolution.credits.values_list("user__public_id", "part"))
    assert parts == {
        floor["expert"].public_id: Credit.Part.PROPOSED,
        floor["second"].public_id: Credit.Part.PROPOSED,
        floor["third"].public_id: Credit.Part.DISCUSSED,
        floor["manager"].public_id: Credit.Part.MANAGED,
        floor["contact"].public_id: Credit.Part.ASKED,
    }


def test_a_revision_on_an_old_version_is_refused_and_the_newer_one_stands(floor: Floor) -> None:
    case = floor.joined("expert")
    proposal = propose(floor, case, "expert")
    services.proposal_revise(actor=floor["expert"], proposal=proposal, text="第二版", based_on=1)
    with pytest.raises(Conflict):
        services.proposal_revise(
            actor=floor["expert"], proposal=proposal, text="旧窗口里的第二版", based_on=1
        )
    assert [v.text for v in proposal.versions.all()] == ["可以装入。", "第二版"]


def test_an_objection_needs_a_reason_and_nobody_judges_their_own(floor: Floor) -> None:
    case = floor.joined("expert", "second")
    proposal = propose(floor, case, "expert")
    for actor, kind in ((floor["second"], "object"), (floor["expert"], "endorse")):
        with pytest.raises(InvalidInput):
            services.proposal_judge(actor=actor, proposal=proposal, kind=kind, version=1)
    assert not proposal.endorsements.exists()


def test_the_customer_gets_the_released_words_and_nothing_of_the_thread(floor: Floor) -> None:
    case = resolved(floor)
    services.case_message_post(
        actor=floor["manager"], case=case, text="这位客户很难缠", client_id="m"
    )
    services.case_release(
        actor=floor["manager"], case=case, text="可以，请放心。", client_id="release"
    )
    seen = [m.text for m in Message.objects.visible_to(floor["contact"]).order_by("id")]
    assert seen == [floor.question.text, "可以，请放心。"]
    floor.question.refresh_from_db()
    assert floor.question.state == Question.State.ANSWERED


def test_the_answer_is_sent_once_and_before_anything_is_captured(floor: Floor) -> None:
    case = resolved(floor)
    draft = {**services.capture_suggestion(case), "audience": "customers"}
    with pytest.raises(Conflict):
        services.case_capture(actor=floor["manager"], case=case, **draft, client_id="early")
    answers = [
        services.case_release(actor=floor["manager"], case=case, text="好的", client_id="r")
        for _ in range(2)
    ]
    assert answers[0] == answers[1]


def test_a_question_taken_back_ends_its_case_and_frees_everybody(floor: Floor) -> None:
    case = floor.asked("expert")
    exchange.question_withdraw(actor=floor["contact"], question=floor.question)
    run_pending()
    case.refresh_from_db()
    assert case.state == State.CANCELLED
    assert invitation(case, floor, "expert").status == Invitation.Status.WITHDRAWN
    with pytest.raises(Conflict):
        services.invitation_accept(
            actor=floor["expert"], invitation=invitation(case, floor, "expert")
        )


def test_what_nobody_can_answer_stays_as_a_gap_with_an_owner_and_a_date(floor: Floor) -> None:
    case = floor.joined("expert")
    services.case_mark_unanswerable(
        actor=floor["manager"], case=case, reason="没有口径", gap_owner=floor["head"]
    )
    gap = KnowledgeGap.objects.get()
    assert (gap.owner, gap.case) == (floor["head"], case)
    assert gap.due_at > clock.now() + timedelta(days=7)
    assert list(selectors.gaps_for(floor["head"])) == [gap]


def test_merging_keeps_both_threads_and_brings_the_people_along(floor: Floor) -> None:
    case = floor.joined("expert")
    services.case_message_post(actor=floor["expert"], case=case, text="我记得有先例", client_id="m")
    into = services.case_open(
        actor=floor["manager"], text="境外基金份额装入信托的先例", client_id="own"
    )
    services.case_merge(actor=floor["manager"], case=case, into=into)
    case.refresh_from_db()
    assert (case.state, case.merged_into) == (State.CANCELLED, into)
    assert case.thread.messages.count() == 1
    assert policies.takes_part(floor["expert"], into)


@pytest.mark.parametrize("broken", [{"owner": None}, {"due_at": None}, {"state": State.CAPTURED}])
def test_the_database_refuses_a_case_that_nobody_owns(floor: Floor, broken: dict[str, Any]) -> None:
    case = floor.open()
    with pytest.raises(IntegrityError), transaction.atomic():
        ResearchCase.objects.filter(pk=case.pk).update(**broken)


def test_every_entry_of_a_whole_story_has_words(floor: Floor) -> None:
    case = _captured(floor)
    kinds = [entry.kind for entry in CaseEntry.objects.filter(case=case)]
    assert kinds[0] == "opened"
    assert kinds[-1] == "ended"
    assert set(kinds) <= set(STORY)
    for entry in CaseEntry.objects.filter(case=case).select_related("actor"):
        assert "%(" not in sentence(entry)


def test_versions_of_a_case_rise_by_one_with_every_entry(floor: Floor) -> None:
    case = resolved(floor)
    versions = list(CaseEntry.objects.filter(case=case).values_list("version", flat=True))
    assert versions == list(range(1, len(versions) + 1))
    assert case.version == len(versions)


def test_an_ended_case_is_read_and_not_continued(floor: Floor) -> None:
    case = floor.joined("expert")
    services.case_cancel(actor=floor["manager"], case=case, reason="不必了")
    with pytest.raises(Conflict):
        services.case_message_post(actor=floor["expert"], case=case, text="还有", client_id="x")
    assert not case.thread.messages.exists()


def test_only_somebody_who_is_in_a_case_can_leave_it(floor: Floor) -> None:
    case = _captured(floor)
    with pytest.raises(NotFound):
        services.member_leave(actor=floor["third"], case=case, user=floor["third"])
    assert not CaseEntry.objects.filter(case=case, kind="left").exists()


def test_whoever_an_overdue_case_has_gone_to_can_decide_in_it(floor: Floor) -> None:
    case = floor.joined("expert")
    assert case.due_at is not None
    with clock.frozen(case.due_at + timedelta(minutes=1)):
        services.advance_due()
    case.refresh_from_db()
    assert case.owner == floor["head"]
    services.proposal_accept(actor=floor["head"], case=case, proposals=[], text="就按先例办。")
    case.refresh_from_db()
    assert case.state == State.RESOLVED


def test_a_draft_begins_with_what_was_accepted_not_with_the_letter(floor: Floor) -> None:
    case = resolved(floor)
    services.case_release(
        actor=floor["manager"], case=case, text="陈老师，可以装入。", client_id="release"
    )
    assert services.capture_suggestion(case)["body"] == "可以装入。"


class TestSaidTwice:
    """The same word again says nothing new: no line in the story, no event, no other due time."""

    @pytest.fixture
    def told(self) -> Callable[[], tuple[int, int]]:
        return lambda: (CaseEntry.objects.count(), OutboxEvent.objects.count())

    def test_a_mark(self, floor: Floor, told: Callable[[], Any]) -> None:
        piece = evidence(floor.open())
        stale = Evidence.objects.get()
        services.evidence_mark(actor=floor["manager"], evidence=piece, mark="fits")
        before = told()
        # The browser's second request may have read the row before the first one wrote it.
        services.evidence_mark(actor=floor["manager"], evidence=stale, mark="fits")
        assert told() == before
        services.evidence_mark(actor=floor["manager"], evidence=stale, mark="does_not_fit")
        assert told() != before

    def test_more_time(self, floor: Floor, told: Callable[[], Any]) -> None:
        case = floor.open()
        due_at = clock.now() + timedelta(days=3)
        more = {"case": case, "due_at": due_at, "reason": "等法务回复"}
        services.case_postpone(actor=floor["manager"], **more)
        before = told()
        services.case_postpone(actor=floor["manager"], **more)
        assert told() == before
        # After an escalation the same time brings the ball back, which is something new.
        ResearchCase.objects.update(owner=floor["head"], escalated=["department_head"])
        services.case_postpone(actor=floor["head"], **more)
        assert told() != before
        assert ResearchCase.objects.get().owner == floor["manager"]

    @pytest.mark.parametrize(("kind", "reason"), [("endorse", ""), ("object", "少了前提")])
    def test_a_judgement(
        self, floor: Floor, told: Callable[[], Any], kind: str, reason: str
    ) -> None:
        case = floor.joined("expert", "second")
        proposal = propose(floor, case, "expert")
        said = {"actor": floor["second"], "proposal": proposal, "kind": kind, "version": 1}
        services.proposal_judge(**said, reason=reason)
        before = told()
        services.proposal_judge(**said, reason=reason)
        assert told() == before
        services.proposal_judge(**{**said, "kind": "object"}, reason="另有一点")
        assert told() != before

    def test_later(self, floor: Floor, told: Callable[[], Any]) -> None:
        case = floor.asked("expert")
        asked = invitation(case, floor, "expert")
        services.invitation_snooze(actor=floor["expert"], invitation=asked, hours=4)
        before = told()
        until = invitation(case, floor, "expert").snoozed_until
        services.invitation_snooze(actor=floor["expert"], invitation=asked, hours=4)
        assert told() == before
        assert invitation(case, floor, "expert").snoozed_until == until
        services.invitation_snooze(actor=floor["expert"], invitation=asked, hours=8)
        assert told() != before
