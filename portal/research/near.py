"""Cases that ask much the same, so that nobody opens a twin of what is worked on or was worked out.

Running cases are compared twice: by the terms that they share, which holds for a case that was
opened a second ago and without any model, and by meaning, across languages. Guarantee: only what
the viewer sees is compared; the number of queries does not grow with the cases.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from math import sqrt

from kiplatform.accounts.models import User
from qa_center.models import Invitation, ResearchCase
from qa_center.selectors import cases_for, invitations_for
from search.analysis import bigrams, tokens
from search.results import Hit
from search.services import suggest

# From this share of common terms on, two cases very likely ask the same.
NEAR = 0.4
# And from this centred cosine on. With the bundled model, other questions on the same subject came
# up to 0.40; paraphrases from 0.64 on, in the other language from 0.48 on.
NEAR_IN_MEANING = 0.45
MOST = 200
# What a case asks stands at its beginning; the rest of a very long text is not compared.
COMPARED = 1000
MOST_BY_MEANING = 8


@dataclass(frozen=True, slots=True)
class NearCase:
    """A running case: the share of terms in common, 0 to 1, and whether its meaning is the same.

    invitation: the viewer's own that waits for a reply; accepting it is how they join.
    """

    case: ResearchCase
    share: float
    means_the_same: bool = False
    invitation: Invitation | None = None

    @property
    def is_near(self) -> bool:
        return self.means_the_same or self.share >= NEAR


def running_cases(viewer: User, text: str, *, leave_out: int | None = None) -> list[NearCase]:
    """Return the running cases that `viewer` sees, nearest to `text` first.

    :param leave_out: primary key of the case that is compared, if it is one.
    """
    rows = cases_for(viewer).not_ended().exclude(pk=leave_out)  # type: ignore[attr-defined]
    meant = {hit.key for hit in _found(viewer, text, "running_case") if _means_the_same(hit)}
    compared = list(rows[:MOST])
    missing = meant - {row.public_id for row in compared}
    if missing:
        compared += rows.filter(public_id__in=missing)
    invited = {row.case_id: row for row in invitations_for(viewer)}
    terms = _terms(text)
    found = [
        NearCase(
            case=row,
            share=_share(terms, _terms(row.text)),
            means_the_same=row.public_id in meant,
            invitation=invited.get(row.pk),
        )
        for row in compared
    ]
    return sorted(found, key=lambda near: (not near.means_the_same, -near.share))


def near_cases(viewer: User, text: str, *, leave_out: int | None = None) -> list[NearCase]:
    """Return only those running cases that very likely ask the same."""
    return [near for near in running_cases(viewer, text, leave_out=leave_out) if near.is_near]


def near_ended(viewer: User, text: str) -> list[Hit]:
    """Return the ended cases that very likely asked the same."""
    return [hit for hit in _found(viewer, text, "case") if hit.verdict == "likely"]


def _found(viewer: User, text: str, kind: str) -> tuple[Hit, ...]:
    # Suggested and not searched: a case that has no twin is no gap in what the company knows.
    return suggest(text[:COMPARED], viewer, kinds={kind}, limit=MOST_BY_MEANING).hits


def _means_the_same(hit: Hit) -> bool:
    return hit.verdict == "likely" or (hit.explanation.dense or 0) >= NEAR_IN_MEANING


def _terms(text: str) -> frozenset[str]:
    beginning = text[:COMPARED]
    return frozenset(tokens(beginning)) | frozenset(bigrams(beginning))


def _share(one: Iterable[str], other: Collection[str]) -> float:
    """Cosine of two sets of terms: what they share over the mean of their sizes."""
    a, b = frozenset(one), frozenset(other)
    return len(a & b) / sqrt(len(a) * len(b)) if a and b else 0.0
