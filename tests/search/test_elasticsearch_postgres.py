"""The cluster profile's pair: the rows in PostgreSQL, their copy in Elasticsearch."""

from collections.abc import Iterator

import pytest
from django.db import connections, transaction
from django.db.migrations.executor import MigrationExecutor
from pytest_django import DjangoDbBlocker
from pytest_django.fixtures import Settings

from kiplatform.settings.base import database
from search.embedding import embed_pending
from search.engines import make_engine
from search.engines.base import DenseQuery, LexicalQuery, Scope, Vector
from search.generations import live
from search.models import Passage, SearchDocument
from search.sync import Synchroniser
from tests.search.support import MemorySource, WordEmbedder, document
from tests.servers.elasticsearch import Elasticsearch
from tests.servers.postgres import Postgres

ALIAS = "search-postgres"
EVERYBODY = Scope(tokens=frozenset({"public"}))


@pytest.fixture
def alias(postgres_server: Postgres, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """An empty PostgreSQL database with search's tables."""
    defaults = connections.settings["default"]
    url = postgres_server.create_database("search_with_elasticsearch")
    connections.settings[ALIAS] = {**defaults, "OPTIONS": {}, **database(url)}
    with django_db_blocker.unblock():
        try:
            executor = MigrationExecutor(connections[ALIAS])
            executor.migrate([n for n in executor.loader.graph.leaf_nodes() if n[0] == "search"])
            yield ALIAS
        finally:
            connections[ALIAS].close()
            connections[ALIAS].close_pool()
            del connections[ALIAS]
            del connections.settings[ALIAS]


def test_rows_in_postgresql_are_found_through_elasticsearch(
    alias: str, elasticsearch_server: Elasticsearch, settings: Settings
) -> None:
    settings.SEARCH_ELASTICSEARCH_URL = elasticsearch_server.urls
    engine, other = (make_engine("elasticsearch", alias) for _ in range(2))
    source, embedder = MemorySource(), WordEmbedder()
    synchroniser = Synchroniser(engine, alias)

    def words(word: str) -> set[str]:
        other.catch_up()
        hits = other.lexical(LexicalQuery((word,)), EVERYBODY, 10)
        rows = SearchDocument.objects.using(alias).filter(id__in=[hit.document for hit in hits])
        return set(rows.values_list("key", flat=True))

    try:
        source.put(document("a", "利率", "每季调整。"), document("b", "年费", "免收。"))
        synchroniser.sync(source, ["a", "b"])
        embed_pending(embedder, alias)
        assert (words("利率"), words("年费")) == ({"a"}, {"b"})
        query = DenseQuery(embedder.embed_queries(["利率"])[0], _no_means(embedder))
        assert other.dense(query, EVERYBODY, 1)[0].score > 0.1
        with transaction.atomic(using=alias):
            source.put(document("a", "年费", version=2))
            synchroniser.sync(source, ["a"])
            transaction.set_rollback(True, using=alias)
        assert words("利率") == {"a"}
        del source.documents["b"]
        synchroniser.sync(source, ["b"])
        assert words("年费") == set()
        passages = set(Passage.objects.using(alias).values_list("id", flat=True))
        assert other.stored_passages(live(alias).slot) == passages
    finally:
        engine.discard()


def _no_means(embedder: WordEmbedder) -> dict[str, Vector]:
    zeros = embedder.embed_queries(["利率"])[0] * 0
    return {"zh": zeros, "en": zeros, "other": zeros}
