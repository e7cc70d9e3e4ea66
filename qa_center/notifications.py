"""Who hears of what happens in a research case."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import date

from django.utils.translation import gettext_lazy as _

from customer_knowledge.notifications import tell_mentioned
from kiplatform.accounts.models import User
from kiplatform.accounts.roles import Role
from kiplatform.events.registry import RecordedEvent, handler
from kiplatform.notifications.registry import NotificationType, register_subject, register_type
from kiplatform.notifications.services import notify_all
from qa_center.loop_check import Finding
from qa_center.models import Invitation, ResearchCase

EXCERPT = 80
MOST_LISTED = 10

INVITED = register_type(
    NotificationType(
        key="case.invited",
        label=_("A colleague asks for your knowledge"),
        title=_("%(manager)s asks for your knowledge"),
        body="%(excerpt)s",
        audience="staff",
        email="at_once",
    )
)
ACCEPTED = register_type(
    NotificationType(
        key="case.accepted",
        label=_("A colleague joins your case"),
        title=_("%(actor)s joined your case"),
        body="%(excerpt)s",
        audience="staff",
        email="off",
    )
)
PROPOSED = register_type(
    NotificationType(
        key="case.proposed",
        label=_("An answer is proposed in your case"),
        title=_("%(actor)s proposed an answer"),
        body="%(excerpt)s",
        audience="staff",
        email="at_once",
    )
)
RESOLVED = register_type(
    NotificationType(
        key="case.resolved",
        label=_("A case that you worked on is resolved"),
        title=_("%(actor)s accepted an answer in your case"),
        body="%(excerpt)s",
        audience="staff",
        email="digest",
    )
)
ESCALATED = register_type(
    NotificationType(
        key="case.escalated",
        label=_("An overdue case comes to you"),
        title=_("A case is overdue and now with you"),
        body="%(excerpt)s",
        audience="staff",
        email="at_once",
        urgent=True,
    )
)
CAPTURED = register_type(
    NotificationType(
        key="case.captured",
        label=_("Your help became knowledge"),
        title=_("What you helped to find out is now a knowledge draft"),
        body="%(excerpt)s",
        audience="staff",
        email="digest",
    )
)

UNATTENDED = register_type(
    NotificationType(
        key="case.unattended",
        label=_("Something is in nobody's hands"),
        title=_("In nobody's hands: %(count)s questions or cases"),
        body="%(list)s",
        audience="staff",
        email="at_once",
        urgent=True,
    )
)


register_subject("case", ResearchCase.objects.visible_to)


def _tell(event: RecordedEvent, kind: NotificationType, people: Iterable[User]) -> None:
    """Tell people of a case's event in one line, except who caused it."""
    case = (
        ResearchCase.objects.select_related("manager")
        .filter(public_id=event.payload["case"])
        .first()
    )
    if case is None:
        return
    actor = User.objects.filter(pk=event.actor_id).first()
    line = " ".join(case.text.split())
    notify_all(
        [user for user in people if user.pk != event.actor_id],
        kind.key,
        subject=f"case:{case.public_id}",
        params={
            "manager": case.manager.name,
            "actor": actor.name if actor else "",
            "excerpt": line if len(line) <= EXCERPT else line[: EXCERPT - 1] + "…",
        },
        url=f"/workspace/cases/{case.public_id}/",
        event_id=event.event_id,
    )


@handler(name="qa_center.notify_invited", events=("invitation.sent",))
def notify_invited(event: RecordedEvent) -> None:
    """Tell the colleague who is asked."""
    _tell(event, INVITED, User.objects.filter(public_id=event.payload["expert"]))


@handler(name="qa_center.notify_manager", events=("invitation.answered", "proposal.made"))
def notify_manager(event: RecordedEvent) -> None:
    """Tell the manager that somebody joined or proposed an answer; a refusal needs no reaction."""
    accepted = event.payload.get("status") == Invitation.Status.ACCEPTED
    if event.name == "invitation.answered" and not accepted:
        return
    managers = User.objects.filter(cases_managed__public_id=event.payload["case"])
    _tell(event, ACCEPTED if accepted else PROPOSED, managers)


@handler(name="qa_center.notify_helpers", events=("case.resolved", "case.captured"))
def notify_helpers(event: RecordedEvent) -> None:
    """Tell everybody who is credited what became of their help."""
    helpers = (
        User.objects.staff_members()
        .filter(credits__resolution__case__public_id=event.payload["case"])
        .distinct()
    )
    _tell(event, RESOLVED if event.name == "case.resolved" else CAPTURED, helpers)


@handler(name="qa_center.notify_escalated", events=("case.escalated",))
def notify_escalated(event: RecordedEvent) -> None:
    """Tell whoever now holds an overdue case."""
    _tell(event, ESCALATED, User.objects.filter(public_id=event.payload["to"]))


@handler(name="qa_center.notify_mentioned", events=("message.mentioned",))
def notify_mentioned(event: RecordedEvent) -> None:
    """Tell whoever a message in a case's discussion names."""
    case = ResearchCase.objects.filter(thread__public_id=event.payload["thread"]).first()
    if case is not None:
        tell_mentioned(event, lambda room: f"/{room}/cases/{case.public_id}/")


def tell_unattended(found: Sequence[Finding], night: date) -> None:
    """Tell the administrators, once for each night, what is in nobody's hands."""
    listed = [f"{finding.kind} {finding.key}" for finding in found[:MOST_LISTED]]
    if len(found) > MOST_LISTED:
        listed.append("…")
    notify_all(
        User.objects.with_role(Role.ADMINISTRATOR),
        UNATTENDED.key,
        subject="",
        params={"count": len(found), "list": ", ".join(listed)},
        url="/workspace/cases/?show=running",
        event_id=uuid.uuid5(uuid.NAMESPACE_URL, f"check_loop:{night.isoformat()}"),
    )
