"""Run a command that starts servers, and leave nothing of it running.

Guarantee: the command ends by itself or is ended after `--minutes`; whatever it started and left
behind is ended too and named, on Linux also when it had detached itself. The exit status is the
command's own, 124 when its time was over.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path
from types import FrameType

MARK = "KIP_RUN_ID"
GRACE_SECONDS = 10.0


class ToldToStop(Exception):
    """SIGTERM came: no reason to leave anything behind."""


def _told_to_stop(_number: int, _frame: FrameType | None) -> None:
    raise ToldToStop


def left_behind(run_id: str) -> list[int]:
    """The processes that carry the run's mark in their environment, without this one."""
    mark = f"{MARK}={run_id}".encode()
    found = []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark in environment.read_bytes().split(b"\0"):
                found.append(int(environment.parent.name))
        except OSError:
            continue  # ended meanwhile, or another user's
    return sorted(pid for pid in found if pid != os.getpid())


def name_of(pid: int) -> str:
    try:
        parts = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return "(ended)"
    return b" ".join(parts).decode(errors="replace")[:100]


def end_left_behind(run_id: str) -> None:
    """Give what is still ending a moment, then end the rest and say what it was."""
    deadline = time.monotonic() + GRACE_SECONDS
    while left_behind(run_id) and time.monotonic() < deadline:
        time.sleep(0.2)
    for pid in left_behind(run_id):
        print(f"run_clean: still running after the end, stopped: {pid} {name_of(pid)}")
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def run(command: list[str], seconds: float) -> int:
    """Run the command in this terminal; returns its exit status, or 124 after `seconds`."""
    run_id = uuid.uuid4().hex
    process = subprocess.Popen(command, env={**os.environ, MARK: run_id})
    try:
        return wait(process, seconds)
    finally:
        end_left_behind(run_id)


def wait(process: subprocess.Popen[bytes], seconds: float) -> int:
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        print(f"run_clean: not done after {seconds / 60:.0f} minutes, stopping it", flush=True)
        # As Ctrl-C: pytest then still tells what it has seen.
        process.send_signal(signal.SIGINT)
        status = 124
    except ToldToStop:
        process.send_signal(signal.SIGINT)
        status = 143
    except KeyboardInterrupt:
        # The terminal has sent Ctrl-C to the command as well: it says its last words.
        status = 130
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    return status


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=40)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, _told_to_stop)
    # A shell lets what it starts in its background ignore Ctrl-C, and so would all that we start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    command = arguments.command[1:] if arguments.command[:1] == ["--"] else arguments.command
    return run(command, arguments.minutes * 60)


if __name__ == "__main__":
    sys.exit(main())
