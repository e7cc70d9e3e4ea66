"""The copy of the index in Elasticsearch: it follows the database and mends itself."""

import secrets
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import AnonymousUser
from elasticsearch import Elasticsearch
from pytest_django.fixtures import Settings

from search import reindexing, runtime, services, verification
from search.engines.base import EngineUnavailable, LexicalQuery, Scope
from search.engines.elasticsearch import engine, following, leases
from search.engines.elasticsearch.entries import writes
from search.engines.elasticsearch.gateway import NO_WRITES, Gateway, IndexLost
from search.engines.elasticsearch.indices import Indices
from search.engines.elasticsearch.leases import Busy, Leases
from search.models import Change, Generation, Passage, SearchDocument
from search.sources import Registry
from tests.search.support import MemorySource, WordEmbedder, document
from tests.servers.elasticsearch import Elasticsearch as Server

pytestmark = pytest.mark.django_db
NOBODY = AnonymousUser()
EVERYBODY = Scope(tokens=frozenset({"public"}))


class Place:
    """One platform in a real Elasticsearch."""

    def __init__(self, server: Server, prefix: str, source: MemorySource) -> None:
        self.client = Elasticsearch(server.url)
        self.prefix = prefix
        self.source = source
        self.engine = runtime.engine()
        self.gateway = Gateway([server.url])
        self.indices = Indices(self.gateway, prefix)

    def put(self, key: str, title: str = "", text: str = "利率", **more: object) -> None:
        self.source.put(document(key, title or key, text, **more))
        services.sync_now("note", [key])

    def found(self, query: str) -> set[str]:
        return {hit.key for hit in services.search(query, NOBODY).hits}

    def words(self, word: str) -> set[str]:
        """What is found by one word, without vectors."""
        self.engine.catch_up()
        hits = self.engine.lexical(LexicalQuery((word,)), EVERYBODY, 100)
        rows = SearchDocument.objects.filter(id__in=[hit.document for hit in hits])
        return set(rows.values_list("key", flat=True))

    def indexes(self) -> set[str]:
        return set(self.client.indices.get_alias(index=f"{self.prefix}.g*").body)

    def read(self) -> str:
        (name,) = self.client.indices.get_alias(name=f"{self.prefix}.read").body
        return str(name)

    def wreck(self) -> None:
        self.client.indices.delete(index=sorted(self.indexes()))

    def texts(self) -> dict[str, int]:
        """Passage -> line of the change log that its entry is true of."""
        self.client.indices.refresh(index=self.read())
        hits = self.client.search(
            index=self.read(), query={"exists": {"field": "passage"}}, size=1000
        )["hits"]["hits"]
        return {hit["_id"]: hit["_source"]["change"] for hit in hits}


@pytest.fixture
def place(
    elasticsearch_server: Server, settings: Settings, notes: MemorySource, embedder: WordEmbedder
) -> Iterator[Place]:
    settings.SEARCH_ENGINE = "elasticsearch"
    settings.SEARCH_ELASTICSEARCH_URL = elasticsearch_server.urls
    settings.SEARCH_ELASTICSEARCH_PREFIX = f"place-{secrets.token_hex(4)}"
    runtime.forget()
    made = Place(elasticsearch_server, settings.SEARCH_ELASTICSEARCH_PREFIX, notes)
    yield made
    runtime.engine().discard()
    assert made.indexes() == set()


def test_an_index_is_named_by_its_generation_and_recipe(
    place: Place, embedder: WordEmbedder
) -> None:
    services.sync_now("note", [])
    place.source.put(document("a", "利率", "利率"))
    services.sync_now("note", ["a"], embed=False)
    assert place.found("利率") == {"a"}
    generation = Generation.objects.get()
    assert place.read() == f"{place.prefix}.g{generation.pk}-words-1"
    services.embed_now()
    assert place.found("利率") == {"a"}
    recipe = embedder.recipe.fingerprint
    assert place.indexes() == {place.read()} == {f"{place.prefix}.g{generation.pk}-{recipe}-1"}


