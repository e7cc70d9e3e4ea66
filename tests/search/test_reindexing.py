"""A new generation is built beside the old one, survives a kill, and swaps only when complete."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import CommandError, call_command

from search import embedding, generations, reindexing, runtime, services
from search.models import Generation, Passage
from search.reindexing import Incomplete, Progress
from tests.search.support import MemorySource, WordEmbedder, document

pytestmark = pytest.mark.django_db
NOBODY = AnonymousUser()
State = Generation.State


def first(query: str) -> str:
    hits = services.search(query, NOBODY).hits
    return hits[0].key if hits else ""


@pytest.fixture
def filled(notes: MemorySource, embedder: WordEmbedder) -> MemorySource:
    notes.put(*(document(f"n{n}", f"第{n}号存款", f"第{n}号存款的利率说明。") for n in range(5)))
    notes.put(document("empty"), document("title", "年金保险"))
    services.sync_now("note", notes.keys())
    return notes


def rebuild(embedder: WordEmbedder, tell: list[Progress] | None = None) -> Generation:
    steps = [] if tell is None else tell
    return reindexing.reindex(runtime.engine(), embedder, tell=steps.append)


def test_the_new_generation_answers_and_the_old_one_is_gone(
    filled: MemorySource, embedder: WordEmbedder
) -> None:
    old = generations.live("default")
    steps: list[Progress] = []
    new = rebuild(embedder, steps)
    assert (new.state, generations.live("default")) == (State.LIVE, new)
    assert list(Generation.objects.all()) == [new]
    assert new.slot != old.slot
    assert runtime.engine().stored_passages(old.slot) == set()
    assert {p.generation_id for p in Passage.objects.all()} == {new.pk}
    assert not Passage.objects.filter(vector=None).exists()
    assert first("年金保险") == "title"
    assert [s.step for s in steps] == ["cut", "embed"]
    assert (steps[0].done, steps[0].total) == (7, 7)


def test_another_recipe_never_meets_the_old_vectors(
    filled: MemorySource, embedder: WordEmbedder
) -> None:
    embedder.recipe = WordEmbedder(version="2").recipe
    results = services.search("年金保险", NOBODY)
    assert (results.mode, results.hits[0].key) == ("lexical", "title")
    assert str(results.reason)
    filled.put(document("new", "黄金积存", "每月一次。"))
    services.sync_now("note", ["new"])
    assert Passage.objects.get(document__key="new").vector is None
    assert reindexing.needed(embedder)
    new = rebuild(embedder)
    assert new.recipe == embedder.recipe.fingerprint
    assert not reindexing.needed(embedder)
    assert services.search("年金保险", NOBODY).mode == "hybrid"
    assert not Passage.objects.filter(vector=None).exists()


@pytest.mark.parametrize("step", ["cut", "embed"])
def test_a_killed_rebuild_goes_on_where_it_stopped(
    filled: MemorySource,
    embedder: WordEmbedder,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    monkeypatch.setattr(reindexing, "_BATCH", 2)
    monkeypatch.setattr(embedding, "BATCH", 1)

    class Killed(BaseException):
        pass

    def die(progress: Progress) -> None:
        if progress.step == step:
            raise Killed

    with pytest.raises(Killed):
        reindexing.reindex(runtime.engine(), embedder, tell=die)
    begun = Generation.objects.get(state=State.BUILDING)
    kept = set(begun.passages.values_list("id", flat=True))
    assert kept
    assert first("年金保险") == "title"
    assert services.search("年金保险", NOBODY).mode == "hybrid"
    assert rebuild(embedder) == begun
    assert kept <= set(Passage.objects.values_list("id", flat=True))


def test_changes_meanwhile_reach_both_generations(
    filled: MemorySource, embedder: WordEmbedder
) -> None:
    done = False

    def meddle(progress: Progress) -> None:
        nonlocal done
        if progress.step == "cut" and not done:
            done = True
            filled.put(document("late", "黄金积存", "每月一次。"))
            filled.put(document("n1", "改成外汇", "外汇买卖。", version=2))
            del filled.documents["n2"]
            services.sync_now("note", ["late", "n1", "n2"], embed=False)
            assert first("黄金积存") == "late"

    reindexing.reindex(runtime.engine(), embedder, tell=meddle)
    assert (first("黄金积存"), first("外汇买卖")) == ("late", "n1")
    assert "n2" not in {hit.key for hit in services.search("第2号存款", NOBODY).hits}
    assert not Passage.objects.filter(vector=None).exists()


def test_an_incomplete_generation_never_goes_live(
    filled: MemorySource, embedder: WordEmbedder
) -> None:
    old = generations.live("default")

    def damage(progress: Progress) -> None:
        if progress.step == "embed":
            begun = Generation.objects.get(state=State.BUILDING)
            ids = sorted(runtime.engine().stored_passages(begun.slot))
            runtime.engine().erase(begun.slot, ids[:1])

    with pytest.raises(Incomplete):
        reindexing.reindex(runtime.engine(), embedder, tell=damage)
    assert generations.live("default") == old
    assert first("年金保险") == "title"


def test_a_generation_without_a_model_is_built_by_words(
    filled: MemorySource, embedder: WordEmbedder
) -> None:
    embedder.unavailable = "no file"
    new = rebuild(embedder)
    assert (new.state, new.recipe) == (State.LIVE, "")
    assert first("年金保险") == "title"
    embedder.unavailable = ""
    services.embed_now()
    assert services.search("年金保险", NOBODY).mode == "hybrid"


def test_the_command(
    filled: MemorySource,
    embedder: WordEmbedder,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    module = "search.management.commands.search_reindex"
    monkeypatch.setattr(f"{module}.get_embedder", lambda wait: embedder)
    monkeypatch.setattr(f"{module}.registry", services.registry)
    filled.put(document("late", "黄金积存", "每月一次。"))
    call_command("search_reindex", "--if-needed")
    assert "up to date" in capsys.readouterr().out
    assert first("黄金积存") == "late"
    old = generations.live("default")
    call_command("search_reindex")
    assert "is live" in capsys.readouterr().out
    assert generations.live("default") != old

    def broken(*args: object, **more: object) -> None:
        raise Incomplete("Vectors are missing.")

    monkeypatch.setattr(f"{module}.reindexing.reindex", broken)
    with pytest.raises(CommandError, match="old generation stays"):
        call_command("search_reindex")
