"""Who may see and do what in the research center."""

from customer_knowledge.policies import sees_customer
from kiplatform.accounts.access import Viewer
from kiplatform.accounts.policies import has_role, is_administrator, is_staff
from kiplatform.accounts.roles import Role
from qa_center.models import Invitation, Proposal, ResearchCase


def sees_case(viewer: Viewer, case: ResearchCase) -> bool:
    """Pair of `CaseQuerySet.visible_to`."""
    if is_administrator(viewer):
        return True
    if not is_staff(viewer):
        return False
    if viewer.pk in {case.manager_id, case.owner_id} or case.state in ResearchCase.SHARED_STATES:
        return True
    if case.thread.members.filter(user=viewer, left_at=None).exists():
        return True
    return case.invitations.filter(
        expert=viewer,
        status__in=Invitation.OPENS_THE_CASE,
    ).exists()


def may_open(viewer: Viewer) -> bool:
    """Sales managers bring questions to the company, and administrators in their place."""
    return has_role(viewer, Role.SALES_MANAGER, Role.ADMINISTRATOR)


def may_steer(viewer: Viewer, case: ResearchCase) -> bool:
    """The manager decides, whoever an overdue case has gone to, and administrators."""
    return is_administrator(viewer) or (
        is_staff(viewer) and viewer.pk in {case.manager_id, case.owner_id}
    )


def takes_part(viewer: Viewer, case: ResearchCase) -> bool:
    """The manager, the colleagues who accepted, and administrators work a case out."""
    return may_steer(viewer, case) or (
        is_staff(viewer) and case.thread.members.filter(user=viewer, left_at=None).exists()
    )


def sees_customer_of(viewer: Viewer, case: ResearchCase) -> bool:
    """Who manages the customer knows who asked; others in the case once it is unmasked.

    Whoever decides in the case without managing the customer (any more) is one of the others.
    """
    if case.question is None or not is_staff(viewer):
        return False
    if sees_customer(viewer, case.question.customer):
        return True
    return case.unmasked_at is not None and takes_part(viewer, case)


def may_revise(viewer: Viewer, proposal: Proposal) -> bool:
    """Only its author revises or withdraws a proposal."""
    return is_staff(viewer) and viewer.pk == proposal.author_id
