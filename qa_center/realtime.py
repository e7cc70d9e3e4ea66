"""Live cases: the story moves, and every page that shows the case is told its new version."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from kiplatform.accounts.models import User
from kiplatform.events.registry import RecordedEvent
from kiplatform.realtime.registry import JSON, Channel, Item, Person, Push, push_on, register
from qa_center.models import CaseEntry, Invitation, ResearchCase


class CaseChannel(Channel):
    """That a research case has moved on, and the state that it is in.

    Who did what is for those who take part, so their pages ask for it; a frame does not tell it.
    """

    prefix = "case"

    def authorise(self, user_ids: Collection[int], key: str) -> set[int]:
        case = ResearchCase.objects.filter(public_id=key).first()
        if case is None:
            return set()
        people = User.objects.filter(pk__in=user_ids, is_active=True, kind=User.Kind.STAFF)
        if case.state in ResearchCase.SHARED_STATES:
            return set(people.values_list("pk", flat=True))
        involved = people.filter(pk__in=[case.manager_id, case.owner_id])
        invited = people.filter(
            invitations__case=case, invitations__status__in=Invitation.OPENS_THE_CASE
        )
        members = people.filter(memberships__thread=case.thread_id, memberships__left_at=None)
        administrators = people.filter(is_administrator=True)
        groups = (invited, members, administrators)
        return set(
            involved.values_list("pk", flat=True).union(
                *(group.values_list("pk", flat=True) for group in groups)
            )
        )

    def version(self, key: str) -> int:
        return self.versions([key]).get(key, 0)

    def versions(self, keys: Sequence[str]) -> Mapping[str, int]:
        rows = ResearchCase.objects.filter(public_id__in=keys)
        return dict(rows.values_list("public_id", "version"))

    def load(self, key: str, after: int, limit: int) -> Sequence[Item]:
        rows = (
            CaseEntry.objects.filter(case__public_id=key, version__gt=after)
            .select_related("case")
            .order_by("version")[:limit]
        )
        return [Item(row.version, "changed", row) for row in rows]

    def project(self, key: str, item: Item, viewer: User) -> JSON | None:
        row: CaseEntry = item.data
        return {"state": row.case.state, "at": row.at.isoformat()}

    def projection(self, key: str, person: Person) -> str:
        return "staff"


register(CaseChannel())


@push_on("case.changed")
def push_case(event: RecordedEvent) -> Iterator[Push]:
    """The case has news."""
    yield Push(f"case:{event.payload['case']}", event.payload["version"])


@push_on("invitation.answered", "case.ended")
def push_access(event: RecordedEvent) -> Iterator[Push]:
    """Who may listen to the case has changed."""
    yield Push(f"case:{event.payload['case']}")
