"""Connections outlive the thread that opened them if they are in good order; writers take turns."""

import contextlib
import gc
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from django.db import DatabaseError, connection, transaction

from kiplatform.core.sqlite import base
from kiplatform.core.sqlite.base import BETWEEN_LOOKS, MOST_IDLE
from tests.databases import file_database, sqlite_file

__all__ = ["file_database"]

pytestmark = pytest.mark.usefixtures("file_database")
Answer = TypeVar("Answer")


def in_a_thread(work: Callable[[], Answer]) -> Answer:
    """Run `work` as a request is run: in a thread of its own, which closes its connection."""
    answers: list[Answer] = []

    def request() -> None:
        try:
            answers.append(work())
        finally:
            connection.close()

    thread = threading.Thread(target=request)
    thread.start()
    thread.join()
    return answers[0]


def connected() -> Any:
    """Return what this thread's connection is connected with."""
    connection.ensure_connection()
    return connection.connection


def test_the_next_thread_takes_the_connection_of_the_one_before() -> None:
    first = in_a_thread(connected)
    assert in_a_thread(connected) is first


def test_two_threads_at_once_never_share_one() -> None:
    in_a_thread(connected)

    def outer() -> tuple[Any, Any]:
        return connected(), in_a_thread(connected)

    mine, theirs = in_a_thread(outer)
    assert mine is not theirs


def test_what_was_left_in_a_transaction_is_not_handed_on() -> None:
    def leave_open() -> Any:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("CREATE TABLE left_open (id INTEGER)")
        return connected()

    left = in_a_thread(leave_open)

    def tables() -> tuple[Any, list[str]]:
        return connected(), connection.introspection.table_names()

    taken, names = in_a_thread(tables)
    assert taken is not left
    assert "left_open" not in names


def test_what_met_an_error_and_was_not_rolled_back_is_not_handed_on() -> None:
    def fail() -> Any:
        with pytest.raises(DatabaseError), connection.cursor() as cursor:
            cursor.execute("SELECT * FROM no_such_table")
        return connected()

    failed = in_a_thread(fail)
    assert in_a_thread(connected) is not failed


