"""Any sentence-transformers CrossEncoder as the reader, by name or local folder.

Guarantee: it stops before a passage that, at the pace of those just read, would not end within
the budget. Needs the extra `models`.
"""

import threading
import time
from collections.abc import Sequence
from typing import Any

from search.analysis.normalising import normalise
from search.embedders.sentence_transformers import parameters_checksum
from search.reader.base import ReaderUnavailable


class CrossEncoderReader:
    """Reads with a CrossEncoder of one output; safe to share among threads (one at a time)."""

    def __init__(self, name: str) -> None:
        """name: of a model or a folder; raises ReaderUnavailable."""
        try:
            from sentence_transformers import CrossEncoder
            from torch.nn import Identity

            self._model: Any = CrossEncoder(name, activation_fn=Identity())
        except ImportError as error:
            raise ReaderUnavailable(
                'sentence-transformers is not installed: pip install "kiplatform[models]".'
            ) from error
        except (OSError, ValueError, RuntimeError) as error:
            raise ReaderUnavailable(f"The model {name} cannot be loaded: {error}") from error
        self.fingerprint = parameters_checksum(self._model.model)
        self._lock = threading.Lock()
        self._seconds = self._timed("", "")[1]

    def _timed(self, question: str, passage: str) -> tuple[float, float]:
        start = time.perf_counter()
        (score,) = self._model.predict([(question, passage)], show_progress_bar=False)
        return float(score), time.perf_counter() - start

    def score(
        self, question: str, passages: Sequence[str], budget_seconds: float = 0.4
    ) -> list[float | None]:
        """See `search.reader.base.Reader.score`; an empty question reads nothing."""
        start = time.perf_counter()
        scores: list[float | None] = [None] * len(passages)
        asked = normalise(question)
        with self._lock:
            for place, passage in enumerate(passages if asked else ()):
                if time.perf_counter() - start + self._seconds > budget_seconds:
                    break
                scores[place], seconds = self._timed(asked, normalise(passage))
                self._seconds += 0.3 * (seconds - self._seconds)
        return scores
