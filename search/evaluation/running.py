"""Running a labelled set through the very code that people search with.

Guarantee: one query after the other, in the set's order, so that the mean of past queries is learnt
as it is in use; the same set and settings give the same figures.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from kiplatform.accounts.access import PUBLIC
from search import calibration
from search.analysis import detect_language
from search.calibration import Calibration
from search.centring import language_class
from search.embedders import Embedder, EmbedderUnavailable
from search.embedding import embed_pending
from search.engines import Engine, make_engine
from search.engines.base import Scope
from search.evaluation.scratch import scratch_database
from search.evaluation.sets import KIND, LabelledSet, Question, SetSource
from search.query_vectors import QueryEmbedder
from search.reader import Reader
from search.reading import ReadingRoom
from search.results import Results
from search.searching import Query, Searcher
from search.sync import Synchroniser

DEPTH = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What is measured. reader: None to leave it out."""

    engine: str
    embedder: Callable[[], Embedder]
    reader: Callable[[], Reader] | None = None
    budget: float = 60.0
    calibrations: Callable[[str], Calibration] = calibration.shipped


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A question with what was found. same_language: of a relevant piece, None if none answers."""

    question: Question
    language: str
    ranked: tuple[str, ...]
    results: Results
    same_language: bool | None
    seconds: float


@contextmanager
def indexed(labelled: LabelledSet, parts: Parts) -> Iterator[Searcher]:
    """A searcher over a scratch index of the set."""
    with scratch_database() as alias, closing_engine(parts.engine, alias) as engine:
        source = SetSource(labelled.documents)
        Synchroniser(engine, alias).sync(source, source.keys())
        # Without a model words alone are measured, and the report's mode says so.
        with suppress(EmbedderUnavailable):
            embed_pending(parts.embedder(), alias)
        engine.follow()
        reading = ReadingRoom(parts.reader or _no_reader, parts.budget)
        yield Searcher(engine, QueryEmbedder(parts.embedder), reading, alias, parts.calibrations)


@contextmanager
def closing_engine(name: str, alias: str) -> Iterator[Engine]:
    """An engine over a scratch database that leaves nothing behind."""
    engine = make_engine(name, alias)
    try:
        yield engine
    finally:
        engine.discard()


def run(labelled: LabelledSet, parts: Parts) -> list[Outcome]:
    """Search for every question of the set."""
    languages = {d.key: language_class(d.language) for d in labelled.documents}
    with indexed(labelled, parts) as searcher:
        return [ask(searcher, question, languages, parts) for question in labelled.questions]


def ask(searcher: Searcher, question: Question, languages: dict[str, str], parts: Parts) -> Outcome:
    """Search for one question."""
    language = detect_language(question.text)
    query = query_for(question.text, read=parts.reader is not None)
    started = time.perf_counter()
    results = searcher.search(query)
    seconds = time.perf_counter() - started
    same = None
    if question.relevant:
        same = any(languages.get(key) == language for key in question.relevant)
    return Outcome(
        question=question,
        language=language,
        ranked=tuple(hit.key for hit in results.hits),
        results=results,
        same_language=same,
        seconds=seconds,
    )


def query_for(text: str, *, read: bool) -> Query:
    """A query of somebody who may see the whole set."""
    return Query(
        text=text,
        scope=Scope(tokens=frozenset({PUBLIC}), kinds=frozenset({KIND})),
        authorise=lambda kind, keys: set(keys),
        limit=DEPTH,
        read=read,
    )


def _no_reader() -> Reader:
    raise AssertionError("no reader was asked for")
