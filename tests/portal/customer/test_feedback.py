"""Feedback: each kind is taken once with what was said, and shown to its own customer alone."""

from typing import Any

import pytest
from django.test import Client

from customer_knowledge.models import Complaint, MarketComment, ProductComment, Suggestion
from customer_knowledge.selectors import FEEDBACK
from customer_knowledge.services import (
    complaint_file,
    market_comment_understood,
    product_comment_add,
    remark_settle,
)
from tests.portal.customer.conftest import OUTSIDERS, Bank


def given(bank: Bank, kind: str, **changes: str) -> dict[str, str]:
    data = {
        "productcomment": {
            "product": bank.product.code,
            "perceived": "4",
            "expected": "5",
            "invested_similar": "no",
            "trend": "up",
        },
        "marketcomment": {"market": "黄金", "own_research": "看了三年的数据"},
        "complaint": {"subject": "柜面排队太久", "severity": "high", "wish": "增加窗口"},
        "suggestion": {"subject": "到期前打电话", "severity": "low"},
    }[kind]
    return {"text": "具体说说我的想法", "client_id": "f-1", **data, **changes}


@pytest.mark.parametrize("kind", list(FEEDBACK))
def test_what_is_said_arrives_once_and_is_shown(bank: Bank, as_user: Any, kind: str) -> None:
    client = as_user(bank.contact)
    assert client.get(f"/portal/feedback/new/{kind}/").status_code == 200
    for _attempt in range(2):
        answer = client.post(f"/portal/feedback/new/{kind}/", given(bank, kind))
    piece = FEEDBACK[kind].objects.get()
    assert answer["Location"] == f"/portal/feedback/{kind}/{piece.public_id}/"
    page = client.get(answer["Location"]).content.decode()
    assert "具体说说我的想法" in page
    assert 'data-client-id="f-1"' in page
    assert answer["Location"] in client.get("/portal/feedback/").content.decode()
    assert answer["Location"] in client.get(f"/portal/feedback/?kind={kind}").content.decode()


def test_all_answers_of_a_product_comment_are_kept(bank: Bank, as_user: Any) -> None:
    as_user(bank.contact).post(
        "/portal/feedback/new/productcomment/",
        given(bank, "productcomment", understands="partly", currency_preference="HKD"),
    )
    row = ProductComment.objects.get()
    assert (row.perceived, row.expected, row.invested_similar) == (4, 5, False)
    assert (row.trend, row.understands, row.currency_preference) == ("up", "partly", "HKD")


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("productcomment", {"product": ""}),
        ("productcomment", {"product": "no-such"}),
        ("productcomment", {"perceived": ""}),
        ("productcomment", {"perceived": "6"}),
        ("productcomment", {"expected": "good"}),
        ("productcomment", {"trend": "sideways"}),
        ("productcomment", {"trend_reason": "长" * 501}),
        ("marketcomment", {"market": ""}),
        ("marketcomment", {"market": "市" * 121}),
        ("marketcomment", {"text": ""}),
        ("complaint", {"subject": ""}),
        ("complaint", {"text": "长" * 20_001}),
        ("complaint", {"severity": "deadly"}),
        ("suggestion", {"client_id": ""}),
    ],
)
def test_bad_input_is_said_and_kept(
    bank: Bank, as_user: Any, kind: str, changes: dict[str, str]
) -> None:
    data = given(bank, kind, **changes)
    answer = as_user(bank.contact).post(f"/portal/feedback/new/{kind}/", data)
    assert answer.status_code == 422
    assert data["text"] in answer.content.decode()
    assert not FEEDBACK[kind].objects.exists()


@pytest.mark.parametrize("who", OUTSIDERS)
def test_nobody_else_finds_it_here(bank: Bank, as_user: Any, who: str) -> None:
    row = complaint_file(actor=bank.contact, subject="排队", text="太久", client_id="c")
    client = as_user(getattr(bank, who))
    assert client.get(f"/portal/feedback/complaint/{row.public_id}/").status_code == 404
    if who != "other_contact":
        assert client.get("/portal/feedback/").status_code == 404
        answer = client.post("/portal/feedback/new/complaint/", given(bank, "complaint"))
        assert answer.status_code == 404
    else:
        assert row.public_id not in client.get("/portal/feedback/").content.decode()
    assert Complaint.objects.count() == 1


def test_strangers_are_led_to_the_door(bank: Bank) -> None:
    assert Client().get("/portal/feedback/").status_code == 302
    answer = Client().post("/portal/feedback/new/suggestion/", given(bank, "suggestion"))
    assert answer["Location"].startswith("/accounts/login/")
    assert not Suggestion.objects.exists()


def test_a_kind_that_is_none_is_not_there(bank: Bank, as_user: Any) -> None:
    client = as_user(bank.contact)
    assert client.get("/portal/feedback/new/praise/").status_code == 404
    assert client.get("/portal/feedback/praise/0000000000000000/").status_code == 404


def test_what_became_of_it_is_shown(bank: Bank, as_user: Any) -> None:
    client = as_user(bank.contact)
    row = complaint_file(actor=bank.contact, subject="排队", text="太久", client_id="c")
    remark_settle(actor=bank.manager, remark=row, state="resolved", remedy="已增加两个窗口")
    assert (
        "已增加两个窗口"
        in client.get(f"/portal/feedback/complaint/{row.public_id}/").content.decode()
    )
    client.post("/portal/feedback/new/marketcomment/", given(bank, "marketcomment"))
    comment = MarketComment.objects.get()
    market_comment_understood(
        actor=bank.manager,
        comment=comment,
        company_view="震荡",
        company_understanding="客户看多三年期",
    )
    page = client.get(f"/portal/feedback/marketcomment/{comment.public_id}/").content.decode()
    assert "客户看多三年期" in page
    assert "震荡" in page


def test_the_overview_asks_the_database_little(
    bank: Bank, as_user: Any, django_assert_max_num_queries: Any
) -> None:
    client = as_user(bank.contact)
    for number in range(5):
        product_comment_add(
            actor=bank.contact,
            product=bank.product,
            perceived=3,
            expected=3,
            client_id=f"p{number}",
        )
        complaint_file(actor=bank.contact, subject="事", text="由", client_id=f"c{number}")
    client.get("/portal/feedback/")
    with django_assert_max_num_queries(10):
        client.get("/portal/feedback/")
