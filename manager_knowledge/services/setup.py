"""The ground that the knowledge base stands on, made and mended by one call.

Guarantee: after `knowledge_base_ensure` every language has its root, every page under a root has
the editorial review, and exactly editors and administrators may enter the Wagtail admin: whoever
enters it sees every page in every state, so nothing in it can leak.
"""

from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q
from wagtail.models import (
    Collection,
    GroupApprovalTask,
    GroupPagePermission,
    Locale,
    Page,
    Site,
    Workflow,
    WorkflowPage,
    WorkflowTask,
)

from kiplatform.accounts.models import User
from kiplatform.accounts.roles import Role
from kiplatform.core.choices import Language
from manager_knowledge.models import KnowledgeIndex

EDITORS = "Knowledge editors"
ADMINISTRATORS = "Administrators"
GROUP_OF_ROLE = {Role.KNOWLEDGE_EDITOR: EDITORS, Role.ADMINISTRATOR: ADMINISTRATORS}
WORKFLOW = "Editorial review"
TITLES = {
    Language.ZH_HANS: "内部知识库",
    Language.ZH_HANT: "內部知識庫",
    Language.EN: "Knowledge base",
}
PAGE_PERMISSIONS = ("add", "change", "publish", "lock", "unlock")
# Apps whose permissions the groups hold; their rows may not be there yet on a new database.
PERMISSION_APPS = ("wagtailcore", "wagtailadmin", "simple_translation")
EDITOR_PERMISSIONS = Q(content_type__app_label="wagtailadmin", codename="access_admin") | Q(
    content_type__app_label="simple_translation", codename="submit_translation"
)
ADMINISTRATOR_PERMISSIONS = EDITOR_PERMISSIONS | Q(
    content_type__app_label="wagtailcore",
    content_type__model__in=["locale", "site", "workflow", "task", "collection"],
)


@transaction.atomic
def knowledge_base_ensure() -> None:
    """Make what is missing: languages, roots, site, groups with their people, and the review."""
    locales = {code: Locale.objects.get_or_create(language_code=code)[0] for code in TITLES}
    root = Page.get_first_root_node() or Page.add_root(
        instance=Page(title="Root", slug="root", locale=locales[Language.ZH_HANS])
    )
    if not Collection.objects.filter(depth=1).exists():
        Collection.add_root(name="Root")
    indexes = _ensure_indexes(root, locales)
    _ensure_site(indexes[Language.ZH_HANS])
    groups = _ensure_groups(root, indexes)
    _ensure_workflow(groups, indexes)
    for user in User.objects.filter(_belongs_in_a_group()).distinct():
        staff_groups_sync(user)


def _belongs_in_a_group() -> Q:
    roles = Q(groups__name__in=GROUP_OF_ROLE.values())
    for role in GROUP_OF_ROLE:
        roles |= Q(**{role.column: True})
    return roles


def _ensure_indexes(root: Page, locales: dict[Language, Locale]) -> dict[Language, KnowledgeIndex]:
    indexes = {
        Language(index.locale.language_code): index
        for index in KnowledgeIndex.objects.select_related("locale")
    }
    family = next((index.translation_key for index in indexes.values()), None)
    for language, title in TITLES.items():
        if language in indexes:
            continue
        index = KnowledgeIndex(title=title, slug=f"knowledge-{language}", locale=locales[language])
        if family is not None:
            index.translation_key = family
        family = index.translation_key
        # Read anew: the tree counts children on the instance.
        Page.objects.get(pk=root.pk).add_child(instance=index)
        index.save_revision().publish()
        indexes[language] = index
    return indexes


def _ensure_site(front: KnowledgeIndex) -> None:
    """The site begins at the first language's root; Wagtail's welcome page goes."""
    address = urlsplit(settings.SITE_URL)
    site = Site.objects.filter(is_default_site=True).first() or Site(is_default_site=True)
    welcome = site.root_page if site.pk and site.root_page_id != front.pk else None
    site.hostname = address.hostname or "localhost"
    site.port = address.port or (443 if address.scheme == "https" else 80)
    site.site_name = settings.WAGTAIL_SITE_NAME
    site.root_page = front
    site.save()
    if welcome is not None and welcome.specific_class is Page and welcome.is_leaf():
        welcome.delete()


def _ensure_groups(root: Page, indexes: dict[Language, KnowledgeIndex]) -> dict[str, Group]:
    for label in PERMISSION_APPS:
        create_permissions(apps.get_app_config(label), verbosity=0)
    if not Group.objects.filter(name=EDITORS).exists():
        # Wagtail's own groups would let people without a role of ours into the admin.
        Group.objects.filter(name__in=["Editors", "Moderators"]).delete()
    groups = {name: Group.objects.get_or_create(name=name)[0] for name in (EDITORS, ADMINISTRATORS)}
    for name, wanted in (
        (EDITORS, EDITOR_PERMISSIONS),
        (ADMINISTRATORS, ADMINISTRATOR_PERMISSIONS),
    ):
        groups[name].permissions.add(*Permission.objects.filter(wanted))
    for index in indexes.values():
        _allow(groups[EDITORS], index, PAGE_PERMISSIONS)
    _allow(groups[ADMINISTRATORS], root, (*PAGE_PERMISSIONS, "bulk_delete"))
    return groups


def _allow(group: Group, page: Page, actions: tuple[str, ...]) -> None:
    codenames = [f"{action}_page" for action in actions]
    for permission in Permission.objects.filter(
        content_type__app_label="wagtailcore", codename__in=codenames
    ):
        GroupPagePermission.objects.get_or_create(
            group=group, page_id=page.pk, permission=permission
        )


def _ensure_workflow(groups: dict[str, Group], indexes: dict[Language, KnowledgeIndex]) -> None:
    workflow = Workflow.objects.filter(name=WORKFLOW).first()
    if workflow is None:
        workflow = Workflow.objects.create(name=WORKFLOW)
        task = GroupApprovalTask.objects.create(name=WORKFLOW)
        WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=0)
        task.groups.set(groups.values())
    for index in indexes.values():
        # An administrator may have chosen another review since.
        WorkflowPage.objects.get_or_create(page_id=index.pk, defaults={"workflow": workflow})


def staff_groups_sync(user: User) -> None:
    """Put `user` into the Wagtail groups of their roles, and into no other of these groups."""
    held = {GROUP_OF_ROLE[role] for role in user.roles & set(GROUP_OF_ROLE) if user.is_active}
    current = set(
        user.groups.filter(name__in=GROUP_OF_ROLE.values()).values_list("name", flat=True)
    )
    if held - current:
        user.groups.add(*Group.objects.filter(name__in=held - current))
    if current - held:
        user.groups.remove(*Group.objects.filter(name__in=current - held))
