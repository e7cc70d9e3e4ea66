"""Cases move by themselves: a step that is silent past its due time goes on."""

from datetime import timedelta

from kiplatform.events.periodic import periodic
from qa_center.services import advance_due


@periodic(name="qa_center.advance", every=timedelta(seconds=20))
def advance_cases() -> None:
    """Pass over silent invitees, widen rings, escalate what is overdue."""
    advance_due()
