"""A form that is sent twice, to whichever process, is carried out once."""

from typing import Any

import pytest
from django.core.cache import caches

from kiplatform.accounts.models import User
from kiplatform.core.errors import InvalidInput
from portal.workspace.once import once
from tests.factories.people import StaffFactory


@pytest.fixture
def user(db: None) -> User:
    made: Any = StaffFactory()
    return made


def attempt(user: User, client_id: str) -> bool:
    with once(user, client_id) as first:
        return first


def test_of_two_submissions_the_first_is_carried_out(user: User) -> None:
    other: Any = StaffFactory()
    assert [attempt(user, "a"), attempt(user, "a"), attempt(user, "b")] == [True, False, True]
    assert attempt(other, "a")
    assert [attempt(user, ""), attempt(user, "")] == [True, True]


def test_after_a_refusal_the_form_can_be_sent_again(user: User) -> None:
    with pytest.raises(InvalidInput), once(user, "a"):
        raise InvalidInput("no")
    assert attempt(user, "a")


def test_a_form_that_died_on_the_way_wrote_nothing_and_can_be_sent_again(user: User) -> None:
    def die_on_the_way() -> None:
        with once(user, "a"):
            User.objects.filter(pk=user.pk).update(name="half a form")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        die_on_the_way()
    user.refresh_from_db()
    assert user.name != "half a form"
    assert attempt(user, "a")


@pytest.mark.parametrize("client_id", ["x" * 5_000, "a\x00b", "\ud800", " "])
def test_a_made_up_id_is_an_id_like_any_other(user: User, client_id: str) -> None:
    assert [attempt(user, client_id), attempt(user, client_id)] == [True, False]


def test_what_could_not_be_noted_is_carried_out_rather_than_lost(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(caches["shared"]), "add", lambda *_a, **_k: False)
    assert attempt(user, "a")
