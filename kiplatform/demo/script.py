"""The demo's past as a script: steps with their times, told in order.

Everything is done through the services, under a frozen clock, in the order in which it would have
happened; so threads, notifications and the outbox read like a real year.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from kiplatform.core import clock
from kiplatform.events.relay import run_pending
from search.services import embed_now

DATA = Path(__file__).parent / "data"
ZONE = ZoneInfo("Asia/Shanghai")
PAUSE = timedelta(minutes=3)
Item = dict[str, Any]


@cache
def read(name: str) -> Any:
    """Return one of the demo's data files, parsed."""
    return yaml.safe_load((DATA / f"{name}.yaml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened at a time (aware).

    settle: whether what it causes is carried out at once, or with a later step that settles.
    """

    at: datetime
    run: Callable[[], object]
    settle: bool = True


class Story:
    """Steps that follow one another: none is earlier than the one before it."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._last: datetime | None = None
        self.steps: list[Step] = []

    def fresh(self) -> "Story":
        """Return an empty story that is told from the same present."""
        return Story(self._now)

    def moment(self, item: Item) -> datetime:
        """Return the time that an item names with days_ago, hour and minute."""
        day = (self._now.astimezone(ZONE) - timedelta(days=item["days_ago"])).date()
        return datetime.combine(day, time(item.get("hour", 10), item.get("minute", 0)), tzinfo=ZONE)

    def add(self, at: datetime, run: Callable[[], object], *, settle: bool = True) -> None:
        """Add a step at `at`, or shortly after the step before it where that is later."""
        earliest = self._last + PAUSE if self._last else at
        # Nothing of the past may lie in the future.
        self._last = min(max(at, earliest), self._now)
        self.steps.append(Step(self._last, run, settle))

    def then(self, pause: timedelta, run: Callable[[], object], *, settle: bool = True) -> None:
        """Add a step `pause` after the one before it."""
        if self._last is None:
            raise ValueError("a story begins with a step that has a time")
        self.add(self._last + pause, run, settle=settle)


def tell(stories: Iterable[Story], progress: Callable[[int, int], None]) -> None:
    """Run the steps of all stories in the order of their times."""
    # The sort is stable, so steps of one story that share a time keep their order.
    steps = sorted((s for story in stories for s in story.steps), key=lambda step: step.at)
    for number, step in enumerate(steps, start=1):
        with clock.frozen(step.at):
            step.run()
            if step.settle:
                # What a step causes happens at its time too: inboxes fill up as they would have.
                run_pending()
                embed_now()
        progress(number, len(steps))
