"""A relay process killed with -9 between any two steps loses nothing and repeats nothing."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kiplatform.events.models import Delivery, OutboxEvent
from tests.events.ledger import calls, create_table, note


def start_relay(folder: Path, *point: str) -> subprocess.CompletedProcess[str]:
    """Run a relay on the database in `folder` until it has nothing left, or dies at `point`."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "kiplatform.settings.test",
        "KIP_VAR_DIR": str(folder),
        "KIP_DATABASE_URL": "",
    }
    return subprocess.run(
        [sys.executable, "-m", "tests.events.relay_process", *point],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.faults
def test_killed_anywhere_nothing_is_lost_or_done_twice(file_database: Path) -> None:
    create_table()
    for number in range(4):
        note(number)
    for point in (("-", "0", "claimed"), ("alpha", "1", "after"), ("beta", "2", "before")):
        died = start_relay(file_database.parent, *point)
        assert died.returncode == -signal.SIGKILL, died.stderr
    survived = start_relay(file_database.parent, "-", "0", "never")
    assert survived.returncode == 0, survived.stderr
    assert calls("alpha") == calls("beta") == [0, 1, 2, 3]
    assert not OutboxEvent.objects.filter(relayed_at=None).exists()
    assert not Delivery.objects.filter(done_at=None).exists()
