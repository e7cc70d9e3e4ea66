"""Who is told what of knowledge: reviewers, owners and verifiers, through the platform's inbox.

Guarantee: Wagtail's own mail about reviews is never sent. It would reach people outside of their
preferences and lead sales managers to an admin that they may not enter.
"""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail.models import TaskState, WorkflowState
from wagtail.signals import (
    task_submitted,
    workflow_approved,
    workflow_rejected,
    workflow_submitted,
)

from kiplatform.accounts.models import User
from kiplatform.accounts.roles import Role
from kiplatform.events.registry import RecordedEvent, handler
from kiplatform.notifications.registry import (
    NotificationType,
    register_subject,
    register_type,
)
from kiplatform.notifications.services import notify_all
from manager_knowledge.events import KIND
from manager_knowledge.models import KnowledgePage

REVIEW_WANTED = register_type(
    NotificationType(
        key="knowledge.review_wanted",
        label=_("A knowledge page waits for review"),
        title=_("“%(title)s” waits for your review"),
        audience="staff",
    )
)
RETURNED = register_type(
    NotificationType(
        key="knowledge.returned",
        label=_("A reviewer asks for changes to your knowledge page"),
        title=_("The reviewer asks for changes to “%(title)s”"),
        audience="staff",
    )
)
PUBLISHED = register_type(
    NotificationType(
        key="knowledge.published",
        label=_("Your knowledge page is live"),
        title=_("“%(title)s” is live"),
        body=_("Colleagues and customers can find it from now on."),
        audience="staff",
        email="off",
    )
)
LAPSED = register_type(
    NotificationType(
        key="knowledge.verification_lapsed",
        label=_("A page that you vouched for is due"),
        title=_("“%(title)s” needs to be verified again"),
        body=_("Until somebody does, readers see it as not verified."),
        audience="staff",
    )
)


register_subject(KIND, KnowledgePage.objects.visible_to)


@handler(name="manager_knowledge.notify_reviewers", events=("knowledge.submitted",))
def tell_reviewers(event: RecordedEvent) -> None:
    """Tell the editors that a page waits, but not the one who sent it."""
    _tell(event, REVIEW_WANTED, User.objects.with_role(Role.KNOWLEDGE_EDITOR))


@handler(
    name="manager_knowledge.notify_owner", events=("knowledge.returned", "knowledge.published")
)
def tell_owner(event: RecordedEvent) -> None:
    """Tell the owner what a reviewer decided, unless they decided it themselves."""
    returned = event.name == "knowledge.returned"
    if returned or event.payload["first"]:
        owners = User.objects.filter(owned_pages__knowledgepage__public_id=event.payload["page"])
        _tell(event, RETURNED if returned else PUBLISHED, owners)


@handler(name="manager_knowledge.notify_verifier", events=("knowledge.verification_lapsed",))
def tell_verifier(event: RecordedEvent) -> None:
    """Tell the verifier, or the owner where there is none, that nobody vouches for the page."""
    page = KnowledgePage.objects.filter(public_id=event.payload["page"]).first()
    person = (page.verifier or page.owner) if page else None
    _tell(event, LAPSED, [person] if person else [])


def _tell(event: RecordedEvent, type: NotificationType, people: Iterable[User]) -> None:
    page = KnowledgePage.objects.filter(public_id=event.payload["page"]).first()
    if page is None:
        return
    notify_all(
        [person for person in people if person.pk != event.actor_id],
        type.key,
        subject=f"{KIND}:{page.public_id}",
        params={"title": page.draft_title},
        url=f"/workspace/knowledge/{page.public_id}/",
        event_id=event.event_id,
    )


def _send_nothing(**kwargs: Any) -> None:
    """Stand where Wagtail would put its own mail."""


def silence_wagtail_mail() -> None:
    """Take the places under which Wagtail connects its mail, before or after it does."""
    for signal, sender, place in (
        (task_submitted, TaskState, "group_approval_task_submitted_email_notification"),
        (workflow_submitted, WorkflowState, "workflow_state_submitted_email_notification"),
        (workflow_rejected, WorkflowState, "workflow_state_rejected_email_notification"),
        (workflow_approved, WorkflowState, "workflow_state_approved_email_notification"),
    ):
        signal.disconnect(sender=sender, dispatch_uid=place)
        signal.connect(_send_nothing, sender=sender, dispatch_uid=place, weak=False)
