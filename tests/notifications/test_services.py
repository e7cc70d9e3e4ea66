"""Telling people: once for each event, in the way that they want, and only what they may see."""

import datetime
import uuid
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import translation

from kiplatform.accounts.models import User
from kiplatform.core.errors import InvalidInput, NotFound
from kiplatform.events.models import OutboxEvent
from kiplatform.notifications import selectors, services
from kiplatform.notifications.models import EmailDelivery, Notification, Preference
from tests.factories.people import ContactUserFactory, StaffFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hidden")]


def tell(user: User, type: str = "test.knock", **changes: Any) -> Notification | None:
    news: dict[str, Any] = {
        "subject": "door:1",
        "params": {"who": "Anna", "door": "the gate", "what": "x"},
        "url": "/workspace/doors/1/",
        "event_id": uuid.uuid4(),
    }
    return services.notify(user, type, **(news | changes))


def titles(user: User, **kwargs: Any) -> list[str]:
    with translation.override("en"):
        return [entry.title for entry in selectors.inbox(user, **kwargs)]


class TestNotify:
    def test_an_event_tells_a_person_once(self) -> None:
        user, event_id = StaffFactory(), uuid.uuid4()
        first = tell(user, event_id=event_id)
        again = tell(user, event_id=event_id, params={"who": "Bo", "door": "y"})
        assert first == again
        assert titles(user) == ["Anna is at the gate"]
        assert EmailDelivery.objects.count() == 1
        assert OutboxEvent.objects.filter(name="notification.sent").count() == 1

    def test_many_people_cost_as_many_queries_as_few(
        self, django_assert_max_num_queries: Any
    ) -> None:
        users = [StaffFactory() for _ in range(30)]
        with django_assert_max_num_queries(14):
            told = services.notify_all(
                users,
                "test.knock",
                subject="door:1",
                params={"who": "Anna", "door": "a door"},
                url="/x/",
                event_id=uuid.uuid4(),
            )
        assert told == 30
        assert all(selectors.unread_count(user) == 1 for user in users)

    def test_who_may_not_sign_in_is_told_nothing(self) -> None:
        assert tell(StaffFactory(is_active=False)) is None
        assert not Notification.objects.exists()

    @pytest.mark.parametrize(
        "url", ["https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere", "/a\nb", "x"]
    )
    def test_a_link_never_leaves_the_site(self, url: str) -> None:
        with pytest.raises(ValueError, match="notification"):
            tell(StaffFactory(), url=url)
        assert not Notification.objects.exists()

    def test_mistakes_of_an_app_show_at_once(self) -> None:
        user = StaffFactory()
        with pytest.raises(KeyError):
            tell(user, type="test.unknown")
        with pytest.raises(KeyError):
            tell(user, params={"who": "Anna"})
        with pytest.raises(ValueError, match="window"):
            tell(user, subject="window:1")
        assert not Notification.objects.exists()

    def test_words_come_in_the_readers_language(self) -> None:
        user = StaffFactory()
        tell(user, params={"who": "Anna", "door": {"zh-hans": "大门", "en": "the gate"}})
        assert titles(user) == ["Anna is at the gate"]
        with translation.override("zh-hans"):
            assert selectors.inbox(user)[0].title == "Anna is at 大门"


class TestPreferences:
    @pytest.mark.parametrize(
        ("in_app", "email", "shown", "mails"),
        [
            (True, "at_once", 1, [False]),
            (True, "digest", 1, [True]),
            (True, "off", 1, []),
            (False, "digest", 0, [True]),
            (False, "off", 0, []),
        ],
    )
    def test_each_type_is_told_as_wanted(
        self, in_app: bool, email: str, shown: int, mails: list[bool]
    ) -> None:
        user = StaffFactory()
        services.preferences_set(user, type="test.knock", in_app=in_app, email=email)
        tell(user)
        assert selectors.unread_count(user) == len(titles(user)) == shown
        assert list(EmailDelivery.objects.values_list("digest", flat=True)) == mails

    def test_the_page_lists_what_the_person_can_get(self) -> None:
        contact, staff = ContactUserFactory(), StaffFactory()
        services.preferences_set(staff, type="test.staff", in_app=False, email="digest")
        keys = {choice.type.key for choice in selectors.preferences(contact)}
        assert "test.knock" in keys
        assert "test.staff" not in keys
        chosen = {c.type.key: (c.in_app, c.email) for c in selectors.preferences(staff)}
        assert chosen["test.staff"] == (False, "digest")
        assert chosen["test.knock"] == (True, "at_once")

    @pytest.mark.parametrize(
        ("type", "email"), [("test.staff", "off"), ("none", "off"), ("test.knock", "hourly")]
    )
    def test_what_cannot_be_chosen_changes_nothing(self, type: str, email: str) -> None:
        with pytest.raises(InvalidInput):
            services.preferences_set(ContactUserFactory(), type=type, in_app=True, email=email)
        assert not Preference.objects.exists()

    @pytest.mark.parametrize("until", [None, datetime.time(22)])
    def test_quiet_hours_need_two_different_ends(self, until: datetime.time | None) -> None:
        user = StaffFactory()
        with pytest.raises(InvalidInput):
            services.mail_hours_set(
                user,
                quiet_from=datetime.time(22),
                quiet_until=until,
                digest_at=datetime.time(8),
            )
        assert selectors.mail_hours(user).quiet_from is None


