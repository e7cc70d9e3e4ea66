"""E-mail: to the right person, in their language, at the right time, and never twice by itself."""

import datetime
import logging
import smtplib
import uuid
import zoneinfo
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django_tasks_db.models import DBTaskResult
from hypothesis import given
from hypothesis import strategies as st

from kiplatform.accounts.models import User
from kiplatform.core import clock
from kiplatform.notifications import services, tasks
from kiplatform.notifications.hours import due_time
from kiplatform.notifications.mail import CLAIM, MOST_ATTEMPTS, _claim, one_line, send_due
from kiplatform.notifications.models import EmailDelivery, MailHours
from tests.factories.people import StaffFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hidden")]

SHANGHAI = zoneinfo.ZoneInfo("Asia/Shanghai")
NOON = datetime.datetime(2026, 3, 10, 12, tzinfo=SHANGHAI)
NIGHT = datetime.datetime(2026, 3, 10, 23, tzinfo=SHANGHAI)


def tell(user: User, type: str = "test.knock", **changes: Any) -> None:
    news: dict[str, Any] = {
        "subject": "door:1",
        "params": {"who": "Anna", "door": "the gate", "what": "x"},
        "url": "/workspace/doors/1/#m7",
        "event_id": uuid.uuid4(),
    }
    services.notify(user, type, **(news | changes))


class TestLetters:
    def test_it_leads_to_the_exact_place(self, settings: Any) -> None:
        settings.SITE_URL = "https://kip.example"
        user = StaffFactory(language="en")
        tell(user)
        assert send_due().sent == 1
        (letter,) = mail.outbox
        assert letter.to == [user.email]
        assert letter.subject == "Anna is at the gate"
        assert "https://kip.example/workspace/doors/1/#m7" in letter.body
        assert letter.extra_headers["Message-ID"].endswith("@kip.example>")

    def test_it_speaks_the_readers_language(self) -> None:
        for language in ("en", "zh-hans", "zh-hant"):
            tell(StaffFactory(language=language))
        send_due()
        endings = [letter.body.rpartition("-- \n")[2] for letter in mail.outbox]
        assert "notification settings" in endings[0]
        assert "通知设置" in endings[1]
        assert "通知設定" in endings[2]

    def test_no_text_reaches_the_headers_as_more_than_a_subject(self) -> None:
        user = StaffFactory()
        evil = "x\r\nBcc: everybody@bank.example\n\n<script>" + "y" * 300
        tell(user, params={"who": evil, "door": "\u2028\u0000z"})
        send_due()
        message = mail.outbox[0].message()
        assert "Bcc" not in message
        assert message["To"] == user.email
        assert len(mail.outbox[0].subject) <= 150
        assert mail.outbox[0].recipients() == [user.email]

    @given(st.text())
    def test_a_subject_is_one_line(self, text: str) -> None:
        line = one_line(text)
        assert line.isprintable()
        assert len(line) <= 150

    def test_a_summary_is_one_letter(self) -> None:
        user, other = StaffFactory(language="en"), StaffFactory(language="en")
        with clock.frozen(NOON):
            for number in range(3):
                tell(user, "test.news", params={"what": f"item {number}"})
            tell(other, "test.news", params={"what": "alone"})
            assert send_due().sent == 0
        with clock.frozen(NOON + datetime.timedelta(hours=20)):
            assert send_due().sent == 2
        assert [letter.subject for letter in mail.outbox] == [
            "3 things wait for you",
            "1 thing waits for you",
        ]
        assert all(f"News: item {n}" in mail.outbox[0].body for n in range(3))


class TestWanted:
    def test_what_was_read_meanwhile_is_not_sent(self) -> None:
        user = StaffFactory()
        tell(user)
        services.mark_all_read(user)
        assert send_due().dropped == 1
        assert mail.outbox == []
        assert EmailDelivery.objects.get().outcome == "not_wanted"

    def test_what_may_no_longer_be_seen_is_not_sent(self, hidden: set[str]) -> None:
        tell(StaffFactory())
        hidden.add("1")
        assert send_due().dropped == 1
        assert mail.outbox == []

    def test_who_left_gets_nothing(self) -> None:
        user = StaffFactory()
        tell(user)
        User.objects.filter(pk=user.pk).update(is_active=False)
        assert send_due().dropped == 1
        assert mail.outbox == []


