"""Nothing asked is in nobody's hands, and the check that says so finds each way to break it.

Where the database refuses the broken row its check is switched off for the test, since the command
must find what a restored backup or a hand in the database may bring.
"""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from customer_knowledge import services as exchange
from customer_knowledge.models import ManagerAssignment, Question
from kiplatform.accounts.models import User
from kiplatform.core import clock
from kiplatform.notifications.selectors import inbox
from qa_center import services
from qa_center.loop_check import findings
from qa_center.models import KnowledgeGap, ResearchCase
from qa_center.periodic import check_loop
from tests.qa_center.conftest import Floor


@contextmanager
def unchecked() -> Iterator[None]:
    """Let SQLite take rows that a constraint forbids."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints = ON")
        try:
            yield
        finally:
            cursor.execute("PRAGMA ignore_check_constraints = OFF")


def found() -> list[tuple[str, str, str]]:
    return [(f.kind, f.key, f.fault) for f in findings()]


def command(*arguments: str) -> tuple[str, int]:
    """Return what the command prints, and its exit code."""
    out = io.StringIO()
    try:
        call_command("check_loop", *arguments, stdout=out)
    except SystemExit as end:
        return out.getvalue(), int(str(end.code))
    return out.getvalue(), 0


@pytest.fixture
def case(floor: Floor) -> ResearchCase:
    return floor.joined("expert")


def gap(floor: Floor, case: ResearchCase) -> None:
    services.case_mark_unanswerable(
        actor=floor["manager"], case=case, reason="没有先例", gap_owner=floor["third"]
    )


def test_a_floor_at_work_is_in_hand(floor: Floor, case: ResearchCase) -> None:
    assert found() == []
    gap(floor, case)
    exchange.question_withdraw(actor=floor["contact"], question=floor.question)
    assert found() == []
    assert command() == ("Everything is in hand.\n", 0)


@pytest.mark.parametrize(
    ("table", "values", "fault"),
    [
        (Question, {"owner": None}, "no owner"),
        (Question, {"due_at": None}, "no due time"),
        (Question, {"state": "confirmed"}, "ended at no time"),
        (Question, {"state": "lost", "owner": None}, "no owner"),
        (ResearchCase, {"owner": None}, "no owner"),
        (ResearchCase, {"due_at": None}, "no due time"),
        (ResearchCase, {"state": "cancelled"}, "ended at no time"),
        (ResearchCase, {"state": "lost", "due_at": None}, "no due time"),
    ],
)
def test_what_the_database_refuses_is_found_where_it_was_let_in(
    floor: Floor, case: ResearchCase, table: Any, values: dict[str, Any], fault: str
) -> None:
    row = table.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        table.objects.update(**values)
    assert found() == []
    with unchecked():
        table.objects.update(**values)
    kind = "question" if table is Question else "case"
    assert found() == [(kind, row.public_id, fault)]
    assert command() == (f"{kind} {row.public_id}: {fault}\n1 found\n", 1)


def test_an_owner_who_has_left_is_no_owner(floor: Floor, case: ResearchCase) -> None:
    User.objects.filter(pk=floor["manager"].pk).update(is_active=False)
    assert found() == [
        ("case", case.public_id, "owner has left"),
        ("question", floor.question.public_id, "owner has left"),
    ]


def test_an_owner_who_may_not_answer_any_more_is_no_owner(floor: Floor) -> None:
    expected = [("question", floor.question.public_id, "owner may not answer")]
    ManagerAssignment.objects.update(ended_at=clock.now())
    assert found() == expected
    ManagerAssignment.objects.update(ended_at=None)
    assert found() == []
    User.objects.filter(pk=floor["manager"].pk).update(is_sales_manager=False)
    assert found() == expected
    Question.objects.update(owner=floor["administrator"])
    assert found() == []


def test_a_case_that_was_due_and_went_to_nobody_is_found(floor: Floor, case: ResearchCase) -> None:
    ResearchCase.objects.update(due_at=clock.now() - timedelta(hours=23))
    assert found() == []
    ResearchCase.objects.update(due_at=clock.now() - timedelta(hours=25))
    assert found() == [("case", case.public_id, "overdue and not escalated")]
    services.advance_due()
    assert found() == []


def test_a_gap_whose_owner_has_left_is_found(floor: Floor, case: ResearchCase) -> None:
    gap(floor, case)
    User.objects.filter(pk=floor["third"].pk).update(is_active=False)
    assert found() == [("gap", KnowledgeGap.objects.get().public_id, "owner has left")]


def test_json_holds_ids_and_no_names(floor: Floor, case: ResearchCase) -> None:
    User.objects.filter(pk=floor["manager"].pk).update(is_active=False)
    printed, code = command("--json")
    assert code == 1
    assert [row["kind"] for row in json.loads(printed)] == ["case", "question"]
    assert floor.question.customer.name not in printed
    assert floor["manager"].name not in printed


class TestAtNight:
    @pytest.fixture
    def at(self, monkeypatch: pytest.MonkeyPatch) -> Any:
        def set_time(hour: int, day: int = 1) -> None:
            zone = ZoneInfo(settings.TIME_ZONE)
            now = datetime(clock.now().year, clock.now().month, day, hour, 30, tzinfo=zone)
            monkeypatch.setattr("qa_center.periodic.clock.now", lambda: now)

        return set_time

    def told(self, floor: Floor, who: str) -> int:
        return len([e for e in inbox(floor[who]) if e.type == "case.unattended"])

    def test_the_administrators_are_told_once_a_night(self, floor: Floor, at: Any) -> None:
        at(4)
        check_loop()
        assert self.told(floor, "administrator") == 0
        User.objects.filter(pk=floor["manager"].pk).update(is_active=False)
        at(12)
        check_loop()
        assert self.told(floor, "administrator") == 0
        for hour in (3, 4, 5):
            at(hour)
            check_loop()
        assert self.told(floor, "administrator") == 1
        assert self.told(floor, "head") == 0
        at(3, day=2)
        check_loop()
        assert self.told(floor, "administrator") == 2
        entry = inbox(floor["administrator"])[0]
        assert floor.question.public_id in entry.body