def test_another_file_is_never_answered_from_the_one_before(tmp_path: Path) -> None:
    def note(text: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE note (text TEXT)")
            cursor.execute("INSERT INTO note VALUES (%s)", [text])

    def read() -> list[tuple[str]]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT text FROM note")
            return list(cursor.fetchall())

    path = tmp_path / "site.sqlite3"
    with sqlite_file(path):
        in_a_thread(lambda: note("before"))
        assert in_a_thread(read) == [("before",)]
    for file in tmp_path.glob("site.sqlite3*"):
        os.rename(file, tmp_path / f"old-{file.name}")
    # The same name, as where a backup is put back.
    with sqlite_file(path):
        in_a_thread(lambda: note("after"))
        assert in_a_thread(read) == [("after",)]


def test_a_thread_that_ends_after_the_file_was_changed_leaves_nothing_for_the_new_one(
    tmp_path: Path,
) -> None:
    opened, changed = threading.Event(), threading.Event()
    raw: list[Any] = []

    def slow() -> None:
        raw.append(connected())
        opened.set()
        changed.wait(10)
        connection.close()

    with sqlite_file(tmp_path / "one.sqlite3"):
        thread = threading.Thread(target=slow)
        thread.start()
        opened.wait(10)
    with sqlite_file(tmp_path / "two.sqlite3"):
        changed.set()
        thread.join()
        assert in_a_thread(connected) is not raw[0]


def test_only_so_many_are_kept() -> None:
    together = threading.Barrier(MOST_IDLE + 3)
    seen: list[Any] = []

    def request() -> None:
        seen.append(connected())
        together.wait(10)
        connection.close()

    threads = [threading.Thread(target=request) for _ in range(MOST_IDLE + 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    def is_open(raw: Any) -> bool:
        try:
            raw.total_changes  # noqa: B018 - a closed connection raises here
        except Exception:
            return False
        return True

    assert len(set(map(id, seen))) == MOST_IDLE + 3
    assert sum(map(is_open, seen)) <= MOST_IDLE


def write() -> str:
    """Write a row, and return "written" or why not."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("INSERT INTO turn VALUES (1)")
    except DatabaseError as error:
        return str(error)
    return "written"


def write_while(others: Callable[[threading.Event], None]) -> str:
    """Begin to write once another thread, which runs `others`, says that it writes."""
    writes = threading.Event()

    def other() -> None:
        try:
            others(writes)
        finally:
            connection.close()

    thread = threading.Thread(target=other)
    thread.start()
    writes.wait(10)
    answer = in_a_thread(write)
    thread.join()
    return answer


@pytest.fixture
def turn_table(file_database: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE turn (id INTEGER)")


class NoticedTurn:
    """A turn that tells when somebody has to wait for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.awaited = threading.Event()

    def acquire(self, timeout: float) -> bool:
        if self._lock.acquire(blocking=False):
            return True
        self.awaited.set()
        return self._lock.acquire(timeout=timeout)

    def release(self) -> None:
        self._lock.release()


@pytest.mark.usefixtures("turn_table")
def test_a_writer_waits_for_the_one_before_and_is_not_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    turn = NoticedTurn()
    monkeypatch.setitem(base._turns, connection._opened, turn)  # type: ignore[attr-defined]
    waited: list[bool] = []

    def first(writes: threading.Event) -> None:
        with transaction.atomic():
            writes.set()
            waited.append(turn.awaited.wait(10))

    assert write_while(first) == "written"
    assert waited == [True]


@pytest.mark.usefixtures("turn_table")
@pytest.mark.parametrize("way", ["fails", "is closed"])
def test_a_transaction_that_does_not_end_well_lets_the_next_one_write(way: str) -> None:
    def first(writes: threading.Event) -> None:
        try:
            with transaction.atomic():
                if way == "is closed":
                    connection.close()
                raise LookupError(way)
        except LookupError:
            writes.set()

    assert write_while(first) == "written"


@pytest.fixture
def elsewhere(turn_table: None) -> Iterator[sqlite3.Connection]:
    """Another process, which writes."""
    with contextlib.closing(sqlite3.connect(connection.settings_dict["NAME"])) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


def test_a_writer_of_another_process_is_waited_for(
    elsewhere: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[float] = []

    def pause(seconds: float) -> None:
        looks.append(seconds)
        if len(looks) == 3:
            elsewhere.rollback()

    monkeypatch.setattr(base.time, "sleep", pause)
    assert write() == "written"
    assert looks == [BETWEEN_LOOKS] * 3
    # What was waited for is no fault: the connection goes on to the next thread.
    assert not connection.errors_occurred


@pytest.mark.usefixtures("turn_table")
def test_who_finds_another_process_mending_the_file_waits_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As after kill -9: whoever comes first reads the log of changes anew."""
    begin = base.DatabaseWrapper._begin
    refusals = iter([sqlite3.SQLITE_BUSY_RECOVERY, sqlite3.SQLITE_BUSY_TIMEOUT])

    def refused(wrapper: base.DatabaseWrapper) -> None:
        for code in refusals:
            error = sqlite3.OperationalError("database is locked")
            error.sqlite_errorcode = code
            raise error
        begin(wrapper)

    monkeypatch.setattr(base.DatabaseWrapper, "_begin", refused)
    assert write() == "written"


@pytest.mark.usefixtures("elsewhere")
def test_who_waits_in_vain_is_told_and_hinders_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.01)
    assert write() == "database is locked"
    turn = base._turns[connection._opened]  # type: ignore[attr-defined]
    assert turn.acquire(blocking=False)
    turn.release()


def test_waiting_for_another_process_leaves_nothing_to_the_garbage_collector(
    elsewhere: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cursor that another thread frees waits there for the connection: both would stand still."""
    looks = iter(range(20))

    def pause(seconds: float) -> None:
        if next(looks) == 19:
            elsewhere.rollback()

    monkeypatch.setattr(base.time, "sleep", pause)
    gc.collect()
    gc.disable()
    try:
        assert write() == "written"
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        held = [each for each in gc.garbage if isinstance(each, sqlite3.Error | sqlite3.Cursor)]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert held == []
