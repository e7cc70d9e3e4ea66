"""What a search reads of the database: few columns of many documents, and the texts of few.

Guarantee: two queries however many hits; plain tuples, since hundreds of model instances for
every search would cost more than finding them.
"""

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from django.db.models import BooleanField, ExpressionWrapper, F, Q, TextField
from django.db.models.functions import Cast, Substr
from django.utils import timezone

from kiplatform.core import clock
from search.models import Passage, SearchDocument


class Row(NamedTuple):
    """What ranking needs of a document."""

    pk: int
    kind: str
    key: str
    language: str
    verified: bool
    boost: float
    facets: Mapping[str, str]


class Excerpt(NamedTuple):
    """A passage as it is read and shown, with what a hit says of its document."""

    pk: int
    title: str
    url_name: str
    updated_at: datetime
    text: str


def rows_of(using: str, documents: Collection[int]) -> dict[int, Row]:
    """Primary key -> row, of those documents that are there."""
    found = SearchDocument.objects.using(using).filter(pk__in=documents)
    # Nobody is shown as vouching for longer than they said, however late the index hears of it.
    current = Q(verified_until=None) | Q(verified_until__gte=timezone.localdate(clock.now()))
    vouched = ExpressionWrapper(Q(verified=True) & current, BooleanField())
    # As text: many documents have the same facets, which then are read once.
    values = found.annotate(facets_text=Cast("facets", TextField()), vouched=vouched).values_list(
        "pk", "kind", "key", "language", "vouched", "boost", "facets_text"
    )
    return {value[0]: Row(*value[:-1], _facets(value[-1])) for value in values}


def excerpts_of(using: str, passages: Collection[int]) -> dict[int, Excerpt]:
    """Primary key -> excerpt, of those passages that are there."""
    found = Passage.objects.using(using).filter(pk__in=passages)
    # Cut by the database: a document can be a hundred times as long as its passage.
    cut = Substr("document__text", F("start") + 1, F("end") - F("start"))
    values = found.annotate(excerpt=cut).values_list(
        "pk", "document__title", "document__url_name", "document__updated_at", "excerpt"
    )
    return {value[0]: Excerpt(*value) for value in values}


@lru_cache(maxsize=4096)
def _facets(text: str) -> Mapping[str, str]:
    return dict(json.loads(text))
