"""The bundled reader: a small cross-encoder on the embedder's own word embeddings.

Guarantee: it stops before a passage that would not end within the budget, and says which
passages it has not read; a passage's judgement depends on the question and that passage alone.
"""

import hashlib
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from search.analysis.normalising import NORMALISATION, normalise
from search.embedders.layout import BEGIN, END, GRAPH, TRIMMED, WEIGHTS_CHECKSUM
from search.embedders.provision import NotReady, Provision
from search.embedders.session import Session, open_tokenizer
from search.embedders.store import Progress
from search.reader.base import ReaderUnavailable

WEIGHTS = Path(__file__).parent / "weights" / "reader-v1.npz"
READER_WEIGHTS_CHECKSUM = "c17b82a4f5048f7a8e15e523ccb8a26cb3be04d2ad8924304a1ede60aaccca44"
"""SHA-256 of WEIGHTS; another file scores otherwise and needs another calibration."""
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


@dataclass(frozen=True, slots=True)
class ReaderArtifact:
    """The files of the bundled reader."""

    full_vocabulary: bool = False

    @property
    def name(self) -> str:
        return f"reader-{fingerprint(self.full_vocabulary)}"

    def build(self, folder: Path, progress: Progress) -> None:
        """Raises UnreadableWeights."""
        from search.reader.building import build_reader

        build_reader(
            folder, WEIGHTS, READER_WEIGHTS_CHECKSUM, _LONGEST, self.full_vocabulary, progress
        )


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
        self._session = Session(folder, threads)
        self._pace = _Pace()
        # The first run sets up buffers; it must not count as the pace.
        self._session.run([BEGIN, END])

    def score(
        self, question: str, passages: Sequence[str], budget_seconds: float = 0.4
    ) -> list[float | None]:
        """See `search.reader.base.Reader.score`; an empty question reads nothing."""
        start = time.perf_counter()
        scores: list[float | None] = [None] * len(passages)
        for place, passage in enumerate(passages if normalise(question) else ()):
            before = time.perf_counter()
            pieces = self.pieces(question, passage)
            if before - start + self._pace.estimate(len(pieces)) > budget_seconds:
                break
            scores[place] = self.read(pieces)
            self._pace.learn(len(pieces), time.perf_counter() - before)
        return scores

    def pieces(self, question: str, passage: str) -> list[int]:
        """The model's input: <s> "query: " question </s> "passage: " passage </s>, cut to 256."""
        asked = self._encoded(_QUERY + normalise(question))[:_LONGEST_QUESTION]
        told = self._encoded(_PASSAGE + normalise(passage))
        return [*[BEGIN, *asked, END, *told][: _LONGEST - 1], END]

    def read(self, pieces: Sequence[int]) -> float:
        """The logit of one input."""
        return float(self._session.run(pieces)[0])

    def _encoded(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)


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
