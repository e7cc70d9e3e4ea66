"""The bundled models, built once per checkout and shared by all tests that need them."""

from functools import lru_cache

from django.conf import settings

from search.embedders.bundled import BundledEmbedder, EmbedderArtifact
from search.embedders.store import prepare
from search.reader.bundled import BundledReader, ReaderArtifact


@lru_cache(maxsize=1)
def bundled_embedder() -> BundledEmbedder:
    return BundledEmbedder(prepare(settings.MODEL_CACHE, EmbedderArtifact()))


@lru_cache(maxsize=1)
def bundled_reader() -> BundledReader:
    return BundledReader(prepare(settings.MODEL_CACHE, ReaderArtifact()))
