"""What one process knows of a channel that somebody here listens to."""

import dataclasses
from collections.abc import Hashable
from typing import Any

from kiplatform.realtime.fanout import Look, Span, View, encode
from kiplatform.realtime.presence import Roster
from kiplatform.realtime.registry import Channel, Person
from kiplatform.realtime.sockets import Socket

TYPING_SECONDS = 6
LONGEST_PAUSE_SECONDS = 30.0


@dataclasses.dataclass(slots=True, eq=False)
class Subscription:
    """How far a socket has got in a channel; None until it is known where it starts."""

    version: int | None
    placed: bool = False


@dataclasses.dataclass(slots=True)
class Request:
    """A look under way: what was asked of the database, for whom, and what goes with it."""

    look: Look
    listeners: list[tuple[Socket, Subscription]]
    typing: list[Person]
    presence: bool


class Room:
    """A channel with its local listeners; only the hub's pump moves their versions."""

    def __init__(self, name: str, channel: Channel, key: str) -> None:
        self.name = name
        self.channel = channel
        self.key = key
        self.listeners: dict[Socket, Subscription] = {}
        self.roster = Roster()
        self.typing: dict[int, Person] = {}
        self.presence_due = False
        self.presence_planned = False
        self.find_head = False
        self._shown: dict[Socket, str] = {}
        self._failures = 0

    @property
    def version(self) -> int:
        """The version that every placed listener has reached."""
        return min((s.version or 0 for s in self.listeners.values() if s.placed), default=0)

    def local_people(self) -> list[Person]:
        """Return the people who listen in this process."""
        return [socket.person for socket, s in self.listeners.items() if s.placed]

    def leave(self, socket: Socket) -> None:
        """Forget a listener."""
        self.listeners.pop(socket, None)
        self._shown.pop(socket, None)
        socket.channels.discard(self.name)

    def request(self) -> Request:
        """Return what to ask the database now, and take what waits to be said."""
        listeners = list(self.listeners.items())
        look = Look(
            self.name,
            self.channel,
            self.key,
            tuple((socket.person, s.version) for socket, s in listeners),
            self.find_head or any(not s.placed for _, s in listeners),
        )
        request = Request(look, listeners, list(self.typing.values()), self.presence_due)
        self.typing, self.presence_due, self.find_head = {}, False, False
        return request

    def restore(self, request: Request) -> float:
        """Take back a request that failed, and return the pause (s) before the next attempt."""
        self._failures += 1
        self.typing.update((person.pk, person) for person in request.typing)
        self.presence_due |= request.presence
        self.find_head |= request.look.find_head
        return min(0.5 * 2**self._failures, LONGEST_PAUSE_SECONDS)

    def deliver(self, request: Request, view: View) -> tuple[bool, bool]:
        """Send every listener what it may see and has not had.

        :return: whether somebody is still behind, and whether the people present changed.
        """
        behind = moved = False
        self._failures = 0
        typing, presence = self._typing(request, view), self._presence(request, view)
        for socket, subscription in request.listeners:
            if self.listeners.get(socket) is not subscription:
                continue
            if socket.user_id not in view.classes or socket.closing:
                self.leave(socket)
                moved = True
                socket.push(encode({"op": "refused", "channel": self.name}))
                continue
            placed = subscription.placed
            behind |= self._catch_up(socket, subscription, request.look, view)
            moved |= placed != subscription.placed
            group = view.classes[socket.user_id]
            for person_id, text in typing.get(group, ()):
                if person_id != socket.user_id:
                    socket.push(text)
            here = presence.get(group)
            if here is not None and self._shown.get(socket) != here:
                self._shown[socket] = here
                socket.push(here)
        return behind, moved

    def _catch_up(self, socket: Socket, position: Subscription, look: Look, view: View) -> bool:
        """Send what follows a listener's version; tell whether there is more."""
        at = position.version
        if at is None or (look.find_head and at > view.head):
            at = view.head
        span = view.span_for(at)
        if span is None:
            return True
        for version, text in span.texts.get(view.classes[socket.user_id], ()):
            if version > at:
                socket.push(text)
        position.version = self._reached(at, span, look, view)
        if span.upto is not None:
            return True
        if not position.placed:
            position.placed = True
            done = {"op": "subscribed", "channel": self.name, "version": position.version}
            socket.push(encode(done))
        return False

    @staticmethod
    def _reached(at: int, span: Span, look: Look, view: View) -> int:
        reached = max(at, span.last)
        if span.upto is None and look.find_head:
            # The newest version was read before the items, so they include all up to it.
            reached = max(reached, view.head)
        return reached

    def _typing(self, request: Request, view: View) -> dict[Hashable, list[tuple[int, str]]]:
        """Return, by class of viewers, who types (user id and what is said about it)."""
        if not request.typing:
            return {}
        words = {"op": "typing", "channel": self.name, "seconds": TYPING_SECONDS}
        return {
            group: [
                (person.pk, encode(words | {"person": _public(person)}))
                for person in request.typing
                if self.channel.presence_visible(self.key, viewer, person)
            ]
            for group, viewer in view.samples.items()
        }

    def _presence(self, request: Request, view: View) -> dict[Hashable, str]:
        """Return, by class of viewers, who is here."""
        if not request.presence:
            return {}
        people = self.roster.people(self.local_people())
        said: dict[Hashable, str] = {}
        for group, viewer in view.samples.items():
            here = [
                _public(person)
                for person in people
                if self.channel.presence_visible(self.key, viewer, person)
            ]
            said[group] = encode({"op": "presence", "channel": self.name, "people": here})
        return said


def _public(person: Person) -> dict[str, Any]:
    return {"id": person.public_id, "name": person.name}
