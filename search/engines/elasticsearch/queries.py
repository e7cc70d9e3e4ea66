"""Searches as Elasticsearch takes them.

Guarantee: what people type becomes terms only, never syntax; every search is filtered by the
viewer's access tokens, and a scope that nothing can fit makes no search at all.
"""

from collections.abc import Sequence
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.dsl import A, Search
from elasticsearch.dsl.query import Bool, Query, Range, Term, Terms

from search.engines.base import (
    FACET_LANGUAGE,
    FACET_SINCE,
    FACET_VERIFIED,
    DenseQuery,
    LexicalQuery,
    Scope,
    since,
)
from search.engines.elasticsearch.documents import PassageDocument, facet

_SUGGESTIONS = 50
_SHORTEST_CORRECTED = 4
_DEPTH = 2
_LEAST_DEPTH = 100
"""Passages that the graph is asked for, as a multiple of those wanted: it ranks by rounded vectors
and the shipped means, and the best of them are ranked exactly afterwards."""
_CANDIDATES = 2
"""Nodes of the graph that are kept in view, as a multiple of the passages that it is asked for."""


def filters(scope: Scope) -> list[Query] | None:
    """What a passage must fit; None where nothing can."""
    if not scope.tokens or scope.kinds == frozenset():
        return None
    found: list[Query] = [Terms("access", sorted(scope.tokens))]
    if scope.kinds is not None:
        found.append(Terms("kind", sorted(scope.kinds)))
    for name, value in scope.facets.items():
        if name == FACET_LANGUAGE:
            found.append(Term("language", {"value": value}))
        elif name == FACET_VERIFIED:
            found.append(Term("verified", {"value": value == "1"}))
        elif name == FACET_SINCE:
            start = since(value)
            if start is None:
                return None
            found.append(Range("updated_at", {"gte": start.isoformat()}))
        else:
            found.append(Term("facets", {"value": facet(name, value)}))
    return found


def lexical(
    client: Elasticsearch, index: str, query: LexicalQuery, filtered: list[Query], limit: int
) -> list[tuple[float, int]]:
    """Scores and the best passages by BM25, ties by passage."""
    terms: list[Query] = [
        Term(field, {"value": term})
        for field, values in (
            ("words", query.words),
            ("bigrams", query.bigrams),
            ("names", query.names),
        )
        for term in dict.fromkeys(values)
    ]
    found = _passages(client, index).query(
        Bool(should=terms, minimum_should_match=1, filter=filtered)
    )
    hits = _hits(found.sort("_score", "passage").extra(size=limit), "sort")
    return [(float(score), int(passage)) for score, passage in hits]


def nearest(
    client: Elasticsearch, index: str, query: DenseQuery, filtered: list[Query], limit: int
) -> list[int]:
    """Passages among which the `limit` nearest are, filtered before the graph is walked."""
    wanted = max(limit * _DEPTH, _LEAST_DEPTH)
    found = _passages(client, index).knn(
        field="vector",
        k=wanted,
        num_candidates=wanted * _CANDIDATES,
        query_vector=query.vector.tolist(),
        filter=Bool(filter=filtered),
    )
    found = found.extra(size=wanted, docvalue_fields=["passage"])
    return [int(fields["passage"][0]) for fields in _hits(found, "fields")]


def counts(client: Elasticsearch, index: str) -> dict[str, int]:
    """Language class -> passages with a vector."""
    found = _passages(client, index).filter(Term("embedded", {"value": True})).extra(size=0)
    found.aggs.bucket("languages", A("terms", field="language_class"))
    buckets = found.execute().to_dict()["aggregations"]["languages"]["buckets"]
    return {bucket["key"]: bucket["doc_count"] for bucket in buckets}


def near_terms(client: Elasticsearch, index: str, words: Sequence[str]) -> dict[str, list[str]]:
    """Word -> words of the index within two edits, for those that it does not know."""
    found = _passages(client, index).extra(size=0)
    found = found.suggest(
        "near",
        " ".join(words),
        term={
            "field": "words",
            "suggest_mode": "missing",
            "size": _SUGGESTIONS,
            "shard_size": _SUGGESTIONS,
            "prefix_length": 0,
            "min_word_length": _SHORTEST_CORRECTED,
            "string_distance": "damerau_levenshtein",
        },
    )
    entries = found.execute().to_dict()["suggest"]["near"]
    return {entry["text"]: [option["text"] for option in entry["options"]] for entry in entries}


def _passages(client: Elasticsearch, index: str) -> Search[PassageDocument]:
    found = PassageDocument.search(using=client, index=index).source(False)
    found = found.params(allow_partial_search_results=False)
    # Nothing is fetched but columns that a search asks for.
    return found.extra(stored_fields="_none_", track_total_hits=False)


def _hits(search: Search[PassageDocument], part: str) -> list[Any]:
    """One part of every hit; nothing else is sent."""
    answer = search.params(filter_path=f"hits.hits.{part}").execute().to_dict()
    return [hit[part] for hit in answer.get("hits", {}).get("hits", ())]
