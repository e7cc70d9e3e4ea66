"""Recording: an event is part of the transaction that made it true."""

from django.db import transaction

from kiplatform.accounts.models import User
from kiplatform.core.trace import current_trace_id
from kiplatform.events.models import OutboxEvent
from kiplatform.events.nudge import nudge
from kiplatform.events.registry import RecordedEvent, call_hints
from kiplatform.events.types import Event


def record(event: Event, *, actor: User | None, subject: str) -> OutboxEvent:
    """Write `event` into the outbox of the transaction under way, and wake the relay after it.

    :param actor: who did it; None for the platform itself.
    :param subject: what it is about, as "kind:public_id".
    :raises RuntimeError: there is no transaction, so the event could outlive its cause.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"{event.name} was recorded outside of a transaction")
    row = OutboxEvent.objects.create(
        name=event.name,
        payload=event.payload(),
        subject=subject,
        trace_id=current_trace_id(),
        actor=actor,
    )
    transaction.on_commit(lambda: _announce(row))
    return row


def _announce(row: OutboxEvent) -> None:
    """After the commit: wake the relay, and give the hints of this process a head start."""
    nudge()
    call_hints(RecordedEvent.of(row))
