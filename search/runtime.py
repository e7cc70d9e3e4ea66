"""The parts of search as this process uses them: made once, on first use.

Guarantee: nothing is opened or loaded at import; `forget` drops everything, for tests and for
settings that changed.
"""

from functools import cache

from search.earlier import EarlierAnswers
from search.embedders import get_embedder
from search.engines import Engine, make_engine
from search.query_vectors import QueryEmbedder
from search.reader import get_reader
from search.reading import ReadingRoom
from search.searching import Searcher
from search.sync import Synchroniser


@cache
def engine() -> Engine:
    """The engine of the settings; raises EngineUnavailable."""
    return make_engine()


@cache
def searcher() -> Searcher:
    """The read path over the default database."""
    return Searcher(engine(), QueryEmbedder(get_embedder), ReadingRoom(get_reader))


@cache
def synchroniser() -> Synchroniser:
    """The write path over the default database."""
    return Synchroniser(engine())


@cache
def earlier() -> EarlierAnswers:
    """What this process answered last."""
    return EarlierAnswers()


def forget() -> None:
    """Drop what was made."""
    for made in (earlier, synchroniser, searcher, engine):
        made.cache_clear()
