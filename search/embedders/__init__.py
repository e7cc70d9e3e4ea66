"""The embedders, and the one factory that chooses among them.

`settings.SEARCH_EMBEDDER` is "bundled" (the default), "sentence-transformers:<name or folder>"
or "disabled". Callers depend on `base` alone; which model runs is decided here.
"""

from functools import lru_cache

from django.conf import settings

from search.embedders.base import Embedder, EmbedderUnavailable, Recipe, Vectors
from search.embedders.disabled import DisabledEmbedder

__all__ = ["Embedder", "EmbedderUnavailable", "Recipe", "Vectors", "forget", "get_embedder"]

SENTENCE_TRANSFORMERS = "sentence-transformers:"


def get_embedder(*, wait: bool = False) -> Embedder:
    """The embedder of the settings; one instance per process, safe to share among threads.

    wait: when the bundled model is not built yet (first start, a damaged file), build it now
        and return it; takes some seconds. Without it the build starts in the background, and
        EmbedderUnavailable (passing) is raised until it is ready.

    Raises EmbedderUnavailable with the reason; a setting that names no embedder is one too.
    """
    choice = settings.SEARCH_EMBEDDER
    if choice == "disabled":
        return DisabledEmbedder()
    if choice == "bundled":
        from search.embedders.bundled import shared_embedder

        return shared_embedder(wait=wait)
    if choice.startswith(SENTENCE_TRANSFORMERS):
        return _sentence_transformers(choice.removeprefix(SENTENCE_TRANSFORMERS))
    raise EmbedderUnavailable(
        f'KIP_SEARCH_EMBEDDER is "{choice}"; it must be "bundled", "disabled" or '
        f'"{SENTENCE_TRANSFORMERS}<model>".'
    )


@lru_cache(maxsize=2)
def _sentence_transformers(model: str) -> Embedder:
    from search.embedders.sentence_transformers import SentenceTransformersEmbedder

    return SentenceTransformersEmbedder(model)


def forget() -> None:
    """Drop the instances of this process, so that changed settings or files count."""
    from search.embedders import bundled

    _sentence_transformers.cache_clear()
    bundled.forget()
