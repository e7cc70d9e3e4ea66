"""The database's side of a fan-out: what is new in some channels, and who may see it.

`collect` runs in the hub's database thread. Items are loaded first and access is checked last, so
an item that was committed after somebody lost access can never be loaded for them. An item is
loaded once for all listeners, projected once for each class of viewers, and encoded there. What
several channels of one kind ask, they ask together: a busy hub costs hardly more than a quiet one.
"""

import dataclasses
import json
import logging
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import Error

from kiplatform.accounts.models import User
from kiplatform.realtime.registry import Channel, Item, Person

logger = logging.getLogger(__name__)

# Items that one load may bring; a listener further behind gets the rest in the next rounds.
MOST_ITEMS = 200

# Columns that cost more to convert than all others together, and that no page shows.
NOT_NEEDED = ("password", "last_login", "created_at", "updated_at")

Text = tuple[int, str]
Found = TypeVar("Found")


@dataclasses.dataclass(frozen=True, slots=True)
class Look:
    """One channel to look at, and the positions of its listeners (who, and the version).

    A version of None means that the listener starts at the newest version.
    """

    name: str
    channel: Channel
    key: str
    positions: tuple[tuple[Person, int | None], ...]
    find_head: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Span:
    """What follows a version: up to `upto`, or up to the newest where `upto` is None."""

    after: int
    upto: int | None
    last: int
    texts: dict[Hashable, list[Text]]


@dataclasses.dataclass(frozen=True, slots=True)
class View:
    """What one look found; `failed` means that it has to be repeated later.

    `classes` holds whoever may listen, with the class of viewers that they belong to, and
    `samples` one viewer of each class.
    """

    classes: Mapping[int, Hashable] = dataclasses.field(default_factory=dict)
    samples: Mapping[Hashable, User] = dataclasses.field(default_factory=dict)
    head: int = 0
    spans: tuple[Span, ...] = ()
    failed: bool = False

    def span_for(self, version: int) -> Span | None:
        """Return the span that continues after `version`."""
        found = None
        for span in self.spans:
            if span.after <= version:
                found = span
        return found


def encode(message: dict[str, Any]) -> str:
    """Return `message` as compact JSON, with dates as Django writes them."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"), cls=DjangoJSONEncoder)


def collect(looks: Sequence[Look]) -> list[View]:
    """Look at every channel; a fault in one of them does not touch the others.

    :return: a view for each look, in their order.
    :raises django.db.Error: the database is away.
    """
    loads = _together(looks, _load)
    classes = _together([look for look in looks if look.name in loads], _authorise)
    ready = [look for look in looks if look.name in classes]
    samples = {look.name: {group: pk for pk, group in classes[look.name].items()} for look in ready}
    users = User.objects.defer(*NOT_NEEDED).in_bulk(
        list({pk for found in samples.values() for pk in found.values()})
    )

    def project(some: Sequence[Look]) -> dict[str, View]:
        return {
            look.name: _view(
                look,
                loads[look.name],
                classes[look.name],
                {group: users[pk] for group, pk in samples[look.name].items()},
            )
            for look in some
        }

    views = _together(ready, project)
    return [views.get(look.name) or View(failed=True) for look in looks]


def _together(
    looks: Sequence[Look], function: Callable[[Sequence[Look]], Mapping[str, Found]]
) -> dict[str, Found]:
    """Call `function` with the looks of one kind of channel at a time; return what it found.

    The answers are by channel name. Where it fails it is called for each channel alone, and those
    that fail then are left out.
    """
    found: dict[str, Found] = {}
    for group in _by_kind(looks):
        try:
            found |= function(group)
        except Error:
            raise
        except Exception:
            # An app's fault in its own channel; the others go on, and this one is tried again.
            logger.exception("could not look at channel %s", group[0].channel.prefix)
            if len(group) > 1:
                for look in group:
                    found |= _together([look], function)
    return found


def _by_kind(looks: Sequence[Look]) -> Iterator[list[Look]]:
    kinds: dict[str, list[Look]] = {}
    for look in looks:
        kinds.setdefault(look.channel.prefix, []).append(look)
    yield from kinds.values()


@dataclasses.dataclass(frozen=True, slots=True)
class _Loaded:
    head: int
    spans: tuple[tuple[int, int | None, Sequence[Item]], ...]


def _load(looks: Sequence[Look]) -> dict[str, _Loaded]:
    """Load what follows the listeners' positions, in as few loads as their distances allow."""
    channel = looks[0].channel
    unknown = [look.key for look in looks if look.find_head]
    heads = channel.versions(unknown) if unknown else {}
    starts = {look.key: _starts(look, heads.get(look.key, 0)) for look in looks}
    first = channel.load_all({key: at[0] for key, at in starts.items() if at}, MOST_ITEMS)
    loads = {}
    for look in looks:
        spans: list[tuple[int, int | None, Sequence[Item]]] = []
        for start in starts[look.key]:
            if spans and (spans[-1][1] is None or start < spans[-1][1]):
                continue
            items = channel.load(look.key, start, MOST_ITEMS) if spans else first[look.key]
            spans.append((start, items[-1].version if len(items) >= MOST_ITEMS else None, items))
        loads[look.name] = _Loaded(heads.get(look.key, 0), tuple(spans))
    return loads


def _starts(look: Look, head: int) -> list[int]:
    """Return the versions that listeners have reached, lowest first.

    A browser may name a version that never was; it then starts at the newest.
    """
    known = {head if at is None else at for _, at in look.positions}
    return sorted({min(at, head) for at in known} if look.find_head else known)


def _authorise(looks: Sequence[Look]) -> dict[str, dict[int, Hashable]]:
    """Return, by channel, who of its listeners may listen, with their class of viewers."""
    channel = looks[0].channel
    people = {look.key: {person.pk: person for person, _ in look.positions} for look in looks}
    allowed = channel.authorise_all({key: found.keys() for key, found in people.items() if found})
    return {
        look.name: {
            pk: channel.projection(look.key, person)
            for pk, person in people[look.key].items()
            if pk in allowed.get(look.key, ())
        }
        for look in looks
    }


def _view(
    look: Look,
    loaded: _Loaded,
    classes: Mapping[int, Hashable],
    samples: Mapping[Hashable, User],
) -> View:
    spans = tuple(
        Span(
            after,
            upto,
            items[-1].version if items else after,
            {group: list(_texts(look, items, viewer)) for group, viewer in samples.items()},
        )
        for after, upto, items in loaded.spans
    )
    return View(classes, samples, loaded.head, spans)


def _texts(look: Look, items: Iterable[Item], viewer: User) -> Iterable[Text]:
    for item in items:
        data = look.channel.project(look.key, item, viewer)
        if data is not None:
            frame = {
                "op": "frame",
                "channel": look.name,
                "version": item.version,
                "event": item.event,
                "data": data,
            }
            yield item.version, encode(frame)
