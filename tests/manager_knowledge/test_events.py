"""Each fact is announced once, whoever writes: a service, the Wagtail admin, or its scheduler."""

import datetime
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.actions.publish_page_revision import PublishPageRevisionAction
from wagtail.models import Page

from kiplatform.accounts.models import Department, User
from kiplatform.core.errors import InvalidInput
from kiplatform.core.trace import trace
from kiplatform.events.models import OutboxEvent
from manager_knowledge import services
from manager_knowledge.choices import State
from manager_knowledge.models import KnowledgeIndex, KnowledgePage
from tests.factories.knowledge import KnowledgePageFactory

pytestmark = pytest.mark.django_db


def names(page: KnowledgePage) -> list[str]:
    events = OutboxEvent.objects.filter(subject=f"knowledge:{page.public_id}")
    return [name.removeprefix("knowledge.") for name in events.values_list("name", flat=True)]


def last(name: str) -> OutboxEvent:
    event = OutboxEvent.objects.filter(name=f"knowledge.{name}").last()
    assert event is not None
    return event


@pytest.fixture
def cms(people: dict[str, User]) -> Client:
    """The browser of an editor in the Wagtail admin."""
    client = Client()
    client.force_login(people["editor"])
    return client


def form(**changes: Any) -> dict[str, Any]:
    """What the editor's form of a service page sends."""
    return {
        "title": "Branch hours",
        "summary": "Monday to Friday, 9:00 to 17:00.",
        "body": "Closed on public holidays.",
        "audience": "public",
        "change_significance": "significant",
        "comments-TOTAL_FORMS": 0,
        "comments-INITIAL_FORMS": 0,
        "steps-TOTAL_FORMS": 0,
        "steps-INITIAL_FORMS": 0,
    } | changes


def add_url() -> str:
    index = KnowledgeIndex.objects.get(locale__language_code="en")
    return reverse(
        "wagtailadmin_pages:add", args=["manager_knowledge", "serviceknowledge", index.pk]
    )


def edit_url(page: KnowledgePage) -> str:
    return reverse("wagtailadmin_pages:edit", args=[page.pk])


def test_services_announce_once(people: dict[str, User]) -> None:
    manager, editor = people["manager"], people["editor"]
    page = KnowledgePageFactory(state=State.DRAFT, owner=manager)
    services.knowledge_submit(actor=manager, page=page)
    services.knowledge_return(actor=editor, page=page, comment="Which rate?")
    services.knowledge_submit(actor=manager, page=page)
    services.knowledge_publish(actor=editor, page=page)
    services.knowledge_publish(actor=editor, page=page)
    services.knowledge_archive(actor=editor, page=page)
    services.knowledge_archive(actor=editor, page=page)
    assert names(page) == [
        "drafted",
        "submitted",
        "returned",
        "submitted",
        "published",
        "unpublished",
    ]


def test_event_names_actor_subject_and_trace(people: dict[str, User]) -> None:
    page = KnowledgePageFactory(state=State.DRAFT, type="service", source_case="c" * 16)
    with trace("a" * 32):
        services.knowledge_publish(actor=people["editor"], page=page)
    event = last("published")
    assert (event.actor, event.trace_id) == (people["editor"], "a" * 32)
    assert event.payload == {
        "page": page.public_id,
        "type": "service",
        "language": "en",
        "audience": "staff",
        "significance": "significant",
        "first": True,
        "source_case": "c" * 16,
        "source_question": "",
    }


def test_version_rises_with_every_event(people: dict[str, User]) -> None:
    page = KnowledgePageFactory()
    versions = [KnowledgePage.objects.get().version]
    services.knowledge_verify(actor=people["editor"], page=page, until=timezone.localdate())
    versions.append(KnowledgePage.objects.get().version)
    services.knowledge_draft_update(actor=people["editor"], page=page, title="New")
    services.knowledge_publish(actor=people["editor"], page=page)
    versions.append(KnowledgePage.objects.get().version)
    assert versions == sorted(set(versions))
    assert versions[-1] == OutboxEvent.objects.latest("pk").pk


def test_access_change_of_a_live_page(people: dict[str, User], credit: Department) -> None:
    page = KnowledgePageFactory(audience="public")
    services.knowledge_draft_update(
        actor=people["editor"], page=page, audience="department", department=credit
    )
    assert "access_changed" not in names(page)
    services.knowledge_publish(actor=people["editor"], page=page)
    event = last("access_changed")
    assert event.payload == {
        "page": page.public_id,
        "audience_before": "public",
        "audience": "department",
        "department": credit.public_id,
    }


def test_nothing_is_announced_of_what_was_rolled_back(people: dict[str, User]) -> None:
    page = KnowledgePageFactory(state=State.DRAFT)
    before = OutboxEvent.objects.count()
    KnowledgePage.objects.update(summary="")
    page.latest_revision.content["summary"] = ""
    page.latest_revision.save()
    with pytest.raises(InvalidInput):
        services.knowledge_publish(actor=people["editor"], page=page)
    assert OutboxEvent.objects.count() == before
    assert not KnowledgePage.objects.get().live


def test_admin_saves_a_draft(cms: Client, people: dict[str, User]) -> None:
    assert cms.post(add_url(), form()).status_code == 302
    page = KnowledgePage.objects.get()
    assert (page.state, page.language, page.owner) == (State.DRAFT, "en", people["editor"])
    assert names(page) == ["drafted"]
    assert last("drafted").actor == people["editor"]


