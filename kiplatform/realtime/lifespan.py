"""What lives as long as the web process: the relay, where it runs inside, and the hub."""

import asyncio
import gc
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings

from kiplatform.events.relay import Relay
from kiplatform.realtime import hub

GC_THRESHOLDS = (50_000, 50, 50)


class Lifespan:
    """Answers the server's lifespan protocol: starts relay and hub, and stops them in order."""

    def __init__(self) -> None:
        self._relay: Relay | None = None

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._start()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self._stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    def _start(self) -> None:
        # What is loaded now stays for good. Without this, every large collection walks through all
        # of it, and thousands of sockets make such collections frequent and long.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLDS)
        hub.current()
        if settings.EVENTS_RELAY == "inline":
            self._relay = Relay()
            self._relay.start()

    async def _stop(self) -> None:
        if self._relay is not None:
            await asyncio.to_thread(self._relay.stop)
            self._relay = None
        await hub.stop()
