"""Fitting the adapters of `search.adapting`.

Guarantee: deterministic; what an adapter gains is told on sets that it was not fitted on.

Multinomial logistic regression over each set's passages (InfoNCE with the whole corpus as
negatives, van den Oord et al. 2018) by gradient descent, pulled towards zero, so that little is
learnt from few questions.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from search.adapting import adapted
from search.analysis import detect_language, normalise
from search.centring import centred, shrunk_mean
from search.embedders import Embedder
from search.embedding import passage_text
from search.engines.base import Vector
from search.evaluation.metrics import mean, ndcg
from search.evaluation.sets import LabelledSet
from search.sync import cut_text, passage_language

LANGUAGES = ("zh", "en")
TEMPERATURE = 0.05
PULL = 0.2
"""Weight of the squares of an adapter beside the losses of all sets. Between .1 and .3 sales sets
that were not seen gained alike, and others changed by less than .005 (dense ranking alone)."""
STEPS = 40
RATE = 1.0
_BATCH = 32
Adapters = Mapping[str, Vector]


@dataclass(frozen=True, slots=True)
class Vectors:
    """A set as centred vectors.

    keys: document of each passage, length p. passages: shape (p, dimension). languages, relevant:
    of each answerable question, length q. questions: shape (q, dimension).
    """

    name: str
    keys: Sequence[str]
    passages: Vector
    languages: Sequence[str]
    relevant: Sequence[frozenset[str]]
    questions: Vector

    def targets(self) -> Vector:
        """Shape (q, p): equal shares of 1 on the passages of what answers a question."""
        holds = [[key in relevant for key in self.keys] for relevant in self.relevant]
        found = np.array(holds, dtype=np.float32)
        return np.asarray(found / found.sum(axis=1, keepdims=True))


def fit_adapters(
    sets: Sequence[LabelledSet],
    embedder: Embedder,
    document_means: Mapping[str, Vector],
    query_means: Mapping[str, Vector],
    tell: Callable[[str], None],
) -> tuple[Adapters, dict[str, Adapters]]:
    """The adapters of all sets together; and for each set, by its name, those of the others.

    Adapters are by the query's language, shape (dimension, dimension). tell: gets what those of the
    others gain on each set.
    """
    found = [_vectors(s, embedder, document_means, query_means) for s in sets]
    others = {one.name: _fit([other for other in found if other is not one]) for one in found}
    for one in found:
        before, after = _quality(one, {}), _quality(one, others[one.name])
        tell(f"adapters of the other sets on {one.name}: dense nDCG@10 {before:.4f} -> {after:.4f}")
    return _fit(found), others


def _vectors(
    labelled: LabelledSet,
    embedder: Embedder,
    document_means: Mapping[str, Vector],
    query_means: Mapping[str, Vector],
) -> Vectors:
    cuts = [(d, c.text) for d in labelled.documents for c in cut_text(d.title, d.text, d.language)]
    spoken = [passage_language(text, d.language) for d, text in cuts]
    asked = [q for q in labelled.questions if q.relevant and detect_language(q.text) in LANGUAGES]
    languages = [detect_language(question.text) for question in asked]
    passages = _embedded([passage_text(d.title, text) for d, text in cuts], embedder.embed_passages)
    questions = _embedded([normalise(q.text) for q in asked], embedder.embed_queries)
    return Vectors(
        labelled.name,
        [d.key for d, _ in cuts],
        _centred(passages, spoken, document_means),
        languages,
        [question.relevant for question in asked],
        _centred(questions, languages, query_means),
    )


def _embedded(texts: Sequence[str], embed: Callable[[Sequence[str]], Vector]) -> Vector:
    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    batches = (order[start : start + _BATCH] for start in range(0, len(order), _BATCH))
    rows = np.concatenate([embed([texts[place] for place in batch]) for batch in batches])
    return np.asarray(rows[np.argsort(order)])


def _centred(vectors: Vector, languages: Sequence[str], shipped: Mapping[str, Vector]) -> Vector:
    """Centred as in use: by the set's own means, shrunk towards the shipped ones."""
    spoken = np.array(languages)
    found = np.empty_like(vectors)
    for language in set(languages):
        own = vectors[spoken == language]
        middle = shrunk_mean(own.sum(axis=0), len(own), shipped.get(language))
        found[spoken == language] = centred(own, middle)
    return found


def _fit(sets: Sequence[Vectors]) -> Adapters:
    targets = [one.targets() for one in sets]
    if not sets:
        return {}
    dimension = sets[0].passages.shape[1]
    adapters = {x: np.zeros((dimension, dimension), np.float32) for x in LANGUAGES}
    for _ in range(STEPS):
        slopes = {x: PULL * adapter for x, adapter in adapters.items()}
        for one, wanted in zip(sets, targets, strict=True):
            for language, slope in _slopes(one, wanted, adapters).items():
                slopes[language] = slopes[language] + slope
        for language, slope in slopes.items():
            adapters[language] = adapters[language] - RATE / len(sets) * slope
    return adapters


def _slopes(one: Vectors, wanted: Vector, adapters: Adapters) -> dict[str, Vector]:
    """By language, the slope of the mean loss of a set's questions at its adapter."""
    spoken = np.array(one.languages)
    slopes = {}
    for language in set(one.languages):
        mine = spoken == language
        questions = one.questions[mine]
        moved = questions + questions @ adapters[language]
        lengths = np.linalg.norm(moved, axis=1, keepdims=True)
        turned = moved / lengths
        scores = np.exp((turned @ one.passages.T - 1.0) / TEMPERATURE)
        wrong = scores / scores.sum(axis=1, keepdims=True) - wanted[mine]
        pull = wrong @ one.passages / (TEMPERATURE * len(spoken))
        # Of the unit vector only what is across it moves.
        across = (pull - turned * (pull * turned).sum(axis=1, keepdims=True)) / lengths
        slopes[language] = np.asarray(questions.T @ across, dtype=np.float32)
    return slopes


def _quality(one: Vectors, adapters: Adapters) -> float:
    """nDCG@10 of the ranking by cosine alone."""
    found = []
    for question, language, relevant in zip(
        one.questions, one.languages, one.relevant, strict=True
    ):
        scores = one.passages @ adapted(question, adapters.get(language))
        ranked = dict.fromkeys(one.keys[place] for place in np.argsort(-scores))
        found.append(ndcg(list(ranked)[:10], relevant))
    return mean(found) or 0.0
