"""What an engine can do, as small capabilities; an engine is whatever has all of them.

Guarantee that every engine keeps (tests/contracts/test_search_engines.py): it returns only
passages of the live generation whose document shares an access token with the scope and fits the
scope's kinds and facets, best first, ties by passage.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from search.results import Text
from search.rows import Row

Vector = npt.NDArray[np.float32]
Tell = Callable[[int, int], None]
"""Is told how many of how many are done."""

FACET_LANGUAGE = "language"
FACET_VERIFIED = "verified"
FACET_SINCE = "since"


class EngineUnavailable(Exception):
    """The engine cannot answer now; `reason` says why in words that staff can act on."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which documents may be found at all.

    tokens: of the viewer; a document needs one of them. Empty finds nothing.
    kinds: None for all.
    facets: every one must agree. Three names are answered from the document itself:
        "language", "verified" ("1" or "0") and "since" (ISO date of the last change).
    """

    tokens: frozenset[str]
    kinds: frozenset[str] | None = None
    facets: Mapping[str, str] = field(default_factory=dict)


def since(value: str) -> datetime | None:
    """The time that the facet "since" names (UTC where it has no zone); None if it names none."""
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class LexicalQuery:
    """A query as index terms: words (stemmed), pairs of Chinese characters, and names."""

    words: tuple[str, ...]
    bigrams: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.words or self.bigrams or self.names)


@dataclass(frozen=True, slots=True)
class DenseQuery:
    """A query as a unit vector, already centred for its language.

    means: document language ("zh", "en", "other") -> the mean to take off documents of it.
    """

    vector: Vector
    means: Mapping[str, Vector]


class Scored(NamedTuple):
    """A passage and its score; higher is better, comparable within one call only.

    language: of the passage, "zh", "en" or "other".
    """

    passage: int
    document: int
    score: float
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedPassage:
    """A passage as an engine stores it; `vector` (int8) x `scale` is a unit vector."""

    id: int
    text: str
    heading: str = ""
    vector: bytes | None = None
    scale: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedDocument:
    """A document with its passages as an engine stores them."""

    id: int
    kind: str
    key: str
    version: int
    language: str
    title: str
    access: frozenset[str]
    facets: Mapping[str, str]
    verified: bool
    updated_at: datetime
    passages: Sequence[IndexedPassage]


@dataclass(frozen=True, slots=True)
class LanguageStatistics:
    """Over the passages of one language: how many have a vector, and the sum of these."""

    count: int
    total: Vector


class LexicalSearch(Protocol):
    def lexical(self, query: LexicalQuery, scope: Scope, limit: int) -> list[Scored]:
        """The best `limit` passages by words; raises EngineUnavailable."""
        ...

    def spelling(self, words: Sequence[str]) -> list[str]:
        """Words of the index that those of `words` may stand for that it does not know.

        Only Latin words are looked at; the nearest of each come first.
        """
        ...


class DenseSearch(Protocol):
    def dense(self, query: DenseQuery, scope: Scope, limit: int) -> list[Scored]:
        """The best `limit` passages by centred cosine (-1 to 1); raises EngineUnavailable."""
        ...

    def similarities(self, query: DenseQuery, passages: Sequence[int]) -> dict[int, float]:
        """Passage -> centred cosine, for those of `passages` that have a vector."""
        ...

    def statistics(self) -> Mapping[str, LanguageStatistics]:
        """Document language -> its statistics over the live generation."""
        ...


class Describing(Protocol):
    def rows(self, documents: Collection[int]) -> dict[int, Row]:
        """What ranking needs of documents, of those that are there, as of `catch_up` or later."""
        ...


class Following(Protocol):
    def catch_up(self) -> None:
        """Let the calls after this one see what was committed before it.

        Quick when nothing has changed; called before each search. Where it would take long or
        cannot be done now, what is there is searched, and `notice` says so.
        """
        ...

    def follow(self) -> None:
        """Take the time to see everything that was committed; called in the background.

        Raises EngineUnavailable.
        """
        ...

    @property
    def notice(self) -> Text:
        """Why searches may miss the newest changes; empty where they do not."""
        ...


class Writing(Protocol):
    """Called inside the transaction that changes the rows, in the order of the change log."""

    def write(self, slot: str, documents: Iterable[IndexedDocument]) -> None:
        """Put documents with all their passages into `slot`; the passages must be new."""
        ...

    def erase(self, slot: str, passages: Sequence[int]) -> None:
        """Take passages out of `slot` whose rows are deleted in the same transaction; those that
        are not there are passed over."""
        ...

    def clear(self, slot: str) -> None:
        """Take everything out of `slot`."""
        ...


class Inventory(Protocol):
    def stored_passages(self, slot: str) -> set[int]:
        """The passages that the engine holds in `slot`, for comparing with the database.

        An engine with a copy of what the rows say leaves out those that it holds otherwise.
        """
        ...

    def fill(self, slot: str, tell: Tell) -> None:
        """Take the time to put what was committed into `slot`, and in order, before it is compared.

        Called outside of transactions. Raises EngineUnavailable.
        """
        ...

    def discard(self) -> None:
        """Remove what the engine keeps outside of the database; for scratch indexes."""
        ...


class Engine(LexicalSearch, DenseSearch, Describing, Following, Writing, Inventory, Protocol):
    """All capabilities together."""

    @property
    def name(self) -> str: ...
