"""Running cases that ask much the same, so that two are not worked on beside each other.

Guarantee: only running cases that the viewer sees are compared, with one query.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

from kiplatform.accounts.models import User
from qa_center.models import ResearchCase
from qa_center.selectors import cases_for
from search.analysis import bigrams, tokens

# From this share of common terms on, two cases very likely ask the same.
NEAR = 0.4
MOST = 200
# What a case asks stands at its beginning; the rest of a very long text is not compared.
COMPARED = 1000


@dataclass(frozen=True, slots=True)
class NearCase:
    """A running case with the share of terms that it has in common, 0 to 1."""

    case: ResearchCase
    share: float

    @property
    def is_near(self) -> bool:
        return self.share >= NEAR


def running_cases(viewer: User, text: str, *, leave_out: int | None = None) -> list[NearCase]:
    """Return the running cases that `viewer` sees, nearest to `text` first.

    :param leave_out: primary key of the case that is compared, if it is one.
    """
    rows = cases_for(viewer).not_ended().exclude(pk=leave_out)  # type: ignore[attr-defined]
    terms = _terms(text)
    found = [NearCase(row, _share(terms, _terms(row.text))) for row in rows[:MOST]]
    return sorted(found, key=lambda near: -near.share)


def near_cases(viewer: User, text: str, *, leave_out: int | None = None) -> list[NearCase]:
    """Return only those running cases that very likely ask the same."""
    return [near for near in running_cases(viewer, text, leave_out=leave_out) if near.is_near]


def _terms(text: str) -> frozenset[str]:
    beginning = text[:COMPARED]
    return frozenset(tokens(beginning)) | frozenset(bigrams(beginning))


def _share(one: Iterable[str], other: Iterable[str]) -> float:
    """Cosine of two sets of terms: what they share over the mean of their sizes."""
    a, b = frozenset(one), frozenset(other)
    return len(a & b) / sqrt(len(a) * len(b)) if a and b else 0.0
