"""Knowledge moves by the calendar: verifications lapse, and scheduled pages come and go."""

from datetime import timedelta

from django.core.management import call_command

from kiplatform.events.periodic import periodic
from manager_knowledge.services import verifications_lapse


@periodic(name="manager_knowledge.lapse", every=timedelta(minutes=30))
def lapse() -> None:
    """Announce the verifications whose last day is over."""
    verifications_lapse()


@periodic(name="manager_knowledge.publish_scheduled", every=timedelta(minutes=1))
def publish_scheduled() -> None:
    """Publish and expire the pages whose time has come."""
    call_command("publish_scheduled", verbosity=0)
