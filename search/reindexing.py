"""Building a new generation while the old one answers; then verify, then swap.

Guarantee: killed at any point, the next call goes on where it stopped; searches never see a
generation that is not complete; documents that change meanwhile reach both generations.
"""

from collections.abc import Callable
from dataclasses import dataclass

from search import generations
from search.embedders import Embedder, EmbedderUnavailable
from search.embedding import embed_pending
from search.engines.base import Engine
from search.generations import ANALYSIS, SLOTS
from search.models import Generation, Passage, SearchDocument
from search.sync import Synchroniser

_BATCH = 200


class Incomplete(Exception):
    """The new generation is not what the database says; the old one stays."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a rebuild is. step: "cut", "embed" or, where an engine has a copy, "fill"."""

    step: str
    done: int
    total: int


def needed(embedder: Embedder, using: str = "default") -> bool:
    """Whether the live generation was made in another way than a new one would be."""
    live = Generation.objects.using(using).filter(state=Generation.State.LIVE).first()
    if live is None:
        return False
    other_recipe = live.recipe not in ("", embedder.recipe.fingerprint)
    return other_recipe or live.analysis != ANALYSIS


def reindex(
    engine: Engine,
    embedder: Embedder,
    using: str = "default",
    tell: Callable[[Progress], None] = lambda progress: None,
) -> Generation:
    """Build a new generation from the index's documents, or finish one that was begun, and swap.

    Without vectors (EmbedderUnavailable) the generation is built by words alone, and its vectors
    follow once the model is there. Raises Incomplete, EngineUnavailable.
    """
    generation = _begin(engine, embedder, using)
    _cut(engine, generation, using, tell)
    _embed(embedder, generation, using, tell)
    engine.fill(generation.slot, lambda done, total: tell(Progress("fill", done, total)))
    _swap(engine, generation, using)
    clean(engine, using)
    return generation


def _begin(engine: Engine, embedder: Embedder, using: str) -> Generation:
    """The generation under construction; one of another recipe is given up first."""
    with generations.locked(using):
        live = generations.live(using)
        begun = generations.building(using)
        if begun and (
            begun.analysis != ANALYSIS or begun.recipe not in ("", embedder.recipe.fingerprint)
        ):
            begun.state = Generation.State.RETIRED
            begun.save(using=using)
            begun = None
        if begun:
            return begun
        slot = SLOTS[1 - SLOTS.index(live.slot)]
        _retire_slot(engine, slot, using)
        return Generation.objects.using(using).create(slot=slot, analysis=ANALYSIS)


def _retire_slot(engine: Engine, slot: str, using: str) -> None:
    engine.clear(slot)
    retired = Generation.objects.using(using).filter(slot=slot, state=Generation.State.RETIRED)
    Passage.objects.using(using).filter(generation__in=retired).delete()
    retired.delete()


def _cut(
    engine: Engine, generation: Generation, using: str, tell: Callable[[Progress], None]
) -> None:
    synchroniser = Synchroniser(engine, using)
    documents = SearchDocument.objects.using(using)
    total, last = documents.count(), 0
    done = 0
    while True:
        with generations.locked(using):
            rows = list(
                documents.filter(id__gt=last).order_by("id").select_related("access")[:_BATCH]
            )
            if not rows:
                return
            last = rows[-1].pk
            there = set(
                Passage.objects.using(using)
                .filter(generation=generation, document__in=rows)
                .values_list("document_id", flat=True)
            )
            missing = [row for row in rows if row.pk not in there]
            if missing:
                synchroniser.cut(generation, missing)
        done += len(rows)
        tell(Progress("cut", done, total))


def _embed(
    embedder: Embedder, generation: Generation, using: str, tell: Callable[[Progress], None]
) -> None:
    waiting = Passage.objects.using(using).filter(generation=generation, vector__isnull=True)
    total = waiting.count()
    try:
        embed_pending(embedder, using, tell=lambda done: tell(Progress("embed", done, total)))
    except EmbedderUnavailable:
        return


def _swap(engine: Engine, generation: Generation, using: str) -> None:
    with generations.locked(using):
        generation.refresh_from_db(using=using)
        passages = Passage.objects.using(using).filter(generation=generation)
        expected = set(passages.values_list("id", flat=True))
        if engine.stored_passages(generation.slot) != expected:
            raise Incomplete("The engine does not hold the passages of the new generation.")
        without = SearchDocument.objects.using(using).exclude(pk__in=passages.values("document_id"))
        if any(row.title.strip() or row.text.strip() for row in without):
            raise Incomplete("Documents are missing in the new generation.")
        if generation.recipe and passages.filter(vector__isnull=True).exists():
            raise Incomplete("Vectors are missing in the new generation.")
        old = generations.live(using)
        old.state = Generation.State.RETIRED
        old.save(using=using)
        generation.state = Generation.State.LIVE
        generation.save(using=using)
        generations.log_everything(using)


def clean(engine: Engine, using: str = "default") -> None:
    """Remove what retired generations left."""
    with generations.locked(using):
        taken = {generation.slot for generation in generations.written(using)}
        for slot in SLOTS:
            if slot not in taken:
                _retire_slot(engine, slot, using)
