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
        "auc_near": _auc([o for o in outcomes if not o.question.off_topic]),
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

    missed_answers: share of answerable questions called "nothing". likely_and_right: share of
    first hits called "likely" that answer. Of questions without an answer, apart for those on the
    corpus's subjects (near) and on others (off_topic): false_answers is the share that was not
    called "nothing", false_likely the share called "likely", auc how well the probability tells
    them from answerable ones.
    """
    answerable = [o for o in outcomes if o.question.relevant]
    likely = [o for o in answerable if o.results.verdict == "likely"]
    return {
        "answerable": len(answerable),
        "missed_answers": _share(answerable, "nothing"),
        "called_likely": _share(answerable, "likely"),
        "likely_and_right": _rounded(
            metrics.mean([float(o.ranked[0] in o.question.relevant) for o in likely])
        ),
        "near": _unanswerable(answerable, [o for o in outcomes if _is_near(o)]),
        "off_topic": _unanswerable(answerable, [o for o in outcomes if o.question.off_topic]),
    }


def _is_near(outcome: Outcome) -> bool:
    return not outcome.question.relevant and not outcome.question.off_topic


def _unanswerable(answerable: Sequence[Outcome], others: Sequence[Outcome]) -> dict[str, Any]:
    nothing = _share(others, "nothing")
    return {
        "n": len(others),
        "false_answers": None if nothing is None else _rounded(1.0 - nothing),
        "false_likely": _share(others, "likely"),
        "auc": _auc([*answerable, *others]),
    }


def _auc(outcomes: Sequence[Outcome]) -> float | None:
    scores: dict[bool, list[float]] = {True: [], False: []}
    for outcome in outcomes:
        scores[bool(outcome.question.relevant)].append(outcome.results.probability)
    return _rounded(metrics.auc(scores[True], scores[False]))


def _share(outcomes: Sequence[Outcome], verdict: str) -> float | None:
    return _rounded(metrics.mean([float(o.results.verdict == verdict) for o in outcomes]))


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
