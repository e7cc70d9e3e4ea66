"""A passage as Elasticsearch holds it, and the settings of an index of them.

Guarantee: what is analysed is our own terms, split at white space and nothing else, and BM25 has
the weights of the embedded engine: a title's terms are written twice, and a term that counts w
times as much as a word saturates with k1 / w.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from elasticsearch.dsl import (
    Boolean,
    Date,
    DenseVector,
    Document,
    Index,
    Keyword,
    Long,
    MetaField,
    Object,
    Text,
)

from search.engines.terms import BIGRAM_WEIGHT, NAME_WEIGHT

_K1, _B = 1.2, 0.75
_SIMILARITIES = {"words": 1.0, "bigrams": BIGRAM_WEIGHT, "names": NAME_WEIGHT}


def _terms(similarity: str) -> Text:
    return Text(analyzer="whitespace", similarity=similarity, index_options="freqs", multi=False)


class PassageDocument(Document):
    """A passage with what is needed to find, filter and compare it.

    change: the line of the change log up to which it is true. stamp: versions and fingerprints of
    its document, and whether it has a vector, for comparing with the database.
    vector: less the shipped mean of its language, which spreads vectors for the graph.
    state: only in the one document that tells how far the index has followed.
    """

    passage = Long()
    document = Long()
    kind = Keyword()
    language = Keyword()
    language_class = Keyword()
    access = Keyword(multi=True)
    facets = Keyword(multi=True)
    verified = Boolean()
    updated_at = Date()
    change = Long()
    stamp = Keyword()
    embedded = Boolean()
    words = _terms("words")
    bigrams = _terms("bigrams")
    names = _terms("names")
    vector = DenseVector(index=True, similarity="cosine", index_options={"type": "int8_hnsw"})
    state = Object(enabled=False)

    class Meta:
        dynamic = MetaField("strict")
        source = MetaField(enabled=True, excludes=["vector", "words", "bigrams", "names"])


def new_index(name: str, aliases: Sequence[str]) -> Index:
    """The definition of an index of passages."""
    index = Index(name)
    index.document(PassageDocument)
    index.settings(
        number_of_shards=1,
        auto_expand_replicas="0-1",
        # A late write of what was deleted is refused for as long as a writer may hang.
        gc_deletes="10m",
        similarity={
            similarity: {"type": "BM25", "k1": _K1 / weight, "b": _B}
            for similarity, weight in _SIMILARITIES.items()
        },
    )
    empty: Mapping[str, Any] = {}
    index.aliases(**dict.fromkeys(aliases, empty))
    return index


def facet(name: str, value: str) -> str:
    """A facet as one keyword."""
    return f"{name}={value}"