class TestFaults:
    def test_a_mail_server_that_is_away_is_asked_again(self, monkeypatch: Any, caplog: Any) -> None:
        user = StaffFactory()
        tell(user)

        def away(self: EmailBackend, messages: object) -> int:
            raise smtplib.SMTPServerDisconnected(f"no mail for {user.email}")

        with monkeypatch.context() as patch, caplog.at_level(logging.DEBUG):
            patch.setattr(EmailBackend, "send_messages", away)
            assert send_due().failed == 1
            assert send_due().failed == 0
        assert user.email not in caplog.text
        assert user.name not in caplog.text
        with clock.frozen(clock.now() + datetime.timedelta(minutes=2)):
            assert send_due().sent == 1
        assert len(mail.outbox) == 1

    def test_it_gives_up_in_the_end(self, monkeypatch: Any) -> None:
        tell(StaffFactory())

        def away(self: EmailBackend, messages: object) -> int:
            raise ConnectionRefusedError

        monkeypatch.setattr(EmailBackend, "send_messages", away)
        start = clock.now()
        for day in range(MOST_ATTEMPTS + 3):
            with clock.frozen(start + datetime.timedelta(days=day)):
                send_due()
        row = EmailDelivery.objects.get()
        assert (row.attempts, row.outcome) == (MOST_ATTEMPTS, "ConnectionRefusedError")
        assert row.ended_at is not None

    def test_what_a_killed_process_had_claimed_is_sent_by_the_next(self) -> None:
        tell(StaffFactory())
        assert len(_claim()) == 1
        assert send_due().sent == 0
        with clock.frozen(clock.now() + CLAIM + datetime.timedelta(seconds=1)):
            assert send_due().sent == 1

    def test_the_worker_is_asked_once_for_what_is_due(self) -> None:
        asked = DBTaskResult.objects.filter(task_path=tasks.send_due_email.module_path)
        tasks.look_for_due_email()
        assert not asked.exists()
        tell(StaffFactory())
        tasks.look_for_due_email()
        tasks.look_for_due_email()
        assert asked.count() == 1
        assert tasks.send_due_email.call() == 1


# Two years of seconds, so that both changes of the clocks are among them.
MOMENTS = st.integers(0, 2 * 366 * 86400).map(
    lambda seconds: (
        datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(seconds=seconds)
    )
)


class TestHours:
    def test_quiet_hours_defer_what_is_not_urgent(self) -> None:
        user = StaffFactory()
        services.mail_hours_set(
            user,
            quiet_from=datetime.time(22),
            quiet_until=datetime.time(7),
            digest_at=datetime.time(8),
        )
        with clock.frozen(NIGHT):
            tell(user)
            tell(user, "test.alarm")
            assert send_due().sent == 1
        assert mail.outbox[0].subject == "Alarm: x"
        with clock.frozen(NIGHT + datetime.timedelta(hours=8)):
            assert send_due().sent == 1

    TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0, tzinfo=None, fold=0))
    ZONES = st.sampled_from(["Asia/Shanghai", "America/New_York", "Asia/Kathmandu", "UTC"])

    @given(
        now=MOMENTS,
        zone=ZONES,
        start=TIMES,
        end=TIMES,
    )
    def test_no_hour_is_quiet_when_it_is_due(
        self, now: datetime.datetime, zone: str, start: datetime.time, end: datetime.time
    ) -> None:
        hours = MailHours(quiet_from=start, quiet_until=end, digest_at=datetime.time(8))
        due = due_time(now, zone, hours, digest=False, urgent=False)
        wall = due.astimezone(zoneinfo.ZoneInfo(zone)).time()
        quiet = start <= wall < end if start < end else wall >= start or wall < end
        assert now <= due <= now + datetime.timedelta(hours=25)
        if start != end and due != now:
            assert not quiet
        assert due_time(now, zone, hours, digest=False, urgent=True) == now

    @given(
        now=MOMENTS,
        zone=ZONES,
    )
    def test_a_summary_comes_within_a_day_at_its_time(
        self, now: datetime.datetime, zone: str
    ) -> None:
        due = due_time(now, zone, None, digest=True, urgent=True)
        assert now < due <= now + datetime.timedelta(hours=25)
        assert due.astimezone(zoneinfo.ZoneInfo(zone)).time() == datetime.time(8)
