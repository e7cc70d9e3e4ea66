"""A query's vector in time, or the reason why there is none."""

import threading

import pytest

from search import query_vectors
from search.embedders import EmbedderUnavailable
from search.query_vectors import AWAY, PAUSE, PREPARING, SLOW, QueryEmbedder
from tests.search.support import WordEmbedder


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_vector_and_its_recipe() -> None:
    embedder = WordEmbedder()
    vector, recipe, reason = QueryEmbedder(lambda: embedder).embed("利率")
    assert vector is not None
    assert (recipe, reason) == (embedder.recipe.fingerprint, "")


def test_the_same_query_is_embedded_once() -> None:
    embedder = WordEmbedder()
    queries = QueryEmbedder(lambda: embedder)
    for text in ("利率", "利率", "年费", "利率"):
        queries.embed(text)
    assert embedder.calls == 2


@pytest.mark.parametrize(("passing", "expected"), [(True, PREPARING), (False, AWAY)])
def test_a_model_that_is_not_there(passing: bool, expected: str) -> None:
    def away() -> WordEmbedder:
        raise EmbedderUnavailable("secret path", passing=passing)

    assert QueryEmbedder(away).embed("利率") == (None, "", expected)


def test_a_hanging_model_costs_one_search_its_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query_vectors, "TIMEOUT", 0.05)
    release, clock, embedder = threading.Event(), Clock(), WordEmbedder()
    monkeypatch.setattr(embedder, "embed_queries", lambda texts: release.wait() or [[1.0]])
    queries = QueryEmbedder(lambda: embedder, clock)
    assert queries.embed("利率") == (None, "", SLOW)
    monkeypatch.setattr(embedder, "embed_queries", WordEmbedder().embed_queries)
    assert queries.embed("年费") == (None, "", SLOW)
    release.set()
    clock.now += PAUSE + 1
    assert queries.embed("年费")[0] is not None
