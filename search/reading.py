"""The reader's place in a search: the first hits, within a budget, or an honest excuse.

Guarantee: a search with a reader that is away differs from one without only by its reason.
"""

import logging
import re
from collections.abc import Callable, Sequence

from django.utils.translation import gettext_lazy as _

from search.reader import Reader, ReaderUnavailable
from search.results import Text

logger = logging.getLogger(__name__)

READ_HITS = 8
BUDGET_SECONDS = 0.4

NOT_READ = _("The hits were not read closely, since the reader is not available now.")
PREPARING = _("The hits were not read closely, since the reader is being prepared.")
PARTLY_READ = _("Only the first hits were read closely, since reading took too long.")


_HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[^\W_\u3400-\u9fff]+")
_MORE = 2.0


def may_answer(question: str, passage: str) -> bool:
    """Whether a passage says at least twice as much as the question.

    One that says hardly more is another question or a headline. The reader, which was trained on
    answers, would push a paraphrase of the question down.
    """
    return _length(passage) >= _MORE * _length(question)


def _length(text: str) -> int:
    """How much is said: two for a Chinese character, three for a word of another script."""
    return 2 * len(_HAN.findall(text)) + 3 * len(_WORD.findall(text))


class ReadingRoom:
    """Lets the reader judge passages."""

    def __init__(self, get: Callable[[], Reader], budget: float = BUDGET_SECONDS) -> None:
        """get: the reader; called for every search, may raise ReaderUnavailable."""
        self._get = get
        self._budget = budget

    def read(self, question: str, passages: Sequence[str]) -> tuple[list[float | None], Text]:
        """A logit per passage (title, newline, text), None where not read; and why any was not."""
        try:
            logits = self._get().score(question, passages, self._budget)
        except ReaderUnavailable as error:
            logger.info("the reader is unavailable: %s", error.reason)
            return [None] * len(passages), PREPARING if error.passing else NOT_READ
        return logits, PARTLY_READ if None in logits else ""
