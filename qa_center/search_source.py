"""Ended cases as evidence for the next one: what the company worked out, without the customer."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from django.db.models import QuerySet

from kiplatform.accounts.access import STAFF, Viewer
from kiplatform.events.registry import RecordedEvent
from qa_center.models import ResearchCase
from search.documents import Document
from search.sources import KeysOfEvent


def _case(event: RecordedEvent) -> Iterable[str]:
    return [event.payload["case"]]


class CaseSource:
    """Cases that ended with an answer."""

    kind = "case"
    events: Mapping[str, KeysOfEvent] = {"case.ended": _case, "case.captured": _case}

    def rows(self) -> QuerySet[ResearchCase]:
        """Return the cases that all staff may learn from."""
        return ResearchCase.objects.filter(
            state__in=ResearchCase.SHARED_STATES, resolution__isnull=False
        ).select_related("resolution", "product")

    def keys(self) -> Iterator[str]:
        yield from self.rows().order_by("pk").values_list("public_id", flat=True).iterator()

    def load(self, keys: Sequence[str]) -> list[Document]:
        return [
            Document(
                kind=self.kind,
                key=case.public_id,
                version=case.version,
                language=case.language,
                title=case.text,
                text=case.resolution.text,
                access=frozenset({STAFF}),
                facets={"product": case.product.code if case.product else ""},
                updated_at=case.updated_at,
            )
            for case in self.rows().filter(public_id__in=keys)
        ]

    def visible_keys(self, viewer: Viewer, keys: Sequence[str]) -> set[str]:
        rows = ResearchCase.objects.visible_to(viewer).filter(public_id__in=keys)
        return set(rows.values_list("public_id", flat=True))
