"""Fitting what is shipped: language means, fusion weights and the judges of the verdict.

Guarantee: deterministic; what is fitted is a `Calibration`, so it acts only through the code that
people search with. The reader is fitted only on sets that it was not trained on.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from search.analysis import detect_language, normalise
from search.calibration import Calibration, Judge, Logistic
from search.embedders import Embedder
from search.embedding import passage_text
from search.engines.base import Vector
from search.evaluation import logistic
from search.evaluation.adapting import LANGUAGES, fit_adapters
from search.evaluation.metrics import mean, ndcg
from search.evaluation.running import Outcome, Parts, indexed, query_for, run
from search.evaluation.sets import LabelledSet, by_company, with_off_topic
from search.fusion import Candidate, Weights, fuse
from search.reader import Reader
from search.reading import READ_HITS
from search.results import Evidence, Hit
from search.sync import cut_text, passage_language

LEXICAL = (0.0, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5)
ACROSS = (0.0, 0.05, 0.1)
_BATCH = 32
TOPIC = ("own_best", "own_near", "other_best", "other_near", "domain")
UNREAD = ("dense", "own", "coverage")
READ = (*UNREAD, "reader")
READER = (0.0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.15, 0.2)
OFF_TOPIC = 200
"""Questions taken of each off-topic set."""
FALSE_ANSWERS = 0.02
MISSED_ANSWERS = 0.05
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
    """The evidence for a first hit. right: it answers.

    on_topic: something in the corpus does; None for a question on its subjects without an answer.
    """

    name: str
    language: str
    evidence: Evidence
    right: bool
    on_topic: bool | None = field(default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The sets that each part is fitted on; means also take those of `fit` and `adapt`.

    adapt: questions that companies' knowledge answers, for the adapters; all else is fitted on them
    with the adapters of the others, since with its own a set knows the answers.
    topic: each is the knowledge of one company or field, as a collection in use is, or of several
    companies and taken apart; on a mixture every question is near to something. off_topic: their
    questions are asked of those.
    read: the reader was not trained on these.
    """

    fit: Sequence[LabelledSet]
    adapt: Sequence[LabelledSet] = ()
    means: Sequence[LabelledSet] = ()
    topic: Sequence[LabelledSet] = ()
    off_topic: Sequence[LabelledSet] = ()
    read: Sequence[LabelledSet] = ()


def fit(
    sources: Sources,
    embedder: Embedder,
    reader: Callable[[], Reader],
    tell: Callable[[str], None] = lambda text: None,
) -> Calibration:
    """Fit a calibration for the embedder's recipe. tell: gets a line per step."""
    documents, queries = language_means([*sources.fit, *sources.adapt, *sources.means], embedder)
    adapters, others = fit_adapters(sources.adapt, embedder, documents, queries, tell)
    fitted = Calibration(
        recipe=embedder.recipe.fingerprint,
        document_means=documents,
        query_means=queries,
        adapters=adapters,
    )

    def parts_for(labelled: LabelledSet) -> Parts:
        unseen = others.get(labelled.name, adapters)
        return _parts(embedder, replace(fitted, adapters=unseen))

    sets = [*sources.fit, *sources.adapt]
    explored = [e for s in sets for e in explore(s, parts_for(s))]
    for language in LANGUAGES:
        weights, figure = best_weights(explored, language)
        tell(f"{language}: {weights}, mean nDCG@10 {figure:.4f}")
        fitted = _with(fitted, language, weights=weights)
    cases = [case for s in sets for case in judged(s.name, run(s, parts_for(s)))]
    about = _about(sources.topic, sources.off_topic, _parts(embedder, fitted))
    for language in LANGUAGES:
        judge = fit_judge(_of(language, cases), UNREAD, _of(language, about))
        tell(f"{language}: unread {judge}")
        fitted = _with(fitted, language, unread=judge, read=judge)
    if sources.read:
        fitted = _fit_reader(sources, fitted, _parts(embedder, fitted, reader), tell)
    return fitted


def _fit_reader(
    sources: Sources, fitted: Calibration, parts: Parts, tell: Callable[[str], None]
) -> Calibration:
    outcomes = {s.name: run(s, parts) for s in sources.read}
    weight, figure = best_reader_weight(outcomes, fitted)
    tell(f"reader weight {weight}, mean nDCG@10 {figure:.4f}")
    cases = [case for name, found in outcomes.items() for case in judged(name, found)]
    for language in LANGUAGES:
        mine = [case for case in _of(language, cases) if case.evidence.reader is not None]
        unread = fitted.of(language).unread
        # The topic is judged before the reader reads, so its model stays.
        judge = replace(fit_judge(mine, READ), topic=unread.topic, close=unread.close)
        tell(f"{language}: read {judge}")
        fitted = _with(fitted, language, read=judge, reader=weight)
    return fitted


