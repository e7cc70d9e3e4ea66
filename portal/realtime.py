"""The live inbox of each person: the bell follows what notifications say, in every open page.

Notifications and realtime are neighbours that do not know each other, so they meet here.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

from kiplatform.accounts.models import User
from kiplatform.events.registry import RecordedEvent
from kiplatform.notifications import selectors
from kiplatform.realtime.registry import JSON, Channel, Item, Push, push_on, register


class InboxChannel(Channel):
    """A person's notifications, for that person alone."""

    prefix = "user"
    presence = False

    def authorise(self, user_ids: Collection[int], key: str) -> set[int]:
        mine = User.objects.active().filter(pk__in=user_ids, public_id=key)
        return set(mine.values_list("pk", flat=True))

    def version(self, key: str) -> int:
        return self.versions([key]).get(key, 0)

    def versions(self, keys: Sequence[str]) -> Mapping[str, int]:
        return selectors.inbox_versions(keys)

    def load(self, key: str, after: int, limit: int) -> Sequence[Item]:
        rows = selectors.inbox_since(key, after, limit)
        return [Item(row.version, "notification", row if shown else None) for row, shown in rows]

    def project(self, key: str, item: Item, viewer: User) -> JSON | None:
        if item.data is None:
            return None
        entry = selectors.entry(item.data, viewer.language)
        return {
            "id": entry.public_id,
            "type": entry.type,
            "title": entry.title,
            "url": entry.url,
            "unread": entry.unread,
            "urgent": entry.urgent,
            "created_at": entry.created_at,
        }


register(InboxChannel())


@push_on("notification.sent")
def push_sent(event: RecordedEvent) -> Iterator[Push]:
    for public_id in event.payload["users"]:
        yield Push(f"user:{public_id}")


@push_on("notification.read")
def push_read(event: RecordedEvent) -> Iterator[Push]:
    yield Push(f"user:{event.payload['user']}")
