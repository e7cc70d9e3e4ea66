"""Proof that the index is what the database says, and its repair."""

import json
from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import CommandError, call_command

from search import generations, runtime, services, verification
from search.models import IndexState, SearchDocument
from search.sync import Action, access_set
from tests.search.support import MemorySource, WordEmbedder, document

pytestmark = pytest.mark.django_db


@pytest.fixture
def filled(notes: MemorySource, embedder: WordEmbedder) -> MemorySource:
    notes.put(*(document(key, f"标题{key}", "利率说明。") for key in "abc"))
    services.sync_now("note", notes.keys())
    return notes


def compare() -> verification.Differences:
    return verification.compare(services.registry, runtime.engine())


def passages() -> list[int]:
    slot = generations.live("default").slot
    return sorted(runtime.engine().stored_passages(slot))


def put_new(notes: MemorySource) -> None:
    notes.put(document("new", "新", "新。"))


def change_text(notes: MemorySource) -> None:
    notes.put(document("a", "标题a", "改过的说明。", version=2))


def take_away(notes: MemorySource) -> None:
    del notes.documents["a"]


def widen_the_index(notes: MemorySource) -> None:
    SearchDocument.objects.filter(key="a").update(
        access=access_set(frozenset({"staff"}), "default"), metadata_fingerprint="stale"
    )


def lose_a_passage(notes: MemorySource) -> None:
    runtime.engine().erase(generations.live("default").slot, passages()[:1])


def leave_a_passage(notes: MemorySource) -> None:
    SearchDocument.objects.get(key="a").passages.all().delete()


@pytest.mark.parametrize(
    ("damage", "actions"),
    [
        (put_new, {("note", "new"): Action.EMBED}),
        (change_text, {("note", "a"): Action.EMBED}),
        (take_away, {("note", "a"): Action.DELETE}),
        (widen_the_index, {("note", "a"): Action.METADATA}),
        (lose_a_passage, {}),
        (leave_a_passage, {}),
    ],
)
def test_each_difference_is_found_and_repaired(
    filled: MemorySource,
    damage: Callable[[MemorySource], None],
    actions: dict[tuple[str, str], Action],
) -> None:
    assert compare().count == 0
    damage(filled)
    found = compare()
    assert found.count >= 1
    assert found.documents == actions
    verification.repair(services.registry, runtime.engine(), found)
    assert compare().count == 0
    services.embed_now()
    hits = services.search("说明 新", AnonymousUser()).hits
    assert {hit.key for hit in hits} == set(filled.documents)


def test_tokens_that_differ_are_named(filled: MemorySource) -> None:
    widen_the_index(filled)
    assert compare().access == [("note", "a")]


def test_a_lost_passage_is_found_again_after_the_repair(
    filled: MemorySource, embedder: WordEmbedder
) -> None:
    embedder.unavailable = "words only"
    lose_a_passage(filled)
    assert len(services.search("利率说明", AnonymousUser()).hits) == 2
    verification.repair(services.registry, runtime.engine(), compare())
    assert len(services.search("利率说明", AnonymousUser()).hits) == 3


def test_kinds_without_a_source_are_named(
    filled: MemorySource, monkeypatch: pytest.MonkeyPatch
) -> None:
    SearchDocument.objects.filter(key="a").update(kind="gone")
    found = compare()
    assert found.unknown_kinds == ["gone"]


def test_the_command(
    filled: MemorySource, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("search.management.commands.search_verify.registry", services.registry)
    change_text(filled)
    with pytest.raises(CommandError, match="1 place"):
        call_command("search_verify", "--check")
    capsys.readouterr()
    call_command("search_verify", "--json")
    figures = json.loads(capsys.readouterr().out)
    assert (figures["compared"], figures["documents"]) == (3, {"note:a": "embed"})
    assert IndexState.objects.get().last_differences == 1
    call_command("search_verify", "--check")
    assert "0 differences" in capsys.readouterr().out
