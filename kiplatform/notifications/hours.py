"""When an e-mail may go out: pure time arithmetic in the reader's own time zone."""

import datetime
import zoneinfo
from typing import Protocol

DIGEST_AT = datetime.time(8)


class Hours(Protocol):
    """A person's quiet hours and the time of the daily summary, as wall-clock times."""

    quiet_from: datetime.time | None
    quiet_until: datetime.time | None
    digest_at: datetime.time


def due_time(
    now: datetime.datetime, zone: str, hours: Hours | None, *, digest: bool, urgent: bool
) -> datetime.datetime:
    """Return when an e-mail that is wanted at `now` (aware) is due.

    A summary waits for its time of day; what is not urgent waits for the end of quiet hours.

    :param zone: name of the reader's time zone.
    :param hours: the reader's wishes; None: no quiet hours, summary at 08:00.
    """
    local = now.astimezone(zoneinfo.ZoneInfo(zone))
    if digest:
        return _next(local, hours.digest_at if hours else DIGEST_AT).astimezone(datetime.UTC)
    if urgent or hours is None or hours.quiet_from is None or hours.quiet_until is None:
        return now
    if not _within(local.time(), hours.quiet_from, hours.quiet_until):
        return now
    return _next(local, hours.quiet_until).astimezone(datetime.UTC)


def _within(at: datetime.time, start: datetime.time, end: datetime.time) -> bool:
    return start <= at < end if start < end else at >= start or at < end


def _next(local: datetime.datetime, at: datetime.time) -> datetime.datetime:
    """Return the next time, later than `local`, at which the clock there shows `at`."""
    today = datetime.datetime.combine(local.date(), at, local.tzinfo)
    if today > local:
        return today
    return datetime.datetime.combine(local.date() + datetime.timedelta(days=1), at, local.tzinfo)
