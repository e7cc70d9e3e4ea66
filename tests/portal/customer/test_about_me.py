"""About me: every fact with its source, the customer's say in it, and nothing internal."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from customer_knowledge.models import BasicFact, CoCreation, Preference, Source
from customer_knowledge.services import (
    co_creation_note,
    contact_log_add,
    preference_note,
    product_use_record,
    transaction_record,
)
from kiplatform.core import clock
from tests.portal.customer.conftest import OUTSIDERS, Bank

BASIC = "/portal/about-me/basic/"


@pytest.fixture
def preference(bank: Bank) -> Preference:
    return preference_note(
        actor=bank.manager,
        customer=bank.customer,
        kind="investment",
        value="只买保本的",
        strength=5,
        known="inferred",
    )


@pytest.fixture
def co_creation(bank: Bank) -> CoCreation:
    return co_creation_note(
        actor=bank.manager,
        customer=bank.customer,
        title="到期前提醒的办法",
        body="提前七天打电话最合适。",
        contributors=[bank.manager, bank.contact],
    )


def basic(**changes: str) -> dict[str, str]:
    return {"name": "陈桂兰", "phone": "0571 0555", "preferred_language": "zh-hans", **changes}


def test_the_contact_log_is_not_shown(bank: Bank, as_user: Any) -> None:
    now = clock.now()
    contact_log_add(
        actor=bank.manager,
        customer=bank.customer,
        channel="phone",
        direction="in",
        summary="语气急躁，要小心",
        started_at=now - timedelta(minutes=9),
        ended_at=now,
    )
    client = as_user(bank.contact)
    for part in ["", "preferences", "dealings", "together"]:
        page = client.get("/portal/about-me/", {"part": part}).content.decode()
        assert "语气急躁" not in page


def test_a_correction_is_noted_as_the_customers_own(bank: Bank, as_user: Any) -> None:
    client = as_user(bank.contact)
    answer = client.post(BASIC, basic(phone="0571 0666", address="  西湖区\u200b听澜路 "))
    assert answer.status_code == 302
    bank.customer.refresh_from_db()
    assert (bank.customer.phone, bank.customer.address) == ("0571 0666", "西湖区听澜路")
    fact = BasicFact.objects.get(customer=bank.customer, field="phone")
    assert fact.source.kind == Source.Kind.PORTAL
    page = client.get("/portal/about-me/").content.decode()
    assert "0571 0666" in page
    assert "您在门户里填写" in page


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": "名" * 161},
        {"email": "not an address"},
        {"birth_date": "yesterday"},
        {"gender": "robot"},
        {"preferred_language": "tlh"},
    ],
)
def test_a_bad_correction_changes_nothing_and_is_kept(
    bank: Bank, as_user: Any, changes: dict[str, str]
) -> None:
    answer = as_user(bank.contact).post(BASIC, basic(phone="0571 0777", **changes))
    assert answer.status_code == 422
    assert "0571 0777" in answer.content.decode()
    bank.customer.refresh_from_db()
    assert bank.customer.phone == ""


def test_classes_are_shown_but_not_changed_here(bank: Bank, as_user: Any) -> None:
    client = as_user(bank.contact, "en")
    assert "How we classify you" in client.get("/portal/about-me/").content.decode()
    client.post(BASIC, basic(importance="vip"))
    bank.customer.refresh_from_db()
    assert bank.customer.importance == "ordinary"


@pytest.mark.parametrize(
    ("say", "confirmed", "contested"), [("right", True, False), ("wrong", False, True)]
)
def test_the_customer_says_whether_it_is_right(
    bank: Bank, preference: Preference, as_user: Any, say: str, confirmed: bool, contested: bool
) -> None:
    client = as_user(bank.contact)
    page = client.get("/portal/about-me/?part=preferences").content.decode()
    assert "只买保本的" in page
    address = f"/portal/about-me/preferences/{preference.public_id}/"
    assert client.post(address, {"say": say}).status_code == 302
    preference.refresh_from_db()
    assert (preference.confirmed_at is not None, preference.contested_at is not None) == (
        confirmed,
        contested,
    )
    assert client.post(address, {"say": "perhaps"}).status_code == 422


def test_what_is_taken_away_is_gone(bank: Bank, preference: Preference, as_user: Any) -> None:
    address = f"/portal/about-me/preferences/{preference.public_id}/"
    assert as_user(bank.contact).post(address, {"say": "withdraw"}).status_code == 302
    assert not Preference.objects.exists()
    assert not Source.objects.filter(pk=preference.source_id).exists()


@pytest.mark.parametrize("part", ["", "preferences", "dealings"])
def test_what_a_fact_is_for_is_said_to_the_customer(
    bank: Bank, preference: Preference, as_user: Any, part: str
) -> None:
    Preference.objects.update(purpose="service")
    product_use_record(
        actor=bank.manager,
        customer=bank.customer,
        product=bank.product,
        since=clock.now().date(),
    )
    client = as_user(bank.contact, language="en")
    page = client.get(f"/portal/about-me/?part={part}").content.decode()
    assert "serving you" in page.lower()
    assert "Serving the customer" not in page


def test_a_preference_is_told(bank: Bank, as_user: Any) -> None:
    client = as_user(bank.contact)
    data = {"kind": "hobby", "value": "越剧", "strength": "4", "purpose": "marketing"}
    assert client.post("/portal/about-me/preferences/", data).status_code == 302
    row = Preference.objects.get()
    assert (row.value, row.known, row.confirmed_at is not None) == ("越剧", "stated", True)
    for bad in ({"value": ""}, {"strength": "9"}, {"purpose": "compliance"}, {"kind": "x"}):
        answer = client.post("/portal/about-me/preferences/", data | {"value": "写了一半"} | bad)
        assert answer.status_code == 422
        if "value" not in bad:
            assert "写了一半" in answer.content.decode()
    assert Preference.objects.count() == 1


def test_consent_is_given_and_taken_back(bank: Bank, co_creation: CoCreation, as_user: Any) -> None:
    client = as_user(bank.contact)
    assert "到期前提醒的办法" in client.get("/portal/about-me/?part=together").content.decode()
    address = f"/portal/about-me/made-together/{co_creation.public_id}/"
    for agrees in ("yes", "no"):
        assert client.post(address, {"agrees": agrees}).status_code == 302
        co_creation.refresh_from_db()
        assert (co_creation.customer_consented_at is not None) is (agrees == "yes")


@pytest.mark.parametrize("who", OUTSIDERS)
def test_nobody_else_has_a_say(
    bank: Bank, preference: Preference, co_creation: CoCreation, as_user: Any, who: str
) -> None:
    client: Client = as_user(getattr(bank, who))
    for address, data in [
        (f"/portal/about-me/preferences/{preference.public_id}/", {"say": "withdraw"}),
        (f"/portal/about-me/preferences/{preference.public_id}/", {"say": "right"}),
        (f"/portal/about-me/made-together/{co_creation.public_id}/", {"agrees": "yes"}),
    ]:
        assert client.post(address, data).status_code == 404
    if who != "other_contact":
        assert client.get("/portal/about-me/").status_code == 404
        assert client.post(BASIC, basic(phone="1")).status_code == 404
    preference.refresh_from_db()
    co_creation.refresh_from_db()
    bank.customer.refresh_from_db()
    assert (preference.confirmed_at, co_creation.customer_consented_at) == (None, None)
    assert bank.customer.phone == ""


def test_dealings_are_listed_at_few_queries(
    bank: Bank, as_user: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(25):
        transaction_record(
            actor=bank.manager,
            customer=bank.customer,
            number=f"QH-{number:03d}",
            kind="payment",
            amount=Decimal("12345.60"),
            currency="CNY",
            occurred_at=clock.now() - timedelta(days=number),
            status="done",
            product=bank.product,
        )
    product_use_record(
        actor=bank.manager,
        customer=bank.customer,
        product=bank.product,
        since=clock.now().date(),
    )
    client = as_user(bank.contact)
    client.get("/portal/about-me/?part=dealings")
    with django_assert_max_num_queries(14):
        page = client.get("/portal/about-me/?part=dealings").content.decode()
    assert "¥12,345.60" in page
    assert "QH-000" in page
    assert "QH-024" not in page
    assert "QH-024" in client.get("/portal/about-me/?part=dealings&page=2").content.decode()
