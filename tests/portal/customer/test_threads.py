"""Threads as both sides share them: who may write, what citations show, what stays kept."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from customer_knowledge.models import Attachment, Message, Question
from customer_knowledge.services import Cited, message_post, question_answer
from portal.shared import threads
from tests.factories.knowledge import KnowledgePageFactory
from tests.portal.customer.conftest import Bank

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64
HTMX = {"HX-Request": "true"}


def address(question: Question) -> str:
    return f"/threads/{question.thread.public_id}/messages/"


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("contact", 200),
        ("partner", 200),
        ("manager", 200),
        ("administrator", 200),
        ("other_contact", 404),
        ("other_manager", 404),
        ("colleague", 404),
        ("product_team", 404),
        ("editor", 404),
    ],
)
def test_only_the_customers_people_read_and_write(
    bank: Bank, question: Question, as_user: Any, who: str, status: int
) -> None:
    client: Client = as_user(getattr(bank, who))
    assert client.get(address(question), headers=HTMX).status_code == status
    answer = client.post(address(question), {"text": "谢谢", "client_id": "m1"}, headers=HTMX)
    assert answer.status_code == status
    assert question.thread.messages.filter(text="谢谢").exists() is (status == 200)


def test_nobody_writes_without_signing_in(bank: Bank, question: Question) -> None:
    answer = Client().post(address(question), {"text": "谢谢", "client_id": "m1"}, headers=HTMX)
    assert answer.status_code == 401
    assert question.thread.messages.count() == 1


def test_a_message_sent_twice_is_stored_once(bank: Bank, question: Question, as_user: Any) -> None:
    client = as_user(bank.contact)
    for _attempt in range(2):
        answer = client.post(address(question), {"text": "还有一事", "client_id": "m1"})
        assert answer.status_code == 302
    assert question.thread.messages.filter(text="还有一事").count() == 1


@pytest.mark.parametrize("text", ["", "   ", "\u200b", "字" * 20_001])
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_refused_text_comes_back(
    bank: Bank, question: Question, as_user: Any, text: str, headers: dict[str, str]
) -> None:
    client = as_user(bank.contact)
    answer = client.post(address(question), {"text": text, "client_id": "m1"}, headers=headers)
    assert answer.status_code == 422
    if text.strip("\u200b ") and not headers:
        assert text in answer.content.decode()
    assert question.thread.messages.count() == 1


def test_a_contact_cannot_write_a_note(bank: Bank, question: Question, as_user: Any) -> None:
    data = {"text": "内部", "client_id": "m1", "visibility": "internal"}
    assert as_user(bank.contact).post(address(question), data, headers=HTMX).status_code == 403
    assert not Message.objects.filter(text="内部").exists()


def test_notes_are_not_there_for_contacts(bank: Bank, question: Question, as_user: Any) -> None:
    message_post(
        actor=bank.manager, thread=question.thread, text="别告诉她", client_id="n", internal=True
    )
    page = as_user(bank.contact).get(address(question), headers=HTMX).content.decode()
    assert "别告诉她" not in page
    assert "别告诉她" in as_user(bank.manager).get(address(question), headers=HTMX).content.decode()


def test_only_what_came_after_is_sent(bank: Bank, question: Question, as_user: Any) -> None:
    question.thread.refresh_from_db()
    seen = question.thread.shared_version
    message_post(actor=bank.manager, thread=question.thread, text="稍等", client_id="w")
    page = as_user(bank.contact).get(f"{address(question)}?after={seen}", headers=HTMX)
    assert "稍等" in page.content.decode()
    assert question.text not in page.content.decode()


@pytest.mark.parametrize("after", ["x", "-1", "9" * 40, "²"])
def test_a_strange_version_is_no_error(
    bank: Bank, question: Question, as_user: Any, after: str
) -> None:
    page = as_user(bank.contact).get(address(question), {"after": after}, headers=HTMX)
    assert page.status_code == 200


def test_a_citation_shows_only_to_those_who_may_see_it(
    bank: Bank, question: Question, as_user: Any
) -> None:
    for_all = KnowledgePageFactory(title="提前支取规则", language="zh-hans", audience="customers")
    inside = KnowledgePageFactory(title="利差底线", language="zh-hans", audience="staff")
    question_answer(
        actor=bank.manager,
        question=question,
        text="按活期计息。",
        client_id="a",
        citations=[Cited("knowledge", for_all.public_id), Cited("knowledge", inside.public_id)],
    )
    page = as_user(bank.contact).get(address(question), headers=HTMX).content.decode()
    assert "提前支取规则" in page
    assert f"/portal/knowledge/{for_all.public_id}/" in page
    assert "利差底线" not in page
    assert inside.public_id not in page
    staff = as_user(bank.manager).get(address(question), headers=HTMX).content.decode()
    assert f"/workspace/knowledge/{inside.public_id}/" in staff


def test_queries_do_not_grow_with_messages(
    bank: Bank, question: Question, django_assert_max_num_queries: Any
) -> None:
    page = KnowledgePageFactory(audience="customers")
    for number in range(12):
        question_answer(
            actor=bank.manager,
            question=question,
            text=f"答 {number}",
            client_id=f"a{number}",
            citations=[Cited("knowledge", page.public_id)],
        )
    thread = question.thread
    thread.refresh_from_db()
    with django_assert_max_num_queries(8):
        shown = threads.present(bank.contact, thread, page_url="/portal/")
    assert len(shown.messages) == 13


def test_one_edits_and_deletes_ones_own_alone(bank: Bank, question: Question, as_user: Any) -> None:
    mine = message_post(actor=bank.contact, thread=question.thread, text="我写的", client_id="e")
    edit, delete = f"/messages/{mine.public_id}/edit/", f"/messages/{mine.public_id}/delete/"
    for other in (bank.partner, bank.manager, bank.other_contact):
        client = as_user(other)
        assert client.get(edit).status_code == 404
        assert client.post(edit, {"text": "改了"}).status_code == 404
        assert client.post(delete).status_code == 404
    mine.refresh_from_db()
    assert (mine.text, mine.deleted_at) == ("我写的", None)
    client = as_user(bank.contact)
    assert "我写的" in client.get(edit, headers=HTMX).content.decode()
    assert "改过的" in client.post(edit, {"text": "改过的"}, headers=HTMX).content.decode()
    kept = client.post(edit, {"text": "长" * 20_001}, headers=HTMX)
    assert kept.status_code == 422
    assert "长" * 100 in kept.content.decode()
    assert "改过的" not in client.post(delete, headers=HTMX).content.decode()
    mine.refresh_from_db()
    assert mine.deleted_at is not None


def test_the_way_back_stays_on_the_site(bank: Bank, question: Question, as_user: Any) -> None:
    client = as_user(bank.contact)
    for place in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        answer = client.post(
            f"{address(question)}?next={place}", {"text": "回", "client_id": place[:30]}
        )
        assert answer["Location"].startswith("/portal/#message-")


def test_a_file_that_lies_is_refused_and_nothing_stays(
    bank: Bank, question: Question, as_user: Any, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    client = as_user(bank.contact)
    lie = SimpleUploadedFile("票据.png", b"MZ not a picture", "image/png")
    good = SimpleUploadedFile("好.png", PNG, "image/png")
    data = {"text": "请看附件", "client_id": "f", "attachments": [good, lie]}
    answer = client.post(address(question), data)
    assert answer.status_code == 422
    assert "请看附件" in answer.content.decode()
    assert "票据.png" in answer.content.decode()
    assert Attachment.objects.count() == 0
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_files_of_a_message_sent_twice_are_kept_once(
    bank: Bank, question: Question, as_user: Any, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    client = as_user(bank.contact)
    for _attempt in range(2):
        good = SimpleUploadedFile("好.png", PNG, "image/png")
        data = {"text": "请看附件", "client_id": "f", "attachments": [good]}
        assert client.post(address(question), data).status_code == 302
    assert Attachment.objects.count() == 1
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1
    page = client.get(address(question), headers=HTMX).content.decode()
    assert "好.png" in page
