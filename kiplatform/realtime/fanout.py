"""The database's side of a fan-out: what is new in some channels, and who may see it.

`collect` runs in the hub's database thread. Items are loaded first and access is checked last, so
an item that was committed after somebody lost access can never be loaded for them. An item is
loaded once for all listeners, projected once for each class of viewers, and encoded there.
"""

import dataclasses
import json
import logging
from collections.abc import Hashable, Iterable, Sequence
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import Error

from kiplatform.accounts.models import User
from kiplatform.realtime.registry import Channel, Item

logger = logging.getLogger(__name__)

# Items that one load may bring; a listener further behind gets the rest in the next rounds.
MOST_ITEMS = 200

# Columns that cost more to convert than all others together, and that no page shows.
NOT_NEEDED = ("password", "last_login", "created_at", "updated_at")

Text = tuple[int, str]


@dataclasses.dataclass(frozen=True, slots=True)
class Look:
    """One channel to look at, and the positions of its listeners (user, version or None).

    None means that the listener starts at the newest version.
    """

    name: str
    channel: Channel
    key: str
    positions: tuple[tuple[int, int | None], ...]
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
    """What one look found; `failed` means that it has to be repeated later."""

    viewers: dict[int, User] = dataclasses.field(default_factory=dict)
    classes: dict[int, Hashable] = dataclasses.field(default_factory=dict)
    head: int = 0
    spans: tuple[Span, ...] = ()
    failed: bool = False

    def samples(self) -> dict[Hashable, User]:
        """Return one viewer of each class."""
        return {group: self.viewers[pk] for pk, group in self.classes.items()}

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
    loads = [_guarded(look, _load, look) for look in looks]
    wanted = {user_id for look in looks for user_id, _ in look.positions}
    users = User.objects.filter(is_active=True).defer(*NOT_NEEDED).in_bulk(list(wanted))
    return [
        View(failed=True)
        if loaded is None
        else _guarded(look, _view, look, loaded, users) or View(failed=True)
        for look, loaded in zip(looks, loads, strict=True)
    ]


def _guarded(look: Look, function: Any, *args: Any) -> Any:
    try:
        return function(*args)
    except Error:
        raise
    except Exception:
        # An app's fault in its own channel; the others go on, and this one is tried again.
        logger.exception("could not look at channel %s", look.channel.prefix)
        return None


@dataclasses.dataclass(frozen=True, slots=True)
class _Loaded:
    head: int
    spans: tuple[tuple[int, int | None, tuple[Item, ...]], ...]


def _load(look: Look) -> _Loaded:
    """Load what follows the listeners' positions, in as few loads as their distances allow."""
    head = look.channel.version(look.key) if look.find_head else 0
    starts = sorted({head if at is None else _known(at, head, look) for _, at in look.positions})
    spans: list[tuple[int, int | None, tuple[Item, ...]]] = []
    for start in starts:
        if spans and (spans[-1][1] is None or start < spans[-1][1]):
            continue
        items = tuple(look.channel.load(look.key, start, MOST_ITEMS))
        spans.append((start, items[-1].version if len(items) >= MOST_ITEMS else None, items))
    return _Loaded(head, tuple(spans))


def _known(version: int, head: int, look: Look) -> int:
    """A browser may name a version that never was; it then starts at the newest."""
    return min(version, head) if look.find_head else version


def _view(look: Look, loaded: _Loaded, users: dict[int, User]) -> View:
    asked = {user_id for user_id, _ in look.positions if user_id in users}
    allowed = look.channel.authorise(asked, look.key) & asked if asked else set()
    viewers = {user_id: users[user_id] for user_id in allowed}
    classes = {pk: look.channel.projection(look.key, user) for pk, user in viewers.items()}
    samples = {group: viewers[pk] for pk, group in classes.items()}
    spans = tuple(
        Span(
            after,
            upto,
            items[-1].version if items else after,
            {group: list(_texts(look, items, viewer)) for group, viewer in samples.items()},
        )
        for after, upto, items in loaded.spans
    )
    return View(viewers, classes, loaded.head, spans)


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
