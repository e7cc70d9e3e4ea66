"""Search results as customers read them: one row for each translation family, honest words.

Guarantee: only hits that search gave this viewer are shown, each with a page that asks again.
"""

from typing import Any

from django.utils.translation import gettext as _

from kiplatform.accounts.models import User
from manager_knowledge.choices import KnowledgeType
from portal.shared.addresses import address_of
from portal.shared.hits import as_prose, one_per_family
from search.results import Hit, Results

# Lists cut to two lines by their width; this keeps a whole essay out of a title.
LONGEST_TITLE = 160


def present(viewer: User, results: Results) -> list[dict[str, Any]]:
    """Return the hits that may answer, as components/suggestions.html and lists show them."""
    hits = [hit for hit in results.hits if hit.verdict != "nothing"]
    return [view(viewer, hit) for hit in one_per_family(hits)]


def view(viewer: User, hit: Hit) -> dict[str, Any]:
    """Return one hit as lists show it."""
    passage, marks = as_prose(hit.passage, hit.marks)
    return {
        "kind": hit.kind,
        "key": hit.key,
        "title": shortened(hit.title or hit.passage),
        "language": hit.language,
        "url": address_of(viewer, hit.kind, hit.key),
        "passage": passage,
        "marks": marks,
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
    """Return the text in one line of at most 160 characters."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1] + "…"
