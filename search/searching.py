"""The read path: a query to authorised, fused, judged and explained hits.

Guarantee: every hit passed both the engine's access filter and `authorise`; whatever is away
(vectors, reader), the answer comes from what is there and `reason` says so; what holds nothing to
search for gets an empty answer, never an unfiltered one.
"""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kiplatform.accounts.access import STAFF
from kiplatform.core import clock
from search import calibration, topics
from search.analysis import detect_language, normalise
from search.calibration import Calibration, Judge
from search.embedding import passage_text
from search.engines.base import DenseQuery, Engine, EngineUnavailable, LexicalQuery, Scope, Scored
from search.fusion import DEPTH, Candidate, Fused, fuse
from search.lexical import corrected, lexical_query, name_query
from search.meaning import NO_VECTORS, Meanings
from search.models import SearchDocument
from search.query_vectors import QueryEmbedder
from search.reading import READ_HITS, ReadingRoom, may_answer
from search.results import Evidence, Explanation, Hit, Mode, Results, Text, Verdict
from search.rows import Excerpt, Row, excerpts_of
from search.showing import Shown, show
from search.synonyms import synonyms_for
from search.topics import Nearness

logger = logging.getLogger(__name__)

LONGEST_QUERY = 2_000
"""Characters of a query that are searched for; the rest of a longer one is left out."""
_VERIFIED = 1.02
ENGINE_AWAY = _("Search is not available now. Please try again in a moment.")
TOO_LONG = _("The query is long; only its beginning was searched for.")

