"""A document found as the hit that its viewer sees.

Guarantee: marks point into the passage as it is shown, in the script in which it is shown.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

import opencc

from search.analysis import mark, tokens
from search.models import SearchDocument
from search.results import Explanation, Hit, Verdict

_LONGEST_SHOWN = 400
_CONVERSIONS = {("zh-hant", "zh-hans"): "t2s", ("zh-hans", "zh-hant"): "s2t"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a hit is made of besides its document.

    terms: index terms that were searched for beyond those of the query itself.
    """

    passage: str
    query: str
    terms: Collection[str]
    script: str
    score: float
    rank: int
    verdict: Verdict
    lexical: float
    dense: float | None
    reader: float | None


def show(row: SearchDocument, shown: Shown) -> Hit:
    """The hit for a document."""
    title = in_script(row.title, row.language, shown.script)
    passage = in_script(shown.passage[:_LONGEST_SHOWN], row.language, shown.script)
    marks = mark(passage, shown.query, shown.terms)
    in_title = mark(title, shown.query, shown.terms)
    words = [*(title[a:b] for a, b in in_title), *(passage[a:b] for a, b in marks)]
    return Hit(
        kind=row.kind,
        key=row.key,
        title=title,
        language=row.language,
        passage=passage,
        marks=marks,
        score=shown.score,
        rank=shown.rank,
        verdict=shown.verdict,
        explanation=Explanation(
            words=tuple(dict.fromkeys(words)),
            lexical=shown.lexical,
            dense=shown.dense,
            reader=shown.reader,
            boost=row.boost,
            verified=row.verified,
        ),
        facets=row.facets,
        url_name=row.url_name or None,
        verified=row.verified,
        updated_at=row.updated_at,
    )


def coverage(wanted: Collection[str], text: str) -> float:
    """Share (0 to 1) of the index terms `wanted` that `text` holds."""
    return len(set(wanted) & set(tokens(text))) / len(wanted) if wanted else 0.0


def in_script(text: str, language: str, script: str) -> str:
    """Chinese text in the other script where the viewer reads that; any other text as it is."""
    conversion = _CONVERSIONS.get((language, script))
    return _converter(conversion).convert(text) if conversion else text


@cache
def _converter(name: str) -> opencc.OpenCC:
    return opencc.OpenCC(name)
