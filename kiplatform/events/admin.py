"""The audit trail: what happened, when, by whom, in which trace; it is read and never changed."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from kiplatform.events.models import Delivery, OutboxEvent


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that nobody adds, changes or deletes by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(OutboxEvent)
class OutboxEventAdmin(ReadOnlyAdmin):
    list_display = ("occurred_at", "name", "subject", "actor", "trace_id")
    list_filter = ("name",)
    search_fields = ("=subject", "=trace_id")
    list_select_related = ("actor",)
    ordering = ("-id",)
    show_full_result_count = False


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ("event", "handler", "done_at", "attempts", "next_try_at", "last_error")
    list_filter = ("handler",)
    list_select_related = ("event",)
    ordering = ("-id",)
    show_full_result_count = False
