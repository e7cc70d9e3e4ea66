"""Home, notifications, settings and the demo's sign-in: each person sees their own."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from customer_knowledge.models import Question
from customer_knowledge.services import question_answer
from kiplatform.accounts.models import Absence
from kiplatform.accounts.services import user_deactivate
from kiplatform.core import clock
from kiplatform.events.relay import run_pending
from kiplatform.notifications.models import MailHours, Notification
from kiplatform.notifications.selectors import preferences
from portal.shared.demo_accounts import ROLES
from tests.factories.people import ContactFactory, ManagerFactory
from tests.portal.customer.conftest import Bank

HTMX = {"HX-Request": "true"}


@pytest.fixture
def told(bank: Bank, question: Question) -> Notification:
    question_answer(
        actor=bank.manager, question=question, text="好", client_id="a", uncited_reason="熟知"
    )
    run_pending()
    return Notification.objects.get(user=bank.contact)


def test_home_greets_and_names_the_manager(bank: Bank, question: Question, as_user: Any) -> None:
    page = as_user(bank.contact).get("/portal/").content.decode()
    assert "陈桂兰" in page
    assert "沈若清" in page
    assert bank.manager.email in page
    assert f"/portal/questions/{question.public_id}/" in page


def test_home_says_that_the_manager_is_away(bank: Bank, as_user: Any) -> None:
    today = clock.now().date()
    Absence.objects.create(
        user=bank.manager,
        starts_on=today - timedelta(days=1),
        ends_on=today + timedelta(days=3),
        substitute=ManagerFactory(name="顾文博"),
    )
    assert "顾文博" in as_user(bank.contact).get("/portal/").content.decode()


def test_a_contact_who_left_finds_nothing(bank: Bank, as_user: Any) -> None:
    client = as_user(bank.contact)
    user_deactivate(actor=bank.administrator, user=bank.contact)
    assert client.get("/portal/").status_code == 302
    bank.partner.contact.is_active = False
    bank.partner.contact.save()
    assert as_user(bank.partner).get("/portal/").status_code == 404


def test_a_notification_leads_to_its_place_and_is_read(
    bank: Bank, told: Notification, as_user: Any
) -> None:
    client = as_user(bank.contact)
    address = f"/portal/notifications/{told.public_id}/"
    assert address in client.get("/portal/notifications/").content.decode()
    assert address in client.get("/portal/notifications/", headers=HTMX).content.decode()
    assert "1" in client.get("/portal/notifications/badge/").content.decode()
    assert client.get(address)["Location"] == told.url
    assert "count--hot" not in client.get("/portal/notifications/badge/").content.decode()
    assert address not in client.get("/portal/notifications/?show=unread").content.decode()


def test_all_are_read_at_once(bank: Bank, told: Notification, as_user: Any) -> None:
    assert as_user(bank.contact).post("/portal/notifications/read/").status_code == 302
    told.refresh_from_db()
    assert told.read_at is not None


@pytest.mark.parametrize("who", ["partner", "other_contact", "manager", "administrator"])
def test_nobody_reads_anothers(bank: Bank, told: Notification, as_user: Any, who: str) -> None:
    client = as_user(getattr(bank, who))
    assert client.get(f"/portal/notifications/{told.public_id}/").status_code == 404
    client.post("/portal/notifications/read/")
    told.refresh_from_db()
    assert told.read_at is None


def test_language_and_time_zone_hold_at_once(bank: Bank, as_user: Any) -> None:
    client = as_user(bank.contact)
    data = {"part": "language", "language": "en", "timezone": "Europe/London"}
    page = client.post("/portal/settings/", data, follow=True).content.decode()
    assert "Language and time" in page
    bank.contact.refresh_from_db()
    assert (bank.contact.language, bank.contact.timezone) == ("en", "Europe/London")


@pytest.mark.parametrize(
    "data",
    [
        {"part": "language", "language": "tlh", "timezone": "Asia/Shanghai"},
        {"part": "language", "language": "en", "timezone": "Moon/Tranquility"},
        {"part": "language", "language": "en", "timezone": "../../etc/passwd"},
        {"part": "hours", "quiet_from": "22:00", "quiet_until": ""},
        {"part": "hours", "quiet_from": "25:99", "quiet_until": "07:00"},
        {"part": "kinds", "email:question.answered": "by pigeon"},
        {"part": "nonsense"},
        {},
    ],
)
def test_a_setting_that_cannot_be_changes_nothing(
    bank: Bank, as_user: Any, data: dict[str, str]
) -> None:
    before = preferences(bank.contact)
    assert as_user(bank.contact).post("/portal/settings/", data).status_code == 422
    bank.contact.refresh_from_db()
    assert (bank.contact.language, bank.contact.timezone) == ("zh-hans", "Asia/Shanghai")
    assert preferences(bank.contact) == before
    assert not MailHours.objects.exists()


def test_quiet_hours_and_kinds_are_kept(bank: Bank, as_user: Any) -> None:
    client = as_user(bank.contact)
    hours = {"part": "hours", "quiet_from": "22:00", "quiet_until": "07:30", "digest_at": "09:15"}
    assert client.post("/portal/settings/", hours).status_code == 302
    kinds = {"part": "kinds", "email:question.answered": "digest"}
    assert client.post("/portal/settings/", kinds).status_code == 302
    page = client.get("/portal/settings/").content.decode()
    for value in ("22:00", "07:30", "09:15"):
        assert f'value="{value}"' in page
    chosen = {choice.type.key: choice for choice in preferences(bank.contact)}
    assert (chosen["question.answered"].in_app, chosen["question.answered"].email) == (
        False,
        "digest",
    )


@pytest.fixture
def demo_people(bank: Bank) -> None:
    for role in ROLES[:2]:
        contact = ContactFactory(customer=bank.customer, user__email=role.email)
        contact.user.set_unusable_password()
        contact.user.save()


def test_the_demo_offers_its_people(demo_people: None) -> None:
    client = Client()
    page = client.get("/accounts/login/").content.decode()
    for role in ROLES[:2]:
        assert role.email in page
    # Before the form that nobody has a password for.
    assert page.index(ROLES[0].email) < page.index('type="password"')
    assert client.post("/demo/sign-in/", {"email": ROLES[0].email})["Location"] == "/"
    assert client.get("/portal/").status_code == 200


def test_outside_the_demo_nobody_is_offered(demo_people: None, settings: Any) -> None:
    settings.DEMO = False
    client = Client()
    page = client.get("/accounts/login/").content.decode()
    assert ROLES[0].email not in page
    assert "demo" not in page
    assert client.post("/demo/sign-in/", {"email": ROLES[0].email}).status_code == 404
    assert client.get("/portal/").status_code == 302
