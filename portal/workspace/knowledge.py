"""The knowledge base as staff browse, read and review it.

Guarantee: what may be seen and done is what manager_knowledge's selectors and policies say; a list
costs the same queries however long it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from customer_knowledge.models import Product
from customer_knowledge.selectors import products_for
from kiplatform.accounts.models import User
from kiplatform.core.choices import Language
from manager_knowledge import policies, selectors
from manager_knowledge.choices import KnowledgeType, State
from manager_knowledge.models import KnowledgePage
from manager_knowledge.rendering import render_body
from portal.workspace.listing import Chip, chips

VERIFIED = (
    ("", pgettext_lazy("verification", "All")),
    ("1", gettext_lazy("Verified")),
    ("0", gettext_lazy("Not verified")),
)


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of the list: chips for the few, choices for the many."""

    types: Sequence[Chip]
    verified: Sequence[Chip]
    states: Sequence[Chip]
    languages: Sequence[Chip]
    products: Sequence[Product]
    product: str


def filters_of(request: HttpRequest, viewer: User) -> Filters:
    """Return the filters that suit `viewer`; one query."""
    every = pgettext_lazy("knowledge", "All")
    states = [("", every), *State.choices] if policies.can_draft(viewer) else []
    return Filters(
        types=chips(request, "type", [("", every), *KnowledgeType.choices]),
        verified=chips(request, "verified", VERIFIED),
        states=chips(request, "state", states),
        languages=chips(
            request, "language", [("", gettext_lazy("My language")), *Language.choices]
        ),
        products=list(products_for(viewer)),
        product=request.GET.get("product", ""),
    )


def pages_of(request: HttpRequest, viewer: User) -> Any:
    """Return the pages that the address asks for; what it asks wrongly is not asked."""
    asked = request.GET
    language = asked.get("language", "")
    known = language in Language.values
    return selectors.pages_visible_to(
        viewer,
        type=asked["type"] if asked.get("type") in KnowledgeType.values else None,
        product=asked.get("product") or None,
        language=language if known else None,
        state=asked["state"] if asked.get("state") in State.values else None,
        verified={"1": True, "0": False}.get(asked.get("verified", "")),
        one_per_family=not known,
    )


@dataclass(frozen=True, slots=True)
class Row:
    """A page for components/list_row.html."""

    title: str
    url: str
    text: str
    icon: str
    state: str
    meta: tuple[str, ...]
    at: Any


ICONS = {
    KnowledgeType.PRODUCT: "box",
    KnowledgeType.BUSINESS: "list",
    KnowledgeType.SERVICE: "handshake",
}


def row_of(page: KnowledgePage) -> Row:
    """Return a page of a list; no query of its own."""
    words = [str(KnowledgeType(page.type).label), str(Language(page.language).label)]
    if page.is_verified:
        words.append(_("Verified"))
    if page.source_moved_on:
        words.append(_("Its source has changed"))
    if page.cited_count:
        words.append(_("Cited %(n)d times") % {"n": page.cited_count})
    return Row(
        title=page.title,
        url=reverse("workspace:knowledge_page", args=[page.public_id]),
        text=page.summary,
        icon=ICONS[page.type],
        state="in_review" if page.is_under_review else str(page.state.value),
        meta=tuple(words),
        at=page.latest_revision_created_at,
    )


@dataclass(frozen=True, slots=True)
class Reading:
    """A page as one member of staff reads it, and what they may do with it."""

    page: Any
    type_label: str
    body: str
    facts: Sequence[tuple[str, str]]
    steps: Sequence[Any]
    translations: Sequence[KnowledgePage]
    history: Sequence[selectors.HistoryEntry]
    vote: bool | None
    shows_draft: bool
    has_draft: bool
    state: str
    may: dict[str, bool]


def reading_of(viewer: User, page: Any, *, draft: bool = False) -> Reading:
    """Return `page` for its reader. draft: the latest revision, for those who work on the page."""
    works = policies.can_edit(viewer, page) or policies.can_publish(viewer, page)
    has_draft = works and page.live and page.has_unpublished_changes
    shown = page.get_latest_revision_as_object() if draft and has_draft else page
    return Reading(
        page=page,
        type_label=str(KnowledgeType(page.type).label),
        body=render_body(shown.body),
        facts=shown.type_texts(),
        steps=shown.ordered_steps(),
        translations=list(selectors.translations_of(viewer, page)),
        history=selectors.history_of(viewer, page),
        vote=selectors.own_vote(viewer, page),
        shows_draft=shown is not page,
        has_draft=has_draft,
        state="in_review" if page.is_under_review else str(page.state.value),
        may={
            "edit": policies.can_edit(viewer, page),
            "submit": policies.can_submit(viewer, page)
            and not page.is_under_review
            and (not page.live or page.has_unpublished_changes),
            "publish": policies.can_publish(viewer, page)
            and (not page.live or page.has_unpublished_changes),
            "return": policies.can_publish(viewer, page) and page.is_under_review,
            "archive": policies.can_archive(viewer, page) and not page.archived_at,
            "verify": policies.can_verify(viewer, page),
            "vote": policies.can_vote(viewer, page),
            "cms": policies.can_edit_everything(viewer),
        },
    )


def steps_as_lines(page: Any) -> str:
    """Return a page's steps as the form writes them, one a line."""
    rows = [
        " | ".join((step.who, step.what, step.documents, step.time)).rstrip(" |")
        for step in page.ordered_steps()
    ]
    return "\n".join(rows)
