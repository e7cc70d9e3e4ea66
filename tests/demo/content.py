"""The demo company's YAML files as the tests read them, with look-ups over their ids."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).resolve().parents[2] / "kiplatform" / "demo" / "data"
LANGUAGES = {"zh-hans", "zh-hant", "en"}
ROLES = {"sales_manager", "colleague", "product_team", "knowledge_editor", "administrator"}
FOR_CONTACTS = {"public", "customers"}

Item = dict[str, Any]


def read(name: str) -> Any:
    """One file, parsed."""
    return yaml.safe_load((DATA / f"{name}.yaml").read_text(encoding="utf-8"))


COMPANY: Item = read("company")
STAFF: list[Item] = read("staff")
PRODUCTS: list[Item] = read("products")
PAGES: list[Item] = read("knowledge")
CUSTOMERS: list[Item] = read("customers")
EXCHANGES: dict[str, list[Item]] = read("exchanges")
CASES: list[Item] = read("cases")
PAST: list[Item] = read("past")
QUESTIONS = EXCHANGES["questions"]

staff = {person["id"]: person for person in STAFF}
departments = {department["id"] for department in COMPANY["departments"]}
product_ids = {product["id"] for product in PRODUCTS}
pages = {page["id"]: page for page in PAGES}
families: dict[str, list[Item]] = defaultdict(list)
for _page in PAGES:
    families[_page["family"]].append(_page)
customer_of = {contact["id"]: c for c in CUSTOMERS for contact in c["contacts"]}
questions = {question["id"]: question for question in QUESTIONS}
cases = {case["id"]: case for case in CASES}
live_for_contacts = {
    key
    for key, page in pages.items()
    if page["audience"] in FOR_CONTACTS and page["state"] == "live"
}


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every scalar of a loaded file with the path to it."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from leaves(inner, f"{path}[{number}]")
    else:
        yield path, value


ALL = {
    name: read(name)
    for name in (
        "company",
        "staff",
        "products",
        "knowledge",
        "customers",
        "exchanges",
        "cases",
        "past",
    )
}


def when(item: Item, *, before: bool = False) -> tuple[int, int]:
    """Order of an item in time; without an hour it counts as the end (or the start) of its day."""
    return -item["days_ago"], item.get("hour", 0 if before else 24)


def records() -> Iterator[tuple[str, Item]]:
    """Every record of the files with the name of its kind."""
    for kind, items in (
        ("department", COMPANY["departments"]),
        ("staff", STAFF),
        ("product", PRODUCTS),
        ("customer", CUSTOMERS),
        ("question", QUESTIONS),
        ("product_comment", EXCHANGES["product_comments"]),
        ("market_comment", EXCHANGES["market_comments"]),
        ("feedback", EXCHANGES["complaints"] + EXCHANGES["suggestions"]),
        ("co_creation", EXCHANGES["co_creations"]),
        ("case", CASES),
        ("past", PAST),
    ):
        yield from ((kind, item) for item in items)
    for page in PAGES:
        yield f"page:{page['type']}", page
        yield from (("step", step) for step in page.get("steps", []))
    for customer in CUSTOMERS:
        for kind, field in (
            ("contact", "contacts"),
            ("transaction", "transactions"),
            ("use", "uses"),
            ("preference", "preferences"),
            ("log", "contact_log"),
        ):
            yield from ((kind, item) for item in customer[field])
    for thread in QUESTIONS + CASES:
        yield from (("message", message) for message in thread["messages"])
    for question in QUESTIONS:
        yield from (("answer", question["answer"]) for _ in range("answer" in question))
    for case in CASES:
        yield from (("invitation", item) for item in case["invitations"])
        yield from (("proposal", item) for item in case["proposals"])
        yield from ((part, case[part]) for part in ("resolution", "capture") if part in case)
