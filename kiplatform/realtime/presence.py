"""Who is here: ephemeral, shared between processes, and forgotten by itself.

Nothing of it is stored. What another process said about its people holds for `HOLD_SECONDS`, so a
process that was killed leaves no ghosts.
"""

import time
from collections.abc import Iterable

from kiplatform.realtime.registry import Person

HOLD_SECONDS = 45.0
REPEAT_SECONDS = 15.0


class Roster:
    """The people present in one channel, in this process and in the others."""

    def __init__(self) -> None:
        self._elsewhere: dict[str, tuple[float, tuple[Person, ...]]] = {}

    def heard(self, process: str, people: tuple[Person, ...]) -> bool:
        """Note who is present in another process; tell whether that is news."""
        before = self._elsewhere.get(process, (0.0, ()))[1]
        if people:
            self._elsewhere[process] = (time.monotonic() + HOLD_SECONDS, people)
        else:
            self._elsewhere.pop(process, None)
        return set(before) != set(people)

    def expire(self) -> bool:
        """Forget processes that have been silent for too long; tell whether there were any."""
        now = time.monotonic()
        silent = [process for process, (until, _) in self._elsewhere.items() if until < now]
        for process in silent:
            del self._elsewhere[process]
        return bool(silent)

    def people(self, local: Iterable[Person]) -> list[Person]:
        """Return everybody present once, by name."""
        everybody = {person.pk: person for person in local}
        for _, people in self._elsewhere.values():
            everybody.update((person.pk, person) for person in people)
        return sorted(everybody.values(), key=lambda person: (person.name, person.pk))
