"""A browser's end: what is sent to it arrives in order, and a slow one holds up nobody else."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable

from kiplatform.accounts.models import User
from kiplatform.realtime.registry import Person

# More than this waiting means that the browser does not read: it is closed, and gets what it
# missed when it comes back.
MOST_WAITING = 1000
OPERATIONS_PER_SECOND = 10.0
OPERATIONS_AT_ONCE = 60.0

SIGNED_OUT = 4401
TOO_MANY = 4429
TOO_SLOW = 1013
RESTARTING = 1012


class Socket:
    """One open websocket of a person."""

    __slots__ = (
        "_allowance",
        "_asked_at",
        "_close",
        "_closing",
        "_send",
        "_task",
        "_waiting",
        "channels",
        "person",
        "session_key",
        "user_id",
    )

    def __init__(
        self,
        user: User,
        session_key: str,
        send: Callable[[str], Awaitable[None]],
        close: Callable[[int], Awaitable[None]],
    ) -> None:
        self.user_id: int = user.pk
        self.person = Person.of(user)
        self.session_key = session_key
        self.channels: set[str] = set()
        self._send = send
        self._close = close
        self._waiting: deque[str] = deque()
        self._task: asyncio.Task[None] | None = None
        self._closing: int | None = None
        self._allowance = OPERATIONS_AT_ONCE
        self._asked_at = time.monotonic()

    def push(self, text: str) -> None:
        """Send `text` after everything that was pushed before; returns at once."""
        if self._closing is not None:
            return
        if len(self._waiting) >= MOST_WAITING:
            self.close(TOO_SLOW)
            return
        self._waiting.append(text)
        self._start()

    def close(self, code: int) -> None:
        """Close with `code`; what still waits is dropped."""
        if self._closing is not None:
            return
        self._closing = code
        self._waiting.clear()
        if self._task is not None:
            # It may be waiting for a browser that never reads again.
            self._task.cancel()
            self._task = None
        self._start()

    def forget(self) -> None:
        """Drop what waits: the browser is gone."""
        self._closing = self._closing or RESTARTING
        self._waiting.clear()
        if self._task is not None:
            self._task.cancel()

    @property
    def closing(self) -> bool:
        """Whether this socket is closed or about to be."""
        return self._closing is not None

    def may_ask(self) -> bool:
        """Count an operation of the browser; False once it asks far too often."""
        now = time.monotonic()
        gained = (now - self._asked_at) * OPERATIONS_PER_SECOND
        self._allowance = min(OPERATIONS_AT_ONCE, self._allowance + gained) - 1
        self._asked_at = now
        return self._allowance >= 0

    @property
    def idle(self) -> bool:
        """Whether everything that was pushed has been handed to the network."""
        return self._task is None

    def _start(self) -> None:
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._drain())

    async def _drain(self) -> None:
        try:
            while self._waiting:
                await self._send(self._waiting.popleft())
            if self._closing is not None:
                await self._close(self._closing)
        except (OSError, RuntimeError):
            # The browser went while we were sending; its disconnect is on the way.
            self._waiting.clear()
        finally:
            if self._task is asyncio.current_task():
                self._task = None
