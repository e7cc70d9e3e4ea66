"""Any sentence-transformers model as the embedder, by name or local folder, on CPU or GPU.

Guarantee: the recipe is read from the model itself (its parameters, prompts, pooling and
length), so that another model, or the same model trained further, never shares an index.

Needs the extra `models`. Prefixes come from the model's own prompts ("query", and "passage" or
"document"); a model without them takes those given with the name:
`intfloat/multilingual-e5-small?query_prefix=query: &passage_prefix=passage: `.
"""

import hashlib
import threading
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import parse_qsl

import numpy as np

from search.analysis.normalising import NORMALISATION, normalise
from search.embedders.base import EmbedderUnavailable, Recipe, Vectors

_SAMPLE = 64
"""Values of each tensor that go into the model's version."""
_OPTIONS = frozenset({"query_prefix", "passage_prefix"})


def split_options(model: str) -> tuple[str, dict[str, str]]:
    """("name", options) of "name?option=value&..."; raises EmbedderUnavailable for others."""
    name, _, text = model.partition("?")
    options = dict(parse_qsl(text, keep_blank_values=True))
    if unknown := sorted(set(options) - _OPTIONS):
        raise EmbedderUnavailable(
            f"KIP_SEARCH_EMBEDDER has the unknown option {unknown[0]}; "
            f"known are {', '.join(sorted(_OPTIONS))}."
        )
    return name, options


def parameters_checksum(model: Any, leave_out: str = "") -> str:
    """12 hex digits over the name, shape and first values of every tensor of a torch module.

    leave_out: tensors whose name holds this do not count.
    """
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        if leave_out and leave_out in name:
            continue
        sample = tensor.detach().flatten()[:_SAMPLE].float().cpu().numpy()
        digest.update(f"{name}{tuple(tensor.shape)}".encode() + sample.tobytes())
    return digest.hexdigest()[:12]


class SentenceTransformersEmbedder:
    """Embeds with a SentenceTransformer; safe to share among threads (one at a time)."""

    def __init__(self, model: str) -> None:
        """model: name or folder, with options; raises EmbedderUnavailable."""
        name, options = split_options(model)
        try:
            from sentence_transformers import SentenceTransformer

            self._model: Any = SentenceTransformer(name)
        except ImportError as error:
            raise EmbedderUnavailable(
                'sentence-transformers is not installed: pip install "kiplatform[models]".'
            ) from error
        except (OSError, ValueError, RuntimeError) as error:
            raise EmbedderUnavailable(f"The model {name} cannot be loaded: {error}") from error
        prompts: Mapping[str, str | None] = self._model.prompts or {}
        self._lock = threading.Lock()
        self.recipe = Recipe(
            name=PurePath(name).name,
            # The classifier's pooler is not used here, and random where the file holds none.
            version=parameters_checksum(self._model, leave_out="pooler."),
            dimension=self._model.encode([""], show_progress_bar=False).shape[1],
            query_prefix=options.get("query_prefix", prompts.get("query") or ""),
            passage_prefix=options.get(
                "passage_prefix", prompts.get("passage") or prompts.get("document") or ""
            ),
            normalisation=NORMALISATION,
            pooling=_pooling(self._model),
            max_tokens=int(self._model.max_seq_length or 0),
        )

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self._embed(texts, self.recipe.query_prefix)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return self._embed(texts, self.recipe.passage_prefix)

    def _embed(self, texts: Sequence[str], prefix: str) -> Vectors:
        vectors = np.zeros((len(texts), self.recipe.dimension), np.float32)
        normal = [normalise(text) for text in texts]
        filled = [row for row, text in enumerate(normal) if text]
        if filled:
            with self._lock:
                # `encode` sorts by length itself; an empty prompt keeps the model's default out.
                vectors[filled] = self._model.encode(
                    [prefix + normal[row] for row in filled],
                    prompt="",
                    normalize_embeddings=True,
                    convert_to_numpy=True,
                    show_progress_bar=False,
                )
        return vectors

    def known_share(self, text: str) -> float:
        tokenizer = self._model.tokenizer
        unknown = getattr(tokenizer, "unk_token_id", None)
        pieces = tokenizer(normalise(text), add_special_tokens=False)["input_ids"]
        return sum(piece != unknown for piece in pieces) / len(pieces) if pieces else 1.0


def _pooling(model: Any) -> str:
    for module in model:
        # Version 6 has the attribute, version 5 the method.
        mode = getattr(module, "pooling_mode", None)
        read = getattr(module, "get_pooling_mode_str", None)
        if mode:
            return mode if isinstance(mode, str) else "+".join(mode)
        if read:
            return str(read())
    return "of the model"
