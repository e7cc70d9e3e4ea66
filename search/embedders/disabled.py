"""The embedder of an installation without dense search: it always says so."""

from collections.abc import Sequence
from typing import NoReturn

from search.embedders.base import EmbedderUnavailable, Recipe

REASON = "Search by meaning is switched off in the settings (KIP_SEARCH_EMBEDDER=disabled)."


class DisabledEmbedder:
    """Raises EmbedderUnavailable for every text."""

    recipe = Recipe(name="disabled", version="1", dimension=0, normalisation="none")

    def embed_queries(self, texts: Sequence[str]) -> NoReturn:
        raise EmbedderUnavailable(REASON)

    def embed_passages(self, texts: Sequence[str]) -> NoReturn:
        raise EmbedderUnavailable(REASON)

    def known_share(self, text: str) -> float:
        return 1.0
