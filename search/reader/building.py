"""Builds the files of the bundled reader: the embedder's graph with trained upper layers.

Guarantee: weights that are damaged or of another layout are refused with a reason.
"""

import hashlib
import zipfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

from search.embedders.building import BundledSource, open_weights, rows
from search.embedders.graph import Matrix, judgement, write_model
from search.embedders.store import Progress
from search.embedders.vocabulary import write_tokenizer
from search.embedders.weights import Blocks, Sizes, UnreadableWeights

_FIRST_TRAINED_LAYER = 2


class ReaderSource:
    """Embeddings and the first layers of the bundled model; all that was trained from the npz."""

    def __init__(self, base: BundledSource, trained: dict[str, npt.NDArray[np.generic]]) -> None:
        self._base, self._trained = base, trained

    @property
    def sizes(self) -> Sizes:
        return self._base.sizes

    def words(self) -> Blocks:
        return self._base.words()

    def matrix(self, name: str) -> Matrix:
        if f"{name}.w" not in self._trained:
            return self._base.matrix(name)
        return (
            self._trained[f"{name}.w"].astype(np.int8),
            self._trained[f"{name}.scale"].astype(np.float32),
        )

    def vector(self, name: str) -> npt.NDArray[np.float32]:
        trained = self._trained.get(name)
        return self._base.vector(name) if trained is None else trained.astype(np.float32)


def _trained_weights(path: Path, checksum: str, sizes: Sizes) -> dict[str, npt.NDArray[np.generic]]:
    try:
        if hashlib.sha256(path.read_bytes()).hexdigest() != checksum:
            raise UnreadableWeights(f"{path.name} is damaged; restore it from the repository.")
        with np.load(path, allow_pickle=False) as archive:
            trained = {name: archive[name] for name in archive.files}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise UnreadableWeights(f"{path.name} cannot be read: {error}") from error
    missing = [
        name
        for layer in range(_FIRST_TRAINED_LAYER, sizes.layers)
        for name in (f"l{layer}.q.w", f"l{layer}.fo.w", f"l{layer}.oln.b")
        if name not in trained
    ]
    if missing or trained["head.w"].shape != (2 * sizes.hidden,):
        raise UnreadableWeights(f"{path.name} has another layout than the reader's.")
    return trained


def build_reader(
    folder: Path,
    trained_file: Path,
    checksum: str,
    longest: int,
    full_vocabulary: bool,
    progress: Progress,
) -> None:
    """Write tokenizer and graph into `folder`; raises UnreadableWeights.

    trained_file: the npz with the trained layers and the head. checksum: its SHA-256, in hex.
    longest: pieces of a question with a passage.
    """
    weights = open_weights()
    kept = rows(weights, full_vocabulary)
    trained = _trained_weights(trained_file, checksum, weights.sizes)
    write_tokenizer(weights, kept, folder, longest)
    progress(0.3)
    head = judgement(trained["head.w"].astype(np.float32), trained["head.b"].astype(np.float32))
    source = ReaderSource(BundledSource(weights, kept), trained)
    write_model(source, head, folder, lambda share: progress(0.3 + 0.7 * share))
