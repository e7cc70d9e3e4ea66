"""Live threads: one channel for the company's side, one for the customer's, one for what is read.

The customer's channel counts shared versions alone, so that nothing, not even a gap in a number,
tells a contact that colleagues wrote an internal note.
"""

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import ClassVar

from django.db.models import Max, Prefetch, Q, QuerySet

from customer_knowledge.message_marks import marks_of
from customer_knowledge.models import Message, ReadMark, Thread
from customer_knowledge.models.threads import ThreadQuerySet
from kiplatform.accounts.models import User
from kiplatform.events.registry import RecordedEvent
from kiplatform.realtime.registry import JSON, Channel, Item, Person, Push, push_on, register


class ThreadChannel(Channel):
    """A thread with its internal notes, for staff."""

    prefix = "thread"
    version_field: ClassVar[str] = "version"
    for_contacts: ClassVar[bool] = False

    def authorise(self, user_ids: Collection[int], key: str) -> set[int]:
        return self.authorise_all({key: user_ids})[key]

    def authorise_all(self, asked: Mapping[str, Collection[int]]) -> Mapping[str, set[int]]:
        may = {key: set[int]() for key in asked}
        for key, user_id in self._listeners(Thread.objects.filter(public_id__in=asked)):
            may[key].add(user_id)
        return {key: may[key].intersection(user_ids) for key, user_ids in asked.items()}

    def _listeners(self, threads: ThreadQuerySet) -> Iterator[tuple[str, int]]:
        """Yield the public id of each thread with the key of each person who may listen."""
        members = threads.filter(
            members__left_at=None,
            members__user__kind=User.Kind.STAFF,
            members__user__is_active=True,
        )
        yield from members.values_list("public_id", "members__user_id")
        managers = threads.filter(
            customer__assignments__ended_at=None,
            customer__assignments__manager__is_sales_manager=True,
            customer__assignments__manager__is_active=True,
        )
        yield from managers.values_list("public_id", "customer__assignments__manager_id")
        administrators = User.objects.filter(
            kind=User.Kind.STAFF, is_administrator=True, is_active=True
        )
        yield from itertools.product(
            threads.values_list("public_id", flat=True),
            administrators.values_list("pk", flat=True),
        )

    def version(self, key: str) -> int:
        return self.versions([key]).get(key, 0)

    def versions(self, keys: Sequence[str]) -> Mapping[str, int]:
        rows = Thread.objects.filter(public_id__in=keys)
        return dict(rows.values_list("public_id", self.version_field))

    def load(self, key: str, after: int, limit: int) -> Sequence[Item]:
        rows = self._after({key: after})
        return [self._item(row) for row in rows[:limit]]

    def load_all(self, after: Mapping[str, int], limit: int) -> Mapping[str, Sequence[Item]]:
        rows = list(self._after(after)[: limit + 1])
        if len(rows) > limit:
            return super().load_all(after, limit)
        items: dict[str, list[Item]] = {key: [] for key in after}
        for row in rows:
            items[row.thread.public_id].append(self._item(row))
        return items

    def _after(self, after: Mapping[str, int]) -> QuerySet[Message]:
        """Return what came after a version of each thread, oldest first, with what frames show."""
        threads = Thread.objects.filter(public_id__in=after).values_list("pk", "public_id")
        changed = [
            Q(thread_id=pk, **{f"{self.version_field}__gt": after[key]}) for pk, key in threads
        ]
        rows = Message.objects.filter(reduce(or_, changed)) if changed else Message.objects.none()
        people = User.objects.only("public_id")
        return (
            rows.select_related("thread", "author", "reply_to")
            .prefetch_related(Prefetch("mentions", people), Prefetch("reactions__user", people))
            .order_by(self.version_field)
        )

    def _item(self, row: Message) -> Item:
        return Item(getattr(row, self.version_field), "message", row)

    def project(self, key: str, item: Item, viewer: User) -> JSON | None:
        row: Message = item.data
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
            **marks_of(row, for_contact=self.for_contacts),
        }

    def projection(self, key: str, person: Person) -> str:
        return "company"


class ConversationChannel(ThreadChannel):
    """The same thread as the customer sees it."""

    prefix = "conversation"
    version_field = "shared_version"
    for_contacts = True

    def _listeners(self, threads: ThreadQuerySet) -> Iterator[tuple[str, int]]:
        contacts = threads.filter(
            customer__contacts__is_active=True,
            customer__contacts__user__kind=User.Kind.CONTACT,
            customer__contacts__user__is_active=True,
        )
        yield from contacts.values_list("public_id", "customer__contacts__user_id")

    def project(self, key: str, item: Item, viewer: User) -> JSON | None:
        if item.data.audience != Message.Audience.CUSTOMER:
            return None
        return super().project(key, item, viewer)

    def projection(self, key: str, person: Person) -> str:
        return "customer"


class ReadsChannel(ThreadChannel):
    """That somebody has read further in a thread, for those who may know how far: staff.

    It has versions of its own, since reading changes no message. Nothing announces it: the hub's
    look every few seconds finds it, and gathers what many people read meanwhile into one frame.
    """

    prefix = "reads"
    version_field = "read_version"
    presence = False

    def load_all(self, after: Mapping[str, int], limit: int) -> Mapping[str, Sequence[Item]]:
        return Channel.load_all(self, after, limit)

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
