"""The one text normalisation, for words and for vectors.

Guarantee: normalising is idempotent, never fails on any str, and treats simplified and
traditional Chinese, full and half width, upper and lower case, and accented and plain Latin
letters as the same text. `aligned` gives the same text together with its way back.
"""

import re
import unicodedata
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import opencc

NORMALISATION = "nfkc-lower-t2s-fold/1"
"""The name of this normalisation in an embedding recipe; a change here changes the name."""

# Controls, zero-width and bidirectional marks, tags, variation selectors, lone surrogates and
# private use: none of them is text. The white space among the controls stays, as a space.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\ufffb\ud800-\udfff\ue000-\uf8ff"
    "\U0001bca0-\U0001bca3\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)
_LATIN_BLOCKS = ((0x00C0, 0x0250), (0x1E00, 0x1F00), (0x2C60, 0x2C80), (0xA720, 0xA800))
_LATIN_WITHOUT_DECOMPOSITION = {
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l",
    "ħ": "h", "ŧ": "t", "ŋ": "n", "ı": "i", "ĸ": "k", "ſ": "s", "ƒ": "f",
}  # fmt: skip
_COMBINING = (0x0300, 0x0370)


def _folding_table() -> dict[int, str | None]:
    table: dict[int, str | None] = dict.fromkeys(range(*_COMBINING))
    for first, last in _LATIN_BLOCKS:
        for code in range(first, last):
            base = unicodedata.normalize("NFD", chr(code))[0]
            if base.isascii():
                table[code] = base
    table.update({ord(letter): plain for letter, plain in _LATIN_WITHOUT_DECOMPOSITION.items()})
    return table


_FOLDING = _folding_table()
_FOLDABLE = re.compile("[" + "".join(map(re.escape, map(chr, sorted(_FOLDING)))) + "]")


@cache
def _simplifier() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def _simplify(text: str) -> str:
    simplified: str = _simplifier().convert(text)
    if len(simplified) == len(text):
        return simplified
    # A phrase of another length would shift every span behind it; single characters never do.
    return "".join(_simplifier().convert(character) for character in text)


def _compose(text: str) -> str:
    return text if unicodedata.is_normalized("NFKC", text) else unicodedata.normalize("NFKC", text)


def _fold(text: str) -> str:
    """NFKC, lower case, plain Latin letters; the steps that may change the length."""
    text = _INVISIBLE.sub("", _compose(_INVISIBLE.sub("", text)))
    text = _compose(text.lower())
    if _FOLDABLE.search(text):
        text = _compose(text.translate(_FOLDING))
    return text


def normalise(text: str) -> str:
    """`text` in the form that words and vectors are made from; white space is single spaces."""
    if text.isascii():
        return " ".join(_INVISIBLE.sub("", text).lower().split())
    return _simplify(" ".join(_fold(text).split()))


@dataclass(frozen=True, slots=True)
class Aligned:
    """Normalised text and, for each of its characters, where it came from.

    Characters starts[i]:ends[i] of the original became character i. White space is kept as it
    is, so `text` equals `normalise(original)` up to runs of white space.
    """

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original that became text[start:end]; start < end."""
        return self.starts[start], self.ends[end - 1]


# A base character with the marks that may combine with it is normalised as one.
_CLUSTER = re.compile(r"(?:[\u1100-\u11ff]+|.)[\u0300-\u036f\u3099\u309a\uff9e\uff9f]*", re.DOTALL)


def aligned(text: str) -> Aligned:
    """Normalise `text` and keep the way back to it."""
    if text.isascii() or (len(folded := _fold(text)) == len(text) and not _may_shift(text)):
        folded = text.lower() if text.isascii() else folded
        return Aligned(
            folded if text.isascii() else _simplify(folded),
            range(len(text)),
            range(1, len(text) + 1),
        )
    parts: list[str] = []
    starts, ends = array("l"), array("l")
    for cluster in _CLUSTER.finditer(text):
        part = _fold(cluster.group())
        parts.append(part)
        starts.extend([cluster.start()] * len(part))
        ends.extend([cluster.end()] * len(part))
    return Aligned(_simplify("".join(parts)), starts, ends)


def _may_shift(text: str) -> bool:
    """Whether one character may have grown while another vanished (so that lengths agree)."""
    return not all(map(_stays_one, set(text)))


@lru_cache(maxsize=20_000)
def _stays_one(character: str) -> bool:
    return len(_fold(character)) == 1