def test_admin_publishes_edits_and_unpublishes(cms: Client) -> None:
    cms.post(add_url(), form(**{"action-publish": "1"}))
    page = KnowledgePage.objects.get()
    assert page.state == State.LIVE
    assert names(page) == ["drafted", "published"]

    cms.post(edit_url(page), form(title="Opening hours"))
    assert names(page) == ["drafted", "published"]
    assert KnowledgePage.objects.get().title == "Branch hours"

    cms.post(edit_url(page), form(title="Opening hours", **{"action-publish": "1"}))
    assert names(page) == ["drafted", "published", "published"]

    cms.post(reverse("wagtailadmin_pages:unpublish", args=[page.pk]))
    assert names(page)[-1] == "unpublished"
    assert KnowledgePage.objects.get().state == State.ARCHIVED


def test_admin_submits_and_approves(cms: Client, people: dict[str, User]) -> None:
    cms.post(add_url(), form(**{"action-submit": "1"}))
    page = KnowledgePage.objects.get()
    assert (page.state, names(page)) == (State.IN_REVIEW, ["drafted", "submitted"])

    task = page.current_workflow_task_state
    url = reverse("wagtailadmin_pages:workflow_action", args=[page.pk, "approve", task.pk])
    assert cms.post(url, {"comment": ""}).status_code in (200, 302)
    assert KnowledgePage.objects.get().state == State.LIVE
    assert names(page) == ["drafted", "submitted", "published"]


def test_admin_refuses_a_department_page_without_department(cms: Client) -> None:
    answer = cms.post(add_url(), form(audience="department", **{"action-publish": "1"}))
    assert answer.status_code == 200
    assert not KnowledgePage.objects.exists()


def test_admin_deletes_once(cms: Client) -> None:
    page = KnowledgePageFactory(type="business", steps=[{"who": "Bank", "what": "Acts"}])
    cms.post(reverse("wagtailadmin_pages:delete", args=[page.pk]))
    assert not KnowledgePage.objects.exists()
    assert names(page)[-1:] == ["deleted"]
    assert names(page).count("deleted") == 1


def test_deletion_from_above_is_announced(people: dict[str, User]) -> None:
    pages = [KnowledgePageFactory(), KnowledgePageFactory(type="service")]
    Page.objects.filter(pk__in=[page.pk for page in pages]).delete()
    for page in pages:
        assert names(page).count("deleted") == 1


def test_scheduler_announces(people: dict[str, User]) -> None:
    page = KnowledgePageFactory(state=State.DRAFT)
    page.go_live_at = timezone.now() + datetime.timedelta(hours=1)
    revision = page.save_revision(user=people["editor"])
    PublishPageRevisionAction(revision, user=people["editor"]).execute()
    assert names(page) == ["drafted"]

    # An hour later, as the scheduler finds it.
    revision.refresh_from_db()
    past = timezone.now() - datetime.timedelta(minutes=1)
    revision.content["go_live_at"] = past.isoformat()
    revision.approved_go_live_at = past
    revision.save()
    call_command("publish_scheduled")
    assert names(page) == ["drafted", "published"]
    assert last("published").actor is None


def test_copy_is_a_page_of_its_own(people: dict[str, User]) -> None:
    page = KnowledgePageFactory(source_case="c" * 16)
    KnowledgePage.objects.update(cited_count=5)
    copy = KnowledgePage.objects.get().specific.copy(
        update_attrs={"slug": "copy"}, keep_live=False, user=people["editor"]
    )
    stored = KnowledgePage.objects.get(pk=copy.pk)
    assert stored.public_id != page.public_id
    assert (stored.state, stored.cited_count, stored.source_case) == (State.DRAFT, 0, "")
    assert names(stored) == ["drafted"]


def test_alias_is_announced_with_its_original(people: dict[str, User]) -> None:
    page = KnowledgePageFactory()
    alias = KnowledgePage.objects.get().specific.create_alias(
        update_slug="alias", user=people["editor"]
    )
    alias = KnowledgePage.objects.get(pk=alias.pk)
    assert alias.public_id != page.public_id
    assert (alias.state, names(alias)) == (State.LIVE, ["drafted", "published"])

    services.knowledge_draft_update(actor=people["editor"], page=page, title="New")
    services.knowledge_publish(actor=people["editor"], page=page)
    alias = KnowledgePage.objects.get(pk=alias.pk)
    assert (alias.title, names(alias)[-1]) == ("New", "published")

    services.knowledge_archive(actor=people["editor"], page=page)
    assert names(alias)[-1] == "unpublished"


def test_expired_page_is_announced_and_archived(people: dict[str, User]) -> None:
    page = KnowledgePageFactory()
    KnowledgePage.objects.update(expire_at=timezone.now() - datetime.timedelta(minutes=1))
    call_command("publish_scheduled")
    assert names(page) == ["drafted", "published", "unpublished"]
    stored = KnowledgePage.objects.get()
    assert stored.state == State.ARCHIVED
    assert stored.version == last("unpublished").pk


def test_unpublishing_the_root_announces_its_pages(cms: Client) -> None:
    page, other = KnowledgePageFactory(), KnowledgePageFactory(language="zh-hans")
    index = KnowledgeIndex.objects.get(locale__language_code="en")
    url = reverse("wagtailadmin_pages:unpublish", args=[index.pk])
    cms.post(url, {"include_descendants": "on"})
    assert names(page)[-1] == "unpublished"
    assert names(other)[-1] == "published"


def test_bulk_unpublishing_announces_each_page(cms: Client) -> None:
    pages = [KnowledgePageFactory(), KnowledgePageFactory(type="service")]
    url = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "unpublish"])
    ids = "&".join(f"id={page.pk}" for page in pages)
    cms.post(f"{url}?{ids}")
    for page in pages:
        assert names(page)[-1] == "unpublished"
        assert KnowledgePage.objects.get(pk=page.pk).state == State.ARCHIVED
