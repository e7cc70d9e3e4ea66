"""What the tests of search share: a source in memory, and an embedder of known geometry."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

import numpy as np

from kiplatform.accounts.access import Viewer, tokens_for
from kiplatform.events.registry import RecordedEvent
from search.analysis import tokens
from search.documents import Document
from search.embedders import EmbedderUnavailable, Recipe, Vectors

AT = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def document(key: str, title: str = "", text: str = "", **changes: object) -> Document:
    """A public Chinese document of kind "note"; `changes` replace any field."""
    fields: dict[str, object] = {
        "kind": "note",
        "key": key,
        "version": 1,
        "language": "zh-hans",
        "title": title,
        "text": text,
        "access": frozenset({"public"}),
        "updated_at": AT,
    }
    return Document(**{**fields, **changes})  # type: ignore[arg-type]


class MemorySource:
    """A source whose documents the test changes at will; its rights can differ from the index's."""

    def __init__(self, *documents: Document, kind: str = "note") -> None:
        self.kind = kind
        self.documents = {d.key: d for d in documents}
        self.hidden: set[str] = set()
        self.asked: list[list[str]] = []
        self.events: Mapping[str, Callable[[RecordedEvent], Iterable[str]]] = {
            "note.changed": lambda event: [event.payload["key"]]
        }

    def put(self, *documents: Document) -> None:
        self.documents.update({d.key: d for d in documents})

    def keys(self) -> Iterator[str]:
        return iter(sorted(self.documents))

    def load(self, keys: Sequence[str]) -> list[Document]:
        return [self.documents[key] for key in keys if key in self.documents]

    def visible_keys(self, viewer: Viewer, keys: Sequence[str]) -> set[str]:
        self.asked.append(list(keys))
        mine = tokens_for(viewer)
        return {
            key
            for key in keys
            if key in self.documents
            and key not in self.hidden
            and self.documents[key].access & mine
        }


class WordEmbedder:
    """Texts that share words are near; `meanings` lets words of two languages be the same."""

    def __init__(self, meanings: Mapping[str, str] | None = None, version: str = "1") -> None:
        self.recipe = Recipe(name="words", version=version, dimension=64, normalisation="test")
        self.meanings = dict(meanings or {})
        self.unavailable = ""
        self.calls = 0

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self._embed(texts)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return self._embed(texts)

    def known_share(self, text: str) -> float:
        return 1.0

    def _embed(self, texts: Sequence[str]) -> Vectors:
        if self.unavailable:
            raise EmbedderUnavailable(self.unavailable)
        self.calls += 1
        return np.stack([self._vector(text) for text in texts])

    def _vector(self, text: str) -> Vectors:
        vector = np.zeros(self.recipe.dimension, dtype=np.float32)
        for term in tokens(text):
            seed = hashlib.sha256(self.meanings.get(term, term).encode()).digest()[:4]
            direction = np.random.default_rng(int.from_bytes(seed, "big")).normal(size=64)
            vector += direction.astype(np.float32)
        length = float(np.linalg.norm(vector))
        return vector / length if length else vector
