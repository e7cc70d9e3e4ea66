"""Where each person can go: the entries of the two frames, by role."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customer_knowledge.selectors import questions_to_answer
from kiplatform.accounts.models import User
from kiplatform.accounts.roles import Role
from qa_center.selectors import invitations_for


@dataclass(frozen=True, slots=True)
class Entry:
    """A place in the navigation; `roles` empty means all staff.

    The start page of a room (a `url` of one part) holds itself and what `also` names; every other
    entry holds what lies under its address as well.
    """

    label: str | Promise
    url: str
    icon: str
    section: str | Promise = ""
    roles: frozenset[Role] = frozenset()
    # Other addresses whose pages belong to it.
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """An entry as a page shows it."""

    label: str | Promise
    url: str
    icon: str
    section: str | Promise
    active: bool
    count: int = 0
    hot: bool = False


PORTAL = (
    Entry(_("Home"), "/portal/", "home", also=("/portal/questions/",)),
    Entry(_("Ask"), "/portal/ask/", "question"),
    Entry(_("Knowledge"), "/portal/knowledge/", "book", also=("/portal/answers/",)),
    Entry(_("Feedback"), "/portal/feedback/", "chat"),
    Entry(_("About me"), "/portal/about-me/", "user"),
)
_ANSWERERS = frozenset({Role.SALES_MANAGER, Role.ADMINISTRATOR})
WORKSPACE = (
    Entry(
        _("Questions"),
        "/workspace/",
        "inbox",
        _("Customers"),
        _ANSWERERS,
        also=("/workspace/questions/",),
    ),
    Entry(
        _("Customers"),
        "/workspace/customers/",
        "users",
        _("Customers"),
        _ANSWERERS,
        also=("/workspace/co-creations/",),
    ),
    Entry(_("Feedback"), "/workspace/feedback/", "chat", _("Customers"), _ANSWERERS),
    Entry(_("Invitations"), "/workspace/invitations/", "users", _("Research center")),
    Entry(
        _("Cases"),
        "/workspace/cases/",
        "research",
        _("Research center"),
        also=("/workspace/evidence/", "/workspace/proposals/"),
    ),
    Entry(_("Knowledge"), "/workspace/knowledge/", "book", _("Knowledge")),
    Entry(
        _("Search"),
        "/workspace/search/",
        "search",
        _("Knowledge"),
        also=("/workspace/answers/",),
    ),
    Entry(
        _("Voices of customers"),
        "/workspace/voices/",
        "chart",
        _("Product team"),
        frozenset({Role.PRODUCT_TEAM, Role.ADMINISTRATOR}),
    ),
    Entry(
        _("Edit knowledge"),
        "/cms/",
        "edit",
        _("Editing"),
        frozenset({Role.KNOWLEDGE_EDITOR, Role.ADMINISTRATOR}),
    ),
    Entry(
        _("Administration"),
        "/admin/",
        "settings",
        _("Administration"),
        frozenset({Role.ADMINISTRATOR}),
    ),
)


def _active(entry: Entry, path: str) -> bool:
    """Tell whether the page at `path` belongs to `entry`; settings and notices belong to none."""
    is_start = entry.url.strip("/").count("/") == 0
    under = entry.also if is_start else (entry.url, *entry.also)
    return path == entry.url or path.startswith(under)


def portal_navigation(user: User, path: str) -> list[Item]:
    """Return the customer portal's entries."""
    return [Item(e.label, e.url, e.icon, e.section, _active(e, path)) for e in PORTAL]


def workspace_navigation(user: User, path: str) -> list[Item]:
    """Return the workspace's entries for this person's roles, with what waits for them."""
    roles = user.roles
    waiting = {
        "/workspace/": questions_to_answer(user).count() if roles & _ANSWERERS else 0,
        "/workspace/invitations/": invitations_for(user).count(),
    }
    return [
        Item(
            e.label,
            e.url,
            e.icon,
            e.section,
            _active(e, path),
            waiting.get(e.url, 0),
            hot=bool(waiting.get(e.url)),
        )
        for e in WORKSPACE
        if not e.roles or e.roles & roles
    ]
