"""Fitting what is shipped: language means, fusion weights and the judges of the verdict.

Guarantee: deterministic; what is fitted is a `Calibration`, so it acts only through the code that
people search with. The reader is fitted only on sets that it was not trained on.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from search.analysis import detect_language, normalise
from search.calibration import Judge
from search.centring import language_class
from search.embedders import Embedder
from search.engines.base import Vector
from search.evaluation import logistic
from search.evaluation.metrics import mean, ndcg
from search.evaluation.running import Outcome, Parts, indexed, query_for
from search.evaluation.sets import LabelledSet
from search.fusion import Candidate, Weights, fuse
from search.results import Evidence
from search.sync import cut_text

LANGUAGES = ("zh", "en")
LEXICAL = (0.0, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5)
ACROSS = (0.0, 0.05, 0.1)
_BATCH = 32
TOPIC = ("best", "near", "domain")
UNREAD = ("dense", "best", "coverage")
READ = (*UNREAD, "reader")
FALSE_ANSWERS = 0.02
LIKELY_RIGHT = 0.8


@dataclass(slots=True)
class Explored:
    """A question with the candidates of its ranking."""

    name: str
    language: str
    candidates: list[Candidate]
    relevant: frozenset[int]


@dataclass(slots=True)
class Judged:
    """The evidence for a best hit. right: it answers. on_topic: something in the corpus does."""

    language: str
    evidence: Evidence
    right: bool
    on_topic: bool | None = field(default=None)


def language_means(
    sets: Iterable[LabelledSet], embedder: Embedder
) -> tuple[dict[str, Vector], dict[str, Vector]]:
    """(document means, query means) by language; every set counts the same."""
    documents: dict[str, list[Vector]] = {}
    queries: dict[str, list[Vector]] = {}
    for labelled in sets:
        texts = [
            (language_class(d.language), f"{d.title}\n{cut.text}".strip())
            for d in labelled.documents
            for cut in cut_text(d.title, d.text, d.language)
        ]
        asked = [(detect_language(q.text), normalise(q.text)) for q in labelled.questions]
        _add_means(documents, texts, embedder.embed_passages)
        _add_means(queries, asked, embedder.embed_queries)
    return _averaged(documents), _averaged(queries)


def _add_means(
    means: dict[str, list[Vector]],
    texts: Sequence[tuple[str, str]],
    embed: Callable[[Sequence[str]], Vector],
) -> None:
    for language in LANGUAGES:
        mine = sorted((text for x, text in texts if x == language), key=len)
        if mine:
            batches = (mine[i : i + _BATCH] for i in range(0, len(mine), _BATCH))
            total = np.sum([embed(batch).sum(axis=0) for batch in batches], axis=0)
            means.setdefault(language, []).append(total / len(mine))


def _averaged(means: Mapping[str, list[Vector]]) -> dict[str, Vector]:
    return {x: np.mean(found, axis=0).astype(np.float32) for x, found in means.items()}


def explore(labelled: LabelledSet, parts: Parts) -> list[Explored]:
    """The candidates of every answerable question of a set."""
    found = []
    with indexed(labelled, parts) as searcher:
        for question in labelled.questions:
            if not question.relevant:
                continue
            candidates, keys = searcher.candidates(query_for(question.text, read=False))
            relevant = frozenset(pk for pk, key in keys.items() if key in question.relevant)
            missing = len(question.relevant) - len(relevant)
            # Relevant ones that were not found still count against the ranking.
            unfound = frozenset(range(-missing, 0))
            found.append(
                Explored(
                    labelled.name, detect_language(question.text), candidates, relevant | unfound
                )
            )
    return found


def best_weights(explored: Sequence[Explored], language: str) -> tuple[Weights, float]:
    """The weights with the best nDCG@10, each set counting the same, and that figure."""
    mine = [entry for entry in explored if entry.language == language]
    if not mine:
        return Weights(), 0.0
    scored = [
        (_macro(mine, weights), -weights.across, -weights.lexical, weights)
        for weights in (Weights(lexical, across) for lexical in LEXICAL for across in ACROSS)
    ]
    best = max(scored, key=lambda entry: entry[:3])
    return best[3], best[0]


def _macro(explored: Sequence[Explored], weights: Weights) -> float:
    by_set: dict[str, list[float]] = {}
    for entry in explored:
        ranked = [str(f.document) for f in fuse(entry.candidates, entry.language, weights)[:10]]
        figure = ndcg(ranked, {str(pk) for pk in entry.relevant})
        by_set.setdefault(entry.name, []).append(figure)
    return mean([mean(figures) or 0.0 for figures in by_set.values()]) or 0.0


def judged(outcomes: Sequence[Outcome]) -> list[Judged]:
    """The evidence of outcomes that found anything."""
    return [
        Judged(
            o.language,
            o.results.evidence,
            o.ranked[0] in o.question.relevant,
            None if o.question.near else bool(o.question.relevant),
        )
        for o in outcomes
        if o.results.evidence is not None
    ]


def fit_judge(cases: Sequence[Judged], features: Sequence[str]) -> Judge:
    """The judge for cases of one language.

    The answer model tells right first hits from all others; the topic model tells questions that
    the corpus answers from those on another subject. "nothing" is where the topic model lets at
    most 2 % of the others pass; "likely" is where 80 % of what passes is right.
    """
    answer = logistic.fit([(case.evidence, case.right) for case in cases], features)
    about = [(case.evidence, case.on_topic) for case in cases if case.on_topic is not None]
    topic = logistic.fit([(evidence, bool(on)) for evidence, on in about], TOPIC)
    judge = Judge(answer=answer, topic=topic)
    off = sorted(topic.probability(evidence) for evidence, on in about if not on)
    close = off[int(len(off) * (1 - FALSE_ANSWERS))] if off else 0.0
    return replace(judge, close=close, likely=_likely(judge, cases))


def _likely(judge: Judge, cases: Sequence[Judged]) -> float:
    """The least probability above which 80 % of the first hits are right."""
    ordered = sorted(
        ((judge.probability(case.evidence), case.right) for case in cases), reverse=True
    )
    threshold, right = 1.1, 0
    for place, (probability, is_right) in enumerate(ordered, start=1):
        right += is_right
        if right / place >= LIKELY_RIGHT:
            threshold = probability
    return threshold
