"""Working time: weekends, midnight, absences, and the days on which clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_center.routing import (
    OFFICE_HOURS,
    AwayDays,
    NoWorkingTime,
    Shift,
    Urgency,
    invitation_deadline,
    is_working,
    next_working_moment,
    working_minutes,
    working_time_add,
)

SHANGHAI = "Asia/Shanghai"
BERLIN = "Europe/Berlin"
NIGHT = tuple(Shift(weekday=day, start=time(22), end=time(6)) for day in range(5))


def at(text: str, tz: str = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(tz))


@pytest.mark.parametrize(
    ("start", "minutes", "hours", "tz", "expected"),
    [
        # 2026-03-06 is a Friday.
        ("2026-03-06T10:00", 60, OFFICE_HOURS, SHANGHAI, "2026-03-06T11:00"),
        ("2026-03-06T17:30", 60, OFFICE_HOURS, SHANGHAI, "2026-03-09T09:30"),
        ("2026-03-06T17:00", 60, OFFICE_HOURS, SHANGHAI, "2026-03-06T18:00"),
        ("2026-03-07T12:00", 0, OFFICE_HOURS, SHANGHAI, "2026-03-09T09:00"),
        ("2026-03-06T10:00", 0, OFFICE_HOURS, SHANGHAI, "2026-03-06T10:00"),
        ("2026-03-06T23:30", 60, NIGHT, SHANGHAI, "2026-03-07T00:30"),
        ("2026-03-07T05:30", 60, NIGHT, SHANGHAI, "2026-03-09T22:30"),
        # Clocks go from 02:00 to 03:00 on 2026-03-29, and back on 2026-10-25.
        (
            "2026-03-28T23:00",
            240,
            (*NIGHT, Shift(weekday=5, start=time(22), end=time(6))),
            BERLIN,
            "2026-03-29T04:00",
        ),
        (
            "2026-10-24T23:00",
            300,
            (Shift(weekday=5, start=time(22), end=time(6)),),
            BERLIN,
            "2026-10-25T03:00",
        ),
        ("2026-03-27T17:30", 60, OFFICE_HOURS, BERLIN, "2026-03-30T09:30"),
    ],
)
def test_working_time_is_added(start, minutes, hours, tz, expected):
    assert working_time_add(at(start, tz), minutes, hours, (), tz) == at(expected, tz)


def test_the_end_of_a_shift_at_midnight_is_the_end_of_the_day():
    hours = (
        Shift(weekday=4, start=time(20), end=time(0)),
        Shift(weekday=5, start=time(0), end=time(2)),
    )
    assert working_time_add(at("2026-03-06T23:00"), 120, hours, (), SHANGHAI) == at(
        "2026-03-07T01:00"
    )


def test_overlapping_shifts_count_once():
    hours = (*OFFICE_HOURS, Shift(weekday=4, start=time(12), end=time(20)))
    assert (
        working_minutes(at("2026-03-06T09:00"), at("2026-03-06T23:00"), hours, (), SHANGHAI) == 660
    )


def test_days_of_absence_count_nothing():
    away = (AwayDays(starts_on=date(2026, 3, 9), ends_on=date(2026, 3, 10)),)
    assert working_time_add(at("2026-03-06T17:30"), 60, OFFICE_HOURS, away, SHANGHAI) == at(
        "2026-03-11T09:30"
    )
    assert not is_working(at("2026-03-09T10:00"), OFFICE_HOURS, away, SHANGHAI)
    assert next_working_moment(at("2026-03-09T10:00"), OFFICE_HOURS, away, SHANGHAI) == at(
        "2026-03-11T09:00"
    )


def test_without_working_time_there_is_an_error_and_never_an_endless_search():
    with pytest.raises(NoWorkingTime):
        working_time_add(at("2026-03-06T10:00"), 1, (), (), SHANGHAI)
    assert next_working_moment(at("2026-03-06T10:00"), (), (), SHANGHAI) is None


def test_a_naive_time_and_negative_minutes_are_refused():
    with pytest.raises(ValueError, match="timezone-aware"):
        working_time_add(datetime(2026, 3, 6, 10), 1, OFFICE_HOURS)  # noqa: DTZ001
    with pytest.raises(ValueError, match="negative"):
        working_time_add(at("2026-03-06T10:00"), -1, OFFICE_HOURS)
    with pytest.raises(ValueError, match="aware"):
        invitation_deadline(Urgency.LOW, OFFICE_HOURS, datetime(2026, 3, 6, 10))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("urgency", "now", "expected"),
    [
        (Urgency.URGENT, "2026-03-06T10:00", "2026-03-06T10:15"),
        # An urgent case on Friday evening does not wait for Monday.
        (Urgency.URGENT, "2026-03-06T19:00", "2026-03-06T21:00"),
        (Urgency.HIGH, "2026-03-06T17:30", "2026-03-07T17:30"),
        (Urgency.NORMAL, "2026-03-06T17:00", "2026-03-09T12:00"),
        (Urgency.LOW, "2026-03-06T09:00", "2026-03-06T18:00"),
    ],
)
def test_invitation_deadlines(urgency, now, expected):
    assert invitation_deadline(urgency, OFFICE_HOURS, at(now), tz=SHANGHAI) == at(expected)


def test_someone_without_hours_still_has_a_deadline():
    now = at("2026-03-06T10:00")
    assert invitation_deadline(Urgency.NORMAL, (), now) == now + timedelta(days=4)
    assert invitation_deadline(Urgency.URGENT, (), now, rounds=2) == now + timedelta(hours=4)


shifts = st.builds(
    Shift,
    weekday=st.integers(0, 6),
    start=st.times().map(lambda value: value.replace(second=0, microsecond=0)),
    end=st.times().map(lambda value: value.replace(second=0, microsecond=0)),
)
moments = st.datetimes(
    min_value=datetime(2026, 1, 1),  # noqa: DTZ001
    max_value=datetime(2027, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@given(
    start=moments,
    minutes=st.integers(0, 3000),
    hours=st.lists(shifts, min_size=1, max_size=6),
    tz=st.sampled_from([SHANGHAI, BERLIN, "America/New_York"]),
)
def test_adding_and_measuring_agree(start, minutes, hours, tz):
    try:
        end = working_time_add(start, minutes, hours, (), tz)
    except NoWorkingTime:
        return
    assert end >= start
    assert working_minutes(start, end, hours, (), tz) == pytest.approx(minutes)
