"""One ranking out of words and vectors, fused by language.

Guarantee: pure and deterministic; every document appears once, with its best passage; the order
of the candidates does not matter.

A passage in another language than the query cannot share its words, so plain rank fusion would
push it down. There the dense score counts alone; within the query's language words add to it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

DEPTH = 100
"""Passages that each of the two searches contributes; also the range of the dense scaling."""

_LEAST_SPAN = 0.02
"""Below it differences of dense scores are rounding and are not stretched to the whole scale."""
UNEMBEDDED = 0.8
"""Factor on the lexical score of a passage whose vector is still to be made, among others that
have one: a new thing is found by its words at once, and does not win by lacking a vector."""

NAMED = 1.1
"""Least score of what the whole query names: a person, in characters or pinyin, or a code."""
_AMONG_NAMED = 0.1
"""Weight of the other scores where several documents bear the name, as with a product's code."""


@dataclass(frozen=True, slots=True)
class Weights:
    """How scores of a passage in the query's own language and in another are mixed.

    lexical: share of the lexical score for a passage in the query's language (0 to 1).
    across: the same for a passage in another language, where only codes and numbers agree.
    """

    lexical: float = 0.25
    across: float = 0.0


class Candidate(NamedTuple):
    """A passage that was found.

    language: of the passage, "zh", "en" or "other". lexical: 0 if not by its words. dense: None if
    it has no vector. named: whether the whole query is a name or a code of the document.
    """

    passage: int
    document: int
    language: str
    lexical: float = 0.0
    dense: float | None = None
    named: bool = False


class Fused(NamedTuple):
    """A document with its best passage. score is 0 to NAMED + 0.1, before boosts."""

    document: int
    passage: int
    score: float
    lexical: float
    dense: float | None
    named: bool = False


def fuse(candidates: Iterable[Candidate], query_language: str, weights: Weights) -> list[Fused]:
    """Rank documents by the best of their passages, best first, ties by document.

    query_language: "zh", "en" or "other"; where it is "other" every passage counts as its own.
    Dense scores are min-max scaled over the best DEPTH, lexical ones divided by the best.
    """
    found = list(candidates)
    low, span = _range([c.dense for c in found if c.dense is not None])
    top = max((c.lexical for c in found), default=0.0) or 1.0
    best: dict[int, Fused] = {}
    for candidate in found:
        own = query_language in ("other", candidate.language)
        share = weights.lexical if own else weights.across
        words = candidate.lexical / top
        if candidate.dense is None:
            score = UNEMBEDDED * words if span else words
        else:
            # What only words found may lie below the range of the nearest passages.
            score = share * words + (1 - share) * max((candidate.dense - low) / span, 0.0)
        if candidate.named:
            score = NAMED + _AMONG_NAMED * score
        fused = Fused(
            candidate.document,
            candidate.passage,
            score,
            words,
            candidate.dense,
            candidate.named,
        )
        current = best.get(fused.document)
        if current is None or (fused.score, -fused.passage) > (current.score, -current.passage):
            best[fused.document] = fused
    return sorted(best.values(), key=lambda f: (-f.score, f.document))


def _range(scores: Sequence[float]) -> tuple[float, float]:
    """The lowest of the best DEPTH scores, and how far the highest is above it; 0, 0 for none."""
    if not scores:
        return 0.0, 0.0
    nearest = sorted(scores, reverse=True)[:DEPTH]
    return nearest[-1], max(nearest[0] - nearest[-1], _LEAST_SPAN)
