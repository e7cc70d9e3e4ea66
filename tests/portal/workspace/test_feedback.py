"""Feedback: lists by kind, one piece with its thread, and moving it on."""

from typing import Any

import pytest

from customer_knowledge import services
from customer_knowledge.models import Complaint, MarketComment, Message
from kiplatform.events.models import OutboxEvent
from tests.portal.workspace.conftest import OUTSIDERS, Bank, cost, signed_in, text_of

KINDS = ["complaint", "suggestion", "productcomment", "marketcomment"]


def give(bank: Bank, kind: str, number: int = 1, **fields: Any) -> Any:
    """Return a new piece of feedback of the bank's contact."""
    common = {"actor": bank.contact, "client_id": f"{kind}-{number}"}
    if kind == "complaint":
        return services.complaint_file(subject="到账太晚", text="说好当天到。", **common, **fields)
    if kind == "suggestion":
        return services.suggestion_make(subject="字太小", text="字号大一些。", **common, **fields)
    if kind == "productcomment":
        rates = {"perceived": 2, "expected": 4} | fields
        return services.product_comment_add(
            product=bank.product, text="利息比想的少。", **rates, **common
        )
    return services.market_comment_add(market="黄金", text="我看还会涨。", **common, **fields)


def path(kind: str, piece: Any = None, part: str = "") -> str:
    return f"/workspace/feedback/{kind}/" + (f"{piece.public_id}/{part}" if piece else "")


@pytest.mark.parametrize("kind", KINDS)
def test_lists_and_pages(bank: Bank, kind: str) -> None:
    piece = give(bank, kind)
    client = signed_in(bank.manager)
    assert path(kind, piece) in text_of(client.get(path(kind)))
    page = text_of(client.get(path(kind, piece)))
    assert piece.text in page
    assert f"thread:{piece.thread.public_id}" in page


def test_complaints_come_first() -> None:
    assert KINDS[0] == "complaint"


def test_filters(bank: Bank) -> None:
    below, above = give(bank, "productcomment"), give(bank, "productcomment", 2, perceived=5)
    client = signed_in(bank.manager)
    shown = text_of(client.get(path("productcomment") + "?show=below"))
    assert below.public_id in shown
    assert above.public_id not in shown
    shown = text_of(client.get(path("productcomment") + "?show=above"))
    assert above.public_id in shown
    assert below.public_id not in shown
    none = text_of(client.get(path("productcomment") + "?product=NONE"))
    assert below.public_id not in none


def test_a_complaint_is_put_right_in_words(bank: Bank) -> None:
    piece = give(bank, "complaint")
    client = signed_in(bank.manager)
    wordless = client.post(path("complaint", piece, "settle/"), {"state": "resolved", "remedy": ""})
    assert wordless.status_code == 422
    piece.refresh_from_db()
    assert piece.state == "open"
    form = {"state": "resolved", "remedy": "已补足利息并致歉。"}
    assert client.post(path("complaint", piece, "settle/"), form).status_code == 302
    piece.refresh_from_db()
    assert (piece.state, piece.remedy) == ("resolved", "已补足利息并致歉。")
    again = client.post(path("complaint", piece, "settle/"), form | {"remedy": "再改一次"})
    assert again.status_code == 422
    assert Complaint.objects.get().remedy == "已补足利息并致歉。"
    assert "已补足利息并致歉。" in text_of(client.get(path("complaint", piece)))


def test_what_a_market_comment_conveyed_is_noted(bank: Bank) -> None:
    piece = give(bank, "marketcomment")
    client = signed_in(bank.manager)
    waiting = text_of(client.get(path("marketcomment") + "?show=open"))
    assert piece.public_id in waiting
    form = {"company_understanding": "客户看好金价", "company_view": "震荡偏强"}
    assert client.post(path("marketcomment", piece, "settle/"), form).status_code == 302
    assert MarketComment.objects.get().company_understanding == "客户看好金价"
    waiting = text_of(client.get(path("marketcomment") + "?show=open"))
    assert piece.public_id not in waiting


def test_a_product_comment_has_nothing_to_settle(bank: Bank) -> None:
    piece = give(bank, "productcomment")
    response = signed_in(bank.manager).post(path("productcomment", piece, "settle/"), {})
    assert response.status_code == 404


def test_a_note_in_its_thread_stays_inside(bank: Bank) -> None:
    piece = give(bank, "complaint")
    form = {"text": "先查清算日志", "visibility": "internal", "client_id": "n"}
    address = f"/threads/{piece.thread.public_id}/messages/"
    signed_in(bank.manager).post(address, form)
    assert Message.objects.get(client_id="n").audience == "internal"
    assert "先查清算日志" in text_of(signed_in(bank.manager).get(path("complaint", piece)))


@pytest.mark.parametrize("who", OUTSIDERS)
def test_nobody_else_finds_it(bank: Bank, who: str) -> None:
    pieces = {kind: give(bank, kind) for kind in KINDS}
    client = signed_in(getattr(bank, who))
    before = OutboxEvent.objects.count()
    for kind, piece in pieces.items():
        response = client.get(path(kind))
        assert response.status_code == 404 or piece.public_id not in response.content.decode()
        assert client.get(path(kind, piece)).status_code == 404
        form = {"state": "declined", "remedy": "不", "company_understanding": "不"}
        assert client.post(path(kind, piece, "settle/"), form).status_code == 404
    assert OutboxEvent.objects.count() == before


def test_there_are_no_other_kinds(bank: Bank) -> None:
    client = signed_in(bank.manager)
    assert client.get("/workspace/feedback/nonsense/").status_code == 404
    assert client.get("/workspace/feedback/nonsense/abc/").status_code == 404


@pytest.mark.parametrize("kind", KINDS)
def test_the_cost_does_not_grow(bank: Bank, kind: str) -> None:
    piece = give(bank, kind)
    client = signed_in(bank.manager)
    client.get(path(kind, piece))
    few, page = cost(client, path(kind)), cost(client, path(kind, piece))
    for number in range(2, 8):
        give(bank, kind, number)
    assert cost(client, path(kind)) == few <= 10
    assert page <= 20