class TestReading:
    def test_marking_one_and_all(self) -> None:
        user = StaffFactory()
        first = tell(user)
        for _ in range(3):
            tell(user)
        assert first is not None
        services.mark_read(user, public_id=first.public_id)
        assert selectors.unread_count(user) == 3
        assert len(titles(user, unread_only=True)) == 3
        assert services.mark_all_read(user) == 3
        assert services.mark_all_read(user) == 0
        assert selectors.unread_count(user) == 0
        assert len(titles(user)) == 4

    def test_every_change_moves_to_the_end_of_the_live_inbox(self) -> None:
        user = StaffFactory()
        rows = [tell(user) for _ in range(4)]
        assert rows[1] is not None
        services.mark_read(user, public_id=rows[1].public_id)
        seen = selectors.inbox_versions([user.public_id])[user.public_id]
        assert [row.pk for row, _ in selectors.inbox_since(user.public_id, 4, 10)] == [rows[1].pk]
        services.mark_all_read(user)
        changed = selectors.inbox_since(user.public_id, seen, 10)
        assert [row.pk for row, _ in changed] == [row.pk for row in rows if row and row != rows[1]]
        versions = [row.version for row, _ in selectors.inbox_since(user.public_id, 0, 10)]
        assert versions == sorted(set(versions))
        assert selectors.inbox_versions([user.public_id])[user.public_id] == versions[-1]
        tell(user)
        assert len(selectors.inbox_since(user.public_id, versions[-1], 10)) == 1

    @pytest.mark.parametrize("viewer", ["other staff", "contact", "inactive owner", "nobody"])
    def test_nobody_else_sees_or_changes_it(self, viewer: str) -> None:
        owner = StaffFactory()
        row = tell(owner)
        assert row is not None
        other: Any = {
            "other staff": StaffFactory,
            "contact": ContactUserFactory,
            "inactive owner": lambda: owner,
            "nobody": AnonymousUser,
        }[viewer]()
        if viewer == "inactive owner":
            owner.is_active = False
        assert selectors.inbox(other) == []
        assert selectors.unread_count(other) == 0
        with pytest.raises(NotFound):
            services.mark_read(other, public_id=row.public_id)
        row.refresh_from_db()
        assert row.read_at is None

    def test_what_became_invisible_is_in_no_list_and_no_count(self, hidden: set[str]) -> None:
        user = StaffFactory()
        secret = tell(user, subject="door:2")
        tell(user)
        assert secret is not None
        hidden.add("2")
        assert len(titles(user)) == selectors.unread_count(user) == 1
        assert [shown for _, shown in selectors.inbox_since(user.public_id, 0, 10)] == [False, True]
        with pytest.raises(NotFound):
            services.mark_read(user, public_id=secret.public_id)

    def test_the_inbox_costs_the_same_however_long_it_is(
        self, django_assert_num_queries: Any
    ) -> None:
        user = StaffFactory()
        for number in range(12):
            tell(user, subject=f"door:{number}")
            tell(user, subject=f"gate:{number}")
        with django_assert_num_queries(2):
            assert len(titles(user)) == 24
        with django_assert_num_queries(2):
            assert selectors.unread_count(user) == 24

    def test_pages_follow_each_other_without_gap(self) -> None:
        user = StaffFactory()
        for number in range(5):
            tell(user, params={"who": str(number), "door": "d"})
        first = selectors.inbox(user, limit=2)
        rest = selectors.inbox(user, before=first[-1].public_id)
        assert [e.title[0] for e in [*first, *rest]] == ["4", "3", "2", "1", "0"]
        stranger = selectors.inbox(StaffFactory(), before=first[0].public_id)
        assert stranger == []
