"""Search results as customers read them: one row for each translation family, honest words.

Guarantee: only hits that search gave this viewer are shown, each with a page that asks again.
"""

import re
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kiplatform.accounts.models import User
from manager_knowledge.choices import KnowledgeType
from manager_knowledge.models import KnowledgePage
from portal.shared.addresses import address_of
from search.results import Hit, Results

LONGEST_TITLE = 90
# Signs of Markdown at the beginning of a line, or around words.
MARKUP = re.compile(r"(?:(?<=\s)|^)(?:#{1,6}|[-*]|>) |\*\*|`")


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
    passage, marks = without_markup(hit.passage, hit.marks)
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


def without_markup(
    text: str, marks: Sequence[tuple[int, int]]
) -> tuple[str, list[tuple[int, int]]]:
    """Return a passage without the signs that only mean something to an editor, and its marks."""
    kept, places, at = [], [0] * (len(text) + 1), 0
    for sign in MARKUP.finditer(text):
        kept.append(text[at : sign.start()])
        at = sign.end()
        for place in range(sign.start() + 1, at + 1):
            places[place] += 1
    kept.append(text[at:])
    gone = list(accumulate(places))
    return "".join(kept), [(start - gone[start], end - gone[end]) for start, end in marks]


def _kind_label(hit: Hit) -> str:
    if hit.kind == "answer":
        return _("An answer that you had before")
    kind = hit.facets.get("type", "")
    return str(KnowledgeType(kind).label) if kind in KnowledgeType.values else _("Knowledge")


def shortened(text: str) -> str:
    """Return the text in one line of at most 90 characters."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1] + "…"
