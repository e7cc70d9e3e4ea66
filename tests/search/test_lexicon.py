"""How words are sought in the embedded engine: what is common costs no more than it may."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from search.engines import Engine, make_engine
from search.engines.base import LexicalQuery, Scope
from search.engines.embedded import lexicon
from search.generations import live
from search.models import SearchDocument
from search.sync import Synchroniser
from tests.search.support import MemorySource, document

pytestmark = pytest.mark.django_db
EVERYBODY = Scope(tokens=frozenset({"public"}))
COMMON = lexicon._RARE + 6


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """An engine over documents that all hold "deposit", half of them "interest", one "voyager"."""
    monkeypatch.setattr(lexicon, "_MOST_ROWS", 2 * COMMON - 1)
    source = MemorySource()
    for number in range(2 * COMMON):
        words = "deposit" + " interest" * (number % 2) + " voyager" * (number == 4)
        source.put(document(f"{number:03}", f"标题{number:03}", words, language="en"))
    engine = make_engine("embedded")
    Synchroniser(engine).sync(source, source.keys())
    engine.catch_up()
    yield engine
    engine.discard()


def found(engine: Engine, *words: str) -> set[str]:
    names = dict(SearchDocument.objects.values_list("id", "key"))
    hits = engine.lexical(LexicalQuery(words), EVERYBODY, 1000)
    return {names[hit.document] for hit in hits}


def test_a_common_word_is_left_out_beside_a_rarer_one(engine: Engine) -> None:
    assert found(engine, "deposit", "voyag") == {"004"}
    assert len(found(engine, "deposit", "interest")) == COMMON


def test_a_common_word_is_sought_where_nothing_else_of_the_query_is_written(
    engine: Engine,
) -> None:
    assert len(found(engine, "deposit")) == 2 * COMMON
    assert len(found(engine, "deposit", "mortgag")) == 2 * COMMON


def test_how_common_words_are_is_counted_once(engine: Engine) -> None:
    engine.lexical(LexicalQuery(("deposit",)), EVERYBODY, 10)
    with CaptureQueriesContext(connection) as asked:
        engine.lexical(LexicalQuery(("interest", "deposit", "voyag", "mortgag")), EVERYBODY, 10)
    assert len(asked) == 1


def test_what_was_written_bit_by_bit_is_put_in_order(engine: Engine) -> None:
    before = engine.lexical(LexicalQuery(("interest", "voyag")), EVERYBODY, 10)
    slot = live("default").slot
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(DISTINCT segid) FROM search_fts_{slot}_idx")
        assert cursor.fetchone()[0] > 1
        engine.fill(slot, lambda done, total: None)
        cursor.execute(f"SELECT count(DISTINCT segid) FROM search_fts_{slot}_idx")
        assert cursor.fetchone()[0] == 1
    assert engine.lexical(LexicalQuery(("interest", "voyag")), EVERYBODY, 10) == before
