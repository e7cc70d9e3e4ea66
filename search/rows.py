"""What a search reads of the database: few columns of many documents, and the texts of few.

Guarantee: two queries however many hits; plain tuples, since hundreds of model instances for
every search would cost more than finding them.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connections


class Row(NamedTuple):
    """What ranking needs of a document.

    verified_until: the last day, as ISO writes it, for which somebody vouches; "" if nobody does.
    """

    pk: int
    kind: str
    key: str
    language: str
    verified_until: str
    boost: float
    facets: Mapping[str, str]

    def is_verified(self, today: str) -> bool:
        """Whether somebody vouches for it on a day, as ISO writes it.

        Nobody is shown as vouching for longer than they said, however late the index hears of it.
        """
        return self.verified_until >= today


class Excerpt(NamedTuple):
    """A passage as it is read and shown, with what a hit says of its document."""

    pk: int
    title: str
    url_name: str
    updated_at: datetime
    text: str


# In SQL, since every search asks these and building them anew takes longer than running them.
# Facets come as text: many documents have the same ones, which then are read once.
ROW = """d.id, d.kind, d.key, d.language,
       CASE WHEN d.verified THEN COALESCE(CAST(d.verified_until AS text), '9999-12-31') ELSE '' END,
       d.boost, CAST(d.facets AS text)"""
_ROWS = f"SELECT {ROW} FROM search_searchdocument d WHERE d.id IN ({{places}})"  # noqa: S608


def rows_of(using: str, documents: Collection[int]) -> dict[int, Row]:
    """Primary key -> row, of those documents that are there."""
    return {values[0]: row_of(values) for values in _select(using, _ROWS, documents)}


def row_of(values: Sequence[Any]) -> Row:
    """A row from what a database found for the columns of `ROW`."""
    pk, kind, key, language, verified_until, boost, facets = values
    return Row(pk, kind, key, language, verified_until, boost, _facets(facets))


# The text is cut by the database: a document can be a hundred times as long as its passage.
_EXCERPTS = """
    SELECT p.id, d.title, d.url_name, d.updated_at,
           SUBSTR(d.text, p.start + 1, p."end" - p.start)
      FROM search_passage p JOIN search_searchdocument d ON d.id = p.document_id
     WHERE p.id IN ({places})
"""


def excerpts_of(using: str, passages: Collection[int]) -> dict[int, Excerpt]:
    """Primary key -> excerpt, of those passages that are there."""
    return {
        pk: Excerpt(pk, title, url_name, moment(updated), text)
        for pk, title, url_name, updated, text in _select(using, _EXCERPTS, passages)
    }


def moment(value: object) -> datetime:
    """A time as a driver gives it: SQLite's is UTC without saying so, as text."""
    at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return at.replace(tzinfo=at.tzinfo or UTC)


def _select(using: str, statement: str, keys: Collection[int]) -> list[tuple[Any, ...]]:
    """What a statement finds; `keys` take its {places}."""
    if not keys:
        return []
    with connections[using].cursor() as cursor:
        places = ", ".join(["%s"] * len(keys))
        cursor.execute(statement.replace("{places}", places), [*keys])
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


@lru_cache(maxsize=4096)
def _facets(text: str) -> Mapping[str, str]:
    return dict(json.loads(text))
