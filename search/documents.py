"""What the platform hands to search: one frozen value per searchable thing.

Guarantee: a document says itself who may find it. Nobody finds a document without access tokens.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

LANGUAGES = ("zh-hans", "zh-hant", "en")
CODES = ("product",)
"""Facets by whose value people also search, wherever the text does not say it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A searchable thing as its source describes it.

    kind, key: together unique; `key` is the public id.
    version: rises with every change of the thing; an older version never replaces a newer one.
    language: "zh-hans", "zh-hant" or "en".
    title, text: what is searched; either may be empty.
    access: the tokens that open it; any one that the viewer shares is enough.
    facets: names and values to filter and count by, e.g. {"product": "GS-2026A"}; those of `CODES`
        are searched as well.
    url_name: name of the page that shows it, None where it has none of its own.
    verified: somebody vouches for it, up to and including `verified_until` (None: without an end).
        A hit is shown as verified no longer than that, whenever the document is handed out again.
    boost: factor on the score of a hit, 0.5 to 2.0.
    """

    kind: str
    key: str
    version: int
    language: str
    title: str
    text: str
    access: frozenset[str]
    updated_at: datetime
    facets: Mapping[str, str] = field(default_factory=dict)
    url_name: str | None = None
    verified: bool = False
    verified_until: date | None = None
    boost: float = 1.0

    @property
    def content_fingerprint(self) -> str:
        """16 hex digits that differ when what is embedded and analysed differs."""
        return _digest([self.language, self.title, self.text, *codes_of(self.facets)])

    @property
    def metadata_fingerprint(self) -> str:
        """16 hex digits that differ when anything else that the index holds differs."""
        return _digest(
            [
                sorted(self.access),
                sorted(self.facets.items()),
                self.url_name,
                self._verification,
                round(self.boost, 4),
                self.updated_at.isoformat(),
            ]
        )

    @property
    def _verification(self) -> str | bool:
        if self.verified and self.verified_until is not None:
            return self.verified_until.isoformat()
        return self.verified


def codes_of(facets: Mapping[str, str]) -> tuple[str, ...]:
    """The codes among the facets of a document."""
    return tuple(facets[name] for name in CODES if facets.get(name))


def _digest(value: object) -> str:
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
