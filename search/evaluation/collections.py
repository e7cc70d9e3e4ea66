"""Made-up collections for benchmarks: clustered vectors and words as frequent as in real texts.

Guarantee: the same size gives the same collection on every machine.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from search import generations
from search.centring import language_class
from search.documents import Document
from search.embedders import Recipe
from search.engines.base import Engine, IndexedDocument, IndexedPassage, Vector
from search.models import Passage, SearchDocument
from search.sync import access_set
from search.vectors import quantise

DIMENSION = 384
ACCESS_MANY = "many"
ACCESS_FEW = "few"
_FEW = 0.05
_CLUSTERS = 200
_NOISE = 0.7
_WORDS = 30_000
_ZIPF = 1.1
_BATCH = 1000
_AT = datetime(2026, 1, 1, tzinfo=UTC)
_HAN = (0x4E00, 0x4E00 + 3000)


class Collection:
    """`size` pieces of about 60 words, half Chinese and half English, in 200 clusters."""

    def __init__(self, size: int) -> None:
        self._random = np.random.default_rng(20260101)
        self._vocabulary = self._words()
        ranks = np.arange(1, _WORDS + 1)
        self._shares = (1 / ranks**_ZIPF) / (1 / ranks**_ZIPF).sum()
        self._centres = self._random.normal(size=(_CLUSTERS, DIMENSION)).astype(np.float32)
        self._clusters = self._random.integers(0, _CLUSTERS, size)
        self.vectors: Vector = self._near(self._clusters)
        self._few = self._random.random(size) < _FEW
        self.size = size

    def query(self, number: int) -> tuple[str, Vector]:
        """A query of 6 words and its vector, near one of the clusters."""
        random = np.random.default_rng(number)
        cluster = random.integers(0, _CLUSTERS, 1)
        noise = random.normal(size=(1, DIMENSION)).astype(np.float32)
        vector = _units(self._centres[cluster] + _NOISE * noise)[0]
        # Words of the middle of the vocabulary and one common one, as people ask.
        picks = [int(random.integers(5, 200)), *random.integers(50, 8000, 5)]
        chinese = number % 2 == 0
        words = [self._vocabulary[2 * (p // 2) + (0 if chinese else 1)] for p in picks]
        return ("" if chinese else " ").join(words), vector

    def allowed(self, tokens: frozenset[str]) -> npt.NDArray[np.bool_]:
        """Which pieces a viewer with these tokens may see, shape (size,)."""
        return np.asarray(self._few | (ACCESS_MANY in tokens))

    def fill(self, using: str, engine: Engine, recipe: Recipe) -> None:
        """Write everything with its vectors into the live generation of an empty index."""
        with generations.locked(using):
            generation = generations.live(using)
            generation.recipe, generation.dimension = recipe.fingerprint, DIMENSION
            generation.save(using=using)
        rows, scales = quantise(self.vectors)
        for start in range(0, self.size, _BATCH):
            numbers = range(start, min(start + _BATCH, self.size))
            with generations.locked(using):
                sets = {t: access_set(frozenset({t}), using) for t in (ACCESS_MANY, ACCESS_FEW)}
                texts = [self._text(number) for number in numbers]
                documents = SearchDocument.objects.using(using).bulk_create(
                    SearchDocument(
                        kind="piece",
                        key=str(number),
                        version=1,
                        language="zh-hans" if number % 2 == 0 else "en",
                        title="",
                        text=text,
                        access=sets[ACCESS_FEW if self._few[number] else ACCESS_MANY],
                        updated_at=_AT,
                        content_fingerprint="",
                        metadata_fingerprint="",
                    )
                    for number, text in zip(numbers, texts, strict=True)
                )
                passages = Passage.objects.using(using).bulk_create(
                    Passage(
                        generation=generation,
                        document=document,
                        ordinal=0,
                        start=0,
                        end=len(document.text),
                        language=language_class(document.language),
                        vector=rows[number].tobytes(),
                        scale=float(scales[number]),
                    )
                    for number, document in zip(numbers, documents, strict=True)
                )
                pairs = zip(documents, passages, strict=True)
                engine.write(generation.slot, [_indexed(d, p) for d, p in pairs])
        with generations.locked(using):
            generations.log_everything(using)

    def documents(self) -> Iterator[Document]:
        """New documents without end, each with a word of its own, for a writer."""
        number = 0
        while True:
            number += 1
            yield Document(
                kind="piece",
                key=f"written{number}",
                version=1,
                language="en",
                title="",
                text=f"written{number} {self._text(number)}",
                access=frozenset({ACCESS_MANY}),
                updated_at=_AT,
            )

    def _text(self, number: int) -> str:
        picks = np.random.default_rng(number + 10**6).choice(_WORDS // 2, 60, p=self._halved())
        chinese = number % 2 == 0
        return ("" if chinese else " ").join(
            self._vocabulary[2 * pick + (0 if chinese else 1)] for pick in picks
        )

    def _halved(self) -> npt.NDArray[np.float64]:
        shares = self._shares[: _WORDS // 2]
        return np.asarray(shares / shares.sum())

    def _near(self, clusters: npt.NDArray[np.int64]) -> Vector:
        noise = self._random.normal(size=(len(clusters), DIMENSION)).astype(np.float32)
        return _units(self._centres[clusters] + _NOISE * noise)

    def _words(self) -> list[str]:
        """Chinese words of two characters and English ones, by turns."""
        letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
        words = []
        for _ in range(_WORDS // 2):
            words.append("".join(map(chr, self._random.integers(*_HAN, 2))))
            words.append("".join(self._random.choice(letters, self._random.integers(3, 10))))
        return words


def _units(vectors: Vector) -> Vector:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def _indexed(document: SearchDocument, passage: Passage) -> IndexedDocument:
    return IndexedDocument(
        id=document.pk,
        kind=document.kind,
        key=document.key,
        version=1,
        language=document.language,
        title="",
        access=frozenset(document.access.tokens),
        facets={},
        verified=False,
        updated_at=document.updated_at,
        passages=[IndexedPassage(id=passage.pk, text=document.text)],
    )
