"""The synonyms that editors keep, compiled for queries.

Guarantee: a change counts at the next search; compiling happens once per change.
"""

from functools import lru_cache

from django.db import connections

from search.analysis.synonyms import Synonyms

# In SQL, since every search asks it and building the query takes longer than running it.
_SETS = "SELECT words FROM search_synonymset WHERE language = %s ORDER BY id"


def synonyms_for(language: str, using: str = "default") -> Synonyms:
    """What a query of `language` ("zh", "en", "other") is widened by; "other" by nothing."""
    with connections[using].cursor() as cursor:
        cursor.execute(_SETS, [language])
        return _compiled(tuple(words for (words,) in cursor.fetchall()))


@lru_cache(maxsize=8)
def _compiled(sets: tuple[str, ...]) -> Synonyms:
    mapping: dict[str, list[str]] = {}
    for words in sets:
        phrases = [phrase for line in words.split("\n") if (phrase := line.strip())]
        for phrase in phrases:
            mapping.setdefault(phrase, []).extend(p for p in phrases if p != phrase)
    return Synonyms(mapping)
