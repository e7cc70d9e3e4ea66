"""The demo company's content is complete and free of dangling references.

Everything here reads only the YAML files, so that a slip in the content is named before the loader
turns it into rows.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from tests.demo.content import (
    ALL,
    CASES,
    CUSTOMERS,
    EXCHANGES,
    LANGUAGES,
    PAGES,
    PAST,
    PRODUCTS,
    QUESTIONS,
    ROLES,
    STAFF,
    customer_of,
    departments,
    families,
    leaves,
    product_ids,
    records,
    staff,
)

# --- every record has exactly the keys that the loader reads ------------------------------------

PAGE = (
    "id family type audience language title summary body owner verifier verified_until_days state"
)
PRODUCT_PAGE = "structure market_trend risk_level expected_return horizon currency suits"
KEYS: dict[str, tuple[str, str]] = {
    "department": ("id name head", ""),
    "staff": (
        "id name email title department roles languages skills case_cap language hours absences",
        "",
    ),
    "product": ("id code type name risk_level currency", ""),
    "page:product": (f"{PAGE} {PRODUCT_PAGE}", "asked_as department product"),
    "page:business": (f"{PAGE} steps", "asked_as department product"),
    "page:service": (f"{PAGE} item conditions level", "asked_as department product steps"),
    "step": ("who what documents time", ""),
    "customer": (
        "id kind name phone email address industry region preferred_language relationship"
        " importance loyalty value_type manager contacts transactions uses preferences contact_log",
        "gender birth_year founded_year",
    ),
    "contact": ("id name email language role", ""),
    "transaction": ("number days_ago product quantity amount currency kind status", ""),
    "use": ("product since_days_ago frequency notes", "until_days_ago"),
    "preference": ("kind value strength known confirmed purpose", ""),
    "log": ("days_ago hour channel direction minutes summary who next_step", ""),
    "question": (
        "id contact kind urgency language text days_ago hour state messages",
        "same_as product answer deflected_by via_case",
    ),
    "message": ("by text days_ago hour", "internal"),
    "answer": ("by text cites days_ago hour", "uncited_reason"),
    "product_comment": (
        "contact product satisfaction_perceived satisfaction_expected life_cycle understands"
        " invested_similar investment_preference currency_preference trend trend_reason text"
        " days_ago",
        "",
    ),
    "market_comment": (
        "contact market company_view own_research company_understanding text days_ago",
        "",
    ),
    "feedback": ("contact subject severity text wish state days_ago", "product remedy"),
    "co_creation": ("id title language body contributors from consent published days_ago", ""),
    "case": (
        "id manager state opened_days_ago opened_hour evidence invitations messages proposals",
        "question need language product resolution capture paraphrases gap postponed",
    ),
    "past": ("id manager by text answer days_ago hour", "also product took"),
    "invitation": ("staff ring reply", "decline_reason suggested"),
    "proposal": ("by text cites endorsements objections", "accepted"),
    "resolution": ("text language days_ago hour", ""),
    "capture": (
        "id family type audience title summary body asked_as language published days_ago",
        "product",
    ),
}


def test_every_record_has_the_keys_the_loader_reads() -> None:
    for kind, record in records():
        required, optional = (set(keys.split()) for keys in KEYS[kind])
        assert required <= set(record), (kind, required - set(record), record)
        assert set(record) <= required | optional, (kind, set(record) - required - optional)


def test_nothing_is_empty_but_what_may_be() -> None:
    for name, content in ALL.items():
        for path, value in leaves(content):
            assert value is not None, f"{name}{path}"
            if value == "":
                assert path.endswith((".documents", ".next_step")), f"{name}{path}"


ENUMS: dict[str, set[Any]] = {
    "page.type": {"product", "business", "service"},
    "page.audience": {"public", "customers", "staff", "department"},
    "page.state": {"live", "draft", "in_review"},
    "product.type": {
        "deposit",
        "fund",
        "insurance",
        "structured",
        "fx",
        "loan",
        "custody",
        "trust",
    },
    "customer.kind": {"person", "organisation"},
    "customer.relationship": {"consumer", "b2b", "channel", "internal"},
    "customer.importance": {"vip", "key", "ordinary"},
    "customer.loyalty": {"potential", "new", "existing", "loyal"},
    "customer.value_type": {"lighthouse", "follower", "rational", "profit_seeking"},
    "transaction.kind": {"order", "contract", "payment", "refund"},
    "transaction.status": {"pending", "completed", "cancelled", "failed"},
    "preference.kind": {
        "hobby",
        "investment",
        "currency",
        "product",
        "contact_channel",
        "contact_time",
    },
    "preference.known": {"stated", "inferred", "recorded"},
    "preference.purpose": {"service", "advice", "invitation"},
    "preference.strength": set(range(1, 6)),
    "log.channel": {"call_centre", "phone", "visit", "email", "portal", "chat"},
    "log.direction": {"in", "out"},
    "question.kind": {"product_service", "market_trend", "company_business"},
    "question.urgency": {"low", "normal", "high"},
    "question.state": {"open", "answered", "confirmed", "reopened", "deflected", "withdrawn"},
    "product_comment.life_cycle": {"introduction", "growth", "maturity", "decline"},
    "product_comment.understands": {"no", "partly", "yes"},
    "product_comment.trend": {"down", "flat", "up"},
    "product_comment.investment_preference": {"conservative", "balanced", "growth", "aggressive"},
    "product_comment.satisfaction_perceived": set(range(1, 6)),
    "product_comment.satisfaction_expected": set(range(1, 6)),
    "feedback.severity": {"low", "medium", "high"},
    "feedback.state": {"open", "in_progress", "accepted", "resolved", "rejected"},
    "case.state": {"asking", "discussing", "proposed", "resolved", "captured", "unanswerable"},
    "invitation.reply": {"accepted", "declined", "pending"},
    "invitation.ring": {1, 2, 3},
}


def test_choices_are_those_of_the_domain() -> None:
    for kind, record in records():
        for field, value in record.items():
            allowed = ENUMS.get(f"{kind.split(':')[0]}.{field}")
            assert allowed is None or value in allowed, (kind, field, value)
            if field in ("language", "preferred_language"):
                assert value in LANGUAGES, (kind, value)
            if field == "currency":
                assert value in {"CNY", "USD", "EUR", "GBP", "HKD"}, (kind, value)


# --- counts --------------------------------------------------------------------------------------


def test_the_company_is_as_large_as_promised() -> None:
    assert len(departments) >= 5
    assert 14 <= len(STAFF) <= 16
    roles = Counter(role for person in STAFF for role in person["roles"])
    assert set(roles) == ROLES
    assert roles["sales_manager"] == 3
    assert roles["colleague"] >= 7
    assert roles["product_team"] >= 2
    assert len(PRODUCTS) >= 8
    assert len(CUSTOMERS) == 12
    assert len(PAGES) >= 42
    assert {person["department"] for person in STAFF} == departments


def test_the_knowledge_covers_types_languages_and_audiences() -> None:
    languages = Counter(page["language"] for page in PAGES)
    assert languages["zh-hans"] >= 20
    assert languages["en"] >= 16
    assert sum(len(group) == 2 for group in families.values()) >= 8
    assert min(Counter(page["type"] for page in PAGES).values()) >= 8
    internal = [page for page in PAGES if page["audience"] in ("staff", "department")]
    assert len(internal) >= 6
    assert {page["state"] for page in PAGES} == {"live", "draft", "in_review"}
    due = [page["verified_until_days"] for page in PAGES]
    assert sum(days < 0 for days in due) >= 2
    assert sum(0 <= days <= 14 for days in due) >= 2


def test_the_exchange_covers_states_and_kinds() -> None:
    assert len(QUESTIONS) >= 40
    assert sum(len(items) for items in EXCHANGES.values()) >= 60
    assert len(EXCHANGES["product_comments"]) >= 12
    assert len(EXCHANGES["market_comments"]) >= 5
    assert len(EXCHANGES["complaints"]) >= 4
    assert len(EXCHANGES["suggestions"]) >= 4
    assert len(EXCHANGES["co_creations"]) == 3
    assert {q["state"] for q in QUESTIONS} == ENUMS["question.state"]
    assert {q["kind"] for q in QUESTIONS} == ENUMS["question.kind"]
    assert {q["language"] for q in QUESTIONS} == LANGUAGES
    assert len(CASES) >= 6
    assert {case["state"] for case in CASES} == ENUMS["case.state"]


def test_every_class_of_customer_occurs() -> None:
    for field in ("kind", "relationship", "importance", "loyalty", "value_type"):
        assert {c[field] for c in CUSTOMERS} == ENUMS[f"customer.{field}"], field
    for customer in CUSTOMERS:
        assert 3 <= len(customer["transactions"]) <= 8, customer["id"]
        assert 2 <= len(customer["contact_log"]) <= 5, customer["id"]
        assert ("birth_year" in customer) == (customer["kind"] == "person")
        assert ("founded_year" in customer) == (customer["kind"] == "organisation")


# --- references ----------------------------------------------------------------------------------


def test_staff_products_and_departments_exist_wherever_they_are_named() -> None:
    staff_fields = {
        "manager",
        "owner",
        "verifier",
        "head",
        "who",
        "staff",
        "suggested",
        "substitute",
    }
    for name, content in ALL.items():
        for path, value in leaves(content):
            field = path.rsplit(".", 1)[-1]
            if field in staff_fields and not (field == "who" and ".steps[" in path):
                assert value in staff, f"{name}{path}: {value}"
            if field == "product":
                assert value in product_ids, f"{name}{path}: {value}"
            if field == "department":
                assert value in departments, f"{name}{path}: {value}"


def test_managers_are_sales_managers_and_restricted_pages_name_their_department() -> None:
    managers = {person["id"] for person in STAFF if "sales_manager" in person["roles"]}
    assert {customer["manager"] for customer in CUSTOMERS} == managers
    assert {case["manager"] for case in CASES + PAST} <= managers
    for page in PAGES:
        assert ("department" in page) == (page["audience"] == "department"), page["id"]


@pytest.mark.parametrize(
    "values",
    [
        [person["id"] for person in STAFF] + list(customer_of),
        [person["email"] for person in STAFF]
        + [contact["email"] for c in CUSTOMERS for contact in c["contacts"]],
        [product["code"] for product in PRODUCTS],
        [page["id"] for page in PAGES] + [c["capture"]["id"] for c in CASES if "capture" in c],
        [page["title"] for page in PAGES],
        [page["body"] for page in PAGES],
        [f"{page['family']} {page['language']}" for page in PAGES],
        [question["id"] for question in QUESTIONS],
        [case["id"] for case in CASES + PAST],
        [case["answer"] for case in PAST],
        [t["number"] for c in CUSTOMERS for t in c["transactions"]],
        [asked for page in PAGES for asked in page.get("asked_as", [])],
        [record["text"].strip() for kind, record in records() if "text" in record],
    ],
)
def test_nothing_occurs_twice(values: list[str]) -> None:
    assert [value for value, count in Counter(values).items() if count > 1] == []


def test_translations_agree_on_everything_but_the_words() -> None:
    shared = ("type", "audience", "product", "department", "risk_level", "currency")
    for family, group in families.items():
        for field in shared:
            assert len({page.get(field) for page in group}) == 1, (family, field)
        figures = {tuple(sorted(set(re.findall(r"\d+(?:\.\d+)?%", p["body"])))) for p in group}
        assert len(figures) == 1, (family, figures)
