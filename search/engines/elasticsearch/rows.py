"""What the database says that an index should hold.

Guarantee: everything is read afresh; what an index is compared with is made by the same code as
what is written to it.
"""

from collections.abc import Collection
from datetime import datetime

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from search.engines.elasticsearch.leases import State
from search.models import AccessSet, Change, Generation, Passage, SearchDocument


class Rows:
    """The rows of one database."""

    def __init__(self, using: str) -> None:
        self._using = using

    def live(self) -> Generation | None:
        """The generation that answers."""
        return self._generations().filter(state=Generation.State.LIVE).first()

    def of_slot(self, slot: str) -> Generation | None:
        """The generation in a slot that is not retired."""
        found = self._generations().filter(slot=slot).exclude(state=Generation.State.RETIRED)
        return found.first()

    def written(self) -> list[Generation]:
        """The generations that are not retired."""
        return list(self._generations().exclude(state=Generation.State.RETIRED))

    def last_line(self) -> tuple[int, str]:
        """The last line of the change log, and when it was written."""
        found = self._log().order_by("-id").values_list("id", "at").first()
        return (found[0], found[1].isoformat()) if found else (0, "")

    def first_time_after(self, line: int) -> datetime | None:
        """When the next line after `line` was written; None if there is none."""
        found = self._log().filter(id__gt=line).order_by("id")
        return found.values_list("at", flat=True).first()

    def continues(self, state: State) -> bool:
        """Whether the log still holds the line up to which an index has followed it."""
        found = self._log().filter(id=state.line).values_list("at", flat=True).first()
        return found is not None and found.isoformat() == state.at

    def lines_after(self, line: int, limit: int) -> list[tuple[int, str, int | None]]:
        """Lines of the log: number, time, and the document that changed or None."""
        found = self._log().filter(id__gt=line).order_by("id")
        return [
            (pk, at.isoformat(), document)
            for pk, at, document in found.values_list("id", "at", "document_id")[:limit]
        ]

    def count_after(self, line: int, most: int) -> int:
        """How many lines follow, counted up to `most`."""
        return self._log().filter(id__gt=line)[:most].count()

    def changed_after(self, line: int) -> set[int]:
        """The documents of all lines after `line`."""
        found = self._log().filter(id__gt=line).values_list("document_id", flat=True)
        return {document for document in found if document is not None}

    def document_count(self) -> int:
        return SearchDocument.objects.using(self._using).count()

    def documents_after(self, document: int, limit: int) -> list[int]:
        """The next documents in the order of their keys."""
        found = SearchDocument.objects.using(self._using).filter(id__gt=document).order_by("id")
        return list(found.values_list("id", flat=True)[:limit])

    def documents_of(self, passages: Collection[int]) -> set[int]:
        found = Passage.objects.using(self._using).filter(id__in=passages)
        return set(found.values_list("document_id", flat=True))

    def existing(self, passages: Collection[int]) -> set[int]:
        """Those of `passages` that the database has."""
        found = Passage.objects.using(self._using).filter(id__in=passages)
        return set(found.values_list("id", flat=True))

    def passages_of(self, generation: Generation, documents: Collection[int]) -> list[Passage]:
        """The passages of documents, with everything that an index holds of them."""
        return list(
            Passage.objects.using(self._using)
            .filter(generation=generation, document__in=documents)
            .select_related("document__access")
            .order_by("document_id", "id")
        )

    def stamps(
        self, generation: Generation, after: int, last: int | None
    ) -> dict[int, tuple[str, frozenset[str]]]:
        """Passage -> stamp and access tokens, for passages after one and up to another.

        last: None for all that follow.
        """
        found = Passage.objects.using(self._using).filter(generation=generation, id__gt=after)
        if last is not None:
            found = found.filter(id__lte=last)
        sets = dict(AccessSet.objects.using(self._using).values_list("id", "tokens"))
        embedded = ExpressionWrapper(Q(vector__isnull=False), BooleanField())
        rows = found.annotate(embedded=embedded).values_list(
            "id",
            "document__access_id",
            "document__version",
            "document__content_fingerprint",
            "document__metadata_fingerprint",
            "embedded",
        )
        return {
            pk: (_stamp(version, content, metadata, embedded), frozenset(sets[access]))
            for pk, access, version, content, metadata, embedded in rows
        }

    def _log(self) -> QuerySet[Change]:
        return Change.objects.using(self._using)

    def _generations(self) -> QuerySet[Generation]:
        return Generation.objects.using(self._using)


def stamp(document: SearchDocument, embedded: bool) -> str:
    """What a passage's entry is true of: its document's version and contents, and its vector."""
    return _stamp(
        document.version, document.content_fingerprint, document.metadata_fingerprint, embedded
    )


def _stamp(version: int, content: str, metadata: str, embedded: bool) -> str:
    return f"{version}.{content}.{metadata}.{int(embedded)}"
