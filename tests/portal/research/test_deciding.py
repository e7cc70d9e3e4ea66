"""How a case is decided on its pages: each step once, and refused in words."""

from django.test import Client
from django.urls import reverse

from customer_knowledge.models import Answer
from manager_knowledge.models import KnowledgePage
from qa_center import services
from qa_center.models import KnowledgeGap, Resolution
from tests.portal.research.conftest import AsUser, Floor, everything, proposal, to, told


def test_the_course_from_accepted_to_captured_each_step_once(floor: Floor, manager: Client) -> None:
    case = floor.joined("expert", "second")
    made = [proposal(floor, case, who, f"{who}：可以。") for who in ("expert", "second")]
    merged = {
        "proposal": [p.public_id for p in made],
        "text": "两位都说可以。",
        "client_id": "a",
    }
    for _time in range(2):
        done = manager.post(to("case_accept", case), merged)
        assert done["Location"] == to("case_release", case)
    assert set(Resolution.objects.get().proposals.all()) == set(made)
    sent = {"text": "可以装入。", "client_id": "r"}
    for _time in range(2):
        done = manager.post(to("case_release", case), sent)
        assert done["Location"] == to("case_capture", case)
    assert Answer.objects.get().message.text == "可以装入。"
    draft = manager.get(to("case_capture", case)).context["form"].initial
    kept = {**draft, "audience": "customers", "client_id": "c"}
    for _time in range(2):
        done = manager.post(to("case_capture", case), kept)
        assert done["Location"] == to("case", case)
    page = KnowledgePage.objects.get()
    assert page.source_case == case.public_id
    # The question as it was asked is offered to the manager and kept with the draft.
    assert page.asked_as == case.text
    shown = manager.get(to("case", case)).content.decode()
    assert reverse("workspace:knowledge_page", args=[page.public_id]) in shown


def test_of_two_who_decide_at_once_the_second_sees_what_stands_and_keeps_their_words(
    floor: Floor, manager: Client, as_user: AsUser
) -> None:
    case = floor.joined("expert", "second")
    first, second = (proposal(floor, case, who) for who in ("expert", "second"))
    manager.post(
        to("case_accept", case),
        {"proposal": first.public_id, "text": "先到的答案", "client_id": "a"},
    )
    before = everything()
    late = as_user(floor["administrator"]).post(
        to("case_accept", case),
        {"proposal": second.public_id, "text": "后到的答案", "client_id": "b"},
    )
    assert late.status_code == 409
    assert "先到的答案" in late.content.decode()
    assert late.context["form"]["text"].value() == "后到的答案"
    assert everything() == before


def test_a_proposal_that_no_longer_stands_is_not_accepted_in_silence(
    floor: Floor, manager: Client
) -> None:
    case = floor.joined("expert")
    made = proposal(floor, case, "expert")
    services.proposal_withdraw(actor=floor["expert"], proposal=made)
    before = everything()
    sent = {"proposal": made.public_id, "text": "可以。", "client_id": "a"}
    refused = manager.post(to("case_accept", case), sent)
    assert refused.status_code == 409
    assert "A proposal no longer stands." in refused.content.decode()
    assert everything() == before


def test_accepting_nothing_is_refused(floor: Floor, manager: Client) -> None:
    case = floor.joined("expert")
    proposal(floor, case, "expert")
    before = everything()
    refused = manager.post(to("case_accept", case), {"text": " ", "client_id": "a"})
    assert refused.status_code == 422
    assert everything() == before


def test_an_answer_in_another_language_is_pointed_out_and_a_script_is_not(
    floor: Floor, manager: Client
) -> None:
    case = floor.joined("expert")
    made = proposal(floor, case, "expert", "Yes, the trust can hold them.")
    services.proposal_accept(actor=floor["manager"], case=case, proposals=[made])
    shown = manager.get(to("case_release", case)).content.decode()
    assert "is in another language than the question" in shown
    Resolution.objects.update(language="zh-hant")
    assert "is in another language" not in manager.get(to("case_release", case)).content.decode()


def test_not_worth_keeping_needs_a_reason(floor: Floor, manager: Client) -> None:
    case = floor.joined("expert")
    made = proposal(floor, case, "expert")
    services.proposal_accept(actor=floor["manager"], case=case, proposals=[made])
    services.case_release(actor=floor["manager"], case=case, text="可以。", client_id="r")
    before = everything()
    sent = {"not_captured": "1", "uncaptured-client_id": "u", "uncaptured-reason": " "}
    assert manager.post(to("case_capture", case), sent).status_code == 422
    assert everything() == before
    sent["uncaptured-reason"] = "只与这位客户有关"
    assert manager.post(to("case_capture", case), sent).status_code == 302
    assert Resolution.objects.get().not_captured_reason == "只与这位客户有关"
    assert not KnowledgePage.objects.exists()


def test_what_is_not_knowledge_yet_cannot_be_handed_over(floor: Floor, manager: Client) -> None:
    case = floor.joined("expert")
    made = proposal(floor, case, "expert")
    services.proposal_accept(actor=floor["manager"], case=case, proposals=[made])
    services.case_release(actor=floor["manager"], case=case, text="可以。", client_id="r")
    draft = manager.get(to("case_capture", case)).context["form"].initial
    before = everything()
    for field, value in (("title", ""), ("type", "gossip"), ("language", "xx")):
        sent = {**draft, "audience": "customers", "client_id": "c", field: value}
        refused = manager.post(to("case_capture", case), sent)
        assert refused.status_code == 422
        assert refused.context["form"].errors[field]
        assert refused.context["form"]["body"].value() == draft["body"]
    assert everything() == before


def test_a_gap_has_an_owner_and_ending_twice_ends_once(floor: Floor, manager: Client) -> None:
    case = floor.joined("expert")
    sent = {
        "how": "unanswerable",
        "reason": "监管尚未明确",
        "gap_owner": floor["second"].public_id,
        "client_id": "e",
    }
    for _time in range(2):
        assert manager.post(to("case_close", case), sent)["Location"] == to("case", case)
    assert KnowledgeGap.objects.get().owner == floor["second"]
    assert told("ended") == 1


def test_a_customer_cannot_be_made_the_owner_of_a_gap(floor: Floor, manager: Client) -> None:
    case = floor.open()
    before = everything()
    sent = {
        "how": "unanswerable",
        "reason": "不清楚",
        "gap_owner": floor["contact"].public_id,
        "client_id": "e",
    }
    assert manager.post(to("case_close", case), sent).status_code == 422
    assert everything() == before
