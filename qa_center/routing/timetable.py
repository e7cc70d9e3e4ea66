"""How long each step of asking may take.

Guarantee: every step has a due time. It is counted in working time, and never lies further ahead
than a limit in calendar time, so that no absence or odd working week can stop a case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from .facts import AwayDays, Shift, Urgency
from .worktime import NoWorkingTime, working_time_add


def _invitation_minutes() -> dict[Urgency, int]:
    return {Urgency.URGENT: 15, Urgency.HIGH: 60, Urgency.NORMAL: 240, Urgency.LOW: 540}


def _limits() -> dict[Urgency, timedelta]:
    return {
        Urgency.URGENT: timedelta(hours=2),
        Urgency.HIGH: timedelta(days=1),
        Urgency.NORMAL: timedelta(days=4),
        Urgency.LOW: timedelta(days=7),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """Steps by urgency.

    `invitation_minutes`: working minutes that an invitee has. `limits`: the longest wait in
    calendar time. `at_once`: how many are asked at a time in rings 1, 2 and 3.
    `ring_rounds`: a ring is widened after so many invitation times without an acceptance.
    `best_few`: the size of ring 1. `wanted`: how many acceptances end the asking.
    """

    invitation_minutes: Mapping[Urgency, int] = field(default_factory=_invitation_minutes)
    limits: Mapping[Urgency, timedelta] = field(default_factory=_limits)
    at_once: tuple[int, int, int] = (2, 4, 8)
    ring_rounds: tuple[int, int, int] = (2, 2, 2)
    best_few: int = 4
    wanted: int = 1


STANDARD = Timetable()


def invitation_deadline(
    urgency: Urgency,
    hours: Sequence[Shift],
    now: datetime,
    absences: Sequence[AwayDays] = (),
    tz: str = "Asia/Shanghai",
    *,
    rounds: int = 1,
    timetable: Timetable = STANDARD,
) -> datetime:
    """When an invitation made `now` is due, in UTC.

    hours, absences, tz: the invitee's (or the company's, for a ring or the case).
    rounds: how many invitation times to allow. Working minutes are added to `now`; the result is
    at most `timetable.limits[urgency]` (times rounds) after `now`.
    Raises ValueError if `now` is naive.
    """
    if now.tzinfo is None:
        raise ValueError("now must be a timezone-aware datetime")
    latest = now.astimezone(UTC) + timetable.limits[urgency] * rounds
    minutes = timetable.invitation_minutes[urgency] * rounds
    try:
        return min(working_time_add(now, minutes, hours, absences, tz), latest)
    except NoWorkingTime:
        return latest
