"""Near spellings of Latin words among the words that an index knows.

Guarantee: a word that the index knows needs no correction and gets none; codes and numbers are
never "corrected" (GS-2026A is not GS-2026B).
"""

from collections.abc import Collection

from rapidfuzz import process
from rapidfuzz.distance import OSA

_SHORTEST = 4
_LONG = 8


def may_be_mistyped(word: str) -> bool:
    """Whether a term is one that `near_words` may find a correction for."""
    return len(word) >= _SHORTEST and word.isascii() and word.isalpha()


def near_words(word: str, vocabulary: Collection[str], limit: int = 3) -> list[str]:
    """Up to `limit` words of `vocabulary` that `word` may be a typing error of, nearest first.

    word: one term as `tokens` makes it. vocabulary: terms of the index; 100,000 take some 10 ms.
    One edit (insert, delete, replace, swap neighbours) is allowed from 4 letters, two from 8.
    """
    if not may_be_mistyped(word) or word in vocabulary:
        return []
    edits = 2 if len(word) >= _LONG else 1
    near = process.extract(
        word, vocabulary, scorer=OSA.distance, score_cutoff=edits, limit=limit * 4, processor=None
    )
    near.sort(key=lambda match: (match[1], match[0][0] != word[0], match[0]))
    return [match[0] for match in near if match[0].isalpha() and match[0].isascii()][:limit]
