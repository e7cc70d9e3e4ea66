"""A channel for load and property tests: threads of short items, with members who come and go.

It behaves as a real thread does (versions under a lock, an event in the same transaction) and
needs no other app. Its tables exist where `create_tables` was called, never in a real database.
"""

import dataclasses
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from django.db import connection, transaction

from kiplatform.accounts.models import User
from kiplatform.core.errors import NotFound
from kiplatform.events.registry import RecordedEvent
from kiplatform.events.services import record
from kiplatform.events.types import Event
from kiplatform.realtime.registry import JSON, Channel, Item, Person, Push, push_on, register

_TABLES = (
    "CREATE TABLE bench_thread (name TEXT PRIMARY KEY, version BIGINT NOT NULL)",
    "CREATE TABLE bench_member (thread TEXT NOT NULL, person BIGINT NOT NULL,"
    " PRIMARY KEY (thread, person))",
    "CREATE TABLE bench_item (thread TEXT NOT NULL, item TEXT NOT NULL, version BIGINT NOT NULL,"
    " text TEXT NOT NULL, PRIMARY KEY (thread, item))",
    "CREATE UNIQUE INDEX bench_item_version ON bench_item (thread, version)",
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BoardPosted(Event):
    """An item was written or changed."""

    name: ClassVar[str] = "bench.posted"
    thread: str
    version: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BoardMembersChanged(Event):
    """Somebody joined or left."""

    name: ClassVar[str] = "bench.members_changed"
    thread: str


class BoardChannel(Channel):
    """Serves "board:<thread>" to its members."""

    prefix = "board"

    def authorise(self, user_ids: Collection[int], key: str) -> set[int]:
        rows = _rows(
            "SELECT person FROM bench_member JOIN accounts_user ON accounts_user.id = person"
            " WHERE thread = %s AND is_active",
            key,
        )
        return {person for (person,) in rows} & set(user_ids)

    def version(self, key: str) -> int:
        return self.versions([key]).get(key, 0)

    def versions(self, keys: Sequence[str]) -> Mapping[str, int]:
        places = ", ".join(["%s"] * len(keys))
        return dict(
            _rows(f"SELECT name, version FROM bench_thread WHERE name IN ({places})", *keys)  # noqa: S608
        )

    def load(self, key: str, after: int, limit: int) -> Sequence[Item]:
        rows = _rows(
            "SELECT version, item, text FROM bench_item WHERE thread = %s AND version > %s"
            " ORDER BY version LIMIT %s",
            key,
            after,
            limit,
        )
        return [Item(version, "item", {"item": item, "text": text}) for version, item, text in rows]

    def project(self, key: str, item: Item, viewer: User) -> JSON | None:
        data: JSON = item.data
        return None if viewer.is_contact and data["text"].startswith("internal") else data

    def projection(self, key: str, person: Person) -> bool:
        return person.is_staff_member


def create_tables() -> None:
    """Make the tables, empty."""
    with connection.cursor() as cursor:
        for statement in _TABLES:
            cursor.execute(statement)


def open_thread(thread: str, members: Collection[int]) -> None:
    """Make an empty thread with `members` (keys of users)."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_thread VALUES (%s, 0)", [thread])
        rows = [(thread, person) for person in members]
        cursor.executemany("INSERT INTO bench_member VALUES (%s, %s)", rows)


@transaction.atomic
def post(thread: str, item: str, text: str) -> int:
    """Write an item, or change it where it exists, and return its version."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE bench_thread SET version = version + 1 WHERE name = %s RETURNING version",
            [thread],
        )
        version: int = cursor.fetchone()[0]
        cursor.execute(
            "INSERT INTO bench_item (thread, item, version, text) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (thread, item) DO UPDATE"
            " SET version = excluded.version, text = excluded.text",
            [thread, item, version, text],
        )
    record(BoardPosted(thread=thread, version=version), actor=None, subject=f"board:{thread}")
    return version


@transaction.atomic
def set_member(thread: str, person: int, *, member: bool) -> None:
    """Let somebody in or put them out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM bench_member WHERE thread = %s AND person = %s", [thread, person]
        )
        if member:
            cursor.execute("INSERT INTO bench_member VALUES (%s, %s)", [thread, person])
    record(BoardMembersChanged(thread=thread), actor=None, subject=f"board:{thread}")


class BoardScene:
    """The floor: what a live thread costs that does nothing beside."""

    prefix = BoardChannel.prefix

    def prepare(self) -> None:
        create_tables()

    def open_thread(self, members: Sequence[User]) -> str:
        name = f"t{members[0].pk}"
        open_thread(name, [member.pk for member in members])
        return name

    def post(self, actor: User, thread: str, item: str, text: str) -> int:
        if not BoardChannel().authorise([actor.pk], thread):
            raise NotFound()
        return post(thread, item, text)


SCENE = BoardScene()


def _rows(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


register(BoardChannel())


@push_on(BoardPosted.name)
def push_post(event: RecordedEvent) -> Iterator[Push]:
    yield Push(f"board:{event.payload['thread']}", event.payload["version"])


@push_on(BoardMembersChanged.name)
def push_members(event: RecordedEvent) -> Iterator[Push]:
    yield Push(f"board:{event.payload['thread']}")
