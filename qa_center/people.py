"""What routing needs to know of colleagues, read from the database as frozen facts.

The number of queries does not grow with the number of colleagues.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Q

from customer_knowledge.models import Answer
from kiplatform.accounts.models import StaffProfile, User, WorkingHours
from kiplatform.core import clock
from manager_knowledge.models import KnowledgePage
from qa_center.models import Endorsement, Invitation, Proposal, ResearchCase
from qa_center.routing import (
    OFFICE_HOURS,
    AwayDays,
    Candidate,
    CaseFacts,
    DeclaredSkill,
    KnownPage,
    PastAnswer,
    PastKind,
    ResponseRecord,
    Shift,
    Urgency,
)
from search.services import search

NEAR = 40
MEMORY = timedelta(days=730)
MOST_ANSWERS = 20_000
DAY = timedelta(days=1)
FAIRNESS_DAYS = 30
# Everybody who knows the business; who only administers the platform is left in peace.
ASKABLE = (
    Q(is_colleague=True)
    | Q(is_sales_manager=True)
    | Q(is_product_team=True)
    | Q(is_knowledge_editor=True)
)


def shifts_of(user: User) -> tuple[Shift, ...]:
    """Return a person's working hours; empty where they gave none."""
    return tuple(_shift(hours) for hours in user.working_hours.all())


def _shift(hours: WorkingHours) -> Shift:
    return Shift(weekday=hours.weekday, start=hours.start, end=hours.end)


def case_facts(case: ResearchCase) -> CaseFacts:
    """Return what routing knows of a case."""
    return CaseFacts(
        key=case.public_id,
        asker=case.manager.public_id,
        language="en" if case.language == "en" else "zh-hans",
        department=case.department.public_id if case.department else "",
        topics=frozenset(filter(None, (case.product.code if case.product else "", case.text))),
        urgency=Urgency(case.urgency),
    )


def candidates(case: ResearchCase) -> list[Candidate]:
    """Return the facts of every colleague who could be asked in `case`."""
    people = list(
        User.objects.active()
        .staff_members()
        .filter(ASKABLE)
        .exclude(pk=case.manager_id)
        .select_related("staff_profile__department")
        .prefetch_related("skills", "working_hours", "absences")
    )
    past = _past_answers(case)
    pages = _known_pages(case)
    load = _load(case)
    invited, responses = _responses()
    return [
        Candidate(
            key=user.public_id,
            department=_department(user),
            languages=_languages(user),
            past=tuple(past[user.pk]),
            pages=tuple(pages[user.pk]),
            skills=tuple(_skills(user, case)),
            hours=shifts_of(user) or OFFICE_HOURS,
            timezone=user.timezone,
            away=tuple(
                AwayDays(starts_on=a.starts_on, ends_on=a.ends_on) for a in user.absences.all()
            ),
            load=load.get(user.pk, 0),
            cap=_profile_cap(user),
            recent_invitations=invited.get(user.pk, 0),
            responses=responses.get(user.pk, ResponseRecord()),
        )
        for user in people
    ]


def _profile(user: User) -> StaffProfile | None:
    return getattr(user, "staff_profile", None)


def _department(user: User) -> str:
    profile = _profile(user)
    return profile.department.public_id if profile and profile.department else ""


def _languages(user: User) -> frozenset[str]:
    profile = _profile(user)
    spoken = profile.languages if profile and profile.languages else [user.language]
    # Whoever writes one Chinese script reads the other.
    return frozenset("en" if language == "en" else "zh-hans" for language in spoken)


def _profile_cap(user: User) -> int | None:
    profile = _profile(user)
    return profile.case_cap if profile else None


def _skills(user: User, case: ResearchCase) -> Iterable[DeclaredSkill]:
    """Skills whose topic the case names, under the case's own key for it."""
    text = case.text.casefold()
    code = case.product.code if case.product else ""
    names = {case.product.name_zh_hans, case.product.name_en} if case.product else set()
    for skill in user.skills.all():
        topic = skill.topic.casefold()
        if topic in text or skill.topic in {code, *names}:
            yield DeclaredSkill(topic=case.text, level=skill.level, label=skill.topic)


