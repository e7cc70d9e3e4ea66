"""Every door: who it opens to, what it asks of a browser, and where it leads."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from wagtail.documents import get_document_model

from customer_knowledge.models import Message, Question
from kiplatform.accounts.models import User
from kiplatform.events.models import OutboxEvent
from tests.portal.workspace.conftest import signed_in
from tests.security.conftest import Bank, asvs

PASSWORD = "correct horse battery 7"
# What anybody may open: signing in and what belongs to it, and the description of the API.
PUBLIC = re.compile(
    r"/(accounts/(login|signup|inactive|password/reset|confirm-email|social|3rdparty|oidc|2fa|"
    r"reauthenticate|logout|login/code)|i18n/set|demo/sign-in|api/(docs|openapi|$)|cms/(login|"
    r"password_reset))"
)


def _walk(patterns: Any, prefix: str = "/") -> Iterator[str]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            yield path


def _addresses() -> list[str]:
    """Return an address of every door but Wagtail's and Django's own, with ids of nothing."""
    others = ("/admin/", "/cms/", "/documents/")
    ours = [a for a in _walk(get_resolver().url_patterns) if not a.startswith(others)]
    return sorted({re.sub(r"<[^>]+>", "nothing0", a) for a in ours if "^" not in a})


def _room(name: str) -> list[str]:
    return [address for address in _addresses() if address.startswith(f"/{name}/")]


@asvs("4.2.2", "13.2.3")
def test_no_door_takes_a_write_from_a_page_that_is_not_ours(bank: Bank) -> None:
    people = {"workspace": bank.administrator, "portal": bank.contact}
    before = OutboxEvent.objects.count()
    for address in _addresses():
        client = Client(enforce_csrf_checks=True)
        client.force_login(people.get(address.split("/")[1], bank.contact))
        status = client.post(address, {"text": "x"}).status_code
        assert status in {403, 405}, (address, status)
    assert OutboxEvent.objects.count() == before


@asvs("4.1.1", "4.1.5")
def test_a_stranger_is_asked_to_sign_in_everywhere(db: None) -> None:
    for address in _addresses():
        answer = Client().get(address)
        if address == "/" or PUBLIC.match(address):
            assert answer.status_code < 500, address
            continue
        to_login = answer.status_code == 302 and "/accounts/" in answer["Location"]
        assert to_login or answer.status_code in {401, 404, 405}, (address, answer.status_code)


@asvs("4.1.2", "4.1.3")
@pytest.mark.parametrize(("part", "room"), [("contact", "workspace"), ("manager", "portal")])
def test_one_room_does_not_exist_for_the_people_of_the_other(
    bank: Bank, part: str, room: str
) -> None:
    client = signed_in(getattr(bank, part))
    missing = client.get("/there/is/no/such/page/")
    personal = re.compile(rf"/{room}/(notifications|settings)/")
    for address in _room(room):
        if personal.fullmatch(address) or "badge" in address or address.endswith("/read/"):
            continue
        statuses = {client.get(address).status_code, client.post(address).status_code}
        assert statuses <= {404, 405}, (address, statuses)
    assert missing.status_code == 404


ADMINISTRATION = ("/admin/", "/admin/accounts/user/", "/admin/events/outboxevent/")
EDITING = ("/cms/", "/cms/pages/", "/cms/knowledge/")


@asvs("4.1.1", "4.3.1")
@pytest.mark.parametrize(
    ("part", "administers", "edits"),
    [
        ("contact", False, False),
        ("manager", False, False),
        ("colleague", False, False),
        ("product_team", False, False),
        ("editor", False, True),
        ("administrator", True, True),
    ],
)
def test_the_two_admin_sites_open_to_their_roles_alone(
    bank: Bank, part: str, administers: bool, edits: bool
) -> None:
    client = signed_in(getattr(bank, part))
    for pages, opens in ((ADMINISTRATION, administers), (EDITING, edits)):
        for page in pages:
            assert (client.get(page).status_code == 200) is opens, page


@asvs("2.2.1", "4.3.1")
def test_there_is_one_sign_in_page_with_one_limit(bank: Bank) -> None:
    """The admin sites' own forms would know neither the limit nor the second factor."""
    for door in ("/admin/login/", "/cms/login/", "/cms/login/?next=/cms/", "/cms/password_reset/"):
        for answer in (Client().get(door), Client().post(door, {"username": "a", "password": "b"})):
            assert answer.status_code == 302, door
            assert answer["Location"].startswith("/accounts/"), door


