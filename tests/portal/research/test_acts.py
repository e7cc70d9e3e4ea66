"""The acts in a case, as its people do them on its pages: once each, and refused in words."""

import pytest
from django.test import Client
from django.urls import reverse

from customer_knowledge import services as exchange
from customer_knowledge.models import Answer, Question
from qa_center import services
from qa_center.models import (
    Endorsement,
    Evidence,
    Invitation,
    Proposal,
    ResearchCase,
)
from tests.portal.research.conftest import Floor, everything, evidence, proposal, say, to, told

FRAGMENT = {"HX-Request": "true"}


class TestEvidence:
    def test_no_page_shows_a_passage_with_its_editors_signs(
        self, floor: Floor, manager: Client
    ) -> None:
        past = _answered(floor)
        case = floor.open()
        written = "## 利率\n- **1.45%** 一年"
        evidence(case, kind="answer", key=past.public_id, title="", passage=written)
        for name in ("case", "case_answer", "case_propose"):
            shown = manager.get(to(name, case)).content.decode()
            assert "1.45% 一年" in shown, name
            assert "**" not in shown, name
            assert "## " not in shown, name

    def test_a_mark_is_noted_once_and_can_be_taken_back(
        self, floor: Floor, manager: Client
    ) -> None:
        piece = evidence(floor.open())
        for _time in range(2):
            answer = manager.post(to("evidence_mark", piece), {"mark": "fits"}, headers=FRAGMENT)
            assert 'data-mark="fits"' in answer.content.decode()
        assert told("evidence_marked") == 1
        manager.post(to("evidence_mark", piece), {"mark": "none"})
        piece.refresh_from_db()
        assert piece.mark == Evidence.Mark.UNMARKED
        before = everything()
        assert manager.post(to("evidence_mark", piece), {"mark": "perhaps"}).status_code == 422
        assert everything() == before

    def test_an_answer_stands_on_chosen_evidence_and_ends_the_case_once(
        self, floor: Floor, manager: Client
    ) -> None:
        past = _answered(floor)
        case = floor.open()
        piece = evidence(case, kind="answer", key=past.public_id)
        before = everything()
        sent = {"text": "可以装入。", "client_id": "answer"}
        refused = manager.post(to("case_answer", case), sent)
        assert refused.status_code == 422
        assert refused.context["form"]["text"].value() == "可以装入。"
        assert everything() == before
        for _time in range(2):
            done = manager.post(to("case_answer", case), {**sent, "evidence": [piece.public_id]})
            assert done["Location"] == to("case", case)
        case.refresh_from_db()
        assert case.state == ResearchCase.State.ANSWERED_FROM_KNOWLEDGE
        assert Answer.objects.filter(question=floor.question).count() == 1


def _answered(floor: Floor) -> Answer:
    question = exchange.question_ask(
        actor=floor["contact"],
        text="境外基金能进信托吗？",
        kind=Question.Kind.PRODUCT_SERVICE,
        client_id="earlier",
    )
    return exchange.question_answer(
        actor=floor["manager"],
        question=question,
        text="可以。",
        client_id="earlier",
        uncited_reason="口头确认过",
    )


