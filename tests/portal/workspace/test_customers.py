"""Customers: finding them, what is known, noting more, and who may do what."""

from datetime import date

import pytest
from django.test import Client

from customer_knowledge.models import (
    BasicFact,
    CoCreation,
    Contact,
    ContactLogEntry,
    Customer,
    ManagerAssignment,
    Preference,
)
from customer_knowledge.services import (
    co_creation_consent,
    customer_update,
    preference_note,
)
from kiplatform.accounts.models import User
from kiplatform.events.models import OutboxEvent
from tests.factories.people import ContactFactory, CustomerFactory
from tests.portal.workspace.conftest import OUTSIDERS, Bank, ask, cost, signed_in, text_of

PARTS = ["timeline", "facts", "transactions", "contacts", "co-creations"]
LOG = {
    "channel": "phone",
    "direction": "in",
    "started_at": "2026-05-04T09:00",
    "ended_at": "2026-05-04T09:20",
    "spoke": "陈桂兰",
    "summary": "问到期后怎么转存",
    "next_step": "周三回电",
}
PREFERENCE = {
    "kind": "hobby",
    "value": "越剧",
    "strength": "4",
    "known": "stated",
    "purpose": "advice",
}
PERSON = {
    "name": "周明",
    "email": "zhou.ming@customer.example",
    "language": "zh-hans",
    "position": "出纳",
}
NEW = {
    "name": "海纳精密",
    "kind": "organisation",
    "preferred_language": "en",
    "relationship": "b2b",
    "importance": "key",
    "loyalty": "new",
    "founding_year": "2009",
}


def path(customer: Customer, part: str = "") -> str:
    return f"/workspace/customers/{customer.public_id}/{part}"


@pytest.mark.parametrize("query", ["桂兰", "chen", "guilan", "chen guilan", "guilan chen", "cgl"])
def test_a_customer_is_found_by_name_and_pinyin(bank: Bank, query: str) -> None:
    CustomerFactory(name="Emily Carter", manager=bank.manager)
    page = text_of(signed_in(bank.manager).get("/workspace/customers/", {"q": query}))
    assert path(bank.customer) in page
    assert "Emily Carter" not in page


@pytest.mark.parametrize("query", ["周奕航", "zhou", "%", "' OR 1=1 --", "🙂", "x" * 5000])
def test_others_customers_are_never_found(bank: Bank, query: str) -> None:
    page = text_of(signed_in(bank.manager).get("/workspace/customers/", {"q": query}))
    assert path(bank.other_customer) not in page


def test_filters_by_class(bank: Bank) -> None:
    vip = CustomerFactory(name="林佳颖", manager=bank.manager, importance="vip")
    page = text_of(signed_in(bank.manager).get("/workspace/customers/?importance=vip"))
    assert path(vip) in page
    assert path(bank.customer) not in page


def test_the_list_costs_the_same_for_many(bank: Bank) -> None:
    client = signed_in(bank.manager)
    client.get("/workspace/customers/")
    few = cost(client, "/workspace/customers/?q=chen")
    for number in range(7):
        ask(ContactFactory(customer=CustomerFactory(name=f"陈{number}", manager=bank.manager)).user)
    assert cost(client, "/workspace/customers/?q=chen") == few <= 10


@pytest.mark.parametrize("part", PARTS)
def test_every_part_of_the_page(bank: Bank, part: str) -> None:
    ask(bank.contact, "年金的受益人能改吗？")
    client = signed_in(bank.manager)
    assert "陈桂兰" in text_of(client.get(path(bank.customer), {"part": part}))
    assert cost(client, path(bank.customer, f"?part={part}")) <= 20


