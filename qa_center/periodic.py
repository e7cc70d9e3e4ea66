"""Cases move by themselves, and every night somebody looks whether all of them are in hand."""

import logging
from datetime import timedelta

from django.utils import timezone

from kiplatform.core import clock
from kiplatform.events.periodic import periodic
from qa_center.loop_check import findings
from qa_center.notifications import tell_unattended
from qa_center.services import advance_due

logger = logging.getLogger(__name__)

# Hours of the night, in the site's time zone; a worker that restarts meanwhile still comes to it.
NIGHT = range(3, 6)


@periodic(name="qa_center.advance", every=timedelta(seconds=20))
def advance_cases() -> None:
    """Pass over silent invitees, widen rings, escalate what is overdue."""
    advance_due()


@periodic(name="qa_center.check_loop", every=timedelta(hours=1))
def check_loop() -> None:
    """Look at night for what nobody takes care of, and tell the administrators once."""
    now = clock.now()
    tonight = timezone.localtime(now)
    if tonight.hour not in NIGHT:
        return
    found = findings(now)
    for finding in found:
        logger.error("%s %s: %s", finding.kind, finding.key, finding.fault)
    if found:
        tell_unattended(found, tonight.date())
