"""The Elasticsearch engine's capabilities, put together.

Elasticsearch finds candidates; the scores by meaning are made here from the vectors of the
database, with the means of the moment, so both engines rank alike.
"""

import hashlib
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from django.conf import settings
from django.db import connections
from elasticsearch import Elasticsearch

from search.analysis import near_words
from search.analysis.spelling import may_be_mistyped
from search.engines.base import (
    DenseQuery,
    EngineUnavailable,
    IndexedDocument,
    LanguageStatistics,
    LexicalQuery,
    Scope,
    Scored,
    Tell,
)
from search.engines.elasticsearch import queries
from search.engines.elasticsearch.following import Follower
from search.engines.elasticsearch.gateway import NO_WRITES, Gateway, IndexLost
from search.engines.elasticsearch.indices import Indices
from search.engines.elasticsearch.means import Means
from search.engines.elasticsearch.rows import Rows
from search.engines.elasticsearch.scoring import scored
from search.models import Generation, Passage
from search.results import Text
from search.rows import Row, rows_of

Seen = tuple[int, str] | None
_REMEMBERED_WORDS = 2_000
_KNOWN = ("id", "document_id", "language")
PATIENCE_SECONDS = 1.0
"""How long a change is left to the background before a search copies it."""
GRACE_SECONDS = 5.0
"""How long copying may fail before people are told: a cluster that lost a node needs a moment."""


class ElasticsearchEngine:
    """Searches an index that follows the database; safe to share among threads."""

    name = "elasticsearch"

    def __init__(self, using: str = "default", hosts: str = "", prefix: str = "") -> None:
        """hosts: comma-separated URLs, prefix: of the names of all indexes; "" for the settings'.

        A database other than the default one gets a prefix of its own, the same in every process.
        """
        hosts = hosts or settings.SEARCH_ELASTICSEARCH_URL
        prefix = prefix or settings.SEARCH_ELASTICSEARCH_PREFIX
        if using != "default":
            place = str(connections[using].settings_dict["NAME"]).encode()
            prefix = f"{prefix}-{using}-{hashlib.sha256(place).hexdigest()[:8]}"
        self._gateway = Gateway([host.strip() for host in hosts.split(",") if host.strip()])
        self._indices = Indices(self._gateway, prefix)
        self._using = using
        self._rows = Rows(using)
        # Without a process in the background, a search has to copy what it wants to find.
        patience = 0.0 if settings.EVENTS_RELAY == "manual" else PATIENCE_SECONDS
        self._follower = Follower(self._gateway, self._indices, self._rows, patience)
        self._means = Means(using)
        # Why copying fails, and since when (seconds of the monotonic clock).
        self._fails: tuple[Text, float] | None = None
        # Both are true up to a line of the change log.
        self._near: tuple[Seen, dict[str, list[str]]] = (None, {})
        self._counts: tuple[Seen, dict[str, int]] = (None, {})

    @property
    def notice(self) -> Text:
        if self._fails is None or time.monotonic() - self._fails[1] < GRACE_SECONDS:
            return ""
        return self._fails[0]

    def catch_up(self) -> None:
        if not self._follower.is_due():
            return
        try:
            if self._follower.follow(patient=False):
                self._fails = None
        except EngineUnavailable as error:
            # What is there can still be searched.
            self._fails = (error.reason, self._fails[1] if self._fails else time.monotonic())

    def follow(self) -> None:
        if not self._follower.follow(patient=True):
            # Another process took the lease over in the middle.
            raise EngineUnavailable(NO_WRITES)
        self._fails = None

    def lexical(self, query: LexicalQuery, scope: Scope, limit: int) -> list[Scored]:
        filtered = queries.filters(scope)
        if filtered is None or not query or self._rows.live() is None:
            return []
        with self._reading() as client:
            hits = queries.lexical(client, self._indices.read_alias, query, filtered, limit)
        found = {passage: score for score, passage in hits}
        # What the database has deleted meanwhile is not shown any more.
        rows = Passage.objects.using(self._using).filter(id__in=found)
        known = {p: (document, language) for p, document, language in rows.values_list(*_KNOWN)}
        return [
            Scored(p, known[p][0], score, known[p][1]) for p, score in found.items() if p in known
        ]

    def spelling(self, words: Sequence[str]) -> list[str]:
        words = [word for word in words if may_be_mistyped(word)]
        if not words or self._rows.live() is None:
            return []
        seen, near = self._near
        if seen is None or seen != self._follower.seen or len(near) > _REMEMBERED_WORDS:
            self._near = (self._follower.seen, near := {})
        if asked := [word for word in words if word not in near]:
            with self._reading() as client:
                known = queries.near_terms(client, self._indices.read_alias, asked)
            near |= {word: near_words(word, known.get(word, ())) for word in asked}
        return [other for word in words for other in near[word]]

    def dense(self, query: DenseQuery, scope: Scope, limit: int) -> list[Scored]:
        generation = self._comparable(query)
        filtered = queries.filters(scope)
        if generation is None or filtered is None:
            return []
        with self._reading() as client:
            found = queries.nearest(client, self._indices.read_alias, query, filtered, limit)
        return scored(self._using, generation, query, found)[:limit]

    def similarities(self, query: DenseQuery, passages: Sequence[int]) -> dict[int, float]:
        generation = self._comparable(query)
        if generation is None or not passages:
            return {}
        return {hit.passage: hit.score for hit in scored(self._using, generation, query, passages)}

    def rows(self, documents: Collection[int]) -> dict[int, Row]:
        return rows_of(self._using, documents)

    def statistics(self) -> Mapping[str, LanguageStatistics]:
        generation = self._rows.live()
        if generation is None or not generation.recipe:
            return {}
        seen, counts = self._counts
        if seen is None or seen != self._follower.seen:
            seen = self._follower.seen
            with self._reading() as client:
                counts = queries.counts(client, self._indices.read_alias)
            self._counts = (seen, counts)
        return self._means.of(generation, counts)

    def write(self, slot: str, documents: Iterable[IndexedDocument]) -> None:
        """Nothing: what was committed is copied afterwards, as the change log tells."""

    def erase(self, slot: str, passages: Sequence[int]) -> None:
        self._follower.erase(passages)

    def clear(self, slot: str) -> None:
        generation = self._rows.of_slot(slot)
        if generation is not None:
            self._follower.empty(generation)
            return
        # A generation that has just become the live one must answer before its elder goes.
        self._follower.follow(patient=True)
        self._follower.sweep()

    def fill(self, slot: str, tell: Tell) -> None:
        generation = self._rows.of_slot(slot)
        if generation is not None:
            self._follower.fill(generation, tell)

    def stored_passages(self, slot: str) -> set[int]:
        """Those that agree with the database, and those that it does not know."""
        generation = self._rows.of_slot(slot)
        if generation is None:
            return set()
        found = self._follower.compare(generation)
        return found.agreeing | found.extra

    def discard(self) -> None:
        self._follower.forget()
        self._indices.remove(self._indices.layout().names)

    @contextmanager
    def _reading(self) -> Iterator[Elasticsearch]:
        try:
            with self._gateway.reading() as client:
                yield client
        except IndexLost:
            self._follower.forget()
            raise

    def _comparable(self, query: DenseQuery) -> Generation | None:
        """The live generation, if it has vectors that the query's can be compared with."""
        generation = self._rows.live()
        if generation is None or not generation.recipe:
            return None
        if len(query.vector) != generation.dimension:
            raise EngineUnavailable(
                f"The query's vector has {len(query.vector)} dimensions,"
                f" the index has {generation.dimension}."
            )
        return generation
