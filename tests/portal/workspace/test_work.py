"""One's own skills, hours and absences, which routing goes by."""

from datetime import time

import pytest

from kiplatform.accounts.models import Absence, Skill, WorkingHours
from kiplatform.accounts.services import absence_add, skill_declare
from tests.portal.workspace.conftest import Bank, signed_in, text_of

WORK = "/workspace/settings/work/"


def test_a_skill_is_declared_changed_and_taken_back(bank: Bank) -> None:
    client = signed_in(bank.colleague)
    for level in ("1", "3"):
        form = {"part": "skill", "topic": "家族信托", "level": level}
        assert client.post(WORK, form).status_code == 302
    skill = Skill.objects.get()
    assert (skill.user, skill.topic, skill.level) == (bank.colleague, "家族信托", 3)
    assert "家族信托" in text_of(client.get(WORK))
    client.post(WORK, {"part": "skill_remove", "key": skill.public_id})
    assert not Skill.objects.exists()


def test_hours_of_the_week(bank: Bank) -> None:
    client = signed_in(bank.colleague)
    form = {"part": "hours", "start-0": "09:00", "end-0": "17:30"}
    assert client.post(WORK, form).status_code == 302
    row = WorkingHours.objects.get()
    assert (row.weekday, row.start, row.end) == (0, time(9), time(17, 30))
    for wrong in ({"end-1": "18:00"}, {"start-1": "19:00", "end-1": "18:00"}, {"start-1": "x"}):
        response = client.post(WORK, form | wrong)
        assert response.status_code == 422
        assert "星期二" in response.content.decode()
    assert WorkingHours.objects.count() == 1


def test_an_absence_names_who_stands_in(bank: Bank) -> None:
    client = signed_in(bank.colleague)
    form = {
        "part": "absence",
        "starts_on": "2099-05-01",
        "ends_on": "2099-05-07",
        "substitute": bank.editor.public_id,
    }
    assert client.post(WORK, form | {"ends_on": "2099-04-01"}).status_code == 422
    assert client.post(WORK, form | {"substitute": bank.contact.public_id}).status_code == 422
    assert client.post(WORK, form).status_code == 302
    absence = Absence.objects.get()
    assert absence.substitute == bank.editor
    client.post(WORK, {"part": "absence_remove", "key": absence.public_id})
    assert not Absence.objects.exists()


@pytest.mark.parametrize("who", ["other_manager", "administrator"])
def test_nobody_changes_anothers_here(bank: Bank, who: str) -> None:
    skill = skill_declare(actor=bank.colleague, user=bank.colleague, topic="外汇", level=2)
    absence = absence_add(
        actor=bank.colleague,
        user=bank.colleague,
        starts_on="2099-05-01",  # type: ignore[arg-type]
        ends_on="2099-05-02",  # type: ignore[arg-type]
    )
    client = signed_in(getattr(bank, who))
    for part, row in (("skill_remove", skill), ("absence_remove", absence)):
        form = {"part": part, "key": row.public_id}
        assert client.post(WORK, form).status_code == 404
    assert Skill.objects.exists()
    assert Absence.objects.exists()


def test_a_strange_part_is_refused_with_words(bank: Bank) -> None:
    assert signed_in(bank.colleague).post(WORK, {"part": "x"}).status_code == 422


def test_contacts_have_no_work_here(bank: Bank) -> None:
    client = signed_in(bank.contact)
    assert client.get(WORK).status_code == 404
    form = {"part": "skill", "topic": "x", "level": "1"}
    assert client.post(WORK, form).status_code == 404
    assert not Skill.objects.exists()


@pytest.mark.parametrize(
    "page", ["settings/", "settings/work/", "notifications/", "notifications/badge/"]
)
def test_every_member_of_staff_has_personal_pages(bank: Bank, page: str) -> None:
    for who in ("manager", "colleague", "product_team", "editor", "administrator"):
        assert text_of(signed_in(getattr(bank, who)).get(f"/workspace/{page}"))
