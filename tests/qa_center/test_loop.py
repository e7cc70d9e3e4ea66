"""The whole road of a question, through the services that pages and API call."""

import pytest

from customer_knowledge import services as exchange
from customer_knowledge.models import Message, Question
from kiplatform.events.models import Delivery
from kiplatform.events.relay import run_pending
from manager_knowledge.services import knowledge_publish
from qa_center import selectors, services
from qa_center.models import Invitation, ResearchCase
from search.services import suggest
from tests.factories.people import (
    ColleagueFactory,
    ContactFactory,
    EditorFactory,
    ManagerFactory,
)

pytestmark = pytest.mark.django_db


def test_a_question_travels_from_asked_to_found_by_the_next_customer() -> None:
    manager, colleague, editor = ManagerFactory(), ColleagueFactory(), EditorFactory()
    first = ContactFactory(customer__manager=manager)
    second = ContactFactory(customer__manager=manager)

    question = exchange.question_ask(
        actor=first.user,
        text="美元定期存款提前支取，利息怎么算？",
        kind=Question.Kind.PRODUCT_SERVICE,
        client_id="ask-1",
    )
    case = services.case_open(actor=manager, question=question, client_id="case-1")
    services.case_ask_colleagues(actor=manager, case=case)
    invitation = Invitation.objects.get(case=case, expert=colleague)
    services.invitation_accept(actor=colleague, invitation=invitation)
    services.case_message_post(
        actor=colleague, case=case, text="这个我处理过。", client_id="message-1"
    )
    proposal = services.proposal_make(
        actor=colleague,
        case=case,
        text="美元定期存款提前支取，支取部分按活期利率计息，其余部分利率不变。",
        client_id="proposal-1",
    )
    services.proposal_accept(actor=manager, case=case, proposals=[proposal])
    services.case_release(actor=manager, case=case, text="", client_id="release-1")
    page = services.case_capture(
        actor=manager,
        case=case,
        type="product",
        title="美元定期存款提前支取的计息方式",
        summary="支取部分按活期利率计息，其余部分利率不变。",
        body="美元定期存款可以提前支取一次。支取部分按支取日的活期利率计息。",
        language="zh-hans",
        audience="customers",
        client_id="capture-1",
    )
    knowledge_publish(actor=editor, page=page)
    run_pending()

    question.refresh_from_db()
    case.refresh_from_db()
    assert question.state == Question.State.ANSWERED
    assert case.state == ResearchCase.State.CAPTURED
    assert not Delivery.objects.filter(done_at=None).exists()
    found = suggest("美元定期提前支取", second.user, kinds={"knowledge"})
    assert [hit.key for hit in found.hits] == [page.public_id]
    told = [row.name for row in selectors.journey(question)]
    assert told[0] == "message.posted"
    assert {
        "question.asked",
        "case.opened",
        "proposal.made",
        "question.answered",
        "case.captured",
        "knowledge.published",
    } <= set(told)
    internal = Message.objects.visible_to(first.user).filter(thread=case.thread)
    assert not internal.exists()
