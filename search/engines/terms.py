"""The index terms of a passage, one for all engines, so that words mean the same in each.

Guarantee: pure; terms hold no white space, so an engine may store them joined by spaces.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from search.analysis import bigrams, name_term, name_tokens, tokens
from search.documents import codes_of

TITLE_WEIGHT = 2
BIGRAM_WEIGHT = 0.3
NAME_WEIGHT = 3.0
"""How often a term in the title, a pair of characters and a name count, where a word of the text
counts once."""

# A title that may be a person's name.
_NAME = re.compile(r"[\u3400-\u9fff]{2,4}\Z")


@dataclass(frozen=True, slots=True)
class Terms:
    """title: of title, codes and heading; words: of the text; bigrams: of title and text.

    names: what the document is found by when that is the whole query: a person's name, a code.
    """

    title: Sequence[str]
    words: Sequence[str]
    bigrams: Sequence[str]
    names: Sequence[str]


class TitleTerms:
    """The terms of a title and of a document's codes, made once for all its passages."""

    def __init__(self, title: str, facets: Mapping[str, str]) -> None:
        codes = codes_of(facets)
        self._title = title
        self._words = tokens(title)
        self._words += [t for code in codes for t in tokens(code) if t not in self._words]
        self._names = name_tokens(title) if _NAME.match(title) else []
        self._names += [name_term(code) for code in codes]

    def passage(self, heading: str, text: str) -> Terms:
        """The terms of a passage."""
        return Terms(
            title=[*self._words, *tokens(heading)],
            words=tokens(text),
            bigrams=bigrams(f"{self._title}\n{text}"),
            names=self._names,
        )
