"""Reviewers decide here what readers get.

Guarantee: the event of a publication or an archiving is recorded where the row changes (see
handlers.py), so a page cannot come to its readers, or leave them, without the event.
"""

from typing import Any

from django.utils.translation import gettext as _
from wagtail.actions.publish_page_revision import PublishPageRevisionAction
from wagtail.actions.unpublish_page import UnpublishPageAction

from kiplatform.accounts.models import User
from kiplatform.core import clock
from kiplatform.core.errors import Conflict
from kiplatform.core.text import clean_text
from manager_knowledge.choices import Significance
from manager_knowledge.events import KnowledgeArchived
from manager_knowledge.models import KnowledgePage
from manager_knowledge.policies import can_archive, can_publish
from manager_knowledge.services import contents
from manager_knowledge.services.writing import (
    again,
    announce,
    locked,
    require,
    save_revision,
    validated,
    writing_as,
)


def knowledge_publish(
    *,
    actor: User,
    page: KnowledgePage,
    significance: str | None = None,
    note: str | None = None,
) -> KnowledgePage:
    """Put the latest revision before the readers; a review under way is thereby approved.

    :param significance: what the revision means, where the editor says otherwise than its writer.
    :raises NotAllowed: only editors publish.
    :raises InvalidInput: the draft lacks something that a live page needs.
    """
    with writing_as(actor):
        stored = locked(page, actor)
        require(can_publish(actor, stored), _("Only editors publish knowledge pages."))
        if stored.live and not stored.has_unpublished_changes:
            return again(stored)
        first_published_at = stored.first_published_at
        draft = stored.get_latest_revision_as_object()
        if significance is not None or note is not None:
            _judge(draft, significance, note)
            save_revision(draft, actor)
        validated(draft)
        task = stored.current_workflow_task_state
        if task is not None:
            task.approve(user=actor)
        fresh = again(stored)
        if not fresh.live or fresh.has_unpublished_changes:
            PublishPageRevisionAction(fresh.latest_revision, user=actor).execute(
                skip_permission_checks=True
            )
        now = clock.now()
        KnowledgePage.objects.filter(pk=stored.pk, live=True).update(
            last_published_at=now, first_published_at=first_published_at or now
        )
        return again(stored)


def _judge(draft: Any, significance: str | None, note: str | None) -> None:
    if significance is not None:
        draft.change_significance = contents.chosen(
            Significance, significance, field="change_significance"
        )
    if note is not None:
        draft.change_note = clean_text(
            note, field="change_note", max_length=300, required=False, multiline=False
        )


def knowledge_return(*, actor: User, page: KnowledgePage, comment: str) -> KnowledgePage:
    """Give a page under review back to its owner, saying what should change.

    :raises Conflict: the page is not under review.
    """
    comment = clean_text(comment, field="comment", max_length=2000)
    with writing_as(actor):
        stored = locked(page, actor)
        require(can_publish(actor, stored), _("Only editors review knowledge pages."))
        task = stored.current_workflow_task_state
        if task is None:
            raise Conflict(_("This page is not in review."), code="not_in_review")
        task.reject(user=actor, comment=comment)
        return again(stored)


def knowledge_archive(*, actor: User, page: KnowledgePage) -> KnowledgePage:
    """Take a page from its readers, or put away a draft; editors can publish it again."""
    with writing_as(actor):
        stored = locked(page, actor)
        require(can_archive(actor, stored), _("You may not archive this page."))
        review = stored.current_workflow_state
        if review is not None:
            review.cancel(user=actor)
        if stored.live:
            UnpublishPageAction(stored, user=actor).execute(skip_permission_checks=True)
        elif stored.archived_at is None:
            KnowledgePage.objects.filter(pk=stored.pk).update(archived_at=clock.now())
            announce(KnowledgeArchived(page=stored.public_id), stored)
        return again(stored)