def best_reader_weight(
    outcomes: Mapping[str, Sequence[Outcome]], fitted: Calibration
) -> tuple[float, float]:
    """The weight of the reader's logit with the best nDCG@10, and that figure.

    outcomes: by set, made with the weight that `fitted` holds. Each set counts the same.
    """
    scored = []
    for weight in READER:
        figures = [
            mean([_reordered(o, weight, fitted) for o in found if o.question.relevant]) or 0.0
            for found in outcomes.values()
        ]
        scored.append((mean(figures) or 0.0, -weight))
    best = max(scored)
    return -best[1], best[0]


def _reordered(outcome: Outcome, weight: float, fitted: Calibration) -> float:
    """nDCG@10 as it would be with another weight of the reader."""
    change = weight - fitted.of(outcome.language).reader
    first, rest = outcome.results.hits[:READ_HITS], outcome.results.hits[READ_HITS:]
    average = mean([e.reader for h in first if (e := h.explanation).reader is not None]) or 0.0

    def score(hit: Hit) -> float:
        logit = hit.explanation.reader
        return hit.score + (change * (logit - average) if logit is not None else 0.0)

    ranked = [hit.key for hit in (*sorted(first, key=score, reverse=True), *rest)]
    return ndcg(ranked, outcome.question.relevant)


def _about(
    sets: Sequence[LabelledSet], off_topic: Sequence[LabelledSet], parts: Parts
) -> list[Judged]:
    """Questions that sets answer beside questions on other subjects."""
    return [
        case
        for company in sets
        for s in by_company(company)
        for case in judged(s.name, run(with_off_topic(s, off_topic, OFF_TOPIC), parts))
        if case.on_topic is not None
    ]


def _of(language: str, cases: Sequence[Judged]) -> list[Judged]:
    return [case for case in cases if case.language == language]


def _parts(
    embedder: Embedder, fitted: Calibration, reader: Callable[[], Reader] | None = None
) -> Parts:
    return Parts(
        engine="embedded",
        embedder=lambda: embedder,
        reader=reader,
        calibrations=lambda recipe: fitted,
    )


def _with(fitted: Calibration, language: str, **changes: Any) -> Calibration:
    changed = replace(fitted.of(language), **changes)
    return replace(fitted, languages={**fitted.languages, language: changed})


def language_means(
    sets: Iterable[LabelledSet], embedder: Embedder
) -> tuple[dict[str, Vector], dict[str, Vector]]:
    """(document means, query means) by language; every set counts the same."""
    documents: dict[str, list[Vector]] = {}
    queries: dict[str, list[Vector]] = {}
    for labelled in sets:
        texts = [
            (passage_language(cut.text, d.language), passage_text(d.title, cut.text))
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


def judged(name: str, outcomes: Sequence[Outcome]) -> list[Judged]:
    """The evidence of those outcomes of a set that found anything."""
    return [
        Judged(
            name,
            o.language,
            o.results.evidence,
            o.ranked[0] in o.question.relevant,
            None if not (o.question.relevant or o.question.off_topic) else not o.question.off_topic,
        )
        for o in outcomes
        if o.results.evidence is not None
    ]


def fit_judge(
    cases: Sequence[Judged], features: Sequence[str], about: Sequence[Judged] = ()
) -> Judge:
    """The judge for cases of one language.

    The answer model tells right first hits from all others in `cases`; the topic model tells
    questions that the corpus answers from those on another subject in `about`, in which each set
    counts the same. "likely" is where 80 % of what passes is right; for "nothing" see `_close`.
    """
    answer = logistic.fit([(case.evidence, case.right) for case in cases], features)
    topic = logistic.fit(
        [(case.evidence, bool(case.on_topic)) for case in about], TOPIC, [c.name for c in about]
    )
    judge = Judge(answer=answer, topic=topic)
    return replace(judge, close=_close(topic, about), likely=_likely(judge, cases))


def _close(topic: Logistic, about: Sequence[Judged]) -> float:
    """The threshold on the topic that comes nearest to the two goals, each set counting the same.

    At most 2 % of the questions on other subjects may pass (false answers) and at most 5 % of the
    answerable ones may not (missed answers); what counts is the worse excess of a set.
    """
    by_set: dict[str, tuple[list[float], list[float]]] = {}
    for case in about:
        on, off = by_set.setdefault(case.name, ([], []))
        (on if case.on_topic else off).append(topic.probability(case.evidence))

    def excess(threshold: float) -> float:
        return sum(
            max(
                (mean([float(p < threshold) for p in on]) or 0.0) / MISSED_ANSWERS,
                (mean([float(p >= threshold) for p in off]) or 0.0) / FALSE_ANSWERS,
            )
            for on, off in by_set.values()
        )

    return min((step / 50 for step in range(1, 50)), key=excess) if by_set else 0.0


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
