"""The nudge: wakes this process's relay. A lost nudge delays an event and loses nothing."""

import threading

_wake = threading.Event()


def nudge() -> None:
    """Wake the relay of this process, if it has one."""
    _wake.set()


def wait(seconds: float) -> bool:
    """Sleep until the next nudge or for `seconds`; tell whether there was a nudge."""
    nudged = _wake.wait(seconds)
    _wake.clear()
    return nudged
