"""A query as a centred vector that may be compared with the live generation, or why not.

Guarantee: a vector is compared only with vectors of its own recipe.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext_lazy as _

from search.adapting import adapted
from search.calibration import Calibration
from search.centring import LANGUAGES, centred, document_means
from search.engines.base import DenseQuery, Engine, Vector
from search.generations import live_recipe
from search.models import Generation, Passage, SearchDocument
from search.query_means import QueryMeans
from search.query_vectors import QueryEmbedder
from search.results import Text
from search.vectors import restore

OTHER_RECIPE = _("The index is being rebuilt for another model. Only words are matched.")
NO_VECTORS = _("Search by meaning is being prepared. Until then only words are matched.")
_REFRESH = 1.02


@dataclass(frozen=True, slots=True)
class Meaning:
    """dense: None where only words can be matched; reason: why, empty otherwise.

    topic: the query under the shipped means, None where none are shipped. domain: cosine of it
    with the middle of the collection.
    """

    dense: DenseQuery | None
    calibration: Calibration
    reason: Text = ""
    topic: DenseQuery | None = None
    domain: float = 0.0


class Meanings:
    """Makes dense queries for one engine, with the means of documents and of past queries."""

    def __init__(
        self,
        engine: Engine,
        embedder: QueryEmbedder,
        using: str,
        calibrations: Callable[[str], Calibration],
    ) -> None:
        self._engine = engine
        self._embedder = embedder
        self._using = using
        self._calibrations = calibrations
        self._query_means: dict[str, QueryMeans] = {}
        self._document_means: tuple[str, dict[str, int], Mapping[str, Vector]] = ("", {}, {})

    def of(self, text: str, language: str, *, learn: bool) -> Meaning:
        """The meaning of a normalised query. learn: count it into the mean of its language."""
        indexed = live_recipe(self._using)
        vector, recipe, reason = self._embedder.embed(text)
        if vector is None:
            return Meaning(None, Calibration(), reason)
        if not indexed:
            return Meaning(None, Calibration(), "" if indexed is None else NO_VECTORS)
        if indexed != recipe:
            return Meaning(None, Calibration(), OTHER_RECIPE)
        values = self._calibrations(recipe)
        if not vector.any():
            return Meaning(None, values)
        dimension = len(vector)
        means = self._query_means.setdefault(recipe, QueryMeans(self._using, recipe, dimension))
        query = centred(vector, means.mean(language, values.query_means))
        query = adapted(query, values.adapters.get(language))
        if learn:
            means.add(language, vector)
        dense = DenseQuery(query, self.document_means(recipe, dimension))
        topic = _topic(vector, language, values)
        domain = float(topic.vector @ self._middle(topic.means)) if topic else 0.0
        return Meaning(dense, values, topic=topic, domain=domain)

    def of_document(self, row: SearchDocument) -> DenseQuery | None:
        """The mean of a document's own vectors as a query; None while it has none."""
        passages = Passage.objects.using(self._using).filter(
            document=row, generation__state=Generation.State.LIVE, vector__isnull=False
        )
        found = list(passages.select_related("generation"))
        if not found:
            return None
        vectors = np.array([restore(bytes(p.vector or b""), p.scale) for p in found])
        recipe = found[0].generation.recipe
        means = self.document_means(recipe, vectors.shape[1])
        own = centred(vectors, np.stack([means[p.language] for p in found]))
        return DenseQuery(centred(own.mean(axis=0), np.zeros_like(own[0])), means)

    def document_means(self, recipe: str, dimension: int) -> Mapping[str, Vector]:
        """The means to take off documents; kept until a language has changed by 2 %.

        The engine scales its rows by them, so they are not made anew for every document.
        """
        statistics = self._engine.statistics()
        counts = {language: entry.count for language, entry in statistics.items()}
        known_recipe, known, means = self._document_means
        if known_recipe != recipe or any(
            not known.get(x, 0) / _REFRESH <= count <= known.get(x, 0) * _REFRESH
            for x, count in counts.items()
        ):
            shipped = self._calibrations(recipe).document_means
            means = document_means(statistics, shipped, dimension)
            self._document_means = (recipe, counts, means)
        return means

    def _middle(self, means: Mapping[str, Vector]) -> Vector:
        """The direction of the collection's middle, seen from the shipped means."""
        total = sum(
            entry.total - entry.count * means[language]
            for language, entry in self._engine.statistics().items()
        )
        return centred(np.asarray(total, dtype=np.float32), np.float32(0.0))

    def flush(self) -> None:
        """Write what was learnt from queries; called in the background."""
        for means in list(self._query_means.values()):
            means.flush()


def _topic(vector: Vector, language: str, values: Calibration) -> DenseQuery | None:
    """The query with the shipped means taken off; None for a language without one."""
    mean = values.query_means.get(language)
    if mean is None or not values.document_means:
        return None
    none = np.zeros_like(mean)
    means = {x: values.document_means.get(x, none) for x in LANGUAGES}
    return DenseQuery(centred(vector, mean), means)
