"""Engines: the structures that find passages, and the one factory that chooses among them."""

from django.conf import settings

from search.engines.base import Engine, EngineUnavailable

__all__ = ["Engine", "EngineUnavailable", "make_engine"]


def make_engine(name: str = "", using: str = "default") -> Engine:
    """A new engine over the database `using`.

    name: "embedded", "elasticsearch", or "" for settings.SEARCH_ENGINE.
    Raises EngineUnavailable for a name that no engine has.
    """
    name = name or settings.SEARCH_ENGINE
    if name == "embedded":
        from search.engines.embedded import EmbeddedEngine

        return EmbeddedEngine(using)
    if name == "elasticsearch":
        from search.engines.elasticsearch import ElasticsearchEngine

        return ElasticsearchEngine(using)
    raise EngineUnavailable(
        f'KIP_SEARCH_ENGINE is "{name}"; it must be "embedded" or "elasticsearch".'
    )
