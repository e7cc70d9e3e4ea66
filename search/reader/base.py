"""What every reader promises: a judgement per passage, within a budget of time.

The reader is a second stage. It reads the question together with each passage, so it is far
dearer than comparing vectors; it may reorder the first hits of a search, never find new ones.
"""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable


class ReaderUnavailable(Exception):
    """Nothing can be read now; `reason` says why in words that staff can act on.

    `passing` is True where waiting helps (the model is being prepared).
    """

    def __init__(self, reason: str, *, passing: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.passing = passing


@runtime_checkable
class Reader(Protocol):
    """Judges whether passages answer a question."""

    @property
    def fingerprint(self) -> str:
        """Names the weights; scores of different fingerprints are not comparable."""
        ...

    def score(
        self, question: str, passages: Sequence[str], budget_seconds: float = 0.4
    ) -> list[float | None]:
        """One logit per passage, higher where it answers; None for those not read in time.

        passages: title, newline, text; the likeliest first, since the budget may end early.
        budget_seconds: wall-clock time; the reader stops before a passage that would exceed it.
        Raises ReaderUnavailable.
        """
        ...
