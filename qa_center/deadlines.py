"""By when each step of a case must be done, in the manager's working time."""

from datetime import datetime

from kiplatform.accounts.models import User
from qa_center.models import ResearchCase
from qa_center.people import shifts_of
from qa_center.routing import OFFICE_HOURS, Urgency, invitation_deadline

# How many invitation times a step may take: a discussion needs longer than a reply.
ROUNDS = {
    ResearchCase.State.SEARCHING: 1,
    ResearchCase.State.ASKING: 4,
    ResearchCase.State.DISCUSSING: 3,
    ResearchCase.State.PROPOSED: 1,
    ResearchCase.State.RESOLVED: 2,
}


def step_due(state: str, urgency: str, owner: User, now: datetime) -> datetime:
    """Return when a case that enters `state` at `now` must leave it, in UTC."""
    return invitation_deadline(
        Urgency(urgency),
        shifts_of(owner) or OFFICE_HOURS,
        now,
        tz=owner.timezone,
        rounds=ROUNDS[ResearchCase.State(state)],
    )