def _try(client: Client, email: str, password: str) -> Any:
    return client.post("/accounts/login/", {"login": email, "password": password})


@pytest.fixture
def known(db: None) -> Iterator[User]:
    cache.clear()
    user = User.objects.create_user("known@bank.example.com", PASSWORD, name="李", kind="staff")
    yield user
    cache.clear()


def _said(answer: Any) -> str:
    """Return a page without its tokens and without the address that was typed."""
    text = re.sub(r"[A-Za-z0-9]{32,}", "", answer.content.decode())
    return re.sub(r"(known|nobody)@bank\.example\.com", "", text)


@asvs("2.2.1")
def test_after_a_few_wrong_passwords_the_right_one_is_not_taken_either(known: User) -> None:
    client = Client()
    for _attempt in range(6):
        _try(client, known.email, "wrong")
    assert _try(client, known.email, PASSWORD).status_code != 302
    assert "_auth_user_id" not in client.session


@asvs("2.2.1", "3.2.1")
def test_signing_in_says_the_same_of_a_wrong_password_and_of_nobody(known: User) -> None:
    wrong, nobody = (
        _try(Client(), email, "wrong")
        for email in ("known@bank.example.com", "nobody@bank.example.com")
    )
    assert wrong.status_code == nobody.status_code
    assert _said(wrong) == _said(nobody)


@asvs("2.5.2")
def test_asking_for_a_new_password_says_the_same_of_somebody_and_of_nobody(known: User) -> None:
    answers = [
        Client().post("/accounts/password/reset/", {"email": email})
        for email in ("known@bank.example.com", "nobody@bank.example.com")
    ]
    assert {(a.status_code, a.get("Location")) for a in answers} == {
        (302, "/accounts/password/reset/done/")
    }


@asvs("3.2.1", "3.3.1")
def test_a_session_gets_a_new_key_at_sign_in_and_ends_at_sign_out(known: User) -> None:
    client = Client()
    client.get("/accounts/login/")
    planted = client.session
    planted["planted"] = "yes"
    planted.save()
    before = planted.session_key
    assert _try(client, known.email, PASSWORD).status_code == 302
    after = client.cookies["sessionid"].value
    assert after != before
    client.post("/accounts/logout/")
    client.cookies["sessionid"] = after
    assert client.get("/workspace/")["Location"].startswith("/accounts/login/")


@asvs("3.3.3")
def test_a_new_password_ends_the_other_sessions(known: User) -> None:
    elsewhere = Client()
    elsewhere.force_login(known)
    known.set_password(PASSWORD + "!")
    known.save()
    assert elsewhere.get("/workspace/")["Location"].startswith("/accounts/login/")


@asvs("4.1.1", "14.1.3")
def test_the_demos_door_is_there_in_the_demo_alone(bank: Bank, settings: LazySettings) -> None:
    User.objects.filter(pk=bank.manager.pk).update(password="!")
    door, sent = "/demo/sign-in/", {"email": bank.manager.email}
    assert Client().post(door, sent).status_code == 302
    settings.DEMO = False
    client = Client()
    assert client.post(door, sent).status_code == 404
    assert "_auth_user_id" not in client.session
    assert bank.manager.email not in client.get("/accounts/login/").content.decode()


@asvs("2.1.1")
def test_the_demos_door_does_not_open_for_who_has_a_password(known: User) -> None:
    assert Client().post("/demo/sign-in/", {"email": known.email}).status_code == 404


OUTSIDE = ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)")


@asvs("5.1.5")
@pytest.mark.parametrize("outside", OUTSIDE)
def test_no_door_leads_off_the_site(
    bank: Bank, known: User, question: Question, outside: str
) -> None:
    assert question.thread is not None
    client = signed_in(bank.contact)
    post = f"/threads/{question.thread.public_id}/messages/?next={outside}"
    answers = [
        Client().post(
            "/accounts/login/", {"login": known.email, "password": PASSWORD, "next": outside}
        ),
        client.post(post, {"text": "你好", "client_id": "next"}),
        client.post("/i18n/set/", {"language": "en", "next": outside}),
        Client().get("/cms/login/", {"next": outside}),
    ]
    for answer in answers:
        assert answer.status_code == 302
        assert answer["Location"].startswith("/")
        assert not answer["Location"].startswith(("//", "/\\"))


