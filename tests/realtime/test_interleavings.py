"""Whatever happens in whatever order, every browser ends with what a fresh page would show."""

import asyncio
import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiplatform.accounts.models import User
from kiplatform.realtime import transport
from kiplatform.realtime.bench import board
from kiplatform.realtime.hub import Hub
from tests.factories.people import ContactUserFactory, StaffFactory
from tests.realtime.browsers import Browser, database, running_hub, sign_in

# Two browsers of one staff member, one of a contact, one of another staff member.
OWNERS = (0, 0, 1, 2)
BROWSERS = st.integers(0, len(OWNERS) - 1)
PEOPLE = st.integers(0, 2)
STEPS = st.one_of(
    st.tuples(
        st.just("post"), st.integers(0, 4), st.sampled_from(["", "internal "]), st.booleans()
    ),
    st.tuples(st.just("connect"), BROWSERS),
    st.tuples(st.just("disconnect"), BROWSERS),
    st.tuples(st.just("revoke"), PEOPLE),
    st.tuples(st.just("grant"), PEOPLE),
    st.tuples(st.just("catch_up")),
    st.tuples(st.just("settle")),
)

_numbers = itertools.count()


class Story:
    """One run: people, their browsers, and who may listen up to which version."""

    def __init__(self, hub: Hub, thread: str, people: list[User], sessions: list[str]) -> None:
        self.hub = hub
        self.thread = thread
        self.people = people
        self.browsers = [Browser(sessions[owner], f"board:{thread}") for owner in OWNERS]
        self.shut_out: dict[int, int] = {}
        self.written = 0

    async def post(self, item: int, kind: str, nudged: bool) -> None:
        """Write or change an item; the nudge may get lost."""
        if not nudged:
            transport.disconnect(self.hub.receive)
        self.written += 1
        await database(board.post, self.thread, str(item), f"{kind}text {self.written}")
        transport.connect(self.hub.loop, self.hub.receive)

    async def connect(self, number: int) -> None:
        browser = self.browsers[number]
        if not browser.connected:
            await browser.join()

    async def disconnect(self, number: int) -> None:
        await self.browsers[number].leave()

    async def revoke(self, person: int) -> None:
        """Put somebody out; from this version on, nothing may reach them."""
        if person not in self.shut_out:
            user = self.people[person]
            await database(board.set_member, self.thread, user.pk, member=False)
            channel = board.BoardChannel()
            self.shut_out[person] = await database(channel.version, self.thread)

    async def grant(self, person: int) -> None:
        if person in self.shut_out:
            await self.check_shut_out(person)
            del self.shut_out[person]
            user = self.people[person]
            await database(board.set_member, self.thread, user.pk, member=True)
            for browser in self.of(person):
                if browser.connected:
                    await browser.listen()

    async def catch_up(self) -> None:
        await self.hub.catch_up()

    async def settle(self) -> None:
        await self.hub.settled()

    def of(self, person: int) -> list[Browser]:
        return [b for b, owner in zip(self.browsers, OWNERS, strict=True) if owner == person]

    async def check_shut_out(self, person: int) -> None:
        for browser in self.of(person):
            if browser.connected:
                await browser.hear()
            assert all(version <= self.shut_out[person] for version in browser.seen)

    async def check_end(self) -> None:
        """Everybody comes back: members see the present state, the others nothing new."""
        for browser in self.browsers:
            if not browser.connected:
                await browser.join()
        await self.hub.catch_up()
        for person, user in enumerate(self.people):
            if person in self.shut_out:
                await self.check_shut_out(person)
                continue
            frames = await database(board.BoardChannel().since, self.thread, 0, user)
            for browser in self.of(person):
                await browser.hear()
                # An item that was public once and became internal stays what it last was.
                visible = {frame.data["item"]: frame.data["text"] for frame in frames}
                assert {k: v for k, v in browser.items.items() if k in visible} == visible


async def run(thread: str, people: list[User], sessions: list[str], steps: list[Any]) -> None:
    async with running_hub() as hub:
        story = Story(hub, thread, people, sessions)
        for name, *details in steps:
            await getattr(story, name)(*details)
        await story.check_end()
        for browser in story.browsers:
            await browser.leave()


@pytest.mark.usefixtures("boards")
class TestAnyInterleaving:
    @settings(max_examples=40)
    @given(steps=st.lists(STEPS, min_size=3, max_size=25))
    def test_every_browser_ends_with_a_fresh_snapshot(self, steps: list[Any]) -> None:
        number = next(_numbers)
        people = [StaffFactory(), ContactUserFactory(), StaffFactory()]
        board.open_thread(f"s{number}", [person.pk for person in people])
        sessions = [sign_in(person) for person in people]
        asyncio.run(run(f"s{number}", people, sessions, steps))
