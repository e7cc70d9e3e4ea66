"""The bundled embedder: multilingual-e5-small in int8, without PyTorch and without a download.

Guarantee: a text's vector depends on that text and the recipe alone, not on the texts embedded
with it; the process never loads the weight package's own engine.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from django.conf import settings

from search.analysis.normalising import NORMALISATION, normalise
from search.embedders.base import EmbedderUnavailable, Recipe, Vectors
from search.embedders.layout import GRAPH, TRIMMED, UNKNOWN, WEIGHTS_CHECKSUM
from search.embedders.provision import NotReady, Provision
from search.embedders.session import Session, open_tokenizer
from search.embedders.store import Progress

LONGEST = 512


def recipe(full_vocabulary: bool) -> Recipe:
    """The recipe of the bundled model."""
    return Recipe(
        name="multilingual-e5-small",
        version=f"{WEIGHTS_CHECKSUM[:12]}/{GRAPH}",
        dimension=384,
        query_prefix="query: ",
        passage_prefix="passage: ",
        normalisation=NORMALISATION,
        vocabulary="full" if full_vocabulary else TRIMMED,
        max_tokens=LONGEST,
    )


@dataclass(frozen=True, slots=True)
class EmbedderArtifact:
    """The files of the bundled embedder."""

    full_vocabulary: bool = False

    @property
    def name(self) -> str:
        return f"embedder-{recipe(self.full_vocabulary).fingerprint}"

    def build(self, folder: Path, progress: Progress) -> None:
        """Raises UnreadableWeights."""
        from search.embedders.building import build_embedder

        build_embedder(folder, LONGEST, self.full_vocabulary, progress)


class BundledEmbedder:
    """Embeds with the files of an EmbedderArtifact."""

    def __init__(self, folder: Path, *, full_vocabulary: bool = False, threads: int = 1) -> None:
        """folder: as `store.prepare` returned it. threads: for one inference."""
        self.recipe = recipe(full_vocabulary)
        self._tokenizer = open_tokenizer(folder)
        self._session = Session(folder, threads)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self._embed(texts, self.recipe.query_prefix)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return self._embed(texts, self.recipe.passage_prefix)

    def _embed(self, texts: Sequence[str], prefix: str) -> Vectors:
        vectors = np.zeros((len(texts), self.recipe.dimension), np.float32)
        for row, text in enumerate(texts):
            normal = normalise(text)
            if normal:
                vectors[row] = self._session.run(self._tokenizer.encode(prefix + normal).ids)
        return vectors

    def known_share(self, text: str) -> float:
        normal = normalise(text)
        encoded = self._tokenizer.encode(normal, add_special_tokens=False)
        known = unknown = 0
        for piece, (start, end) in zip(encoded.ids, encoded.offsets, strict=True):
            if piece == UNKNOWN:
                unknown += end - start
            else:
                known += end - start
        return known / (known + unknown) if known + unknown else 1.0


@lru_cache(maxsize=4)
def _provision(home: Path, full_vocabulary: bool, threads: int) -> Provision[BundledEmbedder]:
    def open_embedder(folder: Path) -> BundledEmbedder:
        return BundledEmbedder(folder, full_vocabulary=full_vocabulary, threads=threads)

    return Provision(home, EmbedderArtifact(full_vocabulary), open_embedder)


def shared_embedder(*, wait: bool) -> BundledEmbedder:
    """This process's instance, as the settings want it; see `search.embedders.get_embedder`."""
    provision = _provision(
        Path(settings.MODEL_CACHE), settings.SEARCH_FULL_VOCABULARY, settings.SEARCH_THREADS
    )
    try:
        return provision.get(wait=wait)
    except NotReady as error:
        raise EmbedderUnavailable(error.reason, passing=error.passing) from error


def forget() -> None:
    """Drop this process's instances."""
    _provision.cache_clear()
