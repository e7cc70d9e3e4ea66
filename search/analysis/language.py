"""Which language a text is in, from its own characters: "zh", "en" or "other".

Guarantee: linear in the first 2,000 characters, never fails, and a Chinese sentence with
English product names stays Chinese (and the other way round).
"""

import re
from typing import Literal

from search.analysis.function_words import ENGLISH

Language = Literal["zh", "en", "other"]

_SAMPLE = 2000
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_KANA_OR_HANGUL = re.compile(r"[\u3040-\u30ff\u1100-\u11ff\uac00-\ud7af]")
_LATIN_WORD = re.compile(r"[a-z\u00c0-\u024f]+", re.IGNORECASE)
_OTHER_LETTER = re.compile(
    r"[^\W\d_a-zA-Z\u00c0-\u024f\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
_LONG_ENOUGH = 8
"""Words after which a text without a single English function word is not English."""


def detect_language(text: str) -> Language:
    """The language that most of `text` is written in; "other" where there are no letters."""
    sample = text[:_SAMPLE]
    han = len(_HAN.findall(sample))
    words = [word.lower() for word in _LATIN_WORD.findall(sample)]
    function_words = sum(word in ENGLISH for word in words)
    others = len(_OTHER_LETTER.findall(sample))
    if _KANA_OR_HANGUL.search(sample) and others * 5 > han:
        return "other"
    english = len(words) + 2 * function_words
    if others > max(han, english * 3):
        return "other"
    if han >= english:
        return "zh" if han else "other"
    if len(words) >= _LONG_ENOUGH and function_words == 0 and han == 0:
        return "other"
    return "en"