def test_a_new_generation_is_swapped_in_whole(place: Place, embedder: WordEmbedder) -> None:
    place.put("a")
    place.put("b")
    place.engine.follow()
    before = place.read()
    seen: list[tuple[str, set[str], str]] = []
    newer = WordEmbedder(version="2")

    def tell(progress: reindexing.Progress) -> None:
        seen.append((progress.step, place.found("利率"), place.read()))

    reindexing.reindex(place.engine, newer, tell=tell)
    assert "fill" in {step for step, _, _ in seen}
    assert all((found, read) == ({"a", "b"}, before) for _, found, read in seen)
    assert newer.recipe.fingerprint in place.read()
    assert place.indexes() == {place.read()}
    assert place.found("利率") == {"a", "b"}


def test_what_changes_while_a_generation_is_built_is_in_it(
    place: Place, embedder: WordEmbedder
) -> None:
    place.put("a")
    place.put("b")
    del_b = iter([True])

    def change(progress: reindexing.Progress) -> None:
        if progress.step == "fill" and next(del_b, False):
            del place.source.documents["b"]
            place.source.put(document("a", "a", "年费", version=2))
            services.sync_now("note", ["a", "b"])

    embedder.recipe = WordEmbedder(version="2").recipe
    reindexing.reindex(place.engine, embedder, tell=change)
    assert (place.words("年费"), place.words("利率")) == ({"a"}, set())


def test_a_killed_build_goes_on_where_it_stopped(
    place: Place, embedder: WordEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "_DOCUMENTS", 2)
    for key in "abcdef":
        place.put(key)
    place.engine.follow()
    newer, steps = WordEmbedder(version="2"), []

    def die(progress: reindexing.Progress) -> None:
        if progress.step == "fill" and progress.done >= 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reindexing.reindex(place.engine, newer, tell=die)
    assert place.found("利率") == set("abcdef")
    reindexing.reindex(
        place.engine, newer, tell=lambda p: steps.append(p.done) if p.step == "fill" else None
    )
    assert steps == [2]
    assert place.found("利率") == set("abcdef")
    assert place.indexes() == {place.read()}


def test_a_lost_index_is_made_anew_from_the_database(place: Place) -> None:
    place.put("a")
    assert place.found("利率") == {"a"}
    place.wreck()
    lost = services.search("利率", NOBODY)
    assert lost.mode == "none" or {hit.key for hit in lost.hits} == {"a"}
    assert str(lost.reason)
    place.engine.follow()
    assert services.search("利率", NOBODY).reason == ""
    assert place.found("利率") == {"a"}


def test_a_write_never_brings_back_an_index_that_somebody_deleted(place: Place) -> None:
    place.put("a")
    place.engine.follow()
    name = place.read()
    place.wreck()
    action = {"_index": f"{name}.own", "_id": "1", "_source": {"passage": 1}}
    with pytest.raises(IndexLost):
        place.gateway.bulk(iter([action]), patient=True)
    assert place.indexes() == set()


def test_an_index_of_another_past_is_not_trusted(place: Place) -> None:
    """The database came back from a backup: the index knows changes that never were."""
    place.put("a")
    place.put("never", text="年费")
    place.engine.follow()
    before = place.read()
    SearchDocument.objects.filter(key="never").delete()
    Change.objects.filter(id=Change.objects.latest("id").pk).delete()
    del place.source.documents["never"]
    place.put("b")
    place.engine.follow()
    assert place.found("利率") == {"a", "b"}
    assert place.words("年费") == set()
    assert place.read() != before


def test_an_older_write_is_refused(place: Place) -> None:
    """A process that was paused before its write comes back after a newer one."""
    place.put("a", text="旧的利率")
    place.engine.follow()
    name = place.indices.layout().read
    assert name is not None
    rows = Passage.objects.select_related("document__access")
    late = list(writes(rows, name, Change.objects.latest("id").pk, 64))
    place.source.put(document("a", "a", "旧的利率", version=2, access=frozenset({"staff"})))
    services.sync_now("note", ["a"])
    place.engine.follow()
    place.gateway.bulk(iter(late), patient=True)
    place.client.indices.refresh(index=place.read())
    assert place.found("利率") == set()
    assert set(place.texts().values()) == {Change.objects.latest("id").pk}


