"""The hub: one per process, between the database and the sockets of this process.

It guarantees each subscriber, for each of its channels, every item that it may see above the
version it named, once, in order of version, whatever is nudged, lost or repeated: news is only a
reason to look, and what is sent is always what the database holds above the version that this
listener has reached. Access is checked in the database at every look, after the items are loaded.

One pump serves all channels: it takes the channels that have news, looks at them in one hop to
the database thread, and sends. While it looks, further news gathers, so a busy hub makes larger
looks and not more of them.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from django.db import Error, connection

from kiplatform.accounts.models import User
from kiplatform.realtime import transport
from kiplatform.realtime.doorkeeper import Doorkeeper
from kiplatform.realtime.fanout import View, collect, encode
from kiplatform.realtime.presence import REPEAT_SECONDS
from kiplatform.realtime.registry import Person, channel_for
from kiplatform.realtime.rooms import Request, Room, Subscription
from kiplatform.realtime.sessions import people_of
from kiplatform.realtime.sockets import RESTARTING, SIGNED_OUT, Socket
from kiplatform.realtime.sweep import newest
from kiplatform.realtime.transport import Nudge, publish

logger = logging.getLogger(__name__)

CATCH_UP_SECONDS = 3.0
SESSION_SECONDS = 60.0
# Comings and goings are gathered for this long before they are told.
PRESENCE_SECONDS = 0.5
# A look begins this long (s) after the one before at the earliest. What comes meanwhile shares the
# next one, so that a busy hub looks at many channels at once; people do not notice this pause.
PULSE_SECONDS = 0.1
MOST_ROOMS = 64
MOST_CHANNELS = 50
SESSIONS_AT_ONCE = 100

Answer = TypeVar("Answer")


class Hub:
    """Fans committed changes out to the sockets of one event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._rooms: dict[str, Room] = {}
        self._sockets: set[Socket] = set()
        self._dirty: dict[str, None] = {}
        self._wake = asyncio.Event()
        self._quiet = asyncio.Event()
        # The pump has a thread of its own, so that a slow sweep never delays a message.
        self._pumping = ThreadPoolExecutor(1, "realtime-pump")
        self._sweeping = ThreadPoolExecutor(1, "realtime-sweep")
        self._doorkeeper = Doorkeeper(self._people_of)
        self._tasks = [
            self._loop.create_task(work)
            for work in (
                self._pump(),
                self._every(CATCH_UP_SECONDS, self.catch_up),
                self._every(SESSION_SECONDS, self.check_sessions),
                self._every(REPEAT_SECONDS, self._repeat_presence),
                transport.listen(self.receive),
            )
        ]
        transport.connect(self._loop, self.receive)

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop that this hub belongs to."""
        return self._loop

    async def stop(self) -> None:
        """Close every socket so that its browser comes back elsewhere, and end."""
        transport.disconnect(self.receive)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for socket in list(self._sockets):
            self.drop(socket)
            socket.close(RESTARTING)
        for executor in (self._pumping, self._sweeping):
            await self._loop.run_in_executor(executor, _disconnect)
            executor.shutdown()

    async def settled(self) -> None:
        """Wait until everything that is known to be new has been handed to the network."""
        await asyncio.sleep(0)
        while not self._quiet.is_set() or any(not socket.idle for socket in self._sockets):
            await self._quiet.wait()
            await asyncio.sleep(0)

    async def person_of(self, session_key: str) -> User | None:
        """Return who is signed in with this session, or None."""
        return await self._doorkeeper.person_of(session_key)

    async def _people_of(self, session_keys: Sequence[str]) -> dict[str, User]:
        return await self._database(self._sweeping, people_of, session_keys)

    def add(self, socket: Socket) -> None:
        """Take a socket in."""
        self._sockets.add(socket)

    def drop(self, socket: Socket) -> None:
        """Forget a socket that is gone."""
        self._sockets.discard(socket)
        for name in list(socket.channels):
            self.unsubscribe(socket, name)

    def subscribe(self, socket: Socket, name: str, after: int | None) -> None:
        """Let a socket listen to a channel from a version on, or from now on (None)."""
        known = channel_for(name)
        full = len(socket.channels) >= MOST_CHANNELS and name not in socket.channels
        if known is None or full:
            socket.push(encode({"op": "refused", "channel": name}))
            return
        room = self._rooms.get(name)
        if room is None:
            room = self._rooms[name] = Room(name, *known)
            if room.channel.presence and transport.shared_layer() is not None:
                publish([Nudge(name, kind="ask")])
        room.listeners[socket] = Subscription(after)
        socket.channels.add(name)
        self._mark(room)

    def unsubscribe(self, socket: Socket, name: str) -> None:
        """End a subscription; nothing happens where there is none."""
        room = self._rooms.get(name)
        if room is None:
            return
        room.leave(socket)
        self._moved(room)

    def typing(self, socket: Socket, name: str) -> None:
        """Tell the others in a channel that the socket's person types there."""
        room = self._rooms.get(name)
        position = room.listeners.get(socket) if room else None
        if room is not None and room.channel.presence and position and position.placed:
            fields = (_fields(socket.person),)
            publish([Nudge(name, kind="typing", people=fields)])

    def receive(self, nudges: Sequence[Nudge]) -> None:
        """Take nudges of this or another process; called in the hub's loop."""
        for nudge in nudges:
            if nudge.kind == "signed_out":
                self._sign_out(nudge.channel)
                continue
            room = self._rooms.get(nudge.channel)
            if room is not None:
                self._hear(room, nudge)

    def _hear(self, room: Room, nudge: Nudge) -> None:
        people = tuple(Person(*fields) for fields in nudge.people)
        if nudge.kind == "typing":
            room.typing.update((person.pk, person) for person in people)
            self._mark(room)
        elif nudge.kind == "here":
            if room.roster.heard(nudge.origin, people):
                self._plan_presence(room)
        elif nudge.kind == "ask":
            self._tell_presence(room)
        elif nudge.version is None or nudge.version > room.version:
            self._mark(room)

    def _mark(self, room: Room) -> None:
        self._dirty[room.name] = None
        self._quiet.clear()
        self._wake.set()

    async def _pump(self) -> None:
        while True:
            if not self._dirty:
                self._quiet.set()
            await self._wake.wait()
            self._wake.clear()
            while self._dirty:
                began = self._loop.time()
                names = list(self._dirty)[:MOST_ROOMS]
                for name in names:
                    del self._dirty[name]
                await self._look([self._rooms[name] for name in names if name in self._rooms])
                await asyncio.sleep(began + PULSE_SECONDS - self._loop.time())

    async def _look(self, rooms: list[Room]) -> None:
        requests = [room.request() for room in rooms]
        views: list[View]
        try:
            looks = [request.look for request in requests]
            views = await self._database(self._pumping, collect, looks)
        except Error as error:
            logger.warning("the database is away (%s): live pages lag", type(error).__name__)
            views = [View(failed=True)] * len(rooms)
        for room, request, view in zip(rooms, requests, views, strict=True):
            try:
                self._deliver(room, request, view)
            except Exception:
                # An app's fault in its own channel must not end the pump for the others.
                logger.exception("could not deliver to channel %s", room.channel.prefix)

    def _deliver(self, room: Room, request: Request, view: View) -> None:
        if view.failed:
            pause = room.restore(request)
            self._loop.call_later(pause, self._mark, room)
            return
        behind, moved = room.deliver(request, view)
        if behind:
            self._mark(room)
        if moved:
            self._moved(room)

    async def _database(
        self, executor: ThreadPoolExecutor, function: Callable[..., Answer], *args: Any
    ) -> Answer:
        return await self._loop.run_in_executor(executor, _fresh, function, *args)

    async def _every(self, seconds: float, work: Callable[[], Any]) -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await work()
            except Error as error:
                logger.warning("the database is away (%s)", type(error).__name__)
            except Exception:
                # An app's fault in its own channel must not end the sweeps of the others.
                logger.exception("a sweep of the live channels failed")

    async def catch_up(self) -> None:
        """Look into the database for news that nobody nudged about."""
        keys: dict[str, list[str]] = {}
        for room in self._rooms.values():
            keys.setdefault(room.channel.prefix, []).append(room.key)
        found = await self._database(self._sweeping, newest, keys)
        for name, version in found.items():
            behind = self._rooms.get(name)
            if behind is not None and version > behind.version:
                behind.find_head = True
                self._mark(behind)

    async def check_sessions(self) -> None:
        """Close the sockets of people who have signed out, been shut out, or let it expire."""
        sockets = list(self._sockets)
        for start in range(0, len(sockets), SESSIONS_AT_ONCE):
            part = sockets[start : start + SESSIONS_AT_ONCE]
            people = await self._people_of([socket.session_key for socket in part])
            for socket in part:
                person = people.get(socket.session_key)
                if person is None or person.pk != socket.user_id:
                    self.drop(socket)
                    socket.close(SIGNED_OUT)

    def _sign_out(self, session_key: str) -> None:
        for socket in [s for s in self._sockets if s.session_key == session_key]:
            self.drop(socket)
            socket.close(SIGNED_OUT)

    def _moved(self, room: Room) -> None:
        if not room.listeners:
            self._rooms.pop(room.name, None)
            self._tell_presence(room)
        elif room.channel.presence:
            self._plan_presence(room)
            self._tell_presence(room)

    def _plan_presence(self, room: Room) -> None:
        if not room.presence_planned:
            room.presence_planned = True
            self._loop.call_later(PRESENCE_SECONDS, self._show_presence, room)

    def _show_presence(self, room: Room) -> None:
        room.presence_planned = False
        if self._rooms.get(room.name) is room:
            room.presence_due = True
            self._mark(room)

    def _tell_presence(self, room: Room) -> None:
        if room.channel.presence and transport.shared_layer() is not None:
            people = tuple(_fields(person) for person in set(room.local_people()))
            publish([Nudge(room.name, kind="here", people=people)])

    async def _repeat_presence(self) -> None:
        for room in list(self._rooms.values()):
            if room.roster.expire():
                self._plan_presence(room)
            self._tell_presence(room)


def _fields(person: Person) -> tuple[Any, ...]:
    return (person.pk, person.public_id, person.name, person.is_staff_member)


def _fresh(function: Callable[..., Answer], *args: Any) -> Answer:
    """Call `function` in a hub's thread; after a fault the next call connects anew."""
    try:
        return function(*args)
    except Error:
        connection.close()
        raise


def _disconnect() -> None:
    connection.close()


_current: Hub | None = None


def current() -> Hub:
    """Return the hub of the running loop, and start it where there is none."""
    global _current
    loop = asyncio.get_running_loop()
    if _current is None or _current.loop is not loop:
        _current = Hub()
    return _current


async def stop() -> None:
    """Stop the hub of this process, if it has one."""
    global _current
    hub, _current = _current, None
    if hub is not None:
        await hub.stop()
