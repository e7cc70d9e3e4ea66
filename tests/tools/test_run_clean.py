"""A command's time is limited, and what it started ends with it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers.processes import wait_until
from tools import run_clean

DETACHED = """
import subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
"""


def test_the_command_s_status_is_the_status() -> None:
    assert run_clean.run([sys.executable, "-c", "raise SystemExit(3)"], seconds=60) == 3


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc, which only Linux has")
def test_a_detached_process_is_ended_and_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run_clean, "GRACE_SECONDS", 0.0)
    assert run_clean.run([sys.executable, "-c", DETACHED], seconds=60) == 0
    assert "still running after the end, stopped" in capsys.readouterr().out


def test_a_command_that_does_not_end_is_ended() -> None:
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    assert run_clean.run(command, seconds=0.5) == 124


@pytest.mark.parametrize("shell", ["", "trap '' INT;"], ids=["in front", "in the background"])
def test_being_told_to_stop_ends_the_command_too(tmp_path: Path, shell: str) -> None:
    begun = tmp_path / "begun"
    child = f"import pathlib, time; pathlib.Path({str(begun)!r}).touch(); time.sleep(60)"
    command = [sys.executable, run_clean.__file__, "--", sys.executable, "-c", child]
    process = subprocess.Popen(
        ["/bin/sh", "-c", f'{shell} exec "$@"', "sh", *command],
        stderr=subprocess.DEVNULL,
    )
    wait_until(begun.exists, what="the command has begun")
    process.terminate()
    assert process.wait(30) == 143
