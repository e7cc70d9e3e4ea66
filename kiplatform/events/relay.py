"""The relay: every committed event reaches every handler, in order, whatever is killed when.

Claiming an event writes, in one transaction, a delivery for each of its handlers. Each delivery is
then one transaction: the handler's writes and the note that it was called. A process killed in
between leaves deliveries open, and any relay calls those again; so a handler's writes happen once,
and what it does outside of the database at least once. A handler that fails is retried with
growing pauses and holds up neither the other handlers nor the later events.
"""

import logging
import threading
from datetime import timedelta
from typing import TypeVar

from django.db import DatabaseError, close_old_connections, connection, models, transaction

from kiplatform.core import clock
from kiplatform.core.trace import trace
from kiplatform.events import nudge
from kiplatform.events.models import Delivery, OutboxEvent
from kiplatform.events.registry import RecordedEvent, handler_named, handlers_for

logger = logging.getLogger(__name__)

IDLE_SECONDS = 0.5
BATCH = 100

Row = TypeVar("Row", OutboxEvent, Delivery)


def run_pending(limit: int | None = None) -> int:
    """Relay what waits, at most `limit` events, and return how many were relayed."""
    relayed = 0
    while limit is None or relayed < limit:
        size = BATCH if limit is None else min(BATCH, limit - relayed)
        ids = list(OutboxEvent.objects.filter(relayed_at=None).values_list("id", flat=True)[:size])
        done = sum(_relay(row_id) for row_id in ids)
        relayed += done
        if not done:
            break
    retry_due()
    return relayed


def retry_due() -> int:
    """Call again the handlers whose pause is over, and return how many calls succeeded."""
    due = Delivery.objects.filter(done_at=None, next_try_at__lte=clock.now())
    return sum(_deliver(pk) for pk in list(due.values_list("id", flat=True)[:BATCH]))


def _relay(row_id: int) -> bool:
    """Note which handlers an event has to reach, then reach them; False if another relay did."""
    with transaction.atomic():
        row = _lock(OutboxEvent.objects.filter(pk=row_id, relayed_at=None)).first()
        if row is None:
            return False
        Delivery.objects.bulk_create(
            [
                Delivery(event=row, handler=entry.name, next_try_at=clock.now())
                for entry in handlers_for(row.name)
            ]
        )
        row.relayed_at = clock.now()
        row.save(update_fields=["relayed_at"])
        deliveries = list(row.deliveries.order_by("id").values_list("id", flat=True))
    for delivery_id in deliveries:
        _deliver(delivery_id)
    return True


def _deliver(delivery_id: int) -> bool:
    """Call one handler with its event, once; False if it failed or another relay has it."""
    try:
        with transaction.atomic():
            delivery = (
                _lock(Delivery.objects.filter(pk=delivery_id, done_at=None))
                .select_related("event")
                .first()
            )
            if delivery is None:
                return False
            entry = handler_named(delivery.handler)
            with trace(delivery.event.trace_id):
                if entry is not None:
                    entry.call(RecordedEvent.of(delivery.event))
            delivery.done_at = clock.now()
            delivery.attempts += 1
            delivery.save(update_fields=["done_at", "attempts"])
    except Exception as error:  # A handler's fault is its own: note it, and go on with the rest.
        _note_failure(delivery_id, error)
        return False
    return True


def _note_failure(delivery_id: int, error: Exception) -> None:
    delivery = Delivery.objects.select_related("event").get(pk=delivery_id)
    delivery.attempts += 1
    # The class alone: an error's words may hold what a customer wrote.
    delivery.last_error = type(error).__name__
    delivery.next_try_at = clock.now() + pause_after(delivery.attempts)
    delivery.save(update_fields=["attempts", "last_error", "next_try_at"])
    with trace(delivery.event.trace_id):
        logger.exception(
            "handler %s failed on event %s, attempt %d",
            delivery.handler,
            delivery.event_id,
            delivery.attempts,
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
            close_old_connections()
            try:
                run_pending()
            except DatabaseError:
                # The database is away or busy: events wait in it, so waiting loses nothing.
                logger.exception("the relay could not reach the database")
            nudge.wait(IDLE_SECONDS)
        connection.close()

    def stop(self, timeout: float = 10) -> None:
        """Finish the event under way, then end; waits at most `timeout` seconds."""
        self._stopping.set()
        nudge.nudge()
        self.join(timeout)
