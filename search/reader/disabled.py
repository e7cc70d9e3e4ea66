"""The reader of an installation without one: it always says so."""

from collections.abc import Sequence
from typing import NoReturn

from search.reader.base import ReaderUnavailable

REASON = "The reader is switched off in the settings (KIP_SEARCH_READER=disabled)."


class DisabledReader:
    """Raises ReaderUnavailable for every question."""

    fingerprint = "disabled"

    def score(
        self, question: str, passages: Sequence[str], budget_seconds: float = 0.4
    ) -> NoReturn:
        raise ReaderUnavailable(REASON)
