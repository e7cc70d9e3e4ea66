from collections.abc import Iterator

import pytest
from django.db.models import QuerySet

from kiplatform.accounts.models import Department, User
from kiplatform.notifications import registry
from kiplatform.notifications.registry import NotificationType, register_subject, register_type
from tests.factories.people import DepartmentFactory

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
def hidden(db: None) -> Iterator[set[str]]:
    """Types and kinds of subjects for tests; keys that are put into the set become invisible.

    Doors and gates 0 to 11 are departments, since a subject is something with a public id.
    """
    keys: set[str] = set()
    for number in range(12):
        DepartmentFactory(public_id=str(number))

    def visible_to(user: User) -> QuerySet[Department]:
        return Department.objects.exclude(public_id__in=keys)

    types = dict(registry._types)
    subjects = dict(registry._subjects)
    for entry in (KNOCK, ALARM, NEWS, STAFF_ONLY):
        register_type(entry)
    for kind in ("door", "gate"):
        register_subject(kind, visible_to)
    yield keys
    registry._types.clear()
    registry._types.update(types)
    registry._subjects.clear()
    registry._subjects.update(subjects)
