"""The relay: every committed event reaches every handler, whatever is killed when.

Claiming an event writes a delivery for each of its handlers. A delivery is done in the transaction
of what its handler writes; a process killed in between leaves it open, and any relay calls it
again. So a handler's writes happen once, and what it does outside of the database at least once.
One relay calls a handler with events in their order; several relays share the work, and then
neighbouring events may overtake each other. A handler that fails is retried with growing pauses
and holds up neither the other handlers nor the later events.

Commits are what a relay spends its time on, so deliveries share one as long as they are quick:
each in a savepoint of its own, `GROUP_SECONDS` in one transaction, so that no writer waits long.
"""

import dataclasses
import logging
import threading
import time
from collections import deque
from datetime import timedelta
from typing import TypeVar

from django.db import Error, connection, models, transaction
from django.db.models import F

from kiplatform.core import clock
from kiplatform.core.trace import trace
from kiplatform.events import nudge
from kiplatform.events.models import Delivery, OutboxEvent
from kiplatform.events.registry import RecordedEvent, call_hints, handler_named, handlers_for

logger = logging.getLogger(__name__)

IDLE_SECONDS = 0.5
BATCH = 100
GROUP_SECONDS = 0.02
# Events that come in quick succession are relayed together; people do not notice this pause.
GATHER_SECONDS = 0.1

Row = TypeVar("Row", OutboxEvent, Delivery)


@dataclasses.dataclass(frozen=True, slots=True)
class _Call:
    """A delivery to be made."""

    delivery_id: int
    handler: str
    event: RecordedEvent


def run_pending(limit: int | None = None) -> int:
    """Relay what waits, at most `limit` events, and return how many were relayed."""
    retry_due()
    relayed = 0
    while limit is None or relayed < limit:
        size = BATCH if limit is None else min(BATCH, limit - relayed)
        claimed, calls = _claim(size)
        for event in claimed:
            call_hints(event)
        _deliver(calls)
        relayed += len(claimed)
        if not calls and len(claimed) < size:
            # Nothing was called that could have recorded further events.
            break
    return relayed


def retry_due() -> int:
    """Make the deliveries that a killed relay left, or whose pause is over; return how many."""
    due = Delivery.objects.filter(done_at=None, next_try_at__lte=clock.now())
    rows = due.select_related("event").order_by("id")[:BATCH]
    return _deliver([_Call(row.pk, row.handler, RecordedEvent.of(row.event)) for row in rows])


def _claim(size: int) -> tuple[list[RecordedEvent], list[_Call]]:
    """Note which handlers the next events have to reach, in one transaction."""
    waiting = OutboxEvent.objects.filter(relayed_at=None).order_by("id")
    if not waiting.exists():
        # Without a transaction: an idle relay must not lock writers out.
        return [], []
    with transaction.atomic():
        rows = list(_lock(waiting)[:size])
        now = clock.now()
        deliveries = Delivery.objects.bulk_create(
            [
                Delivery(event=row, handler=entry.name, next_try_at=now)
                for row in rows
                for entry in handlers_for(row.name)
            ]
        )
        OutboxEvent.objects.filter(pk__in=[row.pk for row in rows]).update(relayed_at=now)
    events = {row.pk: RecordedEvent.of(row) for row in rows}
    calls = [_Call(d.pk, d.handler, events[d.event_id]) for d in deliveries]
    return list(events.values()), calls


def _deliver(calls: list[_Call]) -> int:
    """Make deliveries in order; return how many succeeded."""
    waiting = deque(calls)
    done = 0
    while waiting:
        group: list[_Call] = []
        try:
            done += _deliver_group(waiting, group)
        except Error:
            # One of them made the commit fail, or the database is away: each for itself then.
            done += sum(_deliver_alone(call) for call in group)
    return done


def _deliver_group(waiting: deque[_Call], group: list[_Call]) -> int:
    """Make deliveries in one transaction until its time is over; `group` notes which."""
    done = 0
    until = time.monotonic() + GROUP_SECONDS
    with transaction.atomic():
        while waiting and (not group or time.monotonic() < until):
            group.append(waiting.popleft())
            done += _attempt(group[-1])
    return done


def _deliver_alone(call: _Call) -> bool:
    try:
        with transaction.atomic():
            return _attempt(call)
    except Error as error:
        _note_failure(call, error)
        return False


def _attempt(call: _Call) -> bool:
    """Call one handler with its event, once; False if it failed or another relay has it."""
    try:
        # A savepoint: what the handler wrote before it failed goes, and nothing else.
        with transaction.atomic(), trace(call.event.trace_id):
            if not _take(call.delivery_id):
                return False
            entry = handler_named(call.handler)
            if entry is not None:
                entry.call(call.event)
    except Exception as error:  # A handler's fault is its own: note it, and go on with the rest.
        _note_failure(call, error)
        return False
    return True


def _take(delivery_id: int) -> bool:
    """Mark a delivery as done in the transaction under way; False where somebody else has it."""
    open_row = Delivery.objects.filter(pk=delivery_id, done_at=None)
    if connection.features.has_select_for_update_skip_locked and not _lock(open_row).exists():
        return False
    return bool(open_row.update(done_at=clock.now(), attempts=F("attempts") + 1))


def _note_failure(call: _Call, error: Exception) -> None:
    delivery = Delivery.objects.get(pk=call.delivery_id)
    delivery.attempts += 1
    # The class alone: an error's words may hold what a customer wrote.
    delivery.last_error = type(error).__name__
    delivery.next_try_at = clock.now() + pause_after(delivery.attempts)
    delivery.save(update_fields=["attempts", "last_error", "next_try_at"])
    with trace(call.event.trace_id):
        logger.error(
            "handler %s failed on event %s, attempt %d",
            call.handler,
            call.event.event_id,
            delivery.attempts,
            exc_info=error,
        )


def pause_after(attempts: int) -> timedelta:
    """Return the pause before the next call: 1 s doubled with each failure, at most an hour."""
    return timedelta(seconds=min(2 ** (attempts - 1), 3600))


def _lock(rows: models.QuerySet[Row]) -> models.QuerySet[Row]:
    """Claim rows where the database can lock them; SQLite admits one writer at a time anyway."""
    if connection.features.has_select_for_update_skip_locked:
        return rows.select_for_update(skip_locked=True, of=("self",))
    return rows


class Relay(threading.Thread):
    """Relays in the background of a web process or of `manage.py relay`, until it is stopped."""

    def __init__(self) -> None:
        super().__init__(name="relay", daemon=True)
        self._stopping = threading.Event()

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                run_pending()
            except Error:
                # The database is away or busy: events wait in it, so waiting loses nothing. The
                # connection is kept otherwise: to open one costs more than to relay an event.
                logger.exception("the relay could not reach the database")
                connection.close()
            if nudge.wait(IDLE_SECONDS):
                self._stopping.wait(GATHER_SECONDS)
        connection.close()

    def stop(self, timeout: float = 10) -> None:
        """Finish the event under way, then end; waits at most `timeout` seconds."""
        self._stopping.set()
        nudge.nudge()
        self.join(timeout)