def test_the_timeline_holds_everything_and_can_be_narrowed(bank: Bank) -> None:
    question = ask(bank.contact, "年金的受益人能改吗？")
    client = signed_in(bank.manager)
    client.post(path(bank.customer, "note/log/"), LOG)
    page = text_of(client.get(path(bank.customer)))
    assert f"/workspace/questions/{question.public_id}/" in page
    assert "问到期后怎么转存" in page
    calls = text_of(client.get(path(bank.customer, "?kind=contactlogentry")))
    assert question.public_id not in calls
    assert "问到期后怎么转存" in calls


def test_facts_say_where_they_come_from_and_what_for(bank: Bank) -> None:
    customer_update(
        actor=bank.manager, customer=bank.customer, changes={"birth_date": date(1958, 3, 1)}
    )
    BasicFact.objects.update(state="contested", note="我是三月二日生的")
    preference_note(
        actor=bank.manager,
        customer=bank.customer,
        kind="hobby",
        value="越剧",
        strength=4,
        known="inferred",
    )
    page = text_of(signed_in(bank.manager).get(path(bank.customer, "?part=facts")))
    for word in ("1958年3月1日", "沈若清", "我是三月二日生的", "越剧"):
        assert word in page


@pytest.mark.parametrize(
    ("what", "form", "table"),
    [
        ("log", LOG, ContactLogEntry),
        ("preference", PREFERENCE, Preference),
        ("contact", PERSON, Contact),
    ],
)
def test_notes_are_kept_once(bank: Bank, what: str, form: dict[str, str], table: type) -> None:
    client = signed_in(bank.manager)
    before = table.objects.count()  # type: ignore[attr-defined]
    for _attempt in range(2):
        sent = form | {"client_id": "once"}
        assert client.post(path(bank.customer, f"note/{what}/"), sent).status_code == 302
    assert table.objects.count() == before + 1  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("log", {"ended_at": "2026-05-04T08:00"}),
        ("log", {"ended_at": "nonsense"}),
        ("preference", {"strength": "9"}),
        ("contact", {"email": "taken"}),
    ],
)
def test_what_is_refused_stays_in_the_form(bank: Bank, what: str, change: dict[str, str]) -> None:
    form = {"log": LOG, "preference": PREFERENCE, "contact": PERSON}[what] | change
    if change.get("email"):
        form["email"] = bank.contact.email
    sent = form | {"client_id": "refused"}
    before = OutboxEvent.objects.count()
    client = signed_in(bank.manager)
    response = client.post(path(bank.customer, f"note/{what}/"), sent)
    assert response.status_code == 422
    page = response.content.decode()
    kept = {"log": "问到期后怎么转存", "preference": "越剧", "contact": "出纳"}[what]
    assert kept in page
    assert "field__errors" in page or "alert--danger" in page
    assert OutboxEvent.objects.count() == before
    mended = {"log": LOG, "preference": PREFERENCE, "contact": PERSON}[what]
    again = mended | {"client_id": "refused"}
    assert client.post(path(bank.customer, f"note/{what}/"), again).status_code == 302


def test_taking_a_customer_in(bank: Bank) -> None:
    client = signed_in(bank.manager)
    for _attempt in range(2):
        response = client.post("/workspace/customers/new/", NEW | {"client_id": "new"})
        assert response.status_code == 302
    customer = Customer.objects.get(name="海纳精密")
    assert (customer.founding_year, customer.preferred_language) == (2009, "en")
    assert customer.assignments.get().manager == bank.manager
    assert customer.basic_facts.filter(field="founding_year").exists()


def test_a_person_has_no_year_of_founding(bank: Bank) -> None:
    form = NEW | {"kind": "person", "client_id": "wrong"}
    response = signed_in(bank.manager).post("/workspace/customers/new/", form)
    assert response.status_code == 422
    assert "海纳精密" in response.content.decode()
    assert not Customer.objects.filter(name="海纳精密").exists()


def test_an_administrator_names_the_manager(bank: Bank) -> None:
    client = signed_in(bank.administrator)
    assert client.post("/workspace/customers/new/", NEW).status_code == 422
    form = NEW | {"manager": bank.other_manager.public_id}
    assert client.post("/workspace/customers/new/", form).status_code == 302
    assert Customer.objects.get(name="海纳精密").assignments.get().manager == bank.other_manager


