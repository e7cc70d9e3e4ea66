"""kill -9 of web and worker while customers write loses nothing and doubles nothing.

The full size is run with `python -m tests.faults.crash` (see there); this is the same at a size
that a test run can bear.
"""

from collections import Counter
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from kiplatform.notifications.models import Notification
from tests.database import copied
from tests.faults.crash import Plan, compare_index, find_faults, prepare, run

pytestmark = pytest.mark.faults
PLAN = Plan(kills=6, writes=240)


def test_killed_at_random_moments_nothing_is_lost_or_doubled(
    tmp_path: Path, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> None:
    with django_db_blocker.unblock():
        report = run(PLAN, tmp_path)
    assert report.faults == []
    assert report.acknowledged == PLAN.writes
    assert sum(report.kills.values()) == PLAN.kills
    assert set(report.kills) == {"web", "worker"}
    assert report.statuses == Counter({"201": sum(report.statuses.values())})
    assert report.documents >= PLAN.writes // 8


def test_what_would_be_a_fault_is_found(
    tmp_path: Path, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> None:
    """The comparison above is not blind: a lost write, a lost notification, a stale index."""
    with django_db_blocker.unblock(), copied(tmp_path):
        prepare(tmp_path, writers=2)
        assert find_faults([]) == []
        assert compare_index() == (2, [])
        assert find_faults([("message", "write-1")]) == ["message write-1 is lost"]
        assert find_faults([("question", "write-2")]) == [
            "question write-2 is lost",
            "message write-2 is lost",
        ]
        Notification.objects.all().delete()
        assert len(find_faults([])) == 2
        from search.models import SearchDocument

        SearchDocument.objects.all().delete()
        _compared, differences = compare_index()
        assert len(differences) >= 2
