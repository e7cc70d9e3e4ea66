"""What the knowledge base does when its rows, its people or its citations change.

Guarantee: publication, withdrawal, access and deletion are announced where the row is written, in
the same transaction, so the Wagtail admin, its scheduler and our services all announce alike and
once.
"""

from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.db.models.signals import post_delete, post_migrate, post_save, pre_save
from django.dispatch import receiver
from wagtail.models import Page, TaskState
from wagtail.signals import copy_for_translation_done, task_submitted, workflow_rejected

from kiplatform.accounts.models import User
from kiplatform.core import clock
from kiplatform.events.registry import RecordedEvent, handler
from kiplatform.events.services import record
from manager_knowledge.events import (
    CITED,
    KIND,
    KnowledgeAccessChanged,
    KnowledgeDeleted,
    KnowledgeDrafted,
    KnowledgePublished,
    KnowledgeReturned,
    KnowledgeSubmitted,
    KnowledgeUnpublished,
)
from manager_knowledge.models import (
    BusinessKnowledge,
    KnowledgePage,
    ProductKnowledge,
    ServiceKnowledge,
)
from manager_knowledge.services.setup import knowledge_base_ensure, staff_groups_sync
from manager_knowledge.services.writing import acting_user, announce, subject_of

DECIDES_GROUPS = frozenset({"kind", "is_active", "is_knowledge_editor", "is_administrator"})


@receiver(post_save, sender=ProductKnowledge)
@receiver(post_save, sender=BusinessKnowledge)
@receiver(post_save, sender=ServiceKnowledge)
def announce_saved(sender: Any, instance: KnowledgePage, raw: bool, **kwargs: Any) -> None:
    """Announce what a save changed for readers."""
    if raw:
        return
    before = instance.publication_before
    if before is None:
        announce(_drafted(instance), instance)
    if instance.was_published:
        announce(_published(instance), instance)
    if before is None or not before.live:
        return
    if not instance.live:
        announce(KnowledgeUnpublished(page=instance.public_id), instance)
    elif (before.audience, before.department_id) != (instance.audience, instance.department_id):
        announce(
            KnowledgeAccessChanged(
                page=instance.public_id,
                audience_before=before.audience,
                audience=instance.audience,
                department=instance.department.public_id if instance.department else "",
            ),
            instance,
        )


@receiver(pre_save, sender=Page)
@receiver(pre_save, sender=KnowledgePage)
def remember_before(sender: Any, instance: Any, raw: bool, **kwargs: Any) -> None:
    """Wagtail's scheduler and its aliases save a page without its own type: look at the row."""
    instance.knowledge_before = None
    if not raw and instance.pk and issubclass(instance.specific_class or Page, KnowledgePage):
        instance.knowledge_before = KnowledgePage.objects.filter(pk=instance.pk, live=True).first()


@receiver(post_save, sender=Page)
@receiver(post_save, sender=KnowledgePage)
def archive_unpublished(sender: Any, instance: Any, raw: bool, **kwargs: Any) -> None:
    """What is taken from its readers in that way is archived and announced like any other page."""
    page = None if raw else instance.knowledge_before
    if page is not None and not instance.live:
        KnowledgePage.objects.filter(pk=page.pk).update(archived_at=clock.now())
        announce(KnowledgeUnpublished(page=page.public_id), page)


def _drafted(page: KnowledgePage) -> KnowledgeDrafted:
    return KnowledgeDrafted(
        page=page.public_id,
        type=page.type.value,
        language=page.language,
        source_case=page.source_case,
        source_question=page.source_question,
        translation_of=page.source_page.public_id if page.source_page else "",
    )


def _published(page: KnowledgePage) -> KnowledgePublished:
    before = page.publication_before
    return KnowledgePublished(
        page=page.public_id,
        type=page.type.value,
        language=page.language,
        audience=page.audience,
        significance=page.change_significance,
        first=before is None or page.first_published_at == page.last_published_at,
        source_case=page.source_case,
        source_question=page.source_question,
    )


@receiver(post_delete, sender=KnowledgePage)
def announce_deleted(sender: Any, instance: KnowledgePage, **kwargs: Any) -> None:
    """Announce a deletion once, whichever of the page's tables it began at."""
    record(
        KnowledgeDeleted(page=instance.public_id),
        actor=acting_user(),
        subject=subject_of(instance.public_id),
    )


@receiver(task_submitted)
def announce_submitted(sender: Any, instance: TaskState, **kwargs: Any) -> None:
    """Announce that a reviewer is asked for, the first time and after changes."""
    page = _page_in_review(instance.workflow_state)
    if page is not None:
        with transaction.atomic():
            announce(KnowledgeSubmitted(page=page.public_id, owner=_owner(page)), page)


@receiver(workflow_rejected)
def announce_returned(sender: Any, instance: Any, **kwargs: Any) -> None:
    """Announce that a reviewer asks for changes."""
    page = _page_in_review(instance)
    if page is not None:
        with transaction.atomic():
            announce(KnowledgeReturned(page=page.public_id, owner=_owner(page)), page)


def _page_in_review(workflow_state: Any) -> KnowledgePage | None:
    if not issubclass(workflow_state.content_type.model_class() or Page, KnowledgePage):
        return None
    pages = KnowledgePage.objects.select_related("owner")
    page: KnowledgePage | None = pages.filter(pk=int(workflow_state.object_id)).first()
    return page


def _owner(page: KnowledgePage) -> str:
    return page.owner.public_id if page.owner else ""


@receiver(copy_for_translation_done)
def remember_source(sender: Any, source_obj: Any, target_obj: Any, **kwargs: Any) -> None:
    """A translation begun in the Wagtail admin knows its source like one begun by a service."""
    if isinstance(target_obj, KnowledgePage):
        source = KnowledgePage.objects.get(pk=source_obj.pk)
        KnowledgePage.objects.filter(pk=target_obj.pk).update(
            source_page=source,
            source_revision=source.live_revision or source.latest_revision,
            source_seen_at=clock.now(),
        )


@receiver(post_save, sender=User)
def sync_groups(
    sender: Any, instance: User, raw: bool, created: bool, update_fields: Any, **kwargs: Any
) -> None:
    """Who holds a role of ours has the Wagtail permissions of that role, from that moment."""
    untouched = update_fields is not None and DECIDES_GROUPS.isdisjoint(update_fields)
    if not (raw or untouched or (created and instance.is_contact)):
        staff_groups_sync(instance)


@handler(name="manager_knowledge.citations", events=(CITED,))
def count_citation(event: RecordedEvent) -> None:
    """Count an answer that cites a page."""
    if event.payload["kind"] == KIND:
        pages = KnowledgePage.objects.filter(public_id=event.payload["key"])
        pages.update(cited_count=F("cited_count") + 1)


def ensure_after_migrate(sender: Any, **kwargs: Any) -> None:
    """Make the knowledge base's ground as soon as every table of the project is there."""
    tables = set(connection.introspection.table_names())
    if set(connection.introspection.django_table_names()) <= tables:
        knowledge_base_ensure()


def connect_migrate(config: Any) -> None:
    """Call `ensure_after_migrate` after every migrate and flush."""
    post_migrate.connect(
        ensure_after_migrate, sender=config, dispatch_uid="manager_knowledge.ensure"
    )
