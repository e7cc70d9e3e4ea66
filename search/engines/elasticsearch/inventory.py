"""What an index holds, read page by page, and how that differs from the database.

Guarantee: everything that was acknowledged before the call is seen.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import chain

from elasticsearch.dsl.query import Bool, Exists, Query, Range, Terms

from search.engines.elasticsearch.documents import PassageDocument
from search.engines.elasticsearch.gateway import Gateway
from search.engines.elasticsearch.indices import IndexName
from search.engines.elasticsearch.rows import Rows
from search.models import Generation

_PAGE = 5_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A passage as an index holds it."""

    passage: int
    stamp: str
    access: frozenset[str]


@dataclass(slots=True)
class Comparison:
    """Passages by how index and database agree about them.

    agreeing: the same in both. wrong: not, or not at all, as the database says.
    extra: in the index alone.
    """

    agreeing: set[int] = field(default_factory=set)
    wrong: set[int] = field(default_factory=set)
    extra: set[int] = field(default_factory=set)


def compare(gateway: Gateway, rows: Rows, name: IndexName, generation: Generation) -> Comparison:
    """Compare an index with a generation: ids, versions, contents, vectors, access tokens."""
    found = Comparison()
    after = 0
    for page in chain(_pages(gateway, name, Exists(field="passage")), [None]):
        last = page[-1].passage if page else None
        expected = rows.stamps(generation, after, last)
        for entry in page or ():
            if entry.passage not in expected:
                found.extra.add(entry.passage)
            elif expected.pop(entry.passage) == (entry.stamp, entry.access):
                found.agreeing.add(entry.passage)
            else:
                found.wrong.add(entry.passage)
        found.wrong |= expected.keys()
        after = last or after
    return found


def outdated(
    gateway: Gateway, name: IndexName, documents: Collection[int], line: int, *, patient: bool
) -> set[int]:
    """Passages of documents that were last written before a line of the change log."""
    query = Bool(filter=[Terms("document", list(documents)), Range("change", {"lt": line})])
    pages = _pages(gateway, name, query, patient=patient)
    return {entry.passage for page in pages for entry in page}


def _pages(
    gateway: Gateway, name: IndexName, query: Query, *, patient: bool = True
) -> Iterator[list[Entry]]:
    gateway.refresh(str(name), patient=patient)
    after: list[int] = []
    while True:
        with gateway.writing(patient=patient) as client:
            search = (
                PassageDocument.search(using=client, index=str(name))
                .query(query)
                .source(False)
                .sort("passage")
                .extra(size=_PAGE, docvalue_fields=["passage", "stamp", "access"])
                .extra(track_total_hits=False)
            )
            if after:
                search = search.extra(search_after=after)
            hits = search.execute().to_dict()["hits"]["hits"]
        if hits:
            yield [_entry(hit["fields"]) for hit in hits]
            after = hits[-1]["sort"]
        if len(hits) < _PAGE:
            return


def _entry(fields: dict[str, list[str]]) -> Entry:
    return Entry(
        int(fields["passage"][0]),
        "".join(fields.get("stamp", [])),
        frozenset(fields.get("access", ())),
    )
