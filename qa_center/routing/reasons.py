"""The reasons that stand beside a ranked name.

Guarantee: a reason states a fact that the ranking used, never a score; the strongest kind of
fact comes first, and what speaks against asking is said as plainly as what speaks for it.
"""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from .facts import Candidate, CaseFacts, Reason
from .pool import refusal
from .worktime import WorkClock, is_away

# Centred cosine from which on a past question is called similar.
NEAR = 0.3
RECENT_DAYS = 30


def reasons(case: CaseFacts, candidate: Candidate, clock: WorkClock) -> tuple[Reason, ...]:
    """The reasons for (and against) asking `candidate`, strongest kind first."""
    found: list[Reason] = []
    found += _answers(candidate, clock.now)
    found += _pages(candidate)
    found += [
        Reason(kind="skill", params={"topic": skill.label or skill.topic, "level": skill.level})
        for skill in sorted(candidate.skills, key=lambda skill: (-skill.level, skill.topic))
        if skill.topic in case.topics
    ][:1]
    if case.department and candidate.department == case.department:
        found.append(Reason(kind="department"))
    if case.language and case.language in candidate.languages:
        found.append(Reason(kind="language", params={"language": case.language}))
    if candidate.responses.asked >= 3:
        found.append(
            Reason(
                kind="responses",
                params={
                    "accepted": candidate.responses.accepted,
                    "asked": candidate.responses.asked,
                },
            )
        )
    found.append(_availability(case, candidate, clock))
    return tuple(found)


def _answers(candidate: Candidate, now: datetime) -> list[Reason]:
    near = [answer for answer in candidate.past if answer.similarity >= NEAR]
    if near:
        accepted = sum(answer.accepted for answer in near)
        last = max(answer.at for answer in near)
        params = {"count": len(near), "accepted": accepted, "last": last}
        return [Reason(kind="similar_answers", params=params)]
    recent = [answer for answer in candidate.past if (now - answer.at).days < RECENT_DAYS]
    if recent:
        return [Reason(kind="recent_answers", params={"count": len(recent)})]
    if candidate.past:
        last = max(answer.at for answer in candidate.past)
        return [Reason(kind="past_answers", params={"count": len(candidate.past), "last": last})]
    return []


def _pages(candidate: Candidate) -> list[Reason]:
    near = [page for page in candidate.pages if page.similarity >= NEAR]
    if not near:
        return []
    best = max(near, key=lambda page: (page.similarity, page.title))
    kind = "verified_page" if best.verified else "owned_page"
    return [Reason(kind=kind, params={"title": best.title, "count": len(near)})]


def _availability(case: CaseFacts, candidate: Candidate, clock: WorkClock) -> Reason:
    now = clock.now
    refused = refusal(candidate, case, now)
    if refused == "away":
        absence = is_away(now, candidate.away, candidate.timezone)
        until: date | None = absence.ends_on if absence else None
        return Reason(kind="away", params={"until": until})
    if refused == "at_cap":
        return Reason(kind="at_cap", params={"load": candidate.load, "cap": candidate.cap})
    if refused == "asker":
        return Reason(kind="asker")
    begins = clock.next_moment(candidate.hours, candidate.away, candidate.timezone)
    if begins == now:
        kind = "busy_now" if candidate.load else "free_now"
        return Reason(kind=kind, params={"load": candidate.load} if candidate.load else {})
    if begins is None:
        return Reason(kind="no_hours")
    return Reason(kind="back_at", params={"at": begins.astimezone(ZoneInfo(candidate.timezone))})
