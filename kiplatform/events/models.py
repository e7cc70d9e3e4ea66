"""The outbox: what happened, in the transaction in which it happened, and who has handled it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from kiplatform.core import clock


class OutboxEvent(models.Model):
    """One fact. The key rises with time, so it is the order in which handlers see events."""

    event_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=60)
    payload = models.JSONField()
    subject = models.CharField(max_length=60)
    trace_id = models.CharField(max_length=32, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    occurred_at = models.DateTimeField(default=clock.now)
    relayed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["subject", "id"], name="outbox_subject"),
            models.Index(fields=["trace_id"], name="outbox_trace"),
            models.Index(
                fields=["id"], condition=Q(relayed_at__isnull=True), name="outbox_pending"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.name} {self.subject}"


class Delivery(models.Model):
    """That a handler has seen an event, or why it has not yet."""

    event = models.ForeignKey(OutboxEvent, models.CASCADE, related_name="deliveries")
    handler = models.CharField(max_length=60)
    done_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "handler"], name="delivery_once_per_handler")
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"], condition=Q(done_at__isnull=True), name="delivery_waiting"
            )
        ]

    def __str__(self) -> str:
        return f"{self.event_id} {self.handler}"
