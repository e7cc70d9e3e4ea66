"""Fixtures for search: a registered source in memory and an embedder of the test's own."""

from collections.abc import Iterator

import pytest

from search import gaps, handlers, runtime, services, sources
from tests.search.support import MemorySource, WordEmbedder


@pytest.fixture(autouse=True)
def fresh_search() -> Iterator[None]:
    """No process-wide part of search outlives a test."""
    runtime.forget()
    gaps.forget()
    yield
    runtime.forget()
    gaps.forget()


@pytest.fixture
def embedder(monkeypatch: pytest.MonkeyPatch) -> WordEmbedder:
    """The embedder that every part of search uses in this test."""
    made = WordEmbedder()
    for module in (runtime, services):
        monkeypatch.setattr(module, "get_embedder", lambda: made)
    return made


@pytest.fixture
def notes(monkeypatch: pytest.MonkeyPatch) -> MemorySource:
    """The only source that is registered in this test."""
    registry = sources.Registry()
    for module in (sources, services, handlers):
        monkeypatch.setattr(module, "registry", registry)
    source = MemorySource()
    registry.register(source)
    return source
