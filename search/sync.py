"""The index follows the database: what changed is planned purely, then written in one transaction.

Guarantee: applying the same keys again changes nothing; an older version never replaces a newer
one; a document that its source no longer hands out leaves the index. Vectors are made later and
outside of the transaction (`search.embedding`), so no writer waits for a model.
"""

import enum
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from search import generations
from search.analysis import Passage as Cut
from search.analysis import detect_language, passages
from search.centring import language_class
from search.documents import Document
from search.engines.base import Engine, IndexedDocument, IndexedPassage
from search.models import AccessSet, Change, Generation, Passage, SearchDocument
from search.sources import SearchSource

BATCH = 100
PASSAGE_SIZE = {"zh": 200, "en": 700, "other": 400}
"""Characters of a passage by language: about 140 tokens of the model, what the reader can read
together with a question. Smaller English ones lost .02 nDCG on the sales sets."""
_KEPT_CHANGES = 100_000
_HEADING = 80


class Action(enum.Enum):
    """What a document needs."""

    EMBED = "embed"
    METADATA = "metadata"
    DELETE = "delete"
    NOOP = "noop"


@dataclass(frozen=True, slots=True)
class Stored:
    """What the index holds of a document."""

    version: int
    content_fingerprint: str
    metadata_fingerprint: str


def plan(document: Document | None, stored: Stored | None) -> Action:
    """What has to be done so that the index agrees with `document`.

    document: as its source hands it out now; None where it is not eligible.
    stored: as the index holds it; None where it does not.
    """
    if document is None:
        return Action.DELETE if stored else Action.NOOP
    if stored is None:
        return Action.EMBED
    if document.version < stored.version:
        return Action.NOOP
    if document.content_fingerprint != stored.content_fingerprint:
        return Action.EMBED
    if (document.version, document.metadata_fingerprint) != (
        stored.version,
        stored.metadata_fingerprint,
    ):
        return Action.METADATA
    return Action.NOOP


class Synchroniser:
    """Writes documents into the index of one database and its engine."""

    def __init__(self, engine: Engine, using: str = "default") -> None:
        self._engine = engine
        self._using = using

    def sync(self, source: SearchSource, keys: Iterable[str]) -> Counter[Action]:
        """Bring the documents of `keys` up to date, in batches of one transaction each."""
        done: Counter[Action] = Counter()
        for batch in _batches(keys, BATCH):
            with generations.locked(self._using):
                # Read under the lock: what is read later is not older.
                documents = {d.key: d for d in source.load(batch)}
                done += self._apply(source.kind, batch, documents)
        return done

    def _apply(
        self, kind: str, keys: Sequence[str], documents: Mapping[str, Document]
    ) -> Counter[Action]:
        rows = SearchDocument.objects.using(self._using).filter(kind=kind, key__in=keys)
        stored = {row.key: row for row in rows}
        done: Counter[Action] = Counter()
        changed: list[int] = []
        rewritten: list[SearchDocument] = []
        for key in keys:
            document, row = documents.get(key), stored.get(key)
            action = plan(document, _stored(row))
            done[action] += 1
            if action is Action.DELETE and row:
                changed.append(row.pk)
                self._erase(row)
                row.delete()
            elif action is not Action.NOOP and document:
                row = self._save(row, document)
                changed.append(row.pk)
                if action is Action.EMBED:
                    rewritten.append(row)
        if rewritten:
            for generation in generations.written(self._using):
                self.cut(generation, rewritten)
        generations.log(self._using, changed)
        self._trim_log()
        return done

    def cut(self, generation: Generation, rows: Sequence[SearchDocument]) -> None:
        """Replace the passages of documents in a generation; call it inside `locked`."""
        old = Passage.objects.using(self._using).filter(generation=generation, document__in=rows)
        self._engine.erase(generation.slot, list(old.values_list("id", flat=True)))
        old.delete()
        made = [
            (row, cut, Passage(
                generation=generation, document=row, ordinal=ordinal,
                start=cut.start, end=cut.end, heading=cut.heading[:_HEADING],
                language=passage_language(cut.text, row.language),
            ))
            for row in rows
            for ordinal, cut in enumerate(cut_text(row.title, row.text, row.language))
        ]  # fmt: skip
        Passage.objects.using(self._using).bulk_create([passage for _, _, passage in made])
        of: dict[int, list[IndexedPassage]] = {row.pk: [] for row in rows}
        for row, cut, passage in made:
            of[row.pk].append(IndexedPassage(id=passage.pk, text=cut.text, heading=cut.heading))
        self._engine.write(generation.slot, [_indexed(row, of[row.pk]) for row in rows])

    def _save(self, row: SearchDocument | None, document: Document) -> SearchDocument:
        row = row or SearchDocument(kind=document.kind, key=document.key)
        row.version = document.version
        row.language = document.language
        row.title = document.title
        row.text = document.text
        row.url_name = document.url_name or ""
        row.access = access_set(document.access, self._using)
        row.facets = dict(document.facets)
        row.verified = document.verified
        row.verified_until = document.verified_until
        row.boost = document.boost
        row.updated_at = document.updated_at
        row.content_fingerprint = document.content_fingerprint
        row.metadata_fingerprint = document.metadata_fingerprint
        row.save(using=self._using)
        return row

    def _erase(self, row: SearchDocument) -> None:
        for generation in generations.written(self._using):
            ids = row.passages.using(self._using).filter(generation=generation)
            self._engine.erase(generation.slot, list(ids.values_list("id", flat=True)))

    def _trim_log(self) -> None:
        changes = Change.objects.using(self._using)
        last = changes.order_by("-id").values_list("id", flat=True).first()
        if last and last % 1000 < BATCH:
            changes.filter(id__lte=last - _KEPT_CHANGES).delete()


def cut_text(title: str, text: str, language: str) -> list[Cut]:
    """The passages of a text, of the size that suits its language, a fifth overlapping."""
    size = PASSAGE_SIZE[language_class(language)]
    return passages(title, text, size, size // 5)


def passage_language(text: str, language: str) -> str:
    """ "zh", "en" or "other": what a passage of a document is written in.

    language: of the document, which counts where the passage does not tell.
    """
    found = detect_language(text)
    return found if found != "other" else language_class(language)


def access_set(tokens: frozenset[str], using: str) -> AccessSet:
    """The row for a set of tokens, made on first use."""
    ordered = sorted(tokens)
    digest = hashlib.sha256("\n".join(ordered).encode()).hexdigest()[:32]
    found, _ = AccessSet.objects.using(using).get_or_create(
        digest=digest, defaults={"tokens": ordered}
    )
    return found


def _stored(row: SearchDocument | None) -> Stored | None:
    if row is None:
        return None
    return Stored(row.version, row.content_fingerprint, row.metadata_fingerprint)


def _indexed(row: SearchDocument, cut: Sequence[IndexedPassage]) -> IndexedDocument:
    return IndexedDocument(
        id=row.pk,
        kind=row.kind,
        key=row.key,
        version=row.version,
        language=row.language,
        title=row.title,
        access=frozenset(row.access.tokens),
        facets=row.facets,
        verified=row.verified,
        updated_at=row.updated_at,
        passages=cut,
    )


def _batches(keys: Iterable[str], size: int) -> Iterator[list[str]]:
    rest = iter(dict.fromkeys(keys))
    while batch := list(islice(rest, size)):
        yield batch
