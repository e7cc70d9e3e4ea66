"""A query as the terms that an engine looks for.

Guarantee: at most 64 words and 64 pairs however long the query; empty when the query holds
nothing but function words, signs or emoji, so that it is never answered by everything.
"""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from search.analysis import bigrams, name_term, tokens
from search.analysis.synonyms import Synonyms
from search.engines.base import LexicalQuery

_MOST_TERMS = 64
_LONGEST_NAME = 24
STOP_WORDS = frozenset(Path(__file__).with_name("stop_words.txt").read_text("utf-8").split())
"""Words (as index terms) that carry no subject; they are searched for by no query."""


def lexical_query(text: str, synonyms: Synonyms | None = None) -> LexicalQuery:
    """The terms of `text`. synonyms: alternatives that editors keep."""
    found = dict.fromkeys(tokens(text, synonyms))
    words = [word for word in found if word not in STOP_WORDS]
    if not words:
        return LexicalQuery(())
    pairs = [pair for pair in dict.fromkeys(bigrams(text)) if pair not in STOP_WORDS]
    return LexicalQuery(tuple(words[:_MOST_TERMS]), tuple(pairs[:_MOST_TERMS]))


def corrected(
    query: LexicalQuery, spelling: Callable[[Sequence[str]], Collection[str]]
) -> LexicalQuery:
    """The query with what its mistyped Latin words may stand for.

    spelling: known words near some words; answers nothing for known ones.
    """
    latin = [word for word in query.words if word.isascii()]
    words = dict.fromkeys([*query.words, *(spelling(latin) if latin else ())])
    return LexicalQuery(tuple(words), query.bigrams, query.names)


def name_query(text: str) -> LexicalQuery:
    """The term of a query that may be nothing but a person's name or a code, however written.

    Only the whole query counts: a syllable inside a sentence is hardly ever a name.
    """
    whole = name_term(text)
    return LexicalQuery((), (), (whole,) if 2 <= len(whole) <= _LONGEST_NAME else ())
