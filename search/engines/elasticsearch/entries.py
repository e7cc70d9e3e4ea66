"""Passages of the database as bulk actions.

Guarantee: an entry carries the line of the change log up to which it is true as its external
version, so a writer that was overtaken changes nothing any more.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from search import calibration
from search.centring import centred
from search.engines.base import Vector
from search.engines.elasticsearch.documents import PassageDocument, facet
from search.engines.elasticsearch.gateway import Action
from search.engines.elasticsearch.indices import IndexName
from search.engines.elasticsearch.rows import stamp
from search.engines.terms import TITLE_WEIGHT, Terms, TitleTerms
from search.models import Passage
from search.vectors import restore

_DECIMALS = 5


def writes(
    passages: Iterable[Passage], name: IndexName, line: int, dimension: int
) -> Iterator[Action]:
    """Actions that write passages, those of a document one after the other, as of `line`.

    dimension: of the generation; a vector of another is left out.
    """
    centres = calibration.shipped(name.recipe).document_means if name.recipe else {}
    of, title = 0, TitleTerms("", {})
    for passage in passages:
        if passage.document_id != of:
            document = passage.document
            of, title = document.pk, TitleTerms(document.title, document.facets)
        text = passage.document.text[passage.start : passage.end]
        fields = _fields(passage, title.passage(passage.heading, text), line)
        if name.recipe:
            fields |= _vector_fields(passage, centres, dimension)
        source = PassageDocument(**fields).to_dict()
        yield {**_address(passage.pk, name, line), "_source": source}


def deletions(passages: Collection[int], name: IndexName, line: int) -> Iterator[Action]:
    """Actions that delete passages by their ids, as of `line`."""
    for passage in passages:
        yield {**_address(passage, name, line), "_op_type": "delete"}


def _address(passage: int, name: IndexName, line: int) -> Action:
    return {
        "_index": name.own,
        "_id": str(passage),
        "version": line,
        "version_type": "external_gte",
    }


def _fields(passage: Passage, terms: Terms, line: int) -> dict[str, Any]:
    document = passage.document
    return {
        "passage": passage.pk,
        "document": document.pk,
        "kind": document.kind,
        "language": document.language,
        "language_class": passage.language,
        "access": list(document.access.tokens),
        "facets": [facet(name, str(value)) for name, value in document.facets.items()],
        "verified": document.verified,
        "updated_at": document.updated_at,
        "change": line,
        "stamp": stamp(document, passage.vector is not None),
        "words": " ".join([*terms.title] * TITLE_WEIGHT + [*terms.words]),
        "bigrams": " ".join(terms.bigrams),
        "names": " ".join(terms.names),
    }


def _vector_fields(
    passage: Passage, centres: Mapping[str, Vector], dimension: int
) -> dict[str, Any]:
    if passage.vector is None or len(passage.vector) != dimension or passage.scale <= 0:
        return {}
    vector = restore(bytes(passage.vector), passage.scale)
    centre = centres.get(passage.language, np.zeros_like(vector))
    spread = centred(vector, centre)
    # A vector without direction has no place in the graph; it is found by its words.
    if not spread.any():
        return {}
    return {"embedded": True, "vector": [round(value, _DECIMALS) for value in spread.tolist()]}
