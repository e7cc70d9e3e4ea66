"""Whatever is typed gets an honest, quick answer: never an error, never everything."""

import time

import pytest
from django.contrib.auth.models import AnonymousUser
from hypothesis import given, settings
from hypothesis import strategies as st

from search import services
from tests.search.support import MemorySource, WordEmbedder, document

pytestmark = pytest.mark.django_db
NOBODY = AnonymousUser()
NOTHING_TO_SEARCH = [
    "",
    " \n\t　",
    "😀🎉👩‍👩‍👧",
    "？！。，",
    "的了吗呢",
    "how do you do the",
    "\x00\x01\x1b",
    "\u200b\u200d\u202e\ufeff",
    "\ud800",
    "*** ((( \"\" '' ",
    "-",
]
SYNTAX = [
    'title:"利率" AND NOT x',
    "利率* OR ^年费",
    "NEAR(利率 年费, 3)",
    '"""',
    "{title words}: 利率",
    "利率') UNION SELECT * FROM accounts_user --",
    "../../etc/passwd%00",
    "<script>alert(1)</script> 利率",
    "${jndi:ldap://x} {{7*7}}",
    "利" + "\u0301" * 500,
    "\u202e率利\u202c",
    "Ａ股　ＥＴＦ",
    "ποια είναι η τιμή",
    "金利はいくらですか",
    "a",
    "率",
    "1",
]


@pytest.fixture(autouse=True)
def collection(notes: MemorySource, embedder: WordEmbedder) -> MemorySource:
    notes.put(
        document("open", "利率", "利率每季调整一次。"),
        document("closed", "利率内部指引", "利率 1 a 率 内部。", access=frozenset({"staff"})),
    )
    services.sync_now("note", notes.keys())
    return notes


@pytest.mark.parametrize("query", NOTHING_TO_SEARCH)
def test_nothing_to_search_for_finds_nothing(query: str) -> None:
    for results in (services.search(query, NOBODY), services.suggest(query, NOBODY)):
        assert (results.hits, results.mode, results.verdict) == ((), "none", "nothing")


@pytest.mark.parametrize("query", SYNTAX)
def test_syntax_and_strange_scripts_are_only_text(query: str) -> None:
    for call in (services.search, services.suggest):
        assert {hit.key for hit in call(query, NOBODY).hits} <= {"open"}


@pytest.mark.parametrize("unit", ["利率 ", "withdraw ", "率", "x", "1,", "😀", "a.b-c/", "\u0301"])
def test_a_huge_query_is_answered_quickly(unit: str) -> None:
    query = (unit * 10_000)[:10_000]
    services.search("利率", NOBODY)
    started = time.process_time()
    results = services.search(query, NOBODY)
    assert time.process_time() - started < 5
    assert {hit.key for hit in results.hits} <= {"open"}


def test_a_long_query_is_told_that_only_its_beginning_counts() -> None:
    assert str(services.search("利率" + "啊" * 5000, NOBODY).reason)


@pytest.mark.parametrize(("limit", "offset"), [(0, 0), (-5, -5), (10**9, 0), (10, 10**9)])
def test_strange_pages(limit: int, offset: int) -> None:
    assert len(services.search("利率", NOBODY, limit=limit, offset=offset).hits) <= 1


@given(st.text(max_size=200))
@settings(max_examples=60)
def test_any_text_is_survived(query: str) -> None:
    results = services.search(query, NOBODY, facets=None)
    assert {hit.key for hit in results.hits} <= {"open"}
    for hit in results.hits:
        assert all(0 <= a < b <= len(hit.passage) for a, b in hit.marks)
