"""What a search answers.

Guarantee: hits hold only what the viewer was found to be allowed to see at the time of the search.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from django.utils.functional import Promise

Mode = Literal["hybrid", "lexical", "none"]
Verdict = Literal["likely", "close", "nothing"]
Text = str | Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a hit is where it is, for staff.

    words: of the query that the hit holds, as the passage writes them.
    lexical: score by words, 0 to 1 of the best. dense: centred cosine, None without a vector.
    reader: logit of the reader, None where it did not read. boost: factor of the document.
    """

    words: tuple[str, ...]
    lexical: float
    dense: float | None
    reader: float | None
    boost: float
    verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A document found, with its best passage in the viewer's script.

    marks: (start, end) spans of `passage` that the query's words stand on.
    rank: from 1. verdict: whether this hit answers, as far as it can be told.
    """

    kind: str
    key: str
    title: str
    language: str
    passage: str
    marks: tuple[tuple[int, int], ...]
    score: float
    rank: int
    verdict: Verdict
    explanation: Explanation
    facets: Mapping[str, str]
    url_name: str | None
    verified: bool
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of a hit when the result is judged; cosines are -1 to 1.

    dense: its centred cosine, None without vectors. coverage: share (0 to 1) of the query's words
    that it holds. reader: logit, None if not read.
    own: its cosine with the shipped means taken off instead of the collection's own: those of the
    collection hide how far a query is from all of it. own_best to other_near: these cosines of the
    nearest passages, see `search.topics.Nearness`. domain: cosine of the query with the middle of
    the collection. named: the whole query is a name or a code that it bears.
    """

    dense: float | None
    coverage: float
    reader: float | None = None
    own: float = 0.0
    own_best: float = 0.0
    own_near: float = 0.0
    other_best: float = 0.0
    other_near: float = 0.0
    domain: float = 0.0
    named: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Hits, how they were found, and what they are worth.

    mode: "hybrid" by words and meaning, "lexical" by words alone, "none" where nothing could be
        searched for. reason: why not everything was used, empty when everything was.
    counts: facet name -> value -> documents that match and may be seen; "kind" and "language"
        are among the names. total: of them all.
    evidence, probability: behind the verdict, for measuring only and never shown to people, since
        a number seems to say more than it does. probability: that the first hit answers, 0 to 1.
    """

    hits: tuple[Hit, ...] = ()
    mode: Mode = "none"
    reason: Text = ""
    verdict: Verdict = "nothing"
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    total: int = 0
    evidence: Evidence | None = None
    probability: float = 0.0
