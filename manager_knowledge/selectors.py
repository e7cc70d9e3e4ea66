"""Reads of the knowledge base, the viewer first; what a viewer may not see is not there."""

import dataclasses
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.fields.json import KT
from django.utils import timezone
from django.utils.translation import get_language
from wagtail.models import Revision

from kiplatform.accounts.access import Viewer
from kiplatform.accounts.models import User
from kiplatform.core import clock
from kiplatform.core.choices import Language
from kiplatform.core.errors import NotFound
from manager_knowledge.choices import Significance
from manager_knowledge.models import KnowledgePage, KnowledgeVote
from manager_knowledge.models.querysets import KnowledgePageQuerySet
from manager_knowledge.policies import can_edit_everything, can_see_history

# What somebody reads when there is no page in their own language, best first.
NEXT_BEST = {
    Language.ZH_HANS: (Language.ZH_HANS, Language.ZH_HANT, Language.EN),
    Language.ZH_HANT: (Language.ZH_HANT, Language.ZH_HANS, Language.EN),
    Language.EN: (Language.EN, Language.ZH_HANS, Language.ZH_HANT),
}
DUE_WITHIN = timedelta(days=30)


def languages_of(viewer: Viewer) -> tuple[str, ...]:
    """Return the languages in which `viewer` likes to read, best first."""
    preferred = viewer.language if isinstance(viewer, User) else get_language()
    known = Language(preferred) if preferred in Language.values else Language.ZH_HANS
    return tuple(language.value for language in NEXT_BEST[known])


def page_for(viewer: Viewer, public_id: str) -> Any:
    """Return the page in its own type, with state, votes and staleness known.

    :raises NotFound: there is no such page, or it is not meant for `viewer`.
    """
    page = KnowledgePage.objects.visible_to(viewer).for_list().filter(public_id=public_id).first()
    if page is None:
        raise NotFound()
    specific = page.specific
    specific.locale, specific.owner = page.locale, page.owner
    specific.verifier, specific.department = page.verifier, page.department
    for name in ("under_review", "is_stale", "helpful_votes", "unhelpful_votes"):
        setattr(specific, name, getattr(page, name))
    return specific


def pages_visible_to(
    viewer: Viewer,
    *,
    type: str | None = None,
    product: str | None = None,
    language: str | None = None,
    state: str | None = None,
    verified: bool | None = None,
    one_per_family: bool = False,
) -> KnowledgePageQuerySet:
    """Return the pages that `viewer` may see, the latest change first.

    A page has its title, summary, common fields, state, votes and staleness, at no further query.

    :param verified: only pages that somebody vouches for today (True), or that nobody does.
    :param one_per_family: of the translations of one page only that in the viewer's language, or
        the next best that passes the filters.
    """
    pages = KnowledgePage.objects.visible_to(viewer)
    if type:
        pages = pages.of_types([type])
    if product:
        pages = pages.filter(product_code=product)
    if language:
        pages = pages.filter(locale__language_code=language)
    if state:
        pages = pages.in_state(state)
    if verified is not None:
        today = timezone.localdate(clock.now())
        current = pages.filter(verified_until__gte=today)
        pages = current if verified else pages.exclude(verified_until__gte=today)
    if one_per_family:
        pages = pages.one_per_family(languages_of(viewer))
    return pages.for_list().order_by(F("latest_revision_created_at").desc(nulls_last=True), "-pk")


def translations_of(viewer: Viewer, page: KnowledgePage) -> KnowledgePageQuerySet:
    """Return the page's other languages that `viewer` may see, by language."""
    family = KnowledgePage.objects.visible_to(viewer).filter(translation_key=page.translation_key)
    return family.exclude(pk=page.pk).for_list().order_by("locale__language_code")


def in_language_of(viewer: Viewer, page: KnowledgePage) -> KnowledgePage:
    """Return the page of the same family that `viewer` reads best: `page` itself if none is better.

    Only live translations are offered.
    """
    family = KnowledgePage.objects.visible_to(viewer).filter(
        translation_key=page.translation_key, live=True
    )
    best = family.one_per_family(languages_of(viewer)).select_related("locale").first()
    return page if best is None else best


@dataclasses.dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One revision of a page, and what it meant."""

    revision_id: int
    at: datetime
    by: str
    significance: Significance
    note: str
    live: bool


def history_of(viewer: Viewer, page: KnowledgePage) -> list[HistoryEntry]:
    """Return the revisions of `page`, the latest first.

    :raises NotFound: `viewer` is not staff or does not see the page.
    """
    if not can_see_history(viewer, page):
        raise NotFound()
    revisions: QuerySet[Any] = Revision.page_revisions.filter(object_id=str(page.pk))
    rows = (
        revisions.annotate(
            significance=KT("content__change_significance"), note=KT("content__change_note")
        )
        .order_by("-created_at", "-pk")
        .values("pk", "created_at", "user__name", "significance", "note")
    )
    return [
        HistoryEntry(
            revision_id=row["pk"],
            at=row["created_at"],
            by=row["user__name"] or "",
            significance=Significance(row["significance"] or Significance.MINOR),
            note=row["note"] or "",
            live=row["pk"] == page.live_revision_id,
        )
        for row in rows
    ]


def review_queue(viewer: Viewer) -> KnowledgePageQuerySet:
    """Return the pages that wait for the reviewer `viewer`, the longest waiting first.

    Live pages with a new revision under review are among them. Nobody but editors reviews.
    """
    if not can_edit_everything(viewer):
        return KnowledgePage.objects.none()
    waiting = KnowledgePage.objects.with_review().filter(under_review=True)
    return waiting.for_list().order_by("latest_revision_created_at", "pk")


def due_for_verification(
    viewer: Viewer, *, within: timedelta = DUE_WITHIN
) -> KnowledgePageQuerySet:
    """Return live pages that nobody vouches for any more, or soon, the oldest promise first.

    Editors see all of them, another staff member those that they own or shall verify.

    :param within: how far ahead of the last verified day a page counts as due.
    """
    soon: date = timezone.localdate(clock.now()) + within
    due = KnowledgePage.objects.visible_to(viewer).filter(live=True)
    due = due.exclude(verified_until__gt=soon)
    if not can_edit_everything(viewer):
        if not isinstance(viewer, User) or not viewer.is_staff_member:
            return KnowledgePage.objects.none()
        due = due.filter(owner=viewer) | due.filter(verifier=viewer)
    return due.for_list().order_by(F("verified_until").asc(nulls_first=True), "pk")


def stale_translations(viewer: Viewer) -> KnowledgePageQuerySet:
    """Return the translations that `viewer` may see and whose source has moved on."""
    return KnowledgePage.objects.visible_to(viewer).stale_translations().for_list()


def own_vote(viewer: Viewer, page: KnowledgePage) -> bool | None:
    """Return whether `page` helped `viewer`, None where they have not said."""
    if not isinstance(viewer, User):
        return None
    vote = KnowledgeVote.objects.filter(page=page.pk, user=viewer).first()
    return vote.helpful if vote else None
