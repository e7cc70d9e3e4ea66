"""The ground: languages, roots, review and groups; and who gets into the Wagtail admin."""

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client
from wagtail.models import Locale, Page, Site, Workflow, WorkflowPage

from kiplatform.accounts.models import User
from manager_knowledge import services
from manager_knowledge.models import KnowledgeIndex
from manager_knowledge.policies import can_edit, can_edit_everything, can_publish
from tests.factories.knowledge import KnowledgePageFactory


def ground() -> dict[str, object]:
    return {
        "locales": sorted(Locale.objects.values_list("language_code", flat=True)),
        "roots": sorted(KnowledgeIndex.objects.values_list("url_path", flat=True)),
        "families": KnowledgeIndex.objects.values("translation_key").distinct().count(),
        "pages": Page.objects.filter(depth=2).count(),
        "sites": list(Site.objects.values_list("root_page__slug", "is_default_site")),
        "workflows": list(
            WorkflowPage.objects.filter(page__in=KnowledgeIndex.objects.all()).values_list(
                "workflow__name", flat=True
            )
        ),
        "groups": sorted(Group.objects.values_list("name", flat=True)),
    }


EXPECTED = {
    "locales": ["en", "zh-hans", "zh-hant"],
    "roots": ["/knowledge-en/", "/knowledge-zh-hans/", "/knowledge-zh-hant/"],
    "families": 1,
    "pages": 3,
    "sites": [("knowledge-zh-hans", True)],
    "workflows": ["Editorial review"] * 3,
    "groups": ["Administrators", "Knowledge editors"],
}


@pytest.mark.django_db
def test_migrating_makes_the_ground() -> None:
    assert ground() == EXPECTED


@pytest.mark.django_db
def test_ensuring_again_changes_nothing() -> None:
    before, workflows = ground(), Workflow.objects.count()
    services.knowledge_base_ensure()
    services.knowledge_base_ensure()
    assert ground() == before
    assert Workflow.objects.count() == workflows


@pytest.mark.django_db
def test_ensuring_mends_what_is_missing() -> None:
    Group.objects.all().delete()
    WorkflowPage.objects.all().delete()
    KnowledgeIndex.objects.get(locale__language_code="zh-hant").delete()
    User.objects.bulk_create(
        [User(email="bulk@bank.example", name="bulk", kind="staff", is_knowledge_editor=True)]
    )
    services.knowledge_base_ensure()
    assert ground()["roots"] == EXPECTED["roots"]
    assert ground()["groups"] == EXPECTED["groups"]
    assert User.objects.get().has_perm("wagtailadmin.access_admin")


@pytest.mark.django_db(transaction=True)
def test_flushed_database_has_its_ground_again() -> None:
    call_command("flush", interactive=False, verbosity=0)
    assert ground() == EXPECTED
    page = KnowledgePageFactory()
    assert page.live


@pytest.mark.django_db
def test_wagtail_admin_is_for_those_who_see_everything(people: dict[str, User]) -> None:
    for who, person in people.items():
        person = User.objects.get(pk=person.pk)
        allowed = person.is_active and can_edit_everything(person)
        assert person.has_perm("wagtailadmin.access_admin") == allowed, who
        client = Client()
        client.force_login(person)
        assert (client.get("/cms/").status_code == 200) == allowed, who


@pytest.mark.django_db
def test_wagtail_and_our_policies_agree(people: dict[str, User]) -> None:
    page = KnowledgePageFactory()
    for who in ("manager", "fx colleague", "product team", "contact", "editor", "administrator"):
        person = User.objects.get(pk=people[who].pk)
        wagtail = page.permissions_for_user(person)
        assert wagtail.can_publish() == can_publish(person, page), who
        assert wagtail.can_edit() == can_edit(person, page), who


@pytest.mark.django_db
def test_role_taken_away_closes_the_admin(people: dict[str, User]) -> None:
    editor = people["editor"]
    editor.is_knowledge_editor = False
    editor.save()
    assert not User.objects.get(pk=editor.pk).has_perm("wagtailadmin.access_admin")
    editor.is_administrator = True
    editor.save(update_fields=["is_administrator"])
    assert list(editor.groups.values_list("name", flat=True)) == ["Administrators"]
    editor.is_active = False
    editor.save()
    assert not editor.groups.exists()
