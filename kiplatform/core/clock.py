"""The one place that knows what time it is, so that a test can decide it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from django.utils import timezone

_frozen: ContextVar[datetime | None] = ContextVar("frozen_now", default=None)


def now() -> datetime:
    """Return the current time, aware and in UTC, or the time that a test has frozen."""
    return _frozen.get() or timezone.now()


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """Let `now()` answer `at` (aware) inside the block; used to write the past and in tests."""
    if timezone.is_naive(at):
        raise ValueError("a frozen time needs a time zone")
    token = _frozen.set(at)
    try:
        yield
    finally:
        _frozen.reset(token)
