"""What people send can be anything: it is stored as words, shown as words, or refused in words."""

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from django.conf import LazySettings
from django.core import mail
from django.test import Client

from customer_knowledge import services as exchange
from customer_knowledge.models import Complaint, Customer, Message, Preference, Question
from kiplatform.accounts.models import User
from kiplatform.core.numbers import LARGEST, whole_number
from kiplatform.events.relay import run_pending
from kiplatform.notifications.mail import send_due
from manager_knowledge.rendering import TAGS, render_body
from qa_center import services as center
from qa_center.models import Invitation
from tests.portal.workspace.conftest import ask, signed_in
from tests.security.conftest import Bank, asvs

SCRIPT = "<script>alert(1)</script>"
HOSTILE = f"\"'><img src=x onerror=alert(1)>{SCRIPT}{{{{ 7*7 }}}}{{% csrf_token %}}"


class Elements(HTMLParser):
    """What elements a browser would make of some HTML, and with which attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: dict[str, list[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, []).append(value or "")


def plain(client: Client, *pages: str) -> None:
    """Check that pages show the hostile text, and only as text."""
    for page in pages:
        answer = client.get(page)
        assert answer.status_code == 200, page
        shown = answer.content.decode()
        assert SCRIPT not in shown, page
        assert "<img src=x" not in shown, page


@pytest.fixture
def hostile(bank: Bank) -> Question:
    """Everything that each side can write holds markup."""
    User.objects.filter(pk__in=[bank.contact.pk, bank.manager.pk]).update(name=HOSTILE[:120])
    Customer.objects.filter(pk=bank.customer.pk).update(name=HOSTILE, address=HOSTILE, phone=SCRIPT)
    for person in (bank.contact, bank.manager):
        person.refresh_from_db()
    bank.customer.refresh_from_db()
    asked = ask(bank.contact, HOSTILE)
    complaint = {"subject": HOSTILE, "text": HOSTILE, "wish": HOSTILE, "client_id": "c"}
    exchange.complaint_file(actor=bank.contact, **complaint)
    exchange.market_comment_add(
        actor=bank.contact, market=HOSTILE, text=HOSTILE, own_research=HOSTILE, client_id="m"
    )
    exchange.preference_note(
        actor=bank.contact,
        customer=bank.customer,
        kind=Preference.Kind.HOBBY,
        value=HOSTILE,
        strength=3,
        known=Preference.Known.STATED,
    )
    exchange.question_answer(
        actor=bank.manager,
        question=asked,
        text=HOSTILE,
        client_id="a",
        uncited_reason=HOSTILE,
    )
    run_pending()
    return asked


@asvs("5.3.3", "5.2.1")
def test_the_customers_pages_show_markup_as_words(bank: Bank, hostile: Question) -> None:
    filed = Complaint.objects.get()
    plain(
        signed_in(bank.contact),
        "/portal/",
        "/portal/questions/",
        f"/portal/questions/{hostile.public_id}/",
        f"/portal/feedback/complaint/{filed.public_id}/",
        "/portal/feedback/",
        "/portal/about-me/",
        "/portal/about-me/?part=preferences",
        "/portal/notifications/",
        f"/portal/suggest/?q={HOSTILE}",
        f"/portal/knowledge/?q={HOSTILE}&type={HOSTILE}&product={HOSTILE}",
        f"/portal/ask/?text={HOSTILE}",
    )


@asvs("5.3.3", "5.2.1")
def test_the_staffs_pages_show_markup_as_words(bank: Bank, hostile: Question) -> None:
    client, customer = signed_in(bank.manager), f"/workspace/customers/{bank.customer.public_id}/"
    reopened = exchange.question_reopen(actor=bank.contact, question=hostile)
    case = center.case_open(actor=bank.manager, question=reopened, client_id="k")
    center.proposal_make(actor=bank.manager, case=case, text=HOSTILE, client_id="p")
    filed = Complaint.objects.get()
    plain(
        client,
        "/workspace/?show=all",
        f"/workspace/questions/{hostile.public_id}/",
        f"/workspace/feedback/complaint/{filed.public_id}/",
        "/workspace/feedback/marketcomment/",
        customer,
        *(f"{customer}?part={part}" for part in ("facts", "contacts", "co-creations")),
        f"/workspace/cases/{case.public_id}/",
        "/workspace/cases/",
        "/workspace/notifications/",
        f"/workspace/search/?q={HOSTILE}&kind={HOSTILE}&product={HOSTILE}",
        f"/workspace/palette/?q={HOSTILE}",
        f"/workspace/customers/?q={HOSTILE}",
    )
    plain(
        signed_in(bank.product_team),
        "/workspace/voices/",
        f"/workspace/voices/question/{hostile.public_id}/",
        f"/workspace/voices/complaint/{filed.public_id}/",
    )


@asvs("5.2.1", "5.2.2", "5.2.8")
@pytest.mark.parametrize(
    "text",
    [
        SCRIPT,
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt&colon;alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "![x](https://evil.example/x.png)",
        "<a href='javascript:alert(1)'>x</a>",
        "<svg onload=alert(1)>",
        "[x](vbscript:msgbox(1) \"onmouseover='alert(1)'\")",
        '[x](https://a.example "\\" onmouseover=\\"alert(1)")',
        '<https://a.example/" onclick="alert(1)>',
        "```\n</code></pre><script>alert(1)</script>\n```",
    ],
)
def test_what_editors_write_runs_nothing(text: str) -> None:
    found = Elements()
    found.feed(render_body(text))
    assert found.names <= TAGS
    assert set(found.attributes) <= {"href", "title", "rel"}
    for address in found.attributes.get("href", []):
        assert address.startswith(("https:", "http:", "mailto:", "tel:"))


@asvs("5.2.3")
def test_an_e_mail_has_the_headers_that_we_gave_it_and_no_others(bank: Bank) -> None:
    name = "陈\r\nBcc: all@evil.example\r\n\r\nBuy"
    Customer.objects.filter(pk=bank.customer.pk).update(name=name)
    ask(bank.contact, "Subject: x\r\nBcc: all@evil.example")
    run_pending()
    send_due()
    (letter,) = mail.outbox
    assert letter.recipients() == [bank.manager.email]
    assert "\n" not in letter.subject
    sent = letter.message()
    assert sent["Bcc"] is None
    assert sent["To"] == bank.manager.email


@asvs("5.1.4", "5.1.3")
@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", 7),
        (str(LARGEST), LARGEST),
        (str(LARGEST + 1), 1),
        ("9" * 5000, 1),
        ("-1", 1),
        ("²", 1),
        ("٣", 1),
        ("1e9", 1),
        ("", 1),
        (" 3", 1),
    ],
)
def test_a_number_is_small_and_in_our_digits_or_it_is_none(text: str, number: int) -> None:
    assert whole_number(text, otherwise=1) == number


NUMBERS = ("9" * 19, "9" * 5000, "-1", "0", "²", "%00", "1'--")


@asvs("5.1.3", "5.3.4", "7.4.1")
@pytest.mark.parametrize(
    "number", NUMBERS, ids=["19", "5000", "minus", "zero", "sup", "nul", "sql"]
)
def test_no_number_in_an_address_breaks_a_page(bank: Bank, question: Question, number: str) -> None:
    assert question.thread is not None
    messages = f"/threads/{question.thread.public_id}/messages/"
    pages = {
        "contact": (
            f"{messages}?after={number}",
            f"/portal/questions/?page={number}",
            f"/portal/knowledge/?q=a&page={number}",
            f"/portal/knowledge/?product={number}&page={number}",
            f"/portal/notifications/?before={number}",
            f"/api{messages[:-1]}?after={number}&limit={number}&offset={number}",
        ),
        "manager": (
            f"/workspace/?page={number}",
            f"/workspace/search/?q=a&page={number}&age={number}&product={number}",
            f"/workspace/customers/?page={number}&importance={number}",
            f"/workspace/cases/?page={number}",
            f"/workspace/feedback/complaint/?page={number}&product={number}",
            f"/api/questions?limit={number}&offset={number}",
        ),
        "product_team": (f"/workspace/voices/?page={number}&period={number}&product={number}",),
    }
    for part, addresses in pages.items():
        client = signed_in(getattr(bank, part))
        for address in addresses:
            assert client.get(address).status_code in {200, 422}, address


@asvs("5.1.3", "7.4.1")
@pytest.mark.parametrize("number", ["9" * 19, "9" * 5000, "x"])
def test_no_number_in_a_form_breaks_an_act(bank: Bank, question: Question, number: str) -> None:
    case = center.case_open(actor=bank.manager, question=question, client_id="k")
    center.case_ask_colleagues(actor=bank.manager, case=case, chosen=[bank.colleague])
    invitation = Invitation.objects.get()
    colleague, manager = signed_in(bank.colleague), signed_in(bank.manager)
    snooze = f"/workspace/invitations/{invitation.public_id}/snooze/"
    assert colleague.post(snooze, {"hours": number}).status_code == 302
    center.invitation_accept(actor=bank.colleague, invitation=invitation)
    made = center.proposal_make(actor=bank.colleague, case=case, text="活期", client_id="p")
    proposal = f"/workspace/proposals/{made.public_id}"
    acts: list[tuple[Client, str, dict[str, str]]] = [
        (manager, f"{proposal}/endorse/?version={number}", {}),
        (manager, f"{proposal}/object/", {"version": number, "reason": "不对", "client_id": "o"}),
        (colleague, f"{proposal}/revise/", {"based_on": number, "text": "定期", "client_id": "r"}),
    ]
    for client, address, sent in acts:
        assert client.post(address, sent).status_code in {302, 409, 422}, address
    assert made.versions.count() == 1
    assert not made.endorsements.exists()


@asvs("5.1.3", "7.4.1", "13.2.2")
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"text=\xff\xfe%00%01&client_id=", "application/x-www-form-urlencoded"),
        (b"text=%ED%A0%80%00&client_id=b", "application/x-www-form-urlencoded; charset=utf-7"),
        (b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\nhalf', "multipart/form-data"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"{", "application/json"),
        (b"[" * 2000, "application/json"),
        (b'{"text": "\\ud800", "client_id": "c"}', "application/json"),
    ],
)
def test_a_broken_body_is_refused_and_stores_nothing(
    bank: Bank, question: Question, body: bytes, kind: str
) -> None:
    assert question.thread is not None
    thread, before = question.thread.public_id, Message.objects.count()
    client = signed_in(bank.contact)
    for address in (f"/threads/{thread}/messages/", f"/api/threads/{thread}/messages"):
        answer: Any = client.post(address, data=body, content_type=kind)
        assert answer.status_code in {400, 422}, (address, answer.status_code)
    assert Message.objects.count() == before


@asvs("11.1.4", "12.1.1")
def test_a_huge_body_is_refused(bank: Bank, question: Question, settings: LazySettings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10_000
    assert question.thread is not None
    client, thread = signed_in(bank.contact), question.thread.public_id
    text = {"text": "x" * 20_000, "client_id": "h"}
    assert client.post(f"/threads/{thread}/messages/", text).status_code == 400
    answer: Any = client.post(f"/api/threads/{thread}/messages", text, "application/json")
    assert answer.status_code in {400, 413}
    many = {f"f{n}": "x" for n in range(1100)} | {"text": "viele", "client_id": "f"}
    assert client.post(f"/threads/{thread}/messages/", many).status_code == 400


@asvs("11.1.1", "4.2.1")
def test_somebody_elses_client_id_is_worth_nothing(bank: Bank, question: Question) -> None:
    """It neither shows what was sent with it nor keeps one's own words from being stored."""
    assert question.thread is not None
    address = f"/threads/{question.thread.public_id}/messages/"
    sent = {"text": "内部判断", "client_id": "same", "visibility": "internal"}
    signed_in(bank.manager).post(address, sent)
    script = {"HX-Request": "true"}
    answer = signed_in(bank.contact).post(
        address, {"text": "客户的话", "client_id": "same"}, headers=script
    )
    assert "客户的话" in answer.content.decode()
    assert "内部判断" not in answer.content.decode()
    assert Message.objects.filter(client_id="same").count() == 2
    asked = {"text": "别人的问题", "kind": "market_trend", "client_id": question.client_id}
    signed_in(bank.other_contact).post("/portal/ask/", asked)
    assert Question.objects.filter(client_id=question.client_id).count() == 2


@asvs("11.1.1", "11.1.6")
@pytest.mark.parametrize("times", [2, 5])
def test_what_is_sent_again_is_stored_once(bank: Bank, question: Question, times: int) -> None:
    assert question.thread is not None
    client = signed_in(bank.contact)
    acts: list[Callable[[], Any]] = [
        lambda: client.post(
            "/portal/ask/", {"text": "一", "kind": "market_trend", "client_id": "q"}
        ),
        lambda: client.post(
            f"/threads/{question.thread.public_id}/messages/", {"text": "二", "client_id": "m"}
        ),
    ]
    for act in acts:
        for _time in range(times):
            assert act().status_code == 302
    assert Question.objects.filter(client_id="q").count() == 1
    assert Message.objects.filter(client_id="m").count() == 1
