"""Which characters of a passage a reader should see marked.

Guarantee: spans are inside the passage as it was given (never of a normalised copy), in order,
not empty and not overlapping.
"""

from collections.abc import Collection, Sequence

from search.analysis.function_words import CHINESE, ENGLISH
from search.analysis.words import spans, tokens

_TOO_COMMON = ENGLISH | CHINESE


def mark(
    passage: str, query: str, extra_terms: Collection[str] = ()
) -> tuple[tuple[int, int], ...]:
    """The (start, end) spans of `passage` whose words occur in `query`.

    extra_terms: further index terms to mark (synonyms, corrected spellings).
    Function words are marked only where the query holds nothing else.
    """
    wanted = set(tokens(query)) | set(extra_terms)
    wanted = (wanted - _TOO_COMMON) or wanted
    found = [
        (token.start, token.end) for token in spans(passage) if not wanted.isdisjoint(token.terms)
    ]
    return _merged(sorted(found))


def _merged(found: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for start, end in found:
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return tuple(merged)
