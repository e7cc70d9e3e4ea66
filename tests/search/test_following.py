"""The matrix of a process follows what any process commits, and nothing that was rolled back."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections, transaction
from pytest_django import DjangoDbBlocker

from search.engines import make_engine
from search.engines.base import LexicalQuery, Scope
from search.engines.embedded import EmbeddedEngine
from search.evaluation.scratch import scratch_database
from search.models import Change, SearchDocument
from search.sync import Synchroniser
from tests.search.support import MemorySource, document

EVERYBODY = Scope(tokens=frozenset({"public"}))
RATE = LexicalQuery(("利率",))


class Place:
    """An index in a file of its own, and one process's engine over it."""

    def __init__(self, alias: str, file: Path) -> None:
        self.alias, self.file = alias, file
        self.engine = make_engine("embedded", alias)
        self.source = MemorySource()
        self.writer = Synchroniser(make_engine("embedded", alias), alias)

    def put(self, key: str, text: str = "利率", **more: object) -> None:
        self.source.put(document(key, "标题", text, **more))
        self.writer.sync(self.source, [key])

    def found(self, engine: object = None) -> set[str]:
        chosen = engine if isinstance(engine, EmbeddedEngine) else self.engine
        chosen.catch_up()
        names = dict(SearchDocument.objects.using(self.alias).values_list("id", "key"))
        return {names[hit.document] for hit in chosen.lexical(RATE, EVERYBODY, 100_000)}


@pytest.fixture
def place(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Place]:
    # The scratch database is a file of the test's own; the project's is not touched.
    file = tmp_path / "index.sqlite3"
    with django_db_blocker.unblock(), scratch_database("following", file) as alias:
        yield Place(alias, file)


def test_another_engine_of_the_same_database_sees_each_commit(place: Place) -> None:
    assert place.found() == set()
    place.put("a")
    assert place.found() == {"a"}
    place.put("b")
    place.put("a", "年费", version=2)
    assert place.found() == {"b"}
    del place.source.documents["b"]
    place.writer.sync(place.source, ["b"])
    assert place.found() == set()


def test_what_was_rolled_back_is_forgotten(place: Place) -> None:
    place.put("a")
    assert place.found() == {"a"}
    with transaction.atomic(using=place.alias):
        place.put("b")
        assert place.found() == {"a", "b"}
        transaction.set_rollback(True, using=place.alias)
    assert place.found() == {"a"}
    place.put("c")
    assert place.found() == {"a", "c"}


def test_a_log_that_was_cut_is_noticed(place: Place) -> None:
    place.put("a")
    place.found()
    place.put("b")
    place.put("c")
    last = Change.objects.using(place.alias).latest("id").pk
    Change.objects.using(place.alias).filter(id__lt=last).delete()
    assert place.found() == {"a", "b", "c"}


def test_an_emptied_database_is_noticed(place: Place) -> None:
    place.put("a")
    assert place.found() == {"a"}
    SearchDocument.objects.using(place.alias).all().delete()
    Change.objects.using(place.alias).all().delete()
    assert place.found() == set()


def test_nothing_is_read_again_while_nothing_changes(place: Place) -> None:
    place.put("a")
    place.engine.catch_up()
    connections[place.alias].force_debug_cursor = True
    before = len(connections[place.alias].queries_log)
    place.engine.catch_up()
    assert len(connections[place.alias].queries_log) - before == 1


WRITER = """
import os, sys
sys.path.insert(0, os.getcwd())
import django
django.setup()
from pathlib import Path
from search.engines import make_engine
from search.evaluation.scratch import scratch_database
from search.sync import Synchroniser
from tests.search.support import MemorySource, document
with scratch_database("following", Path(sys.argv[1])) as alias:
    source = MemorySource()
    writer = Synchroniser(make_engine("embedded", alias), alias)
    number = 0
    while True:
        key = f"{os.getpid()}-{number}"
        source.put(document(key, "标题", "利率"))
        writer.sync(source, [key])
        print(key, flush=True)
        number += 1
"""


@pytest.mark.faults
def test_killed_writers_leave_every_acknowledged_document_and_nothing_half(place: Place) -> None:
    """Two processes write at once and are killed; what they told of is found, with its rows."""
    told: set[str] = set()
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(place.file)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    try:
        for writer in writers:
            assert writer.stdout is not None
            told |= {writer.stdout.readline().strip() for _ in range(15)}
        deadline = time.monotonic() + 20
        while not told <= place.found() and time.monotonic() < deadline:
            pass
    finally:
        for writer in writers:
            writer.kill()
    for writer in writers:
        assert writer.stdout is not None
        told |= {line.strip() for line in writer.stdout.read().splitlines() if line.endswith("\n")}
        writer.wait()
    found = place.found()
    assert told <= found
    assert found == set(SearchDocument.objects.using(place.alias).values_list("key", flat=True))
    assert place.found(EmbeddedEngine(place.alias)) == found
