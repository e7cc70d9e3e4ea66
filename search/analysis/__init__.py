"""One analysis of text for queries and documents, for words and for vectors alike.

Guarantee: `tokens(query)` and `tokens(document)` meet whenever the two use the same word, in
either Chinese script, any case, width or English inflection; and every span that this package
returns points into the text exactly as it was given.
"""

from search.analysis.language import detect_language
from search.analysis.names import name_term, name_tokens, query_name_tokens
from search.analysis.normalising import NORMALISATION, normalise
from search.analysis.passages import Passage, passages
from search.analysis.spelling import near_words
from search.analysis.synonyms import Synonyms
from search.analysis.words import Token, bigrams, spans, tokens

__all__ = [
    "NORMALISATION",
    "Passage",
    "Synonyms",
    "Token",
    "bigrams",
    "detect_language",
    "name_term",
    "name_tokens",
    "near_words",
    "normalise",
    "passages",
    "query_name_tokens",
    "spans",
    "tokens",
]
