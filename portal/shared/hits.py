"""What every room does with search results before it shows them."""

import re
from collections.abc import Sequence

from django.utils.translation import get_language

from manager_knowledge.models import KnowledgePage
from search.results import Hit

# Where a line begins, with its signs of Markdown, and the signs around words.
_SIGNS = r"(?:(?:#{1,6}|[-*]|>)[ \t]+)*"
_MARKUP = re.compile(rf"\s*\n\s*{_SIGNS}|\A\s*{_SIGNS}|\*\*|`")
_BETWEEN_LINES = " · "
_ENDS_WITH_A_PAUSE = re.compile(r"[.。!！?？…:：;；,，、]['\"’”)）」』]*\Z")


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


def as_prose(text: str, marks: Sequence[tuple[int, int]] = ()) -> tuple[str, list[tuple[int, int]]]:
    """Return a passage as one line to read, and its marks there.

    Signs that only mean something to an editor are gone; headings and points of a list, which end
    without a pause, are kept apart by one. marks: spans of `text`, outside of its signs.
    """
    text = text.rstrip()
    line, at, growth = "", 0, [(0, 0)]
    for sign in _MARKUP.finditer(text):
        line += text[at : sign.start()]
        if "\n" in sign.group() and line:
            line += " " if _ENDS_WITH_A_PAUSE.search(line) else _BETWEEN_LINES
        at = sign.end()
        growth.append((at, len(line) - at))
    line += text[at:]

    def moved(place: int) -> int:
        return place + next(by for end, by in reversed(growth) if end <= place)

    return line, [(moved(start), moved(end)) for start, end in marks]
