"""Who is here and who types: told to those who may know, kept nowhere."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from kiplatform.realtime import hub as hubs
from kiplatform.realtime import presence
from kiplatform.realtime.bench import board
from kiplatform.realtime.hub import Hub
from kiplatform.realtime.presence import Roster
from kiplatform.realtime.registry import Person
from kiplatform.realtime.transport import Nudge
from tests.factories.people import ContactUserFactory, StaffFactory
from tests.realtime.browsers import Browser, database, running_hub, sign_in

pytestmark = pytest.mark.usefixtures("boards")


class Place:
    """A thread called "t" with two staff members and a contact, each with a browser."""

    def __init__(self) -> None:
        people = [
            StaffFactory(name="Anna"),
            StaffFactory(name="Bo"),
            ContactUserFactory(name="Chen"),
        ]
        self.people = people
        board.open_thread("t", [person.pk for person in people])
        self.anna, self.bo, self.chen = (Browser(sign_in(p), "board:t") for p in people)
        self.browsers = [self.anna, self.bo, self.chen]


def play(scene: Callable[[Hub, Place], Awaitable[None]], monkeypatch: Any) -> None:
    monkeypatch.setattr(hubs, "PRESENCE_SECONDS", 0)

    async def run() -> None:
        async with running_hub() as hub:
            place = await database(Place)
            await scene(hub, place)
            for browser in place.browsers:
                await browser.leave()

    asyncio.run(run())


async def here(browser: Browser) -> list[str]:
    """Return who is here, as the browser was told last."""
    told: list[dict[str, Any]] = []
    while not told:
        told = [m for m in await browser.hear() if m["op"] == "presence"]
    return [person["name"] for person in told[-1]["people"]]


def test_people_come_and_go(monkeypatch: Any) -> None:
    async def scene(hub: Hub, place: Place) -> None:
        await place.anna.join()
        assert await here(place.anna) == ["Anna"]
        await place.bo.join()
        assert await here(place.anna) == ["Anna", "Bo"]
        assert await here(place.bo) == ["Anna", "Bo"]
        await place.bo.leave()
        assert await here(place.anna) == ["Anna"]

    play(scene, monkeypatch)


def test_a_contact_never_learns_which_staff_are_here(monkeypatch: Any) -> None:
    async def scene(hub: Hub, place: Place) -> None:
        await place.anna.join()
        await place.chen.join()
        assert await here(place.chen) == ["Chen"]
        await place.bo.join()
        assert "Bo" in await here(place.anna)
        await place.bo.say(op="typing", channel="board:t")
        await place.bo.hear()
        assert [m["op"] for m in await place.anna.hear()] == ["typing"]
        assert await place.chen.hear() == []

    play(scene, monkeypatch)


def test_typing_is_told_to_the_others(monkeypatch: Any) -> None:
    async def scene(hub: Hub, place: Place) -> None:
        await place.anna.join()
        await place.bo.join()
        await here(place.anna)
        await here(place.bo)
        await place.bo.say(op="typing", channel="board:t")
        assert "typing" not in [m["op"] for m in await place.bo.hear()]
        (told,) = [m for m in await place.anna.hear() if m["op"] == "typing"]
        person = place.people[1]
        assert told["person"] == {"id": person.public_id, "name": "Bo"}
        assert told["seconds"] > 0

    play(scene, monkeypatch)


def test_who_was_put_out_neither_types_nor_hears_typing(monkeypatch: Any) -> None:
    async def scene(hub: Hub, place: Place) -> None:
        await place.anna.join()
        await place.bo.join()
        await here(place.anna)
        await here(place.bo)
        await database(board.set_member, "t", place.people[1].pk, member=False)
        assert [m["op"] for m in await place.bo.hear()] == ["refused"]
        assert await here(place.anna) == ["Anna"]
        await place.bo.say(op="typing", channel="board:t")
        await place.bo.hear()
        await place.anna.say(op="typing", channel="board:t")
        await place.anna.hear()
        assert await place.bo.hear() == []
        assert await place.anna.hear() == []

    play(scene, monkeypatch)


def test_people_in_other_processes_count_until_they_are_silent(monkeypatch: Any) -> None:
    async def scene(hub: Hub, place: Place) -> None:
        await place.anna.join()
        assert await here(place.anna) == ["Anna"]
        monkeypatch.setattr(presence, "HOLD_SECONDS", -1.0)
        bo = (place.people[1].pk, place.people[1].public_id, "Bo", True)
        hub.receive([Nudge("board:t", kind="here", people=(bo,), origin="elsewhere")])
        assert await here(place.anna) == ["Anna", "Bo"]
        await hub._repeat_presence()
        assert await here(place.anna) == ["Anna"]

    play(scene, monkeypatch)


def test_a_roster_forgets_who_left_elsewhere() -> None:
    roster = Roster()
    bo = Person(2, "b", "Bo", True)
    assert roster.heard("elsewhere", (bo,))
    assert not roster.heard("elsewhere", (bo,))
    assert [p.name for p in roster.people([Person(1, "a", "Anna", True)])] == ["Anna", "Bo"]
    assert roster.heard("elsewhere", ())
    assert roster.people([]) == []
