"""Each handler's writes happen once, in order, whatever fails and whatever is killed."""

import contextlib
import datetime
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from kiplatform.core import clock
from kiplatform.core.trace import current_trace_id, trace
from kiplatform.events import registry
from kiplatform.events.models import Delivery, OutboxEvent
from kiplatform.events.registry import RecordedEvent, handler
from kiplatform.events.relay import pause_after, run_pending
from kiplatform.events.services import record
from tests.events.ledger import Noted, calls, create_table, handlers, note

NAMES = ["alpha", "beta", "gamma"]
MOMENTS = st.sampled_from(["before", "after"])
POINTS = st.tuples(st.sampled_from(NAMES), st.integers(0, 5), MOMENTS)
EVENTS = 6

Point = tuple[str, int, str]


class Killed(BaseException):
    """What a killed process looks like from inside: nothing of ours catches it."""


class Trouble:
    """Fails and dies at given points, each as often as it is told."""

    def __init__(self, failures: dict[Point, int], deaths: set[Point]) -> None:
        self.failures = dict(failures)
        self.deaths = set(deaths)

    def __call__(self, name: str, number: int, moment: str) -> None:
        point = (name, number, moment)
        if point in self.deaths:
            self.deaths.remove(point)
            raise Killed
        if self.failures.get(point, 0) > 0:
            self.failures[point] -= 1
            raise LookupError("this handler fails")


def relay_until_done(start: datetime.datetime) -> None:
    """Relay as a process does that is started again whenever it dies, while time goes on."""
    for hours in range(40):
        with clock.frozen(start + datetime.timedelta(hours=2 * hours)):
            try:
                run_pending()
            except Killed:
                continue
        waiting = OutboxEvent.objects.filter(relayed_at=None).exists()
        if not waiting and not Delivery.objects.filter(done_at=None).exists():
            return
    raise AssertionError("the relay did not come to an end")


@pytest.mark.usefixtures("file_database")
class TestWhateverHappens:
    @settings(max_examples=60)
    @given(
        failures=st.dictionaries(POINTS, st.integers(1, 3), max_size=6),
        deaths=st.sets(POINTS, max_size=5),
    )
    def test_each_handler_writes_once_and_in_order(
        self,
        failures: dict[Point, int],
        deaths: set[Point],
    ) -> None:
        logging.getLogger("kiplatform.events.relay").disabled = True
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS ledger")
        create_table()
        with handlers(NAMES, Trouble(failures, deaths)):
            for number in range(EVENTS):
                note(number)
            relay_until_done(clock.now() + datetime.timedelta(seconds=1))
        logging.getLogger("kiplatform.events.relay").disabled = False
        for name in NAMES:
            late = {number for handler, number, _ in failures if handler == name}
            written = calls(name)
            assert sorted(written) == list(range(EVENTS))
            # What never failed keeps its order, whatever died; what failed comes later.
            assert [n for n in written if n not in late] == [
                n for n in range(EVENTS) if n not in late
            ]


@pytest.mark.usefixtures("file_database")
class TestRecording:
    def test_outside_of_a_transaction_is_refused(self) -> None:
        with pytest.raises(RuntimeError):
            record(Noted(number=1), actor=None, subject="test:1")
        assert not OutboxEvent.objects.exists()

    def test_what_is_rolled_back_was_never_said(self) -> None:
        heard: list[int] = []
        with heard_by(heard):
            with transaction.atomic():
                record(Noted(number=1), actor=None, subject="test:1")
                transaction.set_rollback(True)
            assert run_pending() == 0
        assert heard == []

    def test_hints_come_after_the_commit_and_again_from_the_relay(self) -> None:
        heard: list[int] = []
        with heard_by(heard):
            with transaction.atomic():
                record(Noted(number=7), actor=None, subject="test:1")
                assert heard == []
            assert heard == [7]
            run_pending()
            assert heard == [7, 7]
        assert not Delivery.objects.filter(handler="hint").exists()

    def test_a_failing_hint_harms_nobody(self) -> None:
        @handler(name="bad hint", events=(Noted.name,), durable=False)
        def bad(event: RecordedEvent) -> None:
            raise LookupError

        create_table()
        try:
            with handlers(["alpha"], lambda *_: None):
                note(1)
                run_pending()
        finally:
            del registry._handlers["bad hint"]
        assert calls("alpha") == [1]

    def test_the_trace_goes_along(self) -> None:
        seen: list[str] = []

        def look(name: str, number: int, moment: str) -> None:
            seen.append(current_trace_id())

        create_table()
        with handlers(["alpha"], look):
            with trace() as trace_id:
                note(1)
            run_pending()
        assert set(seen) == {trace_id}


@pytest.mark.usefixtures("file_database")
class TestFailures:
    def test_a_failing_handler_holds_up_neither_others_nor_later_events(self) -> None:
        def trouble(name: str, number: int, moment: str) -> None:
            if (name, number) == ("alpha", 0):
                raise LookupError("words of a customer")

        create_table()
        with handlers(NAMES, trouble):
            note(0)
            note(1)
            run_pending()
        assert calls("alpha") == [1]
        assert calls("beta") == calls("gamma") == [0, 1]
        left = Delivery.objects.get(done_at=None)
        assert (left.handler, left.attempts, left.last_error) == ("alpha", 1, "LookupError")

    def test_it_is_tried_again_after_growing_pauses(self) -> None:
        assert [pause_after(n).total_seconds() for n in (1, 2, 3, 20)] == [1, 2, 4, 3600]

    def test_a_handler_that_breaks_the_commit_is_the_only_one_to_suffer(self) -> None:
        """A deferred constraint is checked at the commit, where all deliveries share it."""
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
            cursor.execute(
                "CREATE TABLE child (parent INTEGER REFERENCES parent (id)"
                " DEFERRABLE INITIALLY DEFERRED)"
            )

        def trouble(name: str, number: int, moment: str) -> None:
            if name == "beta":
                with connection.cursor() as cursor:
                    cursor.execute("INSERT INTO child VALUES (404)")

        create_table()
        with handlers(NAMES, trouble):
            note(0)
            run_pending()
        assert calls("alpha") == calls("gamma") == [0]
        assert calls("beta") == []
        assert Delivery.objects.get(done_at=None).last_error == "IntegrityError"

    def test_what_handlers_record_is_relayed_too(self) -> None:
        create_table()

        def chain(name: str, number: int, moment: str) -> None:
            if moment == "after" and number < 3:
                note(number + 1)

        with handlers(["alpha"], chain):
            note(0)
            run_pending()
        assert calls("alpha") == [0, 1, 2, 3]

    def test_an_idle_relay_takes_no_lock(self, file_database: Path) -> None:
        statements: list[str] = []

        def watch(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
            statements.append(sql)
            return execute(sql, *rest)

        with connection.execute_wrapper(watch):
            assert run_pending() == 0
        assert all(statement.startswith("SELECT") for statement in statements)


@contextlib.contextmanager
def heard_by(heard: list[int]) -> Iterator[None]:
    """Register a hint that writes into `heard`, for the time of a block."""

    @handler(name="hint", events=(Noted.name,), durable=False)
    def hear(event: RecordedEvent) -> None:
        heard.append(event.payload["number"])

    try:
        yield
    finally:
        del registry._handlers["hint"]
