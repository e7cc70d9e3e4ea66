"""Search results as customers read them: one row for each translation family, honest words.

Guarantee: only hits that search gave this viewer are shown, each with a page that asks again.
"""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kiplatform.accounts.models import User
from manager_knowledge.choices import KnowledgeType
from manager_knowledge.models import KnowledgePage
from portal.shared.addresses import address_of
from search.results import Hit, Results

LONGEST_TITLE = 90


def present(viewer: User, results: Results) -> list[dict[str, Any]]:
    """Return the hits that may answer, as components/suggestions.html and lists show them."""
    hits = [hit for hit in results.hits if hit.verdict != "nothing"]
    return [view(viewer, hit) for hit in one_per_family(hits)]


def one_per_family(hits: Sequence[Hit]) -> list[Hit]:
    """Keep of each page's translations one: that in the reader's language, at the best place."""
    keys = [hit.key for hit in hits if hit.kind == "knowledge"]
    pages = KnowledgePage.objects.filter(public_id__in=keys)
    families = dict(pages.order_by().values_list("public_id", "translation_key"))
    chosen: dict[object, Hit] = {}
    for hit in hits:
        family = families.get(hit.key, (hit.kind, hit.key))
        kept = chosen.get(family)
        if kept is None or (kept.language != get_language() and hit.language == get_language()):
            chosen[family] = hit
    return list(chosen.values())


def view(viewer: User, hit: Hit) -> dict[str, Any]:
    """Return one hit as lists show it."""
    return {
        "kind": hit.kind,
        "key": hit.key,
        "title": shortened(hit.title or hit.passage),
        "language": hit.language,
        "url": address_of(viewer, hit.kind, hit.key),
        "passage": hit.passage,
        "marks": hit.marks,
        "verdict": hit.verdict,
        "kind_label": _kind_label(hit),
        "verified": hit.verified and hit.kind == "knowledge",
        "readable": hit.kind == "knowledge",
    }


def _kind_label(hit: Hit) -> str:
    if hit.kind == "answer":
        return _("An answer that you had before")
    kind = hit.facets.get("type", "")
    return str(KnowledgeType(kind).label) if kind in KnowledgeType.values else _("Knowledge")


def shortened(text: str) -> str:
    """Return the text in one line of at most 90 characters."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1] + "…"