Authorise = Callable[[str, Sequence[str]], set[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One search.

    scope: what may be found. authorise: kind and keys -> the keys that may be shown, asked once
    per kind. script: language of the viewer, decides the script of passages.
    learn: count the query into the mean of its language. read: let the reader reorder.
    """

    text: str
    scope: Scope
    authorise: Authorise
    script: str = ""
    limit: int = 10
    offset: int = 0
    read: bool = False
    learn: bool = True


@dataclass(slots=True)
class _Found:
    """A document on its way to a hit; the passage and what is shown come late, for few."""

    fused: Fused
    row: Row
    score: float
    logit: float | None = None
    excerpt: Excerpt | None = None
    shown: Shown | None = None

    @property
    def text(self) -> str:
        """What the reader reads of it."""
        return passage_text(self.excerpt.title, self.excerpt.text) if self.excerpt else ""


@dataclass(slots=True)
class _Run:
    """One search on its way. topical: passage -> cosine under the shipped means."""

    query: Query
    text: str
    language: str
    words: LexicalQuery
    today: str
    reason: Text = ""
    dense: DenseQuery | None = None
    topic: DenseQuery | None = None
    domain: float = 0.0
    topical: dict[int, float] = field(default_factory=dict)
    nearness: Nearness = topics.FAR
    calibration: Calibration = field(default_factory=Calibration)
    found: list[_Found] = field(default_factory=list)


class Searcher:
    """Answers queries over one database with one engine and one embedder."""

    def __init__(
        self,
        engine: Engine,
        embedder: QueryEmbedder,
        reading: ReadingRoom,
        using: str = "default",
        calibrations: Callable[[str], Calibration] = calibration.shipped,
    ) -> None:
        self.engine = engine
        self.meanings = Meanings(engine, embedder, using, calibrations)
        self._reading = reading
        self._using = using

    def search(self, query: Query) -> Results:
        """Answer a query; never raises for anything that a user typed."""
        run = self._prepare(query)
        if run is None:
            return Results()
        try:
            self._understand(run)
            self._rank(run, *self._candidates(run))
        except EngineUnavailable as error:
            logger.warning("the search engine is unavailable: %s", error.reason)
            return Results(reason=away(error, query.scope))
        if query.read and query.offset < READ_HITS:
            self._read(run)
        return self._results(run)

    def candidates(self, query: Query) -> tuple[list[Candidate], dict[int, str]]:
        """What a query's ranking is made from, and the key of each document; for fitting.

        Raises EngineUnavailable.
        """
        run = self._prepare(query)
        if run is None:
            return [], {}
        self._understand(run)
        candidates, rows = self._candidates(run)
        return candidates, {pk: row.key for pk, row in rows.items()}

    def _prepare(self, query: Query) -> _Run | None:
        """The query analysed; None where it holds nothing to search for."""
        text = normalise(query.text[:LONGEST_QUERY])
        language = detect_language(text)
        words = lexical_query(text, synonyms=synonyms_for(language, self._using))
        if not words or not query.scope.tokens:
            return None
        run = _Run(query, text, language, words, _today())
        if len(query.text) > LONGEST_QUERY:
            run.reason = TOO_LONG
        return run

    def _understand(self, run: _Run) -> None:
        """Correct mistyped words, and make the query's vector or note why there is none."""
        self.engine.catch_up()
        run.words = corrected(run.words, self.engine.spelling)
        meaning = self.meanings.of(run.text, run.language, learn=run.query.learn)
        run.dense, run.calibration = meaning.dense, meaning.calibration
        run.topic, run.domain = meaning.topic, meaning.domain
        run.reason = meaning.reason or self.engine.notice or run.reason

    def similar(self, kind: str, key: str, query: Query) -> Results:
        """What says nearly the same as a document of the index; `query.text` is not used.

        Empty where the document is unknown, may not be seen, or has no vector yet.
        """
        self.engine.catch_up()
        row = SearchDocument.objects.using(self._using).filter(kind=kind, key=key).first()
        if row is None or not query.authorise(kind, [key]):
            return Results()
        dense = self.meanings.of_document(row)
        if dense is None:
            return Results(reason=NO_VECTORS)
        hits = self.engine.dense(dense, query.scope, DEPTH)
        run = _Run(query, "", row.language, LexicalQuery(()), _today(), dense=dense)
        rows = self._visible(run, {hit.document for hit in hits} - {row.pk})
        best: dict[int, _Found] = {}
        for hit in hits:
            if hit.document in rows and hit.document not in best:
                fused = Fused(hit.document, hit.passage, hit.score, 0.0, hit.score)
                best[hit.document] = _Found(fused, rows[hit.document], hit.score)
        run.found = list(best.values())
        return self._results(run)

    def _candidates(self, run: _Run) -> tuple[list[Candidate], dict[int, Row]]:
        """What either search found of what the viewer may see."""
        scope = run.query.scope
        lexical = self.engine.lexical(run.words, scope, DEPTH)
        named = self._named(run)
        dense: list[Scored] = []
        similarity: dict[int, float] = {}
        if run.dense is not None:
            dense = self.engine.dense(run.dense, scope, DEPTH)
            similarity = {hit.passage: hit.score for hit in dense}
            others = [hit.passage for hit in (*lexical, *named) if hit.passage not in similarity]
            similarity |= self.engine.similarities(run.dense, others)
        words = {hit.passage: hit.score for hit in lexical}
        hits = {hit.passage: hit for hit in (*lexical, *named, *dense)}
        persons = {hit.passage for hit in named}
        rows = self._visible(run, {hit.document for hit in hits.values()})
        # What a viewer is told of the collection is told of what they may see.
        self._note_topic(run, [hit for hit in dense if hit.document in rows])
        candidates = [
            Candidate(
                p,
                hit.document,
                hit.language,
                max(words.get(p, 0.0), 0.0),
                similarity.get(p),
                p in persons,
            )
            for p, hit in hits.items()
            if hit.document in rows
        ]
        return candidates, rows

    def _note_topic(self, run: _Run, dense: Sequence[Scored]) -> None:
        """How near the query is to anything in the collection."""
        if run.topic is None or not dense:
            return
        own = [hit.passage for hit in dense if hit.language == run.language]
        other = [hit.passage for hit in dense if hit.language != run.language]
        # Some more than count, since the order by the collection's own means is another one.
        most = 2 * topics.NEAREST
        run.topical = self.engine.similarities(run.topic, [*own[:most], *other[:most]])
        run.nearness = topics.nearness(
            *([run.topical[p] for p in passages if p in run.topical] for passages in (own, other))
        )

    def _note_topical(self, run: _Run, shown: Sequence[_Found]) -> None:
        """The same for those shown that are not among the nearest."""
        others = [f.fused.passage for f in shown if f.fused.passage not in run.topical]
        if run.topic is not None and others:
            run.topical |= self.engine.similarities(run.topic, others)

    def _rank(self, run: _Run, candidates: Sequence[Candidate], rows: Mapping[int, Row]) -> None:
        """Fuse, then let boosts and verification count."""
        for fused in fuse(candidates, run.language, run.calibration.of(run.language).weights):
            row = rows[fused.document]
            score = fused.score * row.boost * (_VERIFIED if row.is_verified(run.today) else 1.0)
            run.found.append(_Found(fused, row, score))
        run.found.sort(key=lambda found: (-found.score, found.row.pk))

    def _named(self, run: _Run) -> list[Scored]:
        names = name_query(run.text)
        return self.engine.lexical(names, run.query.scope, DEPTH) if names else []

    def _visible(self, run: _Run, documents: set[int]) -> dict[int, Row]:
        """The documents that the database lets the viewer see."""
        rows = self.engine.rows(documents)
        by_kind: dict[str, list[str]] = {}
        for row in rows.values():
            by_kind.setdefault(row.kind, []).append(row.key)
        visible = {kind: run.query.authorise(kind, keys) for kind, keys in by_kind.items()}
        return {pk: row for pk, row in rows.items() if row.key in visible[row.kind]}

    def _read(self, run: _Run) -> None:
        """Let the reader reorder the first hits; what it did not read counts as average."""
        first = run.found[:READ_HITS]
        self._load_text(first)
        legible = [found for found in first if may_answer(run.text, found.text)]
        if not legible:
            return
        logits, reason = self._reading.read(
            run.query.text[:LONGEST_QUERY], [found.text for found in legible]
        )
        run.reason = run.reason or reason
        read = [logit for logit in logits if logit is not None]
        if not read:
            return
        weight = run.calibration.of(run.language).reader
        average = sum(read) / len(read)
        for found, logit in zip(legible, logits, strict=True):
            found.logit = logit
            found.score += weight * (logit - average) if logit is not None else 0.0
        first.sort(key=lambda found: (-found.score, found.row.pk))
        run.found[: len(first)] = first

    def _load_text(self, found: Sequence[_Found]) -> None:
        """Fetch the best passages of what is going to be shown or read, in one query."""
        wanted = {f.fused.passage for f in found if f.excerpt is None}
        excerpts = excerpts_of(self._using, wanted) if wanted else {}
        for entry in found:
            entry.excerpt = entry.excerpt or excerpts.get(entry.fused.passage)

    def _show(self, run: _Run, found: _Found) -> Shown:
        if found.shown is None:
            title, text = (found.excerpt.title, found.excerpt.text) if found.excerpt else ("", "")
            found.shown = show(title, text, found.row.language, run.query.script, run.words.words)
        return found.shown

    def _results(self, run: _Run) -> Results:
        mode: Mode = "hybrid" if run.dense is not None else "lexical"
        page = run.found[run.query.offset : run.query.offset + run.query.limit]
        self._load_text([*run.found[:1], *page])
        self._note_topical(run, [*run.found[:1], *page])
        evidence = self._evidence(run, 0) if run.found else None
        return Results(
            hits=tuple(
                hit
                for place, found in enumerate(page, start=run.query.offset + 1)
                if (hit := self._hit(run, found, place)) is not None
            ),
            mode=mode,
            reason=run.reason,
            verdict=self._verdict(run, evidence) if evidence else "nothing",
            counts=_counts(run.found),
            total=len(run.found),
            evidence=evidence,
            probability=self._probability(run, evidence) if evidence else 0.0,
        )

    def _hit(self, run: _Run, found: _Found, rank: int) -> Hit | None:
        """The hit for what was found; None where it has been deleted since."""
        if found.excerpt is None:
            return None
        row, excerpt, shown = found.row, found.excerpt, self._show(run, found)
        verified = row.is_verified(run.today)
        return Hit(
            kind=row.kind,
            key=row.key,
            title=shown.title,
            language=row.language,
            passage=shown.passage,
            marks=shown.marks,
            score=found.score,
            rank=rank,
            verdict=self._verdict(run, self._evidence(run, rank - 1)),
            explanation=Explanation(
                words=shown.words,
                lexical=found.fused.lexical,
                dense=found.fused.dense,
                reader=found.logit,
                boost=row.boost,
                verified=verified,
            ),
            facets=row.facets,
            url_name=excerpt.url_name or None,
            verified=verified,
            updated_at=excerpt.updated_at,
        )

    def _verdict(self, run: _Run, evidence: Evidence) -> Verdict:
        """Whether a hit with this evidence answers."""
        if run.dense is None:
            verdict = calibration.lexical_verdict(evidence.coverage)
        else:
            verdict = self._judge(run, evidence).verdict(evidence)
        # What bears the very name that was typed is on its subject.
        return "close" if evidence.named and verdict == "nothing" else verdict

    def _probability(self, run: _Run, evidence: Evidence) -> float:
        if run.dense is None:
            return evidence.coverage
        return self._judge(run, evidence).probability(evidence)

    @staticmethod
    def _judge(run: _Run, evidence: Evidence) -> Judge:
        values = run.calibration.of(run.language)
        return values.unread if evidence.reader is None else values.read

    def _evidence(self, run: _Run, place: int) -> Evidence:
        found = run.found[place]
        return Evidence(
            dense=found.fused.dense,
            coverage=self._show(run, found).coverage,
            reader=found.logit,
            own=run.topical.get(found.fused.passage, 0.0),
            own_best=run.nearness.own_best,
            own_near=run.nearness.own_near,
            other_best=run.nearness.other_best,
            other_near=run.nearness.other_near,
            domain=run.domain,
            named=found.fused.named,
        )


def _today() -> str:
    return timezone.localdate(clock.now()).isoformat()


def away(error: EngineUnavailable, scope: Scope) -> Text:
    """What is said of a search that found no engine: to staff what is the matter."""
    return error.reason if STAFF in scope.tokens else ENGINE_AWAY


def _counts(found: Sequence[_Found]) -> Mapping[str, Mapping[str, int]]:
    """Facet -> value -> how many of what was found have it."""
    counts: dict[str, Counter[str]] = {
        "kind": Counter([entry.row.kind for entry in found]),
        "language": Counter([entry.row.language for entry in found]),
    }
    for entry in found:
        for name, value in entry.row.facets.items():
            if value:
                counts.setdefault(name, Counter())[value] += 1
    return counts
