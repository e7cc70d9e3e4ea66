"""Colleagues work for a customer whose name they do not learn until it is shown for a reason."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from customer_knowledge import services as exchange
from customer_knowledge.models import Customer
from kiplatform.accounts.models import User
from kiplatform.events.relay import run_pending
from kiplatform.notifications.models import Notification
from kiplatform.realtime.registry import channel_for
from qa_center import services
from qa_center.models import Invitation, ResearchCase
from tests.portal.research.conftest import AsUser, Floor, evidence, proposal

NAMES = ("欧阳锦书", "锦书堂", "jinshu@customer.example", "13800009999")


@pytest.fixture
def masked(floor: Floor) -> ResearchCase:
    """A case on the question of somebody whose every name can be told from all else."""
    User.objects.filter(pk=floor["contact"].pk).update(name=NAMES[0], email=NAMES[2])
    Customer.objects.filter(pk=floor.question.customer_id).update(name=NAMES[1], phone=NAMES[3])
    case = floor.joined("expert")
    case.refresh_from_db()
    services.invite_more(actor=floor["manager"], case=case, user=floor["second"])
    evidence(case)
    made = proposal(floor, case, "expert")
    services.proposal_judge(actor=floor["manager"], proposal=made, kind="endorse", version=1)
    return case


def _told(client: Client, case: ResearchCase) -> str:
    """Return every byte that a colleague gets of a case, as pages and as fragments."""
    named = ("case", "case_side", "case_propose")
    pages = [reverse(f"workspace:{name}", args=[case.public_id]) for name in named]
    pages += [reverse(f"workspace:{name}") for name in ("invitations", "notifications")]
    pages += [f"{reverse('workspace:cases')}?show={show}" for show in ("running", "ended")]
    thread = reverse("shared:thread_messages", args=[case.thread.public_id])
    answers = [client.get(page) for page in pages]
    answers.append(client.get(thread, headers={"HX-Request": "true"}))
    return "".join(answer.content.decode() for answer in answers)


def _sent(user: User, case: ResearchCase) -> str:
    """Return what notifications and live frames carry to a colleague."""
    found = channel_for(f"case:{case.public_id}")
    assert found is not None
    channel, key = found
    frames: list[Any] = [channel.project(key, item, user) for item in channel.load(key, 0, 500)]
    assert frames
    rows = list(Notification.objects.filter(user=user).values())
    return json.dumps([frames, rows], default=str, ensure_ascii=False)


def _leaks(text: str) -> list[str]:
    return [name for name in NAMES if name in text]


def test_no_page_fragment_frame_or_notification_names_a_masked_customer(
    floor: Floor, masked: ResearchCase, as_user: AsUser
) -> None:
    run_pending()
    for who in ("expert", "second"):
        assert _leaks(_told(as_user(floor[who]), masked)) == []
        assert _leaks(_sent(floor[who], masked)) == []
    assert NAMES[1] in _told(as_user(floor["manager"]), masked)


def test_the_credits_of_a_case_do_not_name_who_asked(
    floor: Floor, masked: ResearchCase, as_user: AsUser
) -> None:
    manager = floor["manager"]
    services.proposal_accept(actor=manager, case=masked, proposals=list(masked.proposals.all()))
    services.case_release(actor=manager, case=masked, text="可以装入。", client_id="release")
    run_pending()
    shown = _told(as_user(floor["expert"]), masked)
    assert _leaks(shown) == []
    assert "the customer · Asked the question" in shown
    services.case_capture(
        actor=manager,
        case=masked,
        **services.capture_suggestion(masked),
        audience="customers",
        client_id="capture",
    )
    run_pending()
    for who in ("expert", "third", "other manager"):
        assert _leaks(_told(as_user(floor[who]), masked)) == []
        assert _leaks(_sent(floor[who], masked)) == []


def test_a_customer_who_takes_the_question_back_stays_masked(
    floor: Floor, masked: ResearchCase, as_user: AsUser
) -> None:
    exchange.question_withdraw(actor=floor["contact"], question=floor.question)
    run_pending()
    masked.refresh_from_db()
    assert masked.state == ResearchCase.State.CANCELLED
    shown = _told(as_user(floor["expert"]), masked)
    assert _leaks(shown) == []
    assert _leaks(_sent(floor["expert"], masked)) == []
    assert "The customer withdrew the question." in shown


def test_unmasking_shows_the_customer_to_who_takes_part_and_to_nobody_else(
    floor: Floor, masked: ResearchCase, as_user: AsUser
) -> None:
    manager = as_user(floor["manager"])
    address = reverse("workspace:case_unmask", args=[masked.public_id])
    refused = manager.post(address, {"client_id": "a", "reason": "  "})
    assert refused.status_code == 422
    assert _leaks(_told(as_user(floor["expert"]), masked)) == []
    manager.post(address, {"client_id": "a", "reason": "需要核对合同"})
    assert NAMES[1] in _told(as_user(floor["expert"]), masked)
    assert _leaks(_told(as_user(floor["second"]), masked)) == []
    masked.refresh_from_db()
    assert masked.unmask_reason == "需要核对合同"


def test_who_was_asked_but_has_not_joined_reads_neither_discussion_nor_refusals(
    floor: Floor, masked: ResearchCase, as_user: AsUser
) -> None:
    services.case_message_post(
        actor=floor["expert"], case=masked, text="只在讨论里说的话", client_id="said"
    )
    services.invite_more(actor=floor["manager"], case=masked, user=floor["third"])
    services.invitation_decline(
        actor=floor["third"],
        invitation=Invitation.objects.get(case=masked, expert=floor["third"]),
        reason="下周休假",
    )
    page = as_user(floor["second"]).get(reverse("workspace:case", args=[masked.public_id]))
    shown = page.content.decode()
    for secret in ("只在讨论里说的话", "下周休假", "可以装入。</div>"):
        assert secret not in shown
    assert floor["expert"].name in shown
