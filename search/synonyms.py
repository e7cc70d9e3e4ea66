"""The synonyms that editors keep, compiled for queries.

Guarantee: a change counts at the next search; compiling happens once per change.
"""

from functools import lru_cache

from search.analysis.synonyms import Synonyms
from search.models import SynonymSet


def synonyms_for(language: str, using: str = "default") -> Synonyms:
    """What a query of `language` ("zh", "en", "other") is widened by; "other" by nothing."""
    rows = SynonymSet.objects.using(using).filter(language=language).order_by("id")
    return _compiled(tuple(rows.values_list("words", flat=True)))


@lru_cache(maxsize=8)
def _compiled(sets: tuple[str, ...]) -> Synonyms:
    mapping: dict[str, list[str]] = {}
    for words in sets:
        phrases = [phrase for line in words.split("\n") if (phrase := line.strip())]
        for phrase in phrases:
            mapping.setdefault(phrase, []).extend(p for p in phrases if p != phrase)
    return Synonyms(mapping)
