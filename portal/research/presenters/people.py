"""The colleagues of a case: who was asked and why, who takes part, who could be asked."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from customer_knowledge.models import Thread
from kiplatform.accounts.models import User
from qa_center.models import Invitation
from qa_center.reasons import worded
from qa_center.routing import RankedExpert
from qa_center.selectors import CaseView


def invitation_rows(view: CaseView) -> list[dict[str, Any]]:
    """Return what components/expert_row.html shows of everybody who was asked.

    Who does not take part learns who joined, and nothing of why others did not.
    """
    if view.takes_part:
        return [_invitation(row, _reasons(row)) for row in view.invitations]
    joined = (row for row in view.invitations if row.status == Invitation.Status.ACCEPTED)
    return [_invitation(row, []) for row in joined]


def _invitation(row: Invitation, reasons: list[str]) -> dict[str, Any]:
    return {
        "name": row.expert.name,
        "key": row.expert.public_id,
        "title": _department(row.expert),
        "reasons": reasons,
        "state": row.status,
    }


def _reasons(row: Invitation) -> list[str]:
    if row.status != Invitation.Status.DECLINED:
        return worded(row.reasons)
    reasons = [row.decline_reason]
    if row.suggested:
        reasons.append(_("suggests %(name)s") % {"name": row.suggested.name})
    return reasons


def expert_rows(ranked: Iterable[RankedExpert], limit: int = 8) -> list[dict[str, Any]]:
    """Return the colleagues who could be asked, best first, with their reasons in words."""
    able = [expert for expert in ranked if expert.eligible][:limit]
    people = {
        user.public_id: user
        for user in User.objects.filter(
            public_id__in=[expert.key for expert in able]
        ).select_related("staff_profile__department")
    }
    return [
        {
            "public_id": expert.key,
            "name": people[expert.key].name,
            "key": expert.key,
            "title": _department(people[expert.key]),
            "reasons": worded(expert.reasons),
        }
        for expert in able
    ]


def taking_part(thread: Thread) -> list[User]:
    """Return who is in the discussion now, in the order in which they joined."""
    members = thread.members.filter(left_at=None).select_related("user").order_by("pk")
    return [member.user for member in members]


def _department(user: User) -> str:
    profile = getattr(user, "staff_profile", None)
    return profile.department.name if profile and profile.department else ""
