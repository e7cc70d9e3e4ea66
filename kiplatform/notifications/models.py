"""Tables of notifications: what somebody was told, how they want to be told, what was mailed."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kiplatform.core.models import BaseModel

if TYPE_CHECKING:
    from kiplatform.accounts.access import Viewer


class NotificationQuerySet(models.QuerySet["Notification"]):
    def visible_to(self, viewer: "Viewer") -> "NotificationQuerySet":
        """Everybody sees their own alone; selectors also drop what has become invisible."""
        if not viewer.is_authenticated or not viewer.is_active:
            return self.none()
        return self.filter(user=viewer, in_app=True)

    def unread(self) -> "NotificationQuerySet":
        return self.filter(read_at=None)


class Notification(BaseModel):
    """One thing that one person was told; the event that caused it causes it once."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications")
    type = models.CharField(max_length=60)
    subject = models.CharField(max_length=60, blank=True)
    params = models.JSONField(default=dict)
    url = models.CharField(max_length=300)
    event_id = models.UUIDField()
    in_app = models.BooleanField(default=True)
    read_at = models.DateTimeField(null=True, blank=True)
    # The place in the person's live inbox; being read moves it to the end.
    version = models.PositiveBigIntegerField()

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "type", "event_id"], name="notification_once_per_event"
            ),
            models.UniqueConstraint(fields=["user", "version"], name="notification_version"),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="notification_inbox"),
            models.Index(
                fields=["user"], condition=Q(read_at__isnull=True), name="notification_unread"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.subject}"


class Inbox(models.Model):
    """The newest version of a person's notifications; its row is the lock for the next one."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="inbox"
    )
    version = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.user_id} {self.version}"


class EmailChoice(models.TextChoices):
    """When a notification is e-mailed."""

    AT_ONCE = "at_once", _("At once")
    DIGEST = "digest", _("In a daily summary")
    OFF = "off", _("Never")


class Preference(models.Model):
    """How one person wants to hear of one type; without a row, the type's own defaults hold."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="notification_preferences"
    )
    type = models.CharField(max_length=60)
    in_app = models.BooleanField(_("in the app"))
    email = models.CharField(_("by e-mail"), max_length=8, choices=EmailChoice.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "type"], name="preference_once_per_type"),
            models.CheckConstraint(
                condition=Q(email__in=EmailChoice.values), name="preference_email_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.type}"


class MailHours(models.Model):
    """When a person wants e-mail, in their own time zone; the span may cross midnight."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="mail_hours"
    )
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)
    digest_at = models.TimeField(_("daily summary at"), default="08:00")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | (
                    Q(quiet_from__isnull=False, quiet_until__isnull=False)
                    & ~Q(quiet_from=models.F("quiet_until"))
                ),
                name="mail_hours_quiet_both_or_none",
            )
        ]

    def __str__(self) -> str:
        return f"{self.quiet_from} - {self.quiet_until}"


class EmailDelivery(BaseModel):
    """That a notification has to be e-mailed, and whether it was: an outbox of its own."""

    notification = models.OneToOneField(Notification, models.CASCADE, related_name="email_delivery")
    digest = models.BooleanField()
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True, blank=True)
    claim = models.CharField(max_length=16, blank=True)
    # Sent, given up, or no longer wanted: nothing more will happen.
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=60, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(ended_at__isnull=True), name="email_waiting"
            )
        ]

    def __str__(self) -> str:
        return f"{self.notification_id} {self.outcome}"
