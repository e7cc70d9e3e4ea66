"""What every embedder promises: unit vectors of one frozen recipe.

A vector is only ever compared with vectors of the same recipe. The recipe's fingerprint
is stored with every vector, so that a change of model, prefix, vocabulary or text
normalisation starts a new index generation instead of mixing two spaces.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]


class EmbedderUnavailable(Exception):
    """No vectors can be made now; `reason` says why in words that staff can act on.

    `passing` is True where waiting helps (the model is being prepared).
    """

    def __init__(self, reason: str, *, passing: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.passing = passing


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Everything that decides which vector a text gets.

    name: the model's name, e.g. "multilingual-e5-small".
    version: of the code and weights behind the name; weights are named by their checksum.
    dimension: of the vectors.
    query_prefix, passage_prefix: put before the normalised text.
    normalisation: name of the text normalisation (see `search.analysis`), "none" for as is.
    pooling: how token states become one vector.
    vocabulary: "full", or the name of the trimmed vocabulary.
    max_tokens: texts are cut after so many tokens, special ones included.
    """

    name: str
    version: str
    dimension: int
    query_prefix: str = ""
    passage_prefix: str = ""
    normalisation: str
    pooling: str = "mean"
    vocabulary: str = "full"
    max_tokens: int = 512

    @property
    def fingerprint(self) -> str:
        """16 hex digits that differ whenever any field differs."""
        text = json.dumps(asdict(self), sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@runtime_checkable
class Embedder(Protocol):
    """Makes vectors: float32, shape (len(texts), recipe.dimension), L2 norm 1.

    A text without anything to embed (empty after normalisation) gets a row of zeros, which
    is equally far from everything. Both methods raise EmbedderUnavailable.
    """

    @property
    def recipe(self) -> Recipe: ...

    def embed_queries(self, texts: Sequence[str]) -> Vectors: ...

    def embed_passages(self, texts: Sequence[str]) -> Vectors: ...

    def known_share(self, text: str) -> float:
        """Share (0 to 1) of the text's pieces that the model knows; 1.0 for an empty text.

        A low share means that the text is in a script outside the model's vocabulary.
        """
        ...
