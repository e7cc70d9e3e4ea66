"""The pieces of the bundled model, and the tokenizer made of them.

Guarantee: a text in normalised Chinese or English is cut into the same pieces with the trimmed
vocabulary as with the full one; a piece that is left out could only ever occur in other scripts.
"""

import re
import unicodedata
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from search.analysis.normalising import normalise
from search.embedders.layout import TOKENIZER_FILE
from search.embedders.weights import Weights

SPACE = "\u2581"
_SPECIAL = 4
_HAN_OR_ASCII = re.compile(
    r"[a-z\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff\u2581]"
)


def _may_occur(character: str) -> bool:
    """Whether normalised Chinese or English text can hold the character."""
    if _HAN_OR_ASCII.match(character):
        return True
    # Punctuation, symbols and digits of any script stay; letters and marks of others go.
    return unicodedata.category(character)[0] in "PSN" and normalise(character) == character


def kept_pieces(weights: Weights) -> npt.NDArray[np.int64]:
    """Numbers of the pieces of the trimmed vocabulary, ascending."""
    occurring: dict[str, bool] = {}
    for piece in weights.pieces:
        for character in piece:
            if character not in occurring:
                occurring[character] = _may_occur(character)
    kept = [
        number
        for number, piece in enumerate(weights.pieces)
        if number < _SPECIAL or all(occurring[character] for character in piece)
    ]
    return np.array(kept, np.int64)


def write_tokenizer(
    weights: Weights, numbers: npt.NDArray[np.int64], folder: Path, longest: int
) -> None:
    """Write the tokenizer of the pieces `numbers` as TOKENIZER_FILE.

    longest: texts are cut to so many pieces, <s> and </s> included.
    """
    pieces = [(weights.pieces[number], float(weights.scores[number])) for number in numbers]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=weights.unknown, byte_fallback=False))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(
        replacement=SPACE, prepend_scheme="always", split=False
    )
    begin, end = weights.pieces[weights.bos], weights.pieces[weights.eos]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=[begin, "$A", end],
        pair=[begin, "$A", end, end, "$B", end],
        special_tokens=[(begin, weights.bos), (end, weights.eos)],
    )
    tokenizer.enable_truncation(longest)
    tokenizer.save(str(folder / TOKENIZER_FILE), pretty=False)
