"""A document found as the hit that its viewer sees.

Guarantee: marks point into the passage as it is shown, in the script in which it is shown.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache

import opencc

from search.analysis import Token, spans

_LONGEST_SHOWN = 400
_CONVERSIONS = {("zh-hant", "zh-hans"): "t2s", ("zh-hans", "zh-hant"): "s2t"}
Marks = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """Title and passage in the viewer's script, and what they share with the query.

    marks: spans of `passage`. words: as title and passage write them. coverage: share (0 to 1) of
    the query's terms that title and passage hold.
    """

    title: str
    passage: str
    marks: Marks
    words: tuple[str, ...]
    coverage: float


def show(title: str, text: str, language: str, script: str, wanted: Collection[str]) -> Shown:
    """Title and passage as a viewer sees them.

    language: of the document. script: the viewer's language. wanted: index terms of the query.
    """
    title = in_script(title, language, script)
    passage = in_script(text[:_LONGEST_SHOWN], language, script)
    terms = frozenset(wanted)
    in_title, in_passage = spans(title, terms), spans(passage, terms)
    held = terms & {term for token in (*in_title, *in_passage) for term in token.terms}
    marks = _merged(in_passage)
    words = [*(title[a:b] for a, b in _merged(in_title)), *(passage[a:b] for a, b in marks)]
    share = len(held) / len(terms) if terms else 0.0
    return Shown(title, passage, marks, tuple(dict.fromkeys(words)), share)


def in_script(text: str, language: str, script: str) -> str:
    """Chinese text in the other script where the viewer reads that; any other text as it is."""
    conversion = _CONVERSIONS.get((language, script))
    return _converter(conversion).convert(text) if conversion else text


def _merged(found: Sequence[Token]) -> Marks:
    """The spans of tokens in order, those that touch or overlap as one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted((token.start, token.end) for token in found):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return tuple(merged)


@cache
def _converter(name: str) -> opencc.OpenCC:
    return opencc.OpenCC(name)
