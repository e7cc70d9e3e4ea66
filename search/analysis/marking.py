"""Which characters of a passage a reader should see marked.

Guarantee: spans are inside the passage as it was given (never of a normalised copy), in order,
not empty and not overlapping.
"""

from collections.abc import Collection, Sequence

from search.analysis.words import spans, tokens

_TOO_COMMON = frozenset(
    "a an and are as at be by can do does for from how i if in is it me my of on or that the their "
    "there this to was we what when where which who why will with you your "
    "的 了 吗 呢 吧 啊 是 在 和 与 及 或 也 都 就 我 你 您 他 她 它 们 这 那 有 要 会 能 可以 什么 怎么 多少 请问".split()
)


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
