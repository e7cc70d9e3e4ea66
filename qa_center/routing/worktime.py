"""Calendar arithmetic in working time.

Guarantee: pure; a minute of working time is a real minute (so days on which the clocks change
count as long as they are), overlapping shifts count once, and a day of absence counts nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from .facts import AwayDays, Shift

HORIZON_DAYS = 400


class NoWorkingTime(ValueError):
    """The hours and absences leave no working time within the horizon of 400 days."""


def _local_midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def _pieces(day: date, hours: Sequence[Shift], zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """The spans of one local day, in UTC; a night shift gives a piece to each of its two days."""
    start_of_day = _local_midnight(day, zone)
    end_of_day = _local_midnight(day + timedelta(days=1), zone)
    spans = []
    for shift in hours:
        overnight = shift.end <= shift.start
        starts = datetime.combine(day, shift.start, tzinfo=zone).astimezone(UTC)
        ends = datetime.combine(day, shift.end, tzinfo=zone).astimezone(UTC)
        if shift.weekday == day.weekday():
            spans.append((starts, end_of_day if overnight else ends))
        if overnight and (shift.weekday + 1) % 7 == day.weekday():
            spans.append((start_of_day, ends))
    return sorted(span for span in spans if span[0] < span[1])


def working_spans(
    start: datetime, hours: Sequence[Shift], away: Sequence[AwayDays] = (), tz: str = "UTC"
) -> Iterator[tuple[datetime, datetime]]:
    """Yield the spans of working time from `start` on, in UTC, in order and without overlap.

    start: timezone-aware. hours: weekly shifts in local time. away: whole local days off.
    tz: IANA name. Ends after 400 days. Raises ValueError for a naive `start`.
    """
    if start.tzinfo is None:
        raise ValueError("start must be timezone-aware")
    zone = ZoneInfo(tz)
    moment = start.astimezone(UTC)
    first = start.astimezone(zone).date()
    for offset in range(HORIZON_DAYS):
        day = first + timedelta(days=offset)
        if any(absence.covers(day) for absence in away):
            continue
        for begins, ends in _pieces(day, hours, zone):
            begins = max(begins, moment)
            if begins < ends:
                yield begins, ends
                moment = ends


def working_time_add(
    start: datetime,
    minutes: float,
    hours: Sequence[Shift],
    absences: Sequence[AwayDays] = (),
    tz: str = "UTC",
) -> datetime:
    """The moment at which `minutes` of working time have passed since `start`, in UTC.

    With 0 minutes: the next working moment (`start` itself within working time).
    Raises NoWorkingTime if the hours leave too little within 400 days, ValueError if negative.
    """
    if minutes < 0:
        raise ValueError("minutes must not be negative")
    left = timedelta(minutes=minutes)
    for begins, ends in working_spans(start, hours, absences, tz):
        if left <= ends - begins:
            return begins + left
        left -= ends - begins
    raise NoWorkingTime(f"less than {minutes:g} working minutes within {HORIZON_DAYS} days")


def working_minutes(
    start: datetime,
    end: datetime,
    hours: Sequence[Shift],
    absences: Sequence[AwayDays] = (),
    tz: str = "UTC",
) -> float:
    """Minutes of working time between two moments; 0 if `end` is not after `start`."""
    total = timedelta()
    for begins, ends in working_spans(start, hours, absences, tz):
        if begins >= end:
            break
        total += min(ends, end) - begins
    return total.total_seconds() / 60


def is_working(
    now: datetime, hours: Sequence[Shift], absences: Sequence[AwayDays] = (), tz: str = "UTC"
) -> bool:
    """Whether `now` lies in working time."""
    return next_working_moment(now, hours, absences, tz) == now


def next_working_moment(
    now: datetime, hours: Sequence[Shift], absences: Sequence[AwayDays] = (), tz: str = "UTC"
) -> datetime | None:
    """The next moment of working time, in UTC; `now` within it; None if there is none."""
    return next((begins for begins, _ in working_spans(now, hours, absences, tz)), None)


def is_away(now: datetime, absences: Sequence[AwayDays], tz: str = "UTC") -> AwayDays | None:
    """The absence that covers `now` on the person's local calendar, if any."""
    if not absences:
        return None
    today = now.astimezone(ZoneInfo(tz)).date()
    return next((absence for absence in absences if absence.covers(today)), None)


class WorkClock:
    """The next working moments as seen at `now`, worked out once for people of the same hours."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._known: dict[tuple[tuple[Shift, ...], tuple[AwayDays, ...], str], datetime | None] = {}

    def next_moment(
        self, hours: tuple[Shift, ...], away: tuple[AwayDays, ...], tz: str
    ) -> datetime | None:
        """As `next_working_moment`."""
        key = (hours, away, tz)
        if key not in self._known:
            self._known[key] = next_working_moment(self.now, hours, away, tz)
        return self._known[key]
