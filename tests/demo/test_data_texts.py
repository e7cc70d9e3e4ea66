"""The demo company's texts: right language and script, invented addresses, figures that add up."""

from __future__ import annotations

import re

import opencc
import pytest

from tests.demo.content import (
    ALL,
    CASES,
    CUSTOMERS,
    EXCHANGES,
    PAGES,
    PAST,
    QUESTIONS,
    STAFF,
    Item,
    leaves,
    live_for_contacts,
    pages,
)

IDEOGRAPH = re.compile("[\u3400-\u9fff]")
CJK = "[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]"
HALF_WIDTH = re.compile(f"(?<={CJK})[,;:?!()]|[,;:?!()](?={CJK})")
T2S = opencc.OpenCC("t2s")
# One reserved for examples (RFC 2606), so that no mail ever reaches anybody.
RESERVED = re.compile(r"[a-z.]+@(?:[a-z-]+\.)*(?:example\.com|[a-z-]+\.example)")
# A subscriber number cannot begin with 0 in the mainland or in Hong Kong.
UNASSIGNED = re.compile(r"\+86 571 0555 \d{4}|\+852 0555 \d{4}")

LANGUAGE_OF_TEXT = [
    (item["id"] if "id" in item else item["subject"], item["language"], text)
    for item in [*PAGES, *QUESTIONS, *EXCHANGES["co_creations"]]
    for text in [item.get("title", ""), item.get("body", ""), item.get("text", "")]
    if text
] + [
    (case["id"], part["language"], part.get("body", part.get("text", "")))
    for case in CASES
    for part in [case.get("resolution"), case.get("capture"), *case.get("paraphrases", [])]
    if part
]


@pytest.mark.parametrize(("name", "language", "text"), LANGUAGE_OF_TEXT)
def test_a_text_is_in_its_language_and_script(name: str, language: str, text: str) -> None:
    if language == "en":
        assert not IDEOGRAPH.search(text), name
        return
    assert IDEOGRAPH.search(text), name
    assert (T2S.convert(text) == text) == (language == "zh-hans"), name


def test_past_cases_are_in_simplified_chinese_or_in_english() -> None:
    for past in PAST:
        for text in (past["text"], past["answer"]):
            assert text.isascii() or T2S.convert(text) == text, past["id"]
            assert text.isascii() or IDEOGRAPH.search(text), past["id"]


def test_names_exist_in_three_languages() -> None:
    for name, content in ALL.items():
        for path, value in leaves(content):
            if path.endswith(".zh-hans"):
                assert T2S.convert(value) == value, f"{name}{path}"
            if path.endswith(".en"):
                assert not IDEOGRAPH.search(value), f"{name}{path}"


def test_chinese_is_punctuated_in_full_width() -> None:
    for name, content in ALL.items():
        for path, value in leaves(content):
            if isinstance(value, str) and not value.isascii():
                assert not HALF_WIDTH.search(value), f"{name}{path}: {value}"


def test_addresses_and_numbers_belong_to_nobody() -> None:
    people: list[Item] = [*STAFF, *CUSTOMERS, *(c for k in CUSTOMERS for c in k["contacts"])]
    for person in people:
        assert RESERVED.fullmatch(person["email"]), person["email"]
        assert UNASSIGNED.fullmatch(person.get("phone", "+86 571 0555 0100")), person["phone"]
    for person in STAFF:
        assert person["email"].endswith("@qihu.example.com")


def test_no_placeholder_is_left() -> None:
    filler = re.compile(r"lorem|todo|tbd|xxx|foo\b|\u5f85\u8865\u5145|\u5360\u4f4d", re.IGNORECASE)
    for name, content in ALL.items():
        for path, value in leaves(content):
            assert not (isinstance(value, str) and filler.search(value)), f"{name}{path}: {value}"


