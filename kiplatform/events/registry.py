"""Handlers: what the apps do once a fact is committed."""

import dataclasses
import datetime
import logging
import uuid
from collections.abc import Callable, Collection
from typing import Any

from kiplatform.events.models import OutboxEvent
from kiplatform.events.types import Event, event_type

logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, slots=True)
class RecordedEvent:
    """An event as handlers get it: the fact, and when, by whom and in which trace it was made."""

    id: int
    event_id: uuid.UUID
    name: str
    payload: dict[str, Any]
    subject: str
    trace_id: str
    actor_id: int | None
    occurred_at: datetime.datetime

    @classmethod
    def of(cls, row: OutboxEvent) -> "RecordedEvent":
        """Return the handlers' view of an outbox row."""
        return cls(**{f.name: getattr(row, f.name) for f in dataclasses.fields(cls)})

    def as_type(self) -> Event:
        """Return the typed fact; KeyError where its type is gone from the code."""
        return event_type(self.name).from_payload(self.payload)


HandlerFunction = Callable[[RecordedEvent], None]


@dataclasses.dataclass(frozen=True, slots=True)
class Handler:
    """A function that is called for every event of its kinds.

    The call and the note that it happened are one transaction, so its writes happen once. What it
    does outside of the database (frames, e-mail) may happen again after a crash.

    A hint (`durable` is False) is called right after the commit in the process that recorded the
    event, and once more by the relay, and is noted nowhere: it is quick, writes nothing, and may
    get lost. Live pages are woken in this way, since they look into the database by themselves.
    """

    name: str
    wants: Callable[[str], bool]
    call: HandlerFunction
    durable: bool = True


_handlers: dict[str, Handler] = {}


def handler(
    *, name: str, events: Collection[str] | Callable[[str], bool], durable: bool = True
) -> Callable[[HandlerFunction], HandlerFunction]:
    """Register the decorated function under `name`.

    :param events: the names of its events, or what tells whether an event of a name is one.
    :param durable: whether every event must reach it, once; False makes it a hint.
    """

    def register(call: HandlerFunction) -> HandlerFunction:
        wants = events if callable(events) else frozenset(events).__contains__
        _handlers[name] = Handler(name, wants, call, durable)
        return call

    return register


def handlers_for(event_name: str) -> list[Handler]:
    """Return the handlers of an event, by name, so that every process calls them in one order."""
    return [h for _, h in sorted(_handlers.items()) if h.durable and h.wants(event_name)]


def call_hints(event: RecordedEvent) -> None:
    """Call the hints of an event; a hint that fails costs nobody anything but time."""
    for entry in list(_handlers.values()):
        if not entry.durable and entry.wants(event.name):
            try:
                entry.call(event)
            except Exception as error:
                # It runs after a commit, where nobody could handle its fault any more.
                logger.exception("hint %s failed: %s", entry.name, type(error).__name__)


def handler_named(name: str) -> Handler | None:
    """Return the handler called `name`, or None where the code no longer has it."""
    return _handlers.get(name)
