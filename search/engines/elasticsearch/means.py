"""The statistics behind the means of languages, read from the vectors of the database.

Guarantee: exact up to SAMPLE vectors of a language, and beyond that the sum of every n-th scaled
to all of them; read again only when a language has changed noticeably.
"""

import time
from collections.abc import Mapping

import numpy as np
from django.db.models import F

from search.centring import LANGUAGES
from search.engines.base import LanguageStatistics
from search.models import Generation, Passage
from search.vectors import restore

SAMPLE = 20_000
_SMALL = 2_000
_CHANGE = 1.02
_LEAST_SECONDS = 10.0


class Means:
    """Statistics of one generation at a time, over one database."""

    def __init__(self, using: str) -> None:
        self._using = using
        self._generation = 0
        self._known: dict[str, tuple[LanguageStatistics, float]] = {}

    def of(
        self, generation: Generation, counts: Mapping[str, int]
    ) -> Mapping[str, LanguageStatistics]:
        """counts: language class -> vectors that there are now."""
        if generation.pk != self._generation:
            self._generation, self._known = generation.pk, {}
        found = {}
        for language in LANGUAGES:
            count = counts.get(language, 0)
            if not self._still_true(language, count):
                statistics = self._read(generation, language, count)
                self._known[language] = (statistics, time.monotonic())
            found[language] = self._known[language][0]
        return found

    def _still_true(self, language: str, count: int) -> bool:
        if language not in self._known:
            return False
        known, read_at = self._known[language]
        if known.count / _CHANGE <= count <= known.count * _CHANGE:
            return True
        # Reading many vectors for every few that are added would slow down searches.
        return known.count > _SMALL and time.monotonic() - read_at < _LEAST_SECONDS

    def _read(self, generation: Generation, language: str, count: int) -> LanguageStatistics:
        total = np.zeros(generation.dimension, dtype=np.float64)
        rows = Passage.objects.using(self._using).filter(
            generation=generation, vector__isnull=False, scale__gt=0
        )
        rows = rows.filter(language=language)
        step = max(1, count // SAMPLE)
        if step > 1:
            rows = rows.annotate(place=F("id") % step).filter(place=0)
        read = 0
        for vector, scale in rows.values_list("vector", "scale").iterator(chunk_size=2000):
            blob = bytes(vector or b"")
            if len(blob) == generation.dimension:
                total += restore(blob, scale)
                read += 1
        share = count / read if step > 1 and read else 1.0
        return LanguageStatistics(count, (total * share).astype(np.float32))