@asvs("14.4.3", "14.4.4", "14.4.6", "14.4.7", "8.2.1")
@pytest.mark.parametrize("page", ["/portal/", "/portal/ask/", "/portal/settings/", "/portal/no/"])
def test_pages_carry_what_keeps_a_browser_safe(bank: Bank, page: str) -> None:
    answer = signed_in(bank.contact).get(page)
    policy = dict(
        part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["connect-src"] == policy["form-action"] == policy["base-uri"] == "'self'"
    assert policy["object-src"] == "'none'"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    if answer.status_code == 200:
        assert answer["Cache-Control"] == "private, no-store"
        assert not re.search(r"<script(?![^>]*(src=|application/json))", answer.content.decode())
        assert not re.search(r"<[^>]+\son[a-z]+=", answer.content.decode())


@asvs("7.4.1")
def test_a_name_that_is_not_ours_is_refused_in_plain_words(
    db: None, settings: LazySettings
) -> None:
    settings.ALLOWED_HOSTS = ["bank.example.com"]
    answer = Client(SERVER_NAME="evil.example").get("/accounts/login/")
    assert answer.status_code == 400
    assert "evil.example" not in answer.content.decode()


@asvs("3.4.1", "3.4.2", "3.4.3", "3.4.4", "9.1.1", "14.1.3")
def test_production_keeps_cookies_to_itself_and_has_no_demo() -> None:
    asked = (
        "import json, kiplatform.settings.production as s;"
        "print(json.dumps([s.DEBUG, s.DEMO, s.SESSION_COOKIE_SECURE, s.SESSION_COOKIE_HTTPONLY,"
        " s.SESSION_COOKIE_SAMESITE, s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_SECURE,"
        " s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS >= 31536000]))"
    )
    given = {"KIP_SECRET_KEY": "x" * 50, "KIP_ALLOWED_HOSTS": "bank.example.com"}
    run = [sys.executable, "-c", asked]
    done = subprocess.run(run, env=os.environ | given, capture_output=True, text=True, check=True)
    values = [False, False, True, True, "Lax", "__Host-sessionid", True, True, True]
    assert json.loads(done.stdout) == values


@asvs("4.2.1")
def test_wagtails_own_documents_go_to_editors_alone(bank: Bank) -> None:
    """They have no audience, so they are not for readers; knowledge is pages."""
    kept = get_document_model().objects.create(
        title="内部", file=ContentFile(b"internal", name="internal.txt")
    )
    try:
        for part in ("contact", "manager", "colleague", "product_team"):
            assert signed_in(getattr(bank, part)).get(kept.url).status_code == 404
        assert Client().get(kept.url).status_code == 404
        assert signed_in(bank.editor).get(kept.url).status_code == 200
    finally:
        kept.file.delete()


@asvs("4.1.2", "5.1.2")
def test_no_form_takes_fields_that_it_does_not_show(bank: Bank, question: Question) -> None:
    assert question.thread is not None
    client = signed_in(bank.contact)
    more = {"importance": "vip", "relationship": "internal", "kind": "organisation", "id": "1"}
    basic = {"name": "陈桂兰", "preferred_language": "zh-hans"}
    client.post("/portal/about-me/basic/", basic | more)
    bank.customer.refresh_from_db()
    assert (bank.customer.importance, bank.customer.relationship) == ("ordinary", "consumer")
    asked = {"text": "还有一问？", "kind": "market_trend", "client_id": "m", "state": "confirmed"}
    client.post("/portal/ask/", asked | {"owner": bank.other_manager.pk, "due_at": "2099-01-01"})
    assert Question.objects.get(client_id="m").owner == bank.manager
    settings = {"part": "language", "language": "en", "timezone": "Asia/Tokyo"}
    client.post("/portal/settings/", settings | {"is_administrator": "on", "kind": "staff"})
    stored = User.objects.get(pk=bank.contact.pk)
    assert (stored.kind, stored.is_administrator, stored.language) == ("contact", False, "en")
    address = f"/threads/{question.thread.public_id}/messages/"
    note = {"text": "便条", "client_id": "n", "visibility": "internal"}
    assert client.post(address, note).status_code == 403
    assert not Message.objects.filter(client_id="n").exists()
