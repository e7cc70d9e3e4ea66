"""What a person reads of their account: its letters and its pages, in their own language."""

import html
import re
import time
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal import auth as totp
from django.core import mail
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.db import transaction
from django.test import Client
from pytest_django.fixtures import Settings

from kiplatform.accounts.models import User
from kiplatform.accounts.services import first_administrator

pytestmark = pytest.mark.django_db
PASSWORD, OTHER = "a-long-enough-one-7", "and-another-one-8"
CHINESE = ("zh-hans", "zh-hant")


@pytest.fixture(autouse=True)
def _as_in_production(settings: Settings) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    cache.clear()  # letters are sent once in some minutes, which the cache remembers


def administrator(language: str) -> User:
    """Somebody who reads that language and has confirmed no address yet."""
    user = first_administrator(email="wu@example.com", name="吴 & 光明")
    user.language = language
    user.set_password(PASSWORD)
    user.save()
    return user


def visitor(language: str) -> Client:
    client = Client()
    client.cookies["django_language"] = language
    return client


def link_in(letter: EmailMessage) -> str:
    found = re.search(r"http://testserver(/\S+)", str(letter.body))
    assert found, letter.body
    return found.group(1)


def signed_in(client: Client, password: str = PASSWORD) -> Any:
    form = {"login": "wu@example.com", "password": password}
    return client.post("/accounts/login/", form, follow=True)


def words_on(page: Any) -> str:
    """What a page's main part says, without its markup."""
    source = page.content.decode()
    main = re.search(r"(?s)<main.*</main>", source)
    assert main, source[:200]
    text = re.sub(r"(?s)<(script|style|svg|form data-demo).*?</\1>|<[^>]+>", " ", main.group())
    return html.unescape(text)


def latin(text: str) -> set[str]:
    """The words in Latin letters that a text holds besides addresses, links and names."""
    text = re.sub(r"https?://\S+|\S+@\S+|testserver|kiplatform|Unspecified", " ", text)
    return set(re.findall(r"[A-Za-z]{2,}", text))


@pytest.mark.asvs("2.5.6")
def test_a_letter_is_in_its_readers_language_whatever_the_page_was_in() -> None:
    administrator("zh-hant")
    visitor("en").post("/accounts/password/reset/", {"email": "wu@example.com"})
    (letter,) = mail.outbox
    assert letter.subject == "設定新密碼"
    assert str(letter.body).startswith("吴 & 光明，您好：")
    page = visitor("zh-hant").get(link_in(letter), follow=True)
    assert "設定新密碼" in words_on(page)


def test_who_has_no_account_is_not_sent_to_a_sign_up_that_is_closed() -> None:
    visitor("zh-hans").post("/accounts/password/reset/", {"email": "nobody@example.com"})
    (letter,) = mail.outbox
    assert letter.subject == "没有账号使用此邮箱"
    assert "http" not in str(letter.body)


@pytest.mark.asvs("2.2.3")
@pytest.mark.parametrize("language", ["en", *CHINESE])
def test_who_changes_what_protects_an_account_is_told_of(language: str) -> None:
    user = administrator(language)
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    client = visitor("en")
    signed_in(client)
    form = {"oldpassword": PASSWORD, "password1": OTHER, "password2": OTHER}
    client.post("/accounts/password/change/", form)
    (letter,) = mail.outbox
    assert letter.to == [user.email]
    assert (
        letter.subject
        == {
            "en": "Your password is changed",
            "zh-hans": "您的密码已修改",
            "zh-hant": "您的密碼已修改",
        }[language]
    )
    assert "127.0.0.1" in str(letter.body)


@pytest.mark.parametrize("language", CHINESE)
def test_no_page_and_no_letter_of_an_account_falls_back_to_english(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    user, client = administrator(language), visitor(language)
    pages = [client.get(f"/accounts/{p}/") for p in ("login", "signup", "inactive")]
    pages.append(signed_in(client, "wrong"))
    pages.append(signed_in(client))
    pages.append(client.get("/accounts/confirm-email/none/"))
    link = link_in(mail.outbox[-1])
    pages += [client.get(link), client.post(link, follow=True)]
    client.post("/accounts/password/reset/", {"email": user.email})
    chosen = client.get(link_in(mail.outbox[-1]), follow=True)
    pages += [chosen, _choose(client, chosen, "short"), _choose(client, chosen, OTHER)]
    signed_in(client, OTHER)
    for path in ("email", "password/change", "reauthenticate", "2fa", "3rdparty", "logout"):
        pages.append(client.get(f"/accounts/{path}/", follow=True))
    # The test's own transaction never commits; letters about the second factor wait for it.
    monkeypatch.setattr(transaction, "on_commit", lambda call, **_options: call())
    pages += _second_factor(client)
    client.post("/accounts/email/", {"email": "new@example.com", "action_add": ""})
    pages.append(client.get("/accounts/email/"))
    read = [words_on(page) for page in pages]
    read += [f"{letter.subject}\n{letter.body}" for letter in mail.outbox]
    assert len(mail.outbox) >= 6
    assert [(latin(text), text) for text in read if latin(text)] == []


def _choose(client: Client, page: Any, password: str) -> Any:
    form = {"password1": password, "password2": password}
    return client.post(page.wsgi_request.path, form, follow=True)


def _second_factor(client: Client) -> list[Any]:
    """Switch the second factor on, sign in with it, and switch it off."""
    client.post("/accounts/reauthenticate/", {"password": OTHER})
    page = client.get("/accounts/2fa/totp/activate/")
    secret = page.context["form"].secret
    code = totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))
    pages = [page, client.post("/accounts/2fa/totp/activate/", {"code": code}, follow=True)]
    pages += [client.get("/accounts/2fa/"), client.get("/accounts/2fa/recovery-codes/generate/")]
    pages.append(client.get("/accounts/2fa/totp/deactivate/"))
    elsewhere = Client()
    elsewhere.cookies["django_language"] = client.cookies["django_language"].value
    asked = signed_in(elsewhere, OTHER)
    pages += [asked, elsewhere.post("/accounts/2fa/authenticate/", {"code": "000000"})]
    return [*pages, client.post("/accounts/2fa/totp/deactivate/", follow=True)]
