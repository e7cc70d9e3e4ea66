"""Synonyms that editors keep, ready to be matched against many texts.

Guarantee: a phrase counts only as a whole (English at word borders, in any inflection, as
stems), and alternatives are never expanded again, so a cycle of synonyms is harmless.
"""

from collections.abc import Iterator, Mapping, Sequence

from search.analysis.normalising import normalise
from search.analysis.words import tokens


class Synonyms:
    """A compiled mapping of phrase to alternatives; truthy when it holds any."""

    def __init__(self, mapping: Mapping[str, Sequence[str]]) -> None:
        """mapping: phrase -> phrases that mean the same; one direction only."""
        self._by_text: list[tuple[str, tuple[str, ...]]] = []
        self._by_terms: list[tuple[str, tuple[str, ...]]] = []
        for phrase, alternatives in mapping.items():
            normal = normalise(phrase)
            others = tuple(normalise(alternative) for alternative in alternatives)
            if normal and normal.isascii():
                self._by_terms.append((_joined(tokens(normal)), others))
            elif normal:
                self._by_text.append((normal, others))

    def __bool__(self) -> bool:
        return bool(self._by_text or self._by_terms)

    def alternatives(self, text: str, terms: Sequence[str]) -> Iterator[str]:
        """The alternatives of every phrase in a text.

        text: normalised. terms: its index terms, in order.
        """
        for phrase, others in self._by_text:
            if phrase in text:
                yield from others
        joined = _joined(terms)
        for phrase, others in self._by_terms:
            if phrase in joined:
                yield from others


def _joined(terms: Sequence[str]) -> str:
    return f" {' '.join(terms)} "
