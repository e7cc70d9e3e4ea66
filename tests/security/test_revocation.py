"""A right that ends is gone at the next request, on open sockets, and on every way around."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse

from customer_knowledge import services as exchange
from customer_knowledge.models import Contact, Customer, ManagerAssignment, Question
from kiplatform.accounts.access import tokens_for
from kiplatform.accounts.models import User
from kiplatform.accounts.services import roles_set, user_deactivate
from kiplatform.core import clock
from kiplatform.events.relay import run_pending
from kiplatform.notifications.selectors import inbox, unread_count
from kiplatform.realtime.fanout import Look, collect
from kiplatform.realtime.registry import Person, channel_for
from qa_center import policies
from qa_center import services as center
from qa_center.models import Invitation, ResearchCase
from search.services import search
from tests.factories.people import ContactFactory
from tests.portal.workspace.conftest import ask, signed_in
from tests.security.conftest import Bank, Floor, Seen, asvs


def hears(user: User, name: str) -> bool:
    """Tell whether a socket of `user` would get anything of a channel at the next look."""
    known = channel_for(name)
    assert known is not None
    (view,) = collect([Look(name, known[0], known[1], ((Person.of(user), 0),), True)])
    return user.pk in view.classes


def unassigned(bank: Bank, question: Question) -> None:
    exchange.manager_assign(
        actor=bank.administrator, customer=bank.customer, manager=bank.other_manager
    )
    exchange.manager_unassign(
        actor=bank.administrator, customer=bank.customer, manager=bank.manager
    )


def without_the_role(bank: Bank, question: Question) -> None:
    roles_set(actor=bank.administrator, user=bank.manager, roles=[])


def shut_out(bank: Bank, question: Question) -> None:
    user_deactivate(actor=bank.administrator, user=bank.manager)


@asvs("3.3.1", "4.1.1", "4.1.3")
@pytest.mark.parametrize("end", [unassigned, without_the_role, shut_out])
def test_a_managers_rights_end_at_the_next_request(
    bank: Bank, question: Question, end: Any
) -> None:
    run_pending()
    assert question.thread is not None
    client, channel = signed_in(bank.manager), f"thread:{question.thread.public_id}"
    pages = [
        reverse("workspace:question", args=[question.public_id]),
        reverse("workspace:customer", args=[bank.customer.public_id]),
        f"/api/questions/{question.public_id}",
        f"/api/threads/{question.thread.public_id}/messages",
        reverse("shared:thread_messages", args=[question.thread.public_id]),
    ]
    assert {client.get(page).status_code for page in pages} == {200}
    assert hears(bank.manager, channel)
    assert search("提前支取", bank.manager, kinds={"question"}).total == 1
    assert unread_count(bank.manager) == 1

    end(bank, question)

    assert {client.get(page).status_code for page in pages} <= {302, 401, 404}
    assert not hears(bank.manager, channel)
    gone = User.objects.get(pk=bank.manager.pk)
    assert search("提前支取", gone, kinds={"question"}).total == 0
    assert inbox(gone) == []
    assert unread_count(gone) == 0
    assert f"customer:{bank.customer.public_id}" not in tokens_for(gone)


@asvs("3.3.1", "4.1.1")
def test_a_contact_who_has_left_reads_nothing_of_the_customer(
    bank: Bank, question: Question
) -> None:
    assert question.thread is not None
    client = signed_in(bank.contact)
    Contact.objects.filter(user=bank.contact).update(is_active=False)
    pages = [
        "/portal/",
        "/portal/about-me/",
        f"/portal/questions/{question.public_id}/",
        f"/threads/{question.thread.public_id}/messages/",
        f"/api/questions/{question.public_id}",
    ]
    assert {client.get(page).status_code for page in pages} == {404}
    sent = {"text": "还在吗", "kind": "product_service", "client_id": "late"}
    assert client.post("/portal/ask/", sent).status_code == 403
    assert not hears(bank.contact, f"conversation:{question.thread.public_id}")


@asvs("4.1.1", "8.3.4")
def test_who_opened_a_case_and_lost_the_customer_does_not_read_its_name(
    bank: Bank, question: Question, seen: Seen
) -> None:
    case = center.case_open(actor=bank.manager, question=question, client_id="c")
    center.proposal_accept(actor=bank.manager, case=case, proposals=[], text="按活期计息。")
    page, release = (
        f"/workspace/cases/{case.public_id}/",
        f"/workspace/cases/{case.public_id}/release/",
    )
    Question.objects.filter(pk=question.pk).update(text="我是陈桂兰，利息怎么算？")
    assert "陈桂兰" in seen(bank.manager, page)
    assert "陈桂兰" in seen(bank.manager, release)
    unassigned(bank, question)
    assert "陈桂兰" not in seen(bank.manager, page, release)


@asvs("4.1.1", "8.3.4")
def test_whoever_an_overdue_case_goes_to_does_not_learn_the_name(floor: Floor, seen: Seen) -> None:
    Customer.objects.filter(pk=floor.question.customer_id).update(name="锦书堂")
    case = floor.open()
    assert case.due_at is not None
    with clock.frozen(case.due_at + timedelta(minutes=1)):
        center.advance_due()
    case.refresh_from_db()
    assert case.owner is not None
    assert case.owner == floor["head"]
    page = f"/workspace/cases/{case.public_id}/"
    assert "锦书堂" in seen(floor["manager"], page)
    assert "锦书堂" not in seen(floor["head"], page)
    assert not policies.sees_customer_of(AnonymousUser(), case)


@asvs("4.1.1", "4.1.5")
def test_who_was_taken_out_of_a_case_sees_it_on_no_page(floor: Floor, seen: Seen) -> None:
    case = floor.joined("expert")
    invitation = Invitation.objects.get(case=case, expert=floor["expert"])
    center.member_leave(actor=floor["manager"], case=case, user=floor["expert"])
    run_pending()
    pages = [
        f"/workspace/cases/{case.public_id}/",
        f"/workspace/invitations/{invitation.public_id}/decline/",
        "/workspace/invitations/",
        "/workspace/cases/?show=running",
        "/workspace/notifications/",
        f"/threads/{case.thread.public_id}/messages/",
    ]
    assert case.text not in seen(floor["expert"], *pages)
    for channel in (f"case:{case.public_id}", f"thread:{case.thread.public_id}"):
        assert not hears(floor["expert"], channel)


@asvs("4.1.2", "4.2.1")
def test_an_invitation_does_not_let_one_bring_people_into_somebody_elses_case(
    floor: Floor,
) -> None:
    theirs = floor.asked("other manager")
    mine = center.case_open(actor=floor["other manager"], client_id="mine", text="自己的需要")
    address = reverse("workspace:case_merge", args=[mine.public_id])
    response = signed_in(floor["other manager"]).post(
        address, {"client_id": "m", "into": theirs.public_id}
    )
    assert response.status_code == 403
    mine.refresh_from_db()
    assert mine.state == ResearchCase.State.SEARCHING
    assert not theirs.thread.members.filter(user=floor["other manager"]).exists()


@asvs("4.1.1")
def test_a_manager_who_left_gets_no_new_questions(bank: Bank) -> None:
    ManagerAssignment.objects.filter(manager=bank.manager).update(ended_at=clock.now())
    late = ContactFactory(customer=bank.customer).user
    assert ask(late).owner == bank.administrator
