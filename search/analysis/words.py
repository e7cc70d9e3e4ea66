"""Text into index terms, the same for queries and documents.

Guarantee: terms are lower case, hold no white space, and depend on `normalise(text)` alone
(up to white space). Chinese words come from jieba's search mode (whole words and the words
inside them), English words as Porter stems, and codes such as "GS-2026A" both whole and in
parts, with and without their separators.
"""

import re
import threading
from collections.abc import Collection, Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import Stemmer

from search.analysis.normalising import aligned, normalise

if TYPE_CHECKING:
    from search.analysis.synonyms import Synonyms

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff\u3005\u3007"
_OTHER_WITHOUT_SPACES = r"\u3040-\u30ff\u31f0-\u31ff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_RUN = re.compile(
    rf"(?P<han>[{_HAN}]+)"
    rf"|(?P<unspaced>[{_OTHER_WITHOUT_SPACES}]+)"
    r"|(?P<latin>[a-z0-9]+(?:[-_./+&'\u2019:][a-z0-9]+|,(?=[0-9]{3}(?![0-9]))[0-9]{3})*"
    r"(?:%|\+{1,2}(?![a-z0-9])|\#(?![a-z0-9]))?)"
    rf"|(?P<other>[^\W_a-z0-9{_HAN}{_OTHER_WITHOUT_SPACES}]+)"
)
_PART = re.compile(r"[a-z0-9]+")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?%?\Z")
_THOUSANDS = re.compile(r"(?<=[0-9]),(?=[0-9]{3})")
_POSSESSIVE = re.compile(r"['\u2019](?:s|re|ve|ll|d|m|t)?\Z")
_LONGEST_TERM = 64
_REMEMBERED = 20_000
"""Words whose terms are kept: texts repeat a few thousand of them, and making terms is slow."""
_GLUED = 2
"""A Latin run up to so long belongs to the Chinese behind it as well: "A股", "K线"."""

_local = threading.local()


@cache
def _jieba() -> Any:
    # The dictionary takes 32 MB, which a process that only embeds shall not spend.
    import rjieba

    return rjieba


def stem(word: str) -> str:
    """The Porter stem of a lower-case English word; words with digits stay as they are."""
    stemmer = getattr(_local, "stemmer", None)
    if stemmer is None:
        # A stemmer keeps state between calls, so each thread has its own.
        stemmer = _local.stemmer = Stemmer.Stemmer("english")
    return str(stemmer.stemWord(word)) if word.isalpha() and len(word) > 3 else word


class Token(NamedTuple):
    """A word of a text: the characters start:end, and the index terms it stands for."""

    start: int
    end: int
    terms: tuple[str, ...]


# The same within this module: a plain tuple is made in a fraction of the time.
_Token = tuple[int, int, tuple[str, ...]]


@lru_cache(maxsize=_REMEMBERED)
def _latin_terms(run: str) -> tuple[str, ...]:
    run = _THOUSANDS.sub("", run)
    whole = _POSSESSIVE.sub("", run)[:_LONGEST_TERM]
    parts = _PART.findall(whole)
    if _NUMBER.match(whole):
        return (whole, whole[:-1]) if whole.endswith("%") else (whole,)
    if len(parts) == 1:
        return (stem(whole),) if whole == parts[0] else (whole, stem(parts[0]))
    joined = "".join(parts)
    if any(character.isdigit() for character in whole):
        return tuple(dict.fromkeys((whole, joined, *map(stem, parts))))
    return tuple(dict.fromkeys((*map(stem, parts), stem(joined))))


def _pairs(run: str) -> Iterator[tuple[int, str]]:
    if len(run) == 1:
        yield 0, run
    for start in range(len(run) - 1):
        yield start, run[start : start + 2]


def _han_tokens(run: str, offset: int, wanted: frozenset[str] | None) -> Iterator[_Token]:
    if wanted is not None and not any(term in run for term in wanted):
        return
    for word in _jieba().cut(run):
        for start, end, terms in _inner_words(word):
            if wanted is None or terms[0] in wanted:
                yield offset + start, offset + end, terms
        offset += len(word)


@lru_cache(maxsize=_REMEMBERED)
def _inner_words(word: str) -> tuple[_Token, ...]:
    """The words inside a word, before the word itself.

    Search mode yields them; each starts where it is found, never before the word around it.
    """
    starts = ((max(word.find(i), 0), i) for i in _jieba().cut_for_search(word))
    return tuple((start, start + len(inner), (inner,)) for start, inner in starts)


def _runs(text: str, wanted: frozenset[str] | None = None) -> Iterator[_Token]:
    """Tokens of an already normalised text, in order of their runs.

    wanted: of the Latin and Chinese tokens only those that stand for one of these terms, which is
    quicker than to leave out the others later; None for all.
    """
    latin, latin_start, latin_end = "", 0, -1
    for run in _RUN.finditer(text):
        found, start, group = run.group(), run.start(), run.lastgroup
        if group == "latin":
            latin, latin_start, latin_end = found, start, start + len(found)
            terms = _latin_terms(found)
            if wanted is None or not wanted.isdisjoint(terms):
                yield start, latin_end, terms
        elif group == "han":
            if latin_end == start and len(latin) <= _GLUED:
                yield latin_start, start + 1, (latin + found[0],)
            yield from _han_tokens(found, start, wanted)
        elif group == "unspaced":
            for position, pair in _pairs(found):
                yield start + position, start + position + len(pair), (pair,)
        else:
            yield start, run.end(), (found[:_LONGEST_TERM],)


def tokens(text: str, synonyms: "Synonyms | None" = None) -> list[str]:
    """The index terms of `text`, in order, repeated as often as they occur.

    synonyms: adds the terms of every alternative of a phrase that occurs in the text; give it
        for queries or for documents, not for both.
    """
    normal = normalise(text)
    terms = [term for _, _, own in _runs(normal) for term in own]
    if synonyms:
        for phrase in synonyms.alternatives(normal, terms):
            terms.extend(term for _, _, own in _runs(phrase) for term in own)
    return terms


def spans(text: str, wanted: Collection[str] | None = None) -> list[Token]:
    """The words of `text` with the characters of the original text that they stand on.

    wanted: only the words that stand for one of these terms; None for all.
    """
    normal = aligned(text)
    sought = None if wanted is None else frozenset(wanted)
    return [
        Token(*normal.original(start, end), terms)
        for start, end, terms in _runs(normal.text, sought)
        if sought is None or not sought.isdisjoint(terms)
    ]


def bigrams(text: str) -> list[str]:
    """Overlapping pairs of neighbouring Chinese characters (a lone one stays single).

    The fallback field: it finds names and new words that no dictionary cuts rightly.
    """
    return [
        pair
        for run in _RUN.finditer(normalise(text))
        if run.lastgroup in ("han", "unspaced")
        for _, pair in _pairs(run.group())
    ]
