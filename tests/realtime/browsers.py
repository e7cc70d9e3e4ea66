"""Browsers for tests: they speak to the real ASGI application and believe nothing.

Guarantee: a browser fails its test when a frame comes twice or out of order.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from importlib import import_module
from typing import Any, TypeVar

from asgiref.testing import ApplicationCommunicator
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection

from kiplatform.accounts.models import User
from kiplatform.asgi import application
from kiplatform.realtime import hub
from tests.servers.processes import PATIENCE

Answer = TypeVar("Answer")


def sign_in(user: User) -> str:
    """Return the key of a new session of `user`."""
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.save()
    return str(store.session_key)


async def database(function: Callable[..., Answer], *args: Any, **kwargs: Any) -> Answer:
    """Call `function` in a thread with a database connection of its own."""

    def call() -> Answer:
        try:
            return function(*args, **kwargs)
        finally:
            connection.close()

    return await asyncio.to_thread(call)


class Browser:
    """One browser with a websocket that comes and goes; keeps what it was shown."""

    def __init__(self, session_key: str, channel: str) -> None:
        self.session_key = session_key
        self.channel = channel
        self.version = 0
        self.items: dict[str, str] = {}
        self.seen: list[int] = []
        self.others: list[dict[str, Any]] = []
        self._socket: ApplicationCommunicator | None = None

    @property
    def connected(self) -> bool:
        return self._socket is not None

    async def connect(self) -> None:
        """Open the websocket, without subscribing to anything."""
        cookie = f"{settings.SESSION_COOKIE_NAME}={self.session_key}".encode()
        scope = {
            "type": "websocket",
            "path": "/ws/",
            "query_string": b"",
            "headers": [(b"cookie", cookie), (b"origin", b"http://testserver")],
        }
        self._socket = ApplicationCommunicator(application, scope)
        await self._socket.send_input({"type": "websocket.connect"})
        assert (await self._socket.receive_output(timeout=PATIENCE))["type"] == "websocket.accept"

    async def say(self, **message: Any) -> None:
        """Send an operation."""
        await self.send(json.dumps(message))

    async def send(self, text: str) -> None:
        """Send any text."""
        assert self._socket is not None
        await self._socket.send_input({"type": "websocket.receive", "text": text})

    async def listen(self) -> None:
        """Subscribe from the version that was last seen."""
        await self.say(op="subscribe", channel=self.channel, after=self.version)

    async def join(self) -> None:
        """Connect and subscribe."""
        await self.connect()
        await self.listen()

    async def leave(self) -> None:
        """Close the websocket, as a browser does that goes offline; keeps what came until then."""
        if self._socket is not None:
            self._read()
            await self._socket.send_input({"type": "websocket.disconnect", "code": 1001})
            await self._socket.wait(timeout=PATIENCE)
            self._socket = None

    async def hear(self) -> list[dict[str, Any]]:
        """Wait until everything that was sent so far has arrived; return what is no frame."""
        await self.say(op="ping")
        assert self._socket is not None
        answered = False
        while not answered:
            output = await self._socket.receive_output(timeout=PATIENCE)
            answered = self._take(json.loads(output["text"])) == "pong"
        # The operations before the ping have reached the hub; now it has to answer them.
        await hub.current().settled()
        self._read()
        said, self.others = self.others, []
        return said

    async def closed_with(self) -> int:
        """Wait for the server to close the websocket, and return its code."""
        assert self._socket is not None
        while True:
            message = await self._socket.receive_output(timeout=PATIENCE)
            if message["type"] == "websocket.close":
                await self.leave()
                return int(message["code"])

    def _read(self) -> None:
        """Take what has arrived already."""
        assert self._socket is not None
        while not self._socket.output_queue.empty():
            output = self._socket.output_queue.get_nowait()
            if output["type"] == "websocket.send":
                self._take(json.loads(output["text"]))

    def _take(self, message: dict[str, Any]) -> str:
        operation: str = message["op"]
        if operation == "frame":
            assert message["channel"] == self.channel
            assert message["version"] > self.version, "a frame came twice or out of order"
            self.version = message["version"]
            self.seen.append(message["version"])
            self.items[message["data"]["item"]] = message["data"]["text"]
        elif operation != "pong":
            self.others.append(message)
        return operation


@contextlib.asynccontextmanager
async def running_hub() -> AsyncIterator[hub.Hub]:
    """The hub of this loop, stopped at the end."""
    try:
        yield hub.current()
    finally:
        await hub.stop()