def test_changing_the_data(bank: Bank) -> None:
    client = signed_in(bank.manager)
    form = NEW | {"name": "陈桂兰", "phone": "+86 571 5555 0000", "founding_year": ""}
    assert client.post(path(bank.customer, "edit/"), form).status_code == 302
    bank.customer.refresh_from_db()
    assert (bank.customer.phone, bank.customer.kind) == ("+86 571 5555 0000", "person")


def test_managers_come_and_go(bank: Bank) -> None:
    client = signed_in(bank.manager)
    form = {"manager": bank.other_manager.public_id, "client_id": "m"}
    assert client.post(path(bank.customer, "note/manager/"), form).status_code == 302
    assert signed_in(bank.other_manager).get(path(bank.customer)).status_code == 200
    mine = f"managers/{bank.manager.public_id}/end/"
    response = client.post(path(bank.customer, mine))
    assert response["Location"] == "/workspace/customers/"
    assert client.get(path(bank.customer)).status_code == 404


def test_what_was_made_together_is_published_by_consent(bank: Bank) -> None:
    client = signed_in(bank.manager)
    form = {
        "title": "设备款与存单期限",
        "body": "按付款日错开存单到期日。",
        "contributors": [bank.contact.public_id, bank.manager.public_id],
        "client_id": "c",
    }
    one_sided = form | {"contributors": [bank.manager.public_id]}
    assert client.post(path(bank.customer, "note/co-creation/"), one_sided).status_code == 422
    assert client.post(path(bank.customer, "note/co-creation/"), form).status_code == 302
    row = CoCreation.objects.get()
    page = f"/workspace/co-creations/{row.public_id}/"
    client.post(f"{page}publish/")
    row.refresh_from_db()
    assert row.published_at is None
    co_creation_consent(actor=bank.contact, co_creation=row, agrees=True)
    client.post(f"{page}publish/")
    row.refresh_from_db()
    assert row.published_at is not None
    assert "按付款日错开存单到期日。" in text_of(client.get(page))
    assert signed_in(bank.other_manager).get(page).status_code == 404


@pytest.mark.parametrize("who", OUTSIDERS)
def test_nobody_else_sees_or_changes_a_customer(bank: Bank, who: str) -> None:
    client = signed_in(getattr(bank, who))
    users, events = User.objects.count(), OutboxEvent.objects.count()
    for part in PARTS:
        assert client.get(path(bank.customer), {"part": part}).status_code == 404
    assert client.get(path(bank.customer, "edit/")).status_code == 404
    for what, form in (("log", LOG), ("preference", PREFERENCE), ("contact", PERSON)):
        assert client.post(path(bank.customer, f"note/{what}/"), form).status_code == 404
    assert client.post(path(bank.customer, "edit/"), NEW).status_code == 404
    end = f"managers/{bank.manager.public_id}/end/"
    assert client.post(path(bank.customer, end)).status_code == 404
    assert (User.objects.count(), OutboxEvent.objects.count()) == (users, events)
    assert ManagerAssignment.objects.filter(customer=bank.customer, ended_at=None).count() == 1


@pytest.mark.parametrize("who", ["contact", "colleague", "product_team", "editor"])
def test_the_list_and_the_form_are_for_those_who_answer(bank: Bank, who: str) -> None:
    client = signed_in(getattr(bank, who))
    assert client.get("/workspace/customers/").status_code == 404
    assert client.post("/workspace/customers/new/", NEW).status_code == 404
    assert not Customer.objects.filter(name="海纳精密").exists()


def test_strangers_are_led_to_the_door(bank: Bank) -> None:
    assert Client().get(path(bank.customer)).status_code == 302
    assert Client().get("/workspace/customers/").status_code == 302
