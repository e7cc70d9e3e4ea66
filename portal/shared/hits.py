"""What every room does with search results before it shows them."""

import re
from collections.abc import Sequence
from itertools import accumulate

from django.utils.translation import get_language

from manager_knowledge.models import KnowledgePage
from search.results import Hit

# Signs of Markdown at the beginning of a line, or around words.
MARKUP = re.compile(r"(?:(?<=\s)|^)(?:#{1,6}|[-*]|>) |\*\*|`")


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
