"""Channels and pushes: what the apps declare so that their pages can be live.

An app puts this into its `realtime.py` and imports that module in `AppConfig.ready()`:

    class ThreadChannel(Channel):
        prefix = "thread"
        def authorise(self, user_ids, key): ...           # one query: who of them may listen now
        def version(self, key): ...                       # the newest version, 0 where nothing is
        def versions(self, keys): ...                     # the same for many keys, one query
        def load(self, key, after, limit): ...            # Items above `after`, oldest first
        def project(self, key, item, viewer): ...         # what this viewer sees of it, or None
        def projection(self, key, person): ...            # people of one class see the same

    register(ThreadChannel())

    @push_on("message.posted", "message.edited")
    def push_message(event):
        yield Push(f"thread:{event.payload['thread']}", event.payload["version"])

Rules that an app keeps and the hub relies on:

- Versions of a channel rise in the order of commit (take the next one under a lock of the parent
  row, in the transaction of the change). A changed item takes a new version, so `load` returns
  the present state of everything that changed after a version, and nothing is missed or doubled.
- A subscriber sees every version number that is sent to it. What only some subscribers may know
  about (internal notes beside customer messages) belongs into a channel with versions of its own,
  or its gaps tell that something is there.
- `load`, `version` and `authorise` read the database in a thread of the hub; `project`,
  `projection` and `presence_visible` read nothing but what they are given.
- The hub asks for many channels at once. A channel with many listeners overrides `load_all` and
  `authorise_all`, so that its queries do not grow with the threads that are busy at a time.
"""

import dataclasses
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from kiplatform.accounts.models import User
from kiplatform.events.registry import RecordedEvent, handler
from kiplatform.realtime.transport import Nudge, publish

JSON = dict[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Item:
    """A change as `load` found it; `data` is the app's own and never leaves the server."""

    version: int
    event: str
    data: Any = None


@dataclasses.dataclass(frozen=True, slots=True)
class Frame:
    """A change as one viewer may see it."""

    version: int
    event: str
    data: JSON


@dataclasses.dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is present, as far as presence needs to know them."""

    pk: int
    public_id: str
    name: str
    is_staff_member: bool

    @classmethod
    def of(cls, user: User) -> "Person":
        return cls(user.pk, user.public_id, user.name, user.is_staff_member)


class Channel:
    """One kind of live page; a subscription names it as "prefix:key"."""

    prefix: ClassVar[str] = ""
    # Whether the page shows who is here and who is typing.
    presence: ClassVar[bool] = True

    def authorise(self, user_ids: Collection[int], key: str) -> set[int]:
        """Return those of `user_ids` who may listen to `key` now; empty where it does not exist.

        Nobody whose account is closed may listen to anything.
        """
        raise NotImplementedError

    def authorise_all(self, asked: Mapping[str, Collection[int]]) -> Mapping[str, set[int]]:
        """Answer `authorise` for each key of `asked`, with the users to tell it of."""
        return {key: self.authorise(user_ids, key) for key, user_ids in asked.items()}

    def version(self, key: str) -> int:
        """Return the newest version of `key`, 0 where nothing has happened in it."""
        raise NotImplementedError

    def versions(self, keys: Sequence[str]) -> Mapping[str, int]:
        """Return the newest version of each key; override it with one query."""
        return {key: self.version(key) for key in keys}

    def load(self, key: str, after: int, limit: int) -> Sequence[Item]:
        """Return at most `limit` items with a version above `after`, lowest version first."""
        raise NotImplementedError

    def load_all(self, after: Mapping[str, int], limit: int) -> Mapping[str, Sequence[Item]]:
        """Answer `load` for each key of `after`, with the version to start from."""
        return {key: self.load(key, version, limit) for key, version in after.items()}

    def project(self, key: str, item: Item, viewer: User) -> JSON | None:
        """Return what `viewer` sees of `item` as JSON, or None where it is not for them."""
        raise NotImplementedError

    def projection(self, key: str, person: Person) -> Hashable:
        """Return the class of `person`: all of a class see the same items and the same people."""
        return person.pk

    def presence_visible(self, key: str, viewer: User, person: Person) -> bool:
        """Tell whether `viewer` may know that `person` is here; a contact sees contacts alone."""
        return viewer.is_staff_member or not person.is_staff_member

    def since(self, key: str, after: int, viewer: User, limit: int = 200) -> list[Frame]:
        """Return what `viewer` missed after a version, in order; pages poll with it.

        The caller has checked that the viewer may see `key`.
        """
        frames = []
        for item in self.load(key, after, limit):
            data = self.project(key, item, viewer)
            if data is not None:
                frames.append(Frame(item.version, item.event, data))
        return frames


@dataclasses.dataclass(frozen=True, slots=True)
class Push:
    """That a channel ("prefix:key") has news up to `version`.

    With None the hub looks anyway: who may listen has changed, or the version is not known.
    """

    channel: str
    version: int | None = None


PushFunction = Callable[[RecordedEvent], Iterable[Push]]

_channels: dict[str, Channel] = {}
_pushes: dict[str, dict[str, PushFunction]] = {}


def register(channel: Channel) -> None:
    """Serve `channel` under its prefix; ValueError where another class has taken that."""
    known = _channels.get(channel.prefix)
    if not channel.prefix or (known is not None and type(known) is not type(channel)):
        raise ValueError(f"{type(channel).__qualname__}: the prefix {channel.prefix!r} is not free")
    _channels[channel.prefix] = channel


def channel_for(name: str) -> tuple[Channel, str] | None:
    """Return the channel and the key that "prefix:key" names, or None where there is no such."""
    prefix, _, key = name.partition(":")
    channel = _channels.get(prefix)
    return (channel, key) if channel is not None and key else None


def push_on(*event_names: str) -> Callable[[PushFunction], PushFunction]:
    """Register the decorated function: it names the channels that have news after an event."""

    def register_push(function: PushFunction) -> PushFunction:
        for name in event_names:
            _pushes.setdefault(name, {})[f"{function.__module__}.{function.__qualname__}"] = (
                function
            )
        # A hint, since every hub finds by itself what no nudge told it.
        handler(name="realtime.push", events=tuple(sorted(_pushes)), durable=False)(_push)
        return function

    return register_push


def pushes_of(event: RecordedEvent) -> list[Push]:
    """Return what the apps want pushed after `event`."""
    return [push for function in _pushes.get(event.name, {}).values() for push in function(event)]


def _push(event: RecordedEvent) -> None:
    publish([Nudge(push.channel, push.version) for push in pushes_of(event)])
