"""The exchange: threads of messages, what they cite, and what is attached to them.

A thread belongs to a customer, or to colleagues who work something out among themselves. A
message to the customer and an internal note never mix: contacts are given the former alone.
Every change of a thread raises its version, so a client that was away asks for what came after.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customer_knowledge.models.customers import Customer, customer_keys
from kiplatform.accounts.access import Viewer
from kiplatform.accounts.policies import is_administrator, is_contact, is_staff
from kiplatform.core import clock
from kiplatform.core.choices import Language
from kiplatform.core.models import BaseModel


class ThreadQuerySet(models.QuerySet["Thread"]):
    def visible_to(self, viewer: Viewer) -> "ThreadQuerySet":
        """The customer's people see its threads; members see a colleagues' thread."""
        if is_administrator(viewer):
            return self
        mine = Q(customer__in=customer_keys(viewer))
        if is_staff(viewer):
            joined = ThreadMember.objects.filter(user=viewer, left_at=None)
            mine |= Q(pk__in=joined.values("thread"))
        return self.filter(mine)


class Thread(BaseModel):
    """A conversation; `version` rises with every change of any of its messages."""

    class Kind(models.TextChoices):
        CUSTOMER = "customer", _("With the customer")
        CASE = "case", _("Among colleagues")

    kind = models.CharField(max_length=8, choices=Kind.choices)
    customer = models.ForeignKey(
        Customer, models.CASCADE, null=True, blank=True, related_name="threads"
    )
    version = models.PositiveBigIntegerField(default=0)
    # Counts what the customer may see alone: a gap in it would tell that there are internal notes.
    shared_version = models.PositiveBigIntegerField(default=0)
    # Rises when somebody has read further, which changes no message.
    read_version = models.PositiveBigIntegerField(default=0)
    last_message_at = models.DateTimeField(null=True, blank=True)
    # A closed thread is read and no longer continued.
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = ThreadQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="customer", customer__isnull=False)
                | Q(kind="case", customer__isnull=True),
                name="thread_of_a_customer_or_of_a_case",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"


class ThreadMember(BaseModel):
    """That a staff member takes part in a colleagues' thread, from when until when."""

    thread = models.ForeignKey(Thread, models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["thread", "user"], name="member_once_per_thread")
        ]

    def __str__(self) -> str:
        return f"{self.thread} - {self.user}"


class ReadMark(models.Model):
    """How far a person has read a thread: its version, or for a contact its shared version.

    `number` is that of the last message that they had before them. Edits and reactions raise
    versions and no number, so it is what says which messages are new.
    """

    thread = models.ForeignKey(Thread, models.CASCADE, related_name="read_marks")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="read_marks")
    version = models.PositiveBigIntegerField(default=0)
    number = models.PositiveBigIntegerField(default=0)
    # The thread's `read_version` when `number` last rose.
    moved = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["thread", "user"], name="read_mark_once_per_thread")
        ]

    def __str__(self) -> str:
        return f"{self.user} - {self.thread}: {self.version}"


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, viewer: Viewer) -> "MessageQuerySet":
        """Messages of visible threads; a contact is never given an internal note."""
        rows = self.filter(thread__in=Thread.objects.visible_to(viewer))
        if is_contact(viewer):
            return rows.filter(audience=Message.Audience.CUSTOMER)
        return rows


class Message(BaseModel):
    """One utterance. Edited texts keep their history; a deleted message leaves its place."""

    class Audience(models.TextChoices):
        CUSTOMER = "customer", _("Visible to the customer")
        INTERNAL = "internal", _("Internal note")

    thread = models.ForeignKey(Thread, models.CASCADE, related_name="messages")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="messages"
    )
    audience = models.CharField(max_length=8, choices=Audience.choices)
    text = models.TextField()
    language = models.CharField(max_length=8, choices=Language.choices)
    reply_to = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="replies"
    )
    mentions = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="mentioned_in"
    )
    client_id = models.CharField(max_length=40)
    number = models.PositiveBigIntegerField()
    version = models.PositiveBigIntegerField()
    shared_version = models.PositiveBigIntegerField(default=0)
    sent_at = models.DateTimeField(default=clock.now)
    edited_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["thread", "author", "client_id"], name="message_sent_once"
            ),
            models.UniqueConstraint(fields=["thread", "number"], name="message_number"),
            models.CheckConstraint(
                condition=Q(deleted_at__isnull=True) | Q(text=""), name="message_deleted_is_empty"
            ),
        ]
        indexes = [
            models.Index(fields=["thread", "version"], name="message_thread_version"),
            models.Index(fields=["thread", "shared_version"], name="message_thread_shared"),
        ]

    def __str__(self) -> str:
        return f"{self.thread_id} #{self.number}"


class MessageRevision(models.Model):
    """What a message said before it was edited or deleted."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="revisions")
    text = models.TextField()
    replaced_at = models.DateTimeField(default=clock.now)
    replaced_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    def __str__(self) -> str:
        return f"{self.message_id} until {self.replaced_at:%Y-%m-%d %H:%M}"


class Reaction(models.Model):
    """A sign that means something: I stand by this, I object, I have this question too."""

    class Kind(models.TextChoices):
        ENDORSE = "endorse", _("I stand by this")
        OBJECT = "object", _("I object")
        ME_TOO = "me_too", _("Me too")

    message = models.ForeignKey(Message, models.CASCADE, related_name="reactions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="reactions")
    kind = models.CharField(max_length=8, choices=Kind.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["message", "user", "kind"], name="reaction_once_per_kind"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["endorse", "object", "me_too"]), name="reaction_kind"
            ),
        ]

    def __str__(self) -> str:
        return self.kind


class Citation(models.Model):
    """Knowledge that a message stands on, named as search names it: a kind and a key."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="citations")
    ordinal = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=40)
    title = models.CharField(max_length=300)

    class Meta:
        ordering = ["ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["message", "kind", "key"], name="citation_once")
        ]
        indexes = [models.Index(fields=["kind", "key"], name="citation_target")]

    def __str__(self) -> str:
        return self.title


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def visible_to(self, viewer: Viewer) -> "AttachmentQuerySet":
        """The files of visible messages, and one's own that are not sent yet."""
        sent = Q(message__in=Message.objects.visible_to(viewer), message__deleted_at=None)
        if is_staff(viewer) or is_contact(viewer):
            sent |= Q(uploader=viewer, message=None)
        return self.filter(sent)


class Attachment(BaseModel):
    """A file; its type is what its bytes say, not what its sender said."""

    message = models.ForeignKey(
        Message, models.CASCADE, null=True, blank=True, related_name="attachments"
    )
    uploader = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    file = models.FileField(upload_to="attachments/%Y/%m/", max_length=200)
    name = models.CharField(max_length=160)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()

    objects = AttachmentQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name
