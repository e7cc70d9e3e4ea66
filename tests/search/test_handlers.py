"""From a recorded event to a changed index."""

from dataclasses import dataclass
from typing import ClassVar

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction

from kiplatform.events import relay
from kiplatform.events.models import Delivery
from kiplatform.events.services import record
from kiplatform.events.types import Event
from search import services
from search.models import SearchDocument
from tests.search.support import MemorySource, WordEmbedder, document

pytestmark = pytest.mark.django_db


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteChanged(Event):
    name: ClassVar[str] = "note.changed"
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingOfSearch(Event):
    name: ClassVar[str] = "nothing.of.search"
    key: str


def tell(event: Event) -> None:
    with transaction.atomic():
        record(event, actor=None, subject="note:a")
    relay.run_pending()


def found(query: str) -> list[str]:
    return [hit.key for hit in services.search(query, AnonymousUser()).hits]


def test_an_event_makes_changes_and_removes(notes: MemorySource, embedder: WordEmbedder) -> None:
    notes.put(document("a", "利率", "每季调整。"))
    assert found("利率") == []
    tell(NoteChanged(key="a"))
    assert found("利率") == ["a"]
    assert services.search("利率", AnonymousUser()).mode == "hybrid"
    notes.put(document("a", "年费", "免收。", version=2))
    tell(NoteChanged(key="a"))
    assert SearchDocument.objects.get().title == "年费"
    del notes.documents["a"]
    tell(NoteChanged(key="a"))
    assert found("年费") == []
    assert not SearchDocument.objects.exists()


def test_an_event_that_no_source_knows_changes_nothing(
    notes: MemorySource, embedder: WordEmbedder
) -> None:
    notes.put(document("a", "利率", "每季调整。"))
    tell(NothingOfSearch(key="a"))
    assert not SearchDocument.objects.exists()
    # The relay does not even keep a delivery for it.
    tell(NoteChanged(key="a"))
    synced = Delivery.objects.filter(handler="search.sync")
    assert [row.event.name for row in synced.select_related("event")] == ["note.changed"]


def test_a_model_that_is_away_delays_vectors_and_not_words(
    notes: MemorySource, embedder: WordEmbedder
) -> None:
    embedder.unavailable = "being built"
    notes.put(document("a", "利率", "每季调整。"))
    tell(NoteChanged(key="a"))
    assert found("利率") == ["a"]
    embedder.unavailable = ""
    assert services.embed_now() == 1


def test_a_source_that_fails_is_tried_again(
    notes: MemorySource, embedder: WordEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes.put(document("a", "利率", "每季调整。"))
    load = notes.load
    monkeypatch.setattr(notes, "load", lambda keys: 1 / 0)
    tell(NoteChanged(key="a"))
    assert not SearchDocument.objects.exists()
    monkeypatch.setattr(notes, "load", load)
    from datetime import timedelta

    from kiplatform.core import clock

    with clock.frozen(clock.now() + timedelta(hours=2)):
        relay.run_pending()
    assert found("利率") == ["a"]
