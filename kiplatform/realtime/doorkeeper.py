"""Looks sessions up in batches: who comes while it looks is in the next batch."""

import asyncio
from collections.abc import Awaitable, Callable

from django.db import Error

from kiplatform.accounts.models import User

AT_ONCE = 200
LookUp = Callable[[list[str]], Awaitable[dict[str, User]]]


class Doorkeeper:
    """Tells who is behind a session key."""

    def __init__(self, look_up: LookUp) -> None:
        self._look_up = look_up
        self._waiting: dict[str, list[asyncio.Future[User | None]]] = {}
        self._task: asyncio.Task[None] | None = None

    async def person_of(self, session_key: str) -> User | None:
        """Return who is signed in with this session, or None.

        :raises django.db.Error: the database is away, so nobody can tell.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[User | None] = loop.create_future()
        self._waiting.setdefault(session_key, []).append(answer)
        if self._task is None:
            self._task = loop.create_task(self._serve())
        return await answer

    async def _serve(self) -> None:
        while self._waiting:
            keys = list(self._waiting)[:AT_ONCE]
            batch = {key: self._waiting.pop(key) for key in keys}
            fault: Error | None = None
            people: dict[str, User] = {}
            try:
                people = await self._look_up(keys)
            except Error as error:
                fault = error
            for key, answers in batch.items():
                for answer in answers:
                    if answer.done():
                        continue
                    if fault is None:
                        answer.set_result(people.get(key))
                    else:
                        answer.set_exception(fault)
        self._task = None
