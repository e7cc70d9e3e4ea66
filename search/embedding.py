"""Vectors for passages that have none yet, made outside of any transaction.

Guarantee: a vector enters a generation only if it is of the generation's recipe; a passage whose
text changed meanwhile is another row, so a late vector never lands on newer text. A kill at any
point leaves passages without a vector, which the next call finds.
"""

from collections.abc import Callable, Sequence

from django.db.models import QuerySet

from search import generations
from search.embedders import Embedder
from search.models import Generation, Passage
from search.vectors import quantise

BATCH = 32


def embed_pending(
    embedder: Embedder,
    using: str = "default",
    *,
    limit: int | None = None,
    tell: Callable[[int], None] | None = None,
) -> int:
    """Embed passages that have no vector, and return how many now have one.

    limit: stop after so many; None for all. tell: called with the number done so far.
    Raises EmbedderUnavailable.
    """
    done = 0
    for generation in generations.written(using):
        if generation.recipe and generation.recipe != embedder.recipe.fingerprint:
            continue
        while limit is None or done < limit:
            batch = list(_pending(using, generation)[: 8 * BATCH])
            if not batch:
                break
            # Batches of like lengths waste no time on padding.
            batch.sort(key=lambda passage: passage.end - passage.start)
            for start in range(0, len(batch), BATCH):
                done += _embed(embedder, using, generation, batch[start : start + BATCH])
            if tell:
                tell(done)
    return done


def pending_count(using: str = "default") -> int:
    """How many passages wait for their vector."""
    return sum(_pending(using, generation).count() for generation in generations.written(using))


def passage_text(title: str, text: str) -> str:
    """What is embedded and read of a passage: the title, a line break, and the text."""
    return f"{title}\n{text}".strip()


def _text(passage: Passage) -> str:
    document = passage.document
    return passage_text(document.title, document.text[passage.start : passage.end])


def _pending(using: str, generation: Generation) -> QuerySet[Passage]:
    return (
        Passage.objects.using(using)
        .filter(generation=generation, vector__isnull=True)
        .select_related("document")
        .order_by("id")
    )


def _embed(embedder: Embedder, using: str, generation: Generation, batch: Sequence[Passage]) -> int:
    vectors = embedder.embed_passages([_text(passage) for passage in batch])
    rows, scales = quantise(vectors)
    with generations.locked(using):
        if not _accepts(embedder, using, generation):
            return 0
        written = [
            passage.document_id
            for passage, row, scale in zip(batch, rows, scales, strict=True)
            if Passage.objects.using(using)
            .filter(pk=passage.pk, vector__isnull=True)
            .update(vector=row.tobytes(), scale=float(scale))
        ]
        generations.log(using, dict.fromkeys(written))
    return len(written)


def _accepts(embedder: Embedder, using: str, generation: Generation) -> bool:
    """Whether vectors of the embedder may enter; the first ones decide the recipe."""
    generation.refresh_from_db(using=using)
    if not generation.recipe:
        generation.recipe = embedder.recipe.fingerprint
        generation.dimension = embedder.recipe.dimension
        generation.save(using=using)
        generations.log_everything(using)
    return (
        generation.recipe == embedder.recipe.fingerprint
        and generation.state != Generation.State.RETIRED
    )
