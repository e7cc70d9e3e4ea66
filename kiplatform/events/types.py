"""Event types: strict, frozen facts that an app announces.

An event says what happened and to which public ids; it never carries personal data or texts, so
the outbox can be kept, logged and replayed.
"""

import dataclasses
from typing import Any, ClassVar

Scalar = str | int | bool | None | tuple[str, ...]

_types: dict[str, type["Event"]] = {}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base of every event; a subclass names itself with the class variable `name`."""

    name: ClassVar[str] = ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        # object.__init_subclass__, since slots=True makes a second class that super() would miss.
        object.__init_subclass__(**kwargs)
        if not cls.name:
            raise TypeError(f"{cls.__qualname__} needs a name")
        known = _types.get(cls.name)
        if known is not None and known.__qualname__ != cls.__qualname__:
            raise TypeError(f"two event types are called {cls.name}")
        _types[cls.name] = cls

    def payload(self) -> dict[str, Scalar]:
        """Return the fields as JSON holds them."""
        return {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}

    @classmethod
    def from_payload(cls, payload: dict[str, Any]) -> "Event":
        """Rebuild an event; TypeError where the payload does not have its fields."""
        return cls(**{key: tuple(v) if isinstance(v, list) else v for key, v in payload.items()})


def event_type(name: str) -> type[Event]:
    """Return the type called `name`; KeyError where no app announces it."""
    return _types[name]


def event_types() -> dict[str, type[Event]]:
    """Return every known type by its name."""
    return dict(_types)
