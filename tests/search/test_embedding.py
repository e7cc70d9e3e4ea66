"""Vectors come later than texts, and only ever from the right recipe."""

import numpy as np
import pytest
from django.contrib.auth.models import AnonymousUser

from search import embedding, services
from search.embedders import EmbedderUnavailable, Vectors
from search.models import Change, Generation, Passage
from search.rows import excerpts_of
from search.vectors import restore
from tests.search.support import MemorySource, WordEmbedder, document

pytestmark = pytest.mark.django_db


def text_of(passage: Passage) -> str:
    excerpt = excerpts_of("default", [passage.pk])[passage.pk]
    return embedding.passage_text(excerpt.title, excerpt.text)


@pytest.fixture
def waiting(notes: MemorySource, embedder: WordEmbedder) -> MemorySource:
    notes.put(
        *(document(key, f"标题{key}", "利率说明。" * (n + 1)) for n, key in enumerate("abcde"))
    )
    services.sync_now("note", notes.keys(), embed=False)
    return notes


def test_each_passage_gets_the_vector_of_its_title_and_text(
    waiting: MemorySource, embedder: WordEmbedder
) -> None:
    assert embedding.pending_count() == 5
    assert services.embed_now() == 5
    assert embedding.pending_count() == services.embed_now() == 0
    for passage in Passage.objects.select_related("document"):
        stored = restore(bytes(passage.vector or b""), passage.scale)
        text = text_of(passage)
        exact = embedder.embed_passages([text])[0]
        assert text.startswith(f"标题{passage.document.key}\n")
        assert float(stored @ exact) > 0.999


def test_a_limit_leaves_the_rest_for_later(
    waiting: MemorySource, embedder: WordEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding, "BATCH", 1)
    assert embedding.embed_pending(embedder, limit=2) >= 2
    assert embedding.embed_pending(embedder) >= 0
    assert embedding.pending_count() == 0


def test_vectors_stand_in_the_change_log(waiting: MemorySource, embedder: WordEmbedder) -> None:
    services.search("利率", AnonymousUser())
    before = Change.objects.latest("id").pk
    services.embed_now()
    assert Change.objects.filter(id__gt=before).exists()
    assert services.search("利率", AnonymousUser()).mode == "hybrid"


def test_text_that_changes_while_it_is_embedded_keeps_no_stale_vector(
    waiting: MemorySource, embedder: WordEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = embedder.embed_passages

    def slow(texts: list[str]) -> Vectors:
        monkeypatch.setattr(embedder, "embed_passages", original)
        waiting.put(document("a", "标题a", "完全不同的内容。", version=2))
        services.sync_now("note", ["a"], embed=False)
        return original(texts)

    monkeypatch.setattr(embedder, "embed_passages", slow)
    embedding.embed_pending(embedder)
    passage = Passage.objects.get(document__key="a")
    exact = embedder.embed_passages([text_of(passage)])[0]
    assert float(restore(bytes(passage.vector or b""), passage.scale) @ exact) > 0.999


def test_vectors_of_another_recipe_are_refused(
    waiting: MemorySource, embedder: WordEmbedder
) -> None:
    services.embed_now()
    Passage.objects.filter(document__key="a").update(vector=None)
    other = WordEmbedder(version="2")
    assert embedding.embed_pending(other) == 0
    assert Passage.objects.get(document__key="a").vector is None
    assert {g.recipe for g in Generation.objects.all()} == {embedder.recipe.fingerprint}


def test_an_embedder_that_is_away_leaves_everything_as_it_is(
    waiting: MemorySource, embedder: WordEmbedder
) -> None:
    embedder.unavailable = "no file"
    with pytest.raises(EmbedderUnavailable):
        embedding.embed_pending(embedder)
    assert services.embed_now() == 0
    assert embedding.pending_count() == 5


def test_a_vector_of_zeros_is_no_neighbour_of_anything(
    notes: MemorySource, embedder: WordEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        embedder, "embed_passages", lambda texts: np.zeros((len(texts), 64), np.float32)
    )
    notes.put(document("a", "利率"))
    services.sync_now("note", ["a"])
    hit = services.search("利率", AnonymousUser()).hits[0]
    assert hit.explanation.dense is None