def test_pages_are_long_enough_to_answer_and_say_how() -> None:
    for page in PAGES:
        paragraphs = [part for part in page["body"].split("\n\n") if part.strip()]
        assert 2 <= len(paragraphs) <= 12, page["id"]
        assert len(page["body"]) >= (80 if page["language"] != "en" else 300), page["id"]
        if page["type"] == "business":
            assert page["steps"], page["id"]


def test_customer_pages_are_asked_for_in_the_other_language_and_internal_ones_are_not() -> None:
    for key, page in pages.items():
        asked = page.get("asked_as", [])
        if key not in live_for_contacts:
            assert not asked, key
            continue
        assert 1 <= len(asked) <= 2, key
        for text in asked:
            assert bool(IDEOGRAPH.search(text)) == (page["language"] == "en"), (key, text)


def test_early_withdrawal_is_explained_in_english_only_and_asked_in_chinese() -> None:
    family = [page for page in PAGES if page["family"] == "early-withdrawal"]
    assert [page["language"] for page in family] == ["en"]
    asked = "\u63d0\u524d\u652f\u53d6\u8981\u6263\u591a\u5c11\u5229\u606f"
    assert asked in family[0]["asked_as"]
    assert family[0]["audience"] == "customers"


# --- figures -------------------------------------------------------------------------------------


def text_of(name: str, key: str) -> str:
    item = next(item for item in leaves_of(name) if item["id"] == key)
    return "\n".join(str(value) for _, value in leaves(item))


def leaves_of(name: str) -> list[Item]:
    return {"page": PAGES, "question": QUESTIONS, "case": CASES}[name]


def early(amount: int, rate: float, days: int) -> tuple[str, str, str]:
    """Interest at the agreed rate, at the current account's 0.10%, and the loss (360-day year)."""
    agreed = round(amount * rate * days / 360, 2)
    paid = round(amount * 0.001 * days / 360, 2)
    return f"{agreed:,.2f}", f"{paid:,.2f}", f"{agreed - paid:,.2f}"


@pytest.mark.parametrize(
    ("kind", "key", "figures"),
    [
        ("page", "early-withdrawal-en", early(500_000, 0.0145, 200)),
        ("page", "early-withdrawal-en", early(100_000, 0.0145, 200)[1:2]),
        ("question", "q-early-zh", early(100_000, 0.0175, 403)),
        ("question", "q-early-en", early(300_000, 0.0145, 170)),
        ("case", "case-deposit-pledge", early(1_500_000, 0.0155, 208)[2:]),
        *(
            ("page", key, tuple(f"{200_000 * r * 182 / 365:,.2f}" for r in (0.009, 0.0195, 0.0245)))
            for key in ("tidal-note-zh", "tidal-note-en")
        ),
        ("question", "q-gold-principal-zh", (f"{8_000_000 * 0.009 * 182 / 365:,.2f}",)),
    ],
)
def test_worked_examples_follow_from_the_rates(
    kind: str, key: str, figures: tuple[str, ...]
) -> None:
    text = text_of(kind, key)
    for figure in figures:
        assert figure in text, (key, figure)


def test_transactions_keep_the_products_own_limits() -> None:
    minimum = {"tidal-note": 50_000, "family-trust": 10_000_000, "spring-annuity": 20_000}
    for customer in CUSTOMERS:
        for deal in customer["transactions"]:
            name, amount = deal["product"], deal["amount"]
            assert min(amount, deal["quantity"], deal["days_ago"]) > 0, deal["number"]
            if deal["kind"] in ("order", "contract"):
                assert amount >= minimum.get(name, 0), deal["number"]
            if name == "lakeside-global" and deal["status"] == "completed":
                assert amount <= {"CNY": 50_000, "USD": 7_000}[deal["currency"]], deal["number"]
        for use in customer["uses"]:
            assert use.get("until_days_ago", -1) < use["since_days_ago"], customer["id"]
        bought = {deal["product"] for deal in customer["transactions"]}
        assert bought & {use["product"] for use in customer["uses"]}, customer["id"]
