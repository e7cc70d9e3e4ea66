"""manage.py first_administrator: how a new installation gets its first person."""

import io
import re

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client

from kiplatform.accounts.management.commands import first_administrator as command
from kiplatform.accounts.models import User
from tests.factories.people import AdministratorFactory

pytestmark = pytest.mark.django_db
EMAIL = "Wu@Example.com"


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("first_administrator", *arguments, stdout=out)
    return out.getvalue()


def typed(monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
    given = iter(words)
    monkeypatch.setattr(command, "getpass", lambda _prompt: next(given))


@pytest.mark.asvs("2.5.4")
def test_they_choose_their_password_through_the_printed_page() -> None:
    said = run(EMAIL, "--name", "吴光明")
    user = User.objects.get()
    assert (user.email, user.name, user.is_administrator) == ("wu@example.com", "吴光明", True)
    assert not user.has_usable_password()
    found = re.search(r"https?://[^/]+(/\S+)", said)
    assert found
    Client().post(found.group(1), {"email": EMAIL})
    (letter,) = mail.outbox
    link = re.search(r"http://testserver(/\S+)", str(letter.body))
    assert link
    client = Client()
    form = client.get(link.group(1), follow=True)
    chosen = {"password1": "chosen-by-wu-77", "password2": "chosen-by-wu-77"}
    client.post(form.wsgi_request.path, chosen)
    client.post("/accounts/login/", {"login": EMAIL, "password": "chosen-by-wu-77"})
    assert client.get("/admin/").status_code == 200
    assert client.get("/cms/").status_code == 200


def test_a_password_can_be_typed_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, "typed-by-wu-99", "typed-by-wu-99")
    assert "/accounts/login/" in run(EMAIL, "--password")
    assert User.objects.get().check_password("typed-by-wu-99")


@pytest.mark.asvs("2.1.1")
@pytest.mark.parametrize("words", [("typed-by-wu-99", "typed-otherwise-99"), ("short", "short")])
def test_a_password_that_is_weak_or_mistyped_makes_nobody(
    monkeypatch: pytest.MonkeyPatch, words: tuple[str, str]
) -> None:
    typed(monkeypatch, *words)
    with pytest.raises(CommandError, match="Nothing was done"):
        run(EMAIL, "--password")
    assert not User.objects.exists()


@pytest.mark.parametrize("email", ["no address", "taken@example.com"])
def test_an_address_that_is_none_or_taken_is_refused(email: str) -> None:
    User.objects.create_user("taken@example.com", kind=User.Kind.STAFF, name="Somebody")
    with pytest.raises(CommandError, match="Nothing was done"):
        run(email)
    assert User.objects.count() == 1


def test_a_second_one_is_made_only_when_asked_for() -> None:
    AdministratorFactory()
    with pytest.raises(CommandError, match=r"already.*--another"):
        run(EMAIL)
    assert not User.objects.filter(email=EMAIL.lower()).exists()
    run(EMAIL, "--another")
    assert User.objects.get(email=EMAIL.lower()).is_administrator


def test_one_whose_access_has_ended_is_no_administrator() -> None:
    AdministratorFactory(is_active=False)
    run(EMAIL)
    assert User.objects.get(email=EMAIL.lower()).is_administrator
