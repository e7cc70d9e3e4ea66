"""Nudges between processes: "look at this channel". They carry no texts, and may get lost.

A nudge goes straight to the hub of its own process, and through the channel layer to the hubs of
the others where the layer reaches them. Publishing never raises and never waits for long: the
database holds the truth, and every hub looks there by itself every few seconds.
"""

import asyncio
import dataclasses
import logging
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import BaseChannelLayer, InMemoryChannelLayer, get_channel_layer

logger = logging.getLogger(__name__)

GROUP = "realtime"
PROCESS = uuid.uuid4().hex[:12]
SEND_SECONDS = 2.0
PAUSE_SECONDS = 5.0


@dataclasses.dataclass(frozen=True, slots=True)
class Nudge:
    """What hubs tell each other: news up to `version`, or one of the ephemeral facts.

    `kind` is "news", "here" (the people present in process `origin`), "ask" (who is present?),
    "typing" or "signed_out" (`channel` is then the session's key). `people` are the fields of
    Person.
    """

    channel: str
    version: int | None = None
    kind: str = "news"
    people: tuple[tuple[Any, ...], ...] = ()
    origin: str = PROCESS

    @classmethod
    def of(cls, message: dict[str, Any]) -> "Nudge":
        """Rebuild a nudge from what came through the layer; TypeError where it has other fields."""
        people = tuple(tuple(person) for person in message.pop("people", ()))
        return cls(people=people, **message)


Receiver = Callable[[Sequence[Nudge]], None]


class _Local:
    """The hub of this process: the loop it runs in, and where it takes nudges."""

    lock = threading.Lock()
    loop: asyncio.AbstractEventLoop | None = None
    receive: Receiver | None = None
    silent_until = 0.0


def connect(loop: asyncio.AbstractEventLoop, receive: Receiver) -> None:
    """Hand nudges of this process to `receive`, called in `loop`."""
    with _Local.lock:
        _Local.loop, _Local.receive = loop, receive


def disconnect(receive: Receiver) -> None:
    """Stop handing nudges to `receive`."""
    with _Local.lock:
        if _Local.receive == receive:
            _Local.loop = _Local.receive = None


def shared_layer() -> BaseChannelLayer | None:
    """Return the channel layer if it reaches other processes, else None."""
    layer = get_channel_layer()
    return None if layer is None or isinstance(layer, InMemoryChannelLayer) else layer


def publish(nudges: Sequence[Nudge]) -> None:
    """Send nudges to every hub that can be reached; from any thread."""
    if not nudges:
        return
    with _Local.lock:
        loop, receive = _Local.loop, _Local.receive
    layer = shared_layer()
    if loop is not None and receive is not None and not loop.is_closed():
        loop.call_soon_threadsafe(receive, tuple(nudges))
        if layer is not None:
            asyncio.run_coroutine_threadsafe(_send(layer, nudges), loop)
    elif layer is not None:
        async_to_sync(_send)(layer, nudges)


async def _send(layer: BaseChannelLayer, nudges: Sequence[Nudge]) -> None:
    if time.monotonic() < _Local.silent_until:
        return
    message = {"type": GROUP, "nudges": [dataclasses.asdict(nudge) for nudge in nudges]}
    try:
        await asyncio.wait_for(layer.group_send(GROUP, message), SEND_SECONDS)
    except Exception as error:
        # Whatever the broker's client raises: the other hubs look into the database anyway.
        _Local.silent_until = time.monotonic() + PAUSE_SECONDS
        logger.warning("the channel layer is away (%s): live pages lag", type(error).__name__)


async def listen(receive: Receiver) -> None:
    """Hand the nudges of the other processes to `receive`, until cancelled."""
    layer = shared_layer()
    if layer is None:
        return
    while True:
        try:
            channel = await layer.new_channel()
            await layer.group_add(GROUP, channel)
            while True:
                message = await layer.receive(channel)
                nudges = [Nudge.of(dict(nudge)) for nudge in message["nudges"]]
                receive([nudge for nudge in nudges if nudge.origin != PROCESS])
        except Exception as error:
            # Whatever the broker's client raises: try again until it is back.
            logger.warning("not listening to the channel layer (%s)", type(error).__name__)
            await asyncio.sleep(PAUSE_SECONDS / 5)