def _past_answers(case: ResearchCase) -> dict[int, list[PastAnswer]]:
    """What each colleague answered in two years, with its nearness where it is near.

    Routing counts age and pace over the whole pool, so far answers are given to it as well.
    """
    near = _nearness(case, "answer")
    rows = (
        Answer.objects.standing()
        .filter(created_at__gte=clock.now() - MEMORY)
        .order_by("-created_at")
        .values_list(
            "answered_by", "public_id", "created_at", "accepted_at", "question__occurred_at"
        )[:MOST_ANSWERS]
    )
    past: dict[int, list[PastAnswer]] = defaultdict(list)
    for user, key, at, accepted, asked_at in rows:
        nearness = near.get(key, FAR)
        past[user].append(
            PastAnswer(
                similarity=nearness.similarity,
                lexical=nearness.lexical,
                at=at,
                accepted=accepted is not None,
                days_after=max((at - asked_at) / DAY, 0.0),
            )
        )
    _add_proposals(case, past)
    return past


@dataclass(frozen=True, slots=True)
class _Near:
    """How near something is to a case, as `PastAnswer` says it."""

    similarity: float = 0.0
    lexical: float = 0.0


FAR = _Near()


def _nearness(case: ResearchCase, kind: str) -> dict[str, _Near]:
    """Return how near the case is to what is near to it, by key."""
    hits = search(case.text, case.manager, kinds={kind}, limit=NEAR).hits
    return {hit.key: _Near(hit.explanation.dense or 0.0, hit.explanation.lexical) for hit in hits}


def _add_proposals(case: ResearchCase, past: dict[int, list[PastAnswer]]) -> None:
    near = _nearness(case, "case")
    rows = (
        Proposal.objects.exclude(case=case)
        .filter(created_at__gte=clock.now() - MEMORY)
        .filter(Q(state=Proposal.State.ACCEPTED) | Q(endorsements__kind=Endorsement.Kind.ENDORSE))
        .distinct()
        .order_by("-created_at")
        .values_list("author", "case__public_id", "created_at", "state", "case__created_at")[
            :MOST_ANSWERS
        ]
    )
    for user, key, at, state, opened_at in rows:
        nearness = near.get(key, FAR)
        past[user].append(
            PastAnswer(
                similarity=nearness.similarity,
                lexical=nearness.lexical,
                at=at,
                accepted=state == Proposal.State.ACCEPTED,
                kind=PastKind.PROPOSAL,
                days_after=max((at - opened_at) / DAY, 0.0),
            )
        )


def _known_pages(case: ResearchCase) -> dict[int, list[KnownPage]]:
    hits = search(case.text, case.manager, kinds={"knowledge"}, limit=NEAR).hits
    near = {hit.key: (hit.explanation.dense or 0.0, hit.title) for hit in hits}
    known: dict[int, list[KnownPage]] = defaultdict(list)
    rows = KnowledgePage.objects.filter(public_id__in=near).values_list(
        "public_id", "owner", "verifier", "verified_at"
    )
    for key, owner, verifier, verified_at in rows:
        similarity, title = near[key]
        for user, verified in ((owner, False), (verifier, True)):
            if user is not None and (not verified or verified_at is not None):
                known[user].append(KnownPage(similarity=similarity, title=title, verified=verified))
    return known


def _load(case: ResearchCase) -> dict[int, int]:
    """How many running cases each colleague was asked into and has not declined."""
    rows = (
        Invitation.objects.filter(status__in=Invitation.OPENS_THE_CASE)
        .exclude(case__state__in=ResearchCase.ENDED)
        .exclude(case=case)
        .values("expert")
        .annotate(n=Count("pk"))
    )
    return {row["expert"]: row["n"] for row in rows}


def _responses() -> tuple[dict[int, int], dict[int, ResponseRecord]]:
    """Invitations of the last 30 days, and how each colleague dealt with invitations."""
    since = clock.now() - timedelta(days=FAIRNESS_DAYS)
    status = Invitation.Status
    rows = Invitation.objects.values("expert").annotate(
        lately=Count("pk", filter=Q(created_at__gte=since)),
        accepted=Count("pk", filter=Q(status=status.ACCEPTED)),
        declined=Count("pk", filter=Q(status=status.DECLINED)),
        timed_out=Count("pk", filter=Q(status=status.TIMED_OUT)),
    )
    invited: dict[int, int] = {}
    records: dict[int, ResponseRecord] = {}
    for row in rows:
        invited[row["expert"]] = row["lately"]
        records[row["expert"]] = ResponseRecord(
            accepted=row["accepted"], declined=row["declined"], timed_out=row["timed_out"]
        )
    return invited, records
