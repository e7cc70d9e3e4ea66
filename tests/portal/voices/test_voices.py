"""What the product team hears: figures that are right, words that name nobody."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customer_knowledge import services
from customer_knowledge.masking import COVER, masked
from kiplatform.events.relay import run_pending
from tests.factories.people import ProductFactory
from tests.portal.workspace.conftest import Bank, ask, cost, signed_in, text_of

VOICES = "/workspace/voices/"


def comment(bank: Bank, number: int, perceived: int, expected: int, **fields: Any) -> Any:
    fields = {"product": bank.product, "text": "利息比想的少。"} | fields
    return services.product_comment_add(
        actor=bank.contact,
        perceived=perceived,
        expected=expected,
        client_id=f"c-{number}",
        **fields,
    )


@pytest.mark.parametrize(
    ("text", "names", "said"),
    [
        ("我是陈桂兰，请回电", ["陈桂兰"], f"我是{COVER}，请回电"),
        ("Emily Carter here", ["Emily Carter"], f"{COVER} here"),
        ("emily carter here", ["Emily Carter"], f"{COVER} here"),
        ("写信到 a.b@example.com 谢谢", [], f"写信到 {COVER} 谢谢"),
        ("电话13812345678，急", [], f"电话{COVER}，急"),
        ("call +86 571 5555 0101 now", [], f"call {COVER} now"),
        ("存了 500000 元，3 年", [], "存了 500000 元，3 年"),
        ("账号 6222021001", [], f"账号 {COVER}"),
        ("see https://x.example/a?b=1 please", [], f"see {COVER} please"),
    ],
)
def test_what_names_or_reaches_somebody_is_covered(text: str, names: list[str], said: str) -> None:
    assert masked(text, names) == said


@given(
    st.text(max_size=60),
    st.text(alphabet="甲乙丙丁abc", min_size=2, max_size=5),
    st.text(max_size=60),
)
def test_a_known_name_never_comes_through(before: str, name: str, after: str) -> None:
    assert name.lower() not in masked(before + name + after, [name]).lower()


def test_the_page_names_nobody(bank: Bank) -> None:
    ask(bank.contact, "我是陈桂兰，电话 13812345678，提前支取怎么算？")
    ask(bank.other_contact, "Where is my wire? mail zhou@example.com")
    client = signed_in(bank.product_team)
    page = text_of(client.get(VOICES))
    assert "提前支取怎么算" in page
    for secret in ("陈桂兰", "13812345678", "zhou@example.com", "周奕航", bank.contact.email):
        assert secret not in page
    assert bank.customer.public_id not in page


@pytest.mark.parametrize("kind", ["question", "product_comment", "complaint", "suggestion"])
def test_one_voice_names_nobody_either(bank: Bank, kind: str) -> None:
    words = "陈桂兰说：电话 13812345678"
    common = {"actor": bank.contact, "client_id": "v"}
    piece = {
        "question": lambda: ask(bank.contact, words),
        "product_comment": lambda: comment(bank, 1, 2, 4, text=words, trend_reason=words),
        "complaint": lambda: services.complaint_file(
            subject=words, text=words, wish=words, **common
        ),
        "suggestion": lambda: services.suggestion_make(
            subject=words, text=words, wish=words, **common
        ),
    }[kind]()
    run_pending()
    page = text_of(signed_in(bank.product_team).get(f"{VOICES}{kind}/{piece.public_id}/"))
    assert COVER in page
    assert "陈桂兰" not in page
    assert "13812345678" not in page


def test_the_satisfaction_index_is_the_mean_of_perceived_over_expected(bank: Bank) -> None:
    comment(bank, 1, 2, 4)
    comment(bank, 2, 5, 5)
    other = ProductFactory(name_zh_hans="湖畔基金", name_en="Lakeside Fund")
    comment(bank, 3, 4, 2, product=other)
    page = text_of(signed_in(bank.product_team).get(VOICES))
    assert page.index("稳盈定期") < page.index("0.75") < page.index("2.00")
    only = text_of(signed_in(bank.product_team).get(f"{VOICES}?product={other.code}"))
    assert "0.75" not in only
    assert "2.00" in only


@pytest.mark.parametrize(
    "query",
    [
        "?period=30",
        "?period=all",
        "?period=x",
        "?kind=nonsense",
        "?kind=complaint&page=9",
        "?language=xx",
        "?product=NONE",
    ],
)
def test_every_address_shows_a_page(bank: Bank, query: str) -> None:
    ask(bank.contact)
    assert signed_in(bank.product_team).get(VOICES + query).status_code == 200


@pytest.mark.parametrize("who", ["manager", "other_manager", "colleague", "editor", "contact"])
def test_voices_are_for_the_product_team(bank: Bank, who: str) -> None:
    question = ask(bank.contact)
    client = signed_in(getattr(bank, who))
    assert client.get(VOICES).status_code == 404
    assert client.get(f"{VOICES}question/{question.public_id}/").status_code == 404


def test_there_are_no_other_voices(bank: Bank) -> None:
    client = signed_in(bank.product_team)
    assert client.get(f"{VOICES}nonsense/abc/").status_code == 404
    assert client.get(f"{VOICES}question/nobody/").status_code == 404


def test_the_cost_does_not_grow(bank: Bank) -> None:
    ask(bank.contact)
    comment(bank, 0, 3, 3)
    client = signed_in(bank.product_team)
    client.get(VOICES)
    few = cost(client, VOICES)
    for number in range(1, 7):
        ask(bank.contact)
        ask(bank.other_contact)
        comment(bank, number, 3, 4)
    assert cost(client, VOICES) == few <= 20
