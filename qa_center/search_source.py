"""Cases as search gets them: ended ones as evidence, running ones so that none gets a twin.

Guarantee: a running case is opened by the tokens of just those people whom `visible_to` admits; its
words are masked when it is opened, so no hit names the customer.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from django.db.models import Prefetch, QuerySet

from customer_knowledge.models import ThreadMember
from kiplatform.accounts.access import STAFF, Viewer
from kiplatform.events.registry import RecordedEvent
from qa_center.models import Invitation, ResearchCase
from search.documents import Document
from search.sources import KeysOfEvent

ADMINISTRATOR = "role:administrator"


def _case(event: RecordedEvent) -> Iterable[str]:
    return [event.payload["case"]]


def _of_thread(event: RecordedEvent) -> Iterable[str]:
    rows = ResearchCase.objects.filter(thread__public_id=event.payload["thread"])
    return rows.values_list("public_id", flat=True)


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


class RunningCaseSource:
    """Cases that are being worked on, each for the people who see it. Never cited."""

    kind = "running_case"
    events: Mapping[str, KeysOfEvent] = {
        "case.opened": _case,
        "case.changed": _case,
        "case.ended": _case,
        "thread.membership_changed": _of_thread,
    }

    def rows(self) -> QuerySet[ResearchCase]:
        """Return the running cases with everybody who sees them."""
        return (
            ResearchCase.objects.not_ended()
            .select_related("manager", "owner", "product")
            .prefetch_related(
                Prefetch(
                    "invitations",
                    Invitation.objects.filter(status__in=Invitation.OPENS_THE_CASE).select_related(
                        "expert"
                    ),
                ),
                Prefetch(
                    "thread__members",
                    ThreadMember.objects.filter(left_at=None).select_related("user"),
                ),
            )
        )

    def keys(self) -> Iterator[str]:
        rows = ResearchCase.objects.not_ended().order_by("pk")
        yield from rows.values_list("public_id", flat=True).iterator()

    def load(self, keys: Sequence[str]) -> list[Document]:
        return [self._document(case) for case in self.rows().filter(public_id__in=keys)]

    def _document(self, case: ResearchCase) -> Document:
        people = {case.manager, case.owner}
        people |= {invitation.expert for invitation in case.invitations.all()}
        people |= {member.user for member in case.thread.members.all()}
        tokens = {f"user:{user.public_id}" for user in people if user and user.is_staff_member}
        return Document(
            kind=self.kind,
            key=case.public_id,
            version=case.version,
            language=case.language,
            title="",
            text=case.text,
            access=frozenset(tokens | {ADMINISTRATOR}),
            facets={"product": case.product.code if case.product else "", "state": case.state},
            updated_at=case.updated_at,
        )

    def visible_keys(self, viewer: Viewer, keys: Sequence[str]) -> set[str]:
        rows = ResearchCase.objects.not_ended().visible_to(viewer).filter(public_id__in=keys)
        return set(rows.values_list("public_id", flat=True))
