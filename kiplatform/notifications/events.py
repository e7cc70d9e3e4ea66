"""What notifications announce: whose inbox changed, so that open pages can show it."""

import dataclasses
from typing import ClassVar

from kiplatform.events.types import Event


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NotificationSent(Event):
    """Some people have a new notification; public ids."""

    name: ClassVar[str] = "notification.sent"
    users: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NotificationRead(Event):
    """Somebody read one or more notifications; public id of the person."""

    name: ClassVar[str] = "notification.read"
    user: str
