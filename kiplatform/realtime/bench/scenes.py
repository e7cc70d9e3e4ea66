"""What the load test plays: the kinds of threads that it can fill with people and messages.

A higher app registers its own by name, as "module:attribute", so that this package knows none of
them; it is loaded in the scratch site alone.
"""

from collections.abc import Sequence
from importlib import import_module
from typing import Protocol

from kiplatform.accounts.models import User


class Scene(Protocol):
    """Threads of one channel. A thread's first message has version 1, each further one 1 more."""

    @property
    def prefix(self) -> str:
        """Prefix of the channel that the browsers listen to."""
        ...

    def prepare(self) -> None:
        """Make what no migration makes."""
        ...

    def open_thread(self, members: Sequence[User]) -> str:
        """Make an empty thread with `members` and return its key."""
        ...

    def post(self, actor: User, thread: str, item: str, text: str) -> int:
        """Write as `actor` and return the version; NotFound where they may not."""
        ...


_places = {"board": "kiplatform.realtime.bench.board:SCENE"}
_playing: list[Scene] = []


def register_scene(name: str, place: str) -> None:
    """Offer the scene at `place` ("module:attribute") as `name`."""
    _places[name] = place


def names() -> list[str]:
    """Return the names of all scenes."""
    return sorted(_places)


def play(name: str) -> Scene:
    """Load the scene called `name` and make it the one that this process plays."""
    module, _, attribute = _places[name].partition(":")
    scene: Scene = getattr(import_module(module), attribute)
    _playing[:] = [scene]
    return scene


def playing() -> Scene:
    """Return the scene that this process plays."""
    return _playing[0]
