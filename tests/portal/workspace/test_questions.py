"""A question's page: answering with citations, notes, keeping knowledge, and who may do what."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from customer_knowledge.models import Answer, Attachment, Message, Question
from customer_knowledge.selectors import messages_of
from customer_knowledge.services import (
    Cited,
    manager_assign,
    message_post,
    question_deflect,
    question_withdraw,
)
from kiplatform.events.models import OutboxEvent
from kiplatform.events.relay import run_pending
from manager_knowledge.models import KnowledgePage
from tests.factories.knowledge import KnowledgePageFactory
from tests.portal.workspace.conftest import (
    HTMX,
    OUTSIDERS,
    Bank,
    ask,
    cost,
    signed_in,
    text_of,
)

PARTS = ["", "status/", "knowledge/", "cite/"]
DEEDS = ["reply/", "reassign/", "capture/"]


def path(question: Question, part: str = "") -> str:
    return f"/workspace/questions/{question.public_id}/{part}"


def answer_form(**fields: object) -> dict[str, object]:
    form = {"visibility": "answer", "text": "取出的部分按活期计息。", "client_id": "a-1"}
    return form | fields


@pytest.fixture
def page(bank: Bank) -> KnowledgePage:
    return KnowledgePageFactory(title="提前支取规则", language="zh-hans")


def test_the_page_holds_thread_customer_and_composer(bank: Bank, question: Question) -> None:
    page = text_of(signed_in(bank.manager).get(path(question)))
    assert "提前支取定期存款" in page
    assert f"/workspace/customers/{bank.customer.public_id}/" in page
    assert path(question, "reply/") in page
    assert f'data-channel="thread:{question.thread.public_id}"' in page


def test_an_answer_cites_what_the_manager_chose(
    bank: Bank, question: Question, page: KnowledgePage
) -> None:
    form = answer_form(citations=[f"knowledge:{page.public_id}"])
    response = signed_in(bank.manager).post(path(question, "reply/"), form, headers=HTMX)
    assert "取出的部分按活期计息。" in text_of(response)
    assert "提前支取规则" in text_of(response)
    question.refresh_from_db()
    assert question.state == "answered"
    assert [c.title for c in Answer.objects.get().message.citations.all()] == ["提前支取规则"]
    assert not KnowledgePage.objects.filter(source_question=question.public_id).exists()


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_an_answer_without_citation_needs_a_reason(
    bank: Bank, question: Question, headers: dict[str, str]
) -> None:
    client = signed_in(bank.manager)
    response = client.post(path(question, "reply/"), answer_form(), headers=headers)
    assert response.status_code == 422
    if not headers:
        assert "取出的部分按活期计息。" in response.content.decode()
    assert not Answer.objects.exists()
    form = answer_form(uncited_reason="只与这位客户有关", client_id="a-2")
    assert client.post(path(question, "reply/"), form).status_code == 302
    assert Answer.objects.get().uncited_reason == "只与这位客户有关"


def test_sent_twice_is_stored_once(bank: Bank, question: Question) -> None:
    client = signed_in(bank.manager)
    form = answer_form(capture="1")
    for _attempt in range(2):
        assert client.post(path(question, "reply/"), form, headers=HTMX).status_code == 200
    assert Answer.objects.count() == 1
    assert KnowledgePage.objects.filter(source_question=question.public_id).count() == 1


def test_an_answer_kept_as_knowledge_becomes_a_draft(bank: Bank, question: Question) -> None:
    client = signed_in(bank.manager)
    client.post(path(question, "reply/"), answer_form(capture="1"))
    draft = KnowledgePage.objects.get(source_question=question.public_id).specific
    assert not draft.live
    assert draft.owner == bank.manager
    assert draft.body == "取出的部分按活期计息。"
    assert draft.title == question.text
    assert draft.title in text_of(client.get(path(question, "status/"), headers=HTMX))


def test_a_standing_answer_is_kept_later(bank: Bank, question: Question) -> None:
    client = signed_in(bank.manager)
    assert client.post(path(question, "capture/")).status_code == 409
    client.post(path(question, "reply/"), answer_form(uncited_reason="急"))
    for _attempt in range(2):
        response = client.post(path(question, "capture/"))
    draft = KnowledgePage.objects.get(source_question=question.public_id)
    assert response["Location"] == f"/workspace/knowledge/{draft.public_id}/edit/"


def test_a_note_stays_inside_and_a_message_goes_out(bank: Bank, question: Question) -> None:
    client = signed_in(bank.manager)
    for visibility, text in (("internal", "别答应靠档计息"), ("customer", "请稍等")):
        form = {"visibility": visibility, "text": text, "client_id": visibility}
        assert client.post(path(question, "reply/"), form, headers=HTMX).status_code == 200
    page = text_of(client.get(path(question)))
    assert "message--note" in page
    seen = [row.text for row in messages_of(bank.contact, question.thread)]
    assert "请稍等" in seen
    assert "别答应靠档计息" not in seen
    question.refresh_from_db()
    assert question.state == "open"


@pytest.mark.parametrize("visibility", ["", "nonsense"])
def test_nothing_is_sent_to_nobody_in_particular(
    bank: Bank, question: Question, visibility: str
) -> None:
    form = {"visibility": visibility, "text": "?", "client_id": "n"}
    response = signed_in(bank.manager).post(path(question, "reply/"), form, headers=HTMX)
    assert response.status_code == 422
    assert not Message.objects.filter(client_id="n").exists()


def test_what_cannot_be_seen_cannot_be_cited(bank: Bank, question: Question) -> None:
    hidden = KnowledgePageFactory(title="秘密草稿", state="draft")
    client = signed_in(bank.manager)
    value = f"knowledge:{hidden.public_id}"
    tray = text_of(client.get(path(question, "cite/"), {"add": value}, headers=HTMX))
    assert "秘密草稿" not in tray
    form = answer_form(citations=[value])
    response = client.post(path(question, "reply/"), form, headers=HTMX)
    assert response.status_code == 422
    assert "秘密草稿" not in response.content.decode()
    assert not Answer.objects.exists()


def test_citing_keeps_what_was_chosen_before(
    bank: Bank, question: Question, page: KnowledgePage
) -> None:
    other = KnowledgePageFactory(title="利率表", language="zh-hans")
    client = signed_in(bank.manager)
    asked = {
        "citations": [f"knowledge:{page.public_id}", "nonsense", "secret:1"],
        "add": f"knowledge:{other.public_id}",
    }
    tray = text_of(client.get(path(question, "cite/"), asked, headers=HTMX))
    assert tray.index("提前支取规则") < tray.index("利率表")
    assert tray.count('name="citations"') == 2
    whole = text_of(client.get(path(question), {"cite": f"knowledge:{page.public_id}"}))
    assert f'value="knowledge:{page.public_id}"' in whole


def test_knowledge_is_suggested_with_why(
    bank: Bank, question: Question, page: KnowledgePage
) -> None:
    hidden = KnowledgePageFactory(title="提前支取内部草稿", language="zh-hans", state="draft")
    run_pending()
    client = signed_in(bank.manager)
    part = text_of(client.get(path(question, "knowledge/"), headers=HTMX))
    assert page.title in part
    assert hidden.title not in part
    assert f"add=knowledge:{page.public_id}" in part
    response = client.get(path(question, "knowledge/"))
    assert response.status_code == 302
    assert page.title in text_of(client.get(response["Location"]))


def test_an_ended_question_takes_no_answer_but_keeps_its_thread(
    bank: Bank, question: Question
) -> None:
    question_withdraw(actor=bank.contact, question=question)
    client = signed_in(bank.manager)
    page = text_of(client.get(path(question)))
    assert 'value="answer"' not in page
    response = client.post(path(question, "reply/"), answer_form(uncited_reason="晚了"))
    assert response.status_code == 409
    assert "取出的部分按活期计息。" in response.content.decode()
    assert not Answer.objects.exists()


def test_handing_on_needs_somebody_who_may_answer(bank: Bank, question: Question) -> None:
    client = signed_in(bank.manager)
    for owner in (bank.other_manager.public_id, bank.contact.public_id, "", "nobody"):
        response = client.post(path(question, "reassign/"), {"owner": owner})
        assert response.status_code == 422
    manager_assign(
        actor=bank.manager, customer=bank.customer, manager=bank.other_manager, primary=False
    )
    client.post(path(question, "reassign/"), {"owner": bank.other_manager.public_id})
    question.refresh_from_db()
    assert question.owner == bank.other_manager


def test_a_file_goes_with_the_answer_and_a_lying_one_does_not(
    bank: Bank, question: Question
) -> None:
    client = signed_in(bank.manager)
    lying = SimpleUploadedFile("rates.pdf", b"MZ this is no document", "application/pdf")
    form = answer_form(uncited_reason="附件里有", attachments=[lying])
    response = client.post(path(question, "reply/"), form)
    assert response.status_code == 422
    assert "取出的部分按活期计息。" in response.content.decode()
    assert not Attachment.objects.exists()
    good = SimpleUploadedFile("rates.pdf", b"%PDF-1.7 rates", "application/pdf")
    form = answer_form(uncited_reason="附件里有", attachments=[good])
    assert client.post(path(question, "reply/"), form).status_code == 302
    assert "rates.pdf" in text_of(client.get(path(question)))


def test_a_question_that_the_suggestions_answered_has_no_thread(
    bank: Bank, page: KnowledgePage
) -> None:
    shared = KnowledgePageFactory(title="客户可读", audience="customers", language="zh-hans")
    row = question_deflect(
        actor=bank.contact,
        text="怎么提前支取？",
        kind="product_service",
        hit=Cited("knowledge", shared.public_id),
        client_id="d",
    )
    client = signed_in(bank.manager)
    assert "怎么提前支取？" in text_of(client.get(path(row)))
    assert client.post(path(row, "reply/"), answer_form()).status_code == 404


@pytest.mark.parametrize("who", OUTSIDERS)
def test_nobody_else_finds_it(bank: Bank, question: Question, who: str) -> None:
    client = signed_in(getattr(bank, who))
    before = OutboxEvent.objects.count()
    for part in PARTS:
        assert client.get(path(question, part), headers=HTMX).status_code == 404
    for deed in DEEDS:
        form = answer_form(uncited_reason="x", owner=bank.manager.public_id)
        assert client.post(path(question, deed), form).status_code == 404
    question.refresh_from_db()
    assert (question.state, question.owner) == ("open", bank.manager)
    assert OutboxEvent.objects.count() == before


def test_strangers_are_led_to_the_door(question: Question) -> None:
    for part in PARTS:
        assert Client().get(path(question, part)).status_code == 302
    assert Client().post(path(question, "reply/"), answer_form()).status_code == 302
    assert not Answer.objects.exists()


def test_an_administrator_answers_where_no_manager_can(bank: Bank, question: Question) -> None:
    client = signed_in(bank.administrator)
    form = answer_form(uncited_reason="代班")
    assert client.post(path(question, "reply/"), form).status_code == 302
    assert Answer.objects.get().answered_by == bank.administrator


def test_a_manager_whose_part_has_ended_finds_it_no_more(bank: Bank, question: Question) -> None:
    client = signed_in(bank.manager)
    assert client.get(path(question)).status_code == 200
    bank.customer.assignments.update(ended_at=question.created_at)
    assert client.get(path(question)).status_code == 404


def test_the_cost_does_not_grow_with_the_thread(
    bank: Bank, question: Question, page: KnowledgePage
) -> None:
    client = signed_in(bank.manager)
    form = answer_form(citations=[f"knowledge:{page.public_id}"])
    client.post(path(question, "reply/"), form)
    client.get(path(question))
    few = cost(client, path(question))
    for number in range(8):
        message_post(
            actor=bank.manager, thread=question.thread, text="补充", client_id=f"m-{number}"
        )
        ask(bank.contact)
    client.get(path(question))
    assert cost(client, path(question)) == few <= 20
