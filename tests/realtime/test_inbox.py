"""The live inbox: a person's notifications, for that person alone."""

import uuid

import pytest

from kiplatform.accounts.models import User
from kiplatform.events.models import OutboxEvent
from kiplatform.events.registry import RecordedEvent
from kiplatform.notifications import registry, services
from kiplatform.notifications.registry import NotificationType, register_type
from kiplatform.realtime.registry import Push, channel_for, pushes_of
from tests.factories.people import ContactUserFactory, StaffFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _ping_type():  # type: ignore[no-untyped-def]
    register_type(NotificationType(key="test.ping", label="Ping", title="Ping %(n)s"))
    yield
    del registry._types["test.ping"]


def ping(user: User, number: int) -> None:
    services.notify(
        user, "test.ping", subject="", params={"n": number}, url="/x/", event_id=uuid.uuid4()
    )


def test_frames_follow_what_was_sent_and_read() -> None:
    user = StaffFactory()
    found = channel_for(f"user:{user.public_id}")
    assert found is not None
    channel, key = found
    assert channel.version(key) == 0
    ping(user, 1)
    ping(user, 2)
    frames = channel.since(key, 0, user)
    assert [(f.version, f.data["title"], f.data["unread"]) for f in frames] == [
        (1, "Ping 1", True),
        (2, "Ping 2", True),
    ]
    services.mark_read(user, public_id=frames[0].data["id"])
    (changed,) = channel.since(key, 2, user)
    assert (changed.data["title"], changed.data["unread"]) == ("Ping 1", False)
    assert channel.version(key) == changed.version


def test_it_is_for_its_owner_alone() -> None:
    owner = StaffFactory()
    others = [StaffFactory(), ContactUserFactory(), StaffFactory(is_administrator=True)]
    found = channel_for(f"user:{owner.public_id}")
    assert found is not None
    channel, key = found
    assert channel.authorise([owner.pk, *(u.pk for u in others)], key) == {owner.pk}
    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert channel.authorise([owner.pk], key) == set()


def test_every_change_wakes_the_owners_pages() -> None:
    user = StaffFactory()
    ping(user, 1)
    services.mark_all_read(user)
    events = [RecordedEvent.of(row) for row in OutboxEvent.objects.order_by("id")]
    assert [pushes_of(event) for event in events] == [[Push(f"user:{user.public_id}")]] * 2