def test_two_processes_copy_one_after_the_other(place: Place) -> None:
    place.put("a")
    place.engine.follow()
    name = place.indices.layout().read
    assert name is not None
    with Leases(place.gateway).held(name, patient=True):
        place.put("b")
        # Nobody who searches waits for the other one.
        assert place.words("利率") == {"a"}
        assert len(place.texts()) == 1
    assert place.words("利率") == {"a", "b"}


def test_whoever_was_taken_for_dead_is_refused(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.put("a")
    place.engine.follow()
    name = place.indices.layout().read
    assert name is not None
    monkeypatch.setattr(leases, "LEASE_SECONDS", -1.0)
    with Leases(place.gateway).held(name, patient=True) as late:
        with Leases(place.gateway).held(name, patient=True) as other:
            other.save(line=other.state.line)
        with pytest.raises(Busy):
            late.save(line=0)


@pytest.mark.parametrize("damage", ["tokens", "gone", "extra", "vector"])
def test_search_verify_finds_and_mends_what_differs(
    place: Place, damage: str, embedder: WordEmbedder
) -> None:
    place.put("a")
    place.put("b", access=frozenset({"staff"}))
    place.engine.follow()
    index, passage = place.read(), str(Passage.objects.get(document__key="b").pk)
    entry = place.client.get(index=index, id=passage)["_source"]
    if damage == "tokens":
        place.client.index(index=index, id=passage, document={**entry, "access": ["public"]})
    elif damage == "vector":
        stamp = entry["stamp"][:-1] + "0"
        place.client.index(index=index, id=passage, document={**entry, "stamp": stamp})
    elif damage == "gone":
        place.client.delete(index=index, id=passage)
    else:
        document_ = {**entry, "passage": 10**9, "access": ["public"]}
        place.client.index(index=index, id=str(10**9), document=document_)
    registry = Registry()
    registry.register(place.source)
    found = verification.compare(registry, place.engine)
    assert (len(found.engine_missing), len(found.engine_extra)) == (
        (0, 1) if damage == "extra" else (1, 0)
    )
    verification.repair(registry, place.engine, found)
    services.embed_now()
    place.engine.follow()
    assert verification.compare(registry, place.engine).count == 0


def test_a_read_only_index_is_searched_and_it_is_said(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "GRACE_SECONDS", 0.0)
    place.put("a")
    assert place.found("利率") == {"a"}
    block = {"index.blocks.read_only_allow_delete": True}
    place.client.indices.put_settings(index=place.read(), settings=block)
    place.source.put(document("b", "b", "利率"))
    services.sync_now("note", ["b"])
    results = services.search("利率", NOBODY)
    assert ({hit.key for hit in results.hits}, results.reason) == ({"a"}, NO_WRITES)
    with pytest.raises(EngineUnavailable):
        place.engine.follow()
    block["index.blocks.read_only_allow_delete"] = False
    place.client.indices.put_settings(index=place.read(), settings=block)
    place.engine.follow()
    results = services.search("利率", NOBODY)
    assert ({hit.key for hit in results.hits}, results.reason) == ({"a", "b"}, "")


def test_a_document_that_elasticsearch_cannot_take_holds_up_no_other(place: Place) -> None:
    place.put("a", facets={"product": "x" * 40_000})
    place.put("b")
    assert place.words("利率") == {"b"}
    place.put("c")
    assert place.words("利率") == {"b", "c"}
    place.wreck()
    services.search("利率", NOBODY)
    place.engine.follow()
    assert place.words("利率") == {"b", "c"}
    registry = Registry()
    registry.register(place.source)
    assert len(verification.compare(registry, place.engine).engine_missing) == 1


def test_revoked_rights_count_at_once_even_while_the_copy_is_old(place: Place) -> None:
    place.put("a")
    assert place.found("利率") == {"a"}
    place.client.indices.put_settings(
        index=place.read(), settings={"index.blocks.read_only_allow_delete": True}
    )
    place.source.hidden.add("a")
    assert place.found("利率") == set()