class TestAsking:
    def test_just_those_who_are_ticked_are_asked(self, floor: Floor, manager: Client) -> None:
        case = floor.open()
        offered = manager.get(to("case_ask", case)).context["experts"]
        assert all(row["reasons"] for row in offered)
        before = everything()
        nobody = manager.post(to("case_ask", case), {})
        assert nobody.status_code == 422
        assert "Choose at least one colleague." in nobody.content.decode()
        assert everything() == before
        sent = {"expert": [floor["expert"].public_id]}
        assert manager.post(to("case_ask", case), sent)["Location"] == to("case", case)
        assert [row.expert for row in case.invitations.all()] == [floor["expert"]]
        again = manager.post(to("case_ask", case), sent)
        assert again["Location"] == to("case_invite", case)
        assert case.invitations.count() == 1

    @pytest.mark.parametrize("who", ["contact", "manager"])
    def test_a_customer_and_oneself_cannot_be_asked_nor_are_customers_named(
        self, floor: Floor, manager: Client, who: str
    ) -> None:
        case = floor.open()
        before = everything()
        sent = {"expert": [floor[who].public_id, floor["expert"].public_id]}
        refused = manager.post(to("case_ask", case), sent)
        assert refused.status_code == 422
        assert floor["contact"].name not in refused.content.decode()
        assert f'value="{floor["expert"].public_id}" checked' in refused.content.decode()
        assert everything() == before

    def test_one_more_is_asked_once_and_nobody_twice(self, floor: Floor, manager: Client) -> None:
        case = floor.asked("expert")
        for _time in range(2):
            manager.post(to("case_invite", case), {"expert": floor["second"].public_id})
        assert case.invitations.count() == 2
        offered = {e["public_id"] for e in manager.get(to("case_invite", case)).context["experts"]}
        assert not offered & {floor["expert"].public_id, floor["second"].public_id}

    def test_joining_leads_into_the_case_and_happens_once(
        self, floor: Floor, expert: Client
    ) -> None:
        case = floor.asked("expert")
        invitation = case.invitations.get()
        for _time in range(2):
            assert expert.post(to("invitation_accept", invitation))["Location"] == to("case", case)
        assert told("accepted") == 1

    def test_an_invitation_to_an_ended_case_is_over_in_words(
        self, floor: Floor, expert: Client
    ) -> None:
        case = floor.asked("expert")
        invitation = case.invitations.get()
        services.case_cancel(actor=floor["manager"], case=case, reason="不必了")
        before = everything()
        for name, sent in (("accept", {}), ("snooze", {"hours": "4"})):
            answer = expert.post(to(f"invitation_{name}", invitation), sent, follow=True)
            assert "This invitation is over." in say(answer)[0]
        sent = {"reason": "不熟悉", "client_id": "d"}
        assert expert.post(to("invitation_decline", invitation), sent).status_code == 409
        assert everything() == before

    def test_declining_needs_a_reason_and_may_name_a_better_one(
        self, floor: Floor, expert: Client
    ) -> None:
        case = floor.asked("expert")
        invitation = case.invitations.get()
        before = everything()
        sent = {"suggested": floor["second"].public_id, "client_id": "d"}
        refused = expert.post(to("invitation_decline", invitation), {**sent, "reason": " "})
        assert refused.status_code == 422
        assert refused.context["form"]["suggested"].value() == floor["second"].public_id
        assert everything() == before
        for _time in range(2):
            done = expert.post(to("invitation_decline", invitation), {**sent, "reason": "不熟悉"})
            assert done["Location"] == reverse("workspace:invitations")
        assert told("declined") == 1
        better = case.invitations.get(expert=floor["second"])
        assert better.suggested_by == floor["expert"]

    def test_later_is_said_once_and_only_within_three_days(
        self, floor: Floor, expert: Client
    ) -> None:
        invitation = floor.asked("expert").invitations.get()
        for hours in ("0", "73", "-1", "soon", ""):
            before = everything()
            expert.post(to("invitation_snooze", invitation), {"hours": hours})
            assert everything() == before
        for _time in range(2):
            expert.post(to("invitation_snooze", invitation), {"hours": "24"})
        invitation.refresh_from_db()
        assert invitation.status == Invitation.Status.SNOOZED
        assert told("snoozed") == 1
        assert "Later" in expert.get(reverse("workspace:invitations")).content.decode()


