from collections.abc import Collection, Iterator

import pytest

from kiplatform.accounts.models import User
from kiplatform.notifications import registry
from kiplatform.notifications.registry import NotificationType, register_subject, register_type

KNOCK = NotificationType(
    key="test.knock",
    label="Somebody knocks",
    title="%(who)s is at %(door)s",
    body="Line one\nLine two about %(who)s",
    email="at_once",
)
ALARM = NotificationType(
    key="test.alarm", label="Alarm", title="Alarm: %(what)s", email="at_once", urgent=True
)
NEWS = NotificationType(key="test.news", label="News", title="News: %(what)s", email="digest")
STAFF_ONLY = NotificationType(
    key="test.staff", label="Staff only", title="Staff", audience="staff", email="off"
)


@pytest.fixture
def hidden() -> Iterator[set[str]]:
    """Types and a kind of subject for tests; keys that are put into the set become invisible."""
    keys: set[str] = set()

    def still_visible(user: User, wanted: Collection[str]) -> set[str]:
        return set(wanted) - keys

    types = dict(registry._types)
    subjects = dict(registry._subjects)
    for entry in (KNOCK, ALARM, NEWS, STAFF_ONLY):
        register_type(entry)
    register_subject("door", still_visible)
    yield keys
    registry._types.clear()
    registry._types.update(types)
    registry._subjects.clear()
    registry._subjects.update(subjects)
