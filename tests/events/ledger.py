"""Handlers that write what they were called with into a table, and fail or die as they are told."""

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ClassVar

from django.db import connection, transaction

from kiplatform.events import registry
from kiplatform.events.registry import RecordedEvent, handler
from kiplatform.events.services import record
from kiplatform.events.types import Event

Trouble = Callable[[str, int, str], None]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Noted(Event):
    """Something that the tests record."""

    name: ClassVar[str] = "test.noted"
    number: int


def create_table() -> None:
    """Make the table of calls, empty."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE ledger (id INTEGER PRIMARY KEY AUTOINCREMENT, handler TEXT, number INT)"
        )


def note(number: int) -> int:
    """Record an event and return its key."""
    with transaction.atomic():
        return record(Noted(number=number), actor=None, subject="test:1").pk


def calls(name: str) -> list[int]:
    """Return the numbers that the handler called `name` has written, in the order of writing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM ledger WHERE handler = %s ORDER BY id", [name])
        return [number for (number,) in cursor.fetchall()]


@contextmanager
def handlers(names: list[str], trouble: Trouble) -> Iterator[None]:
    """Register handlers; `trouble(handler, number, "before" | "after" writing)` may raise."""

    def make(name: str) -> None:
        @handler(name=name, events=(Noted.name,))
        def write(event: RecordedEvent) -> None:
            number = event.payload["number"]
            trouble(name, number, "before")
            with connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO ledger (handler, number) VALUES (%s, %s)", [name, number]
                )
            trouble(name, number, "after")

    for name in names:
        make(name)
    try:
        yield
    finally:
        for name in names:
            del registry._handlers[name]
