"""Outcomes as figures.

Guarantee: every figure names how many questions it was made from; a figure of none is null.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from search.evaluation import metrics
from search.evaluation.running import Outcome

LANGUAGES = ("zh", "en", "other")


def report(name: str, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """All figures of a set, ready for JSON."""
    answerable = [o for o in outcomes if o.question.relevant]
    return {
        "set": name,
        "questions": len(outcomes),
        "answerable": len(answerable),
        **retrieval(answerable),
        "same_language": retrieval([o for o in answerable if o.same_language]),
        "across": retrieval([o for o in answerable if not o.same_language]),
        "answering": {
            language: answering([o for o in outcomes if o.language == language])
            for language in LANGUAGES
            if any(o.language == language for o in outcomes)
        },
        "auc_no_answer": _auc(outcomes),
        "modes": dict(Counter(o.results.mode for o in outcomes)),
        "reasons": dict(Counter(str(o.results.reason) for o in outcomes if o.results.reason)),
        "milliseconds": _times(outcomes),
    }


def retrieval(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """nDCG, recall and reciprocal rank over answerable questions."""
    ranked = [(o.ranked, o.question.relevant) for o in outcomes]
    return {
        "n": len(ranked),
        "ndcg@10": _rounded(metrics.mean([metrics.ndcg(r, d) for r, d in ranked])),
        **{
            f"recall@{depth}": _rounded(
                metrics.mean([metrics.recall(r, d, depth) for r, d in ranked])
            )
            for depth in (1, 3, 10)
        },
        "mrr@10": _rounded(metrics.mean([metrics.reciprocal_rank(r, d) for r, d in ranked])),
    }


def answering(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """How well the verdict tells answerable questions from others.

    false_answers: share of unanswerable questions that were not called "nothing".
    false_likely: share of them called "likely". missed_answers: share of answerable questions
    called "nothing".
    """
    answerable = [o for o in outcomes if o.question.relevant]
    others = [o for o in outcomes if not o.question.relevant]
    return {
        "answerable": len(answerable),
        "unanswerable": len(others),
        "missed_answers": _share(answerable, "nothing"),
        "called_likely": _share(answerable, "likely"),
        "likely_and_right": _rounded(
            metrics.mean(
                [
                    float(bool(o.ranked) and o.ranked[0] in o.question.relevant)
                    for o in answerable
                    if o.results.verdict == "likely"
                ]
            )
        ),
        "false_answers": _complement(_share(others, "nothing")),
        "false_likely": _share(others, "likely"),
        "auc": _auc(outcomes),
    }


def _auc(outcomes: Sequence[Outcome]) -> float | None:
    scores: dict[bool, list[float]] = {True: [], False: []}
    for outcome in outcomes:
        scores[bool(outcome.question.relevant)].append(outcome.results.probability)
    return _rounded(metrics.auc(scores[True], scores[False]))


def _share(outcomes: Sequence[Outcome], verdict: str) -> float | None:
    return _rounded(metrics.mean([float(o.results.verdict == verdict) for o in outcomes]))


def _complement(share: float | None) -> float | None:
    return None if share is None else _rounded(1.0 - share)


def _times(outcomes: Sequence[Outcome]) -> dict[str, float]:
    ordered = sorted(o.seconds * 1000 for o in outcomes)
    if not ordered:
        return {}
    return {
        "median": round(ordered[len(ordered) // 2], 1),
        "p95": round(ordered[int(len(ordered) * 0.95)], 1),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
