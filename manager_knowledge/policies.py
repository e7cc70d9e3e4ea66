"""Who may see a page of the knowledge base, and do what with it.

`can_see` is the predicate of `KnowledgePage.objects.visible_to`; a test proves the two equal.
"""

from kiplatform.accounts.access import Viewer
from kiplatform.accounts.models import StaffProfile, User
from kiplatform.accounts.policies import has_role, is_contact, is_staff
from kiplatform.accounts.roles import Role
from manager_knowledge.choices import Audience
from manager_knowledge.models import KnowledgePage

EDITORS = (Role.KNOWLEDGE_EDITOR, Role.ADMINISTRATOR)
WRITERS = (Role.SALES_MANAGER, *EDITORS)


def can_see(viewer: Viewer, page: KnowledgePage) -> bool:
    """Tell whether `viewer` may read `page` in its present state."""
    if has_role(viewer, *EDITORS) or _owns(viewer, page):
        return True
    if not page.live:
        return False
    if page.audience == Audience.DEPARTMENT:
        return _works_in(viewer, page.department_id)
    if page.audience == Audience.STAFF:
        return is_staff(viewer)
    if page.audience == Audience.CUSTOMERS:
        return is_staff(viewer) or is_contact(viewer)
    return True


def can_edit_everything(viewer: Viewer) -> bool:
    """Tell whether `viewer` edits, reviews and publishes the whole knowledge base."""
    return has_role(viewer, *EDITORS)


def can_draft(viewer: Viewer) -> bool:
    """Tell whether `viewer` may begin a page and submit it for review."""
    return has_role(viewer, *WRITERS)


def can_edit(viewer: Viewer, page: KnowledgePage) -> bool:
    """Editors always; the owner unless the page is under review or put away."""
    if can_edit_everything(viewer):
        return True
    return _owns(viewer, page) and not page.archived_at and not page.is_under_review


def can_submit(viewer: Viewer, page: KnowledgePage) -> bool:
    """Whoever may edit the page may ask for its review."""
    return can_edit(viewer, page)


def can_publish(viewer: Viewer, page: KnowledgePage) -> bool:
    """Only editors put words before customers."""
    return can_edit_everything(viewer)


def can_archive(viewer: Viewer, page: KnowledgePage) -> bool:
    """Editors always; the owner as long as nobody has read or is reviewing the page."""
    if can_edit_everything(viewer):
        return True
    never_read = not page.live and page.first_published_at is None
    return _owns(viewer, page) and never_read and not page.is_under_review


def can_verify(viewer: Viewer, page: KnowledgePage) -> bool:
    """Editors, and the person whom an editor asked to vouch for the page."""
    asked = isinstance(viewer, User) and is_staff(viewer) and page.verifier_id == viewer.pk
    return bool(page.live) and (can_edit_everything(viewer) or (asked and can_see(viewer, page)))


def can_assign(viewer: Viewer, page: KnowledgePage) -> bool:
    """Only editors say who owns a page and who vouches for it."""
    return can_edit_everything(viewer)


def can_translate(viewer: Viewer, page: KnowledgePage) -> bool:
    """Whoever may begin pages may translate those that they see."""
    return can_draft(viewer) and can_see(viewer, page)


def can_vote(viewer: Viewer, page: KnowledgePage) -> bool:
    """Every signed-in reader of a live page, except its owner."""
    signed_in = is_staff(viewer) or is_contact(viewer)
    return signed_in and bool(page.live) and can_see(viewer, page) and not _owns(viewer, page)


def can_see_history(viewer: Viewer, page: KnowledgePage) -> bool:
    """Staff who see the page see what its revisions meant; customers see only what is live."""
    return is_staff(viewer) and can_see(viewer, page)


def _owns(viewer: Viewer, page: KnowledgePage) -> bool:
    return isinstance(viewer, User) and is_staff(viewer) and page.owner_id == viewer.pk


def _works_in(viewer: Viewer, department_id: int | None) -> bool:
    return (
        isinstance(viewer, User)
        and is_staff(viewer)
        and department_id is not None
        and StaffProfile.objects.filter(user=viewer, department=department_id).exists()
    )
