"""Proof that the index is what the database says, and its repair.

Guarantee: what is compared is read afresh from the sources; a repair goes through the same code as
any other change.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from kiplatform.core import clock
from search import generations
from search.engines.base import Engine
from search.models import Generation, IndexState, Passage, SearchDocument
from search.sources import Registry, SearchSource
from search.sync import Action, Stored, Synchroniser, plan

_BATCH = 200


@dataclass(slots=True)
class Differences:
    """Where index and database differ.

    documents: (kind, key) -> what each would need. unknown_kinds: kinds without a source.
    engine_missing, engine_extra: passages that the engine lacks, or holds without a row.
    uncut: documents (keys of rows) that have no passage in a generation.
    access: documents whose row has other tokens than its source says (also in `documents`).
    """

    documents: dict[tuple[str, str], Action] = field(default_factory=dict)
    access: list[tuple[str, str]] = field(default_factory=list)
    unknown_kinds: list[str] = field(default_factory=list)
    engine_missing: set[int] = field(default_factory=set)
    engine_extra: set[int] = field(default_factory=set)
    uncut: set[int] = field(default_factory=set)
    without_vector: int = 0
    compared: int = 0

    @property
    def count(self) -> int:
        """How many there are; passages that wait for a vector are late, not wrong."""
        engine = len(self.engine_missing) + len(self.engine_extra)
        return len(self.documents) + engine + len(self.uncut)


def compare(registry: Registry, engine: Engine, using: str = "default") -> Differences:
    """Compare every document of every source with the index, and the index with its engine."""
    found = Differences()
    kinds = set(SearchDocument.objects.using(using).values_list("kind", flat=True).distinct())
    found.unknown_kinds = sorted(kinds - set(registry.kinds()))
    for kind in registry.kinds():
        source = registry.get(kind)
        if source is not None:
            _compare_source(source, using, found)
    for generation in generations.written(using):
        passages = Passage.objects.using(using).filter(generation=generation)
        expected = set(passages.values_list("id", flat=True))
        stored = engine.stored_passages(generation.slot)
        found.engine_missing |= expected - stored
        found.engine_extra |= stored - expected
        found.uncut |= {row.pk for row in uncut(generation, using)}
        if generation.state == Generation.State.LIVE:
            found.without_vector = passages.filter(vector__isnull=True).count()
    return found


def repair(registry: Registry, engine: Engine, found: Differences, using: str = "default") -> None:
    """Make the index agree with the database where `found` says that it does not."""
    synchroniser = Synchroniser(engine, using)
    by_kind: dict[str, list[str]] = {}
    for kind, key in found.documents:
        by_kind.setdefault(kind, []).append(key)
    for kind, keys in by_kind.items():
        source = registry.get(kind)
        if source is not None:
            synchroniser.sync(source, keys)
    if not (found.engine_missing or found.engine_extra or found.uncut):
        return
    with generations.locked(using):
        for generation in generations.written(using):
            engine.erase(generation.slot, sorted(found.engine_extra))
            lost = Passage.objects.using(using).filter(
                generation=generation, id__in=found.engine_missing
            )
            wrong = {*lost.values_list("document_id", flat=True), *found.uncut}
            rows = SearchDocument.objects.using(using).filter(id__in=wrong)
            synchroniser.cut(generation, list(rows.select_related("access")))
            generations.log(using, wrong)


def note(found: Differences, using: str = "default") -> None:
    """Remember when the index was last compared, and with what result."""
    with generations.locked(using) as state:
        state.last_verified_at = clock.now()
        state.last_differences = found.count
        IndexState.save(state, using=using)


def uncut(generation: Generation, using: str) -> list[SearchDocument]:
    """Documents with something to find that have no passage in a generation."""
    passages = Passage.objects.using(using).filter(generation=generation)
    rows = SearchDocument.objects.using(using).exclude(pk__in=passages.values("document_id"))
    return [row for row in rows if row.title.strip() or row.text.strip()]


def _compare_source(source: SearchSource, using: str, found: Differences) -> None:
    rows = SearchDocument.objects.using(using).filter(kind=source.kind)
    keys = dict.fromkeys([*source.keys(), *rows.values_list("key", flat=True)])
    for batch in _batches(keys):
        documents = {document.key: document for document in source.load(batch)}
        stored = {row.key: row for row in rows.filter(key__in=batch).select_related("access")}
        for key in batch:
            found.compared += 1
            row, document = stored.get(key), documents.get(key)
            action = plan(
                document,
                Stored(row.version, row.content_fingerprint, row.metadata_fingerprint)
                if row
                else None,
            )
            if action is not Action.NOOP:
                found.documents[source.kind, key] = action
            if row and document and set(row.access.tokens) != document.access:
                found.access.append((source.kind, key))


def _batches(keys: Iterable[str]) -> Iterator[Sequence[str]]:
    rest = iter(keys)
    while batch := list(islice(rest, _BATCH)):
        yield batch
