"""Live threads: one channel for the company's side, one for the customer's, one for what is read.

The customer's channel counts shared versions alone, so that nothing, not even a gap in a number,
tells a contact that colleagues wrote an internal note.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import ClassVar

from django.db.models import Max

from customer_knowledge.models import Message, ReadMark, Thread
from kiplatform.accounts.models import User
from kiplatform.events.registry import RecordedEvent
from kiplatform.realtime.registry import JSON, Channel, Item, Push, push_on, register


class ThreadChannel(Channel):
    """A thread with its internal notes, for staff."""

    prefix = "thread"
    version_field: ClassVar[str] = "version"
    for_contacts: ClassVar[bool] = False

    def authorise(self, user_ids: Collection[int], key: str) -> set[int]:
        thread = Thread.objects.filter(public_id=key).first()
        if thread is None:
            return set()
        people = User.objects.filter(pk__in=user_ids, is_active=True)
        if self.for_contacts:
            allowed = people.filter(
                kind=User.Kind.CONTACT,
                contact__customer_id=thread.customer_id,
                contact__is_active=True,
            )
            return set(allowed.values_list("pk", flat=True)) if thread.customer_id else set()
        administrators = people.filter(kind=User.Kind.STAFF, is_administrator=True)
        members = people.filter(
            kind=User.Kind.STAFF, memberships__thread=thread, memberships__left_at=None
        )
        managers = people.filter(
            is_sales_manager=True,
            assignments__customer_id=thread.customer_id,
            assignments__customer__isnull=False,
            assignments__ended_at=None,
        )
        return set(
            administrators.values_list("pk", flat=True).union(
                members.values_list("pk", flat=True), managers.values_list("pk", flat=True)
            )
        )

    def version(self, key: str) -> int:
        return self.versions([key]).get(key, 0)

    def versions(self, keys: Sequence[str]) -> Mapping[str, int]:
        rows = Thread.objects.filter(public_id__in=keys)
        return dict(rows.values_list("public_id", self.version_field))

    def load(self, key: str, after: int, limit: int) -> Sequence[Item]:
        field = self.version_field
        rows = (
            Message.objects.filter(thread__public_id=key, **{f"{field}__gt": after})
            .select_related("author", "reply_to")
            .prefetch_related("mentions", "reactions__user")
            .order_by(field)[:limit]
        )
        return [Item(getattr(row, field), "message", row) for row in rows]

    def project(self, key: str, item: Item, viewer: User) -> JSON | None:
        row: Message = item.data
        reactions: dict[str, list[str]] = {}
        for reaction in row.reactions.all():
            reactions.setdefault(reaction.kind, []).append(reaction.user.public_id)
        return {
            "message": row.public_id,
            "author": row.author.name if row.author else "",
            "author_id": row.author.public_id if row.author else "",
            "client_id": row.client_id,
            "text": row.text,
            "internal": row.audience == Message.Audience.INTERNAL,
            "sent_at": row.sent_at.isoformat(),
            "edited": row.edited_at is not None,
            "deleted": row.deleted_at is not None,
            "reply_to": self._replied(row),
            "mentions": sorted(user.public_id for user in row.mentions.all()),
            "reactions": {kind: sorted(people) for kind, people in sorted(reactions.items())},
        }

    def _replied(self, row: Message) -> str:
        """Return the id of the message that is replied to, where this side sees it."""
        replied = row.reply_to
        if replied is None or replied.deleted_at is not None:
            return ""
        hidden = self.for_contacts and replied.audience != Message.Audience.CUSTOMER
        return "" if hidden else replied.public_id

    def projection(self, key: str, viewer: User) -> str:
        return "company"


class ConversationChannel(ThreadChannel):
    """The same thread as the customer sees it."""

    prefix = "conversation"
    version_field = "shared_version"
    for_contacts = True

    def project(self, key: str, item: Item, viewer: User) -> JSON | None:
        if item.data.audience != Message.Audience.CUSTOMER:
            return None
        return super().project(key, item, viewer)

    def projection(self, key: str, viewer: User) -> str:
        return "customer"


class ReadsChannel(ThreadChannel):
    """That somebody has read further in a thread, for those who may know how far: staff.

    It has versions of its own, since reading changes no message. Nothing announces it: the hub's
    look every few seconds finds it, and gathers what many people read meanwhile into one frame.
    """

    prefix = "reads"
    version_field = "read_version"
    presence = False

    def load(self, key: str, after: int, limit: int) -> Sequence[Item]:
        marks = ReadMark.objects.filter(thread__public_id=key, moved__gt=after)
        newest = marks.aggregate(newest=Max("moved"))["newest"]
        return [Item(newest, "read")] if newest else []

    def project(self, key: str, item: Item, viewer: User) -> JSON | None:
        return {}


register(ThreadChannel())
register(ReadsChannel())
register(ConversationChannel())


@push_on("message.posted", "message.changed")
def push_message(event: RecordedEvent) -> Iterator[Push]:
    """The thread has news; the customer's side only if the message is for the customer."""
    yield Push(f"thread:{event.payload['thread']}", event.payload["version"])
    if event.payload["shared_version"]:
        yield Push(f"conversation:{event.payload['thread']}", event.payload["shared_version"])


@push_on("thread.membership_changed")
def push_membership(event: RecordedEvent) -> Iterator[Push]:
    """Who may listen has changed."""
    yield Push(f"thread:{event.payload['thread']}")


@push_on("customer.assigned")
def push_assignment(event: RecordedEvent) -> Iterator[Push]:
    """The managers of a customer changed, and with them who may listen to its threads."""
    threads = Thread.objects.filter(customer__public_id=event.payload["customer"])
    for public_id in threads.values_list("public_id", flat=True):
        yield Push(f"thread:{public_id}")
