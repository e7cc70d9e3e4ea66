"""Asking: what bad input does, what is stored once, what suggestions show and never show."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from customer_knowledge.models import Attachment, Question
from kiplatform.events.relay import run_pending
from tests.factories.knowledge import KnowledgePageFactory
from tests.portal.customer.conftest import OUTSIDERS, Bank

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64
HTMX = {"HX-Request": "true"}


def form(**changes: Any) -> dict[str, Any]:
    return {
        "text": "提前支取定期存款，利息怎么算？",
        "kind": "product_service",
        "urgency": "normal",
        "client_id": "c-1",
        **changes,
    }


def test_a_question_arrives_with_everything_that_was_said(
    bank: Bank, as_user: Any, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    data = form(
        product=bank.product.code,
        urgency="high",
        attachments=[SimpleUploadedFile("存单.png", PNG, "image/png")],
    )
    answer = as_user(bank.contact).post("/portal/ask/", data)
    question = Question.objects.get()
    assert answer["Location"] == f"/portal/questions/{question.public_id}/"
    assert (question.product, question.urgency, question.owner) == (
        bank.product,
        "high",
        bank.manager,
    )
    page = as_user(bank.contact).get(answer["Location"]).content.decode()
    assert "存单.png" in page
    assert 'data-client-id="c-1"' in page


def test_a_script_is_told_where_to_go(bank: Bank, as_user: Any) -> None:
    answer = as_user(bank.contact).post("/portal/ask/", form(), headers=HTMX)
    assert answer.status_code == 200
    assert answer["HX-Redirect"] == f"/portal/questions/{Question.objects.get().public_id}/"


def test_sending_twice_asks_once(bank: Bank, as_user: Any) -> None:
    client = as_user(bank.contact)
    first, second = (client.post("/portal/ask/", form()) for _attempt in range(2))
    assert first["Location"] == second["Location"]
    assert Question.objects.count() == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"text": ""},
        {"text": " \u200b\u202e "},
        {"text": "问" * 20_001},
        {"kind": ""},
        {"kind": "<script>"},
        {"urgency": "yesterday"},
        {"product": "no-such-product"},
        {"client_id": ""},
        {"client_id": "x" * 41},
    ],
)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_bad_input_is_said_and_kept(
    bank: Bank, as_user: Any, changes: dict[str, str], headers: dict[str, str]
) -> None:
    data = form(**changes)
    answer = as_user(bank.contact).post("/portal/ask/", data, headers=headers)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert data["text"].strip() in page
    assert 'class="field__errors"' in page or 'class="alert alert--danger"' in page
    assert not Question.objects.exists()


def test_hostile_text_is_shown_as_text(bank: Bank, as_user: Any) -> None:
    text = "<script>alert(1)</script>{{ 7|add:7 }}\x00\u202e\"'><img src=x onerror=alert(1)>"
    answer = as_user(bank.contact).post("/portal/ask/", form(text=text))
    page = as_user(bank.contact).get(answer["Location"]).content.decode()
    assert "<script>alert(1)" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "\x00" not in Question.objects.get().text


def test_a_lying_file_is_refused_and_the_text_stays(
    bank: Bank, as_user: Any, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    lie = SimpleUploadedFile("合同.pdf", b"MZ\x90\x00", "application/pdf")
    answer = as_user(bank.contact).post("/portal/ask/", form(attachments=[lie]))
    assert answer.status_code == 422
    assert "合同.pdf" in answer.content.decode()
    assert form()["text"] in answer.content.decode()
    assert (Question.objects.count(), Attachment.objects.count()) == (0, 0)


def test_another_language_is_taken_kindly(bank: Bank, as_user: Any) -> None:
    client = as_user(bank.contact, "en")
    answer = client.post("/portal/ask/", form(text="Сколько стоит досрочное снятие вклада?"))
    page = client.get(answer["Location"]).content.decode()
    assert "Search works best in Chinese and English" in page
    assert Question.objects.get().text.startswith("Сколько")


def test_a_session_that_ended_stores_nothing(bank: Bank) -> None:
    assert Client().post("/portal/ask/", form(), headers=HTMX).status_code == 401
    answer = Client().post("/portal/ask/", form())
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")
    assert not Question.objects.exists()


def test_what_was_begun_elsewhere_goes_on_here(bank: Bank, as_user: Any) -> None:
    data = {"compose": "1", "text": "从首页开始写的", "product": bank.product.code}
    page = as_user(bank.contact).post("/portal/ask/", data)
    assert page.status_code == 200
    assert "从首页开始写的" in page.content.decode()
    assert f'value="{bank.product.code}" selected' in page.content.decode()
    assert not Question.objects.exists()


@pytest.mark.parametrize("who", [who for who in OUTSIDERS if who != "other_contact"])
def test_staff_find_no_form_here(bank: Bank, as_user: Any, who: str) -> None:
    client = as_user(getattr(bank, who))
    assert client.get("/portal/ask/").status_code == 404
    assert client.post("/portal/ask/", form()).status_code == 404
    assert client.get("/portal/suggest/?q=x").status_code == 404
    assert not Question.objects.exists()


@pytest.fixture
def pages(bank: Bank) -> dict[str, Any]:
    made = {
        "open": KnowledgePageFactory(
            title="定期存款提前支取",
            summary="提前支取的部分按活期计息。",
            body="定期存款提前支取，利息怎么算：按活期利率。",
            language="zh-hans",
            audience="customers",
        ),
        "inside": KnowledgePageFactory(
            title="内部：定期存款提前支取利息让利权限",
            summary="提前支取利息可以上浮。",
            body="定期存款提前支取，利息怎么算：内部口径。",
            language="zh-hans",
            audience="staff",
        ),
    }
    run_pending()
    return made


def test_suggestions_show_what_the_contact_may_read_alone(
    bank: Bank, as_user: Any, pages: dict[str, Any]
) -> None:
    query = {"q": "定期存款提前支取利息怎么算"}
    page = as_user(bank.contact).get("/portal/suggest/", query, headers=HTMX).content.decode()
    assert f"/portal/knowledge/{pages['open'].public_id}/" in page
    assert f'value="knowledge:{pages["open"].public_id}"' in page
    assert "内部" not in page
    assert pages["inside"].public_id not in page


@pytest.mark.parametrize("query", ["", " ", "%", '"', "问" * 5_000, "\x00", "Сколько стоит"])
def test_suggestions_never_fail(bank: Bank, as_user: Any, query: str) -> None:
    answer = as_user(bank.contact).get("/portal/suggest/", {"q": query}, headers=HTMX)
    assert answer.status_code == 200


def test_a_suggestion_that_answers_ends_the_question(
    bank: Bank, as_user: Any, pages: dict[str, Any]
) -> None:
    client = as_user(bank.contact)
    hit = f"knowledge:{pages['open'].public_id}"
    for _attempt in range(2):
        answer = client.post("/portal/ask/", form(kind="", hit=hit))
    question = Question.objects.get()
    assert (question.state, question.deflected_key) == ("deflected", pages["open"].public_id)
    page = client.get(answer["Location"]).content.decode()
    assert "定期存款提前支取" in page
    assert 'data-client-id="c-1"' in page


@pytest.mark.parametrize("target", ["inside", "nothing"])
def test_what_may_not_be_read_answers_nothing(
    bank: Bank, as_user: Any, pages: dict[str, Any], target: str
) -> None:
    key = pages["inside"].public_id if target == "inside" else "0" * 16
    answer = as_user(bank.contact).post("/portal/ask/", form(hit=f"knowledge:{key}"))
    assert answer.status_code == 422
    assert form()["text"] in answer.content.decode()
    assert "内部" not in answer.content.decode()
    assert not Question.objects.exists()