class TestProposals:
    def test_a_proposal_is_made_once_and_revised_in_versions(
        self, floor: Floor, expert: Client
    ) -> None:
        case = floor.joined("expert")
        sent = {"text": "可以装入。", "client_id": "once"}
        for _time in range(2):
            assert expert.post(to("case_propose", case), sent).status_code == 302
        made = Proposal.objects.get()
        changed = {"text": "可以装入，但须报备。", "based_on": "1", "client_id": "again"}
        for _time in range(2):
            assert expert.post(to("proposal_revise", made), changed).status_code == 302
        assert [v.text for v in made.versions.all()] == [sent["text"], changed["text"]]
        assert "1 earlier version" in expert.get(to("case", case)).content.decode()

    @pytest.mark.parametrize("text", ["", "…", "长" * 20_001])
    def test_an_unfit_proposal_is_refused_and_kept(
        self, floor: Floor, expert: Client, text: str
    ) -> None:
        case = floor.joined("expert")
        evidence(case, kind="knowledge", key="nowhere")
        before = everything()
        sent = {"text": text, "client_id": "p", "cite": ["knowledge:nowhere"]}
        refused = expert.post(to("case_propose", case), sent)
        assert refused.status_code == 422
        assert refused.context["form"]["text"].value() == text
        assert refused.context["cited"] == ["knowledge:nowhere"]
        assert everything() == before

    def test_knowledge_that_one_does_not_see_cannot_be_cited(
        self, floor: Floor, expert: Client
    ) -> None:
        case = floor.joined("expert")
        before = everything()
        for cite in ("knowledge:nowhere", "nonsense", "customer:1"):
            sent = {"text": "可以。", "client_id": "p", "cite": [cite]}
            answer = expert.post(to("case_propose", case), sent)
            if answer.status_code == 302:
                assert cite == "nonsense"
                assert Proposal.objects.get().versions.get().citations == []
                return
            assert answer.status_code == 422
            assert everything() == before

    def test_a_stale_revision_shows_the_newest_text_and_keeps_what_was_typed(
        self, floor: Floor, expert: Client
    ) -> None:
        case = floor.joined("expert")
        made = proposal(floor, case, "expert")
        services.proposal_revise(
            actor=floor["expert"], proposal=made, text="须先报备。", based_on=1
        )
        before = everything()
        sent = {"text": "不必报备。", "based_on": "1", "client_id": "r"}
        stale = expert.post(to("proposal_revise", made), sent)
        assert stale.status_code == 409
        shown = stale.content.decode()
        assert "This proposal has changed." in shown
        assert "须先报备。" in shown
        assert stale.context["form"]["text"].value() == "不必报备。"
        assert everything() == before
        number = str(stale.context["based_on"])
        assert (
            expert.post(to("proposal_revise", made), {**sent, "based_on": number}).status_code
            == 302
        )
        assert made.versions.count() == 3

    def test_endorsing_is_noted_once_and_a_stale_version_shows_the_fresh_one(
        self, floor: Floor, manager: Client
    ) -> None:
        case = floor.joined("expert")
        made = proposal(floor, case, "expert")
        address = to("proposal_endorse", made)
        for _time in range(2):
            card = manager.post(f"{address}?version=1", headers=FRAGMENT)
            assert 'aria-pressed="true"' in card.content.decode()
        assert told("endorsed") == 1
        services.proposal_revise(actor=floor["expert"], proposal=made, text="须报备。", based_on=1)
        before = everything()
        stale = manager.post(f"{address}?version=1", headers=FRAGMENT)
        # The same words were endorsed already: sending them again says nothing of the new ones.
        assert everything() == before
        assert "须报备。" in stale.content.decode()
        Endorsement.objects.all().delete()
        before = everything()
        stale = manager.post(f"{address}?version=1", headers=FRAGMENT)
        assert stale.status_code == 422
        assert "This proposal has changed." in stale.content.decode()
        assert "须报备。" in stale.content.decode()
        plain = manager.post(f"{address}?version=1", follow=True)
        assert "This proposal has changed. Read it again first." in say(plain)
        assert everything() == before

    def test_an_objection_says_what_is_wrong_and_survives_a_new_version(
        self, floor: Floor, manager: Client
    ) -> None:
        case = floor.joined("expert")
        made = proposal(floor, case, "expert")
        address = to("proposal_object", made)
        before = everything()
        empty = manager.post(address, {"reason": "", "version": "1", "client_id": "o"})
        assert empty.status_code == 422
        assert everything() == before
        services.proposal_revise(actor=floor["expert"], proposal=made, text="须报备。", based_on=1)
        before = everything()
        sent = {"reason": "没写清由谁报备", "version": "1", "client_id": "o"}
        stale = manager.post(address, sent)
        assert stale.status_code == 409
        assert "须报备。" in stale.content.decode()
        assert stale.context["form"]["reason"].value() == sent["reason"]
        assert everything() == before
        number = str(stale.context["form"]["version"].value())
        for _time in range(2):
            manager.post(address, {**sent, "version": number})
        assert Endorsement.objects.get().reason == sent["reason"]
        assert told("objected") == 1
        assert sent["reason"] in manager.get(to("case", case)).content.decode()

    def test_nobody_judges_their_own_proposal(self, floor: Floor, expert: Client) -> None:
        made = proposal(floor, floor.joined("expert"), "expert")
        before = everything()
        answer = expert.post(f"{to('proposal_endorse', made)}?version=1", follow=True)
        assert "You cannot judge this proposal in this way." in say(answer)
        sent = {"reason": "不对", "version": "1", "client_id": "o"}
        assert expert.post(to("proposal_object", made), sent).status_code == 422
        assert everything() == before

    def test_taking_back_twice_is_told_in_words(self, floor: Floor, expert: Client) -> None:
        made = proposal(floor, floor.joined("expert"), "expert")
        expert.post(to("proposal_withdraw", made))
        answer = expert.post(to("proposal_withdraw", made), follow=True)
        assert "This proposal no longer stands." in say(answer)
        assert told("proposal_withdrawn") == 1

    def test_a_stored_form_frees_its_draft_on_the_device(
        self, floor: Floor, expert: Client
    ) -> None:
        case = floor.joined("expert")
        sent = {"text": "可以装入。", "client_id": "device-7"}
        after = expert.post(to("case_propose", case), sent, follow=True)
        assert 'data-client-id="device-7"' in after.content.decode()
