"""The websocket with its hub: who gets what, and what it costs."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection

from kiplatform.accounts.models import User
from kiplatform.realtime import fanout, sockets
from kiplatform.realtime.bench import board
from kiplatform.realtime.hub import MOST_CHANNELS, Hub
from kiplatform.realtime.transport import Nudge
from tests.factories.people import ContactUserFactory, StaffFactory
from tests.realtime.browsers import Browser, database, running_hub, sign_in

pytestmark = pytest.mark.usefixtures("boards")


class Place:
    """A thread called "t" with two staff members and a contact, each with a browser."""

    def __init__(self) -> None:
        self.anna: User = StaffFactory(name="Anna")
        self.bo: User = StaffFactory(name="Bo")
        self.customer: User = ContactUserFactory(name="Chen")
        self.people = [self.anna, self.bo, self.customer]
        board.open_thread("t", [person.pk for person in self.people])
        self.browsers = [Browser(sign_in(person), "board:t") for person in self.people]


def play(scene: Callable[[Hub, Place], Awaitable[None]]) -> None:
    """Run a scene in a loop and a hub of its own."""

    async def run() -> None:
        async with running_hub() as hub:
            place = await database(Place)
            await scene(hub, place)
            for browser in place.browsers:
                await browser.leave()

    asyncio.run(run())


def test_a_message_reaches_everybody_who_may_see_it() -> None:
    async def scene(hub: Hub, place: Place) -> None:
        for browser in place.browsers:
            await browser.join()
            await browser.hear()
        await database(board.post, "t", "1", "good morning")
        await database(board.post, "t", "2", "internal note")
        for browser in place.browsers:
            await browser.hear()
        assert place.browsers[0].items == {"1": "good morning", "2": "internal note"}
        assert place.browsers[1].items == place.browsers[0].items
        assert place.browsers[2].items == {"1": "good morning"}

    play(scene)


def test_who_comes_back_gets_what_was_missed_in_order() -> None:
    async def scene(hub: Hub, place: Place) -> None:
        browser = place.browsers[0]
        await browser.join()
        await database(board.post, "t", "0", "seen")
        await browser.hear()
        await browser.leave()
        # More than one load brings, and one item that changed twice meanwhile.
        missed = fanout.MOST_ITEMS + 20
        for number in range(missed):
            await database(board.post, "t", str(number), f"missed {number}")
        await database(board.post, "t", "3", "changed")
        await browser.join()
        said = await browser.hear()
        assert said[-1]["op"] == "subscribed"
        assert said[-1]["version"] == missed + 2
        assert len(browser.items) == missed
        assert browser.items["3"] == "changed"

    play(scene)


def test_subscribed_tells_where_a_new_page_starts() -> None:
    async def scene(hub: Hub, place: Place) -> None:
        await database(board.post, "t", "1", "old")
        browser = place.browsers[0]
        await browser.connect()
        await browser.say(op="subscribe", channel="board:t")
        said = await browser.hear()
        assert {"op": "subscribed", "channel": "board:t", "version": 1} in said
        assert browser.items == {}
        await database(board.post, "t", "2", "new")
        await browser.hear()
        assert browser.items == {"2": "new"}

    play(scene)


def test_a_version_that_never_was_starts_at_the_newest() -> None:
    async def scene(hub: Hub, place: Place) -> None:
        await database(board.post, "t", "1", "old")
        browser = place.browsers[0]
        await browser.connect()
        await browser.say(op="subscribe", channel="board:t", after=4000)
        said = await browser.hear()
        assert {"op": "subscribed", "channel": "board:t", "version": 1} in said
        await database(board.post, "t", "2", "new")
        await browser.hear()
        assert browser.items == {"2": "new"}

    play(scene)


@pytest.mark.parametrize("channel", ["board:t", "board:none", "nothing:t", "board:", "board"])
def test_what_may_not_be_heard_looks_as_if_it_did_not_exist(channel: str) -> None:
    async def scene(hub: Hub, place: Place) -> None:
        stranger = await database(StaffFactory)
        browser = Browser(await database(sign_in, stranger), "board:t")
        await browser.connect()
        await browser.say(op="subscribe", channel=channel)
        assert await browser.hear() == [{"op": "refused", "channel": channel}]
        await database(board.post, "t", "1", "secret")
        await browser.say(op="typing", channel=channel)
        assert await browser.hear() == []
        assert browser.items == {}
        await browser.leave()

    play(scene)


def test_who_loses_access_stops_receiving_at_once() -> None:
    async def scene(hub: Hub, place: Place) -> None:
        browser = place.browsers[1]
        await browser.join()
        await browser.hear()
        await database(board.set_member, "t", place.bo.pk, member=False)
        await database(board.post, "t", "1", "after Bo left")
        assert {"op": "refused", "channel": "board:t"} in await browser.hear()
        assert browser.items == {}

    play(scene)


def test_who_may_no_longer_sign_in_stops_receiving_at_once() -> None:
    async def scene(hub: Hub, place: Place) -> None:
        browser = place.browsers[1]
        await browser.join()
        await browser.hear()
        await database(User.objects.filter(pk=place.bo.pk).update, is_active=False)
        await database(board.post, "t", "1", "after Bo left")
        assert {"op": "refused", "channel": "board:t"} in await browser.hear()
        await hub.check_sessions()
        assert await browser.closed_with() == sockets.SIGNED_OUT

    play(scene)


@pytest.mark.parametrize("end", ["session ended", "password changed"])
def test_a_sign_in_that_ended_closes_its_sockets(end: str) -> None:
    async def scene(hub: Hub, place: Place) -> None:
        browser, other = place.browsers[0], place.browsers[1]
        await browser.join()
        await other.join()
        if end == "session ended":
            await database(Session.objects.filter(session_key=browser.session_key).delete)
        else:
            place.anna.set_password("another")
            await database(place.anna.save)
        await hub.check_sessions()
        assert await browser.closed_with() == sockets.SIGNED_OUT
        assert {"op": "subscribed", "channel": "board:t", "version": 0} in await other.hear()

    play(scene)


def test_signing_out_closes_the_sockets_of_that_session_at_once() -> None:
    async def scene(hub: Hub, place: Place) -> None:
        browser, other = place.browsers[0], place.browsers[1]
        await browser.join()
        await other.join()
        hub.receive([Nudge(browser.session_key, kind="signed_out")])
        assert await browser.closed_with() == sockets.SIGNED_OUT
        assert {"op": "subscribed", "channel": "board:t", "version": 0} in await other.hear()

    play(scene)


@pytest.mark.parametrize("key", ["", "unknown"])
def test_who_is_not_signed_in_is_told_so(key: str) -> None:
    async def scene(hub: Hub, place: Place) -> None:
        browser = Browser(key, "board:t")
        await browser.connect()
        assert await browser.closed_with() == sockets.SIGNED_OUT

    play(scene)


def test_a_malformed_message_is_answered_and_changes_nothing() -> None:
    async def scene(hub: Hub, place: Place) -> None:
        browser = place.browsers[0]
        await browser.join()
        await browser.hear()
        await browser.send("{")
        assert await browser.hear() == [{"op": "error", "code": "malformed"}]
        await database(board.post, "t", "1", "still here")
        await browser.hear()
        assert browser.items == {"1": "still here"}

    play(scene)


def test_a_flood_is_closed() -> None:
    async def scene(hub: Hub, place: Place) -> None:
        browser = place.browsers[0]
        await browser.connect()
        for _ in range(int(sockets.OPERATIONS_AT_ONCE) + 20):
            await browser.say(op="ping")
        assert await browser.closed_with() == sockets.TOO_MANY

    play(scene)


def test_a_browser_may_not_listen_to_everything_at_once() -> None:
    async def scene(hub: Hub, place: Place) -> None:
        browser = place.browsers[0]
        await browser.connect()
        for number in range(MOST_CHANNELS + 1):
            hub.subscribe(next(iter(hub._sockets)), f"board:{number}", None)
        said = await browser.hear()
        assert [message["op"] for message in said] == ["refused"] * (MOST_CHANNELS + 1)

    play(scene)


def test_a_lost_nudge_is_made_good_by_the_next_sweep() -> None:
    async def scene(hub: Hub, place: Place) -> None:
        browser = place.browsers[0]
        await browser.join()
        await browser.hear()

        def unheard() -> None:
            with connection.cursor() as cursor:
                cursor.execute("UPDATE bench_thread SET version = 1 WHERE name = 't'")
                cursor.execute("INSERT INTO bench_item VALUES ('t', '1', 1, 'unheard')")

        await database(unheard)
        await browser.hear()
        assert browser.items == {}
        await hub.catch_up()
        await browser.hear()
        assert browser.items == {"1": "unheard"}

    play(scene)


def test_a_fault_in_one_channel_does_not_touch_the_others(monkeypatch: Any) -> None:
    async def scene(hub: Hub, place: Place) -> None:
        await database(board.open_thread, "broken", [place.anna.pk])
        browser = place.browsers[0]
        await browser.join()
        await browser.say(op="subscribe", channel="board:broken", after=0)
        await browser.hear()
        load = board.BoardChannel.load

        def faulty(self: board.BoardChannel, key: str, after: int, limit: int) -> Any:
            if key == "broken":
                raise LookupError(key)
            return load(self, key, after, limit)

        monkeypatch.setattr(board.BoardChannel, "load", faulty)
        await database(board.post, "broken", "1", "unseen")
        await database(board.post, "t", "1", "seen")
        await browser.hear()
        assert browser.items == {"1": "seen"}

    play(scene)


def test_a_fan_out_asks_the_database_the_same_whoever_listens() -> None:
    """One load, one look at the people, one authorisation, however many sockets."""

    async def count(hub: Hub, place: Place, browsers: list[Browser]) -> int:
        for browser in browsers:
            await browser.join()
            await browser.hear()
        statements: list[str] = []

        def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            statements.append(sql)
            return execute(sql, params, many, context)

        def watch() -> None:
            connection.execute_wrappers.append(note)

        await hub._database(hub._pumping, watch)
        await database(board.post, "t", "1", f"text for {len(browsers)}")
        for browser in browsers:
            await browser.hear()
            await browser.leave()
        await hub._database(hub._pumping, connection.execute_wrappers.clear)
        return len(statements)

    async def scene(hub: Hub, place: Place) -> None:
        few = await count(hub, place, place.browsers)
        sessions = [b.session_key for b in place.browsers]
        crowd = [Browser(key, "board:t") for key in sessions * 5]
        many = await count(hub, place, crowd)
        assert few == many == 3

    play(scene)


def test_who_does_not_read_is_closed_and_holds_up_nobody() -> None:
    async def scene(hub: Hub, place: Place) -> None:
        stuck = asyncio.Event()
        codes: list[int] = []

        async def never(text: str) -> None:
            await stuck.wait()

        async def close(code: int) -> None:
            codes.append(code)

        slow = sockets.Socket(place.bo, "", never, close)
        hub.add(slow)
        hub.subscribe(slow, "board:t", 0)
        for _ in range(sockets.MOST_WAITING + 2):
            slow.push("more")
        browser = place.browsers[0]
        await browser.join()
        await browser.hear()
        assert codes == [sockets.TOO_SLOW]
        await database(board.post, "t", "1", "on time")
        await browser.hear()
        assert browser.items == {"1": "on time"}

    play(scene)
