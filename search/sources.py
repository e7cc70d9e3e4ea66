"""Where documents come from: each app registers a source for each kind of thing it lets be found.

Guarantee: search reads things only through their source, so eligibility and the right to see are
decided by the app that owns them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from kiplatform.accounts.access import Viewer
from kiplatform.events.registry import RecordedEvent
from search.documents import Document

KeysOfEvent = Callable[[RecordedEvent], Iterable[str]]


class SearchSource(Protocol):
    """One kind of searchable thing."""

    @property
    def kind(self) -> str: ...

    @property
    def events(self) -> Mapping[str, KeysOfEvent]:
        """Event name -> the keys of the documents that the event may have changed."""
        ...

    def keys(self) -> Iterator[str]:
        """All keys that are eligible now."""
        ...

    def load(self, keys: Sequence[str]) -> Iterable[Document]:
        """The documents of `keys`; what is missing is not eligible and leaves the index."""
        ...

    def visible_keys(self, viewer: Viewer, keys: Sequence[str]) -> set[str]:
        """Those of `keys` that the viewer may see now, decided by the database in one query."""
        ...


class Registry:
    """The sources by kind."""

    def __init__(self) -> None:
        self._sources: dict[str, SearchSource] = {}

    def register(self, source: SearchSource) -> None:
        """Add `source`, replacing the one of the same kind."""
        self._sources[source.kind] = source

    def get(self, kind: str) -> SearchSource | None:
        """The source of `kind`; None where no app registered one."""
        return self._sources.get(kind)

    def kinds(self) -> list[str]:
        """The registered kinds in alphabetical order."""
        return sorted(self._sources)

    def follows(self, event_name: str) -> bool:
        """Whether an event of that name may change a document of any source."""
        return any(event_name in source.events for source in self._sources.values())

    def changed_by(self, event: RecordedEvent) -> dict[str, list[str]]:
        """Kind -> keys of documents that `event` may have changed, without repetitions."""
        changed: dict[str, list[str]] = {}
        for kind, source in sorted(self._sources.items()):
            keys_of = source.events.get(event.name)
            keys = list(dict.fromkeys(keys_of(event))) if keys_of else []
            if keys:
                changed[kind] = keys
        return changed


registry = Registry()


def register(source: SearchSource) -> None:
    """Let things of `source` be found; called from AppConfig.ready()."""
    registry.register(source)
