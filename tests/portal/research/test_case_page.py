"""A case's page: opening it, what it shows to whom, its parts, and what it costs."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from customer_knowledge import services as exchange
from kiplatform.core import clock
from portal.research.near import running_cases
from qa_center import services
from qa_center.models import CaseEntry, KnowledgeGap, ResearchCase
from tests.portal.research.conftest import (
    AsUser,
    Floor,
    everything,
    evidence,
    proposal,
    say,
)

OPEN = reverse("workspace:case_open")
NEED = {"text": "境外基金份额能否装入信托？", "urgency": "high", "client_id": "need"}


def page(client: Client, case: ResearchCase, name: str = "case", **query: str) -> Any:
    return client.get(reverse(f"workspace:{name}", args=[case.public_id]), query)


def shown(client: Client, case: ResearchCase, name: str = "case", **query: str) -> str:
    return page(client, case, name, **query).content.decode()


class TestOpening:
    def test_one_click_on_a_question_opens_it_once_and_searches(
        self, floor: Floor, manager: Client
    ) -> None:
        sent = {"question": floor.question.public_id, "client_id": "click"}
        first = manager.post(OPEN, sent)
        again = manager.post(OPEN, {**sent, "client_id": "another click"})
        case = ResearchCase.objects.get()
        address = reverse("workspace:case", args=[case.public_id])
        assert first["Location"] == again["Location"] == address
        assert case.question == floor.question

    def test_a_question_that_one_does_not_see_or_that_is_ended_opens_nothing(
        self, floor: Floor, as_user: AsUser, manager: Client
    ) -> None:
        sent = {"question": floor.question.public_id, "client_id": "click"}
        before = everything()
        assert as_user(floor["other manager"]).post(OPEN, sent).status_code == 404
        assert everything() == before
        exchange.question_withdraw(actor=floor["contact"], question=floor.question)
        before = everything()
        assert manager.post(OPEN, sent).status_code == 409
        assert everything() == before

    def test_a_need_of_ones_own_is_stored_once(self, floor: Floor, manager: Client) -> None:
        answers = [manager.post(OPEN, NEED) for _time in range(2)]
        case = ResearchCase.objects.get()
        assert {a["Location"] for a in answers} == {
            reverse("workspace:case", args=[case.public_id])
        }
        assert (case.text, case.urgency, case.question) == (NEED["text"], "high", None)

    @pytest.mark.parametrize("text", ["", "   ", "？！", "长" * 20_001])
    def test_what_cannot_be_stored_is_said_beside_the_text_and_all_is_kept(
        self, floor: Floor, manager: Client, text: str
    ) -> None:
        before = everything()
        answer = manager.post(OPEN, {**NEED, "text": text})
        assert answer.status_code == 422
        form = answer.context["form"]
        assert form.errors["text"]
        assert form["urgency"].value() == "high"
        assert form["text"].value() == text
        assert everything() == before

    def test_a_form_without_its_hidden_id_says_so_and_can_be_sent_again(
        self, floor: Floor, manager: Client
    ) -> None:
        answer = manager.post(OPEN, {**NEED, "client_id": ""})
        assert answer.status_code == 422
        assert "This form was out of date" in answer.content.decode()
        fresh = answer.context["form"]["client_id"].value()
        assert manager.post(OPEN, {**NEED, "client_id": fresh}).status_code == 302

    def test_a_running_case_that_asks_much_the_same_is_shown_before_a_twin_is_opened(
        self, floor: Floor, manager: Client, as_user: AsUser
    ) -> None:
        case = floor.open()
        twin = {**NEED, "text": "信托能不能装入境外的基金份额呢？"}
        answer = manager.post(OPEN, twin)
        assert answer.status_code == 200
        assert reverse("workspace:case", args=[case.public_id]) in answer.content.decode()
        assert ResearchCase.objects.count() == 1
        assert as_user(floor["other manager"]).post(OPEN, twin).status_code == 302
        assert manager.post(OPEN, {**twin, "confirmed": "1"}).status_code == 302
        own = ResearchCase.objects.get(manager=floor["manager"], question=None)
        assert "A running case asks much the same" in shown(manager, own)

    def test_a_question_too_shows_near_cases_before_a_twin_is_opened(
        self, floor: Floor, manager: Client
    ) -> None:
        case = floor.open()
        other = exchange.question_ask(
            actor=floor["contact"],
            text="信托能不能装入境外的基金份额呢？",
            kind="product_service",
            client_id="twin",
        )
        before = everything()
        answer = manager.post(OPEN, {"question": other.public_id, "client_id": "click"})
        told = answer.content.decode()
        assert answer.status_code == 200
        assert reverse("workspace:case", args=[case.public_id]) in told
        assert everything() == before
        sent = {"question": other.public_id, "client_id": "click", "confirmed": "1"}
        assert manager.post(OPEN, sent).status_code == 302
        assert ResearchCase.objects.filter(question=other).count() == 1

    def test_who_is_asked_in_a_near_case_joins_it_with_one_press(
        self, floor: Floor, manager: Client, as_user: AsUser
    ) -> None:
        case = floor.asked("other manager", "expert")
        client = as_user(floor["other manager"])
        twin = {**NEED, "text": "信托能不能装入境外的基金份额呢？"}
        told = client.post(OPEN, twin).content.decode()
        invitation = case.invitations.get(expert=floor["other manager"])
        join = reverse("workspace:invitation_accept", args=[invitation.public_id])
        assert join in told
        assert client.post(join)["Location"] == reverse("workspace:case", args=[case.public_id])
        assert case.thread.members.filter(user=floor["other manager"]).exists()
        # Whoever is in already is led there and asked nothing.
        again = client.post(OPEN, twin)
        assert join not in again.content.decode()
        assert ResearchCase.objects.count() == 1

    def test_the_cost_of_looking_for_near_cases_does_not_grow_with_them(
        self, floor: Floor, manager: Client, django_assert_max_num_queries: Any
    ) -> None:
        def add(number: int) -> None:
            services.case_open(
                actor=floor["manager"], text=f"信托与基金 {number}", client_id=f"n{number}"
            )

        add(0)
        running_cases(floor["manager"], "信托与基金")
        with CaptureQueriesContext(connection) as few:
            running_cases(floor["manager"], "信托与基金")
        for number in range(1, 7):
            add(number)
        with django_assert_max_num_queries(len(few)):
            assert len(running_cases(floor["manager"], "信托与基金")) == 7


class TestParts:
    def test_the_page_says_what_to_do_next_at_every_state(
        self, floor: Floor, manager: Client, expert: Client
    ) -> None:
        case = floor.asked("expert", "second")
        told = shown(manager, case)
        assert "Colleagues have been asked" in told
        assert "2 have not replied yet." in told
        assert "Can you help with this?" in shown(expert, case)
        services.invitation_accept(
            actor=floor["expert"], invitation=case.invitations.get(expert=floor["expert"])
        )
        assert "Work it out together" in shown(manager, case)
        assert "Your knowledge is asked for" in shown(expert, case)
        made = proposal(floor, case, "expert")
        assert "An answer is proposed" in shown(manager, case)
        assert "Your proposal stands" in shown(expert, case)
        services.proposal_accept(actor=floor["manager"], case=case, proposals=[made])
        assert "Send the answer to the customer" in shown(manager, case)
        assert "The answer is settled" in shown(expert, case)
        services.case_release(actor=floor["manager"], case=case, text="可以。", client_id="r")
        assert "Keep it as knowledge" in shown(manager, case)

    def test_while_searching_evidence_fills_the_page_and_no_discussion_is_begun(
        self, floor: Floor, manager: Client
    ) -> None:
        case = floor.open()
        told = shown(manager, case)
        assert "data-thread-form" not in told
        assert "Nothing that we know answers this." in told

    def test_the_parts_come_by_themselves_when_the_case_changes(
        self, floor: Floor, manager: Client
    ) -> None:
        case = floor.joined("expert")
        whole = shown(manager, case)
        assert f'data-channel="case:{case.public_id}"' in whole
        parts = shown(manager, case, "case_side", layout="talk")
        assert "<html" not in parts
        assert 'id="case-story"' in parts
        assert "data-thread-form" not in parts
        ids = set(re.findall(r'id="(case-[a-z]+)" hx-swap-oob', parts))
        assert ids == {"case-head", "case-colleagues", "case-evidence", "case-story"}
        assert all(f'id="{name}"' in whole for name in ids)

    def test_a_page_is_loaded_anew_only_where_nothing_can_have_been_typed(
        self, floor: Floor, manager: Client
    ) -> None:
        case = floor.joined("expert")
        assert page(manager, case, "case_side", layout="search")["HX-Refresh"] == "true"
        assert "HX-Refresh" not in page(manager, case, "case_side", layout="talk")

    def test_an_ended_case_says_why_and_can_be_read_but_not_continued(
        self, floor: Floor, manager: Client
    ) -> None:
        case = floor.joined("expert")
        services.case_mark_unanswerable(
            actor=floor["manager"], case=case, reason="监管尚未明确", gap_owner=floor["second"]
        )
        told = shown(manager, case)
        assert "监管尚未明确" in told
        assert f"{KnowledgeGap.objects.get().owner.name} closes this gap" in told
        assert "data-thread-form" not in told
        for name in ("ask", "invite", "answer", "accept", "capture", "close", "postpone", "merge"):
            answer = page(manager, case, f"case_{name}")
            assert answer.status_code == 302
            assert answer["Location"] == reverse("workspace:case", args=[case.public_id])

    def test_the_story_names_every_step_in_words(self, floor: Floor, manager: Client) -> None:
        case = floor.joined("expert")
        made = proposal(floor, case, "expert")
        services.proposal_judge(
            actor=floor["manager"], proposal=made, kind="object", version=1, reason="缺少依据"
        )
        told = shown(manager, case)
        name = floor["expert"].name
        for line in (f"{name} joined.", f"{name} proposed an answer (version 1).", "objected to"):
            assert line in told
        assert told.count("story__line") == CaseEntry.objects.filter(case=case).count()

    def test_hostile_text_is_shown_as_text(self, floor: Floor, manager: Client) -> None:
        attack = '<script>alert("x")</script>"><img src=x onerror=alert(1)>'
        case = services.case_open(actor=floor["manager"], text=f"需求 {attack}", client_id="attack")
        services.case_ask_colleagues(actor=floor["manager"], case=case)
        proposal(floor, case, "manager", f"答 {attack}")
        told = shown(manager, case)
        assert "<script>alert" not in told
        assert "<img src=x" not in told

    def test_a_very_long_question_is_shortened_in_the_title_and_shown_in_full_below(
        self, floor: Floor, manager: Client
    ) -> None:
        text = "这笔款项能不能提前支取呢，" * 200
        case = services.case_open(actor=floor["manager"], text=text, client_id="long")
        told = shown(manager, case)
        assert "The question in full" in told
        assert told.count(text) == 1


def _filled(floor: Floor, case: ResearchCase, rows: int) -> None:
    start = case.proposals.count()
    for number in range(start, start + rows):
        evidence(case, number + 1)
        made = proposal(floor, case, "expert", "可以" + "。" * (number + 1))
        services.proposal_judge(actor=floor["manager"], proposal=made, kind="endorse", version=1)
        services.case_message_post(
            actor=floor["expert"], case=case, text=f"消息{number}", client_id=f"m{number}"
        )


def test_the_page_costs_the_same_however_much_there_is_to_show(
    floor: Floor,
    manager: Client,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    case = floor.joined("expert", "second")
    _filled(floor, case, 1)
    page(manager, case)
    with django_assert_max_num_queries(24) as few:
        page(manager, case)
    _filled(floor, case, 5)
    page(manager, case)
    with django_assert_max_num_queries(24) as many:
        assert page(manager, case).status_code == 200
    assert len(many.captured_queries) == len(few.captured_queries)
    with django_assert_max_num_queries(20):
        manager.get(
            reverse("workspace:case_side", args=[case.public_id]), headers={"HX-Request": "true"}
        )


def test_more_time_is_given_once_and_only_within_two_weeks(floor: Floor, manager: Client) -> None:
    case = floor.open()
    address = reverse("workspace:case_postpone", args=[case.public_id])
    soon = (clock.now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    for due_at in ("2001-01-01T10:00", "2099-01-01T10:00", "whenever", ""):
        before = everything()
        refused = manager.post(
            address, {"due_at": due_at, "reason": "等托管行回复", "client_id": "p"}
        )
        assert refused.status_code == 422
        assert refused.context["form"].errors["due_at"]
        assert refused.context["form"]["reason"].value() == "等托管行回复"
        assert everything() == before
    for _time in range(2):
        sent = {"due_at": soon, "reason": "等托管行回复", "client_id": "p"}
        assert manager.post(address, sent).status_code == 302
    assert CaseEntry.objects.filter(kind="postponed").count() == 1
    assert "This step has more time." in say(page(manager, case))


def test_two_cases_are_merged_and_both_discussions_are_kept(
    floor: Floor, manager: Client, expert: Client
) -> None:
    case = floor.joined("expert")
    services.case_message_post(
        actor=floor["expert"], case=case, text="我处理过", client_id="before"
    )
    into = services.case_open(
        actor=floor["manager"], text="信托能不能装入境外基金的份额？", client_id="into"
    )
    far = services.case_open(actor=floor["manager"], text="美元存款的利率是多少", client_id="far")
    address = reverse("workspace:case_merge", args=[case.public_id])
    options = manager.get(address).context["options"]
    assert [(near.case, near.is_near) for near in options] == [(into, True), (far, False)]
    for wrong in ("", "0000000000000000", case.public_id):
        before = everything()
        assert manager.post(address, {"into": wrong, "client_id": "m"}).status_code == 422
        assert everything() == before
    for _time in range(2):
        done = manager.post(address, {"into": into.public_id, "client_id": "m"})
        assert done["Location"] == reverse("workspace:case", args=[into.public_id])
    case.refresh_from_db()
    assert (case.state, case.merged_into) == ("cancelled", into)
    assert reverse("workspace:case", args=[into.public_id]) in shown(manager, case)
    assert "我处理过" in shown(expert, case)
    assert "Merged into this case" in shown(expert, into)


def test_a_case_that_one_does_not_see_cannot_be_merged_into(floor: Floor, manager: Client) -> None:
    case = floor.open()
    hidden = services.case_open(
        actor=floor["other manager"], text="信托能不能装入境外基金份额？", client_id="hidden"
    )
    address = reverse("workspace:case_merge", args=[case.public_id])
    assert hidden.text not in manager.get(address).content.decode().replace(case.text, "")
    before = everything()
    sent = {"into": hidden.public_id, "client_id": "m"}
    assert manager.post(address, sent).status_code == 422
    assert everything() == before
