"""The bundled reader: a small cross-encoder on the embedder's own word embeddings.

Guarantee: it stops before a passage that would not end within the budget, and says which
passages it has not read; a passage's judgement depends on the question and that passage alone.
"""

import hashlib
import threading
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from django.conf import settings

from search.analysis.normalising import NORMALISATION, normalise
from search.embedders.bundled import TRIMMED, WEIGHTS_CHECKSUM, BundledSource, open_weights, rows
from search.embedders.graph import GRAPH, Matrix, judgement, write_model
from search.embedders.provision import NotReady, Provision
from search.embedders.session import Session, open_tokenizer
from search.embedders.store import Progress
from search.embedders.vocabulary import write_tokenizer
from search.embedders.weights import Blocks, Sizes, UnreadableWeights
from search.reader.base import ReaderUnavailable

WEIGHTS = Path(__file__).parent / "weights" / "reader-v1.npz"
READER_WEIGHTS_CHECKSUM = "c17b82a4f5048f7a8e15e523ccb8a26cb3be04d2ad8924304a1ede60aaccca44"

_FIRST_TRAINED_LAYER = 2
_LONGEST, _LONGEST_QUESTION = 256, 64
_QUERY, _PASSAGE = "query: ", "passage: "


def fingerprint(full_vocabulary: bool) -> str:
    """16 hex digits that differ whenever weights, vocabulary or arithmetic differ."""
    parts = (
        READER_WEIGHTS_CHECKSUM,
        WEIGHTS_CHECKSUM,
        GRAPH,
        NORMALISATION,
        "full" if full_vocabulary else TRIMMED,
    )
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]


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


def _trained_weights(sizes: Sizes) -> dict[str, npt.NDArray[np.generic]]:
    try:
        if hashlib.sha256(WEIGHTS.read_bytes()).hexdigest() != READER_WEIGHTS_CHECKSUM:
            raise UnreadableWeights(f"{WEIGHTS.name} is damaged; restore it from the repository.")
        with np.load(WEIGHTS, allow_pickle=False) as archive:
            trained = {name: archive[name] for name in archive.files}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise UnreadableWeights(f"{WEIGHTS.name} cannot be read: {error}") from error
    missing = [
        name
        for layer in range(_FIRST_TRAINED_LAYER, sizes.layers)
        for name in (f"l{layer}.q.w", f"l{layer}.fo.w", f"l{layer}.oln.b")
        if name not in trained
    ]
    if missing or trained["head.w"].shape != (2 * sizes.hidden,):
        raise UnreadableWeights(f"{WEIGHTS.name} has another layout than the reader's.")
    return trained


@dataclass(frozen=True, slots=True)
class ReaderArtifact:
    """The files of the bundled reader."""

    full_vocabulary: bool = False

    @property
    def name(self) -> str:
        return f"reader-{fingerprint(self.full_vocabulary)}"

    def build(self, folder: Path, progress: Progress) -> None:
        """Raises UnreadableWeights."""
        weights = open_weights()
        kept = rows(weights, self.full_vocabulary)
        trained = _trained_weights(weights.sizes)
        write_tokenizer(weights, kept, folder, _LONGEST)
        progress(0.3)
        head = judgement(trained["head.w"].astype(np.float32), trained["head.b"].astype(np.float32))
        source = ReaderSource(BundledSource(weights, kept), trained)
        write_model(source, head, folder, lambda share: progress(0.3 + 0.7 * share))


class _Pace:
    """How long a passage takes here and now, learnt from those just read."""

    _START = 0.0004
    """Seconds a piece, slower than most machines, until the first passage has been read."""
    _WEIGHT = 0.3

    def __init__(self) -> None:
        self._seconds_per_piece = self._START
        self._lock = threading.Lock()

    def estimate(self, pieces: int) -> float:
        return self._seconds_per_piece * pieces

    def learn(self, pieces: int, seconds: float) -> None:
        with self._lock:
            self._seconds_per_piece += self._WEIGHT * (seconds / pieces - self._seconds_per_piece)


class BundledReader:
    """Reads with the files of a ReaderArtifact."""

    def __init__(self, folder: Path, *, full_vocabulary: bool = False, threads: int = 1) -> None:
        """folder: as `store.prepare` returned it. threads: for one inference."""
        self.fingerprint = fingerprint(full_vocabulary)
        self._tokenizer = open_tokenizer(folder)
        self._begin = self._tokenizer.token_to_id("<s>")
        self._end = self._tokenizer.token_to_id("</s>")
        self._session = Session(folder, threads)
        self._pace = _Pace()
        # The first run sets up buffers; it must not count as the pace.
        self._session.run([self._begin, self._end])

    def score(
        self, question: str, passages: Sequence[str], budget_seconds: float = 0.4
    ) -> list[float | None]:
        """See `search.reader.base.Reader.score`; an empty question reads nothing."""
        start = time.perf_counter()
        scores: list[float | None] = [None] * len(passages)
        asked = normalise(question)
        opening = [self._begin, *self._pieces(_QUERY + asked, _LONGEST_QUESTION), self._end]
        for place, passage in enumerate(passages if asked else ()):
            before = time.perf_counter()
            pieces = self._input(opening, passage)
            if before - start + self._pace.estimate(len(pieces)) > budget_seconds:
                break
            scores[place] = float(self._session.run(pieces)[0])
            self._pace.learn(len(pieces), time.perf_counter() - before)
        return scores

    def _pieces(self, text: str, most: int) -> list[int]:
        return self._tokenizer.encode(text, add_special_tokens=False).ids[:most]

    def _input(self, opening: list[int], passage: str) -> list[int]:
        room = _LONGEST - 1
        pieces = opening + self._pieces(_PASSAGE + normalise(passage), room)
        return [*pieces[:room], self._end]


@lru_cache(maxsize=4)
def _provision(home: Path, full_vocabulary: bool, threads: int) -> Provision[BundledReader]:
    def open_reader(folder: Path) -> BundledReader:
        return BundledReader(folder, full_vocabulary=full_vocabulary, threads=threads)

    return Provision(home, ReaderArtifact(full_vocabulary), open_reader)


def shared_reader(*, wait: bool) -> BundledReader:
    """This process's instance, as the settings want it; see `search.reader.get_reader`."""
    provision = _provision(
        Path(settings.MODEL_CACHE), settings.SEARCH_FULL_VOCABULARY, settings.SEARCH_THREADS
    )
    try:
        return provision.get(wait=wait)
    except NotReady as error:
        raise ReaderUnavailable(error.reason, passing=error.passing) from error


def forget() -> None:
    """Drop this process's instances."""
    _provision.cache_clear()
